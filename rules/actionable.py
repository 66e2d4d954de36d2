"""Which figures can be acted on, and which way: more of what a commitment asks for, less only of what it limits.

Nobody has to mark the figures of a plan: what commitments ask for tells which way each is meant to move. What a share is
taken of, what a target is made of, and what decides who is counted are circumstances: nothing is mended by lowering them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dabiao.rules.algebra import (
    And,
    Condition,
    Form,
    Leaf,
    Or,
    Polynomial,
    Ratio,
    Sum,
    Test,
    Variable,
    conjuncts,
)
from dabiao.rules.model import Bound, Commitment, Measure, Plan
from dabiao.rules.shares import gather
from dabiao.rules.walks import leaves, variables

Figure = tuple[str, str]  # kind and id of a measure


@dataclass(frozen=True)
class Asked:
    """What a commitment asks of figures.

    `given` are circumstances to it: parts of denominators and targets, and what decides who is counted. `unclear` are
    figures of which any one could change, so that the plan has to say which is meant. `alone` is
    the figure that the commitment judges, if it judges one.
    """

    more: frozenset[Figure] = frozenset()
    less: frozenset[Figure] = frozenset()
    given: frozenset[Figure] = frozenset()
    unclear: frozenset[Figure] = frozenset()
    alone: Figure | None = None


def find_actionable(plan: Plan) -> Actionable:
    """Return what the commitments of a plan ask of its figures; it is worked out once."""
    if "actionable" not in plan.worked_out:
        plan.worked_out["actionable"] = Actionable(plan)
    return plan.worked_out["actionable"]  # type: ignore[no-any-return]


class Actionable:
    """What all commitments of a plan ask of its figures, and so which changes may be proposed to mend one of them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._asked = {c.id: find_asked(c, plan) for c in plan.commitments.values() if not c.manual}

    def of(self, commitment: Commitment) -> Asked:
        """Return what a commitment asks of figures."""
        return self._asked[commitment.id]

    @cached_property
    def asking_more(self) -> Mapping[Figure, frozenset[str]]:
        """The commitments that ask for more of each figure."""
        found: dict[Figure, set[str]] = {}
        for name, asked in self._asked.items():
            for figure in asked.more:
                found.setdefault(figure, set()).add(name)
        return {figure: frozenset(names) for figure, names in found.items()}

    def allows(self, commitment: Commitment, measure: Measure, *, more: bool) -> bool:
        """Return whether a figure may be moved to mend a commitment, whoever can do that.

        More of it: if any commitment asks for that, or the plan marks it as actionable. Less of it: only if this commitment
        asks for that, never of what is given to it, and not of what another commitment wants more of. Where this commitment
        leaves open which of several figures is meant, only what the plan marks.
        """
        figure, asked = (measure.kind, measure.id), self._asked[commitment.id]
        if _is_choice(measure):
            return False
        if figure in asked.unclear - asked.more - asked.less and measure.actionable is not True:
            return False
        if more:
            return figure in self.asking_more or measure.actionable is True
        if figure in asked.given:
            return False
        meant = figure in asked.less | asked.unclear
        wanted = self.asking_more.get(figure, frozenset()) - {commitment.id}
        return meant and (figure == asked.alone or not wanted)

    def find_undecided(self) -> Iterator[tuple[Measure, Commitment]]:
        """Iterate over measures of which neither the plan nor what it asks says whether they can be acted on.

        Each comes with the first commitment that leaves open whether it or another one is meant.
        """
        seen: set[Figure] = set()
        for name, asked in self._asked.items():
            for figure in sorted(asked.unclear - asked.more - asked.less - seen):
                seen.add(figure)
                if self._plan.measures[figure].actionable is None:
                    yield self._plan.measures[figure], self._plan.commitments[name]

    def find_in_vain(self) -> Iterator[Measure]:
        """Iterate over measures that are marked as actionable although no commitment is ever mended by moving them."""
        used = {f for asked in self._asked.values() for f in asked.more | asked.less | asked.unclear}
        for figure, measure in self._plan.measures.items():
            if measure.actionable and (figure not in used or _is_choice(measure)):
                yield measure


def _is_choice(measure: Measure) -> bool:
    """Whether a measure is one of several options without order: which of them holds is what a subject is."""
    return bool(measure.steps) and not measure.ordered


def find_asked(commitment: Commitment, plan: Plan) -> Asked:
    """Return what a commitment asks of figures."""
    reading = _Reading(plan)
    if commitment.holds is not None:
        reading.read_condition(commitment.holds, wanted=True)
    bounds = [*commitment.bounds, *(bound for stage in commitment.stages for bound in stage.bounds)]
    alone = None
    if commitment.value is not None:
        form = commitment.value.form
        alone = form.single if isinstance(form.single, Leaf) else None
        for bound in bounds:
            reading.read_bound(form, bound)
    reading.give(commitment.where)
    after = commitment.due.after if commitment.due else None
    reading.give(after)
    single = (alone.kind, alone.measure) if alone else None
    given = frozenset((leaf.kind, leaf.measure) for leaf in leaves(*reading.given))
    return Asked(frozenset(reading.more), frozenset(reading.less), given, frozenset(reading.unclear), single)


