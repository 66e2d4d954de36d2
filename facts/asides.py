"""Rows of a table that are no data: totals, remarks and signatures, sub-headings, and the headings of a further page.

Every reader of a table, in whatever format, asks here what a row is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from dabiao.base.messages import any_pattern
from dabiao.base.problems import Location, Problems
from dabiao.base.quantities import normalise
from dabiao.facts.cells import holds_figure
from dabiao.facts.vocabulary import SUMMING, fold_label, is_remark, is_sum
from dabiao.rules.model import Kind

_CHAPTER = re.compile(any_pattern("pattern.chapter"), re.IGNORECASE)
_NUMBER_LABEL = re.compile(
    any_pattern("pattern.number-label"), re.IGNORECASE
)  # a telephone, a date: what follows has digits
NUMBERED = r"^\s*(?:[0-9０-９]{1,2}\s*[.、．)）]\s*|[(（\[【]\s*[0-9０-９]{1,2}\s*[)）\]】]\s*|[①-⒛]\s*)[^\s0-9０-９]"
"""A pattern of a text that begins with a number and its sign: 1.公办机构, （2）公办机构, ③含改造. 3.5 and 1号院 do not."""
_NUMBERED = re.compile(NUMBERED)
_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
MAYBE = rf"^\s*$|[:：]|{SUMMING}|{NUMBERED}|(?i:{any_pattern('pattern.maybe-aside')})"
"""A pattern found in the name of every row that may be no data, but for repeated headings."""
_MAYBE = re.compile(MAYBE)


class Asides:
    """Tells the rows of one table apart. `heads` are its rows of headings and those above them, each by column.

    `expected` is what messages call a row of data, where that is not a subject of the kind. `numbered` is set if names of
    data are numbered in this table, or may be: a numbered name that stands alone in its row is then a name, not a sub-heading.
    """

    def __init__(
        self,
        kind: Kind,
        heads: Iterable[Mapping[int, str]],
        problems: Problems,
        expected: object = None,
        *,
        numbered: bool = False,
    ) -> None:
        self._numbered = numbered
        self._problems, self._expected = problems, expected or kind.title
        self._known = {fold_label(name) for name in kind.register.names} if kind.register else set()
        self._heads = [_fold_row(head) for head in heads]
        self.words = {word for head in self._heads for _, word in head}

    def may_be(self, name: str) -> bool:
        """Whether the row of a name may be no data; of most names that is plain to see."""
        return bool(_MAYBE.search(name)) or fold_label(name) in self.words

    def is_span(self, text: str) -> bool:
        """Whether a text that is merged over a whole row is a sub-heading, as 公办机构 is."""
        if fold_label(text) in self._known:
            return False
        return self._is_chapter(text) or not (holds_figure(text) or is_sum(text) or is_remark(text))

    def is_data(self, name: str, cells: Mapping[int, str], entries: Collection[int], location: Location) -> bool:
        """Whether a row is to be read as data. Notes a row of totals, and warns of another one that is passed over.

        `cells` are the texts of the whole row by column, and `entries` the columns that may hold figures.
        """
        if fold_label(name) in self._known:
            return True
        cells = {column: text for column, text in sorted(cells.items()) if text and not text.isspace()}
        sums = [text for text in (name, *(() if name else cells.values())) if is_sum(text)]
        if not sums and self._is_aside(name, cells, entries):
            self._problems.warn("ignored-row", location, found=name or next(iter(cells.values())))
            return False
        if sums or is_remark(name):
            code = "totals-row" if any(_is_figure(column, cells) for column in entries) else "totals-name"
            self._problems.add(code, location, found=(sums or [name])[0], expected=self._expected)
            return False
        return True

    def _is_chapter(self, text: str) -> bool:
        """Whether a text that stands alone in its row is a sub-heading or a note by its number."""
        return bool(_CHAPTER.fullmatch(normalise(text))) or (is_numbered(text) and not self._numbered)

    def _is_aside(self, name: str, cells: Mapping[int, str], entries: Collection[int]) -> bool:
        """Whether a row is a remark, a sub-heading, or a heading once more, and holds no figure."""
        if not cells:
            return False
        row = _fold_row(cells)
        if any(row == head or (len(row) > 1 and row < head) for head in self._heads):
            return True
        if len(cells) == 1 and not cells.keys() & set(entries) and self._is_chapter(next(iter(cells.values()))):
            return True
        texts = (name,) if name else cells.values()
        is_date = not name and set(cells) <= set(entries) and all(map(_is_day, texts))  # under a seal
        return (is_date or any(map(is_remark, texts))) and not any(_is_figure(column, cells) for column in entries)


def is_numbered(text: str) -> bool:
    """Whether a text begins with a number and its sign, as sub-headings and notes do, and names where somebody counts them."""
    return bool(_NUMBERED.match(text))


def are_numbered(with_figures: Iterable[bool]) -> bool:
    """Whether the names of a table may be numbered, given of each row with figures if its name is.

    Only among names without numbers that have figures a numbered one that stands alone is surely no name.
    """
    return set(with_figures) != {False}


def _is_day(text: str) -> bool:
    return bool(_DAY.fullmatch(normalise(text)))


def _is_figure(column: int, cells: Mapping[int, str]) -> bool:
    """Whether a cell of a row that is perhaps a remark holds a figure: a number that is no date and belongs to no label."""
    text = cells.get(column, "")
    if not holds_figure(text) or is_remark(text) or _is_day(text):
        return False
    before = next((cells[other] for other in reversed(tuple(cells)) if other < column), "")
    return not _NUMBER_LABEL.fullmatch(fold_label(before))


def _fold_row(cells: Mapping[int, str]) -> frozenset[tuple[int, str]]:
    return frozenset((column, word) for column, text in cells.items() if (word := fold_label(text)))
