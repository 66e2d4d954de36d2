"""Content of a template: the measures of a plan with their clauses, the registers with their names, last year's figures.

`make_form` builds a `Form`; `book` writes it as a workbook, `text` as a YAML skeleton or a CSV folder.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dabiao.base.exits import EXIT_CLEAN
from dabiao.base.files import File, Given, paths_among
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.base.quantities import in_unit
from dabiao.facts.files import sheet_files
from dabiao.facts.layout import REASONS
from dabiao.facts.model import Fact, Sheet
from dabiao.facts.read import read_facts
from dabiao.facts.template.uses import ALL, DEFAULT, Place, choose_commitments, find_kinds, find_uses
from dabiao.rules.amend import in_force
from dabiao.rules.load import load_plan
from dabiao.rules.model import Commitment, Kind, Measure, Plan
from dabiao.rules.requests import PlanRequest

Entry = Literal["steps", "percent", "ratio", "number"]

BLANK = 30  # rows for new subjects if nothing is known of a kind
MORE = 10  # rows for new subjects beside those of last year, if the size of the register is unknown
SPARE = 3  # rows for new subjects if it is known
MAX_PLACES = 40


@dataclass(frozen=True, slots=True)
class Aim:
    """What the plan expects of a measure by the end of the year, and in the end; empty if it expects nothing.

    `own` is set if the target is of the measure itself, not of what it is part of.
    """

    expected: object = ""
    target: object = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A measure to report, and the commitments that need it."""

    measure: Measure
    commitments: tuple[Commitment, ...]

    @property
    def chapter(self) -> str:
        """The chapter of the first commitment that needs it, empty if there is none."""
        return self.commitments[0].chapter or "" if self.commitments else ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subject whose name is known. `fixed` names are in the plan's register, the others in last year's sheet."""

    name: str
    parent: str | None
    fixed: bool


@dataclass(frozen=True, slots=True)
class Register:
    """The subjects of one kind and the measures asked of each.

    `size` is the size of the register if the plan gives it, `last_size` that of last year, with `last_reason` if it was not
    the plan's; `blank` is the number of rows for new names.
    """

    kind: Kind
    lines: tuple[Line, ...]
    subjects: tuple[Listed, ...]
    size: int | None
    last_size: int | None
    blank: int
    last_reason: str = ""


@dataclass(frozen=True)
class Form:
    """A template: `subject` is empty if it is not known yet, `last` holds last year's facts by kind, subject and measure.

    `tiers` and `offices` are those that it is confined to. `aims` has what is expected of measures, which the engine knows.
    """

    plan: Plan
    year: int
    subject: str
    chapters: Mapping[str, tuple[Line, ...]]
    registers: tuple[Register, ...]
    last: Mapping[tuple[str, str, str], Fact]
    with_last: bool
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN
    tiers: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    aims: Mapping[Place, Aim] = field(default_factory=dict)

    def aim(self, measure: Measure) -> Aim:
        """Return what is expected of a measure."""
        return self.aims.get((measure.kind, measure.id), Aim())

    def last_fact(self, measure: Measure, subject: str | None = None) -> Fact | None:
        """Return last year's fact of a subject (default: the root subject), or None."""
        return self.last.get((measure.kind, self.subject if subject is None else subject, measure.id))


