"""Two results compared: what became of every finding and doubt, which figures changed, what follows now and did not before.

Findings are paired by commitment and the whole path of their subject. What became of one is a function of its two verdicts
(`FATES`), so that comparing the other way round tells the same pairs, turned round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, cast, get_args

import polars as pl
from dabiao.base.problems import Problem
from dabiao.engine.columns import HAIR
from dabiao.engine.compare_figures import Compared, FigureChange, RegisterChange, SubjectChange
from dabiao.engine.gravity import WRONG, list_gravest_rows
from dabiao.engine.results import (
    VERDICTS,
    CheckedFigures,
    FailOn,
    Finding,
    Followed,
    Result,
    Verdict,
)
from dabiao.rules.algebra import Leaf
from dabiao.rules.model import Commitment
from dabiao.rules.walks import variables

Fate = Literal["new", "unverifiable", "still", "mended", "newly_judged", "set_aside", "gone"]
FATES: tuple[Fate, ...] = get_args(Fate)
Trend = Literal["narrower", "wider", "same", "unknown"]
TRENDS: tuple[Trend, ...] = get_args(Trend)
DoubtState = Literal["new", "carried", "answered", "open", "gone"]
DOUBT_STATES: tuple[DoubtState, ...] = get_args(DoubtState)
_Standing = Literal["short", "open", "reached", "aside", "absent"]

_STANDINGS: Mapping[Verdict, _Standing] = {
    "shortfall": "short", "behind": "short", "undetermined": "open", "on_track": "reached", "early": "reached",
    "met": "reached", "waived": "aside", "not_due": "aside", "not_applicable": "aside",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """A finding before and after; None on a side where its subject or commitment does not exist."""

    before: Finding | None
    after: Finding | None

    @property
    def verdict_changed(self) -> bool:
        """Whether the verdict changed, not only the value or the target."""
        return (self.before.verdict if self.before else None) != (self.after.verdict if self.after else None)

    @property
    def trend(self) -> Trend:
        """Whether the gap is narrower or wider than before; of a condition, whether fewer or more of its parts fail.

        Gaps to different targets are not compared.
        """
        one, other = self.before, self.after
        if one is None or other is None or _aims(one) != _aims(other):
            return "unknown"
        if one.gap is not None and other.gap is not None:
            return "same" if one.gap == other.gap else "narrower" if other.gap < one.gap else "wider"
        if one.unmet and other.unmet:
            before, after = set(one.unmet), set(other.unmet)
            return (
                "same"
                if before == after
                else "narrower"
                if after < before
                else "wider"
                if before < after
                else "unknown"
            )
        return "unknown"


def _aims(finding: Finding) -> list[tuple[str, Fraction | None]]:
    return [(target.operator, target.value) for target in finding.targets]


def find_fate(before: Verdict | None, after: Verdict | None) -> Fate | None:
    """Return what became of a finding with two verdicts; None for a side without it. None where it stands as it stood.

    What falls short now and did not is `new`; what is undetermined now and was not is `unverifiable`; what reaches its
    target and was short is `mended`, and what was not known to reach it, or not asked, `newly_judged`. A shortfall that is
    waived, not due or not applicable now is `set_aside`, and so is what was judged or open; one whose subject is no longer
    there is `gone`. Neither of them is mended.
    """
    one, other = (_STANDINGS[verdict] if verdict else "absent" for verdict in (before, after))
    match one, other:
        case ("short", "short"):
            return "still"
        case (_, "short"):
            return "new"
        case ("open", "open"):
            return None
        case (_, "open"):
            return "unverifiable"
        case ("short", "reached"):
            return "mended"
        case ("reached", "reached"):
            return None
        case (_, "reached"):
            return "newly_judged"
        case ("short" | "open" | "reached", "aside"):
            return "set_aside"
        case ("short" | "open" | "reached", "absent"):
            return "gone"
    return None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A data check that failed in one of two submissions, or would have failed without a reason.

    `new` has no answer yet. `answered` is found no longer, or the sheet says now why the figure is right (`reason`);
    `carried` stands as it did, open or with its reason. `open` cannot be checked now for want of a figure, or nobody can tell,
    since more fails than is listed; `gone` is about a subject that is no longer there.
    """

    check: str
    root: str
    kind: str
    subject: str
    state: DoubtState
    before: Problem | None
    after: Problem | None

    @property
    def reason(self) -> str:
        """What the sheet says for the figure, empty if it says nothing."""
        said = [p for p in (self.after, self.before) if p is not None and p.code == "data.confirmed"]
        return str(said[0].details["reason"]) if said else ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison:
    """Two results by the same text. Nothing that is not counted (efforts, restatements) is among the `findings`.

    `findings` has a row for each finding of either: commitment, fate (null where it stands as it stood), both verdicts, and
    its rows in both results. `refused` says that data checks would refuse the old submission: it was compared all the same.
    `appeared` and `vanished` are consequences.
    """

    old: Result
    new: Result
    findings: pl.DataFrame
    cells: pl.DataFrame
    subjects: tuple[SubjectChange, ...]
    registers: tuple[RegisterChange, ...]
    doubts: tuple[Doubt, ...]
    appeared: tuple[Followed, ...]
    vanished: tuple[Followed, ...]
    compared: Compared
    refused: bool = False
    fail_on: FailOn = "shortfall"

    def __repr__(self) -> str:
        counts = ", ".join(f"{fate} {count}" for fate, count in self.counts().items() if count)
        return f"<Comparison {self.new.plan.id} {self.old.year} {self.new.year}: {counts or 'the same'}>"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The warnings about the new sheets."""
        return tuple(self.new.notes)

    @property
    def exit_code(self) -> int:
        """The exit code of the check of the new submission."""
        return self.new.exit_code(self.fail_on)

    @property
    def changed(self) -> bool:
        """Whether anything is not as it was: a figure, a subject, a register, a finding, a doubt or a consequence."""
        counts = self.counts()
        parts = (self.cells.height, self.subjects, self.registers, self.appeared, self.vanished)
        settled = all(doubt.state == "carried" for doubt in self.doubts)
        return any(parts) or not settled or any(count for fate, count in counts.items() if fate != "still")

    def counts(self) -> dict[Fate, int]:
        """Return how many findings have each fate, zeros included."""
        found = dict(self.findings.drop_nulls("fate").group_by("fate").len().iter_rows())
        return {fate: found.get(fate, 0) for fate in FATES}

    def count_unjudged(self) -> int:
        """Return how many of the findings that are short now, and were not, had no verdict of either kind before."""
        unjudged = [verdict for verdict, standing in _STANDINGS.items() if standing in ("open", "aside")]
        before = pl.col("verdict_old")
        return self.findings.filter((pl.col("fate") == "new") & (before.is_null() | before.is_in(unjudged))).height

    @cached_property
    def trends(self) -> dict[Trend, int]:
        """How the gaps of what is still short moved, zeros included."""
        found = find_trends(self)
        return {trend: found.count(trend) for trend in TRENDS}

    @cached_property
    def transitions(self) -> dict[tuple[Verdict | None, Verdict | None], int]:
        """How many findings went from which verdict to which; None where there was or is none."""
        order = {verdict: number for number, verdict in enumerate((*VERDICTS, None))}
        rows = self.findings.group_by("verdict_old", "verdict").len().iter_rows()
        found = {(before, after): count for before, after, count in rows}
        return dict(sorted(found.items(), key=lambda pair: (order[pair[0][0]], order[pair[0][1]])))

    @cached_property
    def several_roots(self) -> bool:
        """Whether both results together have several root subjects, so that reports must name the root of each subject."""
        return pl.concat([self.old.table["root"], self.new.table["root"]]).n_unique() > 1

    def shifts(self, fate: Fate, most: int | None = None) -> Iterator[Shift]:
        """Iterate over the findings with a fate, gravest first; over the first `most` only."""
        rows = self.findings.filter(pl.col("fate") == fate)
        rows = rows if most is None else rows.head(most)
        for old, new in rows.select("@row_old", "@row").iter_rows():
            yield Shift(None if old is None else self.old.explain(old), None if new is None else self.new.explain(new))

    def figures(self, most: int | None = None) -> Iterator[FigureChange]:
        """Iterate over the figures that changed, in the order of the plan and of the new sheets; over the first `most` only."""
        rows = self.cells if most is None else self.cells.head(most)
        return (self.compared.read_cell(cell) for cell in rows.iter_rows())


def compare(old: Result, new: Result, fail_on: FailOn = "shortfall") -> Comparison:
    """Compare two results of the same text, selected alike: an earlier submission and a later one."""
    compared = Compared(old.tables, new.tables, (old.year, new.year))
    appeared, vanished = compare_followed(old, new)
    return Comparison(
        old=old, new=new, findings=_judge_fates(old, new), cells=compared.find_changed_cells(),
        subjects=tuple(compared.find_subjects()), registers=tuple(compared.find_registers()),
        doubts=tuple(_compare_doubts(old, new)), appeared=appeared, vanished=vanished, compared=compared,
        refused=any(problem.severity == "error" for problem in old.notes), fail_on=fail_on,
    )  # fmt: skip


def pair_findings(old: Result, new: Result) -> pl.DataFrame:
    """Pair the rows of two results by commitment and whole path, in the order of the new one, then of the old one.

    The columns of the table of the old one end in `_old`; `@row` and `@row_old` are the rows, null where there is none.
    """
    one, other = (_add_keys(result) for result in (old, new))
    return other.join(
        one, on=["commitment", "kind", "@path"], how="full", suffix="_old", coalesce=True, maintain_order="left_right"
    )


def _add_keys(result: Result) -> pl.DataFrame:
    """Return the table of a result with row numbers, and a key for the path of each subject."""
    table = result.table.with_row_index("@row").with_columns(pl.col("commitment", "kind", "verdict").cast(pl.String))
    root = result.plan.root.id
    parts = []
    for rows in table.partition_by("kind", maintain_order=True):
        kind = rows["kind"][0]
        keys = result.tables.path_keys(kind, result.tables.of_year(kind, result.year))
        nobody = result.tables.path_keys(root, rows.select(pl.col("root").alias("@root")))
        parts.append(rows.with_columns(keys.gather(rows["@index"]).alias("@path").fill_null(nobody)))
    return pl.concat(parts).sort("@row") if parts else table.with_columns(pl.lit("").alias("@path"))


def compare_followed(old: Result, new: Result) -> tuple[tuple[Followed, ...], tuple[Followed, ...]]:
    """Return the consequences that only the new result has, and those that only the old one has."""
    before, after = ({(f.rule, f.subject, f.kind, f.root): f for f in result.followed} for result in (old, new))
    appeared = tuple(f for place, f in after.items() if place not in before)
    return appeared, tuple(f for place, f in before.items() if place not in after)


def find_trends(comparison: Comparison) -> list[Trend]:
    """Return the trend of everything that is still short, as `Shift.trend` tells it of each.

    Gaps to the same target that are clearly apart are compared as columns. Where a subject reports what it reported, and its
    gap depends on nothing else, the gap is the same. The others are looked at one by one, exactly.
    """
    old, new = comparison.old, comparison.new
    rows = comparison.findings.filter(pl.col("fate") == "still").sort("@row")
    before, after = rows["@row_old"].to_list(), rows["@row"].to_list()
    order = sorted(before)
    columns = ("gap", "actual", "target", "upper")
    past = dict(zip(order, old.columns_of(order).select(columns).rows(), strict=True))
    now = new.columns_of(after).select(columns).rows()
    found: list[Trend] = []
    for one, row, (gap, actual, *aim), same in zip(before, after, now, _find_untouched(comparison, rows), strict=True):
        gap_before, actual_before, *aim_before = past[one]
        numbers = (gap, actual, gap_before, actual_before)
        if same:
            found.append("unknown" if gap is None and not new.explain(row).unmet else "same")
        elif aim == aim_before and None not in numbers and abs(gap - gap_before) > sum(map(abs, numbers)) * HAIR:
            found.append("narrower" if gap < gap_before else "wider")
        else:
            found.append(Shift(old.explain(one), new.explain(row)).trend)
    return found


def _find_untouched(comparison: Comparison, rows: pl.DataFrame) -> list[bool]:
    """Return which findings rest on figures of their own subject and year alone, and none of these changed."""
    old, new = comparison.old, comparison.new
    if old.year != new.year:
        return [False] * rows.height
    touched = {
        kind: set(cells["@new"].to_list())
        for (kind,), cells in comparison.cells.filter(pl.col("pair") == 0).partition_by("kind", as_dict=True).items()
    }
    own = {c.id: _looks_at_itself(c) for c in new.plan.commitments.values()}
    places = {kind: new.tables.of_year(kind, new.year)["@index"].to_list() for kind in new.plan.kinds}
    found = []
    for name, row in rows.select("commitment", "@row").iter_rows():
        kind, index = new.plan.commitments[name].kind, new.table["@index"][row]
        changed = index is None or places[kind][index] in touched.get(kind, ())
        found.append(own[name] and not changed)
    return found


def _looks_at_itself(commitment: Commitment) -> bool:
    """Whether the gap of a commitment depends on reported figures of the subject and the year alone."""
    bounds = [bound for group in (commitment.bounds, *(s.bounds for s in commitment.stages)) for bound in group]
    looked_at = variables(*commitment.forms(bounds))
    return all(isinstance(v, Leaf) and v.kind == commitment.kind and v.time == "now" for v in looked_at)


def _judge_fates(old: Result, new: Result) -> pl.DataFrame:
    """Return what became of every finding that counts, gravest first."""
    pairs = pair_findings(old, new).filter(pl.col("commitment").is_in(new.names_in()))
    pairs = pairs.select("commitment", "verdict_old", "verdict", "@row_old", "@row")
    kinds = pairs.select("verdict_old", "verdict").unique().rows()
    fates = pl.DataFrame(
        [(one, other, find_fate(one, other)) for one, other in kinds],
        schema={"verdict_old": pl.String, "verdict": pl.String, "fate": pl.String}, orient="row",
    )  # fmt: skip
    pairs = pairs.join(
        fates, on=["verdict_old", "verdict"], how="left", nulls_equal=True, maintain_order="left"
    )  # fmt: skip
    return order_by_gravity(pairs, old, new)


def order_by_gravity(pairs: pl.DataFrame, old: Result, new: Result) -> pl.DataFrame:
    """Return pairs of findings with the gravest first: as they are now where that is short or open, else as they were."""
    pairs = pairs.join(_rank(new, "@row"), on="@row", how="left", maintain_order="left")
    pairs = pairs.join(_rank(old, "@row_old"), on="@row_old", how="left", maintain_order="left", suffix="_old")
    rank = pl.coalesce("rank", "rank_old")
    return pairs.sort(rank, nulls_last=True, maintain_order=True).drop("rank", "rank_old")


def _rank(result: Result, row: str) -> pl.DataFrame:
    """Return the rows of what is short or open, numbered by gravity."""
    rows = list_gravest_rows(result, (*WRONG, "undetermined"))
    return pl.DataFrame({row: rows}, schema={row: pl.UInt32}).with_row_index("rank")


_Place = tuple[str, str, str, str, str, int]  # check, root, kind, subject, measure, year


def _compare_doubts(old: Result, new: Result) -> Iterator[Doubt]:
    """Iterate over the doubts of both submissions: those of the new one in its order, then what became of the others.

    A doubt is about the same figure if it is about the same year. Where neither submission has the year of the other, the
    years judged stand beside each other.
    """
    apart = old.year not in new.tables.years and new.year not in old.tables.years
    before, after = _doubts(old.notes), _doubts(new.notes)
    more = {str(note.details["check"]) for note in new.notes if note.code == "data.more"}

    def turned(place: _Place, here: int, there: int) -> _Place:
        return (*place[:-1], there) if apart and place[-1] == here else place

    for place, now in after.items():
        then = before.get(turned(place, new.year, old.year))
        answered = now.code == "data.confirmed"
        state: DoubtState = "answered" if answered else "new"
        if then is not None and (not answered or then.code == "data.confirmed"):
            state = "carried"
        yield Doubt(*place[:4], state, then, now)
    for place, then in before.items():
        now_at = turned(place, old.year, new.year)
        if now_at not in after and then.code != "data.confirmed":
            yield Doubt(*place[:4], "open" if place[0] in more else _what_became(now_at, new), then, None)


def _doubts(notes: Sequence[Problem]) -> dict[_Place, Problem]:
    """Return the data checks that failed, confirmed or not, by what they are about."""
    found: dict[_Place, Problem] = {}
    for note in notes:
        if note.code in ("data.unmade", "data.more") or "figures_of" not in note.details:
            continue
        check, year, kind, measure = cast(CheckedFigures, note.details["figures_of"])
        found[check, str(note.details["root"]), kind, str(note.details["subject"]), measure, year] = note
    return found


def _what_became(place: _Place, new: Result) -> DoubtState:
    """Return what became of a doubt that is not found any more: whether it could be checked at all."""
    check, root, kind, subject, measure, year = place
    row = new.tables.of_year(kind, year).select((pl.col("@root") == root) & (pl.col("@name") == subject)).to_series()
    if not row.any():
        return "gone"
    unmade = new.unmade.get((check, year, kind, measure))
    return "open" if unmade is not None and unmade.filter(row).any() else "answered"
