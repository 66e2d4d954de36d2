"""The local page over HTTP, from the real command: the way of a submission, and the command itself."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import openpyxl
import pytest
import yaml
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.cli import main
from dabiao.evidence.verify import VerifyRequest, verify
from dabiao.serve.app import make_app
from helpers import commitment, measure, plan_text, sheet_text
from serving import EXAMPLE, SAMPLES, Site, fill_in, kept, links, serving, sheet_of, text_of, wait_for


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the tests that only add to its folder."""
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


def without_data(page: str) -> str:
    """Return a page without the findings as JSON, and without their digest: they name where the plan came from."""
    short = re.sub(r'<script type="application/json" class="data">.*?</script>', "", page, flags=re.DOTALL)
    return re.sub(r"[0-9a-f]{64}", "", short)


# ---------------------------------------------------------------- the way of a submission


def test_a_form_is_filled_in_handed_in_and_kept_as_a_bundle(site: Site, tmp_path: Path) -> None:
    """The form of a plan, filled in and handed in, gives a bundle named by its hash that can be verified."""
    form = site.get("plan/example/form.xlsx?year=2023&subject=甲区")
    assert "example-%E7%94%B2%E5%8C%BA-2023.xlsx" in form.headers["content-disposition"]
    book = tmp_path / "form.xlsx"
    book.write_bytes(form.content)
    fill_in(book, "en", family_care_beds=350)

    answer = site.send("example", ("../../甲区 1.xlsx", book.read_bytes()))

    assert (200, 303) == (answer.status_code, answer.history[0].status_code)
    name = answer.url.path.rsplit("/", 1)[1]
    (bundle,) = [path for path in kept(site) if name in path.name]
    assert name == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert 0 == verify(VerifyRequest(bundle)).exit_code
    assert "sheets/1/甲区 1.xlsx" in zipfile.ZipFile(bundle).namelist()
    assert bundle.read_bytes() == site.client.get(f"{answer.url}/bundle.zip").content
    assert b"%PDF" not in site.client.get(f"{answer.url}/findings.xlsx").content[:4]
    assert openpyxl.load_workbook(BytesIO(site.client.get(f"{answer.url}/marked/1.xlsx").content)).sheetnames
    assert openpyxl.load_workbook(BytesIO(site.client.get(f"{answer.url}/findings.xlsx").content)).sheetnames
    assert (
        "word/document.xml" in zipfile.ZipFile(BytesIO(site.client.get(f"{answer.url}/brief.docx").content)).namelist()
    )


