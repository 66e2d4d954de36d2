"""From what was asked to a difference or a sweep: scenarios from files and the command line, over a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.check import check
from dabiao.engine.results import Result
from dabiao.facts.model import Facts
from dabiao.facts.read import read_facts
from dabiao.rules import written as w
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan
from dabiao.scenarios.apply import Variant, apply, retarget, touched, with_steps, with_text
from dabiao.scenarios.difference import Difference, difference, priced
from dabiao.scenarios.steps import parse_sets, read_scenario
from dabiao.scenarios.sweep import Swept, parse_axis, sweep


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What was asked: sheets and a plan, what to compare with, and what to change.

    `baseline` and each of `scenarios` are files to apply one after the other; `sets` and `targets` are texts of the command
    line, applied last. `as_if` takes the figures of the judged year as those of a later one. `costs` is a costs file that
    says what consequences cost, in place of the plan.
    """

    plan: str
    sheets: tuple[Path, ...]
    waivers: Path | None = None
    year: int | None = None
    as_if: int | None = None
    as_of: date | None = None
    select: tuple[str, ...] = ()
    baseline: tuple[Path, ...] = ()
    scenario: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    costs: Path | None = None


@dataclass(frozen=True)
class _Ground:
    """The baseline: plan and facts before the scenario, and the year that is judged."""

    variant: Variant
    year: int
    as_of: date


def what_if(asked: WhatIf) -> Difference:
    """Judge the sheets with and without the changes. Raises `Refused`, also if nothing is changed."""
    ground = _ground(asked)
    after = _changed(asked, ground)
    if after is ground.variant:
        raise Refused([Problem("nothing-asked", Location("what-if"))])
    before, now = (_judged(variant, ground, asked.select) for variant in (ground.variant, after))
    found = difference(after.names, after, before, now)
    return priced(found, _losses(asked.costs, now.plan)) if asked.costs else found


def _losses(path: Path, plan: Plan) -> Mapping[str, Fraction]:
    """Read what consequences cost from a costs file. Raises `Refused` with everything wrong with the file."""
    from dabiao.facts.costs.read import read_costs

    problems = Problems()
    costs = read_costs(path, plan, plan.first, problems)
    problems.refuse()
    return costs.losses if costs else {}


def sweep_through(asked: WhatIf, texts: Sequence[str]) -> Swept:
    """Judge the sheets, with the changes, at every value of one or two figures. Raises `Refused`."""
    if len(texts) > 2:
        raise Refused([Problem("too-many-axes", Location("--sweep"), {"found": len(texts)})])
    ground = _ground(asked)
    variant = _changed(asked, ground)
    return sweep(variant, [parse_axis(text, variant.plan) for text in texts], ground.year, ground.as_of, asked.select)


def _ground(asked: WhatIf) -> _Ground:
    plan = load_plan(asked.plan, asked.waivers)
    facts = read_facts(asked.sheets, plan)
    year = facts.years[-1] if asked.year is None else asked.year
    if asked.as_if is not None:
        facts, year = as_if(facts, year, asked.as_if), asked.as_if
    as_of = asked.as_of or date(year, 12, 31)
    check(
        plan, facts, year=year, as_of=as_of, select=asked.select
    )  # what is refused as it stands is no ground for anything
    variant = Variant(plan, facts)
    for path in asked.baseline:
        variant = apply(variant, read_scenario(path, plan), year, as_of)
    return _Ground(replace(variant, moved=(), opened=(), closed=(), revised=(), names=()), year, as_of)


def _changed(asked: WhatIf, ground: _Ground) -> Variant:
    variant, plan = ground.variant, ground.variant.plan
    for path in asked.scenario:
        variant = apply(variant, read_scenario(path, plan), ground.year, ground.as_of)
    if asked.sets:
        problems = Problems()
        after = with_steps(variant, parse_sets(asked.sets, plan), ground.year, problems)
        problems.refuse()
        if not touched(variant, after):
            raise Refused([Problem("touches-nothing", Location("--set"), {"found": ", ".join(asked.sets)})])
        variant = after
    if asked.targets:
        changes = retarget(asked.targets, variant.plan)
        now = w.Amendment(
            location=Location("--target"),
            id=", ".join(asked.targets),
            effective=ground.as_of,
            authority="--target",
            changes=changes,
        )
        after = with_text(variant, [now], (), ground.as_of)
        if after is variant:
            raise Refused([Problem("touches-nothing", Location("--target"), {"found": ", ".join(asked.targets)})])
        variant = after
    return variant


def _judged(variant: Variant, ground: _Ground, select: tuple[str, ...]) -> Result:
    """Judge a variant. A made-up figure that a data check doubts is judged all the same: it is what was asked."""
    return check(variant.plan, variant.facts, year=ground.year, as_of=ground.as_of, select=select, data_checks=False)


def as_if(facts: Facts, year: int, later: int) -> Facts:
    """Return the facts with those of a year standing for a later one, too: what if nothing more happened until then?

    Raises `Refused` for a year without sheets, one outside the plan, and a later year that has sheets of its own.
    """
    plan = facts.plan
    problems = Problems()
    if year not in facts.years:
        years = ", ".join(map(str, facts.years))
        problems.add("year-not-reported", Location("--year"), found=year, expected=years)
    if not year < later <= plan.last or later in facts.years:
        problems.add("bad-as-if", Location("--as-if"), found=later, first=year + 1, last=plan.last)
    problems.refuse()
    copies = [replace(sheet, year=later) for sheet in facts.sheets if sheet.year == year]
    return replace(facts, sheets=(*facts.sheets, *copies))
