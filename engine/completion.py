"""Completions: whether what is missing in a row can be filled in so that a condition holds, or so that it does not.

Columns take each unknown figure by itself. Where one occurs twice (in two conditions, in both ends of a range, in a district
and in what is counted below it) the rows that stay open are looked at again: a figure is one unknown wherever it occurs, and
what must hold together is a system of linear conditions. A product of unknowns is an unknown of its own. So nothing is
decided that a completion contradicts, and in linear conditions little is left open that none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product

import polars as pl
from dabiao.engine.columns import Figure, YearColumns, number_alike
from dabiao.engine.exact import Exact
from dabiao.rules.algebra import (
    And,
    Condition,
    Leaf,
    Or,
    Polynomial,
    Sum,
    Test,
    Variable,
    all_of,
    complement,
    conjuncts,
)
from dabiao.rules.bounds import takes_wholes
from dabiao.rules.comparators import Sign
from dabiao.rules.intervals import ZERO_INTERVAL, Interval
from dabiao.rules.linear import UNIT, Inequality, System, Terms, Unknown, add_terms, multiply_terms
from dabiao.rules.lookups import write_condition
from dabiao.rules.shares import gather, list_ways
from dabiao.rules.walks import aggregates, leaves, tests, variables

_STEPS = 2_000
"""Steps after which a row is left open."""

_ALL_STEPS = 20_000
"""Steps after which all further rows of a condition are left open, unless a few are enough."""

_FEW_STEPS = 20

_ASSUMED = 50
"""The subjects below of which it may be assumed whether they belong to what is counted."""


class Completions:
    """Looks again at rows of one year in which a condition is not decided."""

    def __init__(self, measured: YearColumns, exact: Exact) -> None:
        self._measured = measured
        self._exact = exact
        self._below = _Below()
        self._plain: dict[Condition, Condition] = {}
        self._above: dict[tuple[str, Condition], tuple[Leaf, ...]] = {}

    def can_help(self, kind: str, condition: Condition) -> bool:
        """Whether parts of a condition depend on one another, so that looking at them together may decide it."""
        condition = self._write(condition)
        return _is_entangled(condition) or bool(self._list_above(kind, condition)) or self._asks_for_wholes(condition)

    def _asks_for_wholes(self, condition: Condition) -> bool:
        """Whether a sum of whole things is to be one number, which it may jump over: no two times a figure is 3.

        One figure does not jump over zero.
        """
        equal = (test.margin for test in tests(condition) if test.sign in ("==", "!=") and test.margin.single is None)
        plain = (Polynomial.of((m, Fraction(1)) for m, _ in margin.terms if m) for margin in equal)
        return any(takes_wholes(self._measured.plan, form) for form in plain)

    def decide(self, kind: str, condition: Condition, rows: pl.Series) -> pl.Series:
        """Decide a condition for some rows; null where completions disagree. Rows alike are looked at once."""
        condition = self._write(condition)
        opposite = complement(condition)
        firsts, numbers = self._find_alike(kind, condition, rows)
        found, left = list[bool | None](), _ALL_STEPS
        for at in firsts:
            answer, taken = self._decide(kind, condition, opposite, rows[at], min(_STEPS, max(_FEW_STEPS, left)))
            found.append(answer)
            left -= taken
        return pl.Series(found, dtype=pl.Boolean).gather(numbers)

    def _write(self, condition: Condition) -> Condition:
        """Return a condition in which the same figure is the same variable, by whatever lookup it is named."""
        if condition not in self._plain:
            self._plain[condition] = write_condition(condition, self._measured.plan, self._measured.year)
        return self._plain[condition]

    def _decide(
        self, kind: str, condition: Condition, opposite: Condition, row: int, most: int
    ) -> tuple[bool | None, int]:
        """Decide a condition for one row by searches of so many steps at most, and return how many were taken."""
        taken = 0
        unknown_above = any(self._exact.variable(kind, v, row).value is None for v in self._list_above(kind, condition))
        for within in (False, True) if unknown_above else (False,):
            for answer, asked in ((False, condition), (True, opposite)):
                search = _Search(self._measured, self._exact, self._below if within else None, most)
                possible = search.can(asked, kind, row)
                taken += search.steps
                if not possible:
                    return answer, taken
        return None, taken

    def _find_alike(self, kind: str, condition: Condition, rows: pl.Series) -> tuple[list[int], pl.Series]:
        """Return the places in `rows` of the first of each sort, and the number of the sort of each.

        The decision depends on all figures of a row, if they are exact, or else on the row.
        """
        each = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
        if len(rows) == 1:
            return [0], each
        figures = [(v, self._measured.figure(kind, v)) for v in variables(condition)]
        if self._list_above(kind, condition):
            sorts: dict[tuple[object, ...], tuple[int, int]] = {}
            keys = (self._make_key(kind, figures, row) for row in rows)
            numbers = [sorts.setdefault(key, (len(sorts), at))[0] for at, key in enumerate(keys)]
            return [at for _, at in sorts.values()], pl.Series(numbers, dtype=pl.UInt32)
        if any(_is_vague(variable, figure) for variable, figure in figures):
            return [*range(len(rows))], each
        columns = [c for _, f in figures for c in (f.value, f.low, f.high) if isinstance(c, pl.Series)]
        return number_alike(columns, rows)

    def _make_key(self, kind: str, figures: Sequence[tuple[Variable, Figure]], row: int) -> tuple[object, ...]:
        """Return the figures of a row that are known, and the subjects above whose figures, and what is below, it looks at.

        A figure of its own that is not known may be counted in a subject above, too: such a row is like no other.
        """
        found: list[object] = []
        for variable, figure in figures:
            own = variable.owner == kind
            vague = own and (not isinstance(variable, Leaf) or _is_vague(variable, figure))
            place = figure.value[row] if own else self._exact.row_of(kind, variable.owner, row)
            if vague or place is None:
                return (None, row)
            found.append(place)
        return tuple(found)

    def _list_above(self, kind: str, condition: Condition) -> tuple[Leaf, ...]:
        """Return the figures of the judged subject, or of one above it, on which it depends what is counted below it."""
        place = (kind, condition)
        if place not in self._above:
            chain = (kind, *self._measured.plan.kinds[kind].path)
            found = (leaf for one in aggregates(condition) for leaf in leaves(one) if leaf.kind in chain)
            self._above[place] = tuple(dict.fromkeys(found))
        return self._above[place]


@lru_cache(maxsize=4096)
def _is_entangled(condition: Condition) -> bool:
    """Whether a variable occurs in more than one place of a condition."""
    seen: set[Variable] = set()
    for monomial in (m for test in tests(condition) for form in (test.margin, *test.bases) for m, _ in form.terms):
        if not seen.isdisjoint(monomial):
            return True
        seen.update(monomial)
    return False


def _is_vague(variable: Variable, figure: Figure) -> bool:
    """Whether a figure may differ between rows in which its columns are the same."""
    if isinstance(variable, Leaf):
        return figure.rough  # lookups are written out
    return figure.places is None


@dataclass(frozen=True, slots=True)
class _Member:
    """A subject that may belong to what is counted: the condition that it has to satisfy for that."""

    where: Condition
    kind: str
    row: int


@dataclass(frozen=True, slots=True)
class _Pool:
    """What subjects contribute to a sum: all that does not depend on assumptions added up, and each of the others.

    Those of which it may be assumed whether they belong come with what they add if they do; None is to be worked out anew.
    """

    sure: Terms
    open: tuple[tuple[_Member, Terms | None], ...]
    nested: tuple[tuple[int, float], ...] = ()


_Written = dict[tuple[Test, str, int], tuple[list[list[Inequality]], list[_Member]]]
"""Tests on subjects as they are written in unknowns."""


@dataclass(frozen=True, slots=True)
class _Below:
    """What is worked out once of the subjects that are counted, whoever is judged."""

    pools: dict[tuple[Sum, int], _Pool] = field(default_factory=dict)
    written: _Written = field(default_factory=dict)


_Goal = tuple[Condition, str, int] | _Member
"""A condition on the subject in a row of a kind; or that it is assumed of a subject whether it belongs."""


class _TooLongError(Exception):
    """The search takes more steps than it is worth."""


class _Search:
    """Searches a completion in so many `steps` at most.

    Subjects that may be counted are looked at one by one if `below` is given, which all searches share.
    """

    def __init__(self, measured: YearColumns, exact: Exact, below: _Below | None, most: int) -> None:
        self._measured = measured
        self._plan = measured.plan
        self._exact = exact
        self._below = below
        self._most = most
        self.steps = 0
        self._written: _Written = {} if below is None else below.written

    def can(self, condition: Condition, kind: str, row: int) -> bool:
        """Return whether a condition can hold; never wrongly no."""
        try:
            return self._fulfil([(condition, kind, row)], System(), {})
        except _TooLongError:
            return True

    def _fulfil(self, goals: list[_Goal], system: System, belongs: dict[_Member, bool]) -> bool:
        """Return whether goals can be reached beside what a system asks and what is assumed of members."""
        self.steps += 1
        if self.steps > self._most:
            raise _TooLongError
        if not goals:
            return True
        goal, rest = goals[0], goals[1:]
        if isinstance(goal, _Member):
            if goal in belongs:
                return self._fulfil(rest, system, belongs)
            other = replace(goal, where=complement(goal.where))
            return any(
                self._fulfil([(one.where, one.kind, one.row), *rest], system, {**belongs, one: True, two: False})
                for one, two in ((goal, other), (other, goal))
            )
        condition, kind, row = goal
        match condition:
            case And(parts):
                return self._fulfil([*((part, kind, row) for part in parts), *rest], system, belongs)
            case Or(parts):
                return any(self._fulfil([(part, kind, row), *rest], system, belongs) for part in parts)
        place = (condition, kind, row)
        ways, open_ = self._written.get(place) or self._write_test(condition, kind, row, belongs)
        if open_:
            if len(open_) + len(belongs) // 2 > _ASSUMED:  # of each a member it is assumed that it does, or does not
                raise _TooLongError
            return self._fulfil([*open_, *goals], system, belongs)
        if all(isinstance(variable, Leaf) for variable in variables(condition)):  # nothing is assumed in it
            self._written[place] = ways, open_
        return any(more is not None and self._fulfil(rest, more, belongs) for more in (system.add(way) for way in ways))

    # writing conditions in unknowns

    def _write_test(
        self, test: Test, kind: str, row: int, belongs: dict[_Member, bool]
    ) -> tuple[list[list[Inequality]], list[_Member]]:
        """Write a test as alternatives, each a list of conditions; also list the members of which nothing is assumed yet."""
        open_: dict[_Member, None] = {}

        def write(form: Polynomial, sign: Sign) -> list[list[Inequality]]:
            same = [self._expand(one, kind, row, belongs, open_) for one in self._rewrite(form, kind, row)]
            return [[Inequality.of(terms, *end) for terms in same for end in ends] for ends in _ENDS[sign]]

        parts = [write(test.margin, test.sign), *(write(base, "!=") for base in test.bases)]
        return [[one for part in way for one in part] for way in product(*parts)], list(open_)

    def _rewrite(self, form: Polynomial, kind: str, row: int) -> list[Polynomial]:
        """Return a form with known figures put in, written in several ways: what one of them excludes is excluded."""

        def put_in(variable: Variable) -> Polynomial:
            known = self._exact.variable(kind, variable, row).value
            return Polynomial.variable(variable) if known is None else Polynomial.constant(known)

        left = form.substitute(put_in)
        return [left, *list_ways(left)] if self._below is None else [gather(left)]

    def _expand(
        self, form: Polynomial, kind: str, row: int, belongs: dict[_Member, bool], open_: dict[_Member, None]
    ) -> Terms:
        """Write a form in unknowns, and note in `open_` the members of which nothing is assumed yet."""
        terms: list[Terms] = []
        for monomial, factor in form.terms:
            term: Terms = {UNIT: factor}
            for variable in monomial:
                term = multiply_terms(term, self._expand_variable(variable, kind, row, belongs, open_))
            terms.append(term)
        return add_terms(terms)

    def _expand_variable(
        self, variable: Variable, kind: str, row: int, belongs: dict[_Member, bool], open_: dict[_Member, None]
    ) -> Terms:
        exact = self._exact
        if isinstance(variable, Leaf):
            return self._expand_leaf(variable, kind, row)
        values, at = exact.variable(kind, variable, row), exact.row_of(kind, variable.owner, row)
        if values.value is not None:
            return {UNIT: values.value}
        place = (kind, row) if at is None else (variable.owner, at)
        if not isinstance(variable, Sum):
            return {Unknown(((variable, place),), values, whole=False): Fraction(1)}
        if self._below is not None and variable.year is None and at is not None:
            return self._expand_members(variable, at, belongs, open_)
        lead = variable.of.terms[0][1]
        plain = replace(variable, of=variable.of * (1 / lead))
        return {Unknown(((plain, place),), values * (1 / lead), takes_wholes(self._plan, plain.of)): lead}

    def _expand_leaf(self, leaf: Leaf, kind: str, row: int) -> Terms:
        """Write the figures behind a leaf: the same figure is the same unknown, by whatever lookup it is named."""
        exact, whole = self._exact, self._plan.measures[leaf.kind, leaf.measure].whole
        if (stated := self._plan.stated(leaf, exact.year)) is not None:
            return {UNIT: stated}
        name = exact.name_at(kind, leaf.kind, row)
        owner = (exact.cell(kind, "@root", row), name) if name else (kind, row)
        values = [(year, fact.value if fact else None) for year, fact in exact.facts(kind, leaf, row)]
        return add_terms(
            {Unknown(((leaf.kind, leaf.measure, year, owner),), leaf.range, whole): Fraction(1)}
            if value is None else {UNIT: value}
            for year, value in values
        )  # fmt: skip

    def _expand_members(
        self, variable: Sum, at: int, belongs: dict[_Member, bool], open_: dict[_Member, None]
    ) -> Terms:
        """Add up what subjects contribute, each figure of theirs an unknown."""
        assert self._below is not None
        pools, kind = self._below.pools, variable.kind
        if (variable, at) not in pools:
            pools[variable, at] = self._make_pool(variable, at)
        pool = pools[variable, at]
        terms = [pool.sure]
        for child, weight in pool.nested:
            terms.append(
                multiply_terms({UNIT: Fraction(weight)}, self._expand(variable.of, kind, child, belongs, open_))
            )
        for member, adds in pool.open:
            if member not in belongs:
                open_[member] = None
            elif belongs[member]:
                terms.append(self._expand(variable.of, kind, member.row, belongs, open_) if adds is None else adds)
        return add_terms(terms)

    def _make_pool(self, variable: Sum, at: int) -> _Pool:
        """Work out once what each subject contributes, as far as it depends on no assumption."""
        kind, plain = variable.kind, all(isinstance(v, Leaf) for v in variable.of.variables)
        sure, nested, open_ = list[Terms](), list[tuple[int, float]](), list[tuple[_Member, Terms | None]]()
        for child, counts, weight in self._exact.members(variable.owner, variable, at):
            adds = self._expand(variable.of, kind, child, {}, {}) if plain else None
            if variable.where is not None and not counts and self._is_there(variable, child, weight):
                open_.append((self._find_member(variable.where, kind, child), adds))
            elif counts and weight is not None:
                if adds is None:
                    nested.append((child, weight))
                else:
                    sure.append(multiply_terms({UNIT: Fraction(weight)}, adds))
            else:
                values = self._exact.polynomial(kind, variable.of, child).hull(ZERO_INTERVAL)
                many = Interval(Fraction(0), None if weight is None else Fraction(weight))
                sure.append({Unknown(((variable, at, child),), values * many, variable.counts): Fraction(1)})
        return _Pool(add_terms(sure), tuple(open_), tuple(nested))

    def _find_member(self, where: Condition, kind: str, child: int) -> _Member:
        """Return what is asked of a subject for it to belong: the parts of the condition that are not decided."""
        asked = conjuncts(where)
        left = tuple(part for part in asked if self._measured.decide(kind, part)[child] is None)
        return _Member(all_of(left or asked), kind, child)

    def _is_there(self, variable: Sum, child: int, weight: float | None) -> bool:
        """Whether a row is one subject that surely lies in the owner of a sum."""
        top = variable.owner == self._plan.root.id
        return weight == 1.0 and (top or self._exact.cell(variable.kind, f"@{variable.owner}", child) is not None)


_ENDS: dict[Sign, tuple[tuple[tuple[int, bool], ...], ...]] = {
    ">=": (((1, False),),), ">": (((1, True),),), "==": (((1, False), (-1, False)),), "!=": (((1, True),), ((-1, True),)),
}  # fmt: skip
"""How a sign is written: alternatives, each a list of sides (as it is, or turned) that are zero or more, or strictly more."""
