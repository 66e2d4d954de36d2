"""Status of submissions: which submitters are expected, what each has submitted and when, and what is missing.

Each sheet is read separately, so that a refused one does not hide the others. What is missing is what the plan asks of a
subject (`engine/asked.py`), and neither reported nor answered with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT
from dabiao.base.files import File, Given, paths_among, refuse_missing
from dabiao.base.problems import Location, Problem, Problems, Refused, name_some, refuse_unknown
from dabiao.engine.asked import Asked
from dabiao.engine.measure import Measured
from dabiao.engine.scope import Asking, Scope, find_scope
from dabiao.facts.files import sheet_files
from dabiao.facts.formats.csv_folder import Source
from dabiao.facts.model import Absent, Answer, Facts, Sheet, register_size
from dabiao.facts.read import list_sources
from dabiao.facts.read_one import read_one
from dabiao.facts.tables import build_tables
from dabiao.facts.together import check_together, merge_parts
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.amend import in_force
from dabiao.rules.load import load_plan
from dabiao.rules.model import Kind, Plan
from dabiao.rules.requests import PlanRequest

State = Literal["complete", "nothing", "partly", "not_submitted", "refused"]
STATES: tuple[State, ...] = ("refused", "not_submitted", "partly", "nothing", "complete")
Timing = Literal["in_time", "late", "unknown", "overdue", "still_time"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one subject reported: `reported` of the `measures` that are asked of it, or reported all the same.

    `absent` has the measures without a value but with a reason, `missing` those with neither. `nothing` says why there is
    nothing to report, if the subject confirms that. `asking` are the commitments that need what is awaited.
    """

    kind: str
    name: str
    parent: str | None
    state: State
    measures: int
    reported: int
    absent: Mapping[str, Absent]
    missing: tuple[str, ...]
    nothing: str = ""
    asking: tuple[str, ...] = ()

    @property
    def awaited(self) -> tuple[str, ...]:
        """The measures still expected: missing without a reason, or with the reason "late"."""
        return (*self.missing, *(name for name, reason in self.absent.items() if reason == "late"))

    @property
    def owed(self) -> bool:
        """Whether figures are still expected."""
        return self.state in ("partly", "not_submitted")


