"""The parts of a condition that do not hold, in words: what was asked for, and not the opposite of it."""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.base.messages import join_list, say
from dabiao.engine.results import Finding
from dabiao.reports.plan_page import Words
from dabiao.rules import expressions as x
from dabiao.rules.algebra import And, Condition, conjuncts
from dabiao.rules.model import Plan


def unmet_text(finding: Finding, plan: Plan, lang: str) -> str:
    """Write the parts of a condition that do not hold as the plan asks for them; a yes that is asked for by its title."""
    commitment = finding.commitment
    source = commitment.wording.holds
    if source is None or commitment.holds is None:
        return ""
    words = Words(plan, lang, commitment.kind)
    parts = [
        words.part(tree)
        for tree, condition in _list_parts(x.parse_expression(source), commitment.holds)
        if any(one in finding.unmet_parts for one in conjuncts(condition))
    ]
    return join_list(dict.fromkeys(parts), lang, "clauses") or say("report.unknown", lang)


def _list_parts(tree: x.Tree, condition: Condition) -> Iterator[tuple[x.Tree, Condition]]:
    """Iterate over the parts that a written condition joins by `and`, each with what it means."""
    if isinstance(tree, x.Logic) and tree.operator == "and" and isinstance(condition, And):
        for operand, part in zip(tree.operands, condition.conditions, strict=True):
            yield from _list_parts(operand, part)
    else:
        yield tree, condition
