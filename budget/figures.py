"""The figures of the years to come as numbers that depend on decisions, with bounds where a figure is not known.

What a form of the plan means is what the engine takes it to mean: the same bounds, the same rule for a quantity without a
base, the same treatment of subjects that nobody lists. The programme is built from it; the engine judges the answer again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isinf

from dabiao.budget.affine import NOTHING, ONE, ZERO, Affine, Span, const, known, total
from dabiao.budget.decisions import Decisions
from dabiao.budget.forecast import Forecast, Person, touched_cells
from dabiao.budget.programme import TooCurved
from dabiao.rules.algebra import (
    Condition,
    Form,
    Leaf,
    Polynomial,
    Ranked,
    Sum,
    Test,
    Variable,
    aggregates,
    fold,
    leaves,
)
from dabiao.rules.comparators import Sign
from dabiao.rules.intervals import Interval


class Unsupported(Exception):  # noqa: N818 - names what cannot be worked out
    """A form that cannot be put into the programme; `figures` names the decided figures that are multiplied, or ranked."""

    def __init__(self, figures: Sequence[str]) -> None:
        super().__init__(" × ".join(figures))
        self.figures = tuple(figures)


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition as two 0/1 numbers: whether it surely holds, and whether it may hold. The same object if it is known."""

    sure: Affine
    possible: Affine

    @property
    def fixed(self) -> bool:
        """Whether no decision changes it."""
        return self.sure.fixed and self.possible.fixed


YES = Truth(ONE, ONE)
NO = Truth(ZERO, ZERO)


