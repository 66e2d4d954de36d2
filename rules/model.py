"""The resolved plan: names resolved, units checked, expressions compiled to forms. All values are frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Literal

from dabiao.base.problems import Location
from dabiao.base.units import Dimension, Unit
from dabiao.rules import written
from dabiao.rules.algebra import Condition, Form, Leaf, Ratio, all_of, any_of, compare
from dabiao.rules.comparators import COMPARATORS, Operator, loosened, meets
from dabiao.rules.expressions import Tree
from dabiao.rules.shape import Source, Text


class Located:
    """An item written as a mapping in a plan file. `places` has the locations of the values of some of its keys."""

    __slots__ = ()
    location: Location
    places: Mapping[str, Location]

    def place(self, name: str) -> Location:
        """Return the location of the value of a key, or of the whole mapping if the key is not written."""
        return self.places.get(name, self.location)


@dataclass(frozen=True, slots=True)
class Wording:
    """The expressions of an item as written in the plan, for pages and messages; None for one it does not have.

    Measures and targets are not included: a `Value` has its own text. `parts` are what `holds` joins by `and`, each with
    what it means.
    """

    where: Source | None = None
    holds: Source | None = None
    parts: tuple[tuple[Tree, Condition], ...] = ()
    after: Source | None = None
    baseline: Source | None = None
    within: Source | None = None
    jump: Source | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A typed quantity: its form in base units, its dimension, and the unit to show it in.

    `steps` is set for a ladder, category or yes-or-no measure, whose form counts steps from 0. A bare number has no
    dimension yet (None): it takes that of the measure it meets. `points` marks a difference between percentages.
    `written` is the expression as it stands in the plan, None for a value that does not stand there.
    """

    form: Ratio
    dimension: Dimension | None
    unit: Unit
    steps: tuple[written.Step, ...] = ()
    ordered: bool = True
    points: bool = False
    literal: bool = False
    written: Source | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The expression as it is written, empty for a value that does not stand in the plan."""
        return self.written.text if self.written else ""

    def written_as(self, source: Source) -> Value:
        """Return the same value as it stands in the plan. Spelt out, since `replace` takes five times as long."""
        return Value(
            self.form, self.dimension, self.unit, self.steps, self.ordered, self.points, self.literal, source
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject. `path` names the kinds above it, the root first."""

    id: str
    title: Text
    path: tuple[str, ...]
    register: written.Register | None
    location: Location

    @property
    def parent(self) -> str | None:
        """The kind directly above, None for the root."""
        return self.path[-1] if self.path else None


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of one kind. `low` and `high` bound its values, in base units; None is no bound."""

    id: str
    kind: str
    title: Text
    unit: Unit
    dimension: Dimension
    location: Location
    steps: tuple[written.Step, ...] = ()
    ordered: bool = True
    low: Fraction | None = Fraction(0)
    high: Fraction | None = None
    whole: bool = False
    formula: Value | None = None
    baseline: Fraction | None = None
    definition: Text | None = None
    actionable: bool | None = None
    signed: bool = False
    wording: Wording = field(default=Wording(), compare=False, repr=False)

    @property
    def yes_no(self) -> bool:
        """Whether it is answered by yes or no."""
        return self.steps == YES_NO


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparator with its target.

    `limit` is the natural bound of a direction: the highest value that what should rise can have, the lowest that what should
    fall can have; None if there is no such value. At its limit a value meets the bound, whatever the target. `limit_where`
    says for whom it is the limit, if not for all: a number in the register is one where the year's sheets say the same.
    """

    operator: Operator
    target: Value
    limit: Fraction | None = None
    limit_where: Condition | None = None

    @property
    def comparator(self) -> str:
        """The key of the plan language: at_least, at_most, more_than, less_than, exactly."""
        return COMPARATORS[self.operator].key

    def condition(self, form: Ratio) -> Condition:
        """Return the condition that a quantity meets it."""
        met = compare(form, self.operator, self.target.form)
        if self.limit is None:
            return met
        at_limit = compare(form, loosened(self.operator), Ratio.constant(self.limit))
        return any_of((met, at_limit if self.limit_where is None else all_of((at_limit, self.limit_where))))

    def without_limit(self) -> Bound:
        """Return the same bound for those for whom its limit is none."""
        return replace(self, limit=None, limit_where=None)

    def asked(self, target: Fraction) -> tuple[Operator, Fraction]:
        """Return what is asked for where the target has a value: nothing beyond the limit, but the limit itself."""
        if self.limit is None or meets(self.limit, self.operator, target):
            return self.operator, target
        return loosened(self.operator), self.limit


