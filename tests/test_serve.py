"""The local page over HTTP, from the real command: what it keeps, what it refuses, and what it says when something breaks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import httpx
import openpyxl
import pytest
import yaml
from click.testing import CliRunner
from dabiao import load_plan
from dabiao.cli import main
from dabiao.evidence.verify import VerifyRequest, verify
from dabiao.serve.app import make_app
from helpers import commitment, measure, plan_text, sheet_text
from serving import EXAMPLE, SAMPLES, Site, fill_in, serving, sheet_of


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the tests that only add to its folder."""
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


def text_of(answer: httpx.Response) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text.split("<main")[-1])).split())


def links(answer: httpx.Response, end: str) -> list[str]:
    """Return the addresses on a page that hold a text."""
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', answer.text) if end in one]


def kept(site: Site) -> list[Path]:
    """List the bundles in the folder."""
    return sorted((site.folder / "submissions").glob("*.zip"))


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

    found = [asyncio.run(lead(wanted)) for wanted in ("zh-CN,zh;q=0.9,en;q=0.8", "de, en-GB;q=0.5", "fr")]

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
    assert shift["after"]["commitment"] in changed.text
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


# ---------------------------------------------------------------- safety


def refusals(site: Site) -> list[tuple[str, str, dict[str, str], int]]:
    """Return requests that no page of the server makes: method, address, headers, and the answer's status."""
    host = site.origin.removeprefix("http://")
    inside = site.start.removeprefix(site.origin)
    form = f"{inside}plan/example/check"
    post = {"host": host, "content-type": "application/x-www-form-urlencoded", "content-length": "0"}
    return [
        ("GET", inside, {"host": "evil.example"}, 403),
        ("GET", inside, {"host": f"evil.example:{host.split(':')[1]}"}, 403),
        ("GET", inside, {"host": "127.0.0.1"}, 403),
        ("GET", "/", {"host": host}, 403),
        ("GET", inside.replace(inside[1:9], "AAAAAAAA"), {"host": host}, 403),
        ("GET", f"//{inside[1:]}", {"host": host}, 403),
        ("POST", form, post, 403),
        ("POST", form, {**post, "origin": "http://evil.example"}, 403),
        ("POST", form, {**post, "origin": "null"}, 403),
        ("POST", form, {**post, "origin": f"https://{host}"}, 403),
        ("POST", form, {**post, "origin": site.origin, "sec-fetch-site": "cross-site"}, 403),
        ("POST", form, {**post, "origin": site.origin, "sec-fetch-site": "same-site"}, 403),
        ("POST", form, {**post, "origin": site.origin, "content-length": str(1 << 40)}, 413),
        ("POST", inside, {**post, "origin": site.origin}, 405),
        (
            "OPTIONS",
            form,
            {"host": host, "origin": "http://evil.example", "access-control-request-method": "POST"},
            405,
        ),
        ("PUT", form, {**post, "origin": site.origin}, 405),
        ("GET", form, {"host": host}, 405),
        ("GET", f"{inside}run/{'0' * 64}", {"host": host}, 404),
        ("GET", f"{inside}run/..%2F..%2Fetc", {"host": host}, 404),
        ("GET", f"{inside}plan/..%2Fmine", {"host": host}, 404),
        ("GET", inside.replace("/en/", "/xx/"), {"host": host}, 404),
    ]


