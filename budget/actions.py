"""What actions cost and allow, as rows of a programme: how often, when, one after another, one instead of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from dabiao.budget.affine import ONE, ZERO, Affine, const, total
from dabiao.budget.decisions import Decisions
from dabiao.budget.figures import Figures
from dabiao.budget.forecast import Forecast, Site
from dabiao.facts.costs.model import Action, Costs


class Spending:
    """The rows of all actions, and what they cost by year (in yuan)."""

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
            self._action(self.costs.actions[name], sites)
        self._one_instead()
        self._one_after()
        self._one_setting()
        self._ranges()

    @property
    def total(self) -> Affine:
        """What everything costs in all years."""
        return total(self.by_year.values())

    def _pay(self, action: Action, year: int, amount: Affine) -> None:
        """Add what is paid for an action in a year, running costs aside."""
        self.by_year[year] = self.by_year[year] + amount
        self.by_action[action.id, year] = self.by_action.get((action.id, year), ZERO) + amount

    def _action(self, action: Action, sites: list[Site]) -> None:
        years = self.decisions.years(sites[0])
        begun = {y: total(self.decisions.begun[s.number, y] for s in sites) for y in years}
        if len(sites) > 1:
            if action.most is not None:
                self.programme.require(const(action.most) - total(self.decisions.by(s, years[-1]) for s in sites))
            if action.most_a_year is not None:
                for amount in begun.values():
                    self.programme.require(const(action.most_a_year) - amount)
        if len(action.steps) == 1:
            for year, amount in begun.items():
                self._pay(action, year, amount.times(action.steps[0].price))
        elif action.steps:
            self._curve(action, sites)
        if action.lump:
            before = ZERO
            for year in years:
                used = self._used(sites, year)
                self._pay(action, year, (used - before).times(action.lump))
                if before is not ZERO:
                    self.programme.require(used - before)
                before = used
        if action.running:
            for year in self.forecast.years:
                effect = total(self.decisions.in_effect(s, year) for s in sites)
                self.by_year[year] = self.by_year[year] + effect.times(action.running)

    def _used(self, sites: list[Site], year: int) -> Affine:
        """Return 1 if anything has begun at some sites by a year, else 0."""
        units = [self.decisions.by(site, year) for site in sites]
        ranges = [int(self.programme.range(one)[1]) for one in units]
        if len(units) == 1 and ranges[0] <= 1:
            return units[0]
        number = self.programme.variable(0, 1)
        used = self.programme.of(number)
        self.programme.follow(number, _any_of(units))
        for one, most in zip(units, ranges, strict=True):
            self.programme.require(used.times(Fraction(most)) - one)
        self.programme.require(total(units) - used)  # not used where nothing has begun
        return used

    def _curve(self, action: Action, sites: list[Site]) -> None:
        """Price the units one after another: a step is begun only when the one before is full."""
        programme = self.programme
        paid = ZERO
        for year in self.decisions.years(sites[0]):
            units = total(self.decisions.by(s, year) for s in sites)
            most = int(programme.range(units)[1])
            if action.most is not None:
                most = min(most, action.most)
            rest, below, cost = units, 0, ZERO
            previous, previous_width = ZERO, 0
            for step in action.steps:
                width = max(most - below, 0) if step.width is None else step.width
                if most <= below or width == 0:
                    break
                part = programme.of(number := programme.variable(0, min(width, most - below)))
                programme.follow(number, _between(units, below, width))
                if below:
                    full = programme.of(switch := programme.variable(0, 1))  # all steps before are full
                    programme.follow(switch, _beyond(units, below))
                    programme.require(full.times(Fraction(min(width, most - below))) - part)
                    programme.require(previous - full.times(Fraction(previous_width)))
                previous, previous_width = part, width
                rest, below, cost = rest - part, below + width, cost + part.times(step.price)
            for equal in (rest, rest.times(Fraction(-1))):
                programme.require(equal)
            self._pay(action, year, cost - paid)
            paid = cost

    def _pairs(self, one: Action, other: Action) -> list[tuple[list[Site], list[Site]]]:
        """Return what meets what: subject by subject where both are taken for each subject of one kind, else all with all."""
        first, second = self._sites.get(one.id, []), self._sites.get(other.id, [])
        if one.each and other.each and one.kind == other.kind:
            there = {site.subject: site for site in second}
            return [([site], [there[site.subject]] if site.subject in there else []) for site in first]
        return [(first, second)]

    def _one_instead(self) -> None:
        done: set[frozenset[str]] = set()
        for action in self.costs.actions.values():
            for name in action.excludes:
                other = self.costs.actions.get(name)
                if other is None or frozenset((action.id, name)) in done:
                    continue
                done.add(frozenset((action.id, name)))
                for first, second in self._pairs(action, other):
                    if first and second:
                        last = self.forecast.plan.last
                        self.programme.require(ONE - self._used(first, last) - self._used(second, last))

    def _one_after(self) -> None:
        for action in self.costs.actions.values():
            for need in action.requires:
                other = self.costs.actions.get(need.action)
                if other is None:
                    continue
                for later, before in self._pairs(action, other):
                    for year in self.decisions.years(later[0]) if later else ():
                        there = total(self.decisions.in_effect(site, year) for site in before)
                        enough = self.programme.reaches(there - const(need.at_least))
                        for site in later:
                            units = self.decisions.by(site, year)
                            most = self.programme.range(units)[1]
                            self.programme.require(enough.times(most) - units)

    def _one_setting(self) -> None:
        """Let at most one action set a figure of a subject."""
        for (_, _, measure), sites in self.figures.touched.items():
            setting = [site for site in sites if measure in site.action.sets]
            if len(setting) > 1:
                done = total(self.decisions.by(site, self.forecast.plan.last) for site in setting)
                self.programme.require(ONE - done)

    def _ranges(self) -> None:
        """Keep every figure within what its measure can be."""
        for kind, name, measure in self.figures.touched:
            known = self.forecast.plan.measures[kind, measure]
            for year in self.forecast.years:
                span = self.figures.cell(kind, name, measure, year)
                if span is None or not span.known or span.low is None or span.low.fixed:
                    continue
                if known.low is not None:
                    self.programme.require(span.low - const(known.low))
                if known.high is not None:
                    self.programme.require(const(known.high) - span.low)


def _any_of(units: list[Affine]) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(any(one.at(values) > 0 for one in units))


def _between(units: Affine, below: int, width: int) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(min(max(units.at(values) - below, Fraction(0)), Fraction(width)))


def _beyond(units: Affine, below: int) -> Callable[[Mapping[int, int]], int]:
    return lambda values: int(units.at(values) > below)
