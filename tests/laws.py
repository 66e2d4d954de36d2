"""What the tests of laws share: numbers, sheets in both formats, and the verdict an exact comparison gives."""

from __future__ import annotations

import csv
import operator
import tempfile
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

from dabiao import check, read_facts
from dabiao.engine.results import Result
from dabiao.rules.model import Plan
from helpers import judge, sheet_text, verdicts
from hypothesis import strategies as st

HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "at_least": operator.ge, "at_most": operator.le, "more_than": operator.gt, "less_than": operator.lt,
    "exactly": operator.eq,
}  # fmt: skip
YEARLY = "due: every_year"


def text_of(number: Fraction) -> str:
    """Write a number that ends as a decimal in full."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")  # a Decimal would round to 28 digits
    whole = len(digits) - places
    return f"{'-' if number < 0 else ''}{digits[:whole]}" + (f".{digits[whole:]}" if places else "")


def decimals(whole: int = 9, places: int = 12, least: int = 0) -> st.SearchStrategy[Fraction]:
    """Draw decimals with up to `whole` digits before the point and `places` behind it."""
    top = 10**whole
    return st.integers(0, places).flatmap(
        lambda p: st.integers(least * 10**p, top * 10**p).map(lambda n: Fraction(n, 10**p))
    )


def hair() -> st.SearchStrategy[Fraction]:
    """Draw nothing, or a tiny step up or down."""
    return st.tuples(st.sampled_from([-1, 0, 0, 1]), st.integers(1, 15)).map(lambda t: Fraction(t[0], 10 ** t[1]))


def rows_text(kind: str, rows: Iterable[dict[str, str]]) -> str:
    """Return subjects of one kind, named n0, n1 and so on, with their facts."""
    return "".join(
        f"- {{kind: {kind}, name: n{i}, facts: {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}}}\n"
        for i, row in enumerate(rows)
    )


def checked(plan: Plan, *sheets: str, year: int | None = None) -> Result:
    """Judge sheets by way of real files."""
    with tempfile.TemporaryDirectory() as folder:
        return judge(plan, Path(folder), *sheets, year=year)


def csv_folder(folder: Path, head: str, tables: dict[str, list[dict[str, str]]]) -> Path:
    """Write a CSV folder: the head sheet and one table for each kind."""
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(head, encoding="utf-8")
    for kind, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def in_both_formats(plan: Plan, rows: list[dict[str, str]]) -> list[dict[tuple[str, str], str]]:
    """Judge the same homes from a YAML sheet and from a CSV folder."""
    with tempfile.TemporaryDirectory() as temporary:
        named = [{"name": f"n{i}", **row} for i, row in enumerate(rows)]
        folder = csv_folder(Path(temporary) / "csv", sheet_text(registers="home: complete"), {"home": named})
        from_csv = verdicts(check(plan, read_facts(folder, plan)))
    sheet = sheet_text(subjects=rows_text("home", rows), registers="home: complete")
    return [verdicts(checked(plan, sheet)), from_csv]


def word(holds: bool) -> str:
    """Return the verdict of a commitment that is due."""
    return "met" if holds else "shortfall"