def ask(site: Site, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Send a request as it is, whatever a client would make of it, and return the answer."""
    host, port = site.origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_no_request_of_another_page_is_answered(site: Site) -> None:
    """A wrong host, a missing token, an origin that is not ours, and other methods are refused, and told no token."""
    before = kept(site)
    token = site.start.split("/")[3]
    for method, path, headers, status in refusals(site):
        answer = ask(site, method, path, headers).decode()
        assert f"HTTP/1.1 {status} " == answer[: len("HTTP/1.1 200 ")], (method, path, headers)
        assert "access-control" not in answer.lower()
        assert "Traceback" not in answer
        if status == 403 and method == "GET":
            assert token not in answer
    assert before == kept(site)


def test_every_answer_keeps_other_pages_out(site: Site) -> None:
    """Pages, files and refusals have the headers of a policy; none runs what stands in it, and none names its server."""
    for answer in (
        site.get(),
        site.get("nothing"),
        site.client.get(site.origin),
        site.get("plan/example/form.xlsx?year=2023"),
    ):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert ("no-store", "nosniff", "same-origin", "DENY") == tuple(
            answer.headers[name]
            for name in ("cache-control", "x-content-type-options", "cross-origin-resource-policy", "x-frame-options")
        )
        assert "server" not in answer.headers
        assert [] == re.findall(r"<script(?! src=)| on\w+=| style=|javascript:", answer.text)


def test_only_this_machine_is_listened_to(site: Site) -> None:
    """The port is bound to 127.0.0.1, and to nothing else."""
    port = int(site.origin.rsplit(":", 1)[1])
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines() if Path("/proc/net/tcp").exists() else []
    bound = [line.split()[1] for line in lines if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"]
    assert [f"0100007F:{port:04X}"] == bound or not lines


HOSTILE = '"><script>hit()</script>\u202e.xlsx'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (HOSTILE, b"PK\x03\x04 no archive"), ("a.xlsx", b""), ("..", b"x"), ("x" * 900, b"x"), ("con.yaml", b"a: &x [*x]"),
        ("z.facts.yaml", b"plan: example\nsubject: '<img src=x onerror=hit()>'\nyear: 2023\nfacts: {care_beds: '<b>1'}\n"),
        ("d.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), ("t.csv", b"name\n=cmd|' /C calc'!A0\n"),
    ],
)  # fmt: skip
def test_whatever_is_sent_is_told_and_nothing_of_it_runs(site: Site, name: str, content: bytes) -> None:
    """A file that is none, or means harm, is refused on a page on which it stands as text."""
    answer = site.send("example", (name, content))
    assert 200 == answer.status_code
    assert "to correct</h1>" in answer.text
    assert [] == re.findall(r"<script(?! src=)|<img|<b>1|\u202e|Traceback|internal error", answer.text)
    assert {".json", ".zip"} == {path.suffix for path in (site.folder / "submissions").iterdir()}


def test_too_many_and_too_large_are_refused_before_they_are_read(site: Site) -> None:
    """Forty-one files, no file, a body that is no form, and more bytes than are allowed: each is told, and nothing is kept."""
    before = kept(site)
    many = site.send("example", *[(f"{n}.yaml", b"x") for n in range(41)])
    assert (400, True) == (many.status_code, "40" in text_of(many))
    none = site.client.post(f"{site.start}plan/example/check", data={"year": "2023"}, headers={"origin": site.origin})
    assert (422, True) == (none.status_code, "no file was chosen" in text_of(none))
    broken = site.client.post(
        f"{site.start}plan/example/check", content=b"--x\r\nnothing", headers={"origin": site.origin, "content-type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert broken.status_code in (400, 422)
    large = site.send("example", ("large.xlsx", bytes(65 << 20)))
    assert (413, True) == (large.status_code, "64 MiB" in text_of(large))
    assert before == kept(site)


def test_the_address_for_the_browser_opens_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is started with an address that leads to the page once: what a list of processes shows is worth nothing."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new && mv {seen}.new {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "dabiao", "serve", str(tmp_path / "f"), "--lang", "en"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": f"{browser} %s"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = re.search(r"http://\S+", process.stdout.readline())
        for _ in range(200):
            if seen.exists():
                break
            time.sleep(0.05)
        once = seen.read_text(encoding="ascii").strip()
        first, second = (httpx.get(once, follow_redirects=True, timeout=30) for _ in range(2))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert told is not None
    assert (200, 403) == (first.status_code, second.status_code)
    assert str(first.url).startswith(told[0])
    assert once != told[0]
    assert 130 == process.returncode


# ---------------------------------------------------------------- what breaks


def test_fifty_at_once_are_all_answered_each_with_its_own(tmp_path: Path) -> None:
    """Fifty districts hand in at the same moment, every fifth with an error: each gets its own answer, and all are kept."""
    plan = plan_text(measure("care_beds"), commitment("beds", "measure: care_beds\nat_least: 1025 张\ndue: every_year"))
    (tmp_path / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    sheets = {
        f"第{n}区": sheet_text(f"care_beds: {'许多' if n % 5 == 0 else f'{1000 + n} 张'}", name=f"第{n}区").encode()
        for n in range(50)
    }

    async def send_all(site: Site) -> list[httpx.Response]:
        async with httpx.AsyncClient(
            timeout=300, limits=httpx.Limits(max_connections=60), follow_redirects=True
        ) as client:
            return await asyncio.gather(
                *(
                    client.post(
                        f"{site.start}plan/demo/check", files=[("sheets", (f"{name}.facts.yaml", sheet))],
                        headers={"origin": site.origin},
                    )
                    for name, sheet in sheets.items()
                )
            )  # fmt: skip

    with serving(tmp_path) as site:
        answers = asyncio.run(send_all(site))
        ids = {answer.url.path.rsplit("/", 1)[1] for answer in answers}
        assert [200] * 50 == [answer.status_code for answer in answers]
        for n, (name, answer) in enumerate(zip(sheets, answers, strict=True)):
            title = re.search(r"<h1>(.*?)</h1>", answer.text)
            assert title is not None
            assert title[1].startswith(f"{name} · 2025")
            assert ("to correct" if n % 5 == 0 else f"{1000 + n:,} 张") in answer.text, name
        assert (50, 50) == (len(ids), len(kept(site)))
        assert ids == {path.name.split("-")[1].removesuffix(".zip") for path in kept(site)}
        handed_in = {}
        for bundle in kept(site):
            with zipfile.ZipFile(bundle) as archive:
                (sheet,) = [name for name in archive.namelist() if name.startswith("sheets/")]
                handed_in[Path(sheet).name.removesuffix(".facts.yaml")] = archive.read(sheet)
        assert sheets == handed_in
        shown = text_of(site.get("plan/demo"))
        assert [] == [name for name in sheets if name not in shown]


def test_two_people_at_once_see_their_own(site: Site) -> None:
    """While one hands in again and again, another reads the reports of another district, in another language."""
    theirs = site.send("example", ("two.facts.yaml", sheet_of("静区")))
    chinese = str(theirs.url).replace("/en/", "/zh/")

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=120, follow_redirects=True) as client:
            reads = [
                client.get(f"{chinese}/{place}") for place in ("brief", "page", "why?commitment=emergency-bed-reserve")
            ]
            sends = [
                client.post(
                    f"{site.start}plan/example/check", headers={"origin": site.origin},
                    files=[("sheets", ("n.facts.yaml", sheet_of("忙区", care_beds=f"{n} 张")))],
                )
                for n in range(1200, 1203)
            ]  # fmt: skip
            return await asyncio.gather(*reads, *sends)

    *reads, one, two, three = asyncio.run(both())
    assert [200] * 6 == [answer.status_code for answer in (*reads, one, two, three)]
    assert [] == [answer for answer in reads if "忙区" in answer.text or "达标" not in answer.text]
    assert 3 == len({str(answer.url) for answer in (one, two, three)})


def test_an_upload_that_is_broken_off_leaves_nothing(site: Site) -> None:
    """A connection that ends in the middle of a file leaves no file, open or on disk, and the next upload is taken."""
    before = kept(site)
    temporary = Path(f"/proc/{site.process.pid}/fd")
    head = {
        "host": site.origin.removeprefix("http://"), "origin": site.origin, "content-length": str(8 << 20),
        "content-type": "multipart/form-data; boundary=x",
    }  # fmt: skip
    start = b'--x\r\ncontent-disposition: form-data; name="sheets"; filename="a.xlsx"\r\n\r\n'
    lines = [
        f"POST {site.start.removeprefix(site.origin)}plan/example/check HTTP/1.1",
        *(f"{k}: {v}" for k, v in head.items()),
    ]
    opened = len(list(temporary.iterdir())) if temporary.exists() else 0
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", int(site.origin.rsplit(":", 1)[1])), 20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + start + bytes(3 << 20))
    for _ in range(100):
        if not temporary.exists() or len(list(temporary.iterdir())) <= opened:
            break
        time.sleep(0.05)
    assert before == kept(site)
    assert not temporary.exists() or len(list(temporary.iterdir())) <= opened
    assert 200 == site.send("example", ("after.facts.yaml", sheet_of("后区"))).status_code


def mounted(path: Path, size: str) -> bool:
    """Mount a small disk; whether that is possible here."""
    path.mkdir()
    mount = shutil.which("mount")
    return (
        mount is not None
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={size}", "none", str(path)], capture_output=True, check=False
        ).returncode
    )


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """What does not fit is not half kept: the page says so, what was there is there, and with room it is taken."""
    disk = tmp_path / "disk"
    if not mounted(disk, "400k"):
        pytest.skip("needs leave to mount a small disk")
    try:
        with serving(disk) as site:
            first = site.send("example", ("a.facts.yaml", sheet_of("甲区")))
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
                while True:
                    stream.write(bytes(4096))
            before = {path.name for path in (disk / "submissions").iterdir()}
            refused = site.send("example", ("b.facts.yaml", sheet_of("乙区")))
            assert (507, True, True) == (
                refused.status_code, "No space left" in text_of(refused), "what was taken in before is there" in text_of(refused)
            )  # fmt: skip
            assert before == {path.name for path in (disk / "submissions").iterdir()}
            assert 200 == site.client.get(f"{first.url}/brief").status_code
            filler.unlink()
            assert "乙区" in site.send("example", ("b.facts.yaml", sheet_of("乙区"))).text
            assert 2 == len(kept(site))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_for_temporary_files_is_told(tmp_path: Path) -> None:
    """Where a large upload cannot be put aside the page says so, once all of it was sent; a small one is taken all the same."""
    disk = tmp_path / "temporary"
    if not mounted(disk, "1m"):
        pytest.skip("needs leave to mount a small disk")
    try:
        with serving(tmp_path / "folder", "zh", TMPDIR=str(disk)) as site:
            refused = site.send("example", ("large.xlsx", bytes(12 << 20)))
            assert (507, True, []) == (refused.status_code, "磁盘满了" in text_of(refused), kept(site))
            many = site.send("example", *[(f"{n}.yaml", bytes(1 << 18)) for n in range(60)])
            assert (400, True, []) == (many.status_code, "40" in text_of(many), kept(site))
            assert "示例区" in site.send("example", ("small.facts.yaml", EXAMPLE.read_bytes())).text
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_folder_that_disappears_is_told_and_comes_back_with_everything(tmp_path: Path) -> None:
    """While the folder is away nothing is made in its place; every page says so, and all is there when it is back."""
    folder, away = tmp_path / "stick", tmp_path / "away"
    with serving(folder, "zh") as site:
        first = str(site.send("example", ("a.facts.yaml", sheet_of("甲区"))).url)
        folder.rename(away)
        for answer in (
            site.get(),
            site.client.get(first),
            site.get("overview"),
            site.send("example", ("b.facts.yaml", sheet_of("乙区"))),
        ):
            assert (503, True) == (answer.status_code, "没有那个文件" in text_of(answer) or "打不开" in text_of(answer))
            assert not re.search("[a-z]{4,} [a-z]{3,}", re.sub(r"/\S+", "", text_of(answer)))
        assert not folder.exists()
        away.rename(folder)
        assert 200 == site.client.get(first).status_code
        assert 1 == len(kept(site))


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
