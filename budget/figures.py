"""Figures of the years to come as numbers that depend on decisions, with bounds where a figure is not known.

Forms mean what they mean to the engine: the same bounds, the same rule for a base of zero, the same treatment of unlisted
subjects. The engine judges every answer again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isinf

from dabiao.budget.affine import ONE, ZERO, ZERO_SPAN, Affine, Span, add_up, make_constant, make_span
from dabiao.budget.decisions import Decisions
from dabiao.budget.forecast import Forecast, Subject, find_changes
from dabiao.budget.programme import NonlinearError
from dabiao.rules.algebra import (
    Condition,
    Form,
    Leaf,
    Polynomial,
    Ranked,
    Sum,
    Test,
    Variable,
    fold,
)
from dabiao.rules.comparators import Sign
from dabiao.rules.intervals import Interval
from dabiao.rules.lookups import ADDED
from dabiao.rules.shares import gather
from dabiao.rules.walks import aggregates, leaves


class UnsupportedError(Exception):
    """A form that cannot be put into the programme. `figures` names the figures that are multiplied or ranked in it."""

    def __init__(self, figures: Sequence[str]) -> None:
        super().__init__(" × ".join(figures))
        self.figures = tuple(figures)


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition as two 0/1 numbers: it surely holds, and it may hold. If that is known both are the same object."""

    sure: Affine
    possible: Affine

    @property
    def fixed(self) -> bool:
        """Whether no decision changes it."""
        return self.sure.fixed and self.possible.fixed


YES = Truth(ONE, ONE)
NO = Truth(ZERO, ZERO)


