"""Applies scenarios to the facts of one year and to the plan. A scenario that changes nothing is an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

from dabiao.base.problems import Location, Problem, Problems, Refused, name_some, nearest
from dabiao.base.quantities import BadNumber, parse_quantity, quantity_text
from dabiao.base.units import UnknownUnit, parse_unit
from dabiao.engine.measure import Measured
from dabiao.facts.cells import Percentages, check_range, read_value
from dabiao.facts.change import Change, Changes, ClosedSubject, OpenedSubject, apply_changes
from dabiao.facts.formats.yaml_sheet import FactReader
from dabiao.facts.model import Facts
from dabiao.facts.tables import build_tables
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules import written as w
from dabiao.rules.amend import in_force
from dabiao.rules.compile import Scope, compile_condition
from dabiao.rules.diff import diff
from dabiao.rules.lint import cannot_fail, out_of_reach
from dabiao.rules.model import Measure, Plan
from dabiao.rules.references import check_waiver, note_unknown
from dabiao.rules.select import find_commitment
from dabiao.rules.shape import Source
from dabiao.scenarios import written as s
from dabiao.scenarios.steps import Selection, Step, read_steps


@dataclass(frozen=True)
class Variant:
    """A plan and facts after scenarios.

    `moved` has every change of a figure with the value before (None: unknown), `revised` the ids of amendments and the
    waivers that were added, `names` the scenarios.
    """

    plan: Plan
    facts: Facts
    moved: tuple[tuple[Fraction | None, Change], ...] = ()
    opened: tuple[OpenedSubject, ...] = ()
    closed: tuple[ClosedSubject, ...] = ()
    revised: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def apply(variant: Variant, scenario: s.Scenario, year: int, as_of: date) -> Variant:
    """Apply a scenario to a variant. Raises `Refused` with everything wrong with it, or if it changes nothing."""
    problems = Problems()
    after = apply_steps(variant, read_steps(scenario, variant.plan, problems), year, problems)
    problems.refuse()
    after = _apply_subjects(after, scenario, year, problems)
    problems.refuse()
    after = _apply_plan(after, scenario, year, as_of, problems)
    problems.refuse()
    if not differs(variant, after):
        raise Refused([Problem("touches-nothing", scenario.location, {"found": scenario.scenario})])
    return replace(after, names=(*after.names, scenario.scenario))


def differs(before: Variant, after: Variant) -> bool:
    """Return whether two variants differ in a figure, a subject or the text of the plan; `after` was made from `before`."""
    first: dict[tuple[str, ...], Fraction | None] = {}
    last: dict[tuple[str, ...], Fraction | None] = {}
    for old, change in after.moved[len(before.moved) :]:
        place = (change.root, change.kind, change.subject, change.measure)
        first.setdefault(place, old)
        last[place] = change.value
    return first != last or (
        (after.opened, after.closed, after.revised) != (before.opened, before.closed, before.revised)
    )


def apply_steps(variant: Variant, steps: Sequence[Step], year: int, problems: Problems) -> Variant:
    """Apply steps in order, each to the result of the one before. Notes everything wrong with them."""
    for step in steps:
        noted = Problems()  # a wrong value is wrong for every subject picked: noted once
        picked = pick(variant, step.selection, year, noted)
        moved = [pair for figure in picked if (pair := _move(variant, step, figure, year, noted))]
        problems.extend(problem for at, problem in enumerate(noted.found) if problem not in noted.found[:at])
        facts = apply_changes(variant.facts, Changes([change for _, change in moved]))
        variant = replace(variant, facts=facts, moved=(*variant.moved, *moved))
    return variant


@dataclass(frozen=True, slots=True)
class SubjectFigure:
    """The figure of a subject that a step changes: root, name of the subject, and the value before (None: unknown)."""

    root: str
    subject: str
    value: Fraction | None


def pick(variant: Variant, selection: Selection, year: int, problems: Problems) -> list[SubjectFigure]:
    """Return the figures a selection covers. Notes a name or a condition that matches no subject."""
    measured = Measured(build_tables(Facts(variant.plan, variant.facts.sheets)), year)
    kind = selection.measure.kind
    frame = measured.frame(kind)
    root = _find_root(measured, selection.root, selection.location, problems)
    if root is None:
        return []
    listed = (frame["@root"] == root) & (frame["@row"] >= 0)
    if selection.where is not None:
        try:
            condition = compile_condition(selection.where, Scope(kind, variant.plan.kinds, variant.plan.measures))
        except Refused as refused:
            problems.extend(refused.problems)
            return []
        holds = measured.decide(kind, condition)
        if unsure := frame.filter(listed & holds.is_null())["@name"].to_list():
            problems.add(
                "unsure-subjects", selection.where.location, found=selection.where.text, names=tuple(unsure[:5])
            )
        listed = listed & holds.fill_null(value=False)
    names = frame.filter(listed)["@name"].to_list()
    wanted = root if kind == variant.plan.root.id and selection.subject is None else selection.subject
    if wanted is not None and wanted not in names:
        problems.add("unknown-subject", selection.location, found=wanted, kind=kind, nearest=nearest(wanted, names))
        return []
    if not names:
        text = selection.where.text if selection.where else kind
        problems.add(
            "nobody-matches", selection.where.location if selection.where else selection.location, found=text, kind=kind
        )
    rows = listed.arg_true().to_list()
    return [
        SubjectFigure(root, name, _find_value(measured, kind, row, selection.measure))
        for name, row in zip(names, rows, strict=True) if wanted in (None, name)
    ]  # fmt: skip


def _find_value(measured: Measured, kind: str, row: int, measure: Measure) -> Fraction | None:
    fact = measured.tables.fact(kind, measured.frame(kind)["@index"][row], measure.id)
    return fact.value if fact else None


def _find_root(measured: Measured, name: str | None, location: Location, problems: Problems) -> str | None:
    roots = measured.frame(measured.plan.root.id)["@name"].unique(maintain_order=True).to_list()
    if name is None and len(roots) == 1:
        return str(roots[0])
    if name is None:
        problems.add("which-root", location, expected=name_some(roots))
    elif name not in roots:
        problems.add("unknown-subject", location, found=name, kind=measured.plan.root.id, nearest=nearest(name, roots))
    else:
        return name
    return None


def _move(
    variant: Variant, step: Step, figure: SubjectFigure, year: int, problems: Problems
) -> tuple[Fraction | None, Change] | None:
    measure = step.selection.measure
    if figure.value is None and step.verb != "set" and not measure.steps:
        problems.add("nothing-to-change", step.location, found=step.verb, measure=measure.title, subject=figure.subject)
        return None
    value = compute_value(step, figure.value, variant.plan.percentages, problems)
    if value is None:
        return None
    raw = step.text if step.verb == "set" else ""
    return figure.value, Change(figure.root, measure.kind, figure.subject, year, measure.id, value, step.location, raw)


def compute_value(
    step: Step, before: Fraction | None, percentages: Percentages | None, problems: Problems
) -> Fraction | None:
    """Return the value after a step, in base units; None after noting what is wrong. Only `set` accepts no `before`."""
    measure = step.selection.measure
    if step.verb == "set":
        return read_value(step.text, measure, step.location, problems, percentages)
    if measure.steps:
        problems.add("only-set", step.location, found=step.verb, measure=measure.title)
        return None
    assert before is not None
    value = _add(step, before, percentages, problems) if step.verb == "add" else _scale(step, before, problems)
    if value is None:
        return None
    return check_range(value, quantity_text(value, measure.unit), measure, step.location, problems)


def _add(step: Step, before: Fraction, percentages: Percentages | None, problems: Problems) -> Fraction | None:
    """Return the value with an amount added, which may be negative; to a percentage, points are added: 5 百分点 or 5 %."""
    measure = step.selection.measure
    free = replace(measure, low=None, high=None)
    text = step.text
    if measure.unit.is_percentage and not measure.unit.is_points and text.strip().endswith(("百分点", "pp")):
        points = parse_unit("百分点")
        free = replace(free, unit=points, dimension=points.dimension)
    amount = read_value(text, free, step.location, problems, percentages)
    return None if amount is None else before + amount


def _scale(step: Step, before: Fraction, problems: Problems) -> Fraction | None:
    """Return the value multiplied by a factor; whole things are rounded to the nearest, half up."""
    try:
        factor = parse_quantity(step.text)
    except (BadNumber, UnknownUnit):
        factor = None
    if (
        factor is None
        or factor.scale > 1
        or (factor.unit is not None and factor.unit.symbol != "%")
        or factor.number < 0
    ):
        problems.add("bad-factor", step.location, found=step.text)
        return None
    value = before * factor.number * (factor.unit.factor if factor.unit else 1)
    return Fraction(floor(value + Fraction(1, 2))) if step.selection.measure.whole else value


def _apply_subjects(variant: Variant, scenario: s.Scenario, year: int, problems: Problems) -> Variant:
    if not scenario.opens and not scenario.closes:
        return variant
    measured = Measured(build_tables(Facts(variant.plan, variant.facts.sheets)), year)
    plan = variant.plan
    names = {
        kind: measured.frame(kind).filter(measured.frame(kind)["@row"] >= 0)["@name"].to_list() for kind in plan.kinds
    }
    reader = FactReader(Vocabulary(plan), plan.percentages, problems)
    opened: list[OpenedSubject] = []
    for item in scenario.opens:
        row, root = reader.row(item), _find_root(measured, item.root, item.location, problems)
        if row is None or root is None:
            continue
        if row.name in names[row.kind]:
            problems.add("subject-exists", item.place("name"), found=row.name, kind=row.kind)
        above = plan.kinds[row.kind].parent or ""
        if row.parent is not None and row.parent not in names[above]:
            problems.add(
                "unknown-parent",
                item.place("in"),
                found=row.parent,
                nearest=nearest(row.parent, names[above]),
                kind=above,
            )
        values = {name: fact.value for name, fact in row.facts.items() if fact.value is not None}
        opened.append(OpenedSubject(root, row.kind, row.name, year, row.parent, values, item.location))
        names[row.kind].append(row.name)
    closed: list[tuple[ClosedSubject, Location]] = []
    for gone in scenario.closes:
        root = _find_root(measured, gone.root, gone.location, problems)
        if gone.kind not in plan.kinds or plan.kinds[gone.kind].parent is None:
            note_unknown(
                problems, "unknown-kind", gone.place("kind"), gone.kind, [k.id for k in plan.kinds.values() if k.parent]
            )
        elif gone.name not in names[gone.kind]:
            hint = nearest(gone.name, names[gone.kind])
            problems.add("unknown-subject", gone.place("name"), found=gone.name, kind=gone.kind, nearest=hint)
        elif root is not None:
            closed.append((ClosedSubject(root, gone.kind, gone.name, year), gone.place("name")))
    if problems.errors:
        return variant
    facts = apply_changes(variant.facts, Changes(opened=opened))
    for old, location in closed:
        try:
            facts = apply_changes(facts, Changes(closed=[old]))
        except KeyError:  # named twice, or it lay in one that was closed before
            problems.add("closed-already", location, found=old.subject, kind=old.kind)
    gone_ones = (old for old, _ in closed)
    return replace(variant, facts=facts, opened=(*variant.opened, *opened), closed=(*variant.closed, *gone_ones))


def _apply_plan(variant: Variant, scenario: s.Scenario, year: int, as_of: date, problems: Problems) -> Variant:
    for waiver in scenario.waivers:
        check_waiver(waiver, variant.plan.commitments, variant.plan.first, variant.plan.last, problems)
        if waiver.year == year and (commitment := variant.plan.commitments.get(waiver.commitment)):
            measured = Measured(build_tables(Facts(variant.plan, variant.facts.sheets)), year)
            names = measured.frame(commitment.kind)["@name"].to_list()
            if waiver.subject not in names:
                place, hint = waiver.place("subject"), nearest(waiver.subject, names)
                problems.add("unknown-subject", place, found=waiver.subject, kind=commitment.kind, nearest=hint)
    stated = {c.id for c in in_force(variant.plan, as_of).commitments.values() if c.stages}
    for change in scenario.changes:
        if change.commitment in stated and not change.staged and not change.due and (change.at_least or change.at_most):
            problems.add("due-of-staged", change.location, found=change.commitment)
    known = {amendment.id: amendment.location.line for amendment in variant.plan.amendments}
    for amendment in scenario.amendments:
        if amendment.id in known:
            problems.add("duplicate-id", amendment.place("id"), found=amendment.id, first=known[amendment.id])
        if amendment.effective > as_of:
            details = {"found": amendment.id, "date": amendment.effective, "as_of": as_of}
            problems.add("amendment-not-in-force", amendment.place("effective"), **details)
    if problems.errors:
        return variant
    amendments = scenario.amendments
    if scenario.changes:
        now = w.Amendment(
            location=scenario.location, id=scenario.scenario, effective=as_of, authority=scenario.scenario,
            changes=scenario.changes,
        )  # fmt: skip
        amendments = (*amendments, now)
    return apply_text(variant, amendments, scenario.waivers, as_of)


def apply_text(
    variant: Variant, amendments: Sequence[w.Amendment], waivers: Sequence[w.Waiver], as_of: date
) -> Variant:
    """Add amendments (after those of the plan) and waivers; return the same variant if the text in force does not change.

    Raises `Refused` if the amended text has errors, or a target that every value or no value satisfies.
    """
    if not amendments and not waivers:
        return variant
    old = in_force(variant.plan, as_of)
    plan = variant.plan.with_amendments(tuple(amendments)).with_waivers(tuple(waivers))
    new = in_force(plan, as_of)
    _refuse_senseless(old, new, amendments)
    if not waivers and not any(found.about == "commitment" for found in diff(old, new)):
        return variant
    revised = [a.id for a in amendments] + [f"{x.commitment} · {x.subject}" for x in waivers]
    return replace(
        variant, plan=plan, facts=Facts(plan, variant.facts.sheets, variant.facts.notes), revised=(*variant.revised, *revised)
    )  # fmt: skip


def _refuse_senseless(old: Plan, new: Plan, amendments: Sequence[w.Amendment]) -> None:
    """Refuse new targets that every value or no value satisfies: a share of 101 %, at least -5 %."""
    names = {change.commitment for amendment in amendments for change in amendment.changes}
    before, after = (
        [
            problem
            for rule in (out_of_reach, cannot_fail)
            for problem in rule(replace(plan, commitments={k: c for k, c in plan.commitments.items() if k in names}))
        ]
        for plan in (old, new)
    )
    known = [problem.details for problem in before]
    if found := [replace(problem, severity="error") for problem in after if problem.details not in known]:
        raise Refused(found)


def parse_targets(texts: Sequence[str], plan: Plan) -> tuple[w.Change, ...]:
    """Read `--target COMMITMENT=VALUE` texts: the comparator stays, the value replaces its target. Raises `Refused`."""
    found: list[Problem] = []
    changes = []
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        location = Location("--target")
        try:
            commitment = find_commitment(plan, name, str(location))
        except Refused as refused:
            found += refused.problems
            continue
        if not value or len(commitment.bounds) != 1 or commitment.stages or commitment.direction:
            found.append(Problem("bad-target", location, {"found": text}))
            continue
        test: dict[str, Any] = {commitment.bounds[0].comparator: Source(value, location, spread=True)}
        changes.append(w.Change(location=location, commitment=commitment.id, **test))
    if found:
        raise Refused(found)
    return tuple(changes)
