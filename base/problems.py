"""Problems of an input: location, what was found, what was expected, and the nearest known name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.limits import limits
from dabiao.base.messages import FALLBACK, Lang, catalogue, join_list, say, visible

Severity = Literal["error", "warning"]
_Group = tuple[str, Severity]  # file
MORE = "more-problems"
ALIKE = "alike"
"""The part of a problem that says of how many cells it is, if it is not of one; it is put before the message."""

_LONG_NAME = 100
_LONG_PART = 600  # characters of one part of a message
_COMPARISONS: ContextVar[int] = ContextVar("comparisons", default=0)  # made for suggestions in this reading
_COMPARED = 200_000  # names compared in one reading; bounds the time spent on suggestions


class Location(NamedTuple):
    """A place in an input: a file with a line and column, or with a sheet and a cell."""

    file: str
    line: int = 0
    column: int = 0
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        file = visible(self.file)  # a file may have any name, and a place is printed everywhere
        if self.sheet:
            file = f"{file}[{visible(self.sheet)}]"
        if self.cell:
            return f"{file}!{self.cell}"
        if not self.line:
            return file
        return f"{file}:{self.line}:{self.column}" if self.column else f"{file}:{self.line}"

    def shifted(self, columns: int) -> Location:
        """Return the location `columns` to the right on the same line: a position inside a one-line text."""
        return Location(self.file, self.line, self.column + columns if self.column else 0, self.sheet, self.cell)


@runtime_checkable
class Sayable(Protocol):
    """A part of a message that has a text in each language."""

    def say(self, lang: str) -> str:
        """Return the part in one language."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a message that is a message itself: `code` names it in the catalogue, `details` are its own parts."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict, hash=False)

    def say(self, lang: str) -> str:
        """Return the text of the catalogue, filled in."""
        return say(self.code, lang, **{name: say_part(part, lang) for name, part in self.details.items()})


@dataclass(frozen=True, slots=True)
class Near:
    """A place told beside another: the cell on the same sheet, the line in the same file, the column on the same line."""

    place: Location
    here: Location

    def say(self, lang: str) -> str:
        """Return what of the place is not known from the other one."""
        place = self.place
        if place.file != self.here.file:
            return str(place)
        if place.cell:
            return place.cell if place.sheet == self.here.sheet else f"{visible(place.sheet)}!{place.cell}"
        if place.column and place.line == self.here.line:
            return say("place.column", lang, column=place.column)
        return say("place.line", lang, line=place.line) if place.line else str(place)


