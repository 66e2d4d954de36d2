"""Makes up boundary cases for every commitment: at the target, just short, before the due year, missing figures, no subject.

Each case is judged by the ordinary engine, many at a time, and its verdict is compared with what the oracle says of the
same figures. A commitment is covered if it has been seen both met and short, early where it is due later, and
on track and behind where it has a path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

import polars as pl
from dabiao.engine.check import check
from dabiao.facts.model import Facts
from dabiao.rules import written as w
from dabiao.rules.amend import amend_text, in_force
from dabiao.rules.model import Commitment, Plan
from dabiao.trials.drafts import list_verdicts, make_drafts
from dabiao.trials.makers import Draft, Sort
from dabiao.trials.oracle import Oracle
from dabiao.trials.runs import judge_runs

_BATCH = 40  # commitments judged together
_COUNTERS = {
    "met": "met", "shortfall": "short", "early": "early", "on_track": "on_track", "behind": "behind",
    "undetermined": "undetermined",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A made-up case: the figures, the year, the verdict of the oracle (`expected`), and that of the engine (`actual`).

    Of waivers and consequences these are not verdicts but the state of the waiver, and whether the consequence, which
    `commitment` then names, follows.
    """

    commitment: str
    sort: Sort
    year: int
    expected: str
    actual: str
    facts: str

    @property
    def passed(self) -> bool:
        """Whether the engine agrees."""
        return self.expected == self.actual


@dataclass(frozen=True)
class CommitmentCoverage:
    """The number of cases of each verdict for one commitment.

    `text` names the amendment that gave the commitment its text, empty for the plan as first issued. `wanted` names the
    verdicts it can have by its figures.
    """

    commitment: Commitment
    text: str = ""
    wanted: tuple[str, ...] = ("met", "short")
    met: int = 0
    short: int = 0
    early: int = 0
    on_track: int = 0
    behind: int = 0
    undetermined: int = 0
    other: int = 0

    @property
    def lacking(self) -> tuple[str, ...]:
        """The verdicts without a case that the commitment can have: "met", "short", "early", "on_track", "behind"."""
        return tuple(name for name in self.wanted if not getattr(self, name))

    @property
    def path(self) -> bool:
        """Whether progress is judged before the due year."""
        return "behind" in self.wanted

    def with_verdicts(self, verdicts: Iterable[str]) -> CommitmentCoverage:
        """Return the coverage with more verdicts of the commitment."""
        more = Counter(_COUNTERS.get(verdict, "other") for verdict in verdicts)
        return replace(self, **{name: getattr(self, name) + count for name, count in more.items()})


@dataclass(frozen=True)
class Coverage:
    """All made-up cases, and the coverage of every commitment that is judged."""

    plan: Plan
    cases: tuple[Case, ...]
    seen: tuple[CommitmentCoverage, ...] = field(default=())

    @property
    def wrong(self) -> tuple[Case, ...]:
        """The cases in which the engine disagrees with exact fractions: a fault of the tool."""
        return tuple(case for case in self.cases if not case.passed)

    @property
    def open(self) -> tuple[CommitmentCoverage, ...]:
        """The commitments that lack a verdict."""
        return tuple(seen for seen in self.seen if seen.lacking)

    @property
    def percent(self) -> Fraction:
        """The share of judged commitments that lack no verdict, in percent; 100 if none is judged."""
        return Fraction(100 * (len(self.seen) - len(self.open)), len(self.seen)) if self.seen else Fraction(100)

    def with_verdicts(self, verdicts: Iterable[tuple[str, str]]) -> Coverage:
        """Return the coverage with more verdicts, as pairs of commitment and verdict."""
        found: dict[str, list[str]] = {}
        for name, verdict in verdicts:
            found.setdefault(name, []).append(verdict)
        return replace(self, seen=tuple(s.with_verdicts(found.get(s.commitment.id, ())) for s in self.seen))


def cover(plan: Plan) -> Coverage:
    """Make up and judge the boundary cases of every commitment, in the original text and in every amended one."""
    cases: list[Case] = []
    seen: list[CommitmentCoverage] = []
    done: set[Commitment] = set()
    for day in (date.min, *sorted({amendment.effective for amendment in plan.amendments})):
        text, drafts = in_force(plan, day), list[Draft]()
        written = amend_text(text)
        judged = [c for c in text.commitments.values() if not c.manual and c not in done]
        done |= set(judged)
        for start in range(0, len(judged), _BATCH):
            batch = judged[start : start + _BATCH]
            drafts_here = _make_drafts(text, written, batch)
            drafts += drafts_here
            cases_here = _judge_drafts(text, day, drafts_here)
            cases += cases_here
            verdicts: dict[str, list[str]] = {}
            for case in cases_here:
                if case.passed:
                    verdicts.setdefault(case.commitment, []).append(case.actual)
            name = text.amended[-1] if text.amended else ""
            seen += [
                CommitmentCoverage(c, name, list_verdicts(text, c)).with_verdicts(verdicts.get(c.id, ())) for c in batch
            ]
        tests = [test for test in text.tests if test not in done]
        done |= set(tests)
        drafts += _make_drafts(text, written, tests)
        cases += [
            Case(found.name, found.sort, year, found.expected, found.actual, found.facts)
            for year, found in judge_runs(text, written, drafts)
        ]
    return Coverage(plan, tuple(cases), tuple(seen))


def _make_drafts(plan: Plan, written: w.Plan, commitments: Sequence[Commitment]) -> list[Draft]:
    oracles = {year: Oracle(plan, written, year) for year in range(min(plan.history, plan.first), plan.last + 1)}
    return [draft for commitment in commitments for draft in make_drafts(plan, commitment, oracles)]


def _judge_drafts(plan: Plan, as_of: date, drafts: Sequence[Draft]) -> list[Case]:
    found: list[Case] = []
    for year in sorted({draft.year for draft in drafts}):
        found += _judge_year(plan, year, as_of, [draft for draft in drafts if draft.year == year])
    return found


def _judge_year(plan: Plan, year: int, as_of: date, drafts: Sequence[Draft]) -> list[Case]:
    """Judge many cases at once, each as a separate root subject."""
    chosen = {
        name: replace(c, other=None) for name, c in plan.commitments.items()
    }  # by the reading that was chosen alone
    bare = replace(plan, consequences={}, waivers=(), commitments=chosen)
    sheets = [s for number, draft in enumerate(drafts) for s in draft.world.sheets(f"case-{number}", plan, year)]
    names = list(dict.fromkeys(draft.commitment.id for draft in drafts))
    result = check(bare, Facts(bare, tuple(sheets)), year=year, as_of=as_of, select=names, data_checks=False)
    wanted = pl.DataFrame(
        {"commitment": [d.commitment.id for d in drafts], "root": [f"case-{number}" for number in range(len(drafts))]}
    )
    table = result.table.select(pl.col("commitment", "verdict").cast(pl.String), "root")
    found = wanted.join(table, on=["commitment", "root"], how="left", maintain_order="left")
    verdicts: dict[str, list[str]] = {}
    for root, verdict in found.select("root", "verdict").iter_rows():
        verdicts.setdefault(root, []).append(str(verdict))
    return [
        Case(
            draft.commitment.id, draft.sort, year, draft.expected,
            " + ".join(verdicts[f"case-{number}"]), draft.world.text(plan),
        )
        for number, draft in enumerate(drafts)
    ]  # fmt: skip
