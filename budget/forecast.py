"""Sheets of the years to come: if nothing is done, and if a programme of actions is carried out.

Stocks keep the value of the latest sheet; what that sheet leaves out stays unknown. Flows have the yearly value that the costs
file states, or else their latest value. Actions are applied to these sheets as changes of facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import polars as pl
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.engine.measure import Measured
from dabiao.facts.change import Change, Changes, OpenedSubject, apply_changes
from dabiao.facts.costs.model import Action, Costs
from dabiao.facts.model import Facts
from dabiao.facts.tables import NO_ROW, Tables, build_tables
from dabiao.rules.model import Plan

FigureKey = tuple[str, str, str]  # kind, subject, measure


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject in one year. `above` gives the kind and name of each subject that contains it, the root first.

    `weight` is the number of subjects it stands for, infinite if that is not known. `site` and `opened` are set for a
    subject that an action would open: the number of the site, and the year in which it opens.
    """

    kind: str
    name: str
    above: tuple[tuple[str, str], ...]
    weight: float = 1.0
    listed: bool = True
    site: int | None = None
    opened: int = 0

    def name_at(self, kind: str) -> str | None:
        """Return its own name, or that of the subject of a kind that contains it; None if that is not known."""
        if kind == self.kind:
            return self.name
        return dict(self.above).get(kind)


@dataclass(frozen=True, slots=True)
class Site:
    """A place where an action can be taken: one subject, by name, or the common name of new subjects.

    `opening` is the subject that a unit would open, None if the action opens none.
    """

    number: int
    action: Action
    subject: str
    opening: Subject | None = None

    @property
    def most(self) -> int | None:
        """The most units of the action at this site, None if there is no limit."""
        limits = [n for n in (self.action.most, self.action.most_each) if n is not None]
        return min(limits) if limits else None


class Forecast:
    """The facts of every year up to the end of the plan if nothing is done. `years` are planned for, `ahead` are unreported."""

    def __init__(self, plan: Plan, facts: Facts, costs: Costs, first: int) -> None:
        self.plan = plan
        self.costs = costs
        self.first = first
        self.base = facts.years[-1]
        self.root = facts.sheets[0].subject
        self.years = tuple(range(first, plan.last + 1))
        self.ahead = tuple(range(self.base + 1, plan.last + 1))
        self.facts = self._carry_forward(facts)
        self.tables: Tables = build_tables(self.facts)
        self._subjects: dict[tuple[str, int], list[Subject]] = {}
        self._absent: dict[tuple[str, int], frozenset[str]] = {}
        self._values: dict[tuple[str, str, str, int], Fraction | None] = {}

    def _carry_forward(self, facts: Facts) -> Facts:
        latest = [sheet for sheet in facts.sheets if sheet.year == self.base]
        future = [replace(sheet, year=year) for year in self.ahead for sheet in latest]
        carried = replace(facts, sheets=(*facts.sheets, *future))
        stated = {place: value for place, value in self.costs.flows.items() if value is not None}
        changes: list[Change] = []
        if stated:
            listed = _list_names(facts, self.base)
            location = Location(self.costs.file)
            changes = [
                Change(self.root, kind, name, year, measure, value, location)
                for (kind, measure), value in stated.items()
                for name in listed.get(kind, ())
                for year in self.ahead
            ]
        return apply_changes(carried, Changes(changes)) if changes else carried

    def subjects(self, kind: str, year: int) -> list[Subject]:
        """Return the subjects of a kind in a year, unlisted ones included; without those that actions may open."""
        place = (kind, year)
        if place not in self._subjects:
            self._subjects[place] = self._read_subjects(kind, year)
        return self._subjects[place]

    def was_absent(self, kind: str, name: str, year: int) -> bool:
        """Whether a subject of the latest sheet was not there in a year: all that there were are listed, without it."""
        place = (kind, year)
        if place not in self._absent:
            names = self.measured.frame(kind)["@name"]
            self._absent[place] = frozenset(names.filter(self.measured.was_absent(kind, year)))
        return name in self._absent[place]

    def _read_subjects(self, kind: str, year: int) -> list[Subject]:
        frame = self.tables.frames[kind].filter(pl.col("@year") == year)
        path = self.plan.kinds[kind].path
        columns = [f"@{above}" for above in path[1:]]
        subjects = []
        for name, weight, row, *above in frame.select("@name", "@weight", "@row", *columns).iter_rows():
            known = [(k, n) for k, n in zip(path[1:], above, strict=True) if n is not None]
            top = [(path[0], self.root)] if path else []
            subjects.append(Subject(kind, name, (*top, *known), weight, row != NO_ROW))
        return subjects

    def value(self, kind: str, name: str, measure: str, year: int) -> Fraction | None:
        """Return a figure of a subject if nothing is done, None if it is not known."""
        place = (kind, name, measure, year)
        if place not in self._values:
            index = self.tables.index.get((kind, year, self.root, name)) if name else None
            fact = None if index is None else self.tables.fact(kind, index, measure)
            self._values[place] = None if fact is None else fact.value
        return self._values[place]

    @cached_property
    def measured(self) -> Measured:
        """The figures of the latest sheet, for the conditions of actions."""
        return Measured(self.tables, self.base)