def test_the_page_of_a_check_is_the_one_that_the_command_writes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown as the whole report is what `check -o html` writes of the same sheet, but for the name of the plan in its data."""
    monkeypatch.chdir(tmp_path)
    sheet = Path("same.facts.yaml")
    sheet.write_bytes(EXAMPLE.read_bytes())
    answer = site.send("example", (sheet.name, sheet.read_bytes()))
    CliRunner().invoke(main, ["check", "example", str(sheet), "-o", "html:page.html"])
    written = Path("page.html").read_text(encoding="utf-8")

    page = site.client.get(f"{answer.url}/page")

    assert without_data(written) == without_data(page.text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', written)
    assert policy is not None
    assert f"{policy[1]}; frame-ancestors 'none'" == page.headers["content-security-policy"]


def test_what_is_wrong_is_shown_at_its_cell(site: Site, tmp_path: Path) -> None:
    """A figure that is none stands in a grid of its sheet, marked, with what was found and expected, and is kept as refused."""
    book = tmp_path / "wrong.xlsx"
    book.write_bytes(site.get("plan/example/form.xlsx?year=2023&subject=错区").content)
    fill_in(book, "en", family_care_beds="many", care_beds="12个")

    answer = site.send("example", ("wrong.xlsx", book.read_bytes()))

    cells = re.findall(r'<td class="faulty" title="(\w+)">([^ ]*) <a href="#problem-(\d)"', answer.text)
    assert [("many", "1"), ("12个", "2")] == [(text, number) for _, text, number in cells]
    rows = re.findall(r'<tr id="problem-\d">(.*?)</tr>', answer.text)
    assert [True, True] == [
        f"!{place}" in row and text in row for row, (place, text, _) in zip(rows, cells, strict=False)
    ]
    assert [True] == ["cells are still empty" in row for row in rows[len(cells) :]]
    marked = openpyxl.load_workbook(BytesIO(site.client.get(f"{answer.url}/marked/1.xlsx").content))
    assert {place for place, _, _ in cells} == {
        cell.coordinate for sheet in marked.worksheets for row in sheet.iter_rows() for cell in row if cell.comment
    }
    assert "错区 · 2023, 2 problems" in text_of(site.get())
    again = site.send("example", ("wrong-marked.xlsx", book.read_bytes()))
    given = site.client.get(f"{again.url}/marked/1.xlsx").headers["content-disposition"]
    assert "wrong-marked.xlsx" in given


def test_no_machine_ids_in_sight(site: Site, tmp_path: Path) -> None:
    """Where a plan, a commitment or a figure is named on the pages of a clerk, its title stands there and not its id."""
    form = site.get("plan/example/form.xlsx?year=2023&subject=名区").content
    book = openpyxl.load_workbook(BytesIO(form))
    hidden = {
        str(cell.value) for sheet in book.worksheets for column in sheet.iter_cols() for cell in column
        if sheet.column_dimensions[cell.column_letter].hidden and "_" in str(cell.value)
    }  # fmt: skip
    path = tmp_path / "ids.xlsx"
    path.write_bytes(form)
    fill_in(path, "en", family_care_beds="about 60")
    answer = site.send("example", ("ids.xlsx", path.read_bytes()))
    plan = site.get("plan/example")

    assert "about 60" in answer.text
    assert hidden
    assert [] == [one for one in hidden if one in text_of(answer)]
    assert "a whole number (张)" in text_of(answer).split("about 60")[2]  # what is to be there, not the unit alone
    assert [False] * 3 == ["[example]" in text_of(page) for page in (answer, plan, site.get())]


def test_a_browser_chooses_the_language_where_nobody_did(tmp_path: Path) -> None:
    """The address without a language leads to that of the browser, and to the one asked for where there is one."""
    with serving(tmp_path, "en") as site:
        asked = site.client.get(site.start.removesuffix("en/"), headers={"accept-language": "zh-CN,zh;q=0.9"})
    app = make_app(tmp_path, token="t", key="k", port=80, lang="en", at_once=1, asked_for=False)

    async def lead(wanted: str) -> str:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:80") as client:
            return (await client.get("/t/", headers={"accept-language": wanted, "host": "127.0.0.1:80"})).headers[
                "location"
            ]

    found = [wait_for(lead(wanted)) for wanted in ("zh-CN,zh;q=0.9,en;q=0.8", "de, en-GB;q=0.5", "fr")]

    assert asked.url.path.endswith("/en/")
    assert ["/t/zh/", "/t/en/", "/t/en/"] == found


def test_every_finding_can_be_explained(site: Site) -> None:
    """Each finding that is listed leads to its reasons, and one that is not listed can be asked for."""
    answer = site.send("example", ("why.facts.yaml", EXAMPLE.read_bytes()))
    addresses = links(answer, "/why?")
    assert 36 == len(addresses)
    for address in addresses[::12]:
        page = site.client.get(f"{site.origin}{address}")
        assert (200, True) == (page.status_code, "why.facts.yaml:" in page.text)
    asked = site.client.get(f"{answer.url}/why?commitment=emergency-bed-reserve&subject=示例乙养老院")
    assert "示例乙养老院" in text_of(asked)
    unknown = site.client.get(f"{answer.url}/why?commitment=emergency-bed-reserv")
    assert (422, True) == (unknown.status_code, "emergency-bed-reserve" in text_of(unknown))


def test_figures_are_changed_and_nothing_of_it_is_kept(site: Site) -> None:
    """A changed figure gives the difference that `what-if` gives, a wrong one is told beside its field, and no file is written."""
    answer = site.send("example", ("if.facts.yaml", EXAMPLE.read_bytes()))
    before = kept(site)
    address = links(answer, "/what-if?")[0]
    shown = site.client.get(f"{site.origin}{address}")
    assert "No figure was changed yet." in text_of(shown)
    changed = site.client.get(f"{site.origin}{address}&figure.family_care_beds=500")
    found = CliRunner().invoke(
        main, ["what-if", "example", str(EXAMPLE), "--set", "family_care_beds=500", "-o", "json"]
    )
    shift = json.loads(found.stdout)["changed"][0]
    assert shift["after"]["title"] in text_of(changed)
    assert f"[{shift['after']['commitment']}]" not in changed.text
    assert "350" in text_of(changed)
    wrong = site.client.get(f"{site.origin}{address}&figure.family_care_beds=abc")
    assert (422, True, True) == (wrong.status_code, "abc" in text_of(wrong), 'value="abc"' in wrong.text)
    assert before == kept(site)


def test_who_owes_what_counts_the_last_that_could_be_judged(tmp_path: Path) -> None:
    """A refused correction does not replace a good sheet, a later good one does; who sent nothing is named."""
    with serving(tmp_path / "new" / "folder") as site:
        assert "Nothing was handed in yet" in text_of(site.get("plan/example"))
        site.send("example", ("a.facts.yaml", sheet_of("甲区")))
        site.send("example", ("b.facts.yaml", sheet_of("乙区", care_beds="许多")))
        site.send("example", ("a.facts.yaml", sheet_of("甲区", care_beds="many")))
        answer = site.get("plan/example/status?due=2024-03-31&expect=甲区%0A乙区%0A丙区")
        rows = re.findall(r'<tr><th scope="row">(.区)</th><td[^>]*><span class="t (\w+)">([^<]*)', answer.text)
        assert [("甲区", "partly submitted"), ("乙区", "refused"), ("丙区", "not submitted")] == [
            (name, state) for name, _, state in rows
        ]
        site.send("example", ("b.facts.yaml", sheet_of("乙区", care_beds="1500 张")))
        answer = site.get("plan/example/status?due=2024-03-31")
        assert [("甲区", "behind"), ("乙区", "behind")] == re.findall(
            r'<tr><th scope="row">(.区)</th><td[^>]*><span class="t (\w+)">', answer.text
        )
        overview = site.get("overview")
        assert (200, True, True) == (overview.status_code, "甲区" in overview.text, "乙区" in overview.text)
        endless = site.get(f"plan/example/status?due=2024-03-31&year={'9' * 5000}")
        assert (200, True) == (endless.status_code, "甲区" in text_of(endless))  # no year, as anywhere on the page
        wrong = site.get("plan/example/status?due=31.3.2024")
        assert (422, True) == (wrong.status_code, "31.3.2024" in text_of(wrong))


def test_a_plan_waivers_and_assignments_of_the_folder_are_used(tmp_path: Path) -> None:
    """A plan in the folder can be chosen, and who answers for it is told; one with the id of a shipped plan is not taken."""
    text = plan_text(measure("beds"), commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year"))
    (tmp_path / "mine.plan.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "false.plan.yaml").write_text(text.replace("plan: demo", "plan: example"), encoding="utf-8")
    (tmp_path / "who.assignments.yaml").write_text(
        "assignments: demo\nowners:\n  - {all: true, office: 养老处}\n", encoding="utf-8"
    )
    (tmp_path / "let.waivers.yaml").write_text(
        "plan: demo\nwaivers:\n  - {commitment: beds, subject: 乙区, year: 2023, reason: 改造, authority: 市局, "
        "expires: 2024-06-30}\n", encoding="utf-8",
    )  # fmt: skip
    with serving(tmp_path) as site:
        shown = text_of(site.get())
        assert (True, 1) == ("Demo plan [demo]" in shown, shown.count(load_plan("example").title["en"]))
        assert "Demo plan" not in text_of(site.get("plan/example"))
        short = site.send("demo", ("a.facts.yaml", sheet_text("beds: 3 张", name="甲区", year=2023).encode()))
        waived = site.send("demo", ("b.facts.yaml", sheet_text("beds: 3 张", name="乙区", year=2023).encode()))
        assert "养老处" in text_of(site.client.get(f"{short.url}/brief"))
        row = re.compile(r'<tr><th scope="row"[^>]*><span class="t \w+">(\w+)<')
        verdicts = [row.findall(one.text) for one in (short, waived)]
        assert [["shortfall"], ["waived"]] == verdicts
        for path in tmp_path.glob("*.yaml"):
            path.unlink()
        for one in (short, waived):  # what was judged stays as it was
            why = links(one, "/why?")[0]
            assert one.text == site.client.get(str(one.url)).text
            assert 200 == site.client.get(f"{site.origin}{why}").status_code


def test_the_folder_is_the_state(tmp_path: Path) -> None:
    """Another server on the folder, or on a copy of it, shows everything; without its note a bundle is judged again."""
    with serving(tmp_path / "one") as site:
        address = str(site.send("example", ("a.facts.yaml", sheet_of("甲区"))).url).split("/en/")[1]
        refused = str(site.send("example", ("README.md", b"# no sheet")).url).split("/en/")[1]
        before = [text_of(site.get(place)) for place in ("plan/example", address, refused)]
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    for note in (tmp_path / "two" / "submissions").glob("*.json"):
        note.write_text("{", encoding="utf-8")
    with serving(tmp_path / "two") as site:
        assert before == [text_of(site.get(place)) for place in ("plan/example", address, refused)]
        (bundle,) = [path for path in kept(site) if address.rsplit("/", 1)[1] in path.name]
        bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    with serving(tmp_path / "two", "en", "--limit", "file=2K") as site:
        limited = site.send("example", ("a.facts.yaml", sheet_of("甲区")))
        assert (422, True) == (limited.status_code, "--limit file=" in text_of(limited))
        altered = site.get(address)
        assert (410, True) == (altered.status_code, bundle.name in text_of(altered))


# ---------------------------------------------------------------- the command


def test_a_port_that_is_taken_and_a_folder_that_cannot_be_are_told(tmp_path: Path) -> None:
    """Each ends the command with exit code 2 and one line, in either language."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for lang, words in (("en", "cannot be used"), ("zh", "用不了")):
            result = CliRunner().invoke(
                main, ["serve", str(tmp_path), "--port", str(port), "--no-browser", "--lang", lang]
            )
            assert (2, True, 1) == (result.exit_code, words in result.stderr, result.stderr.count("\n"))
    result = CliRunner().invoke(main, ["serve", str(tmp_path / "file"), "--no-browser"])
    assert (2, True, 1) == (result.exit_code, "cannot be used as a folder" in result.stderr, result.stderr.count("\n"))


