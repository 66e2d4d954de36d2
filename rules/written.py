"""A plan as it is written in YAML. The loader and the JSON Schema are both made from these classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems
from dabiao.rules.shape import IDENTIFIER, NAME, Json, Source, Text, Written, key, refuse_number

PART = r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*\.yaml"  # a file name, never a path

Nature = Literal["binding", "anticipatory", "unstated"]
Strength = Literal["must", "strive", "promote", "gradual", "unstated"]
Tier = Literal["indicator", "task", "effort"]
Direction = Literal["increase", "decrease", "no_increase", "no_decrease", "maintain"]
Against = Literal["baseline", "last_year"]
PathName = Literal["linear", "compound", "step"]
Level = Literal["alert", "sanction", "status"]
VerdictName = Literal[
    "met", "early", "shortfall", "on_track", "behind", "not_due", "not_applicable", "undetermined", "waived"
]


@dataclass(frozen=True, slots=True)
class Register:
    """How many subjects of a kind there are: a number, their names, or "reported" (each sheet says)."""

    count: int | None
    names: tuple[str, ...]
    location: Location

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Register | None:
        """Take a whole number, a list of names, or the word reported."""
        if node.scalar == "reported":
            return cls(None, (), node.location)
        if node.integer is not None and node.integer >= 0:
            return cls(node.integer, (), node.location)
        if node.sequence:
            names = tuple(item.scalar or "" for item in node.sequence)
            if all(names):
                seen: set[str] = set()
                for name, item in zip(names, node.sequence, strict=True):
                    if name in seen:
                        problems.add("duplicate-name", item.location, found=name)
                    seen.add(name)
                return cls(len(names), names, node.location)
        refuse_number("bad-register", node, problems)
        return None

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema of a register."""
        names = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
        return {"anyOf": [{"type": "integer", "minimum": 0}, names, {"const": "reported"}]}