def _list_names(facts: Facts, year: int) -> dict[str, list[str]]:
    names: dict[str, dict[str, None]] = {}
    for sheet in (s for s in facts.sheets if s.year == year):
        for part in sheet.parts:
            names.setdefault(part.kind, {}).update(dict.fromkeys(part.names()))
    return {kind: list(found) for kind, found in names.items()}


def check_sheets(facts: Facts, plan: Plan, first: int | None) -> int:
    """Return the first year to plan for. Raises `Refused` if the sheets leave no year, or are about several roots."""
    roots = sorted({sheet.subject for sheet in facts.sheets})
    if not roots:
        raise Refused([Problem("no-sheets", Location("—"), {"expected": "*.facts.yaml"})])
    if len(roots) > 1:
        details = {"found": tuple(roots[:12])}
        raise Refused([Problem("costs.several-roots", facts.sheets[0].location, details)])
    latest = facts.years[-1]
    start = latest + 1 if first is None else first
    if start <= latest:
        raise Refused([Problem("costs.year-reported", Location("--from"), {"found": start, "expected": latest + 1})])
    if start > plan.last:
        raise Refused([Problem("costs.plan-over", Location("--from"), {"found": start, "last": plan.last})])
    return max(start, plan.first)


def find_sites(forecast: Forecast, problems: Problems) -> tuple[Site, ...]:
    """Return every site, in the order of the costs file. Notes actions that no subject fits or that change nothing."""
    found: list[Site] = []
    for action in forecast.costs.actions.values():
        for name, opening in _find_subjects(forecast, action, problems):
            found.append(Site(len(found), action, name, opening))
    return tuple(found)


def _find_subjects(forecast: Forecast, action: Action, problems: Problems) -> list[tuple[str, Subject | None]]:
    subjects = [p for p in forecast.subjects(action.kind, forecast.base) if p.listed]
    names = {p.name: p for p in subjects}
    if action.opens:
        return _name_opening(forecast, action, names, problems)
    if action.kind == forecast.plan.root.id:
        if action.subject is not None and action.subject != forecast.root:
            _note_unknown_subject(action, action.subject, [forecast.root], problems)
            return []
        chosen = [forecast.root]
    elif action.subject is not None:
        if action.subject not in names:
            _note_unknown_subject(action, action.subject, list(names), problems)
            return []
        chosen = [action.subject]
    else:
        chosen = _select_subjects(forecast, action, names)
        if not chosen:
            problems.add("costs.nobody", action.location, found=action.id)
            return []
    useful = [name for name in chosen if _has_effect(forecast, action, name)]
    if not useful:
        problems.add("costs.changes-nothing", action.location, found=action.id)
        return []
    able = [name for name in useful if _in_range(forecast, action, name)]
    if not able:
        problems.add("costs.out-of-range", action.location, found=action.id)
    return [(name, None) for name in able]


def _note_unknown_subject(action: Action, found: str, names: list[str], problems: Problems) -> None:
    expected = tuple(names[:12])
    problems.add("costs.no-subject", action.location, found=found, nearest=nearest(found, names), expected=expected)


def _name_opening(
    forecast: Forecast, action: Action, names: Mapping[str, Subject], problems: Problems
) -> list[tuple[str, Subject | None]]:
    opens = action.opens
    assert opens is not None
    path = forecast.plan.kinds[opens.kind].path
    above: tuple[tuple[str, str], ...] = ((path[0], forecast.root),)
    if opens.parent is not None:
        within = {p.name: p for p in forecast.subjects(path[-1], forecast.base) if p.name}
        if opens.parent not in within:
            _note_unknown_subject(action, opens.parent, list(within), problems)
            return []
        above = (*within[opens.parent].above, (path[-1], opens.parent))
    register = forecast.plan.kinds[opens.kind].register
    taken = {*names, *(register.names if register else ())}
    if any(f"{opens.name}{number}" in taken for number in range(1, (action.most or action.most_each or 1) + 1)):
        problems.add("costs.name-taken", action.location, found=opens.name)
        return []
    return [(opens.name, Subject(opens.kind, opens.name, above))]


