"""Compares a plan with its document: cited phrases that are not there, and promises that are not cited."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dabiao.base.nodes import read_text
from dabiao.base.problems import Problems
from dabiao.rules import written as w
from dabiao.rules.model import Plan

_DROPPED = re.compile(r"[\s*#|\u200b\ufeff]")
_DIGITS = "零一二三四五六七八九"
_ORDINAL = "一二三四五六七八九十"
_NUMERAL = "一二三四五六七八九十百千两"
_PROMISE = re.compile(
    rf"\d|[{_NUMERAL}]+[家所个张名人次处户支项座场套条批]|全覆盖|至少|不少于|不低于|达到|每个|每年|建成|力争|以上"
)
_BREAK = re.compile(r"[。;!?\n]")
_NUMBERING = re.compile(r"^\(?\d{1,2}[.、)](?!\d)")  # the number of a heading is no figure
_TABLE_CELLS = 10
_LOCATOR = re.compile(rf"第[{_ORDINAL}]+[部分章节篇]+|\([{_ORDINAL}]+\)|专栏\d+|[{_ORDINAL}]+|\d+")
_IGNORED_LOCATOR = re.compile(r"[表行]\s*\d+|目标表|附表")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the document with a figure or a promising word."""

    text: str
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a document a plan cites: the number of promising sentences, and those neither cited nor left out."""

    promising: int
    open: tuple[Sentence, ...]

    @property
    def covered(self) -> int:
        """The number of promising sentences that are cited or left out with a reason."""
        return self.promising - len(self.open)


class Document:
    """The plain text of a plan document, without spaces and marks and with full-width signs folded."""

    def __init__(self, text: str) -> None:
        kept: list[str] = []
        self._lines: list[int] = [0]
        self._breaks: set[int] = set()
        size = 0
        for row in unicodedata.normalize("NFKC", text).split("\n"):
            cells = row.split()
            table = len(cells) >= _TABLE_CELLS and "。" not in row
            for cell in cells if table else [row]:
                flat = _DROPPED.sub("", cell)
                kept.append(flat)
                size += len(flat)
                self._breaks.add(size)
            self._lines.append(size)
        self.text = "".join(kept)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a document. Raises `Refused` if it cannot be read."""
        return cls(read_text(path))

    def line(self, position: int) -> int:
        """Return the line of the file at a position."""
        return bisect_right(self._lines, position)

    def sentences(self) -> Iterator[Sentence]:
        """Iterate over the sentences, table cells and list items that carry a figure or a promising word."""
        start = 0
        ends = sorted(self._breaks | {m.end() for m in _BREAK.finditer(self.text)})
        for end in ends:
            piece = self.text[start:end]
            if _PROMISE.search(_NUMBERING.sub("", piece)):
                yield Sentence(piece, self.line(start), start, end)
            start = end

    def find(self, phrase: str, span: tuple[int, int] | None = None) -> list[tuple[int, int]]:
        """Return the spans of every occurrence of a phrase, within a span if one is given."""
        flat = flatten(phrase)
        low, high = span or (0, len(self.text))
        if not flat:
            return []
        return [(m.start(), m.end()) for m in re.finditer(re.escape(flat), self.text) if low <= m.start() < high]

    def section(self, locator: str) -> tuple[int, int] | None:
        """Return the span of a section such as 第三部分 一(二)1, or None if a heading is not found."""
        start, end = 0, len(self.text)
        flat = _IGNORED_LOCATOR.sub(" ", unicodedata.normalize("NFKC", locator))
        for mark in _LOCATOR.findall(flat):
            heads = [m.start() for m in _match_heading(mark).finditer(self.text, start, end)]
            if not heads:
                return None
            start = heads[-1] if mark.startswith("第") else heads[0]
            following = _match_heading(_next_mark(mark)).search(self.text, start + 1, end)
            end = following.start() if following else end
        return start, end


def flatten(text: str) -> str:
    """Fold a phrase as a document is folded."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


def _match_heading(mark: str) -> re.Pattern[str]:
    if mark.startswith("第"):  # 第2部分 is a way to write 第二部分
        number = re.sub(rf"[^{_ORDINAL}]", "", mark)
        return re.compile(re.escape(mark).replace(number, f"(?:{number}|{_read_numeral(number)})"))
    if mark.startswith(("(", "专栏")):
        return re.compile(re.escape(mark))
    if mark.isdigit():
        return re.compile(rf"(?<!\d){mark}[.、](?!\d)")
    return re.compile(rf"(?<![{_NUMERAL}第(]){mark}、")


def _next_mark(mark: str) -> str:
    number = re.search(rf"[{_ORDINAL}]+|\d+", mark)
    if not number:
        return mark
    text = number[0]
    after = str(int(text) + 1) if text.isdigit() else _write_numeral(_read_numeral(text) + 1)
    return mark.replace(text, after, 1)


def _read_numeral(numeral: str) -> int:
    """Read a Chinese numeral below one hundred."""
    tens, ten, ones = numeral.rpartition("十")
    return (10 * (_DIGITS.index(tens) if tens else 1) if ten else 0) + (_DIGITS.index(ones) if ones else 0)


def _write_numeral(count: int) -> str:
    """Write a number below one hundred as a Chinese numeral."""
    tens, ones = divmod(count, 10)
    return {0: "", 1: "十"}.get(tens, _DIGITS[tens] + "十") + (_DIGITS[ones] if ones else "")


def verify(plan: Plan, document: Document, problems: Problems) -> Coverage:
    """Check every citation of a plan against its document, and find the promising sentences that it does not cite.

    Notes in `problems` every phrase or section that is not found.
    """
    answered: list[tuple[int, int]] = []
    cites = (*(c.cite for c in plan.commitments.values()), *(rule.cite for rule in plan.consequences.values()))
    for cite in cites:
        if cite is not None:
            answered += _check_cite(cite, document, problems)
    for passage in plan.left_out:
        answered += _check_left_out(passage, document, problems)
    sentences = list(document.sentences())
    open_ = tuple(s for s in sentences if not _overlaps(s, answered))
    return Coverage(len(sentences), open_)


def _overlaps(sentence: Sentence, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < sentence.end and sentence.start < end for start, end in spans)


def _check_cite(cite: w.Cite, document: Document, problems: Problems) -> list[tuple[int, int]]:
    span = document.section(cite.section)
    if span is None:
        problems.add("section-not-found", cite.place("section"), found=cite.section)
    found = document.find(cite.phrase, span)
    if not found:
        elsewhere = document.find(cite.phrase)
        code = "phrase-elsewhere" if elsewhere else "phrase-not-found"
        line = document.line(elsewhere[0][0]) if elsewhere else 0
        problems.add(code, cite.place("phrase"), found=cite.phrase, expected=cite.section, line=line)
    return found[:1]


def _check_left_out(passage: w.LeftOut, document: Document, problems: Problems) -> list[tuple[int, int]]:
    if passage.phrase:
        found = document.find(passage.phrase)
        if not found:
            problems.add("phrase-not-found", passage.place("phrase"), found=passage.phrase, expected="")
        return found
    first = document.find(passage.first or "")
    last = [end for start, end in document.find(passage.last or "") if first and start >= first[0][0]]
    if not first or not last:
        missing = passage.first if not first else passage.last
        problems.add("phrase-not-found", passage.location, found=missing or "—", expected="")
        return []
    return [(first[0][0], last[0])]
