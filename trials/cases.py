"""Boundary cases the tool makes up for every commitment: at the target, just short, on the way, missing, nobody there.

Each case is judged by the ordinary engine, many at a time, and its verdict is compared with what the oracle says of the
same figures. A commitment is covered if it has been seen both met and short; one with a path also on track and behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

import polars as pl
from dabiao.engine.check import check
from dabiao.engine.results import Verdict
from dabiao.facts.model import Facts
from dabiao.rules.amend import amend_text, in_force
from dabiao.rules.model import Commitment, Plan
from dabiao.trials.drafts import Draft, Sort, drafts_of, has_path
from dabiao.trials.oracle import Oracle

_BATCH = 40  # commitments judged together
_SEEN = {
    "met": "met", "shortfall": "short", "on_track": "on_track", "behind": "behind", "undetermined": "undetermined",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A made-up case: the figures, the year, the verdict exact fractions give, and the one the engine gave."""

    commitment: str
    sort: Sort
    year: int
    expected: Verdict
    actual: str
    facts: str

    @property
    def passed(self) -> bool:
        """Whether the engine agrees."""
        return self.expected == self.actual


@dataclass(frozen=True)
class Seen:
    """What has been seen of one commitment: how many cases of each verdict.

    `text` names the amendment whose text this is, empty for the plan as first issued. `path` says whether progress is judged
    before it is due.
    """

    commitment: Commitment
    text: str = ""
    path: bool = False
    met: int = 0
    short: int = 0
    on_track: int = 0
    behind: int = 0
    undetermined: int = 0
    other: int = 0

    @property
    def lacking(self) -> tuple[str, ...]:
        """Name what should have been seen and has not: "met", "short", "on_track", "behind"."""
        wanted = ("met", "short", *(("on_track", "behind") if self.path else ()))
        return tuple(name for name in wanted if not getattr(self, name))

    def plus(self, verdicts: Iterable[str]) -> Seen:
        """Return this with more verdicts."""
        more = Counter(_SEEN.get(verdict, "other") for verdict in verdicts)
        return replace(self, **{name: getattr(self, name) + count for name, count in more.items()})


@dataclass(frozen=True)
class Coverage:
    """Every made-up case, and what has been seen of every commitment that is judged."""

    plan: Plan
    cases: tuple[Case, ...]
    seen: tuple[Seen, ...] = field(default=())

    @property
    def wrong(self) -> tuple[Case, ...]:
        """The cases in which the engine disagrees with exact fractions: a fault of the tool."""
        return tuple(case for case in self.cases if not case.passed)

    @property
    def open(self) -> tuple[Seen, ...]:
        """The commitments of which something lacks."""
        return tuple(seen for seen in self.seen if seen.lacking)

    @property
    def percent(self) -> Fraction:
        """The share of judged commitments of which nothing lacks, in percent; 100 if none is judged."""
        return Fraction(100 * (len(self.seen) - len(self.open)), len(self.seen)) if self.seen else Fraction(100)

    def also(self, verdicts: Iterable[tuple[str, str]]) -> Coverage:
        """Return the coverage with verdicts seen elsewhere: pairs of commitment and verdict."""
        found: dict[str, list[str]] = {}
        for name, verdict in verdicts:
            found.setdefault(name, []).append(verdict)
        return replace(self, seen=tuple(s.plus(found.get(s.commitment.id, ())) for s in self.seen))


def cover(plan: Plan) -> Coverage:
    """Make up the boundary cases of every commitment, in every text the plan has had, and judge them all."""
    cases: list[Case] = []
    seen: list[Seen] = []
    done: set[Commitment] = set()
    for day in (date.min, *sorted({amendment.effective for amendment in plan.amendments})):
        text = in_force(plan, day)
        judged = [c for c in text.commitments.values() if not c.manual and c not in done]
        done |= set(judged)
        for start in range(0, len(judged), _BATCH):
            cases_here = _cases(text, judged[start : start + _BATCH], day)
            cases += cases_here
            verdicts: dict[str, list[str]] = {}
            for case in cases_here:
                if case.passed:
                    verdicts.setdefault(case.commitment, []).append(case.actual)
            name = text.amended[-1] if text.amended else ""
            seen += [
                Seen(c, name, has_path(text, c)).plus(verdicts.get(c.id, ())) for c in judged[start : start + _BATCH]
            ]
    return Coverage(plan, tuple(cases), tuple(seen))


def _cases(plan: Plan, commitments: Sequence[Commitment], as_of: date) -> list[Case]:
    written = amend_text(plan)
    oracles = {year: Oracle(plan, written, year) for year in range(min(plan.history, plan.first), plan.last + 1)}
    drafts = [draft for commitment in commitments for draft in drafts_of(plan, commitment, oracles)]
    found: list[Case] = []
    for year in sorted({draft.year for draft in drafts}):
        found += _judged(plan, year, as_of, [draft for draft in drafts if draft.year == year])
    return found


def _judged(plan: Plan, year: int, as_of: date, drafts: Sequence[Draft]) -> list[Case]:
    """Judge many cases at once: each is a root subject of its own."""
    bare = replace(plan, consequences={}, waivers=())
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
