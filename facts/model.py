"""Fact sheets as values: reported figures with their subject, year and location."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from sys import float_info
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from dabiao.base.problems import Listing, Location, Problem, Term

if TYPE_CHECKING:
    import polars as pl
    from dabiao.rules.model import Plan

Absent = Literal["late", "not_collected", "suppressed", "not_applicable"]
_NAMED = 12  # sheets named one by one
ABSENT: tuple[Absent, ...] = ("late", "not_collected", "suppressed", "not_applicable")


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported figure. `value` is exact and in base units; None if it is absent, with the reason if one is given.

    `confirmed` says why a figure that looks wrong is right.
    """

    value: Fraction | None
    location: Location
    raw: str
    absent: Absent | None = None
    note: str = ""
    confirmed: str = ""
    evidence: str = ""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the fields alone: a process sends very many facts to another, and this takes half the time."""
        fields = (self.value, self.location, self.raw, self.absent, self.note, self.confirmed, self.evidence)
        return type(self), fields


class Answer(NamedTuple):
    """What one subject reports: the measures with a value, and those without one but with a reason.

    `nothing` says why the subject has nothing to report, if it confirms that.
    """

    name: str
    parent: str | None
    reported: Collection[str]
    absent: Mapping[str, Absent]
    nothing: str


class Part(ABC):
    """The subjects of one kind in a sheet, with their facts; stored as `Rows` or `Columns`.

    `at` is the position of a subject. `can_merge` says whether another sheet may report more facts of the same subjects.
    """

    kind: str
    can_merge: ClassVar[bool]

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of the subjects, in order."""

    @abstractmethod
    def parent(self, at: int) -> str | None:
        """Return the name of the subject that contains one, None if that is the root."""

    @abstractmethod
    def location(self, at: int) -> Location:
        """Return where a subject stands."""

    def parent_location(self, at: int) -> Location:
        """Return where the subject that contains one is named, or where that one stands itself."""
        return self.location(at)

    def place_texts(self, rows: pl.Series) -> pl.Series:
        """Return where several subjects stand as texts."""
        import polars as pl

        return pl.Series([str(self.location(at)) for at in rows], dtype=pl.String)

    @abstractmethod
    def facts(self, at: int) -> Mapping[str, Fact]:
        """Return the facts of a subject by measure."""

    @abstractmethod
    def fact(self, at: int, measure: str) -> Fact | None:
        """Return one fact with its place, or None if there is none."""

    @abstractmethod
    def nothing(self, at: int) -> str:
        """Return why a subject has nothing to report, if it confirms that."""

    def beginning(self) -> Location | None:
        """Return where the list begins, None if that is the sheet itself."""
        return None

    @abstractmethod
    def replaced(self, facts: Mapping[tuple[int, str], Fact]) -> Part:
        """Return the part with some facts, by position and measure, set or replaced."""

    @abstractmethod
    def without(self, names: Collection[str]) -> Part:
        """Return the part without some subjects."""

    def merge(self, others: Sequence[Part]) -> Part:
        """Return one part that also has the facts and subjects of others. Only for parts with `can_merge`."""
        raise NotImplementedError

    @cached_property
    def _positions(self) -> dict[str, int]:
        names = self.names()
        return dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))

    def position(self, name: str) -> int | None:
        """Return where a subject is listed first, None if it is not."""
        return self._positions.get(name)

    def repeated(self) -> list[int]:
        """Return the positions of subjects that are listed before."""
        first = self._positions
        return [at for at, name in enumerate(self.names()) if first[name] != at]

    def among(self, names: Collection[str]) -> list[int]:
        """Return the positions of the subjects with one of these names."""
        return [at for at, name in enumerate(self.names()) if name in names]

    def outside(self, names: Collection[str]) -> list[int]:
        """Return the positions of the subjects with none of these names."""
        return [at for at, name in enumerate(self.names()) if name not in names]

    def inside(self, parents: Collection[str]) -> list[int]:
        """Return the positions of the subjects in one of these."""
        return [at for at in range(len(self.names())) if self.parent(at) in parents]

    def orphans(self, parents: Collection[str]) -> list[int]:
        """Return the positions of the subjects in none of these."""
        return [at for at in range(len(self.names())) if self.parent(at) not in parents]

    def unusual(self) -> list[int]:
        """Return the positions of names to check one by one: all except those known to be plain and short."""
        return list(range(len(self.names())))

    def confirmed(self) -> Iterator[tuple[int, list[tuple[str, Fact]]]]:
        """Iterate over the subjects with figures that are confirmed, and these figures."""
        for at in range(len(self.names())):
            if facts := [(measure, fact) for measure, fact in self.facts(at).items() if fact.confirmed]:
                yield at, facts

    def absences(self) -> Iterator[tuple[int, str, Absent]]:
        """Iterate over the figures that are absent with a reason: position, measure, reason."""
        for at in range(len(self.names())):
            for measure, fact in self.facts(at).items():
                if fact.value is None and fact.absent:
                    yield at, measure, fact.absent

    def answers(self, measures: Collection[str]) -> Iterator[Answer]:
        """Iterate over the answers of all subjects for some measures."""
        for at, name in enumerate(self.names()):
            facts = self.facts(at)
            found = {measure: facts[measure] for measure in measures if measure in facts}
            reported = {measure for measure, fact in found.items() if fact.value is not None}
            absent = {measure: fact.absent for measure, fact in found.items() if fact.value is None and fact.absent}
            yield Answer(name, self.parent(at), reported, absent, self.nothing(at))