class Figures:
    """Works out forms of the plan for a subject and a year."""

    def __init__(self, forecast: Forecast, decisions: Decisions) -> None:
        self.forecast = forecast
        self.plan = forecast.plan
        self.decisions = decisions
        self.programme = decisions.programme
        self.touched = touched_cells(decisions.sites)
        self.openings = [site for site in decisions.sites if site.action.opens]
        self._opened_kinds = {site.action.opens.kind for site in self.openings if site.action.opens}
        self._counted: dict[object, set[str]] = {}
        self._bears: dict[object, bool] = {}
        self._added_up: dict[tuple[Variable, str, str, int | None, int], Span] = {}
        self._kinds = {(kind, measure) for kind, _, measure in self.touched}
        self._cells: dict[tuple[str, str, str, int], Span | None] = {}
        self._fixed: dict[tuple[object, ...], Span] = {}
        self._truths: dict[tuple[Condition, Person, int], Truth] = {}
        self._looks: dict[object, tuple[Leaf, ...]] = {}
        self._ahead = frozenset(forecast.ahead)

    def looks_at(self, form: Form) -> tuple[Leaf, ...]:
        """List the reported figures that a form looks at."""
        if form not in self._looks:
            self._looks[form] = leaves(form)
        return self._looks[form]

    def changes(self, form: Form, person: Person) -> bool:
        """Whether some decision may change a form for a subject."""
        if not self.bears_on(form):
            return False
        for leaf in self.looks_at(form):
            if (leaf.kind, leaf.measure) in self._kinds:
                name = person.name_at(leaf.kind)
                if name is None or (leaf.kind, name, leaf.measure) in self.touched:
                    return True
        return bool(self._opened_kinds) and not self._opened_kinds.isdisjoint(self.counts(form))

    def bears_on(self, form: Form) -> bool:
        """Whether some decision may change a form for any subject."""
        if form not in self._bears:
            opened = bool(self._opened_kinds) and not self._opened_kinds.isdisjoint(self.counts(form))
            touched = any((leaf.kind, leaf.measure) in self._kinds for leaf in self.looks_at(form))
            self._bears[form] = opened or touched
        return self._bears[form]

    def counts(self, form: Form) -> set[str]:
        """Return the kinds of subject that a form counts or sums over."""
        if form not in self._counted:
            self._counted[form] = {one.kind for one in aggregates(form)}
        return self._counted[form]

    def cell(self, kind: str, name: str, measure: str, year: int) -> Span | None:
        """Return a figure in a year, None if nothing is known of it."""
        place = (kind, name, measure, year)
        if place not in self._cells:
            self._cells[place] = self._cell(kind, name, measure, year)
        return self._cells[place]

    def _cell(self, kind: str, name: str, measure: str, year: int) -> Span | None:
        before = self.forecast.value(kind, name, measure, year)
        sites = self.touched.get((kind, name, measure), ()) if year in self._ahead else ()
        added, put, moved = ZERO, ZERO, ZERO
        for site in sites:
            action = site.action
            if measure in action.sets:
                done = self.decisions.in_effect(site, year)
                put = put + done.times(action.sets[measure])
                moved = moved + done
            else:
                flow = (kind, measure) in self.forecast.costs.flows
                units = self.decisions.taking_effect(site, year) if flow else self.decisions.in_effect(site, year)
                added = added + units.times(action.adds[measure])
        if before is not None:
            value = const(before) - moved.times(before) + put + added
            return known(value)
        if moved.fixed:
            return None
        known_measure = self.plan.measures[kind, measure]
        if not added.fixed:
            raise Unsupported([f"{name}.{measure}", f"{name}.{measure}"])
        rest = ONE - moved
        ends = [None if end is None else rest.times(end) + put for end in (known_measure.low, known_measure.high)]
        return Span(ends[0], ends[1])

    def variable(self, variable: Variable, person: Person, year: int) -> Span:
        """Return a variable of a form for a subject."""
        if isinstance(variable, Leaf):
            return self._leaf(variable, person, year)
        if isinstance(variable, Ranked):
            raise Unsupported([repr(variable)])
        place = (variable, person.kind, person.name, person.site, year)
        if place not in self._added_up:
            self._added_up[place] = self._aggregate(variable, person, year)
        return self._added_up[place]

    def _leaf(self, leaf: Leaf, person: Person, year: int) -> Span:
        match leaf.time:
            case "total":
                years: Iterable[int] = range(self.plan.first, year + 1)
            case "baseline":
                years = (self.plan.baseline,)
            case "last":
                years = (year - 1,)
            case _:
                years = (year,)
        found = NOTHING
        for each in years:
            found = found + (self._at(leaf, person, each) or _anything(leaf))
        return found

    def _at(self, leaf: Leaf, person: Person, year: int) -> Span | None:
        if person.site is not None and leaf.kind == person.kind:
            opens = self.decisions.sites[person.site].action.opens
            assert opens is not None
            value = opens.values.get(leaf.measure) if year >= person.opened else None
            return None if value is None else known(const(value))
        name = person.name_at(leaf.kind)
        return None if name is None else self.cell(leaf.kind, name, leaf.measure, year)

    def polynomial(self, form: Polynomial, person: Person, year: int) -> Span:
        """Return a polynomial for a subject. Raises `Unsupported` for a product of figures that are both decided."""
        found = NOTHING
        for monomial, factor in form.terms:
            found = found + self._product(monomial, person, year).times(factor)
        return found

    def _product(self, monomial: Sequence[Variable], person: Person, year: int) -> Span:
        product: Span | None = None
        for variable in monomial:
            span = self.variable(variable, person, year)
            product = span if product is None else self._multiplied(product, span, monomial, person)
        return known(ONE) if product is None else product

    def _multiplied(self, one: Span, other: Span, monomial: Sequence[Variable], person: Person) -> Span:
        if one.known and other.known and one.low is not None and other.low is not None:
            try:
                return known(self.programme.times(one.low, other.low))
            except TooCurved:
                raise Unsupported(names(monomial, person)) from None
        if one.fixed and other.fixed:
            return _interval_product(one, other)
        if not one.fixed:
            one, other = other, one
        if not one.fixed or not other.known or other.low is None:
            raise Unsupported(names(monomial, person))
        low, _ = self.programme.range(other.low)
        if low < 0:
            raise Unsupported(names(monomial, person))
        ends = [None if end is None else other.low.times(end.constant) for end in (one.low, one.high)]
        return Span(ends[0], ends[1])

    # counts and sums over the subjects below

    def below(self, kind: str, owner: Person, year: int) -> tuple[list[Person], list[Person]]:
        """Return the subjects of a kind within another, and those that may lie within it or not."""
        everyone = self.forecast.people(kind, year)
        if owner.kind == self.plan.root.id:
            return everyone, []
        inside, loose = [], []
        for person in everyone:
            name = person.name_at(owner.kind)
            if name is None:
                loose.append(person)
            elif name == owner.name:
                inside.append(person)
        return inside, loose

    def opened(self, kind: str, owner: Person, year: int) -> list[tuple[Person, Affine]]:
        """Return the subjects of a kind that may have been opened within another by a year, and how many of each there are."""
        found = []
        for site in self.openings:
            if site.person is None or site.person.kind != kind:
                continue
            if owner.kind != self.plan.root.id and site.person.name_at(owner.kind) != owner.name:
                continue
            for begun in self.decisions.years(site):
                since = begun + site.action.lead
                if since <= year:
                    person = replace(site.person, site=site.number, opened=since)
                    found.append((person, self.decisions.begun[site.number, begun]))
        return found

    def _aggregate(self, variable: Sum, owner: Person, year: int) -> Span:
        inside, loose = self.below(variable.kind, owner, year)
        parts = [self._fixed_part(variable, owner, inside, year)]
        parts += [self._contribution(variable, p, year) for p in inside if self.changes_inside(variable, p)]
        for person in loose:
            span = self._contribution(variable, person, year)
            parts.append(self._perhaps(span))
        for person, units in self.opened(variable.kind, owner, year):
            span = self._contribution(variable, person, year)
            parts.append(self._multiplied(known(units), span, (variable,), owner))
        return _added(parts)

    def changes_inside(self, variable: Sum, person: Person) -> bool:
        """Whether a decision may change what a subject adds to a count or sum."""
        return any(self.changes(form, person) for form in (variable.where, variable.of) if form is not None)

    def _fixed_part(self, variable: Sum, owner: Person, inside: Sequence[Person], year: int) -> Span:
        """Return what the subjects that no decision changes add. All years to come are alike, unless earlier ones count."""
        plain = all(leaf.time == "now" for leaf in self.looks_at(variable))
        when = 0 if plain and year in self._ahead else year
        place = (variable, owner.kind, owner.name, when)
        if place not in self._fixed:
            parts = [self._contribution(variable, p, year) for p in inside if not self.changes_inside(variable, p)]
            self._fixed[place] = _added(parts)
        return self._fixed[place]

    def _contribution(self, variable: Sum, person: Person, year: int) -> Span:
        """Return what a subject adds: nothing where it may not count, times how many it stands for."""
        counts = YES if variable.where is None else self.truth(variable.where, person, year)
        of = self.polynomial(variable.of, person, year)
        if isinf(person.weight):
            of = self._perhaps(of)
            return NOTHING if counts.possible.fixed and not counts.possible.constant else _endless(of)
        if counts.sure is counts.possible:
            if counts.sure.fixed:
                return of.times(Fraction(int(person.weight))) if counts.sure.constant else NOTHING
            return self._multiplied(known(counts.sure), of, (variable,), person).times(Fraction(int(person.weight)))
        if counts.fixed and of.fixed:
            return self._perhaps(of).times(Fraction(int(person.weight)))
        if of.known and of.low is not None and self.programme.range(of.low)[0] >= 0:
            ends = [self.programme.times(one, of.low) for one in (counts.sure, counts.possible)]
            return Span(ends[0], ends[1]).times(Fraction(int(person.weight)))
        return self._perhaps(of).times(Fraction(int(person.weight)))

    def _perhaps(self, span: Span) -> Span:
        """Return the bounds of what may be added or not."""
        low = None if span.low is None else const(min(self.programme.range(span.low)[0], Fraction(0)))
        high = None if span.high is None else const(max(self.programme.range(span.high)[1], Fraction(0)))
        return Span(low, high)

    # conditions

    def truth(self, condition: Condition, person: Person, year: int) -> Truth:
        """Return whether a condition holds for a subject, as 0/1 numbers."""
        place = (condition, person, year)
        if place not in self._truths:
            self._truths[place] = self._truth(condition, person, year)
        return self._truths[place]

    def _truth(self, condition: Condition, person: Person, year: int) -> Truth:
        return fold(condition, lambda test: self.test(test, person, year), _negated, self.all, self.any)

    def all(self, parts: Sequence[Truth]) -> Truth:
        """Return whether several conditions all hold."""
        sure = self.programme.every([part.sure for part in parts])
        if all(part.sure is part.possible for part in parts):
            return Truth(sure, sure)
        return Truth(sure, self.programme.every([part.possible for part in parts]))

    def any(self, parts: Sequence[Truth]) -> Truth:
        """Return whether at least one of several conditions holds."""
        sure = self.programme.some([part.sure for part in parts])
        if all(part.sure is part.possible for part in parts):
            return Truth(sure, sure)
        return Truth(sure, self.programme.some([part.possible for part in parts]))

    def test(self, test: Test, person: Person, year: int) -> Truth:
        """Return whether the margin of a test has its sign, and there is a quantity to compare."""
        sign = self.sign(self.polynomial(test.margin.gathered, person, year), test.sign)
        bases = [self.sign(self.polynomial(base.gathered, person, year), "!=") for base in test.bases]
        return self.all([sign, *bases]) if bases else sign

    def sign(self, margin: Span, sign: Sign) -> Truth:
        """Return whether a number is >= 0, > 0, == 0 or != 0."""
        if sign == "!=":
            return _negated(self.sign(margin, "=="))
        low, high = margin.low, margin.high
        p = self.programme
        if sign == "==":
            above, below = self.sign(margin, ">="), self.sign(margin.times(Fraction(-1)), ">=")
            return self.all([above, below])
        holds = p.reaches if sign == ">=" else p.exceeds
        sure = ZERO if low is None else holds(low)
        return Truth(sure, sure) if margin.known else Truth(sure, ONE if high is None else holds(high))