@dataclass
class _Reading:
    """Collects what forms ask of figures. `given` are forms that are circumstances."""

    plan: Plan
    more: set[Figure] = field(default_factory=set)
    less: set[Figure] = field(default_factory=set)
    given: list[Form] = field(default_factory=list)
    unclear: set[Figure] = field(default_factory=set)

    def read_bound(self, form: Ratio, bound: Bound) -> None:
        """Read a value that has to be at least, at most or exactly what a target says."""
        target = bound.target.form
        self.give(target)
        bases = [gather(base) for base in form.bases]
        self.give(*bases)
        population = find_population(bases)
        for wanted in _find_directions(form, bound):
            self._read_polynomial(form.top, wanted, frozenset(), population)

    def give(self, *forms: Form | None) -> None:
        """Note what is a circumstance."""
        self.given += [form for form in forms if form is not None]

    def read_condition(
        self, condition: Condition, *, wanted: bool, population: frozenset[Condition] = frozenset()
    ) -> None:
        """Read a condition that is wanted, or whose opposite is."""
        match condition:
            case Test():
                if condition not in population:
                    self._read_test(condition, wanted, population)
            case And(parts) if not wanted and len(parts) > 1:
                self._read_any_of([part for part in parts if part not in population])
            case And(parts) | Or(parts):
                for part in parts:
                    self.read_condition(part, wanted=wanted, population=population)

    def _read_any_of(self, parts: Iterable[Condition]) -> None:
        """Read conditions of which any one may fail: the only one that more of a figure would end is taken as meant."""
        found = []
        for part in parts:
            found.append(_Reading(self.plan))
            found[-1].read_condition(part, wanted=False)
        raising = [one for one in found if one.more]
        meant = found if len(found) == 1 else raising if len(raising) == 1 else []
        for one in found:
            self.given += one.given
            self.unclear |= one.unclear
            self.more |= one.more if one in meant else set()
            self.less |= one.less if one in meant and len(found) == 1 else set()
            self.unclear |= set() if one in meant else one.more | one.less

    def _read_test(self, test: Test, wanted: bool, population: frozenset[Condition]) -> None:
        bases = [gather(base) for base in test.bases]
        self.give(*bases)
        below = frozenset(base.single for base in bases if base.single is not None)
        population |= find_population(bases)
        if test.sign in (">=", ">"):
            self._read_polynomial(test.margin, wanted, below, population)
        elif (test.sign == "==") == wanted:
            for up in (True, False):
                self._read_polynomial(test.margin, up, below, population)

    def _read_polynomial(
        self, form: Polynomial, up: bool, below: frozenset[Variable], population: frozenset[Condition]
    ) -> None:
        """Read a polynomial that should be more (`up`) or less, `below` being the denominators in it.

        Less of a figure is asked for only where that is all that is asked for: of what is set off against another figure,
        nobody says that there should be less of it.
        """
        found = [
            (variable, up == (factor > 0))
            for monomial, factor in form.terms
            for variable in monomial
            if variable not in below and _moves(variable)
        ]
        only_less = not any(more for _, more in found)
        for variable, more in found:
            if more or only_less:
                self._read_variable(variable, more, population)
            else:
                self.give(variable)

    def _read_variable(self, variable: Variable, up: bool, population: frozenset[Condition]) -> None:
        if isinstance(variable, Leaf):
            figure = (variable.kind, variable.measure)
            if not _is_choice(self.plan.measures[figure]):
                (self.more if up else self.less).add(figure)
        elif variable.counts:
            if variable.where is not None:
                self.read_condition(variable.where, wanted=up, population=population)
        else:
            self._read_polynomial(variable.of, up, frozenset(), population)
            self.give(variable.where)


def _moves(variable: Variable) -> bool:
    """Whether a variable depends on what is reported in the judged year."""
    if isinstance(variable, Leaf):
        return variable.time in ("now", "total") and variable.year is None
    return variable.year is None


def find_population(bases: Iterable[Polynomial]) -> frozenset[Condition]:
    """Return the conditions that decide who is counted in denominators."""
    sums = [v for v in variables(*bases) if isinstance(v, Sum)]
    return frozenset(part for one in sums for part in conjuncts(one.where))


def _find_directions(form: Ratio, bound: Bound) -> tuple[bool, ...]:
    """Return whether more of a value is asked for, or less, or both where an exact value lies within its range."""
    if bound.operator in (">=", ">"):
        return (True,)
    if bound.operator in ("<=", "<"):
        return (False,)
    number = bound.target.form.number
    if form.bottom.number is None or number is None:
        return (True,)
    low, high = form.top.range.low, form.top.range.high
    return (False,) if low == number else (True,) if high == number else (True, False)
