"""What a check returns: frozen values that know their exit code. Nothing here prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT, EXIT_UNDECIDED
from dabiao.base.problems import Location, Problem
from dabiao.base.units import Unit
from dabiao.engine.pace import distance
from dabiao.engine.requirement import requirement_of
from dabiao.facts.model import Fact
from dabiao.rules.comparators import Operator, meets

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]
    import polars as pl
    from dabiao.base.number_columns import Rationals
    from dabiao.facts.tables import Tables
    from dabiao.rules.algebra import Condition
    from dabiao.rules.model import Commitment, Owner, Plan
    from dabiao.rules.written import Nature, Tier

Verdict = Literal[
    "met", "early", "shortfall", "on_track", "behind", "not_due", "not_applicable", "undetermined", "waived"
]
VERDICTS: tuple[Verdict, ...] = (
    "shortfall", "behind", "undetermined", "on_track", "early", "met", "waived", "not_due", "not_applicable",
)  # fmt: skip
ON_THE_WAY: tuple[Verdict, ...] = ("behind", "on_track", "early")
"""The verdicts on a value before it is due."""
COUNTED: tuple[Tier, ...] = ("indicator", "task")  # tiers whose findings count
_SHOWN_ROWS = 20  # of a result in a notebook
CheckedFigures = tuple[str, int, str, str]  # a data check, a year, a kind, and of several measures one
WaiverState = Literal["used", "expired", "unused", "unmatched", "ambiguous"]
FailOn = Literal["shortfall", "behind", "undetermined", "effort", "never"]


@dataclass(frozen=True, slots=True)
class Used:
    """A figure that a finding rests on: a fact, or the place where one is missing.

    `value` is in base units; `stated` is where the plan itself gives the figure (a baseline). `row` is where the subject
    stands that lacks the figure, where it has a row of its own.
    """

    kind: str
    subject: str
    measure: str
    year: int
    fact: Fact | None
    value: Fraction | None = None
    stated: Location | None = None
    row: Location | None = field(default=None, compare=False)

    @property
    def missing(self) -> bool:
        """Whether there is no value."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Population:
    """How many subjects of a year a count or sum looked at: those that certainly count, those that may, and their names."""

    text: str
    counted: int
    possible: int
    names: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    unlisted: int | None = 0
    year: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """One comparator with its exact target in base units, and the value expected by now if it is not due yet.

    `least_expected` is what is expected at least, whatever the figures of the baseline year that are not known. `of_year` is
    the year whose value a direction is compared with.
    `limit` is the natural bound of a direction, at which it is met whatever its target (see `Bound`).
    """

    operator: Operator
    value: Fraction | None
    expected: Fraction | None = None
    limit: Fraction | None = None
    least_expected: Fraction | None = None
    of_year: int | None = None

    def distance(self, actual: Fraction) -> Fraction | None:
        """Return how far a value is from the target: above zero if it is missed, below if there is room to spare."""
        return None if self.value is None else distance(self.operator, actual, self.value)

    def is_met(self, value: Fraction) -> bool:
        """Whether a value meets the target; none does if the target is not known."""
        return self.value is not None and meets(value, self.operator, self.value)


def find_furthest(actual: Fraction, targets: Sequence[Target]) -> Target | None:
    """Return the target that is furthest from being met, or has least to spare; None unless all have a value.

    A range is as good as its weakest end.
    """
    known = [(far, target) for target in targets if (far := target.distance(actual)) is not None]
    return max(known, key=lambda pair: pair[0])[1] if known and len(known) == len(targets) else None