def _negated(truth: Truth) -> Truth:
    sure = ONE - truth.possible
    return Truth(sure, sure if truth.sure is truth.possible else ONE - truth.sure)


def _anything(leaf: Leaf) -> Span:
    return Span(None if leaf.low is None else const(leaf.low), None if leaf.high is None else const(leaf.high))


def _added(parts: Sequence[Span]) -> Span:
    low = None if any(p.low is None for p in parts) else total(p.low for p in parts if p.low is not None)
    if all(part.known for part in parts):
        return Span(low, low)
    return Span(low, None if any(p.high is None for p in parts) else total(p.high for p in parts if p.high is not None))


def _endless(span: Span) -> Span:
    """Return the bounds of what nobody knows how many add: nothing, or without end."""
    low = ZERO if span.low is not None and span.low.constant >= 0 else None
    return Span(low, ZERO if span.high is not None and span.high.constant <= 0 else None)


def _interval_product(one: Span, other: Span) -> Span:
    """Multiply two ranges that no decision changes."""
    found = _interval(one) * _interval(other)
    return Span(
        None if found.low is None else const(found.low), None if found.high is None else const(found.high)
    )  # fmt: skip


def _interval(span: Span) -> Interval:
    low, high = (None if end is None else end.constant for end in (span.low, span.high))
    return Interval(low, high)


def names(monomial: Sequence[Variable], person: Person) -> list[str]:
    """Name the figures that are multiplied, for a message."""
    return [f"{person.name}.{v.measure}" if isinstance(v, Leaf) else repr(v) for v in monomial]