@dataclass(frozen=True, slots=True)
class Listing:
    """The subjects of one kind in one submission, compared with the register.

    `size` is the size of the register, None if unknown. `whole` is set if the sheet states that all subjects are listed;
    `size` is then their number. `unlisted` is how many subjects are not listed (None if unknown), and `names` has their
    names if the plan gives them. `asking` are the commitments that need figures of these.
    """

    kind: str
    size: int | None
    whole: bool
    entries: tuple[Entry, ...]
    unlisted: int | None
    names: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()

    @property
    def owed(self) -> bool:
        """Whether a subject is not listed, or owes figures."""
        return self.unlisted is None or self.unlisted > 0 or any(entry.owed for entry in self.entries)

    @property
    def behind(self) -> int | None:
        """How many subjects owe something, listed or not; None if unknown."""
        return None if self.unlisted is None else self.unlisted + sum(entry.owed for entry in self.entries)

    @property
    def figures(self) -> bool:
        """Whether any subject reports a figure."""
        return any(entry.reported for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Submission:
    """The submission of one submitter.

    `submitted` is the day on which its sheets state they were handed in, the last one of several; None if one of them
    gives no day and none is late. `days` is the delay after the due day, counted to `as_of` if nothing was submitted.
    `expected` is False for a submitter that is not among the expected names. `tiers` are those that all its forms were confined
    to: only their figures are counted, and `outside` is how many others of the plan it did not report.
    """

    name: str
    state: State
    timing: Timing
    submitted: date | None = None
    days: int = 0
    expected: bool = True
    files: tuple[str, ...] = ()
    own: Entry | None = None
    listings: tuple[Listing, ...] = ()
    tiers: tuple[str, ...] = ()
    outside: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A file whose submitter is unknown."""

    file: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Status:
    """Status of all submissions to a plan for one year.

    `unnamed` is how many submitters the register counts without naming them. `others` are sheets of other years, which
    are not evaluated.
    """

    plan: Plan
    year: int
    due: date
    as_of: date
    submissions: tuple[Submission, ...]
    unread: tuple[Unread, ...] = ()
    unnamed: int = 0
    others: tuple[Sheet, ...] = field(default=(), repr=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong with the sheets, sheet by sheet."""
        unread = [problem for one in self.unread for problem in one.problems]
        return (*unread, *(problem for one in self.submissions for problem in one.problems))

    @property
    def still_time(self) -> bool:
        """Whether the due day has not passed."""
        return self.as_of <= self.due

    def counts(self) -> dict[State, int]:
        """Return how many submissions are in each state, zeros included."""
        found = dict.fromkeys(STATES, 0)
        for submission in self.submissions:
            found[submission.state] += 1
        found["not_submitted"] += self.unnamed
        return found

    def timings(self) -> dict[Timing, int]:
        """Return how many submissions were late, and how many have no known day."""
        found: dict[Timing, int] = {"late": 0, "unknown": 0}
        for submission in self.submissions:
            if submission.timing in found:
                found[submission.timing] += 1
        return found

    @property
    def exit_code(self) -> int:
        """0 if nothing is owed, 1 if something is owed, late, of unknown date or refused."""
        counts, timings = self.counts(), self.timings()
        owed = 0 if self.still_time else counts["not_submitted"] + counts["partly"]
        wrong = owed + counts["refused"] + len(self.unread) + timings["late"] + timings["unknown"]
        return EXIT_FELL_SHORT if wrong else EXIT_CLEAN


@dataclass(frozen=True, kw_only=True)
class StatusRequest(PlanRequest):
    """Question for the status of submissions: the sheets received, and the last day for handing in (`due`).

    Expected are the names in the plan's register of the root kind and those in `expect`; without any, all submitters.
    `year` defaults to the latest one reported, `as_of` (the day for which the status is determined) to the day after `due`.
    """

    sheets: tuple[Given, ...]
    due: date
    year: int | None = None
    expect: tuple[str, ...] = ()
    as_of: date | None = None
    assignments: File | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from super().inputs()
        yield from paths_among(self.assignments)
        for sheet in paths_among(*self.sheets):
            yield from sheet_files(sheet)

    def load_plan(self) -> Plan:
        """Load the plan with its owners. Raises `Refused` with everything wrong with either."""
        return load_plan(self.plan, parts=self.parts, assignments=self.assignments)


def status(request: StatusRequest) -> Status:
    """Determine the status of submissions.

    Raises `Refused` for a path that does not exist, a year that is neither given nor reported, an expected name that is
    not in the plan's register, and if no submitter is expected and nothing was submitted.
    """
    return status_of(request.load_plan(), request)


def status_of(plan: Plan, request: StatusRequest) -> Status:
    """Determine the status of submissions to a loaded plan. Raises as `status` does."""
    refuse_missing(paths_among(*request.sheets))
    problems = Problems()
    found = list_sources(request.sheets, problems)
    vocabulary = Vocabulary(plan)
    read = [_SheetResult.of(source, vocabulary) for source in found]
    expected = _find_expected(plan, request.expect)
    year = _choose_year(plan, read, request.year, problems)
    unread = tuple(Unread(one.file, one.problems) for one in read if one.sheet is None)
    # an empty folder is no unread file: its submitter has not submitted
    unread += tuple(Unread(p.location.file, (p,)) for p in problems.found if p.code != "no-sheets")
    sheets = [one for one in read if one.sheet is not None]
    of_year = [one for one in sheets if one.year == year]
    if not expected and not of_year and not unread and not _register_count(plan):
        raise Refused(problems.found or [Problem("status.nobody", Location("--expect"), {"found": year})])
    due = request.due
    as_of = request.as_of or min(due, date.max - timedelta(days=1)) + timedelta(days=1)
    names = [*expected, *dict.fromkeys(one.subject for one in of_year if one.subject not in expected)]
    theirs = {name: [one for one in of_year if one.subject == name] for name in names}
    wrong = {name: _find_wrong(several, plan) for name, several in theirs.items()}
    used = [one.sheet for name, several in theirs.items() if not wrong[name] for one in several if one.sheet]
    asking = _find_asking(plan, used, year)
    submissions = []
    for name in names:
        submission = _make_submission(name, theirs[name], wrong[name], asking, plan, due, as_of)
        submissions.append(replace(submission, expected=name in expected or not expected))
    unnamed = max((_register_count(plan) or 0) - len(names), 0)
    others = tuple(one.sheet for one in sheets if one.year != year and one.sheet)
    return Status(plan, year, due, as_of, tuple(submissions), unread, unnamed, others)


@dataclass(frozen=True, slots=True)
class _SheetResult:
    """One sheet, read separately. `sheet` is None if its submitter is unknown."""

    file: str
    sheet: Sheet | None
    problems: tuple[Problem, ...]

    @property
    def subject(self) -> str:
        return self.sheet.subject if self.sheet else ""

    @property
    def year(self) -> int:
        return self.sheet.year if self.sheet else 0

    @classmethod
    def of(cls, source: Source, vocabulary: Vocabulary) -> _SheetResult:
        problems = Problems()
        sheet = read_one(source, vocabulary, problems)
        if sheet is not None and sheet.subject in ("", "?"):  # what stands in for a subject that is missing
            sheet = None
        return cls(str(source), sheet, problems.errors)


def _register_count(plan: Plan) -> int | None:
    return plan.root.register.count if plan.root.register else None


def _find_expected(plan: Plan, expect: Sequence[str]) -> list[str]:
    known = plan.root.register.names if plan.root.register else ()
    if known:
        refuse_unknown("not-in-register", Location("--expect"), expect, known, name_some(known))
    return list(dict.fromkeys([*known, *expect]))


def _choose_year(plan: Plan, read: Sequence[_SheetResult], year: int | None, problems: Problems) -> int:
    years = [one.year for one in read if one.sheet is not None]
    if year is None and not years:
        first = [problem for one in read for problem in one.problems] or problems.found
        raise Refused([*first, Problem("status.no-year", Location("--year"))])
    chosen = max(years) if year is None else year
    if not plan.history <= chosen <= plan.last:
        details: dict[str, object] = {"found": chosen, "first": plan.history, "last": plan.last}
        raise Refused([Problem("year-outside", Location("--year"), details)])
    return chosen


def _find_wrong(read: Sequence[_SheetResult], plan: Plan) -> tuple[Problem, ...]:
    """Return the errors in the sheets of one submitter: of each sheet, and if there are none, of all together."""
    if problems := tuple(problem for one in read for problem in one.problems):
        return problems
    together = Problems()
    check_together([one.sheet for one in read if one.sheet is not None], plan, together)
    return together.errors


def _find_asking(plan: Plan, sheets: Sequence[Sheet], year: int) -> Asking:
    """Return which figures of which subjects are asked for by the text in force at the end of the year, and by whom."""
    if not sheets:
        return {}
    plan = in_force(plan, date(year, 12, 31))
    asked = Asked(Measured(build_tables(Facts(plan, tuple(sheets))), year))
    return {kind: asked.find(kind) for kind in plan.kinds}


def _make_submission(
    name: str,
    read: Sequence[_SheetResult],
    problems: tuple[Problem, ...],
    asking: Asking,
    plan: Plan,
    due: date,
    as_of: date,
) -> Submission:
    sheets = [one.sheet for one in read if one.sheet is not None]
    if not sheets:
        late = as_of > due
        return Submission(name, "not_submitted", "overdue" if late else "still_time", days=max((as_of - due).days, 0))
    timing, submitted, days = _find_timing(sheets, due)
    files = tuple(one.file for one in read)
    if problems:
        return Submission(name, "refused", timing, submitted, days, files=files, problems=problems)
    scope = find_scope(sheets, plan)
    own, listings = _collect_answers(name, sheets, scope.narrow(asking, name) if scope else asking, plan, scope)
    state = _find_state(own, listings)
    outside = scope.count_outside(asking, sheets, plan) if scope else 0
    return Submission(
        name, state, timing, submitted, days, files=files, own=own, listings=() if state == "nothing" else listings,
        tiers=scope.tiers if scope and outside else (), outside=outside,
    )  # fmt: skip


def _find_timing(sheets: Sequence[Sheet], due: date) -> tuple[Timing, date | None, int]:
    """Return whether sheets were in time, with the last day and the delay. In time: all give a day, and none is late."""
    days = [sheet.submitted for sheet in sheets if sheet.submitted is not None]
    last = max(days, default=None)
    if last is not None and last > due:
        return "late", last, (last - due).days
    return ("in_time", last, 0) if last is not None and len(days) == len(sheets) else ("unknown", None, 0)


def _find_state(own: Entry, listings: Sequence[Listing]) -> State:
    """Return the state of a whole submission: complete only if no subject owes anything."""
    figures = own.reported or any(listing.figures for listing in listings)
    if own.nothing and not figures:
        return "nothing"
    if own.owed or any(listing.owed for listing in listings):
        return "partly"
    return "nothing" if own.state == "nothing" and not figures else "complete"


def _collect_answers(
    name: str, sheets: Sequence[Sheet], asking: Asking, plan: Plan, scope: Scope | None
) -> tuple[Entry, tuple[Listing, ...]]:
    """Return the entry of the root, and the listings of its subjects by kind."""
    entries = {kind: _make_entries(name, sheets, asking[kind], plan, kind) for kind in plan.kinds}
    root = plan.root.id
    silent = _make_entry(root, Answer(name, None, (), {}, ""), asking[root].get((name, name), {}))
    own = next((entry for entry in entries[root] if entry.name == name), silent)
    if own.state == "not_submitted":  # a sheet did come
        own = replace(own, state="partly")
    listings = []
    for kind in plan.kinds.values():
        listed = scope is None or kind.id in scope.kinds
        if kind.parent is not None and (entries[kind.id] or (listed and (kind.register or plan.reported(kind.id)))):
            listing = _make_listing(kind, plan, sheets, entries[kind.id])
            without = [asking[kind.id].get((name, subject), {}) for subject in listing.names or ("",)]
            listings.append(replace(listing, asking=_join(by for one in without for by in one.values())))
    return own, tuple(listings)


def _make_entries(
    root: str,
    sheets: Sequence[Sheet],
    asking: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]],
    plan: Plan,
    kind: str,
) -> tuple[Entry, ...]:
    return tuple(
        _make_entry(kind, answer, asking[root, answer.name])
        for part in merge_parts(sheets, kind)
        for answer in part.answers(plan.reported(kind))
    )


