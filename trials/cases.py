"""Boundary cases the tool makes up for every commitment: just short, at the target, just above, missing, nobody there.

Each case is judged by the ordinary engine, many at a time, and its verdict is compared with what exact fractions say of
the same figures. A commitment is covered if it has been seen both met and short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import Literal

import polars as pl
from dabiao.engine.check import check
from dabiao.engine.requirement import phase_of, requirement
from dabiao.engine.results import Verdict
from dabiao.facts.model import Facts
from dabiao.rules.algebra import Condition, Sum, Test, compare, conjuncts, variables
from dabiao.rules.amend import in_force
from dabiao.rules.model import Bound, Commitment, Plan
from dabiao.trials.boundary import Goal, Solver
from dabiao.trials.worlds import Place, World

Sort = Literal["at", "short", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet"]
SORTS: tuple[Sort, ...] = (
    "short",
    "at",
    "above",
    "missing",
    "silent",
    "nobody",
    "excluded",
    "no_base",
    "no_target",
    "not_yet",
)

_LOOK = 24  # worlds looked at for one that lies exactly at the target, or strictly above
_MOST_MISSING = 6
_BATCH = 40  # commitments judged together


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

    `text` names the amendment whose text this is, empty for the plan as first issued.
    """

    commitment: Commitment
    text: str = ""
    met: int = 0
    short: int = 0
    undetermined: int = 0
    other: int = 0

    @property
    def covered(self) -> bool:
        """Whether it has been seen both met and short."""
        return bool(self.met and self.short)

    @property
    def lacking(self) -> str:
        """Name what has not been seen: "met", "short", "both", or nothing."""
        if self.covered:
            return ""
        return "short" if self.met else "met" if self.short else "both"

    def plus(self, verdicts: Iterable[str]) -> Seen:
        """Return this with more verdicts."""
        names = {"met": "met", "shortfall": "short", "undetermined": "undetermined"}
        more = Counter(names.get(verdict, "other") for verdict in verdicts)
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
        """The commitments that have never been seen both met and short."""
        return tuple(seen for seen in self.seen if not seen.covered)

    @property
    def percent(self) -> Fraction:
        """The share of judged commitments seen both met and short, in percent; 100 if none is judged."""
        return Fraction(100 * (len(self.seen) - len(self.open)), len(self.seen)) if self.seen else Fraction(100)

    def also(self, verdicts: Iterable[tuple[str, str]]) -> Coverage:
        """Return the coverage with verdicts seen elsewhere: pairs of commitment and verdict."""
        found: dict[str, list[str]] = {}
        for name, verdict in verdicts:
            found.setdefault(name, []).append(verdict)
        return replace(self, seen=tuple(s.plus(found.get(s.commitment.id, ())) for s in self.seen))


@dataclass(frozen=True)
class _Draft:
    """A case before it is judged."""

    commitment: Commitment
    sort: Sort
    year: int
    world: World
    expected: Verdict


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
            seen += [Seen(c, name).plus(verdicts.get(c.id, ())) for c in judged[start : start + _BATCH]]
    return Coverage(plan, tuple(cases), tuple(seen))


def _cases(plan: Plan, commitments: Sequence[Commitment], as_of: date) -> list[Case]:
    drafts = [draft for c in commitments for year in _years(plan, c) for draft in _Maker(plan, c, year).drafts()]
    found: list[Case] = []
    for year in sorted({draft.year for draft in drafts}):
        found += _judged(plan, year, as_of, [draft for draft in drafts if draft.year == year])
    return found


def _years(plan: Plan, commitment: Commitment) -> list[int]:
    """Return the years of its stages, the due year, or the first year in which it is judged."""
    if commitment.stages:
        return [stage.year for stage in commitment.stages]
    years = range(plan.first, plan.last + 1)
    return [year for year in years if phase_of(commitment, plan, year) == "judged"][:1]


def _judged(plan: Plan, year: int, as_of: date, drafts: Sequence[_Draft]) -> list[Case]:
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