@dataclass(frozen=True, slots=True)
class Due:
    """When a commitment is due: a year, every year, throughout, or once a condition holds."""

    kind: Literal["year", "every_year", "throughout", "after"]
    year: int | None
    after: Source | None
    location: Location

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Due | None:
        """Take a year, the words every_year or throughout, or {after: condition}."""
        if node.integer is not None:
            return cls("year", node.integer, None, node.location)
        if node.scalar == "every_year":
            return cls("every_year", None, None, node.location)
        if node.scalar == "throughout":
            return cls("throughout", None, None, node.location)
        if node.mapping is not None and set(node.mapping) == {"after"}:
            condition = Source.read(node.mapping["after"], problems)
            return cls("after", None, condition, node.location) if condition else None
        refuse_number("bad-due", node, problems)
        return None

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema of a due time."""
        after = {
            "type": "object",
            "properties": {"after": {"type": "string"}},
            "required": ["after"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "integer"}, {"enum": ["every_year", "throughout"]}, after]}


@dataclass(frozen=True, kw_only=True)
class Document(Written):
    """The published plan that the file encodes."""

    title: Text = key("title of the document")
    file: str | None = key("file name of its plain text, for `lint --documents`", None)
    issued: str | None = key("date and number of issue", None)
    authority: str | None = key("who issued it", None)


@dataclass(frozen=True, kw_only=True)
class Period(Written):
    """The years a plan covers."""

    first: int = key("first year of the plan", name="from")
    last: int = key("last year of the plan", name="to")
    history: int | None = key("earliest year for which facts are accepted (default: the baseline year)", None)


@dataclass(frozen=True, kw_only=True)
class Pace(Written):
    """How progress before the due year is judged."""

    path: PathName = key("expected path from baseline to target", "linear")
    cut_off: Source | None = key("share of the expected distance that counts as on track (default 100 %)", None)


@dataclass(frozen=True, kw_only=True)
class Subject(Written):
    """A kind of subject: the district itself, its towns, institutions, facilities."""

    id: str = key("name used in expressions", pattern=NAME)
    title: Text = key("what the kind is called")
    in_: str | None = key("the kind that contains it; the root kind has none", None, name="in")
    register: Register | None = key("how many there are, their names, or `reported`", None)


@dataclass(frozen=True, kw_only=True)
class Step(Written):
    """A step of a ladder, or an option of a category."""

    id: str = key("name used in expressions and sheets", pattern=NAME)
    title: Text = key("what the step is called")


@dataclass(frozen=True, kw_only=True)
class Ladder(Written):
    """Ordered steps, lowest first: planned < building < operating; one star < two stars."""

    id: str = key("name of the ladder", pattern=NAME)
    title: Text | None = key("what the ladder is called", None)
    steps: tuple[Step, ...] = key("the steps, lowest first")


@dataclass(frozen=True, kw_only=True)
class Measure(Written):
    """A named quantity, reported in sheets or derived by a formula."""

    id: str = key("name used in expressions and sheets", pattern=NAME)
    of: str | None = key("kind of subject it belongs to (default: the root kind)", None)
    title: Text = key("what the measure is called")
    unit: str | None = key("unit of a number, as in the document: 张, %, 万人, 张/千人", None)
    ladder: str | None = key("ladder whose step is reported instead of a number", None)
    options: tuple[Step, ...] | None = key("options of a category, of which one is reported", None)
    yes_no: bool | None = key("true for a yes-or-no measure", None)
    formula: Source | None = key("expression that derives it; it is then never reported", None)
    baseline: Source | None = key("value in the baseline year", None)
    minimum: Source | None = key("smallest possible value (default 0)", None, name="min")
    maximum: Source | None = key("largest possible value (default 100 % for percentages)", None, name="max")
    signed: bool = key("true if values may be negative and percentages above 100 %, as growth rates may", False)
    whole: bool | None = key("whether only whole numbers occur (default: yes for counts of things)", None)
    definition: Text | None = key("how it is counted", None)
    actionable: bool | None = key("whether `seek` may propose to change it, where commitments do not tell", None)


@dataclass(frozen=True, kw_only=True)
class Cite(Written):
    """Where the plan document says it."""

    section: str = key("section locator, such as 第三部分 一(二)1, or 表2 行3")
    phrase: str = key("the short phrase that carries the figure, verbatim")
    note: str | None = key("how a damaged or unclear text was read", None)


@dataclass(frozen=True, kw_only=True)
class Comparison(Written):
    """A comparator and its target. Exactly one is written."""

    at_least: Source | None = key("value >= target (不少于, 不低于, 以上, 达到)", None)
    at_most: Source | None = key("value <= target (不超过, 不高于)", None)
    more_than: Source | None = key("value > target (超过)", None)
    less_than: Source | None = key("value < target (低于)", None)
    exactly: Source | None = key("value = target", None)
    between: tuple[Source, ...] | None = key("lowest and highest value allowed, both included", None)


@dataclass(frozen=True, kw_only=True)
class Stage(Comparison):
    """One stage of a staged target."""

    year: int = key("the year this stage is due")


@dataclass(frozen=True, kw_only=True)
class OtherReading(Comparison):
    """The reading that was not chosen, in words; with the keys of the commitment that differ under it, it is judged too."""

    short: ClassVar[str] = "says"
    says: str = key("the reading in words")
    each: str | None = key("kind of subject it is judged for", None)
    where: Source | None = key("condition that selects the subjects it applies to", None)
    measure: Source | None = key("the measure, or an expression of measures", None)
    holds: Source | None = key("a condition that must hold, instead of measure and comparator", None)
    direction: Direction | None = key("direction only, instead of a target", None)
    against: Against | None = key("what a direction is measured from", None)
    staged: tuple[Stage, ...] | None = key("targets by year, instead of one comparator", None)
    unit: str | None = key("unit to show the value in", None)
    baseline: Source | None = key("value in the baseline year", None)
    due: Due | None = key("a year, every_year, throughout, or {after: condition}", None)


@dataclass(frozen=True, kw_only=True)
class Reading(Written):
    """The interpretation chosen where the document is ambiguous or contradicts itself."""

    chosen: str = key("the reading that is judged and counted")
    other: OtherReading = key("the reading that is not: a text, or a mapping with the keys that differ under it")
    why: str = key("why")


@dataclass(frozen=True, kw_only=True)
class ChosenTier(Written):
    """What sort of promise a commitment is, where it is not what its test and its phrase tell."""

    is_: Tier = key("主要指标 indicator, 重点任务 task, or 工作要求 effort", name="is")
    why: str = key("why")


@dataclass(frozen=True, kw_only=True)
class Commitment(Comparison):
    """What the plan promises about a measure."""

    id: str = key("stable name", pattern=IDENTIFIER)
    title: Text = key("the commitment in a few words")
    cite: Cite = key("where the document says it")
    chapter: str | None = key("chapter it is listed under", None)
    manual: bool = key("true for a clause that nobody can compute: it is listed, never judged", False)
    each: str | None = key("kind of subject it is judged for, one by one (default: the root)", None)
    where: Source | None = key("condition that selects the subjects it applies to", None)
    measure: Source | None = key("the measure, or an expression of measures", None)
    holds: Source | None = key("a condition that must hold, instead of measure and comparator", None)
    direction: Direction | None = key("direction only, instead of a target", None)
    against: Against | None = key("what a direction is measured from", None)
    staged: tuple[Stage, ...] | None = key("targets by year, instead of one comparator", None)
    unit: str | None = key("unit to show the value in (default: the measure's)", None)
    baseline: Source | None = key("value in the baseline year, where the measure does not give it", None)
    due: Due | None = key("a year, every_year, throughout, or {after: condition}", None)
    implied: bool = key("true if the document does not state the due time", False)
    pace: Pace | None = key("how progress is judged, if not as in the whole plan", None)
    nature: Nature = key("约束性 binding, 预期性 anticipatory, or unstated", "unstated")
    strength: Strength = key("须 must, 力争 strive, 推动 promote, 逐步 gradual, or unstated", "unstated")
    tier: ChosenTier | None = key(
        "what sort of promise it is, with the reason (default: told by its test and phrase)", None
    )
    duty: str | None = key("responsible body where named", None)
    same_as: str | None = key("another commitment that states the same promise", None)
    reading: Reading | None = key("the reading chosen of an unclear text", None)
    note: Text | None = key("anything a reader should know", None)


@dataclass(frozen=True, kw_only=True)
class Condition(Comparison):
    """What a consequence follows from: a finding, another consequence, or a condition on measures of its own."""

    commitment: str | None = key("findings of this commitment", None)
    nature: Nature | None = key("findings of commitments of this nature", None)
    verdict: tuple[VerdictName, ...] | None = key("verdict of the finding (default: shortfall)", None)
    consequence: str | None = key("another consequence that has followed", None)
    each: str | None = key("kind of subject whose measures are looked at (default: the root)", None)
    where: Source | None = key("condition that selects the subjects looked at", None)
    measure: Source | None = key("a measure, or an expression of measures, with one comparator", None)
    holds: Source | None = key("a condition, instead of measure and comparator", None)


@dataclass(frozen=True, kw_only=True)
class Consequence(Written):
    """What follows when all its conditions hold for the same subject."""

    id: str = key("stable name", pattern=IDENTIFIER)
    title: Text = key("what follows, in a few words")
    level: Level = key("alert, sanction or status")
    when: tuple[Condition, ...] = key("the conditions, joined on the subject")
    for_: str | None = key("kind of subject it falls on (default: that of the first condition)", None, name="for")
    amount: Source | None = key("money it is about, for the subject it falls on, such as `300 元/张 * beds`", None)
    cite: Cite | None = key("where the document says it", None)
    note: Text | None = key("anything a reader should know; say here if it is not in the document", None)


@dataclass(frozen=True, kw_only=True)
class Change(Comparison):
    """What an amendment changes in one commitment."""

    commitment: str = key("the commitment")
    due: Due | None = key("new due time", None)
    staged: tuple[Stage, ...] | None = key("new targets by year", None)
    withdrawn: bool = key("true if the commitment is withdrawn", False)


@dataclass(frozen=True, kw_only=True)
class Amendment(Written):
    """A revision of the plan by procedure, in force from a date."""

    id: str = key("stable name", pattern=IDENTIFIER)
    effective: date = key("first day it is in force (YYYY-MM-DD)")
    authority: str = key("who decided it")
    changes: tuple[Change, ...] = key("what it changes")
    reason: str | None = key("why", None)


@dataclass(frozen=True, kw_only=True)
class Waiver(Written):
    """An exemption for one commitment, subject and year."""

    commitment: str = key("the commitment")
    subject: str = key("name of the subject")
    in_: str | None = key(
        "a subject that contains it, where several districts or towns have one of that name", None, name="in"
    )
    year: int = key("the year")
    reason: str = key("why")
    authority: str = key("who granted it")
    expires: date = key("last day it counts (YYYY-MM-DD)")


@dataclass(frozen=True, kw_only=True)
class Waivers(Written):
    """A file of waivers."""

    plan: str = key("the plan they belong to", pattern=IDENTIFIER)
    waivers: tuple[Waiver, ...] = key("the waivers")


@dataclass(frozen=True, kw_only=True)
class DataCheck(Comparison):
    """What reported figures must satisfy to be believed, whatever the plan promised.

    Exactly one is written of: `measure` with a comparator, `measure` with `jump`, `holds`, `complete`, `baselines`.
    """

    id: str = key("stable name", pattern=IDENTIFIER)
    title: Text | None = key("the check in a few words (default: what it asks, in words)", None)
    each: str | None = key("kind of subject it is made for, one by one (default: the root)", None)
    where: Source | None = key("condition that selects the subjects it is made for", None)
    measure: Source | None = key("the measure, or an expression of measures", None)
    within: Source | None = key("difference that is still accepted (default: none)", None)
    holds: Source | None = key("a condition that must hold, instead of measure and comparator", None)
    jump: Source | None = key(
        "factor by which the measure may change from the year before; a greater change must be confirmed in the sheet",
        None,
    )
    complete: str | None = key("kind of subject whose register must be listed in full", None)
    baselines: bool = key(
        "true to compare what is reported for the baseline year with the baselines the plan states", False
    )
    severity: Literal["error", "warning"] = key(
        "error: the sheets are refused; warning: they are used all the same", "error"
    )
    unmade: Literal["count", "warning"] = key(
        "what becomes of a check that a missing figure prevents: it is counted, or each is a warning", "count"
    )


@dataclass(frozen=True, kw_only=True)
class LeftOut(Written):
    """A passage of the document that holds no checkable promise, though it has a figure or a promising word."""

    phrase: str | None = key("words of the sentence that is left out", None)
    first: str | None = key("first words of a passage that is left out", None, name="from")
    last: str | None = key("last words of that passage", None, name="to")
    reason: str = key("why nothing in it can be checked")


@dataclass(frozen=True, kw_only=True)
class Part(Written):
    """A further file of a plan, named under `parts` of the main file."""

    part_of: str = key("the plan it belongs to", pattern=IDENTIFIER)
    ladders: tuple[Ladder, ...] = key("ordered scales", ())
    measures: tuple[Measure, ...] = key("measures", ())
    commitments: tuple[Commitment, ...] = key("commitments", ())
    consequences: tuple[Consequence, ...] = key("what follows from findings", ())
    checks: tuple[DataCheck, ...] = key("what reported figures must satisfy to be believed", ())
    left_out: tuple[LeftOut, ...] = key("passages without a checkable promise", ())


@dataclass(frozen=True, kw_only=True)
class Plan(Written):
    """A plan document's commitments, with its period, subjects and measures."""

    plan: str = key("short name of the plan", pattern=IDENTIFIER)
    version: str = key("version of this file")
    title: Text = key("what the plan is called")
    document: Document = key("the published document")
    period: Period = key("the years it covers")
    baseline: int = key("baseline year")
    percentages: Literal["percent", "fraction"] | None = key("what a bare number means for a percentage", None)
    pace: Pace | None = key("how progress before the due year is judged", None)
    subjects: tuple[Subject, ...] = key("kinds of subject; the root kind first")
    ladders: tuple[Ladder, ...] = key("ordered scales", ())
    measures: tuple[Measure, ...] = key("measures", ())
    commitments: tuple[Commitment, ...] = key("commitments", ())
    consequences: tuple[Consequence, ...] = key("what follows from findings", ())
    checks: tuple[DataCheck, ...] = key("what reported figures must satisfy to be believed", ())
    amendments: tuple[Amendment, ...] = key("revisions, each with its date", ())
    waivers: tuple[Waiver, ...] = key("exemptions", ())
    left_out: tuple[LeftOut, ...] = key("passages without a checkable promise", ())
    parts: tuple[str, ...] = key("further files of the plan, beside this one", (), pattern=PART)
