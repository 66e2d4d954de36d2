"""What follows from findings by the written rules of a plan, joined one by one: a second opinion on the rule engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dabiao.rules import written as w
from dabiao.trials.waivers import Judged, Path

Reasons = frozenset[tuple[str, str]]
"""The commitments and consequences from which something follows, each with the name of its subject."""

_FOLLOWS = "follows"  # no verdict


def follow(text: w.Plan, findings: Iterable[Judged]) -> dict[tuple[str, Path], Reasons]:
    """Return what follows from findings, with all it follows from, by rule and subject."""
    rules = _Rules(text)
    known = list(findings)
    followed: dict[tuple[str, Path], Reasons] = {}
    while True:
        now = rules.apply([*known, *(Judged(rule, path, _FOLLOWS) for rule, path in followed)])
        if now == followed:
            return followed
        followed = now


class _Rules:
    """The written rules of a plan."""

    def __init__(self, text: w.Plan) -> None:
        self._rules = {rule.id: rule for rule in text.consequences}
        self._commitments = {commitment.id: commitment for commitment in text.commitments}
        self._above = {kind.id: kind.in_ for kind in text.subjects}

    def apply(self, known: list[Judged]) -> dict[tuple[str, Path], Reasons]:
        """Return what follows at once from findings and consequences."""
        found: dict[tuple[str, Path], Reasons] = {}
        for rule in self._rules.values():
            kind = self._find_kind(rule)
            places = dict.fromkeys(place for one in known if (place := _cut(one.path, kind)))
            for place in places:
                met = [[one for one in known if self._meets(one, condition, place)] for condition in rule.when]
                if all(met):
                    found[rule.id, place] = frozenset((one.commitment, one.path[-1][1]) for part in met for one in part)
        return found

    def _meets(self, one: Judged, condition: w.Condition, place: Path) -> bool:
        """Whether a finding or a consequence meets a condition of a rule that falls on a subject."""
        if condition.consequence:
            if (one.commitment, one.verdict) != (condition.consequence, _FOLLOWS):
                return False
            kind: str | None = self._find_kind(self._rules[condition.consequence])
        else:
            if one.verdict not in (condition.verdict or ("shortfall",)):
                return False
            about = self._commitments[one.commitment]
            if condition.commitment not in (None, one.commitment) or condition.nature not in (None, about.nature):
                return False
            kind = self._find_kind_of_commitment(condition.commitment) if condition.commitment else None
        if kind is not None and kind in [k for k, _ in place[:-1]]:  # what befalls a town befalls each home in it
            return one.path == _cut(place, kind)
        return one.path[: len(place)] == place

    def _find_kind(self, rule: w.Consequence) -> str:
        """Return the kind of subject on which a rule falls: as written, else that of its first condition."""
        if rule.for_:
            return rule.for_
        first = rule.when[0]
        if first.consequence:
            return self._find_kind(self._rules[first.consequence])
        return self._find_kind_of_commitment(first.commitment)

    def _find_kind_of_commitment(self, name: str | None) -> str:
        each = self._commitments[name].each if name else None
        return each or next(kind for kind, above in self._above.items() if above is None)


def _cut(path: Path, kind: str) -> Path:
    """Return a path down to a kind; empty if the subject is not of the kind, nor below it."""
    depth: Mapping[str, int] = {k: number for number, (k, _) in enumerate(path, start=1)}
    return path[: depth[kind]] if kind in depth else ()
