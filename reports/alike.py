"""Findings as texts in the order of the table, those that are alike worded once: a register has a million of them.

What is written of a finding is a function of it. Of rows that differ in their numbers and names alone it is worked out once,
with slots for these, which are filled by columns. All other rows are explained and worded one by one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any

import polars as pl
from dabiao.base.messages import visible
from dabiao.base.names import PLAIN
from dabiao.base.number_columns import do_with
from dabiao.base.problems import Location
from dabiao.base.quantities import count_decimals, in_unit
from dabiao.base.slots import Slot, Slots, Step, WholeSlot
from dabiao.base.units import ONE_TO
from dabiao.engine.alike import REMARKS
from dabiao.engine.results import AlikeRows, Finding, Result, Used
from dabiao.facts.model import Fact

BLOCK = 5_000  # findings that are one text
_SAID = ("raw", *REMARKS)
_TEXTS = ("name", "line", "above ", "place ", "remark ")  # what has a slot and is no number
_MOST = 64_000_000  # characters of texts of one commitment that are kept
_LONGEST = 20  # digits of a target that is the same text for all values
# what a format writes in another way at the beginning of a cell, between quotation marks or commas, or for a log
_ODD = re.compile(r"[,\"\\“”#]|^[\s=+\-@＝＋－＠]|\s\s|\s$")
_WRITTEN = ("file", "sheet", *_SAID)  # what of a place or a remark is neither a number nor a cell

_Part = str | int | pl.Expr  # of a text: what is the same for all rows, the number of a step, or a column of texts
_Chain = tuple[Any, ...]  # the name of a number or text, and the steps that are done with it


@dataclass(frozen=True)
class Form:
    """How a format writes a finding: its cells, each encoded, joined by `separator`; and what stands between two findings.

    `encode_columns` does with a column of texts without invisible signs what `encode` does with each; None: nothing.
    """

    cells: Callable[[Finding], Sequence[str]]
    between: str
    separator: str = ""
    encode: Callable[[str], str] = str
    encode_columns: Callable[[pl.Expr], pl.Expr] | None = None

    def write(self, finding: Finding) -> str:
        """Return the text of a finding."""
        return self.separator.join(map(self.encode, self.cells(finding)))


def write_findings(result: Result, form: Form) -> Iterator[str]:
    """Iterate over the texts of all findings, several at a time, with what stands between them."""
    texts = None
    for part in result.find_alike():
        if texts is None or not texts.is_of(part):
            texts = _Texts(result, part, form)
        found = texts.of(part)
        for offset in range(0, len(found), BLOCK):
            yield found[offset : offset + BLOCK].str.join(form.between).item()


class _Texts:
    """The texts of the findings of one commitment on one kind of subject."""

    def __init__(self, result: Result, part: AlikeRows, form: Form) -> None:
        self._result, self._form = result, form
        self._of = _commitment_of(result, part)
        self._of_leaves = [name.removeprefix("figure ") for name in part.rows.columns if name.startswith("figure ")]
        self._line = 10**18 + secrets.randbelow(10**17)
        self._size = 0
        self._known: dict[tuple[Any, ...], _Template] = {}
        self._templates: dict[tuple[Any, ...], _Template | None] = {}

    def is_of(self, part: AlikeRows) -> bool:
        """Whether rows are those of the same commitment and kind."""
        return self._of == _commitment_of(self._result, part)

    def of(self, part: AlikeRows) -> pl.Series:
        """Return the texts of rows of the table of findings."""
        rows = part.rows.with_row_index("@at")
        found: list[pl.DataFrame] = []
        alike = rows.filter("alike")
        if alike.height:
            shown = [name for name in alike.columns if name.startswith(("place ", "remark "))]
            written = ["name", *(name for name in shown if name.endswith(_WRITTEN))]
            doubtful = reduce(or_, (_find_odd(alike[name]) for name in written))
            alike = alike.filter(~doubtful & (alike["name"] != "")).with_row_index("@in")
            steps = _Steps(part, alike)
            above = [name for name in alike.columns if name.startswith("above ")]
            for name in above:
                odd = _find_odd(alike[name])
                alike = alike.with_columns(
                    pl.when(odd).then(name).alias(f"odd {name}"), (pl.col(name) == "").alias(f"no {name}")
                )
            keys = [
                "verdict",
                "source",
                "file",
                "order",
                "said",
                *(f"{sort} {name}" for name in above for sort in ("odd", "no")),
                *(["on_sheet"] if "on_sheet" in alike.columns else []),
            ]
            for key, group in alike.partition_by(keys, as_dict=True, maintain_order=True).items():
                found.append(self._write_group(part, key, group, steps))
        alone = rows["@at"] if not found else rows.filter(~rows["@at"].is_in(pl.concat(found)["@at"].to_list()))["@at"]
        texts = [self._form.write(self._result.explain(part.start + at)) for at in alone]
        found.append(pl.DataFrame({"@at": alone, "text": pl.Series(texts, dtype=pl.String)}))
        told = pl.concat(found).sort("@at")["text"]
        assert not told.null_count(), "a slot without a text"
        return told

    def _write_group(self, part: AlikeRows, key: tuple[Any, ...], rows: pl.DataFrame, steps: _Steps) -> pl.DataFrame:
        """Return the texts of rows of which the same is said, but for numbers and names."""
        template = None
        if key[3] is not None:
            if key not in self._templates:
                first = self._result.explain(part.start + rows["@at"][0])
                self._templates[key] = self._make(first, rows, numbers=True) if _stand_still(first) else None
            template = self._templates[key]
        if template is not None:
            return template.fill(rows, steps)
        figures = [name for name in rows.columns if name.startswith("figure ")]
        texts = []
        for row in rows.iter_rows(named=True):
            place = (*key, *(row[name] for name in figures))
            known = self._known.get(place)
            if known is None:
                known = self._make(self._result.explain(part.start + row["@at"]), rows, numbers=False)
                self._size += known.size
                if self._size > _MOST:
                    self._known.clear()
                    self._size = known.size
                self._known[place] = known
            texts.append(known.fill_one(row))
        return rows.select("@at", pl.Series("text", texts, dtype=pl.String))

    def _make(self, finding: Finding, rows: pl.DataFrame, *, numbers: bool) -> _Template:
        """Return the text of a finding with slots for names and places, and for its numbers if they are those of other rows."""
        slots = Slots()
        marked, lines = self._mark(finding, rows, slots)
        cells = self._form.cells(_with_slots(marked, slots) if numbers else marked)
        for number, column in lines.items():
            cells = [cell.replace(str(number), slots.token(slots.step(column, str))) for cell in cells]
        return _Template(cells, slots, self._form)

    def _mark(self, finding: Finding, rows: pl.DataFrame, slots: Slots) -> tuple[Finding, Mapping[int, str]]:
        """Return a finding with tokens where its names and its places stand; all its figures are its own.

        Lines and columns are numbers that nobody writes; they are returned with what stands for each.
        """

        def text(column: str) -> str:
            return slots.token(slots.step(column, str))

        def above(kind: str, name: str) -> str:
            column = f"above {kind}"
            told = column not in rows.columns or rows[f"odd {column}"][0] is not None or not name
            return name if told else text(column)

        own, lines = text("name"), {self._line: "line"}
        path = (*((kind, above(kind, name)) for kind, name in finding.path[:-1]), (finding.kind, own))
        if "on_sheet" in rows.columns and rows["on_sheet"][0]:
            return self._mark_places(replace(finding, subject=own, path=path), own, text)

        def marked(place: Location | None) -> Location | None:
            return None if place is None else place._replace(line=self._line)

        def remarked(fact: Fact | None) -> Fact | None:
            if fact is None:
                return None
            said: dict[str, Any] = {what: getattr(fact, what) and text(f"remark {what}") for what in REMARKS}
            return replace(fact, location=fact.location._replace(line=self._line), **said)

        used = tuple(
            replace(one, subject=own, row=marked(one.row), fact=remarked(one.fact)) for one in finding.used
        )  # fmt: skip
        return replace(finding, subject=own, path=path, used=used, place=marked(finding.place)), lines

    def _mark_places(self, finding: Finding, own: str, text: Callable[[str], str]) -> tuple[Finding, Mapping[int, str]]:
        """Return the finding of a root subject, whose sheet and figures have a place each, with tokens for these."""
        lines: dict[int, str] = {}

        def number(column: str, before: int) -> int:
            if not before:
                return 0
            lines[self._line + len(lines) + 1] = column
            return self._line + len(lines)

        def marked(place: Location | None, at: int) -> Location | None:
            return None if place is None else Location(
                text(f"place {at} file"), number(f"place {at} line", place.line), number(f"place {at} column", place.column),
                place.sheet and text(f"place {at} sheet"), place.cell and text(f"place {at} cell"),
            )  # fmt: skip

        used = []
        for one in finding.used:
            at = self._of_leaves.index(one.measure) + 1
            fact, place = one.fact, marked(one.fact.location, at) if one.fact else None
            if fact is not None and place is not None:
                said: dict[str, Any] = {what: getattr(fact, what) and text(f"place {at} {what}") for what in _SAID}
                fact = replace(fact, location=place, **said)
            used.append(replace(one, subject=own, row=marked(one.row, 0), fact=fact))
        return replace(finding, used=tuple(used), place=marked(finding.place, 0)), lines


def _commitment_of(result: Result, part: AlikeRows) -> tuple[str, ...]:
    return result.table.row(part.start, named=True)["commitment"], result.table["kind"][part.start]


class _Steps:
    """What the steps of slots make of the numbers and names of rows, worked out once for all that ask for it."""

    def __init__(self, part: AlikeRows, rows: pl.DataFrame) -> None:
        self._rows, self._numbers = rows, part.numbers
        self._known: dict[tuple[object, ...], Any] = {}

    def of(self, chain: _Chain) -> Any:
        """Return what the steps of a chain make, beside the rows; None where 64 bits do not hold it."""
        if chain not in self._known:
            name, *steps = chain
            if steps:
                before = self.of(chain[:-1])
                do, others = chain[-1]
                self._known[chain] = None if before is None else do_with(do, before, others)
            else:
                column = self._numbers.get(name)
                self._known[chain] = self._rows[name] if column is None else column.gather(self._rows["@at"])
        return self._known[chain]

    def texts(self, chain: _Chain) -> pl.Series:
        """Return the texts that a chain makes; number by number where it has to be, each once."""
        found: pl.Series | None = self.of(chain)
        if found is None:
            numbers = self.of(chain[:1]).to_list()
            known = {number: _follow(number, chain[1:]) for number in dict.fromkeys(numbers)}
            found = self._known[chain] = pl.Series([known[number] for number in numbers], dtype=pl.String)
        return found


def _follow(number: Any, steps: Sequence[Any]) -> Any:
    """Return what steps make of one number."""
    try:
        return reduce(lambda found, step: step[0](found, *step[1]), steps, number)
    except ZeroDivisionError:
        return None  # nobody who words a zero divides by it


class _Template:
    """The text of a finding with slots."""

    def __init__(self, cells: Sequence[str], slots: Slots, form: Form) -> None:
        self.size = sum(map(len, cells))
        self._chains = _find_chains(slots.steps)
        self._used: set[int] = set()
        parts: list[_Part] = []
        for at, cell in enumerate(cells):
            parts += [form.separator] if at else []
            parts += self._split(cell, slots, form)
        self._parts = _merge(parts)

    def _split(self, cell: str, slots: Slots, form: Form) -> list[_Part]:
        """Return the encoded parts of a cell: a cell with numbers in it can only be encoded when they are there."""
        parts = slots.split(cell)
        late = form.encode_columns is not None and any(self._is_number(part) for part in parts)
        parts = slots.split(visible(cell) if late else form.encode(cell))
        self._used.update(part for part in parts if isinstance(part, int))
        return [form.encode_columns(_concat(parts))] if late and form.encode_columns else [*parts]

    def _is_number(self, part: str | int) -> bool:
        return isinstance(part, int) and not str(self._chains[part][0]).startswith(_TEXTS)

    def fill_one(self, row: Mapping[str, str]) -> str:
        """Return the text of a row, if it has slots for names and line alone."""
        return "".join([row[self._chains[part][0]] if isinstance(part, int) else str(part) for part in self._parts])

    def fill(self, rows: pl.DataFrame, steps: _Steps) -> pl.DataFrame:
        """Return the texts of rows with their places."""
        columns = {str(at): steps.texts(self._chains[at]).gather(rows["@in"]) for at in sorted(self._used)}
        return pl.DataFrame({"@at": rows["@at"], **columns}).select("@at", _concat(self._parts).alias("text"))


def _find_chains(steps: Sequence[Step]) -> list[_Chain]:
    """Return of each step the number or text it begins with, and all that is done with that."""
    chains: list[_Chain] = []
    for before, do, others in steps:
        chains.append((*(chains[before] if isinstance(before, int) else (before,)), (do, others)))
    return chains


def _merge(parts: Sequence[_Part]) -> list[_Part]:
    """Return parts with all texts that stand side by side as one."""
    merged: list[_Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def _concat(parts: Sequence[_Part]) -> pl.Expr:
    """Return texts and columns of texts one behind the other."""
    return pl.concat_str(
        [
            pl.lit(part) if isinstance(part, str) else pl.col(str(part)) if isinstance(part, int) else part
            for part in parts
        ]
    )


def _find_odd(names: pl.Series) -> pl.Series:
    """Return which names are written in another way somewhere, or cannot be told from a text that is escaped."""
    doubtful = ~names.str.contains(f"^{PLAIN}$")
    odd = [name for name in names.filter(doubtful).unique() if not name.isprintable() or _ODD.search(name)]
    return names.is_in(odd) if odd else doubtful & False


def _with_slots(finding: Finding, slots: Slots) -> Finding:
    """Return a finding with slots for all numbers that follow from its figures."""

    def slot(name: str, number: Fraction | None) -> Fraction | None:
        return None if number is None else Slot(number, slots, name)

    def figure(used: Used) -> Used:
        return replace(used, value=slot(f"figure {used.measure}", used.value))

    whole = finding.whole_gap
    return replace(
        finding, actual=slot("actual", finding.actual), low=slot("actual", finding.low), high=slot("actual", finding.high),
        gap=slot("gap", finding.gap), completion=slot("completion", finding.completion), used=tuple(map(figure, finding.used)),
        whole_gap=whole if whole is None or abs(whole) < 2 else WholeSlot(whole, slots, "whole"),
    )  # fmt: skip


def _stand_still(finding: Finding) -> bool:
    """Whether the targets are the same text whatever the value is: only a number that does not end is rounded against it."""
    numbers = [n for t in finding.targets for n in (t.value, t.expected, t.least_expected) if n is not None]
    return all(_ends(1 / n if finding.unit == ONE_TO and n else in_unit(n, finding.unit)) for n in numbers)


def _ends(number: Fraction) -> bool:
    places = count_decimals(number.denominator)
    return places is not None and places <= _LONGEST and abs(number) < 10**_LONGEST