def find_unit(value: Value, bounds: Sequence[Bound]) -> Unit | None:
    """Return the unit of the target for a value whose own unit nobody wrote, such as a quotient; None for any other."""
    if not bounds or (value.unit.symbol and not value.unit.made):
        return None
    found = bounds[0].target.unit
    return None if found.made else found


@dataclass(frozen=True, slots=True)
class Stage:
    """The bounds that are due in one year."""

    year: int
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """When a commitment is due. `after` is set for kind "after"."""

    kind: Literal["year", "every_year", "throughout", "after"]
    year: int | None = None
    after: Condition | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """How progress before the due year is judged: the expected path, and the share of the distance that is on track."""

    name: written.PathName = "linear"
    cut_off: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Commitment(Located):
    """A promise, ready to be judged: a value with bounds (or stages), or a condition that must hold.

    `baseline` is the value in the baseline year, a number or looked up in the facts; None if it cannot be known. A
    `direction` has one bound, whose target is the value in the baseline year or in the year before (`against`). `tier` is
    as derived (`rules/tiers.py`), or as the plan says for `tier_reason`. `other` is the commitment under the reading that was
    not chosen, where the plan says how it differs.
    """

    id: str
    title: Text
    cite: written.Cite
    kind: str
    nature: written.Nature
    strength: written.Strength
    location: Location
    tier: written.Tier = "task"
    tier_reason: str = ""
    manual: bool = False
    where: Condition | None = None
    value: Value | None = None
    holds: Condition | None = None
    bounds: tuple[Bound, ...] = ()
    stages: tuple[Stage, ...] = ()
    due: Due | None = None
    unit: Unit | None = None
    baseline: Ratio | None = None
    path: Path = Path()
    direction: written.Direction | None = None
    against: written.Against = "baseline"
    implied: bool = False
    chapter: str | None = None
    duty: str | None = None
    same_as: str | None = None
    reading: written.Reading | None = None
    other: Commitment | None = None
    note: Text | None = None
    wording: Wording = field(default=Wording(), compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    @property
    def shown_unit(self) -> Unit:
        """The unit its values are shown in."""
        return self.unit or (self.value.unit if self.value else Unit("", Fraction(1), ()))

    @property
    def steps(self) -> tuple[written.Step, ...]:
        """The steps of its ladder, empty for a number."""
        return self.value.steps if self.value else YES_NO

    def forms(self, bounds: Sequence[Bound] | None = None) -> tuple[Form, ...]:
        """Return all its forms, those of its other reading too; with the bounds of one year, only those that decide then."""
        after = self.due.after if self.due else None
        found: list[Form | None] = [self.where, self.holds, after, self.value.form if self.value else None]
        if bounds is None:
            found += [self.baseline, *(self.other.forms() if self.other else ())]
            bounds = [bound for group in (self.bounds, *(stage.bounds for stage in self.stages)) for bound in group]
        found += [bound.target.form for bound in bounds]
        return tuple(form for form in found if form is not None)

    def expressions(self) -> Iterator[str]:
        """Iterate over its expressions and conditions as they are written."""
        words = self.wording
        bounds = [bound for group in (self.bounds, *(stage.bounds for stage in self.stages)) for bound in group]
        yield from (value.text for value in (self.value, *(bound.target for bound in bounds)) if value)
        yield from (one.text for one in (words.where, words.holds, words.after, words.baseline) if one)


@dataclass(frozen=True, slots=True)
class DataCheck(Located):
    """What reported figures must satisfy, ready to be made: a value with bounds, a condition, or one of the other sorts.

    `title` is None where the plan has none; `wording.title_check` words one then.

    `bounds` have the tolerance `within` (base units) already worked in, `targets` are the ones that were written. `jump` is
    the factor by which `value`, one reported measure, may change from the year before. `of` is the kind whose register must
    be complete.
    """

    id: str
    title: Text | None
    sort: Literal["compare", "holds", "jump", "complete", "baselines"]
    kind: str
    severity: Literal["error", "warning"]
    location: Location
    unmade: Literal["count", "warning"] = "count"
    where: Condition | None = None
    value: Value | None = None
    targets: tuple[Bound, ...] = ()
    bounds: tuple[Bound, ...] = ()
    within: Fraction = Fraction(0)
    holds: Condition | None = None
    jump: Fraction = Fraction(1)
    of: str = ""
    wording: Wording = field(default=Wording(), compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    @property
    def shown_unit(self) -> Unit:
        """The unit its values are shown in."""
        if self.value is None:
            return Unit("", Fraction(1), ())
        return find_unit(self.value, self.targets) or self.value.unit

    @property
    def steps(self) -> tuple[written.Step, ...]:
        """The steps of its ladder, empty for a number."""
        return self.value.steps if self.value else ()


@dataclass(frozen=True, slots=True)
class Trigger(Located):
    """A condition of a consequence: findings of a commitment or of a nature, another consequence, or one on measures.

    `kind` is the kind of subject these are about, None if findings of any kind count. `test` is the condition on measures as
    a commitment of its own, judged every year of the plan, and holds where that is met; it belongs to no commitment.
    """

    location: Location
    commitment: str | None = None
    nature: written.Nature | None = None
    consequence: str | None = None
    verdicts: tuple[written.VerdictName, ...] = ("shortfall",)
    kind: str | None = None
    test: Commitment | None = None
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Consequence(Located):
    """An effect on a subject of a kind for which all triggers hold. `amount` is the money it costs or brings, if any."""

    id: str
    title: Text
    level: written.Level
    kind: str
    when: tuple[Trigger, ...]
    location: Location
    amount: Value | None = None
    cite: written.Cite | None = None
    note: Text | None = None
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """The office that answers for a commitment; deputy and contact are empty where nobody says."""

    office: str
    deputy: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """An owner by assignment: of one commitment, of a chapter, of a tier, or of all commitments."""

    owner: Owner
    commitment: str | None = None
    chapter: str | None = None
    tier: written.Tier | None = None

    @property
    def scope(self) -> tuple[str | None, str | None, written.Tier | None]:
        """What it is for: of two that fit, the one whose first name is further to the left is the more particular."""
        return self.commitment, self.chapter, self.tier


class PlanText:
    """A plan as it was written, before any amendment; read when it is first asked for, perhaps in another process.

    `amended` has the plans that were resolved from it, by the names of the amendments applied.
    """

    def __init__(self, read: Callable[[], written.Plan], known: written.Plan | None = None) -> None:
        self._read = read
        self._known = known
        self.amended: dict[tuple[str, ...], Plan] = {}

    @property
    def as_written(self) -> written.Plan:
        """The plan as it was written."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def forget(self) -> None:
        """Let go of what was read; it takes more room than all the rest of a plan, and few ask for it."""
        self._known = None

    def adding(
        self, waivers: tuple[written.Waiver, ...] = (), amendments: tuple[written.Amendment, ...] = ()
    ) -> PlanText:
        """Return the text with further waivers and amendments."""
        return PlanText(partial(_add, self, waivers, amendments))


def _add(
    text: PlanText, waivers: tuple[written.Waiver, ...], amendments: tuple[written.Amendment, ...]
) -> written.Plan:
    before = text.as_written
    return replace(before, waivers=(*before.waivers, *waivers), amendments=(*before.amendments, *amendments))


@dataclass(frozen=True)
class Plan:
    """A plan, resolved: the text in force with the amendments named in `amended`.

    What needs no resolving (citations, documents, amendments, waivers, passages left out) is kept as it was written.
    `text` is the plan before any amendment; only `rules/` uses it, to amend and compare.
    """

    id: str
    version: str
    title: Text
    document: written.Document
    first: int
    last: int
    history: int
    baseline: int
    percentages: Literal["percent", "fraction"] | None
    kinds: Mapping[str, Kind]
    measures: Mapping[tuple[str, str], Measure]
    commitments: Mapping[str, Commitment]
    consequences: Mapping[str, Consequence]
    checks: tuple[DataCheck, ...]
    amendments: tuple[written.Amendment, ...]
    waivers: tuple[written.Waiver, ...]
    left_out: tuple[written.LeftOut, ...]
    amended: tuple[str, ...]
    text: PlanText = field(compare=False, repr=False)
    assignments: tuple[Assignment, ...] = ()

    @property
    def original(self) -> written.Plan:
        """The plan as it was written, before any amendment."""
        return self.text.as_written

    @property
    def root(self) -> Kind:
        """The kind that fact sheets are about."""
        return next(iter(self.kinds.values()))

    def measures_of(self, kind: str) -> Mapping[str, Measure]:
        """Return the measures of a kind by id."""
        return self._by_kind.get(kind, {})

    def years_of(self, leaf: Leaf, year: int) -> range:
        """Return the years whose figures a leaf takes in a year: one, or all of the plan so far for a total."""
        year = year if leaf.year is None else leaf.year
        if leaf.time == "total":
            return range(self.first, year + 1)
        one = {"now": year, "part": year, "baseline": self.baseline, "last": year - 1}[leaf.time]
        return range(one, one + 1)

    def stated(self, leaf: Leaf, year: int) -> Fraction | None:
        """Return the number that the plan states for a figure looked up in the baseline year, None if it states none."""
        if leaf.time not in ("baseline", "last") or self.baseline not in self.years_of(leaf, year):
            return None
        return self.measures[leaf.kind, leaf.measure].baseline

    @cached_property
    def owners(self) -> Mapping[str, Owner]:
        """Who answers for each commitment, by id; none for one that neither the document nor an assignment gives an owner.

        An assignment of the commitment itself comes first, then the body that the document names (`duty`), then the
        assignments of its chapter, of its tier, and of all.
        """
        given = {assignment.scope: assignment.owner for assignment in self.assignments}
        found = {}
        for c in self.commitments.values():
            named = Owner(c.duty) if c.duty else None
            chapter = [(None, c.chapter, None)] if c.chapter else []  # without one it has no entry but that for all
            wider = [*chapter, (None, None, c.tier), (None, None, None)]
            owners = (given.get((c.id, None, None)), named, *(given.get(scope) for scope in wider))
            if owner := next(filter(None, owners), None):
                found[c.id] = owner
        return found

    @property
    def tests(self) -> tuple[Commitment, ...]:
        """The conditions of consequences on measures."""
        return tuple(trigger.test for rule in self.consequences.values() for trigger in rule.when if trigger.test)

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What was worked out of the whole plan, by name, for who asks for it again."""
        return {}

    def reported(self, kind: str) -> Mapping[str, Measure]:
        """Return the measures of a kind that sheets report."""
        return self._reported.get(kind, {})

    @cached_property
    def _by_kind(self) -> dict[str, dict[str, Measure]]:
        found: dict[str, dict[str, Measure]] = {kind: {} for kind in self.kinds}
        for measure in self.measures.values():
            found[measure.kind][measure.id] = measure
        return found

    @cached_property
    def _reported(self) -> dict[str, dict[str, Measure]]:
        return {
            kind: {name: measure for name, measure in measures.items() if measure.formula is None}
            for kind, measures in self._by_kind.items()
        }

    def with_waivers(self, more: tuple[written.Waiver, ...]) -> Plan:
        """Return the plan with further waivers."""
        return replace(self, waivers=(*self.waivers, *more), text=self.text.adding(waivers=more))

    def with_assignments(self, more: tuple[Assignment, ...]) -> Plan:
        """Return the plan with owners of its commitments."""
        return replace(self, assignments=(*self.assignments, *more))

    def with_amendments(self, more: tuple[written.Amendment, ...]) -> Plan:
        """Return the plan with further amendments, the text in force left as it is."""
        return replace(self, amendments=(*self.amendments, *more), text=self.text.adding(amendments=more))


_NOWHERE = Location("")
YES_NO = (
    written.Step(location=_NOWHERE, id="no", title=Text("否", "no")),
    written.Step(location=_NOWHERE, id="yes", title=Text("是", "yes")),
)