class Figures:
    """Evaluates forms of the plan for a subject and a year."""

    def __init__(self, forecast: Forecast, decisions: Decisions) -> None:
        self.forecast = forecast
        self.plan = forecast.plan
        self.decisions = decisions
        self.programme = decisions.programme
        self.changed = find_changes(decisions.sites)
        self.openings = [site for site in decisions.sites if site.action.opens]
        self._opened_kinds = {site.action.opens.kind for site in self.openings if site.action.opens}
        self._sums: dict[tuple[Variable, str, str, int | None, int], Span] = {}
        self._names: dict[tuple[str, str], set[str]] = {}  # of the subjects whose figure some action changes
        for kind, name, measure in self.changed:
            self._names.setdefault((kind, measure), set()).add(name)
        self._cells: dict[tuple[str, str, str, int], Span | None] = {}
        self._fixed: dict[tuple[object, ...], Span] = {}
        self._truths: dict[tuple[Condition, Subject, int], Truth] = {}
        self._leaves: dict[object, tuple[Leaf, ...]] = {}
        self._ahead = frozenset(forecast.ahead)

    def find_leaves(self, form: Form) -> tuple[Leaf, ...]:
        """List the reported measures that a form looks at."""
        if form not in self._leaves:
            self._leaves[form] = leaves(form)
        return self._leaves[form]

    def find_changeable(self, forms: Iterable[Form | None]) -> Callable[[Subject], bool] | None:
        """Return a test of the subjects for which some decision may change one of several forms; None: for no subject."""
        touched: set[tuple[str, str]] = set()
        for form in (form for form in forms if form is not None):
            if not self._opened_kinds.isdisjoint({one.kind for one in aggregates(form)}):
                return lambda _: True
            touched |= {(leaf.kind, leaf.measure) for leaf in self.find_leaves(form)} & self._names.keys()
        if not touched:
            return None
        places = [(kind, self._names[kind, measure]) for kind, measure in sorted(touched)]

        def can_change(subject: Subject) -> bool:
            names = ((subject.name_at(kind), changed) for kind, changed in places)
            return any(name is None or name in changed for name, changed in names)

        return can_change

    def find_figure(self, kind: str, name: str, measure: str, year: int) -> Span | None:
        """Return a figure in a year, None if nothing is known about it."""
        place = (kind, name, measure, year)
        if place not in self._cells:
            self._cells[place] = self._find_figure(kind, name, measure, year)
        return self._cells[place]

    def _find_figure(self, kind: str, name: str, measure: str, year: int) -> Span | None:
        before = self.forecast.value(kind, name, measure, year)
        sites = self.changed.get((kind, name, measure), ()) if year in self._ahead else ()
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
            value = make_constant(before) - moved.times(before) + put + added
            return make_span(value)
        if moved.fixed:
            return None
        known_measure = self.plan.measures[kind, measure]
        if not added.fixed:
            raise UnsupportedError([f"{name}.{measure}", f"{name}.{measure}"])
        rest = ONE - moved
        ends = [None if end is None else rest.times(end) + put for end in (known_measure.low, known_measure.high)]
        return Span(ends[0], ends[1])

    def evaluate_variable(self, variable: Variable, subject: Subject, year: int) -> Span:
        """Evaluate a variable of a form for a subject."""
        if isinstance(variable, Leaf):
            return self._evaluate_leaf(variable, subject, year)
        if isinstance(variable, Ranked) or variable.owner != subject.kind:  # of a subject above: named from below
            raise UnsupportedError([_name_variable(variable, subject)])
        if variable.year is not None:
            return self._evaluate_in_year(variable, subject, variable.year)
        place = (variable, subject.kind, subject.name, subject.site, year)
        if place not in self._sums:
            self._sums[place] = self._evaluate_sum(variable, subject, year)
        return self._sums[place]

    def _evaluate_in_year(self, variable: Sum, subject: Subject, year: int) -> Span:
        """Evaluate a sum over the subjects of another year: anything it may be where its owner is not reported for it."""
        owners = {owner.name for owner in self.forecast.subjects(subject.kind, year)}
        if subject.name not in owners:
            return _make_range(variable.range.low, variable.range.high)
        return self.evaluate_variable(replace(variable, year=None), subject, year)

    def _evaluate_leaf(self, leaf: Leaf, subject: Subject, year: int) -> Span:
        if leaf.time == "now" and leaf.year is None:  # as most are
            return self._evaluate_at(leaf, subject, year) or _make_range(leaf.low, leaf.high)
        if (stated := self.plan.stated(leaf, year)) is not None:
            return make_span(make_constant(stated))
        found = ZERO_SPAN
        for each in self.plan.years_of(leaf, year):
            if leaf.time not in ADDED or not self._was_absent(leaf, subject, each):
                found = found + (self._evaluate_at(leaf, subject, each) or _make_range(leaf.low, leaf.high))
        return found

    def _was_absent(self, leaf: Leaf, subject: Subject, year: int) -> bool:
        if subject.site is not None and leaf.kind == subject.kind:
            return year < subject.opened
        name = subject.name_at(leaf.kind)
        return name is not None and self.forecast.was_absent(leaf.kind, name, year)

    def _evaluate_at(self, leaf: Leaf, subject: Subject, year: int) -> Span | None:
        if subject.site is not None and leaf.kind == subject.kind:
            opens = self.decisions.sites[subject.site].action.opens
            assert opens is not None
            value = opens.values.get(leaf.measure) if year >= subject.opened else None
            return None if value is None else make_span(make_constant(value))
        name = subject.name_at(leaf.kind)
        return None if name is None else self.find_figure(leaf.kind, name, leaf.measure, year)

    def evaluate(self, form: Polynomial, subject: Subject, year: int) -> Span:
        """Evaluate a polynomial for a subject. Raises `UnsupportedError` for a product of two figures that decisions change."""
        return _add_up(
            [self._evaluate_product(monomial, subject, year).times(factor) for monomial, factor in form.terms]
        )

    def _evaluate_product(self, monomial: Sequence[Variable], subject: Subject, year: int) -> Span:
        product: Span | None = None
        for variable in monomial:
            span = self.evaluate_variable(variable, subject, year)
            product = span if product is None else self._multiply(product, span, monomial, subject)
        return make_span(ONE) if product is None else product

    def _multiply(self, one: Span, other: Span, monomial: Sequence[Variable], subject: Subject) -> Span:
        if one.known and other.known and one.low is not None and other.low is not None:
            try:
                return make_span(self.programme.multiply(one.low, other.low))
            except NonlinearError:
                raise UnsupportedError(name_factors(monomial, subject)) from None
        if one.fixed and other.fixed:
            return _multiply_ranges(one, other)
        if not one.fixed:
            one, other = other, one
        if not one.fixed or not other.known or other.low is None:
            raise UnsupportedError(name_factors(monomial, subject))
        low, _ = self.programme.find_range(other.low)
        if low < 0:
            raise UnsupportedError(name_factors(monomial, subject))
        ends = [None if end is None else other.low.times(end.constant) for end in (one.low, one.high)]
        return Span(ends[0], ends[1])

    # counts and sums over the subjects below

    def find_inside(self, kind: str, owner: Subject, year: int) -> tuple[list[Subject], list[Subject]]:
        """Return the subjects of a kind within another, and those of which it is not known whether they are."""
        everyone = self.forecast.subjects(kind, year)
        if owner.kind == self.plan.root.id:
            return everyone, []
        inside, loose = [], []
        for subject in everyone:
            name = subject.name_at(owner.kind)
            if name is None:
                loose.append(subject)
            elif name == owner.name:
                inside.append(subject)
        return inside, loose

    def find_opened(self, kind: str, owner: Subject, year: int) -> list[tuple[Subject, Affine]]:
        """Return the subjects of a kind that may be opened within another by a year, each with how many there are."""
        found = []
        for site in self.openings:
            if site.opening is None or site.opening.kind != kind:
                continue
            if owner.kind != self.plan.root.id and site.opening.name_at(owner.kind) != owner.name:
                continue
            for begun in self.decisions.years(site):
                since = begun + site.action.lead
                if since <= year:
                    subject = replace(site.opening, site=site.number, opened=since)
                    found.append((subject, self.decisions.begun[site.number, begun]))
        return found

    def _evaluate_sum(self, variable: Sum, owner: Subject, year: int) -> Span:
        inside, loose = self.find_inside(variable.kind, owner, year)
        can_change = self.find_changeable([variable.where, variable.of])
        changed = [] if can_change is None else [subject for subject in inside if can_change(subject)]
        unchanged = inside if not changed else [subject for subject in inside if not can_change(subject)]  # type: ignore[misc]
        parts = [self._sum_unchanged(variable, owner, unchanged, year)]
        parts += [self._evaluate_part(variable, subject, year) for subject in changed]
        for subject in loose:
            span = self._evaluate_part(variable, subject, year)
            parts.append(self._include_zero(span))
        for subject, units in self.find_opened(variable.kind, owner, year):
            span = self._evaluate_part(variable, subject, year)
            parts.append(self._multiply(make_span(units), span, (variable,), owner))
        return _add_up(parts)

    def _sum_unchanged(self, variable: Sum, owner: Subject, unchanged: Sequence[Subject], year: int) -> Span:
        """Return the sum over subjects that no decision changes, computed once for all years to come where they are alike."""
        plain = all(leaf.time == "now" for leaf in self.find_leaves(variable))
        when = 0 if plain and year in self._ahead else year
        place = (variable, owner.kind, owner.name, when)
        if place not in self._fixed:
            self._fixed[place] = _add_up([self._evaluate_part(variable, subject, year) for subject in unchanged])
        return self._fixed[place]

    def _evaluate_part(self, variable: Sum, subject: Subject, year: int) -> Span:
        """Return what a subject adds to a sum: zero if it does not satisfy the condition, else its value times its weight."""
        counts = YES if variable.where is None else self.decide(variable.where, subject, year)
        of = self.evaluate(variable.of, subject, year)
        if isinf(subject.weight):
            of = self._include_zero(of)
            return ZERO_SPAN if counts.possible.fixed and not counts.possible.constant else _repeat(of)
        if counts.sure is counts.possible:
            if counts.sure.fixed:
                return of.times(Fraction(int(subject.weight))) if counts.sure.constant else ZERO_SPAN
            return self._multiply(make_span(counts.sure), of, (variable,), subject).times(Fraction(int(subject.weight)))
        if counts.fixed and of.fixed:
            return self._include_zero(of).times(Fraction(int(subject.weight)))
        if of.known and of.low is not None and self.programme.find_range(of.low)[0] >= 0:
            ends = [self.programme.multiply(one, of.low) for one in (counts.sure, counts.possible)]
            return Span(ends[0], ends[1]).times(Fraction(int(subject.weight)))
        return self._include_zero(of).times(Fraction(int(subject.weight)))

    def _include_zero(self, span: Span) -> Span:
        """Return the bounds of a figure that may be added or not: its range, with zero."""
        low = None if span.low is None else make_constant(min(self.programme.find_range(span.low)[0], Fraction(0)))
        high = None if span.high is None else make_constant(max(self.programme.find_range(span.high)[1], Fraction(0)))
        return Span(low, high)

    # conditions

    def decide(self, condition: Condition, subject: Subject, year: int) -> Truth:
        """Evaluate a condition for a subject."""
        place = (condition, subject, year)
        if place not in self._truths:
            self._truths[place] = self._decide(condition, subject, year)
        return self._truths[place]

    def _decide(self, condition: Condition, subject: Subject, year: int) -> Truth:
        return fold(condition, lambda test: self.decide_test(test, subject, year), self.every, self.some)

    def every(self, parts: Sequence[Truth]) -> Truth:
        """Return the truth of all of several conditions together."""
        sure = self.programme.every([part.sure for part in parts])
        if all(part.sure is part.possible for part in parts):
            return Truth(sure, sure)
        return Truth(sure, self.programme.every([part.possible for part in parts]))

    def some(self, parts: Sequence[Truth]) -> Truth:
        """Return the truth of at least one of several conditions."""
        sure = self.programme.some([part.sure for part in parts])
        if all(part.sure is part.possible for part in parts):
            return Truth(sure, sure)
        return Truth(sure, self.programme.some([part.possible for part in parts]))

    def decide_test(self, test: Test, subject: Subject, year: int) -> Truth:
        """Evaluate a test: the margin has the sign, and no base is zero."""
        sign = self.decide_sign(self.evaluate(gather(test.margin), subject, year), test.sign)
        bases = [self.decide_sign(self.evaluate(gather(base), subject, year), "!=") for base in test.bases]
        return self.every([sign, *bases]) if bases else sign

    def decide_sign(self, margin: Span, sign: Sign) -> Truth:
        """Evaluate whether a figure is >= 0, > 0, == 0 or != 0."""
        if sign == "!=":
            return _negate(self.decide_sign(margin, "=="))
        low, high = margin.low, margin.high
        p = self.programme
        if sign == "==":
            above, below = self.decide_sign(margin, ">="), self.decide_sign(margin.times(-1), ">=")
            return self.every([above, below])
        holds = p.reaches if sign == ">=" else p.exceeds
        sure = ZERO if low is None else holds(low)
        return Truth(sure, sure) if margin.known else Truth(sure, ONE if high is None else holds(high))


