"""What the forms of one submitter asked for, where they were confined to some tiers of a plan."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dabiao.facts.model import Sheet
from dabiao.facts.template.uses import find_kinds, find_uses
from dabiao.facts.together import merge_parts
from dabiao.rules.amend import in_force
from dabiao.rules.model import Plan

# kind, root and subject, measure: the commitments that ask for it
Asking = Mapping[str, Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What forms that were confined to some tiers asked for: figures, kinds, and the commitments that need them."""

    tiers: tuple[str, ...]
    uses: Container[tuple[str, str]]
    kinds: Container[str]
    commitments: Container[str]

    def narrow(self, asking: Asking, root: str) -> Asking:
        """Return what is asked of one root and its subjects within the scope."""
        return {
            kind: {
                subject: {
                    measure: tuple(one for one in by if one in self.commitments)
                    for measure, by in asked.items()
                    if (kind, measure) in self.uses
                }
                for subject, asked in subjects.items()
                if subject[0] == root
            }
            for kind, subjects in asking.items()
        }

    def count_outside(self, asking: Asking, sheets: Sequence[Sheet], plan: Plan) -> int:
        """Count the figures of the plan that lie outside and of which sheets tell nothing, each once for a kind."""
        root = sheets[0].subject
        found = 0
        for kind, subjects in asking.items():
            rows = [measures for subject, measures in subjects.items() if subject[0] == root]
            asked = {measure for measures in rows for measure in measures} if rows else set(plan.reported(kind))
            told = {
                measure
                for part in merge_parts(sheets, kind)
                for answer in part.answers(asked)
                for measure in (*answer.reported, *answer.absent)
            }
            found += sum((kind, measure) not in self.uses for measure in asked - told)
        return found


def find_scope(sheets: Sequence[Sheet], plan: Plan) -> Scope | None:
    """Return the scope of the forms on which sheets came; None if one of them asked for the whole plan, or nobody knows."""
    if not all(sheet.tiers for sheet in sheets):
        return None
    plan = in_force(plan, date(sheets[0].year, 12, 31))
    tiers = tuple(dict.fromkeys(tier for sheet in sheets for tier in sheet.tiers))
    chosen = [one for one in plan.commitments.values() if one.tier in tiers]
    return Scope(tiers, find_uses(plan, chosen), find_kinds(plan, chosen), {one.id for one in chosen})