def _make_listing(kind: Kind, plan: Plan, sheets: Sequence[Sheet], entries: tuple[Entry, ...]) -> Listing:
    if any(kind.id in sheet.registers and sheet.registers[kind.id] is None for sheet in sheets):
        return Listing(kind.id, len(entries), True, entries, 0)
    size = register_size(kind.id, plan, sheets)
    names = kind.register.names if kind.register else ()
    listed = {entry.name for entry in entries}
    unlisted = None if size is None else max(size - len(entries), 0)
    known = tuple(n for n in names if n not in listed) if size == len(names) else ()
    return Listing(kind.id, size, False, entries, unlisted, known)


def _make_entry(kind: str, answer: Answer, asked: Mapping[str, tuple[str, ...]]) -> Entry:
    reported, absent, nothing = answer.reported, answer.absent, answer.nothing
    measures = dict.fromkeys((*asked, *reported, *absent))
    missing = tuple(measure for measure in asked if measure not in reported and measure not in absent)
    state: State = "complete"
    if not reported and (nothing or (measures and list(absent.values()) == ["not_applicable"] * len(measures))):
        state = "nothing"
    elif measures and not reported and not absent:
        state = "not_submitted"
    elif missing or "late" in absent.values():
        state = "partly"
    missing = () if state == "nothing" else missing
    entry = Entry(kind, answer.name, answer.parent, state, len(measures), len(reported), absent, missing, nothing)
    return replace(entry, asking=_join(asked.get(measure, ()) for measure in entry.awaited))


def _join(several: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in several for name in names))
