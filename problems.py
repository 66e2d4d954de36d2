"""What can be wrong with an input: where it stands, what was found, what was expected, and the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, NamedTuple

from dabiao.messages import say, visible

Severity = Literal["error", "warning"]


class Where(NamedTuple):
    """A place in an input: a file with a line and column, or with a sheet and a cell."""

    file: str
    line: int = 0
    column: int = 0
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file}[{self.sheet}]!{self.cell}" if self.sheet else f"{self.file}!{self.cell}"
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"

    def shifted(self, columns: int) -> Where:
        """Return the place `columns` to the right on the same line, for a position inside a one-line text."""
        return Where(self.file, self.line, self.column + columns if self.column else 0, self.sheet, self.cell)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input. `code` names the message; `details` are the parts it is made of."""

    code: str
    where: Where
    details: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"

    def text(self, lang: str = "en") -> str:
        """Say the problem in one language: place, sentence, and the nearest known name if there is one."""
        words = say(self.code, lang, **self.details)
        if self.details.get("nearest"):
            words += say("nearest", lang, nearest=self.details["nearest"])
        kind = "" if self.severity == "error" else say("warning-prefix", lang)
        return visible(f"{self.where}: {kind}{words}")


class Refused(Exception):  # noqa: N818 - an input is refused; it is not an error of the program
    """An input cannot be used. `problems` holds everything wrong with it, in the order it was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class Problems:
    """A collector handed through a reading stage, so that one run reports everything."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.dropped: set[str] = set()  # ids of items too broken to build: what refers to them is not a second error

    def add(self, code: str, where: Where, **details: object) -> None:
        """Note an error."""
        self.found.append(Problem(code, where, details))

    def warn(self, code: str, where: Where, **details: object) -> None:
        """Note a warning: the input is used all the same."""
        self.found.append(Problem(code, where, details, "warning"))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that refuse the input."""
        return tuple(p for p in self.found if p.severity == "error")

    def refuse(self) -> None:
        """Raise `Refused` if an error was noted."""
        if self.errors:
            raise Refused(self.found)


def nearest(name: object, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty text if none is close."""
    close = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return close[0] if close else ""