@dataclass(frozen=True, kw_only=True)
class TemplateRequest(PlanRequest):
    """A form for a plan and a year: for a subject if it is known, with the figures of last year's sheets in `last`.

    `blank` is how many rows each sheet has for new subjects. The figures asked for are those of the commitments of some tiers,
    of the offices in `owner`, and named in `select` as for a check; where no tier is given, of the indicators, or of
    whatever is selected. `assignments` is a file of owners.
    """

    year: int
    subject: str | None = None
    last: tuple[Given, ...] = ()
    blank: int | None = None
    select: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    assignments: File | None = None

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers that are asked for."""
        return self.tier or (() if self.select else (DEFAULT,))

    def load_plan(self) -> Plan:
        """Load the plan with its owners. Raises `Refused` with everything wrong with either."""
        return load_plan(self.plan, parts=self.parts, assignments=self.assignments)

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from super().inputs()
        yield from paths_among(self.assignments)
        for sheet in paths_among(*self.last):
            yield from sheet_files(sheet)


def make_form(
    plan: Plan,
    year: int,
    subject: str | None = None,
    last: Sequence[Given] = (),
    blank: int | None = None,
    *,
    select: Sequence[str] = (),
    tiers: Sequence[str] = (),
    offices: Sequence[str] = (),
) -> Form:
    """Lay out the template of a plan for a year. `blank` is how many rows each sheet has for new subjects.

    With names in `select`, tiers or offices, only the figures that the commitments of all three need are asked for, and kinds
    without any are left out.

    Raises `Refused` with everything wrong: a year outside the plan, an unknown subject, sheets that are not of last year,
    nothing that is asked for.
    """
    problems = Problems()
    if not plan.history <= year <= plan.last:
        problems.add("year-outside", Location("--year"), found=year, first=plan.history, last=plan.last)
        problems.refuse()
    plan = in_force(plan, date(year, 12, 31))
    sheets = _read_last_sheets(plan, year, last, problems)
    chosen = _choose_subject(plan, subject, sheets, problems)
    _check_names(plan, problems)
    problems.refuse()
    sheets = [sheet for sheet in sheets if sheet.subject == chosen]
    facts, parents = _collect_last_facts(sheets)
    commitments = choose_commitments(plan, select, tiers, offices)
    used = find_uses(plan, commitments)
    measures = {
        kind: [m for m in plan.reported(kind).values() if commitments is None or (kind, m.id) in used]
        for kind in plan.kinds
    }
    kinds = find_kinds(plan, commitments)
    registers = tuple(
        _make_register(kind, measures[kind.id], used, parents, sheets, blank)
        for kind in plan.kinds.values()
        if kind.id in kinds and kind.parent is not None
    )
    if not (registers or measures[plan.root.id]):
        raise Refused([Problem("template.asks-nothing", Location("--tier"))])
    chapters = _group_by_chapter(plan, measures[plan.root.id], used)
    return Form(
        plan, year, chosen, chapters, registers, facts, bool(sheets), tuple(problems.found),
        tiers=_name_tiers(tiers, commitments), offices=tuple(offices),
    )  # fmt: skip


def _name_tiers(tiers: Sequence[str], commitments: Sequence[Commitment] | None) -> tuple[str, ...]:
    """Return the tiers that a form is confined to, none if it is not."""
    return tuple(dict.fromkeys(tiers)) if commitments is not None and ALL not in tiers else ()


def _read_last_sheets(plan: Plan, year: int, paths: Sequence[Given], problems: Problems) -> list[Sheet]:
    if not paths:
        return []
    try:
        facts = read_facts(paths, plan)
    except Refused as refused:
        problems.extend(refused.problems)
        return []
    problems.extend(facts.notes)
    for sheet in facts.sheets:
        if sheet.year != year - 1:
            problems.add("template.last-year", sheet.location, found=sheet.year, expected=year - 1)
    return list(facts.sheets)


def _choose_subject(plan: Plan, subject: str | None, sheets: Sequence[Sheet], problems: Problems) -> str:
    """Return the root subject of the template: the given one, or the only possible one; empty if there are several."""
    register = plan.root.register
    names = register.names if register else ()
    told = sorted({sheet.subject for sheet in sheets})
    location = Location("--subject")
    if subject is not None:
        if not subject.strip():
            problems.add("no-name", location)
        elif names and subject not in names:
            problems.add(
                "not-in-register", location, found=subject, nearest=nearest(subject, names), expected=tuple(names)
            )
        elif told and subject not in told:
            expected = tuple(told)
            problems.add("template.last-subject", sheets[0].location, found=subject, expected=expected)
        return subject
    if len(told) > 1:
        problems.add("template.whose", location, expected=tuple(told))
    candidates = told or list(names)
    return candidates[0] if len(candidates) == 1 else ""


def _check_names(plan: Plan, problems: Problems) -> None:
    """Note names that no cell can hold as they are."""
    for kind in plan.kinds.values():
        for name in kind.register.names if kind.register else ():
            if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
                problems.add("template.bad-name", kind.location, found=name)


def _collect_last_facts(
    sheets: Iterable[Sheet],
) -> tuple[dict[tuple[str, str, str], Fact], dict[str, dict[str, str | None]]]:
    """Return last year's facts, and the names of each kind with their parents, in the order of the sheets."""
    facts: dict[tuple[str, str, str], Fact] = {}
    parents: dict[str, dict[str, str | None]] = {}
    for sheet in sheets:
        for part in sheet.parts:
            for at, name in enumerate(part.names()):
                parents.setdefault(part.kind, {}).setdefault(name, part.parent(at))
                facts.update({(part.kind, name, measure): fact for measure, fact in part.facts(at).items()})
    return facts, parents


def _make_register(
    kind: Kind,
    measures: Sequence[Measure],
    used: Mapping[tuple[str, str], tuple[Commitment, ...]],
    parents: Mapping[str, Mapping[str, str | None]],
    sheets: Sequence[Sheet],
    blank: int | None,
) -> Register:
    lines = tuple(Line(m, used.get((kind.id, m.id), ())) for m in measures)
    known, before = kind.register, parents.get(kind.id, {})
    sizes = [size for sheet in sheets if (size := sheet.registers.get(kind.id)) is not None]
    reasons = [
        why for sheet in sheets if kind.id in sheet.register_remarks and (why := sheet.register_remarks[kind.id][1])
    ]
    reason = reasons[0] if reasons else ""
    last_size = sizes[0] if sizes else len(before) if any(kind.id in sheet.registers for sheet in sheets) else None
    if known and known.names:
        subjects = tuple(Listed(name, before.get(name), True) for name in known.names)
        return Register(kind, lines, subjects, len(known.names), last_size, 0, reason)
    subjects = tuple(Listed(name, parent, False) for name, parent in before.items())
    size = known.count if known else None
    rows = max(size - len(subjects), SPARE) if size is not None else MORE if subjects else BLANK
    return Register(kind, lines, subjects, size, last_size, rows if blank is None else blank, reason)


