"""What follows from findings by the written rules of a plan, joined one by one: a second opinion on the rule engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from dabiao.rules import written as w
from dabiao.trials.oracle import name_conditions
from dabiao.trials.waivers import Judged, Path

Reasons = frozenset[tuple[str, str]]
"""The commitments, consequences and conditions from which something follows, each with the name of its subject."""

HOLDS = "holds"  # no verdict: of a condition on measures
_FOLLOWS = "follows"  # of a consequence


def follow(text: w.Plan, known: Iterable[Judged], efforts: Collection[str] = ()) -> dict[tuple[str, Path], Reasons]:
    """Return what follows from findings and conditions that hold, with all it follows from, by rule and subject.

    `efforts` are the commitments of that tier.
    """
    given = list(known)
    judged = {one.commitment for one in given if one.verdict != HOLDS}
    rules = _Rules(text, {*efforts, *find_restatements(text, judged, efforts)})
    followed: dict[tuple[str, Path], Reasons] = {}
    while True:
        now = rules.apply([*given, *(Judged(rule, path, _FOLLOWS) for rule, path in followed)])
        if now == followed:
            return followed
        followed = now


def find_restatements(text: w.Plan, judged: Iterable[str], efforts: Collection[str]) -> dict[str, str]:
    """Return which of the commitments judged say again what another of them says, and which that is."""
    places = {commitment.id: place for place, commitment in enumerate(text.commitments)}
    links = {commitment.id: commitment.same_as or commitment.id for commitment in text.commitments}
    promises = {name: frozenset({name}) for name in places}
    for name, other in links.items():
        together = promises[name] | promises[other]
        promises.update(dict.fromkeys(together, together))
    found = {}
    for stated in set(promises.values()):
        ends = stated
        for _ in stated:
            ends = frozenset(links[name] for name in ends)  # what the others name, or all of a circle
        origin = min(ends, key=lambda name: places[name])
        ordered = sorted(stated.intersection(judged), key=lambda name: (name in efforts, name != origin, places[name]))
        found.update(dict.fromkeys(ordered[1:], *ordered[:1]))
    return found


class _Rules:
    """The written rules of a plan; natures do not mean the commitments `apart`."""

    def __init__(self, text: w.Plan, apart: set[str]) -> None:
        self._rules = {rule.id: rule for rule in text.consequences}
        self._commitments = {commitment.id: commitment for commitment in text.commitments}
        self._above = {kind.id: kind.in_ for kind in text.subjects}
        self._apart = apart

    def apply(self, known: list[Judged]) -> dict[tuple[str, Path], Reasons]:
        """Return what follows at once from findings, conditions and consequences."""
        found: dict[tuple[str, Path], Reasons] = {}
        for rule in self._rules.values():
            kind = self._find_kind(rule)
            parts = [self._gather(name, each, kind, known) for name, each in name_conditions(rule).items()]
            for place in dict.fromkeys(_cut(one.path, kind) for one in known):
                reasons = [met.get(_cut(place, at), frozenset()) for at, met in parts]
                if place and all(reasons):
                    found[rule.id, place] = frozenset().union(*reasons)
        return found

    def _gather(
        self, name: str, condition: w.Condition, kind: str, known: list[Judged]
    ) -> tuple[str, Mapping[Path, Reasons]]:
        """Return what meets a condition of a rule on subjects of a kind, by the subject that it means all of.

        What befalls a town befalls each home in it, and what befalls a home its town, whichever the rule falls on.
        """
        about = self._find_kind_of_condition(condition)
        at = about if about and about in self._list_above(kind) else kind
        met: dict[Path, set[tuple[str, str]]] = {}
        for one in known:
            if self._meets(one, name, condition):
                met.setdefault(_cut(one.path, at), set()).add((one.commitment, one.path[-1][1]))
        return at, {path: frozenset(reasons) for path, reasons in met.items() if path}

    def _meets(self, one: Judged, name: str, condition: w.Condition) -> bool:
        """Whether a finding, a condition on measures or a consequence meets a condition of a rule, wherever it is."""
        if condition.consequence:
            return (one.commitment, one.verdict) == (condition.consequence, _FOLLOWS)
        if condition.measure or condition.holds:
            return (one.commitment, one.verdict) == (name, HOLDS)
        if one.verdict not in (condition.verdict or ("shortfall",)):
            return False
        named = condition.commitment
        fits = one.commitment == named if named else one.commitment not in self._apart
        return fits and condition.nature in (None, self._commitments[one.commitment].nature)

    def _find_kind(self, rule: w.Consequence) -> str:
        """Return the kind of subject on which a rule falls: as written, else that of its first condition."""
        return rule.for_ or self._find_kind_of_condition(rule.when[0]) or self._root

    def _find_kind_of_condition(self, condition: w.Condition) -> str | None:
        """Return the kind of subject that a condition is about, None if findings of every kind count."""
        if condition.consequence:
            return self._find_kind(self._rules[condition.consequence])
        if condition.commitment:
            return self._commitments[condition.commitment].each or self._root
        return condition.each or self._root if condition.measure or condition.holds else None

    @property
    def _root(self) -> str:
        return next(kind for kind, above in self._above.items() if above is None)

    def _list_above(self, kind: str) -> Iterator[str]:
        while (above := self._above[kind]) is not None:
            kind = above
            yield kind


def _cut(path: Path, kind: str) -> Path:
    """Return a path down to a kind; empty if the subject is not of the kind, nor below it."""
    depth: Mapping[str, int] = {k: number for number, (k, _) in enumerate(path, start=1)}
    return path[: depth[kind]] if kind in depth else ()