def test_without_its_libraries_the_command_names_the_extra(tmp_path: Path) -> None:
    """Where the libraries of the page are not installed, one line says which extra brings them."""
    (tmp_path / "starlette.py").write_text("raise ModuleNotFoundError(name='starlette')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "dabiao", "serve", str(tmp_path / "f"), "--no-browser", "--lang", "en"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (2, "", True, 1) == (done.returncode, done.stdout, "serve" in done.stderr, done.stderr.count("\n"))
    assert SAMPLES.exists()


def test_a_form_begins_with_the_indicators_and_last_years_figures(site: Site, tmp_path: Path) -> None:
    """The first choice of a form is the tier of the indicators; what was handed in for the year before stands in it."""
    page = site.get("plan/example")
    tiers = re.search(r'<select name="tier">(.*?)</select>', page.text)
    assert tiers is not None
    assert ["indicator", "task", "effort", "all"] == re.findall(r'value="(\w+)"', tiers[1])
    site.send("example", ("last.facts.yaml", EXAMPLE.read_bytes()))
    book = tmp_path / "next.xlsx"

    book.write_bytes(site.get("plan/example/form.xlsx?year=2024&subject=示例区&tier=indicator").content)

    cells = [cell.value for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    last = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    assert last["subject"] == "示例区"
    assert {one["name"] for one in last["subjects"] if one["kind"] == "home"} <= set(cells)


def test_a_submission_is_judged_by_the_tier_that_was_chosen(site: Site) -> None:
    """What was filled in for the indicators alone is judged by them alone, and judged so again; without a choice, by everything."""
    page = site.get("plan/example")
    assert 2 == page.text.count('<select name="tier">')

    def count(answer: httpx.Response) -> int:
        found = site.client.get(f"{answer.url}/page").text
        data = re.search(r'<script type="application/json" class="data">(.*?)</script>', found, flags=re.DOTALL)
        assert data is not None
        return len(json.loads(data[1].replace("<\\/", "</"))["findings"])

    name = "示例二区"
    whole = count(site.send("example", (f"{name}.facts.yaml", sheet_of(name))))
    some = count(site.send("example", (f"{name}.facts.yaml", sheet_of(name)), tier="indicator"))

    plan = load_plan("example")
    result = check(plan, read_facts(EXAMPLE, plan), select=["indicator"])
    assert len(list(result.findings())) == some < whole
