"""Budgets as one JSON document: amounts in yuan and figures in base units, as exact texts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from dabiao.base.quantities import decimal_text
from dabiao.budget.results import Budget, Change, Member, Price, PricedCommitment, Step
from dabiao.reports.budget import counts, member_text

FORMAT = 2  # version of the document


def as_json(budget: Budget, lang: str) -> dict[str, Any]:
    """Return everything as plain values; amounts in yuan as exact texts."""
    limits = budget.limits
    return {
        "format": FORMAT,
        "plan": budget.plan.id,
        "subject": budget.root,
        "base_year": budget.base,
        "years": list(budget.years),
        "illustrative": budget.costs.illustrative,
        "synthetic": budget.synthetic,
        "status": budget.status,
        "gap": None if budget.gap is None else _number(budget.gap),
        "unproven": _unproven_document(budget),
        "limit": None if limits.total is None else _number(limits.total),
        "limit_by_year": {str(year): _number(amount) for year, amount in limits.by_year.items()},
        "total": _number(budget.total),
        "needed": None if budget.needed is None else _number(budget.needed),
        "by_year": {str(year): {"total": _number(spent), "running": _number(budget.running.get(year, Fraction(0)))}
                    for year, spent in budget.spent.items()},
        "paid": [{"action": action, "year": year, "amount": _number(amount)}
                 for (action, year), amount in budget.paid.items()],
        "actions": [_step_document(step) for step in budget.steps],
        "findings": [_change_document(change) for change in budget.changes],
        "short": [{**_change_document(s.change), "why": s.why, "more": None if s.more is None else _number(s.more)}
                  for s in budget.short],
        "unsupported": [{**_change_document(change), "figures": list(why)} for change, why in budget.unsupported],
        "conflicts": [{"minimal": c.minimal, "members": [_member_document(m, budget, lang) for m in c.members]}
                      for c in budget.conflicts],
        "prices": [_price_document(price) for price in budget.prices],
        "prices_left_out": budget.unpriced,
        "consequences": [{"consequence": f.rule, "year": f.year, "before": f.before, "after": f.after,
                          "change": None if f.change is None else _number(f.change)} for f in budget.following],
        "curve": [{"limit": _number(point.limit), "cost": _number(point.cost), "kept": dict(point.kept)}
                  for point in budget.curve],
        "counts": counts(budget),
        "exit_code": budget.exit_code,
    }  # fmt: skip


def _unproven_document(budget: Budget) -> dict[str, Any] | None:
    if budget.unproven is None:
        return None
    nature, kept, most = budget.unproven
    return {"nature": nature, "kept": _number(kept), "at_most": _number(most)}


def _number(number: Fraction) -> str:
    whole = (number * 10_000).denominator == 1
    return decimal_text(number).replace(",", "") if whole else f"{number.numerator}/{number.denominator}"


def _step_document(step: Step) -> dict[str, Any]:
    return {"action": step.action.id, "subject": step.subject, "year": step.year, "in_effect": step.effect,
            "units": step.units, "opened": list(step.opened)}  # fmt: skip


def _change_document(change: Change) -> dict[str, Any]:
    return {"commitment": change.commitment.id, "year": change.year, "subject": change.subject,
            "before": change.before, "after": change.after, "within_reach": change.within_reach}  # fmt: skip


def _price_document(price: Price) -> dict[str, Any]:
    return {"without": _number(price.without), "commitments": [_priced_document(one) for one in price.members]}


def _priced_document(one: PricedCommitment) -> dict[str, Any]:
    amounts: Mapping[str, Fraction | None] = {"alone": one.alone, "step": one.step, "more": one.more}
    found = {name: None if amount is None else _number(amount) for name, amount in amounts.items()}
    return {"commitment": one.commitment.id, **found, "reachable": one.reachable}


def _member_document(member: Member, budget: Budget, lang: str) -> dict[str, Any]:
    return {
        "commitment": member.commitment.id if member.commitment else None,
        "limit": None if member.commitment else "total" if member.year is None else str(member.year),
        "year": member.year,
        "best": None if member.best is None else _number(member.best),
        "extra": None if member.extra is None else _number(member.extra),
        "text": member_text(member, budget, lang),
    }
