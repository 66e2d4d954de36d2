"""Costs of actions, and the rows that restrict them: how often, when, prerequisites, exclusions, ranges of figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property

from dabiao.budget.affine import ONE, ZERO, Affine, add_up, make_constant
from dabiao.budget.decisions import Decisions
from dabiao.budget.figures import Figures
from dabiao.budget.forecast import Forecast, Site
from dabiao.facts.costs.model import Action, Costs


class Spending:
    """Adds the rows that restrict actions to a programme, and adds up what actions cost by year (in yuan)."""

    def __init__(self, forecast: Forecast, decisions: Decisions, figures: Figures) -> None:
        self.forecast = forecast
        self.decisions = decisions
        self.figures = figures
        self.programme = decisions.programme
        self.costs: Costs = forecast.costs
        self.by_year: dict[int, Affine] = dict.fromkeys(forecast.years, ZERO)
        self.by_action: dict[tuple[str, int], Affine] = {}
        self._sites: dict[str, list[Site]] = {}
        for site in decisions.sites:
            self._sites.setdefault(site.action.id, []).append(site)
        for name, sites in self._sites.items():
            self._add_action(self.costs.actions[name], sites)
        self._require_exclusions()
        self._require_prerequisites()
        self._require_single_setting()
        self._require_ranges()

    @cached_property
    def total(self) -> Affine:
        """What all actions cost in all years."""
        return add_up(self.by_year.values())

    def _add_payment(self, action: Action, year: int, amount: Affine) -> None:
        """Add a payment for an action in a year, other than running costs."""
        self.by_year[year] = self.by_year[year] + amount
        self.by_action[action.id, year] = self.by_action.get((action.id, year), ZERO) + amount

    def _add_action(self, action: Action, sites: list[Site]) -> None:
        years = self.decisions.years(sites[0])
        begun = {y: add_up(self.decisions.begun[s.number, y] for s in sites) for y in years}
        if len(sites) > 1:
            if action.most is not None:
                self.programme.require(
                    make_constant(action.most) - add_up(self.decisions.by(s, years[-1]) for s in sites)
                )
            if action.most_a_year is not None:
                for amount in begun.values():
                    self.programme.require(make_constant(action.most_a_year) - amount)
        if len(action.steps) == 1:
            for year, amount in begun.items():
                self._add_payment(action, year, amount.times(action.steps[0].price))
        elif action.steps:
            self._add_price_steps(action, sites)
        if action.lump:
            before = ZERO
            for year in years:
                used = self._make_use(sites, year)
                self._add_payment(action, year, (used - before).times(action.lump))
                if before is not ZERO:
                    self.programme.require(used - before)
                before = used
        if action.running:
            for year in self.forecast.years:
                effect = add_up(self.decisions.in_effect(s, year) for s in sites)
                self.by_year[year] = self.by_year[year] + effect.times(action.running)

    def _make_use(self, sites: list[Site], year: int) -> Affine:
        """Return a number that is 1 if any unit has begun at some sites by the end of a year, else 0."""
        units = [self.decisions.by(site, year) for site in sites]
        ranges = [int(self.programme.find_range(one)[1]) for one in units]
        if len(units) == 1 and ranges[0] <= 1:
            return units[0]
        number = self.programme.add_variable(0, 1)
        used = self.programme.of(number)
        self.programme.define(number, _make_any(units))
        for one, most in zip(units, ranges, strict=True):
            self.programme.note_use(number, one)
            self.programme.require(used.times(most) - one, (number,))
        self.programme.require(add_up(units) - used, (number,))  # not used where nothing has begun
        return used

    def _add_price_steps(self, action: Action, sites: list[Site]) -> None:
        """Add the cost of units priced in steps: a step is used only when the one before is full."""
        programme = self.programme
        paid = ZERO
        for year in self.decisions.years(sites[0]):
            units = add_up(self.decisions.by(s, year) for s in sites)
            most = int(programme.find_range(units)[1])
            if action.most is not None:
                most = min(most, action.most)
            rest, below, cost = units, 0, ZERO
            previous, previous_width = ZERO, 0
            for step in action.steps:
                width = max(most - below, 0) if step.width is None else step.width
                if most <= below or width == 0:
                    break
                part = programme.of(number := programme.add_variable(0, min(width, most - below)))
                programme.define(number, _make_part(units, below, width))
                if below:
                    full = programme.of(switch := programme.add_variable(0, 1))  # all steps before are full
                    programme.define(switch, _make_full(units, below))
                    programme.require(full.times(Fraction(min(width, most - below))) - part)
                    programme.require(previous - full.times(previous_width))
                previous, previous_width = part, width
                rest, below, cost = rest - part, below + width, cost + part.times(step.price)
            for equal in (rest, rest.times(-1)):
                programme.require(equal)
            self._add_payment(action, year, cost - paid)
            paid = cost

    def _pair_sites(self, one: Action, other: Action) -> list[tuple[list[Site], list[Site]]]:
        """Pair the sites of two actions: by subject if both are taken for each subject of one kind, else all with all."""
        first, second = self._sites.get(one.id, []), self._sites.get(other.id, [])
        if one.each and other.each and one.kind == other.kind:
            there = {site.subject: site for site in second}
            return [([site], [there[site.subject]] if site.subject in there else []) for site in first]
        return [(first, second)]

    def _require_exclusions(self) -> None:
        done: set[frozenset[str]] = set()
        for action in self.costs.actions.values():
            for name in action.excludes:
                other = self.costs.actions.get(name)
                if other is None or frozenset((action.id, name)) in done:
                    continue
                done.add(frozenset((action.id, name)))
                for first, second in self._pair_sites(action, other):
                    if first and second:
                        last = self.forecast.plan.last
                        self.programme.require(ONE - self._make_use(first, last) - self._make_use(second, last))

    def _require_prerequisites(self) -> None:
        for action in self.costs.actions.values():
            for need in action.requires:
                other = self.costs.actions.get(need.action)
                if other is None:
                    continue
                for later, before in self._pair_sites(action, other):
                    for year in self.decisions.years(later[0]) if later else ():
                        there = add_up(self.decisions.in_effect(site, year) for site in before)
                        enough = self.programme.reaches(there - make_constant(need.at_least))
                        for site in later:
                            units = self.decisions.by(site, year)
                            most = self.programme.find_range(units)[1]
                            self.programme.require(enough.times(most) - units)

    def _require_single_setting(self) -> None:
        """Require that at most one action sets a figure of a subject."""
        for (_, _, measure), sites in self.figures.changed.items():
            setting = [site for site in sites if measure in site.action.sets]
            if len(setting) > 1:
                done = add_up(self.decisions.by(site, self.forecast.plan.last) for site in setting)
                self.programme.require(ONE - done)

    def _require_ranges(self) -> None:
        """Require that every figure stays within the range of its measure."""
        for kind, name, measure in self.figures.changed:
            known = self.forecast.plan.measures[kind, measure]
            for year in self.forecast.years:
                span = self.figures.find_figure(kind, name, measure, year)
                if span is None or not span.known or span.low is None or span.low.fixed:
                    continue
                if known.low is not None:
                    self.programme.require(span.low - make_constant(known.low))
                if known.high is not None:
                    self.programme.require(make_constant(known.high) - span.low)


def _make_any(units: list[Affine]) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(any(one.at(values) > 0 for one in units))


def _make_part(units: Affine, below: int, width: int) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(min(max(units.at(values) - below, Fraction(0)), Fraction(width)))


def _make_full(units: Affine, below: int) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(units.at(values) > below)