@dataclass(frozen=True, slots=True)
class Listing:
    """Several parts of a message, joined with the language's separator; `sort` is one of items, phrases and clauses."""

    parts: tuple[object, ...]
    sort: str = "items"

    def say(self, lang: str) -> str:
        """Return the parts with the language's separator between them."""
        return join_list((str(say_part(part, lang)) for part in self.parts), lang, self.sort)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input. `code` names the message; `details` are the parts filled into it.

    A part is a text, a number, or a `Sayable`, which has a text in each language; a tuple or list is a list of parts. `also`
    has the other places of a problem that several have alike, or the first of them if there are very many.
    """

    code: str
    location: Location
    details: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"
    also: tuple[Location, ...] = ()

    @property
    def places(self) -> tuple[Location, ...]:
        """Everywhere the problem stands, the first place first."""
        return self.location, *self.also

    def text(self, lang: Lang = FALLBACK) -> str:
        """Return the message in one language: location, sentence, and the nearest known name if there is one."""
        parts = {name: say_part(part, lang) for name, part in self.details.items()}
        words = say(self.code, lang, **parts)
        words = f"{parts.get(ALIKE, '')}{words}"
        if parts.get("nearest"):
            words += say("nearest", lang, nearest=parts["nearest"])
        kind = "" if self.severity == "error" else say("warning-prefix", lang)
        argument = catalogue(lang).get(
            f"metavar.{self.location.file}"
        )  # one of the command line, by its word in the help
        return visible(f"{argument or self.location}: {kind}{words}")


def say_part(part: object, lang: str) -> object:
    """Return a part of a message in one language; cut the middle out of a very long text."""
    if isinstance(part, tuple | list) and not isinstance(part, Location):
        part = Listing(tuple(part))
    if isinstance(part, Sayable):
        part = part.say(lang)
    if isinstance(part, str) and len(part) > _LONG_PART:
        return f"{part[: _LONG_PART // 2]}…{part[-20:]}"
    return part


def name_some(known: Sequence[str], most: int = 12) -> tuple[object, ...]:
    """Return the first of some names, and in one more part how many there are beyond them."""
    more = len(known) - most
    return (*known[:most], *([Term("report.more", {"count": more})] if more > 0 else []))


def make_limit_problem(limit: str, location: Location, found: object) -> Problem:
    """Return the problem of an input that exceeds a limit; its message says how to set the limit."""
    most = getattr(limits(), limit)
    return Problem(
        "over-limit", location, {"what": Term(f"limit.{limit}"), "found": found, "most": most, "limit": limit}
    )


class Refused(Exception):  # noqa: N818 - an input is refused; it is not an error of the program
    """An input cannot be used. `problems` holds everything wrong with it, in the order it was found."""

    exit_code = EXIT_REFUSED

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))

    def __reduce__(self) -> tuple[type[Refused], tuple[tuple[Problem, ...]]]:
        """Come out of another process as it was raised there."""
        return type(self), (self.problems,)


def count_problems(problems: Iterable[Problem]) -> int:
    """Count problems, and with one that says how many more there are, those."""
    return sum(int(str(problem.details["found"])) if problem.code == MORE else 1 for problem in problems)


class Problems:
    """A collector passed through all reading stages, so that one run reports everything.

    For each file it keeps as many problems as the limit `problems` allows, and one more that says how many were dropped.
    """

    def __init__(self) -> None:
        _COMPARISONS.set(0)
        self.dropped: set[str] = set()  # ids of items too broken to build: a reference to one is not a second error
        self._most = limits().problems
        self._found: list[Problem] = []
        self._kept: dict[_Group, int] = {}
        self._more: dict[_Group, tuple[int, int]] = {}  # position of the first problem not kept, and their number

    def add(self, code: str, location: Location, **details: object) -> None:
        """Note an error."""
        self.extend([Problem(code, location, details)])

    def warn(self, code: str, location: Location, **details: object) -> None:
        """Note a warning: the input is used all the same."""
        self.extend([Problem(code, location, details, "warning")])

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep or count each of several problems."""
        for problem in problems:
            place = (problem.location.file, problem.severity)
            kept = self._kept.get(place, 0)
            more = count_problems([problem])  # several, if it was counted by another collector
            if problem.code != MORE and kept < self._most:
                self._kept[place] = kept + 1
                self._found.append(problem)
            else:
                position, before = self._more.get(place, (len(self._found), 0))
                self._more[place] = position, before + more

    def __len__(self) -> int:
        return len(self._found) + len(self._more)

    @property
    def found(self) -> tuple[Problem, ...]:
        """Everything noted, in order."""
        if not self._more:
            return tuple(self._found)
        found = list(self._found)
        for (file, severity), (position, count) in reversed(self._more.items()):
            found.insert(position, Problem(MORE, Location(file), {"found": count, "limit": "problems"}, severity))
        return tuple(found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which the input is refused."""
        return tuple(p for p in self.found if p.severity == "error")

    def refuse(self) -> None:
        """Raise `Refused` if an error was noted."""
        if self.errors:
            raise Refused(self.found)


def refuse_unknown(
    code: str, location: Location, names: Iterable[str], known: Collection[str], expected: tuple[object, ...]
) -> None:
    """Raise `Refused` for the names that are not known, each with the one most like it."""
    if wrong := [name for name in names if name not in known]:
        raise Refused(
            Problem(code, location, {"found": name, "nearest": nearest(name, known), "expected": expected})
            for name in wrong
        )


def nearest(name: object, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty text if none is close.

    Nothing is suggested for a very long name, nor after very many suggestions.
    """
    text, names = str(name), list(known)
    if len(text) > _LONG_NAME or _COMPARISONS.get() + len(names) > _COMPARED:
        return ""
    _COMPARISONS.set(_COMPARISONS.get() + len(names))
    close = get_close_matches(text, [other for other in names if len(other) <= 2 * _LONG_NAME], n=1, cutoff=0.6)
    return close[0] if close else ""
