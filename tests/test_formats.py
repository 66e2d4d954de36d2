"""The table of formats: the one place that knows the endings, first bytes and readers of files, and how one is added."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from dabiao import Refused, read_facts
from dabiao.facts.formats import registry
from dabiao.facts.formats.detect import belongs, content_of, format_of
from dabiao.facts.formats.registry import FORMATS, Format, named
from helpers import ROOT, commitment, make_plan, measure, own_facts, sheet_text

PLAN = make_plan(measure("beds", "unit: 张"), commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year"))
LINES = """
from dabiao.base.nodes import read_text
from dabiao.base.problems import Location
from dabiao.facts.model import Fact, Sheet
from dabiao.facts.rows import Row, rows_by_kind

def read_lines(file, vocabulary, problems):
    subject, year, beds = read_text(file).split()
    here = Location(str(file), 1)
    root = vocabulary.plan.root.id
    value = vocabulary.numbers(root, None)["beds"].value(beds)
    row = Row(root, subject, None, here, {"beds": Fact(value, Location(str(file), 3), beds)})
    return Sheet(str(file), subject, int(year), here, rows_by_kind([row]))
"""


def test_no_ending_is_known_elsewhere() -> None:
    """No other module of the readers, and none that marks or places findings, names an ending of a file of facts."""
    endings = {ending for each in FORMATS for ending in each.suffixes}
    files = [
        *(ROOT / "facts").rglob("*.py"),
        ROOT / "reports" / "locations.py",
        ROOT / "reports" / "marked_workbooks.py",
    ]
    found = {
        (file.name, ending)
        for file in files
        for ending in re.findall(r'"(\.[a-z]+)"', file.read_text(encoding="utf-8"))
        if ending in endings and file.name != "registry.py" and "template" not in file.parts
    }
    assert set() == found


def test_every_ending_is_of_one_format() -> None:
    """No two formats claim the same ending, and the reader of each is there."""
    endings = [ending for each in FORMATS for ending in each.suffixes]
    assert sorted(set(endings)) == sorted(endings)
    for each in FORMATS:
        if each.reader:
            module, _, name = each.reader.partition(":")
            __import__(module)
            assert callable(getattr(sys.modules[module], name))


def test_a_format_is_a_module_and_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a module and an entry, a file is found in a folder, checked against its name, read, and refused by name."""
    (tmp_path / "lines_format.py").write_text(LINES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    added = Format("LINES", (".lines",), (b"\xe6",), reader="lines_format:read_lines")
    monkeypatch.setattr(registry, "FORMATS", (*FORMATS, added))
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "a.lines").write_text("某区\n2025\n12张\n", encoding="utf-8")
    (folder / "b.facts.yaml").write_text(sheet_text("beds: 3 张", name="乙区"), encoding="utf-8")

    first, second = read_facts(folder, PLAN).sheets
    assert [("某区", 12), ("乙区", 3)] == [(s.subject, own_facts(s)["beds"].value) for s in (first, second)]

    (folder / "a.lines").write_bytes(b"%PDF-1.7")
    with pytest.raises(Refused) as refused:
        read_facts(folder, PLAN)
    assert [("reading.lies", "PDF")] == [(p.code, p.details["found"]) for p in refused.value.problems]


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [(b"PK\x03\x04...xl/workbook.xml", "XLSX"), (b"PK\x03\x04...readme", "ZIP"), (b"PAR1", "Parquet"), (b"<html>", "HTML"),
     (b"\xd0\xcf\x11\xe0", "XLS"), (b"plan: demo", ""), (b"", "")],
)  # fmt: skip
def test_content_is_named_by_its_first_bytes(beginning: bytes, expected: str) -> None:
    """What a file is shows in its first bytes, whatever it is called."""
    assert expected == content_of(beginning)


def test_a_name_without_an_ending_leaves_it_to_the_content(tmp_path: Path) -> None:
    """A sheet without a known ending is read for what it is; in a folder it is passed over."""
    path = tmp_path / "sheet.of-2025"
    path.write_text(sheet_text("beds: 3 张"), encoding="utf-8")
    assert named(path) is None
    assert "YAML" == format_of(path).name
    assert not belongs(path)
