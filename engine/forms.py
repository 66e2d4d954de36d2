"""The service `template`: the form for a plan and a year, with what the plan expects of each figure beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dabiao.base.problems import Listing, Term
from dabiao.engine.pace import expected
from dabiao.engine.requirement import requirement_of
from dabiao.facts.template.form import Aim, Form, TemplateRequest, make_form
from dabiao.facts.template.uses import Place
from dabiao.rules.algebra import Leaf
from dabiao.rules.bounds import find_stated, is_single_figure, list_targets, number_text, target_text
from dabiao.rules.comparators import loosened, meets
from dabiao.rules.model import Bound, Commitment, Measure, Plan

_MOST = 2  # targets that are told of one measure


def template(request: TemplateRequest) -> Form:
    """Lay out the form. Raises `Refused` as `make_form` does, and for a plan that cannot be used."""
    form = make_form(
        request.load_plan(), request.year, request.subject, request.last, request.blank,
        select=request.select, tiers=request.tiers, offices=request.owner,
    )  # fmt: skip
    lines = [
        *(line for group in form.chapters.values() for line in group),
        *(line for register in form.registers for line in register.lines),
    ]
    aims = {
        (line.measure.kind, line.measure.id): find_aim(form.plan, form.year, line.measure, line.commitments)
        for line in lines
    }
    return replace(form, aims={place: aim for place, aim in aims.items() if aim != Aim()})


def find_aim(plan: Plan, year: int, measure: Measure, commitments: Iterable[Commitment]) -> Aim:
    """Return what commitments expect of a measure: of itself, or where none looks at it alone, of what it is part of."""
    judged = [
        c for c in commitments if c.value is not None and c.id in plan.commitments and next(list_targets(c), None)
    ]
    own = [c for c in judged if _looked_at(c) == (measure.kind, measure.id)]
    chosen = _first_alike(own) or _first_alike(judged)  # a table and a text often say the same
    targets = [
        _target(c, measure) if own else Term("template.aim", {"title": c.title, "target": _target(c)}) for c in chosen
    ]
    by_now = [text for c in chosen if own and (text := _expected(plan, c, year, measure))]
    return Aim(_join(by_now), _join(targets), bool(own))


def _first_alike(commitments: Iterable[Commitment]) -> list[Commitment]:
    """Return commitments, of those with one target and value only the first."""
    found: dict[object, Commitment] = {}
    for c in commitments:
        bounds, _ = list(list_targets(c))[-1]
        asked = tuple((bound.operator, bound.target.form) for bound in bounds)
        found.setdefault((c.value.form if c.value else None, asked), c)
    return list(found.values())


def _join(parts: list[object]) -> object:
    shown = parts[:_MOST]
    if not shown:
        return ""
    return shown[0] if len(shown) == 1 else Listing(tuple(shown), "clauses")


def _looked_at(c: Commitment) -> Place | None:
    """Return the one measure whose figure of the year, or whose figures so far, a commitment is about."""
    single = c.value.form.single if c.value else None
    if is_single_figure(c) or (isinstance(single, Leaf) and single.time == "total"):
        assert isinstance(single, Leaf)
        return single.kind, single.measure
    return None


def _target(c: Commitment, measure: Measure | None = None) -> object:
    """Return the last target of a commitment, of its own measure in the unit of that."""
    bounds, _ = list(list_targets(c))[-1]
    text = _write(c, bounds, measure) if measure else target_text(c, bounds)
    return Term("template.total", {"target": text}) if measure and not is_single_figure(c) else text


def _write(c: Commitment, bounds: Sequence[Bound], measure: Measure) -> object:
    """Write bounds as the form wants the figures: in the unit of the measure."""
    return target_text(replace(c, unit=measure.unit), bounds)


def _expected(plan: Plan, c: Commitment, year: int, measure: Measure) -> object:
    """Return the value expected by the end of a year, empty where the plan has no path with numbers."""
    one = requirement_of(c, plan, year)
    if not is_single_figure(c) or len(one.bounds) != 1 or one.phase == "before":
        return ""
    (bound,) = one.bounds
    target = bound.target.form.number
    if target is None:
        return ""
    if one.phase == "judged":
        return _write(c, one.bounds, measure) if c.due is not None and c.due.kind != "after" else ""
    start = find_stated(plan, one.start)
    if start is None or one.elapsed is None:
        return ""
    operator, target = bound.asked(target)
    if not meets(start, loosened(operator), target):
        target = expected(start, target, one.share, c.path)
    return number_text(replace(c, unit=measure.unit), target)
