"""One sheet that fails never costs the others, and is named: numbers that are none, dates without end, errors of the program."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Refused, read_facts
from dabiao.cli import main
from dabiao.facts import cells
from helpers import commitment, covered_book, make_plan, measure, own_facts, plan_text, sheet_text

MEASURES = measure("beds", "unit: 张") + measure("ratio")
COMMITMENTS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year")
PLAN = make_plan(MEASURES, COMMITMENTS)


def book(path: Path, stored: str, form: str, *, epoch_1904: bool = False) -> Path:
    """Write a workbook with one figure: what its cell stores, and its number format."""
    made = covered_book()
    table = made.create_sheet("区")
    table.append(("编号", "本年值"))
    table.append(("ratio", 987654))
    table["B2"].number_format = form
    if epoch_1904:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        made.epoch = CALENDAR_MAC_1904
    stream = BytesIO()
    made.save(stream)
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"<v>987654</v>", f"<v>{stored}</v>".encode()))
    return path


@pytest.mark.parametrize("form", ["General", "h:mm", "yyyy-mm-dd", "0%", '0"张"', "0,"])
@pytest.mark.parametrize("stored", ["abc", "nan", "inf", "1e400", "1_000", "0x1F", "9" * 400])
def test_a_number_that_is_none_is_refused_in_its_cell(stored: str, form: str, tmp_path: Path) -> None:
    """Whatever its format, a numeric cell that holds no number of a float is told with its place."""
    with pytest.raises(Refused) as refused:
        read_facts(book(tmp_path / "s.xlsx", stored, form), PLAN)
    assert [("bad-fact", "B2")] == [(p.code, p.location.cell) for p in refused.value.problems]


@pytest.mark.parametrize("stored", ["2958465", "2958465.999999", "2958464.5", "2957004", "1e300", "-1", "-1e300"])
@pytest.mark.parametrize("form", ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "h:mm"])
@pytest.mark.parametrize("epoch_1904", [True, False])
def test_a_day_without_a_date_is_told_with_its_place(stored: str, form: str, epoch_1904: bool, tmp_path: Path) -> None:
    """A date or time at the end of all dates, or beyond it, is no figure, and nothing worse."""
    with pytest.raises(Refused) as refused:
        read_facts(book(tmp_path / "s.xlsx", stored, form, epoch_1904=epoch_1904), PLAN)
    codes = {problem.code for problem in refused.value.problems}
    assert codes <= {"date-not-number", "time-not-ratio"}
    assert ["B2"] == [problem.location.cell for problem in refused.value.problems]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder with three sheets and a plan, while the program fails at one figure."""
    plain = cells._read_number

    def failing(written: str, *rest: object) -> object:
        if "六百六十六" in written:
            raise OverflowError("too much")
        return plain(written, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cells, "_read_number", failing)
    folder = tmp_path / "sheets"
    folder.mkdir()
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    for name, beds in (("a", "1,200 张"), ("b", "六百六十六"), ("c", "beds")):
        (folder / f"{name}.facts.yaml").write_text(sheet_text(f"beds: '{beds}'", name=f"{name}区"), encoding="utf-8")
    return folder


def test_an_error_of_the_program_names_the_sheet(broken: Path) -> None:
    """The sheet at which the program fails is refused by name, and what is wrong with the next one is told as well."""
    with pytest.raises(Refused) as refused:
        read_facts(broken, PLAN)
    told = [(problem.code, Path(problem.location.file).name) for problem in refused.value.problems]
    assert [("internal-error", "b.facts.yaml"), ("bad-fact", "c.facts.yaml")] == told
    assert "OverflowError: too much (test_boundary.py:" in refused.value.problems[0].text("en")


def test_the_command_refuses_a_sheet_at_which_it_fails(broken: Path) -> None:
    """`check` ends with 2, as for every sheet that cannot be used; without that sheet the others are judged."""
    plan = str(broken.parent / "demo.plan.yaml")
    result = CliRunner().invoke(main, ["check", plan, str(broken), "--lang", "en"])
    assert 2 == result.exit_code
    assert "b.facts.yaml: internal error: OverflowError: too much" in result.output
    assert 0 == CliRunner().invoke(main, ["check", plan, str(broken / "a.facts.yaml")]).exit_code


def test_status_tells_of_the_others(broken: Path) -> None:
    """`status` names the sheet at which the program fails, and says of each other one what it is worth."""
    plan = str(broken.parent / "demo.plan.yaml")
    (broken / "c.facts.yaml").unlink()
    command = ["status", plan, str(broken), "--due", "2026-01-31", "--lang", "en", "-o", "json"]
    result = CliRunner().invoke(main, command)
    assert 1 == result.exit_code
    assert "b.facts.yaml" in result.output
    assert "OverflowError" in result.output
    assert "a区" in result.output


def test_a_sound_sheet_is_read_after_a_failure(broken: Path) -> None:
    """The program goes on as if nothing had happened."""
    with pytest.raises(Refused):
        read_facts(broken / "b.facts.yaml", PLAN)
    (sheet,) = read_facts(broken / "a.facts.yaml", PLAN).sheets
    assert 1200 == own_facts(sheet)["beds"].value
