"""The parts of a condition that do not hold, in words: what was asked for, and not the opposite of it."""

from __future__ import annotations

from dabiao.base.messages import join_list, say
from dabiao.engine.results import Finding
from dabiao.rules.algebra import conjuncts
from dabiao.rules.model import Plan
from dabiao.rules.wording import Words


def unmet_text(finding: Finding, plan: Plan, lang: str) -> str:
    """Write the parts of a condition that do not hold as the plan asks for them; a yes that is asked for by its title."""
    commitment = finding.commitment
    words = Words(plan, lang, commitment.kind)
    parts = [
        words.part(tree)
        for tree, condition in commitment.wording.parts
        if any(one in finding.unmet_parts for one in conjuncts(condition))
    ]
    return join_list(dict.fromkeys(parts), lang, "clauses") or say("report.unknown", lang)
