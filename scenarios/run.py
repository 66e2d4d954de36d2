"""The services `what_if`, `sweep` and `seek`."""

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
from dabiao.scenarios.apply import Variant, apply, apply_steps, apply_text, differs, parse_targets
from dabiao.scenarios.difference import WhatIfResult, apply_losses, compare_results
from dabiao.scenarios.requests import SeekRequest, SweepRequest, WhatIfRequest
from dabiao.scenarios.seek import SeekResult, find_ways
from dabiao.scenarios.steps import parse_sets, read_scenario
from dabiao.scenarios.sweep import SweepResult, parse_axis, sweep_variant


@dataclass(frozen=True)
class _Baseline:
    """Plan and facts before the scenario, and the year that is judged; `reported` are the facts and year without `as_if`."""

    variant: Variant
    year: int
    as_of: date
    reported: tuple[Facts, int]


def what_if(request: WhatIfRequest) -> WhatIfResult:
    """Judge the sheets with and without the changes, or if there are none, now and as if nothing changed until a later year.

    Raises `Refused` for wrong inputs, and if nothing is asked.
    """
    baseline = _read_baseline(request)
    after = _apply_changes(request, baseline)
    if after is baseline.variant and request.as_if is None:
        raise Refused([Problem("nothing-asked", Location("what-if"))])
    now = _judge(after, baseline, request.select)
    if after is baseline.variant:
        facts, year = baseline.reported
        before = check(facts.plan, facts, year=year, as_of=request.as_of, select=request.select, data_checks=False)
    else:
        before = _judge(baseline.variant, baseline, request.select)
    found = compare_results(after.names, after, before, now, request.fail_on)
    return apply_losses(found, _read_losses(request.costs, now.plan)) if request.costs else found


def _read_losses(file: File, plan: Plan) -> Mapping[str, Fraction]:
    """Read the costs of consequences from a costs file. Raises `Refused` with everything wrong with the file."""
    problems = Problems()
    costs = read_costs(file, plan, plan.first, problems)
    problems.refuse()
    return costs.losses if costs else {}


def sweep(request: SweepRequest) -> SweepResult:
    """Judge the sheets, with the changes, at every value of one or two figures. Raises `Refused` for wrong inputs."""
    if len(request.sweeps) > 2:
        raise Refused([Problem("too-many-axes", Location("--sweep"), {"found": len(request.sweeps)})])
    baseline = _read_baseline(request)
    variant = _apply_changes(request, baseline)
    axes = [parse_axis(text, variant.plan) for text in request.sweeps]
    return sweep_variant(variant, axes, baseline.year, baseline.as_of, request.select)


def seek(request: SeekRequest) -> SeekResult:
    """Judge the sheets and find the least changes that mend each shortfall. Raises `Refused` as `check` does."""
    plan = request.load_plan()
    facts = read_facts(request.sheets, plan)
    found = find_ways(plan, facts, year=request.year, as_of=request.as_of, select=request.select)
    return replace(found, fail_on=request.fail_on)


def _read_baseline(request: WhatIfRequest) -> _Baseline:
    plan = request.load_plan()
    facts = read_facts(request.sheets, plan)
    year = facts.years[-1] if request.year is None else request.year
    reported = facts, year
    if request.as_if is not None:
        facts, year = carry_forward(facts, year, request.as_if), request.as_if
    as_of = request.as_of or date(year, 12, 31)
    check(plan, facts, year=year, as_of=as_of, select=request.select)  # refuses facts that cannot be judged as they are
    variant = Variant(plan, facts)
    for file in request.baseline:
        variant = apply(variant, read_scenario(file, plan), year, as_of)
    return _Baseline(replace(variant, moved=(), opened=(), closed=(), revised=(), names=()), year, as_of, reported)


def _apply_changes(request: WhatIfRequest, baseline: _Baseline) -> Variant:
    variant, plan = baseline.variant, baseline.variant.plan
    for file in request.scenario:
        variant = apply(variant, read_scenario(file, plan), baseline.year, baseline.as_of)
    if request.sets:
        problems = Problems()
        after = apply_steps(variant, parse_sets(request.sets, plan), baseline.year, problems)
        problems.refuse()
        if not differs(variant, after):
            raise Refused([Problem("touches-nothing", Location("--set"), {"found": tuple(request.sets)})])
        variant = after
    if request.targets:
        changes = parse_targets(request.targets, variant.plan)
        now = w.Amendment(
            location=Location("--target"),
            id=", ".join(request.targets),
            effective=baseline.as_of,
            authority="--target",
            changes=changes,
        )
        after = apply_text(variant, [now], (), baseline.as_of)
        if after is variant:
            raise Refused([Problem("touches-nothing", Location("--target"), {"found": tuple(request.targets)})])
        variant = after
    return variant


def _judge(variant: Variant, baseline: _Baseline, select: tuple[str, ...]) -> Result:
    """Judge a variant, without data checks: a figure that was changed on purpose may fail them."""
    return check(
        variant.plan, variant.facts, year=baseline.year, as_of=baseline.as_of, select=select, data_checks=False
    )


def carry_forward(facts: Facts, year: int, later: int) -> Facts:
    """Return the facts with the sheets of `year` copied to a later year, as if nothing changed until then.

    Raises `Refused` if `year` has no sheets, or if `later` is outside the plan, not later, or has sheets of its own.
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