SubjectPath = tuple[tuple[str, str], ...]  # a subject with those that contain it: (kind, name) from the root down
Point = tuple[int, Fraction]  # a year and the value in it
Rating = Literal["achieved", "on_track", "acceleration_needed", "limited", "deterioration", "unable"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a value has come by one method: the ratio of what was done to what was to be done by now, and its class."""

    method: Literal["linear", "compound"]
    ratio: Fraction | None
    rating: Rating


@dataclass(frozen=True, slots=True)
class Outlook:
    """Several years of one value against its goal: the pace by both methods, and where the trend leads in the goal's year.

    `points` start with the baseline. `projected` and `reaches` are None where the goal's year has come; `projected` is held
    within what the value can be. `whole` values only come in whole numbers.
    """

    points: tuple[Point, ...]
    goal: Point
    operator: Operator
    linear: Progress
    compound: Progress
    projected: Fraction | None
    reaches: bool | None
    whole: bool = False

    def by(self, path: str) -> Progress:
        """Return the pace by the method of a path: that of a compound one, else in equal steps."""
        return self.compound if path == "compound" else self.linear


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """A commitment judged for one subject and year, with everything that explains it.

    Numbers are exact and in base units; `unit` is the unit to show them in. `gap` is what is missing to the target
    (negative: what it is exceeded by); `whole_gap` is the same in whole things of `whole_unit` where the measure counts or
    divides them. Where facts are missing `least_gap` is what is missing to the target at least (negative: what it is
    exceeded by at least). `pace` is the share of the expected distance covered, `completion` the value over its target
    where that has a meaning, `time_elapsed` the share of the time until the due year that has passed. `unmet` names the
    measures (kind, id) of the parts of a condition that do not hold, `unmet_parts` are these parts. `stands_for` is more
    than 1 for subjects that the register knows of and no sheet lists (None: nobody says how many). `place` is where the
    subject stands in its sheet, or where its sheet begins. `path` leads from the root to the subject: two homes of one name
    in two districts are two subjects. The bounds are owed in `due_year` (None: once the condition of the commitment holds).
    `owner` is the office that answers for the commitment. `restates` is the commitment that counts for the promise, if it
    is another one.
    """

    commitment: Commitment
    subject: str
    kind: str
    year: int
    verdict: Verdict
    actual: Fraction | None
    low: Fraction | None
    high: Fraction | None
    targets: tuple[Target, ...]
    unit: Unit
    gap: Fraction | None = None
    whole_gap: int | None = None
    whole_unit: str = ""
    baseline: Fraction | None = None
    pace: Fraction | None = None
    completion: Fraction | None = None
    time_elapsed: Fraction | None = None
    used: tuple[Used, ...] = ()
    populations: tuple[Population, ...] = ()
    least_gap: Fraction | None = None
    unmet: tuple[tuple[str, str], ...] = ()
    unmet_parts: tuple[Condition, ...] = ()
    waived_from: Verdict | None = None
    reason: str = ""
    stands_for: int | None = 1
    place: Location | None = None
    outlook: Outlook | None = None
    path: SubjectPath = ()
    due_year: int | None = None
    owner: Owner | None = None
    restates: str | None = None

    def __repr__(self) -> str:
        path = "/".join(name for _, name in self.path)
        return f"<Finding {self.commitment.id} {path} {self.year}: {self.verdict}>"

    @property
    def root(self) -> str:
        """The root subject whose sheet it was judged by."""
        return self.path[0][1] if self.path else self.subject

    @property
    def counts(self) -> bool:
        """Whether it is among what is counted: no effort, and no restatement."""
        return self.restates is None and self.commitment.tier != "effort"

    @property
    def severity(self) -> int:
        """How grave the finding is: 3 binding shortfall, 2 other shortfall, 1 behind, 0 nothing, or not counted."""
        return severity_of(self.verdict, self.commitment.nature) if self.counts else 0

    @property
    def missing(self) -> tuple[Used, ...]:
        """The figures that would settle an undetermined finding."""
        return tuple(u for u in self.used if u.missing)


def find_counted(fail_on: FailOn) -> tuple[Tier, ...]:
    """Return the tiers whose findings decide an exit code."""
    return (*COUNTED, "effort") if fail_on == "effort" else COUNTED


def severity_of(verdict: Verdict, nature: Nature) -> int:
    """Return how grave a verdict is: 3 binding shortfall, 2 other shortfall, 1 behind, 0 nothing."""
    if verdict == "shortfall":
        return 3 if nature == "binding" else 2
    return 1 if verdict == "behind" else 0


@dataclass(frozen=True, slots=True)
class Followed:
    """A consequence that followed: its rule, the subject it applies to, the findings that caused it, and the amount of money.

    `amount` is in 元; None if the plan names none, or a figure of it is not known.
    """

    rule: str
    subject: str
    kind: str
    year: int
    root: str
    because: tuple[tuple[str, str], ...]
    amount: Fraction | None = None


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How often a data check was made, over all subjects and years: `failed` and `confirmed` are among `made`.

    `unmade` counts where a missing figure left it open.
    """

    check: str
    made: int
    failed: int = 0
    confirmed: int = 0
    unmade: int = 0


@dataclass(frozen=True, slots=True)
class WaiverNote:
    """A waiver of the year and its effect: used, expired, or unused because there was nothing to waive.

    `paths` are those of the subjects it names. An unmatched one names a subject that was not judged. An ambiguous one names
    a subject that several districts or towns have: it waives nothing.
    """

    commitment: str
    subject: str
    expires: date
    state: WaiverState
    reason: str
    authority: str
    paths: tuple[SubjectPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one commitment in one root subject that have one verdict and one target: `rows`, the worst first.

    `missing` is the share of the distance that the worst still has to go (see `engine/gravity.py`). `subjects` is how many
    subjects the rows stand for; rows that stand for nobody knows how many count as one.
    """

    commitment: str
    root: str
    verdict: Verdict
    rows: tuple[int, ...]
    missing: float
    subjects: int


@dataclass(frozen=True, slots=True)
class Differing:
    """A restatement (`one`) and the commitment that counts for it, with different verdicts for one subject."""

    one: str
    other: str
    subject: str
    root: str
    verdicts: tuple[Verdict, Verdict]


@dataclass(frozen=True, slots=True)
class Others:
    """The findings by readings that were not chosen: a table like that of a result, and what explains its rows."""

    table: pl.DataFrame
    explain: Callable[[int], Finding]

    def findings(self) -> Iterator[Finding]:
        """Iterate over the findings, in the order of the plan."""
        return map(self.explain, range(self.table.height))

    def verdicts_of(self, name: str) -> dict[Verdict, int]:
        """Return how many findings of a commitment have each verdict that occurs."""
        return _count_verdicts(self.table, name)


def _count_verdicts(table: pl.DataFrame, name: str) -> dict[Verdict, int]:
    return dict(table.filter(table["commitment"] == name).group_by("verdict").len().iter_rows())


@dataclass(frozen=True)
class AlikeRows:
    """Some rows of one commitment on one kind of subject, from `start` on in the table of findings, and what makes them alike.

    `rows` has a row for each. `alike` is false for a row that is like no other: what its finding says has to be found out by
    itself. Of the others what is said follows from `verdict`, `source`, `file` and `said`, the figures in the columns
    `figure MEASURE` (floats, or exact quotients as texts), `name` and `line` of the subject, the names `above KIND`, and what
    is remarked on it in columns `remark WHAT` or, where it is `on_sheet`, told of its figures in columns `place N WHAT`. Where
    `order` is not null it follows from `order` in place of the figures, but for the numbers: `actual`, `gap`, `whole`,
    `completion` and the figures, exactly, beside the rows.
    """

    start: int
    rows: pl.DataFrame
    numbers: Mapping[str, Rationals | pl.Series] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """A check: one row per finding in `table`, consequences, manual clauses, waivers.

    `table` is what judging decided: commitment, root, subject, kind, verdict, actual, target, expected, start (floats in
    base units), and `@index`, the row of the subject in its table. `findings()` turns rows into full findings, one by one,
    by `explain`, and `find_alike` tells which are alike; `to_polars()` gives all of them as columns, or those of some rows,
    by `complete`, in which texts that repeat are Enum; `find_paths` gives the paths of the subjects of rows. `reported` is
    how many facts of the year are
    known. `restates` has the commitment that counts for each restatement. `silent` and `others` are worked out when they are
    asked for, by `find_silent` and `judge_others`. `notes` are warnings about the
    sheets, which were used all the same; `checked` says how often each data check was made, and `unmade` which rows of a
    kind a missing figure left it open for. `tables` are the facts that were judged, of all years.
    """

    plan: Plan
    year: int
    as_of: date
    table: pl.DataFrame
    explain: Callable[[int], Finding]
    find_paths: Callable[[Sequence[int] | pl.Series], list[SubjectPath]]
    find_alike: Callable[[], Iterator[AlikeRows]]
    complete: Callable[[Sequence[int] | None, Sequence[str] | None], pl.DataFrame]
    judge_others: Callable[[], Others]
    followed: Sequence[Followed]
    manual: Sequence[Commitment]
    waivers: Sequence[WaiverNote]
    reported: int = 0
    synthetic: bool = False
    restates: Mapping[str, str] = field(default_factory=dict)
    find_silent: Callable[[], frozenset[str]] = frozenset
    notes: Sequence[Problem] = ()
    checked: Sequence[CheckCount] = ()
    tables: Tables
    unmade: Mapping[CheckedFigures, pl.Series] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{verdict} {count}" for verdict, count in self.counts().items() if count)
        return f"<Result {self.plan.id} {self.year}: {counts or 'no findings'}>"

    def _repr_html_(self) -> str:
        """Show a notebook the counts of verdicts, and what fell short first."""
        from html import escape

        rows = self.to_polars().sort("severity", descending=True, maintain_order=True).head(_SHOWN_ROWS)
        shown = rows.select("commitment", "path", "verdict", "actual", "target", "gap", "unit")
        head = "".join(f"<th>{escape(name)}</th>" for name in shown.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
            for row in shown.iter_rows()
        )
        return f"<p>{escape(repr(self)[1:-1])}</p><table><tr>{head}</tr>{body}</table>"

    @cached_property
    def silent(self) -> frozenset[str]:
        """The commitments about which nothing is reported at all."""
        return self.find_silent()

    @cached_property
    def others(self) -> Others:
        """The findings by readings that were not chosen, of the commitments whose plan says how they differ."""
        return self.judge_others()

    @cached_property
    def _frame(self) -> pl.DataFrame:
        return _spell_out(self.complete(None, None))

    def to_polars(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return all findings as a frame, one row each, with all columns of docs/python.md or some.

        Raises `Refused` for columns that are not known.
        """
        return self._frame if columns is None else _spell_out(self.complete(None, columns))

    def columns_of(self, rows: Sequence[int]) -> pl.DataFrame:
        """Return the columns of `to_polars()` for some rows, in ascending order; those of the outlook are null."""
        return _spell_out(self.complete(rows, None))

    def due_years(self, commitments: Iterable[str]) -> list[int | None]:
        """Return the year in which each of several commitments of the plan is owed, None for one that waits for a condition."""
        commitments = list(commitments)
        due = {
            name: requirement_of(self.plan.commitments[name], self.plan, self.year).due_year for name in {*commitments}
        }
        return [due[name] for name in commitments]

    def to_pandas(self) -> pandas.DataFrame:
        """Return all findings as a pandas frame. Raises `ImportError` where pandas or pyarrow is not installed."""
        try:
            return self._frame.to_pandas()
        except ModuleNotFoundError as missing:
            raise ImportError(f"to_pandas() needs pandas and pyarrow; {missing.name} is not installed") from missing

    def counts(self, *tiers: Tier) -> dict[Verdict, int]:
        """Return how many findings have each verdict, zeros included: those that count, or those of some tiers.

        Each promise is counted once, with the verdict of the commitment that the others restate.
        """
        rows = self.table.filter(self.rows_in(*tiers))
        found = dict(rows.group_by("verdict").len().iter_rows())
        return {verdict: found.get(verdict, 0) for verdict in VERDICTS}

    @cached_property
    def _counting(self) -> pl.Series:
        return self.table["commitment"].is_in(self.names_in())

    def names_in(self, *tiers: Tier) -> list[str]:
        """List the commitments of some tiers (those that count, if none are named) that restate nothing."""
        wanted = tiers or COUNTED
        return [c.id for c in self.plan.commitments.values() if c.tier in wanted and c.id not in self.restates]

    def rows_in(self, *tiers: Tier) -> pl.Series:
        """Return which rows are of some tiers (those that count, if none are named) and restate nothing."""
        return self.table["commitment"].is_in(self.names_in(*tiers)) if tiers else self._counting

    def rows_with(self, *verdicts: Verdict) -> pl.Series:
        """Return which rows that count have one of some verdicts."""
        return self.table["verdict"].is_in(verdicts) & self._counting

    @cached_property
    def several_roots(self) -> bool:
        """Whether several root subjects are judged, so that reports must name the root of each subject."""
        return self.table["root"].n_unique() > 1

    @cached_property
    def years_of(self) -> Mapping[str, tuple[int, ...]]:
        """The years of the sheets of each root subject: one without a sheet of `year` was not judged."""
        found: dict[str, list[int]] = {}
        for root, year in self.tables.frames[self.plan.root.id].select("@root", "@year").sort("@year").iter_rows():
            found.setdefault(root, []).append(year)
        order = dict.fromkeys(self.tables.frames[self.plan.root.id]["@root"])
        return {root: tuple(dict.fromkeys(found[root])) for root in order}

    @cached_property
    def judged(self) -> bool:
        """Whether anything was judged that counts: a commitment was selected, and some fact of the year is known."""
        return bool(self.reported) and bool(self._counting.any())

    def verdicts_of(self, name: str) -> dict[Verdict, int]:
        """Return how many findings of a commitment have each verdict that occurs."""
        return _count_verdicts(self.table, name)

    def efforts(self) -> list[int]:
        """List the rows of efforts, each once: for review with the evidence that was reported."""
        return self.rows_in("effort").arg_true().to_list()

    def restated_by(self, name: str) -> list[str]:
        """List the restatements of a commitment, in the order of the plan."""
        return [other for other in self.plan.commitments if self.restates.get(other) == name]

    def findings(self, verdicts: Sequence[Verdict] | None = None, *, tiers: Sequence[Tier] = ()) -> Iterator[Finding]:
        """Iterate over the findings in the order of the plan, of some verdicts or all; of some tiers, each promise once.

        Raises `ValueError` for a word that is no verdict.
        """
        if unknown := [verdict for verdict in verdicts or () if verdict not in VERDICTS]:
            raise ValueError(f"no verdict: {', '.join(map(str, unknown))}; there are {', '.join(VERDICTS)}")
        rows = self.rows_in(*tiers).arg_true().to_list() if tiers else range(self.table.height)
        for row in rows:
            if verdicts is None or self.table["verdict"][row] in verdicts:
                yield self.explain(row)

    def rows_of(
        self, verdict: Verdict, *, together: bool = False, among: pl.Series | None = None
    ) -> list[tuple[int, int]]:
        """List the rows that count with a verdict, and how many each stands for: 1, or all of its commitment `together`.

        `among` says which rows are looked at (None: all).
        """
        wanted = self.rows_with(verdict)
        rows = (wanted if among is None else wanted & among).arg_true()
        if not together:
            return [(row, 1) for row in rows.to_list()]
        found: dict[str, list[int]] = {}
        for row, name in zip(rows, self.table["commitment"].gather(rows), strict=True):
            found.setdefault(name, []).append(row)
        return [(same[0], len(same)) for same in found.values()]

    def differing(self) -> list[Differing]:
        """Return the restatements whose verdicts differ from that which counts: where the reading of the text decides.

        Of a restatement about which nothing is reported, nothing is known that could differ.
        """
        stated = [c for c in self.plan.commitments if c in self.restates and c not in self.silent]
        pairs = [(c, self.restates[c]) for c in stated]
        found: dict[str, dict[tuple[str, str, str], Verdict]] = {}
        linked = self.table.filter(self.table["commitment"].is_in([name for pair in pairs for name in pair]))
        for name, *subject, verdict in linked.select("commitment", "root", "kind", "subject", "verdict").iter_rows():
            found.setdefault(name, {})[subject[0], subject[1], subject[2]] = verdict
        return [
            Differing(one, other, subject, root, (verdict, found[other][root, kind, subject]))
            for one, other in pairs
            for (root, kind, subject), verdict in found.get(one, {}).items()
            if found.get(other, {}).get((root, kind, subject), verdict) != verdict
        ]

    def exit_code(self, fail_on: FailOn = "shortfall") -> int:
        """Return 1 if something at or above `fail_on` was found, 3 if nothing was judged or something undecided, else 0.

        Only what counts is looked at: each promise once. "effort" is "shortfall" with the efforts included.
        """
        return exit_code_of(self.counts(*find_counted(fail_on)), self.reported, fail_on)


def _spell_out(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of findings with texts in place of Enum, but for the verdicts."""
    import polars as pl

    repeated = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Enum)]
    return frame.cast({name: pl.String for name in repeated if name not in ("verdict", "waived_from")})


def exit_code_of(counts: Mapping[Verdict, int], reported: int, fail_on: FailOn) -> int:
    """Return the exit code for how many findings have each verdict, and how many facts are known."""
    failing: dict[FailOn, tuple[Verdict, ...]] = {
        "never": (),
        "shortfall": ("shortfall",),
        "effort": ("shortfall",),
        "behind": ("shortfall", "behind"),
        "undetermined": ("shortfall", "behind", "undetermined"),
    }
    if any(counts.get(verdict) for verdict in failing[fail_on]):
        return EXIT_FELL_SHORT
    if counts.get("undetermined") or not any(counts.values()) or not reported:
        return EXIT_UNDECIDED
    return EXIT_CLEAN
