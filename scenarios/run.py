"""The services `what_if`, `sweep` and `seek`: scenarios from files and texts, over a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from dabiao.base.files import File
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.check import check
from dabiao.engine.results import Result
from dabiao.facts.costs.read import read_costs
from dabiao.facts.model import Facts
from dabiao.facts.read import read_facts
from dabiao.rules import written as w
from dabiao.rules.model import Plan
from dabiao.scenarios.apply import Variant, apply, retarget, touched, with_steps, with_text
from dabiao.scenarios.difference import Difference, difference, priced
from dabiao.scenarios.requests import SeekRequest, SweepRequest, WhatIfRequest
from dabiao.scenarios.seek import Seeking, find_ways
from dabiao.scenarios.steps import parse_sets, read_scenario
from dabiao.scenarios.sweep import Swept, parse_axis, sweep_variant


@dataclass(frozen=True)
class _Ground:
    """The baseline: plan and facts before the scenario, and the year that is judged."""

    variant: Variant
    year: int
    as_of: date


def what_if(request: WhatIfRequest) -> Difference:
    """Judge the sheets with and without the changes. Raises `Refused`, also if nothing is changed."""
    ground = _ground(request)
    after = _changed(request, ground)
    if after is ground.variant:
        raise Refused([Problem("nothing-asked", Location("what-if"))])
    before, now = (_judged(variant, ground, request.select) for variant in (ground.variant, after))
    found = difference(after.names, after, before, now, request.fail_on)
    return priced(found, _losses(request.costs, now.plan)) if request.costs else found


def _losses(file: File, plan: Plan) -> Mapping[str, Fraction]:
    """Read what consequences cost from a costs file. Raises `Refused` with everything wrong with the file."""
    problems = Problems()
    costs = read_costs(file, plan, plan.first, problems)
    problems.refuse()
    return costs.losses if costs else {}


def sweep(request: SweepRequest) -> Swept:
    """Judge the sheets, with the changes, at every value of one or two figures. Raises `Refused`."""
    if len(request.sweeps) > 2:
        raise Refused([Problem("too-many-axes", Location("--sweep"), {"found": len(request.sweeps)})])
    ground = _ground(request)
    variant = _changed(request, ground)
    axes = [parse_axis(text, variant.plan) for text in request.sweeps]
    return sweep_variant(variant, axes, ground.year, ground.as_of, request.select)


def seek(request: SeekRequest) -> Seeking:
    """Judge the sheets and look for the least changes that mend each shortfall. Raises `Refused` as `check` does."""
    plan = request.load_plan(request.waivers)
    facts = read_facts(request.sheets, plan)
    found = find_ways(plan, facts, year=request.year, as_of=request.as_of, select=request.select)
    return replace(found, fail_on=request.fail_on)


def _ground(request: WhatIfRequest) -> _Ground:
    plan = request.load_plan(request.waivers)
    facts = read_facts(request.sheets, plan)
    year = facts.years[-1] if request.year is None else request.year
    if request.as_if is not None:
        facts, year = as_if(facts, year, request.as_if), request.as_if
    as_of = request.as_of or date(year, 12, 31)
    check(
        plan, facts, year=year, as_of=as_of, select=request.select
    )  # what is refused as it stands is no ground for anything
    variant = Variant(plan, facts)
    for file in request.baseline:
        variant = apply(variant, read_scenario(file, plan), year, as_of)
    return _Ground(replace(variant, moved=(), opened=(), closed=(), revised=(), names=()), year, as_of)


def _changed(request: WhatIfRequest, ground: _Ground) -> Variant:
    variant, plan = ground.variant, ground.variant.plan
    for file in request.scenario:
        variant = apply(variant, read_scenario(file, plan), ground.year, ground.as_of)
    if request.sets:
        problems = Problems()
        after = with_steps(variant, parse_sets(request.sets, plan), ground.year, problems)
        problems.refuse()
        if not touched(variant, after):
            raise Refused([Problem("touches-nothing", Location("--set"), {"found": tuple(request.sets)})])
        variant = after
    if request.targets:
        changes = retarget(request.targets, variant.plan)
        now = w.Amendment(
            location=Location("--target"),
            id=", ".join(request.targets),
            effective=ground.as_of,
            authority="--target",
            changes=changes,
        )
        after = with_text(variant, [now], (), ground.as_of)
        if after is variant:
            raise Refused([Problem("touches-nothing", Location("--target"), {"found": tuple(request.targets)})])
        variant = after
    return variant


def _judged(variant: Variant, ground: _Ground, select: tuple[str, ...]) -> Result:
    """Judge a variant. A made-up figure that a data check doubts is judged all the same: it is what was request."""
    return check(variant.plan, variant.facts, year=ground.year, as_of=ground.as_of, select=select, data_checks=False)


def as_if(facts: Facts, year: int, later: int) -> Facts:
    """Return the facts with those of a year standing for a later one, too: what if nothing more happened until then?

    Raises `Refused` for a year without sheets, one outside the plan, and a later year that has sheets of its own.
    """
    plan = facts.plan
    problems = Problems()
    if year not in facts.years:
        years = tuple(facts.years)
        problems.add("year-not-reported", Location("--year"), found=year, expected=years)
    if not year < later <= plan.last or later in facts.years:
        problems.add("bad-as-if", Location("--as-if"), found=later, first=year + 1, last=plan.last)
    problems.refuse()
    copies = [replace(sheet, year=later) for sheet in facts.sheets if sheet.year == year]
    return replace(facts, sheets=(*facts.sheets, *copies))
