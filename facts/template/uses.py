"""Which commitments need a measure: through formulas, conditions and aggregates, down to what sheets report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dabiao.rules.algebra import Count, Leaf, Ratio, Sum, Variable, variables
from dabiao.rules.model import Commitment, Plan

Place = tuple[str, str]  # kind and measure


def uses(plan: Plan) -> dict[Place, tuple[Commitment, ...]]:
    """Return the commitments that use each reported measure, in the order of the plan. What nothing uses is not in it."""
    found: dict[Place, dict[str, Commitment]] = {}
    for commitment in plan.commitments.values():
        for leaf in _leaves(_variables(commitment)):
            found.setdefault((leaf.kind, leaf.measure), {})[commitment.id] = commitment
    return {place: tuple(commitments.values()) for place, commitments in found.items()}


def _variables(commitment: Commitment) -> Iterator[Variable]:
    """Iterate over the variables of everything a commitment says."""
    stages = [bound for stage in commitment.stages for bound in stage.bounds]
    targets = [bound.target.form for bound in (*commitment.bounds, *stages)]
    forms: list[Ratio | None] = [commitment.value.form if commitment.value else None, commitment.baseline, *targets]
    for form in forms:
        if form is not None:
            yield from form.variables
    for condition in (commitment.holds, commitment.where, commitment.due.after if commitment.due else None):
        yield from variables(condition)


def _leaves(found: Iterable[Variable]) -> Iterator[Leaf]:
    for variable in found:
        match variable:
            case Leaf():
                yield variable
            case Sum():
                yield from _leaves(variable.of.variables)
                yield from _leaves(variables(variable.where))
            case Count():
                yield from _leaves(variables(variable.where))