class _Maker:
    """Makes up the cases of one commitment in one year."""

    def __init__(self, plan: Plan, commitment: Commitment, year: int) -> None:
        self._plan = plan
        self._commitment = commitment
        self._year = year
        self._bounds: tuple[Bound, ...] = requirement(commitment, plan, year).bounds
        self._looked_at = variables(*commitment.forms(self._bounds))
        self._solver = Solver(plan, year, self._looked_at)
        self._world, self._subject = self._solver.start(commitment.kind)
        self._parts = self._promised()
        self._exists = dict(self._bases())

    def drafts(self) -> Iterator[_Draft]:
        """Iterate over the cases, each with the verdict that exact fractions give it."""
        met = self._met()
        short = self._short()
        yield from (self._draft("short", world) for world in short)
        for number, world in enumerate(met):
            at_edge = any(self._margin(part, world) == 0 for part in self._parts)
            yield self._draft("at" if at_edge or not number else "above", world)
        if met:
            yield from self._missing(met[0], [*met[1:], *short])
        if met and short:
            yield self._draft("silent", self._silent(), "undetermined")
        yield from self._vacuous()

    def _draft(self, sort: Sort, world: World, expected: Verdict | None = None) -> _Draft:
        verdict = expected or self._verdict(world)
        assert verdict is not None, (self._commitment.id, sort)
        return _Draft(self._commitment, sort, self._year, world, verdict)

    def _verdict(self, world: World, subject: Place | None = None) -> Verdict | None:
        return self._solver.setting.verdict(self._commitment, self._bounds, subject or self._subject, world)

    def _promised(self) -> list[Condition]:
        """Split what is promised into the parts that must all hold."""
        commitment = self._commitment
        if commitment.holds is not None:
            return list(conjuncts(commitment.holds))
        assert commitment.value is not None
        return [compare(commitment.value.form, b.operator, b.target.form) for b in self._bounds]

    def _prelude(self, leave: Condition | None = None) -> list[Goal]:
        """List what must be so for the commitment to be judged at all."""
        commitment = self._commitment
        after = commitment.due.after if commitment.due else None
        found = [c for c in (commitment.where, after, *self._exists.values()) if c is not None]
        return [(condition, True) for condition in found if condition is not leave]

    def _bases(self) -> Iterator[tuple[Sort, Condition]]:
        """Iterate over what must not be zero: the denominators of the value and of its targets."""
        value = self._commitment.value
        forms = [value.form, *(bound.target.form for bound in self._bounds)] if value else []
        seen = set()
        for place, form in enumerate(forms):
            for base in form.bases:
                if base not in seen:
                    seen.add(base)
                    yield "no_target" if place else "no_base", Test(base, "!=")

    def _find(self, goals: Sequence[Goal], verdict: Verdict) -> Iterator[World]:
        for world in islice(self._solver.find(goals, self._world, self._subject), _LOOK):
            if self._verdict(world) == verdict:
                yield world

    def _met(self) -> list[World]:
        """Find worlds that meet the commitment: at each bound as closely as can be, and above."""
        base = self._prelude()
        found: list[World] = []
        for chosen, part in enumerate(self._parts):
            others = [(other, True) for place, other in enumerate(self._parts) if place != chosen]
            goals: list[Goal] = [*base, (part, True), *others]
            exact, above = self._closest(part, goals)
            if exact is None and above is None:
                exact, above = self._closest(part, [(part, True), *others, *base])
            found += [world for world in (exact, above) if world is not None]
            if self._commitment.holds is not None:
                break  # its parts were solved together
        return found

    def _closest(self, part: Condition, goals: Sequence[Goal]) -> tuple[World | None, World | None]:
        """Find a world exactly at the edge of a part, and one beyond; either may be lacking."""
        exact: World | None = None
        above: World | None = None
        for world in self._find(goals, "met"):
            if self._margin(part, world):
                above = above or world
            else:
                exact = exact or world
            if (exact and above) or self._commitment.holds is not None:
                break
        return exact, above

    def _margin(self, part: Condition, world: World) -> Fraction | None:
        if not isinstance(part, Test):
            return None
        return self._solver.setting.polynomial(part.margin, self._subject, world)

    def _short(self) -> list[World]:
        """Find worlds that fall short by one part at a time, as closely as can be."""
        base = self._prelude()
        found = []
        for chosen, part in enumerate(self._parts):
            others = [(other, True) for place, other in enumerate(self._parts) if place != chosen]
            wrong: Goal = (part, False)
            orders: list[list[Goal]] = [
                [*base, wrong, *others],
                [*base, *others, wrong],
                [*base, wrong],
                [wrong, *base],
            ]
            world = next((w for goals in orders for w in self._find(goals, "shortfall")), None)
            if world is not None:
                found.append(world)
        return found

    def _missing(self, met: World, others: Sequence[World]) -> Iterator[_Draft]:
        """Leave out one figure at a time where another value of it would change the verdict: nobody can know then."""
        looked: set[tuple[str, str, int]] = set()
        for cell, value in met.cells.items():
            key = (cell.place.kind, cell.measure, cell.year)
            alone = not any(met.copies.get(place) for place in met.above(cell.place))
            if key in looked or len(looked) >= _MOST_MISSING or not alone:
                continue
            looked.add(key)
            elsewhere = [world.cells[cell] for world in others if cell in world.cells]
            for instead in dict.fromkeys([*elsewhere, *self._solver.simple(cell)]):
                changed = self._verdict(met.with_cells({cell: instead})) if instead != value else None
                if changed not in (None, "met"):
                    yield self._draft("missing", met.without(cell), "undetermined")
                    break

    def _silent(self) -> World:
        """Return the world in which nothing is reported."""
        counted = frozenset(v.kind for v in self._looked_at if isinstance(v, Sum))
        return replace(self._world, unlisted=counted - {self._commitment.kind})

    def _vacuous(self) -> Iterator[_Draft]:
        """Make up the cases in which there is nothing to judge: that is never met."""
        commitment = self._commitment
        if commitment.kind != self._plan.root.id:
            root = Place(self._plan.root.id, "")
            yield self._draft("nobody", World({root: None}), "not_applicable")
        after = commitment.due.after if commitment.due else None
        sorts: tuple[tuple[Sort, Condition | None, Verdict], ...] = (
            ("excluded", commitment.where, "not_applicable"),
            ("no_base", self._exists.get("no_base"), "not_applicable"),
            ("no_target", self._exists.get("no_target"), "not_applicable"),
            ("not_yet", after, "not_due"),
        )
        for sort, condition, verdict in sorts:
            if condition is not None:
                goals = [*self._prelude(leave=condition), (condition, False)]
                world = next(iter(self._find(goals, verdict)), None)
                if world is not None:
                    yield self._draft(sort, world)
