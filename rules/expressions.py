"""The expression language: parsed into a tree, every node with its location.

reserved_beds / beds                          arithmetic on measures
count(institution where beds >= 50)           how many subjects of a kind, with a condition
sum(nursing_beds of institution)              a total over subjects
share(rehab of town where listed)             the share of subjects for which a condition holds
average(new_members of village)               sum divided by count
max(beds of home where public)                the largest of them; so min and median
baseline(orgs), last(orgs), total(trained)    value in the baseline year, in the year before, summed since the start
change(orgs)                                  orgs - baseline(orgs)
satisfaction < 85 % and subsidy = yes         conditions: < <= > >= == !=, and, or, not
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal, NamedTuple

from dabiao.base.problems import Location, Problem, Refused, Term, nearest
from dabiao.base.quantities import BadNumber, Quantity, parse_quantity
from dabiao.base.units import UnknownUnit, known_units
from dabiao.rules.comparators import COMPARATORS, Operator
from dabiao.rules.ranks import Rank
from dabiao.rules.shape import Source

MAX_LENGTH = 2_000
MAX_NESTING = 40

AggregateName = Literal["count", "sum", "share", "average"] | Rank
AGGREGATES: tuple[AggregateName, ...] = ("count", "sum", "share", "average", "max", "min", "median")
LOOKUPS = ("baseline", "last", "total", "change")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal quantity."""

    quantity: Quantity
    text: str
    location: Location

    @property
    def joined(self) -> list[str]:
        """The Latin names after a sign in its unit, such as m2 in 元/m2, which may also be names of measures."""
        return _JOINED.findall(self.text)


@dataclass(frozen=True, slots=True)
class Name:
    """A measure, optionally qualified by its kind (town.population); or a step of a ladder or category."""

    name: str
    location: Location
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two operands joined by + - * or /."""

    operator: Literal["+", "-", "*", "/"]
    left: Tree
    right: Tree
    location: Location


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands compared."""

    operator: Operator
    left: Tree
    right: Tree
    location: Location


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions joined by and, or; `not` has one operand."""

    operator: Literal["and", "or", "not"]
    operands: tuple[Tree, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A figure over the subjects of a kind: `argument` is None for count, `where` is the condition after `where`."""

    function: AggregateName
    argument: Tree | None
    kind: Name
    where: Tree | None
    location: Location


@dataclass(frozen=True, slots=True)
class Lookup:
    """A measure at another time."""

    function: str
    measure: Name
    location: Location


Tree = Number | Name | Arithmetic | Comparison | Logic | Aggregate | Lookup


class _Token(NamedTuple):
    kind: Literal["number", "name", "text", "sign", "end"]
    text: str
    column: int


_TOKEN = r"""(?P<space>\s+)
    |(?P<number>\d[\d,]*(?:\.\d+)?(?:\s*:\s*\d+(?:\.\d+)?)?(?:\s*(?:[%‰]|FIRST(?:(?:\s*\d+(?:\.\d+)?\s*FIRST)+|(?:[/*·]FURTHER)*)))?)
    |(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<sign><=|>=|==|!=|[-+*/()<>=])"""
_HAN = "[㐀-鿿]+"
_FIRST = rf"(?:{_HAN}|(?!(?:and|or|of|where)\b)[a-zA-Z]\w*(?!\w))"  # a name never follows a number, so this is a unit
_SIGNS = str.maketrans({"≥": ">=", "≤": "<=", "≠": "!="})
_LONE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMPARATORS: dict[str, Operator] = {"=": "==", **{sign: sign for sign in COMPARATORS}}


_JOINED = re.compile(r"[/*·]([a-zA-Z]\w*)")


