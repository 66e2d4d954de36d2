"""Findings as texts in the order of the table, those that are alike worded once: a register has a million of them.

What is written of a finding is a function of it. Of rows with the same figures it is worked out once, with tokens for name and
line; of rows that differ in their numbers alone, with slots for these. All other rows are explained and worded one by one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from dabiao.base.problems import Location
from dabiao.base.quantities import count_decimals, in_unit
from dabiao.base.slots import Slot, Slots, WholeSlot
from dabiao.base.units import ONE_TO
from dabiao.engine.results import AlikeRows, Finding, Numbers, Result, Row, Target, Used

_MOST = 64_000_000  # characters of texts of one commitment that are kept
_LONGEST = 20  # digits of a target that is the same text for all values
# what a format writes in another way at the beginning of a cell, between quotation marks or commas, or for a log
_ODD = re.compile(r"[,\"\\“”#]|^[\s=+\-@＝＋－＠]|\s\s|\s$")


def write_findings(
    result: Result, cells: Callable[[Finding], Sequence[str]], encode: Callable[[str], str], separator: str
) -> Iterator[str]:
    """Iterate over the texts of all findings: the encoded cells of each, joined."""
    for part in result.find_alike():
        texts = _Texts(result, part, cells, encode, separator)
        yield from (
            texts.of(at, row) for at, row in zip(range(part.start, part.start + part.height), part.rows, strict=True)
        )


class _Texts:
    """The texts of the findings of one commitment."""

    def __init__(
        self,
        result: Result,
        part: AlikeRows,
        cells: Callable[[Finding], Sequence[str]],
        encode: Callable[[str], str],
        separator: str,
    ) -> None:
        self._result, self._part = result, part
        self._cells, self._encode, self._separator = cells, encode, separator
        self._name = f"Q{secrets.token_hex(8).upper()}Z"
        self._line = 10**18 + secrets.randbelow(10**17)
        self._size = 0
        self._known: dict[tuple[Hashable, ...], str] = {}
        self._targets: dict[
            Hashable, Sequence[Target] | None
        ] = {}  # None where they are not the same text for all values
        self._patterns: dict[Hashable, _Pattern] = {}

    def of(self, at: int, row: Row | None) -> str:
        """Return the text of a row of the table of findings."""
        if row is None or not row.name.isprintable() or _ODD.search(row.name):
            return self._write(self._result.explain(at))
        place = (row.common, row.figures)
        text = self._known.get(place)
        if text is None:
            text = self._word(at, row)
            self._size += len(text)
            if self._size > _MOST:
                self._known.clear()
                self._size = len(text)
            self._known[place] = text
        return text.replace(self._name, row.name).replace(str(self._line), str(row.line))

    def _write(self, finding: Finding) -> str:
        return self._separator.join(map(self._encode, self._cells(finding)))

    def _word(self, at: int, row: Row) -> str:
        """Return the text of all rows with the figures of one, with tokens for name and line."""
        first = None
        if row.common not in self._targets:
            first = self._result.explain(at)
            self._targets[row.common] = first.targets if _stand_still(first) else None
        targets = self._targets[row.common]
        numbers = None if targets is None else self._part.numbers(row, targets)
        place = (row.common, None if numbers is None else numbers.order)
        if numbers is not None and place in self._patterns:
            return self._patterns[place].fill(numbers)
        finding = self._mark(first or self._result.explain(at))
        if numbers is None:
            return self._write(finding)
        slots = Slots()
        cells = self._cells(_with_slots(finding, slots))
        self._patterns[place] = _Pattern(slots, cells, self._encode, self._separator)
        return self._patterns[place].fill(numbers)

    def _mark(self, finding: Finding) -> Finding:
        """Return a finding with tokens where its name and its line stand; all its figures are its own."""

        def marked(place: Location | None) -> Location | None:
            return None if place is None else place._replace(line=self._line)

        used = tuple(
            replace(
                one, subject=self._name, row=marked(one.row),
                fact=None if one.fact is None else replace(one.fact, location=one.fact.location._replace(line=self._line)),
            )
            for one in finding.used
        )  # fmt: skip
        path = (*finding.path[:-1], (finding.kind, self._name))
        return replace(finding, subject=self._name, path=path, used=used, place=marked(finding.place))


class _Pattern:
    """The cells of one finding with slots for its numbers."""

    def __init__(self, slots: Slots, cells: Sequence[str], encode: Callable[[str], str], separator: str) -> None:
        self._slots, self._encode, self._separator = slots, encode, separator
        self._parts = {at: parts for at, cell in enumerate(cells) if len(parts := slots.split(cell)) > 1}
        self._cells = [cell if at in self._parts else encode(cell) for at, cell in enumerate(cells)]

    def fill(self, numbers: Numbers) -> str:
        """Return the text for the numbers of a row."""
        named: dict[str, object] = {f"figure {measure}": value for measure, value in numbers.figures.items()}
        named |= {
            "actual": numbers.actual, "gap": numbers.gap, "whole": numbers.whole_gap, "completion": numbers.completion,
        }  # fmt: skip
        texts, cells = self._slots.follow(named), self._cells.copy()
        for at, parts in self._parts.items():
            cells[at] = self._encode("".join([texts[part] if isinstance(part, int) else part for part in parts]))
        return self._separator.join(cells)


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
