"""What follows from findings by the written rules of a plan, joined one by one: a second opinion on the rule engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from dabiao.rules import written as w
from dabiao.rules.comparators import KEYS
from dabiao.trials.waivers import Judged, Path

Reasons = frozenset[tuple[str, str]]
"""The commitments and consequences from which something follows, each with the name of its subject."""

_FOLLOWS = "follows"  # no verdict


def list_tests(text: w.Plan) -> Iterator[w.Commitment]:
    """Iterate over the conditions on measures of rules, each as a commitment that is due every year."""
    for rule in text.consequences:
        for number, c in enumerate(rule.when):
            if c.measure or c.holds:
                yield w.Commitment(
                    location=c.location, id=name_test(rule, number), title=rule.title, each=c.each, where=c.where,
                    cite=rule.cite or w.Cite(location=c.location, section="", phrase=""),
                    measure=c.measure, holds=c.holds, due=w.Due("every_year", None, None, c.location),
                    **{name: getattr(c, name) for name in KEYS},
                )  # fmt: skip


def name_test(rule: w.Consequence, number: int) -> str:
    """Return the name of a condition on measures, by its place in the rule."""
    return f"{rule.id}.{number + 1}"


def follow(text: w.Plan, findings: Iterable[Judged], apart: Collection[str] = ()) -> dict[tuple[str, Path], Reasons]:
    """Return what follows from findings, with all it follows from, by rule and subject.

    Where a condition on measures holds, that is a finding of it (see `list_tests`) that is met. What is `apart` follows
    only from conditions that name it.
    """
    rules = _Rules(text, apart)
    known = list(findings)
    followed: dict[tuple[str, Path], Reasons] = {}
    while True:
        now = rules.apply([*known, *(Judged(rule, path, _FOLLOWS) for rule, path in followed)])
        if now == followed:
            return followed
        followed = now


class _Rules:
    """The written rules of a plan."""

    def __init__(self, text: w.Plan, apart: Collection[str]) -> None:
        self._apart = apart
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
                met = [[one for one in known if self._meets(one, rule, n, place)] for n in range(len(rule.when))]
                if all(met):
                    found[rule.id, place] = frozenset((one.commitment, one.path[-1][1]) for part in met for one in part)
        return found

    def _meets(self, one: Judged, rule: w.Consequence, number: int, place: Path) -> bool:
        """Whether a finding or a consequence meets a condition of a rule that falls on a subject."""
        condition = rule.when[number]
        kind: str | None = None
        if condition.consequence:
            if (one.commitment, one.verdict) != (condition.consequence, _FOLLOWS):
                return False
            kind = self._find_kind(self._rules[condition.consequence])
        elif condition.measure or condition.holds:
            if (one.commitment, one.verdict) != (name_test(rule, number), "met"):
                return False
            kind = condition.each or self._root
        elif condition.commitment:
            if one.commitment != condition.commitment or not self._has_verdict(one, condition):
                return False
            kind = self._find_kind_of_commitment(condition)
        elif one.commitment in self._apart or not self._has_verdict(one, condition):
            return False
        if kind is not None and kind in [k for k, _ in place[:-1]]:  # what befalls a town befalls each home in it
            return one.path == _cut(place, kind)
        return one.path[: len(place)] == place

    def _has_verdict(self, one: Judged, condition: w.Condition) -> bool:
        """Whether a finding has a verdict, and its commitment the nature, that a condition asks for."""
        about = self._commitments.get(one.commitment)
        fits = about is not None and condition.nature in (None, about.nature)
        return fits and one.verdict in (condition.verdict or ("shortfall",))

    def _find_kind(self, rule: w.Consequence) -> str:
        """Return the kind of subject on which a rule falls: as written, else that of its first condition."""
        if rule.for_:
            return rule.for_
        first = rule.when[0]
        if first.consequence:
            return self._find_kind(self._rules[first.consequence])
        return self._find_kind_of_commitment(first) if first.commitment else first.each or self._root

    def _find_kind_of_commitment(self, condition: w.Condition) -> str:
        return self._commitments[str(condition.commitment)].each or self._root

    @property
    def _root(self) -> str:
        return next(kind for kind, above in self._above.items() if above is None)


def _cut(path: Path, kind: str) -> Path:
    """Return a path down to a kind; empty if the subject is not of the kind, nor below it."""
    depth: Mapping[str, int] = {k: number for number, (k, _) in enumerate(path, start=1)}
    return path[: depth[kind]] if kind in depth else ()