@cache
def _token() -> re.Pattern[str]:
    """Return the pattern of one token.

    A Latin name behind a sign is part of the unit if it names one (元/m2), else a measure (10 张/homes).
    """
    latin = "|".join(
        sorted((name for name in known_units() if name.isascii() and name.isalnum()), key=len, reverse=True)
    )
    further = rf"(?:{_HAN}|(?:{latin})(?![\w.(]))"
    return re.compile(_TOKEN.replace("FIRST", _FIRST).replace("FURTHER", further), re.VERBOSE | re.ASCII)


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Fold full-width signs to plain ones; also return the position in the text that each folded character comes from."""
    if unicodedata.is_normalized("NFKC", text) and text.translate(_SIGNS) == text:
        return text, range(len(text) + 1)
    parts = [unicodedata.normalize("NFKC", sign).translate(_SIGNS) for sign in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part] + [len(text)]


def _tokens(source: Source) -> Iterator[_Token]:
    if len(source.text) > MAX_LENGTH:
        raise Refused([Problem("text-too-long", source.location, {"found": len(source.text), "limit": MAX_LENGTH})])
    text, columns = _fold(source.text)
    token = _token()
    position = 0
    while position < len(text):
        match = token.match(text, position)
        if not match:
            raise Refused([_make_unexpected(source.at(columns[position]), text[position : position + 12])])
        if match.lastgroup != "space":
            yield _Token(match.lastgroup, match[0], columns[position])  # type: ignore[arg-type]
        position = match.end()
    yield _Token("end", "", columns[position])


def _make_unexpected(location: Location, found: str) -> Problem:
    return Problem("unexpected-in-expression", location, {"found": found or "⏎"})


def find_argument(name: str) -> Term | None:
    """Return what the function of a name takes in its brackets, None if there is no such function."""
    if name in LOOKUPS:
        return Term("argument.lookup")
    return Term("argument.count" if name == "count" else "argument.aggregate") if name in AGGREGATES else None


def parse_expression(source: Source) -> Tree:
    """Parse an expression or condition. Raises `Refused` with the location of the first error."""
    if _LONE_NAME.fullmatch(source.text):  # most expressions are just the name of a measure
        return Name(source.text, source.location)
    return _Parser(source).whole()


class _Parser:
    """Precedence climbing: or, and, not, comparison, sum, product, atom."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = list(_tokens(source))
        self._at = 0
        self._nesting = 0

    def whole(self) -> Tree:
        if len(self._tokens) == 2 and self._token.kind == "number":  # many are just a quantity
            return self._number(self._token, self._where())
        tree = self._or()
        if self._token.kind != "end":
            before = self._tokens[self._at - 1]
            if before.kind == "name" and (wanted := find_argument(before.text)):  # baseline orgs
                details = {"found": before.text, "expected": wanted}
                raise Refused([Problem("needs-argument", self._where(self._at - 1), details)])
            raise Refused([_make_unexpected(self._where(), self._token.text)])
        return tree

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _where(self, at: int | None = None) -> Location:
        return self._source.at(self._tokens[self._at if at is None else at].column)

    def _take(self, *texts: str) -> _Token | None:
        token = self._token
        if token.kind in ("sign", "name") and token.text in texts:
            self._at += 1
            return token
        return None

    def _expect(self, text: str) -> None:
        if not self._take(text):
            location, found = self._where(), self._token.text or "⏎"
            raise Refused([Problem("expected-in-expression", location, {"found": found, "expected": text})])

    def _or(self) -> Tree:
        return self._joined("or", self._and)

    def _and(self) -> Tree:
        return self._joined("and", self._not)

    def _joined(self, word: Literal["and", "or"], part: Callable[[], Tree]) -> Tree:
        start = self._at
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts), self._where(start))

    def _not(self) -> Tree:
        if self._take("not"):
            location = self._where(self._at - 1)
            self._nest()
            tree = Logic("not", (self._not(),), location)
            self._nesting -= 1
            return tree
        return self._comparison()

    def _comparison(self) -> Tree:
        left = self._sum()
        if token := self._take(*_COMPARATORS):
            location = self._where(self._at - 1)
            return Comparison(_COMPARATORS[token.text], left, self._sum(), location)
        return left

    def _sum(self) -> Tree:
        tree = self._product()
        while token := self._take("+", "-"):
            location = self._where(self._at - 1)
            tree = Arithmetic(token.text, tree, self._product(), location)  # type: ignore[arg-type]
        return tree

    def _product(self) -> Tree:
        tree = self._signed()
        while token := self._take("*", "/"):
            location = self._where(self._at - 1)
            tree = Arithmetic(token.text, tree, self._signed(), location)  # type: ignore[arg-type]
        return tree

    def _signed(self) -> Tree:
        if self._take("-"):
            location = self._where(self._at - 1)
            self._nest()
            operand = self._signed()
            self._nesting -= 1
            if isinstance(operand, Number):
                flipped = Quantity(-operand.quantity.number, operand.quantity.unit, operand.quantity.scale)
                return Number(flipped, "-" + operand.text, location)
            return Arithmetic("-", Number(Quantity(Fraction(0), None), "0", location), operand, location)
        return self._atom()

    def _atom(self) -> Tree:
        token, location = self._token, self._where()
        if self._take("("):
            self._nest()
            tree = self._or()
            self._nesting -= 1
            self._expect(")")
            return tree
        self._at += 1
        if token.kind == "number":
            return self._number(token, location)
        if token.kind == "text":
            return Name(token.text[1:-1], location, quoted=True)
        if token.kind == "name":
            return self._call(token, location) if self._take("(") else Name(token.text, location)
        self._at -= 1
        if token.text in _COMPARATORS and not self._at:  # at_least: >= 500 张
            raise Refused([Problem("leading-comparison", location, {"found": token.text})])
        raise Refused([_make_unexpected(location, token.text)])

    def _number(self, token: _Token, location: Location) -> Number:
        try:
            return Number(parse_quantity(token.text), token.text, location)
        except UnknownUnit as error:
            details = {"found": token.text, "nearest": error.nearest}
            raise Refused([Problem("unknown-unit", location, details)]) from None
        except BadNumber:
            raise Refused([Problem("bad-number", location, {"found": token.text})]) from None

    def _call(self, token: _Token, location: Location) -> Tree:
        self._nest()
        if (wanted := find_argument(token.text)) and self._token.text == ")":
            raise Refused([Problem("needs-argument", location, {"found": token.text, "expected": wanted})])
        if token.text in LOOKUPS:
            measure = self._name()
            tree: Tree = Lookup(token.text, measure, location)
        elif function := next((name for name in AGGREGATES if name == token.text), None):
            tree = self._aggregate(function, location)
        else:
            known = (*AGGREGATES, *LOOKUPS)
            details = {"found": token.text, "nearest": nearest(token.text, known), "expected": tuple(known)}
            raise Refused([Problem("unknown-function", location, details)])
        self._nesting -= 1
        self._expect(")")
        return tree

    def _aggregate(self, function: AggregateName, location: Location) -> Aggregate:
        argument = None
        if function != "count":
            argument = self._or()
            self._expect("of")
        kind = self._name()
        where = self._or() if self._take("where") else None
        return Aggregate(function, argument, kind, where, location)

    def _name(self) -> Name:
        token, location = self._token, self._where()
        if token.kind != "name":
            raise Refused([_make_unexpected(location, token.text)])
        self._at += 1
        return Name(token.text, location)

    def _nest(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise Refused([Problem("too-deep", self._where(), {"limit": MAX_NESTING})])