def _group_by_chapter(
    plan: Plan, measures: Sequence[Measure], used: Mapping[tuple[str, str], tuple[Commitment, ...]]
) -> dict[str, tuple[Line, ...]]:
    """Group the root's measures by the chapter of the first commitment that needs them; unused measures come last."""
    order = dict.fromkeys(c.chapter for c in plan.commitments.values())
    chapters: dict[str, list[Line]] = {chapter: [] for chapter in order if chapter}
    rest: list[Line] = []
    for measure in measures:
        line = Line(measure, used.get((plan.root.id, measure.id), ()))
        chapters.get(line.chapter, rest).append(line)
    return {
        **{chapter: tuple(lines) for chapter, lines in chapters.items() if lines},
        **({"": tuple(rest)} if rest else {}),
    }


def entry_of(measure: Measure) -> Entry:
    """Return how a measure is entered: by a step, a percentage, a ratio such as 1:7, or a number in its unit."""
    if measure.steps:
        return "steps"
    if measure.unit.symbol == "%":
        return "percent"
    plain = not measure.dimension and measure.unit.factor == 1
    return "ratio" if plain and not measure.unit.is_points else "number"


def exact_decimal(number: Fraction) -> str | None:
    """Write a number as a decimal without thousands separators; None if no decimal of 40 places is exactly it."""
    for places in range(MAX_PLACES + 1):
        if (number * 10**places).denominator == 1:
            digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
            text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
            return f"-{text}" if number < 0 else text
    return None


def last_text(fact: Fact, measure: Measure, lang: str) -> str:
    """Write last year's figure exactly, in the unit of its measure; or the reason why there is none."""
    if fact.value is None:
        return absent_text(fact, lang)
    if measure.steps:
        return measure.steps[int(fact.value)].title[lang]
    kind = entry_of(measure)
    text = exact_decimal(in_unit(fact.value, measure.unit))
    if text is None or (kind == "ratio" and ":" in fact.raw):
        return f"{fact.value.numerator}:{fact.value.denominator}" if kind == "ratio" else fact.raw or str(fact.value)
    return f"{text}%" if kind == "percent" else text


def absent_text(fact: Fact, lang: str) -> str:
    """Write the reason for a missing figure as in a cell: 缺:未统计."""
    if fact.absent is None:
        return ""
    return say("template.absent", lang, reason=reason_text(fact.absent, lang))


def reason_text(reason: str, lang: str) -> str:
    """Return the word for a reason in a cell."""
    return REASONS[reason].say(lang)


def definition_text(measure: Measure, lang: str) -> str:
    """Write how a measure is counted, and the possible answers if it is no number."""
    lines = [measure.definition[lang]] if measure.definition else []
    if measure.steps:
        lines.append(" / ".join(step.title[lang] for step in measure.steps))
    return "\n".join(lines)


def baseline_text(measure: Measure, lang: str) -> str:
    """Write the value of the baseline year that the plan states, empty if it states none."""
    return "" if measure.baseline is None else last_text(Fact(measure.baseline, measure.location, ""), measure, lang)


def owners_text(form: Form, line: Line) -> str:
    """List the offices that answer for the commitments that need a measure, one a line."""
    owners = form.plan.owners
    return "\n".join(dict.fromkeys(owners[c.id].office for c in line.commitments if c.id in owners))


def clauses_text(line: Line, lang: str, most: int = 3) -> str:
    """List the clauses that need a measure, at most `most`: each section with the promise in it."""
    clauses = dict.fromkeys(
        say("template.clause", lang, section=c.cite.section, title=c.title[lang]) for c in line.commitments
    )
    shown = list(clauses)[:most]
    if len(clauses) > most:
        shown.append(say("template.more-clauses", lang, count=len(clauses) - most))
    return "\n".join(shown)


def note_text(form: Form, lines: Iterable[Line], subject: str | None, lang: str) -> str:
    """List last year's confirmations of a subject's figures, for the column of notes."""
    notes = []
    for line in lines:
        fact = form.last_fact(line.measure, subject)
        if fact and fact.confirmed:
            code = "template.confirmed" if subject is None else "template.confirmed-of"
            notes.append(say(code, lang, why=fact.confirmed, measure=line.measure.title[lang]))
    return "\n".join(notes)