def _select_subjects(forecast: Forecast, action: Action, names: Mapping[str, Subject]) -> list[str]:
    if action.where is None:
        return list(names)
    frame = forecast.measured.frame(action.kind)
    holds = forecast.measured.decide(action.kind, action.where).fill_null(value=False)
    return [name for name in frame["@name"].filter(holds) if name in names]


def _has_effect(forecast: Forecast, action: Action, name: str) -> bool:
    if action.adds:
        return True
    now = {m: forecast.value(action.kind, name, m, forecast.plan.last) for m in action.sets}
    return any(now[m] != value for m, value in action.sets.items())


def _in_range(forecast: Forecast, action: Action, name: str) -> bool:
    """Whether a single unit keeps every figure within the range of its measure, such as no negative beds."""
    for measure, amount in action.adds.items():
        known = forecast.plan.measures[action.kind, measure]
        now = forecast.value(action.kind, name, measure, forecast.plan.last)
        if now is not None and known.low is not None and amount < 0 and now + amount < known.low:
            return False
        if now is not None and known.high is not None and amount > 0 and now + amount > known.high:
            return False
    return True


Starts = Mapping[tuple[int, int], int]  # number of units that begin, by site and year


def carry_out(forecast: Forecast, sites: Sequence[Site], begun: Starts) -> Facts:
    """Return the facts of the years to come with a programme carried out."""
    changes: list[Change] = []
    opened: list[OpenedSubject] = []
    totals: dict[tuple[FigureKey, int], Fraction] = {}
    fixed: dict[tuple[FigureKey, int], Fraction] = {}
    names = name_opened(sites, begun)
    for (number, year), units in sorted(begun.items(), key=lambda item: (item[0][1], item[0][0])):
        site = sites[number]
        action, effect = site.action, year + site.action.lead
        if not units:
            continue
        later = [y for y in forecast.ahead if y >= effect]
        for measure, amount in action.adds.items():
            flow = (action.kind, measure) in forecast.costs.flows
            for y in [effect] if flow else later:
                place = ((action.kind, site.subject, measure), y)
                totals[place] = totals.get(place, Fraction(0)) + amount * units
        for measure, value in action.sets.items():
            fixed.update({((action.kind, site.subject, measure), y): value for y in later})
        if action.opens:
            for name in names[number, year]:
                opened += [
                    OpenedSubject(
                        forecast.root,
                        action.opens.kind,
                        name,
                        y,
                        action.opens.parent,
                        action.opens.values,
                        action.location,
                    )
                    for y in later
                ]
    for (kind, name, measure), year in {**totals, **fixed}:
        before = fixed.get(((kind, name, measure), year), forecast.value(kind, name, measure, year))
        if before is None:
            continue  # the value that it is added to is not known
        value = before + totals.get(((kind, name, measure), year), Fraction(0))
        changes.append(Change(forecast.root, kind, name, year, measure, value, Location(forecast.costs.file)))
    if not changes and not opened:
        return forecast.facts
    return apply_changes(forecast.facts, Changes(changes, opened))


def name_opened(sites: Sequence[Site], begun: Starts) -> dict[tuple[int, int], list[str]]:
    """Return the names of the subjects that each site opens in each year, numbered in the order they begin."""
    found: dict[tuple[int, int], list[str]] = {}
    numbers: dict[str, int] = {}
    for (number, year), units in sorted(begun.items(), key=lambda item: (item[0][1], item[0][0])):
        opens = sites[number].action.opens
        if opens:
            before = numbers.get(opens.name, 0)
            found[number, year] = [f"{opens.name}{before + n}" for n in range(1, units + 1)]
            numbers[opens.name] = before + units
    return found


def find_changes(sites: Iterable[Site]) -> dict[FigureKey, list[Site]]:
    """Return, for each figure that some action changes, the sites that change it."""
    found: dict[FigureKey, list[Site]] = {}
    for site in sites:
        for measure in (*site.action.adds, *site.action.sets):
            found.setdefault((site.action.kind, site.subject, measure), []).append(site)
    return found