def _negate(truth: Truth) -> Truth:
    sure = ONE - truth.possible
    return Truth(sure, sure if truth.sure is truth.possible else ONE - truth.sure)


def _make_range(low: Fraction | None, high: Fraction | None) -> Span:
    return Span(None if low is None else make_constant(low), None if high is None else make_constant(high))


def _add_up(parts: Sequence[Span]) -> Span:
    low = None if any(p.low is None for p in parts) else add_up(p.low for p in parts if p.low is not None)
    if all(part.known for part in parts):
        return Span(low, low)
    return Span(
        low, None if any(p.high is None for p in parts) else add_up(p.high for p in parts if p.high is not None)
    )


def _repeat(span: Span) -> Span:
    """Return the bounds of a figure added an unknown number of times: zero or unlimited on each side."""
    low = ZERO if span.low is not None and span.low.constant >= 0 else None
    return Span(low, ZERO if span.high is not None and span.high.constant <= 0 else None)


def _multiply_ranges(one: Span, other: Span) -> Span:
    """Return the product of two ranges that no decision changes."""
    found = _make_interval(one) * _make_interval(other)
    return _make_range(found.low, found.high)


def _make_interval(span: Span) -> Interval:
    low, high = (None if end is None else Fraction(end.constant) for end in (span.low, span.high))
    return Interval(low, high)


def name_factors(monomial: Sequence[Variable], subject: Subject) -> list[str]:
    """Return the names of the factors of a product, for a message."""
    return [_name_variable(variable, subject) for variable in monomial]


def _name_variable(variable: Variable, subject: Subject) -> str:
    """Return the name of a variable as a plan would write it, without its condition."""
    if isinstance(variable, Leaf):
        return f"{subject.name}.{variable.measure}"
    if variable.counts:
        return f"count({variable.kind})"
    function = variable.rank if isinstance(variable, Ranked) else "sum"
    measures = dict.fromkeys(leaf.measure for leaf in leaves(variable.of))
    return f"{function}({', '.join(measures)} of {variable.kind})"