class Blank(NamedTuple):
    """Cells of a table that are empty without a reason: the first (or the heading), how many, and how many are asked for."""

    location: Location
    empty: int
    asked: int


def list_blanks(blanks: Sequence[Blank]) -> Listing:
    """Return where cells are empty, as a part of a message: by sheet, how many, and the first of them."""
    blanks = [blank for blank in blanks if blank.empty]
    several = len({blank.location.file for blank in blanks}) > 1
    parts: list[object] = []
    for blank in blanks[:_NAMED]:
        where = blank.location
        sheet = str(Location(where.file, sheet=where.sheet)) if several else where.sheet
        parts.append(Term("blank-cells.sheet", {"sheet": sheet, "count": blank.empty, "cell": where.cell}))
    if len(blanks) > _NAMED:
        parts.append(Term("report.more", {"count": len(blanks) - _NAMED}))
    return Listing(tuple(parts), "clauses")


class RegisterRemark(NamedTuple):
    """Where a sheet gives the size of a register, and why it is another one than the plan's, if the sheet says why."""

    location: Location
    confirmed: str = ""


@dataclass(frozen=True)
class Sheet:
    """One submission: the facts of one root subject for one year.

    `registers` says how many subjects of a kind there are; None means that all of them are listed. `register_remarks` has
    the places of these sizes, and the reasons. `tiers` are those that the form on which it came was confined to, none if it was
    not, or nobody knows. `submitted` is the day the sheet says it was handed in. `blanks` tells of each
    table of a workbook what is not filled in.
    """

    file: str
    subject: str
    year: int
    location: Location
    parts: Sequence[Part]
    registers: Mapping[str, int | None] = field(default_factory=dict)
    source: str = ""
    synthetic: bool = False
    percentages: Literal["percent", "fraction"] | None = None
    submitted: date | None = None
    register_remarks: Mapping[str, RegisterRemark] = field(default_factory=dict)
    blanks: tuple[Blank, ...] = ()
    tiers: tuple[str, ...] = ()

    def of(self, kind: str) -> Iterator[Part]:
        """Iterate over the parts with subjects of a kind."""
        return (part for part in self.parts if part.kind == kind)

    def names(self, kind: str) -> list[str]:
        """Return the names of the subjects of a kind."""
        return [name for part in self.of(kind) for name in part.names()]

    def place(self, kind: str, name: str) -> Location | None:
        """Return where a subject stands, None if the sheet does not list it."""
        return next((part.location(at) for part, at in self._listed(kind, name)), None)

    def parent(self, kind: str, name: str) -> str | None:
        """Return the name of the subject that contains one, None if that is the root or nobody says."""
        return next((part.parent(at) for part, at in self._listed(kind, name)), None)

    def facts(self, kind: str, name: str) -> dict[str, Fact]:
        """Return the facts of a subject by measure."""
        return {measure: fact for part, at in self._listed(kind, name) for measure, fact in part.facts(at).items()}

    def fact(self, kind: str, name: str, measure: str) -> Fact | None:
        """Return one fact, None if it is not reported."""
        found = (part.fact(at, measure) for part, at in self._listed(kind, name))
        return next((fact for fact in found if fact is not None), None)

    def list_place(self, kind: str) -> Location | None:
        """Return where the list of a kind begins: its own file or the sheet; None if the sheet lists no such subject."""
        for part in self.of(kind):
            return part.beginning() or self.location
        return None

    def _listed(self, kind: str, name: str) -> Iterator[tuple[Part, int]]:
        return ((part, at) for part in self.of(kind) if (at := part.position(name)) is not None)


@dataclass(frozen=True)
class Facts:
    """All sheets of one check: free of errors and for one plan. `notes` are the warnings."""

    plan: Plan
    sheets: tuple[Sheet, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years reported, in order."""
        return tuple(sorted({sheet.year for sheet in self.sheets}))

    def find_unjudged(self, year: int) -> tuple[Problem, ...]:
        """Return a warning for each root subject that has sheets, but none of the year that is judged."""
        years: dict[str, dict[int, Location]] = {}
        for sheet in self.sheets:
            years.setdefault(sheet.subject, {})[sheet.year] = sheet.location
        return tuple(
            Problem(
                "subject-not-judged", found[max(found)],
                {"found": subject, "year": year, "expected": tuple(sorted(found))}, "warning",
            )
            for subject, found in years.items()
            if year not in found
        )  # fmt: skip


def to_exact(value: float) -> Fraction:
    """Return the number whose shortest decimal text a float has: 0.29 means 29/100, not its binary neighbour."""
    return Fraction(repr(float(value)))


def register_size(kind: str, plan: Plan, sheets: Iterable[Sheet]) -> int | None:
    """Return how many subjects of a kind there are, from the year's sheets or else from the plan; None if neither says."""
    for sheet in sheets:
        if (size := sheet.registers.get(kind)) is not None:
            return size
    register = plan.kinds[kind].register
    return register.count if register else None


def to_float(number: Fraction | int) -> float:
    """Return the nearest float: the largest or smallest of all for a number beyond them."""
    try:
        return float(number)
    except OverflowError:
        return float_info.max if number > 0 else -float_info.max
