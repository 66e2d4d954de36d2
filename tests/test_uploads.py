"""Bytes with a name are read as files are: every format, folders of tables, places and refusals."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from dabiao import Refused, check, load_plan, read_facts
from dabiao.base.files import Upload, UploadedFolder
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.facts.model import Facts
from helpers import ROOT, commitment, covered_book, make_plan, measure, own_facts, sheet_text, subjects, verdicts

SAMPLES = ROOT / "facts" / "samples"
MEASURES = measure("beds", "unit: 张") + measure("places", "unit: 张", "home")
PLAN = make_plan(MEASURES, commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year"))


def uploaded(folder: Path, root: Path) -> list[Upload]:
    """Return the files of a folder as uploads, named from its parent on."""
    return [
        Upload(str(path.relative_to(root)), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()
    ]


def told(facts: Facts) -> list[object]:
    """Return everything that sheets say but where it stands."""
    return [
        (
            s.subject, s.year, dict(s.registers),
            {who: {m: (f.value, f.absent, f.note) for m, f in own.items()} for who, own in subjects(s).items()},
        )
        for s in facts.sheets
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["yanqing-2020.facts.yaml", "yanqing-2023"])
def test_uploads_are_read_as_files_are(name: str) -> None:
    """The shipped sheets, a file and a folder of tables, say the same as bytes."""
    plan = load_plan("yanqing")
    path = SAMPLES / name
    uploads = uploaded(path, SAMPLES) if path.is_dir() else [Upload(name, path.read_bytes())]
    facts = read_facts(uploads, plan)
    assert told(read_facts(path, plan)) == told(facts)
    places = {fact.location.file for own in subjects(facts.sheets[0]).values() for fact in own.values()}
    assert {upload.name for upload in uploads} >= places


def test_a_workbook_and_json_are_read_from_bytes(tmp_path: Path) -> None:
    """An XLSX workbook and a JSON sheet need no disk."""
    book = covered_book()
    table = book.create_sheet("区")
    table.append(("编号", "本年值"))
    table.append(("beds", 12))
    book.save(tmp_path / "s.xlsx")
    json = b'{"plan": "demo", "subject": "x", "year": 2025, "facts": {"beds": 3}}'
    facts = read_facts([Upload("s.xlsx", (tmp_path / "s.xlsx").read_bytes()), Upload("t.json", json)], PLAN)
    assert [12, 3] == [own_facts(sheet)["beds"].value for sheet in facts.sheets]
    assert "s.xlsx[区]!B2" == str(own_facts(facts.sheets[0])["beds"].location)
    assert {"beds"} == {name for name, _ in verdicts(check(PLAN, read_facts(Upload("t.json", json), PLAN)))}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_beside_a_head_are_its_registers(form: str, tmp_path: Path) -> None:
    """Uploads in one folder with a head are one sheet; a table without a head is refused by name."""
    frame = pl.DataFrame({"name": ["甲院", "乙院"], "places": [5, 7]})
    path = tmp_path / f"home.{form}"
    frame.write_csv(path) if form == "csv" else frame.write_parquet(path)
    head = Upload("2025/sheet.facts.yaml", sheet_text("beds: 12 张", registers="home: complete").encode())
    table = Upload(f"2025/home.{form}", path.read_bytes())
    (sheet,) = read_facts([table, head], PLAN).sheets
    assert {"甲院": 5, "乙院": 7} == {
        name: own["places"].value for (kind, name), own in subjects(sheet).items() if kind == "home"
    }
    with pytest.raises(Refused) as refused:
        read_facts([table], PLAN)
    assert [("reading.alone", table.name)] == [(p.code, p.location.file) for p in refused.value.problems]


def test_uploads_are_refused_as_files_are() -> None:
    """What is no sheet, is empty, lies about its format or is over a limit is refused with its name."""
    bad = [
        Upload("empty.yaml", b" "), Upload("lies.xlsx", b"plan: demo"), Upload("lies.yaml", b"PK\x03\x04..xl/"),
        Upload("a.pdf", b"%PDF"), Upload("large.yaml", b"#" * 200),
    ]  # fmt: skip
    with use_limits(parse_limits(["file=100"])), pytest.raises(Refused) as refused:
        read_facts(bad, PLAN)
    assert [
        ("empty-file", "empty.yaml"), ("reading.lies", "lies.xlsx"), ("reading.lies", "lies.yaml"),
        ("unknown-format", "a.pdf"), ("over-limit", "large.yaml"),
    ] == [(p.code, p.location.file) for p in refused.value.problems]  # fmt: skip


def test_many_uploads_are_read_in_order_with_files(tmp_path: Path) -> None:
    """More sheets than are read one by one, half of them uploads, keep their order."""
    given: list[Path | Upload] = []
    for number in range(20):
        text = sheet_text(f"beds: {number} 张", name=f"区{number}").encode()
        path = tmp_path / f"{number:02}.facts.yaml"
        path.write_bytes(text)
        given.append(path)
    uploads = [Upload(f"u{number}.yaml", sheet_text("beds: 1 张", name=f"传{number}").encode()) for number in range(20)]
    facts = read_facts([*given, *uploads], PLAN)
    assert [f"区{n}" for n in range(20)] + [f"传{n}" for n in range(20)] == [sheet.subject for sheet in facts.sheets]


def test_an_uploaded_folder_is_limited_as_one_on_disk_is() -> None:
    """Folders nested too deep and too many files are told by the limit, and at the limit they are read."""
    plan, text = (
        make_plan(measure("beds", "unit: 张"), commitment("manual", "manual: true")),
        sheet_text("beds: 5").encode(),
    )
    for levels, refused in ((3, False), (4, True), (5000, True)):
        folder = UploadedFolder("r", (Upload(f"r/{'a/' * levels}s.facts.yaml", text),))
        with use_limits(parse_limits(["depth=3"])):
            if not refused:
                assert 1 == len(read_facts(folder, plan).sheets)
                continue
            with pytest.raises(Refused) as found:
                read_facts(folder, plan)
        assert [("over-limit", "depth")] == [(p.code, p.details["limit"]) for p in found.value.problems]
    many = UploadedFolder("r", tuple(Upload(f"r/{at}.facts.yaml", text) for at in range(4)))
    with use_limits(parse_limits(["members=3"])), pytest.raises(Refused) as found:
        read_facts(many, plan)
    assert [("over-limit", "members")] == [(p.code, p.details["limit"]) for p in found.value.problems]


def test_a_plan_may_be_named() -> None:
    """Where a plan is asked for, its name will do."""
    facts = read_facts(SAMPLES / "yanqing-2020.facts.yaml", "yanqing")
    assert ("yanqing", 2020) == (facts.plan.id, facts.sheets[0].year)
