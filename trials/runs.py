"""Runs of several districts at once: what one district reports, waives or suffers must not touch another.

The worlds of drafts are put together as districts whose towns and homes have the same names. One run judges them without
waivers, another with made-up ones: used, expired, of another district or year, of nobody, of a name that several have.
Verdicts are compared with the oracle, waivers and consequences with what is worked out here from the verdicts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from dabiao.base.problems import Location
from dabiao.engine.check import check
from dabiao.engine.results import Result
from dabiao.facts.model import Facts
from dabiao.rules import written as w
from dabiao.rules.counting import find_restated
from dabiao.rules.model import Plan
from dabiao.trials.consequences import follow, list_tests, name_test
from dabiao.trials.drafts import make_drafts
from dabiao.trials.makers import Draft, Sort
from dabiao.trials.oracle import Oracle
from dabiao.trials.subjects import Population
from dabiao.trials.waivers import Judged, Path, find_state, waive
from dabiao.trials.worlds import Subject, World

_WAIVED = 6  # commitments with a waiver in each year
_OF_NATURE = 2  # commitments that stand for those of a nature
_NOBODY = "—"


class Outcome(NamedTuple):
    """What was expected of a run and what it came to, of one commitment or consequence."""

    name: str
    sort: Sort
    expected: str
    actual: str
    facts: str


@dataclass(frozen=True)
class _District:
    """A district of a run: its figures, and the verdicts that the oracle gives for them by commitment and subject."""

    name: str
    world: World
    verdicts: tuple[tuple[str, Subject, str], ...]


class _Run:
    """The districts of one year, and their waivers. `text` is the plan as written, with its amendments."""

    def __init__(self, plan: Plan, text: w.Plan, oracle: Oracle, drafts: Sequence[Draft]) -> None:
        self._plan = plan
        self._text = text
        self._oracle = oracle
        self._year = oracle.year
        self._as_of = date(self._year, 12, 31)
        self._drafts: dict[str, list[Draft]] = {}
        for draft in drafts:
            self._drafts.setdefault(draft.commitment.id, []).append(draft)
        self.districts: list[_District] = []
        self._waivers: list[w.Waiver] = []
        self._judged: dict[str, None] = {}
        self._add_waived()
        self._add_for_rules()

    # districts

    def _add(self, *drafts: Draft) -> str:
        """Add a district with the worlds of drafts put together; return its name."""
        name = f"district-{len(self.districts) + 1}"
        names = (draft.commitment.id for draft in drafts)
        self._judged.update(dict.fromkeys(name for name in names if name in self._plan.commitments))
        world = drafts[0].world
        for other in drafts[1:]:
            world = world.join(other.world)
        subject = self._find_subject(drafts[0])
        alone = len(drafts) == 1 and subject in world.parents
        verdicts = ((drafts[0].commitment.id, subject, str(drafts[0].expected)),) if alone else ()
        self.districts.append(_District(name, world, verdicts))
        return name

    def _find_subject(self, draft: Draft) -> Subject:
        return Population(self._plan).make_world(draft.commitment.kind)[1]

    def _add_waived(self) -> None:
        """Add two districts for some commitments, in one of which it falls short, with a waiver each."""
        pairs = [
            (short, fair)
            for name in self._drafts
            if name in self._plan.commitments
            and (short := self._find(name, ("shortfall", "behind"), among=True))
            and (fair := self._find(name, ("shortfall", "behind", "undetermined"), among=False))
        ]
        step = max(1, len(pairs) // _WAIVED)
        for number, (one, other) in enumerate(pairs[::step][:_WAIVED]):
            here, there = self._add(one), self._add(other)
            self._waivers.append(self._make_waiver(number, one, here, there))

    def _make_waiver(self, number: int, short: Draft, here: str, there: str) -> w.Waiver:
        """Make a waiver; each number makes one of another sort."""
        at_root = short.commitment.kind == self._plan.root.id
        name = self._find_subject(short).name
        used = w.Waiver(
            location=Location("trial"), commitment=short.commitment.id, subject=here if at_root else name,
            in_=None if at_root else here, year=self._year, reason="trial", authority="trial", expires=self._as_of,
        )  # fmt: skip
        match number % _WAIVED:
            case 1:
                return replace(used, expires=self._as_of - timedelta(days=1))
            case 2:
                return replace(used, subject=there) if at_root else replace(used, in_=there)
            case 3:
                return replace(used, in_=None)  # as many have the name as there are districts
            case 4:
                return replace(used, subject=_NOBODY)
            case 5:
                return replace(used, year=self._year - 1)
        return used

    def _add_for_rules(self) -> None:
        """Add districts in which the conditions of a rule hold together, and all except one of them."""
        for rule in self._text.consequences:
            wanted = list(dict.fromkeys(self._list_wanted(rule)))
            pairs = [
                (yes, self._find(name, verdicts, among=False))
                for name, verdicts in wanted
                if (yes := self._find(name, verdicts, among=True))
            ]
            if not pairs:
                continue
            self._add(*(yes for yes, _ in pairs))
            for place, (_, no) in enumerate(pairs):
                others = [yes for number, (yes, _) in enumerate(pairs) if number != place]
                if no is not None:
                    self._add(no, *others)

    def _list_wanted(self, rule: w.Consequence) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Iterate over the commitments that a rule is about, also by way of other rules, with the verdicts that it asks for."""
        for number, condition in enumerate(rule.when):
            verdicts = tuple(condition.verdict or ("shortfall",))
            if condition.commitment:
                yield condition.commitment, verdicts
            elif condition.nature:
                alike = [c.id for c in self._text.commitments if c.nature == condition.nature]
                fitting = (name for name in alike if self._find(name, verdicts, among=True))
                yield from ((name, verdicts) for name in islice(fitting, _OF_NATURE))
            elif not condition.consequence:
                yield name_test(rule, number), ("met",)
            else:
                yield from self._list_wanted(next(r for r in self._text.consequences if r.id == condition.consequence))

    def _find(self, name: str, verdicts: Sequence[str], *, among: bool) -> Draft | None:
        """Return the first draft of a commitment whose verdict is, or is not, among some."""
        drafts = self._drafts.get(name, ())
        return next((draft for draft in drafts if (draft.expected in verdicts) is among), None)

    # what they come to

    def compare(self) -> Iterator[Outcome]:
        """Judge the districts and compare everything."""
        plain = self._read(self._check(()))
        result = self._check(self._waivers)
        found = self._read(result)
        asked = {(name, self._path(d, at)): v for d in self.districts for name, at, v in d.verdicts}
        for one in plain:
            if expected := asked.get((one.commitment, one.path)):
                yield self._outcome(one.commitment, "district", expected, one.verdict, one.path)
        yield from self._compare_waivers(plain, found, result)
        yield from self._compare_consequences(found, result)

    def _check(self, waivers: Sequence[w.Waiver]) -> Result:
        """Judge all districts at once, by the text in force alone."""
        chosen = {name: replace(c, other=None) for name, c in self._plan.commitments.items()}
        plan = replace(self._plan, amendments=(), amended=(), waivers=tuple(waivers), commitments=chosen)
        sheets = [s for district in self.districts for s in district.world.sheets(district.name, plan, self._year)]
        return check(
            plan, Facts(plan, tuple(sheets)), year=self._year, as_of=self._as_of, select=list(self._judged),
            data_checks=False,
        )  # fmt: skip

    def _read(self, result: Result) -> list[Judged]:
        """Return the findings of a run with the paths that its worlds give their subjects."""
        paths = {(d.name, at): self._path(d, at) for d in self._expanded() for at in d.world.parents}
        rows = result.table.select("commitment", "root", "kind", "subject", "verdict").iter_rows()
        root = self._plan.root.id
        return [
            Judged(name, paths[district, Subject(kind, "" if kind == root else subject)], verdict)
            for name, district, kind, subject, verdict in rows
        ]

    def _expanded(self) -> list[_District]:
        return [replace(district, world=district.world.expand()) for district in self.districts]

    def _path(self, district: _District, subject: Subject) -> Path:
        *below, root = district.world.above(subject)
        return ((root.kind, district.name), *((each.kind, each.name) for each in reversed(below)))

    def _compare_waivers(self, plain: list[Judged], found: list[Judged], result: Result) -> Iterator[Outcome]:
        """Compare the state of each waiver, and every finding with what the waivers make of it."""
        of_year = [waiver for waiver in self._waivers if waiver.year == self._year]
        for waiver, note in zip(of_year, result.waivers, strict=True):
            expected = find_state(waiver, plain, self._as_of)
            yield Outcome(waiver.commitment, "waiver", expected, note.state, f"{waiver.in_ or ''} {waiver.subject}")
        about = {waiver.commitment for waiver in self._waivers}
        for before, one, actual in zip(plain, waive(plain, self._waivers, self._year, self._as_of), found, strict=True):
            if one != actual or (one != before and before.commitment in about):
                yield self._outcome(one.commitment, "waived", one.verdict, actual.verdict, one.path)

    def _compare_consequences(self, found: list[Judged], result: Result) -> Iterator[Outcome]:
        """Compare what follows, where, and from what."""
        judged = [self._plan.commitments[name] for name in self._judged]
        apart = {*find_restated(judged, self._plan), *(c.id for c in judged if c.tier == "effort")}
        follows = follow(self._text, [*found, *self._hold_tests()], apart)
        expected = {(rule, path[0][1], *path[-1]): why for (rule, path), why in follows.items()}
        actual = {(f.rule, f.root, f.kind, f.subject): frozenset(f.because) for f in result.followed}
        for place in {**expected, **actual}:
            rule, *where = place
            wanted, told = ("follows" if place in one else "absent" for one in (expected, actual))
            if wanted == told and expected[place] != actual[place]:
                told = "other-reasons"
            yield Outcome(rule, "consequence", wanted, told, " ".join(where))

    def _hold_tests(self) -> Iterator[Judged]:
        """Iterate over the conditions on measures that hold, by the oracle."""
        for test in self._plan.tests:
            for district in self._expanded():
                for subject in district.world.parents:
                    if subject.kind == test.kind and self._oracle.verdict(test.id, subject, district.world) == "met":
                        yield Judged(test.id, self._path(district, subject), "met")

    def _outcome(self, name: str, sort: Sort, expected: str, actual: str, path: Path) -> Outcome:
        world = next(district.world for district in self.districts if district.name == path[0][1])
        return Outcome(name, sort, expected, actual, f"{'/'.join(each for _, each in path)}: {world.text(self._plan)}")


def judge_runs(plan: Plan, text: w.Plan, drafts: Iterable[Draft]) -> Iterator[tuple[int, Outcome]]:
    """Judge the drafts of each year as several districts at once; iterate over the years and what came of them."""
    by_year: dict[int, list[Draft]] = {}
    for draft in drafts:
        by_year.setdefault(draft.year, []).append(draft)
    tested = replace(plan, commitments={**plan.commitments, **{test.id: test for test in plan.tests}})
    with_tests = replace(text, commitments=(*text.commitments, *list_tests(text)))
    oracles = {year: Oracle(tested, with_tests, year) for year in {*by_year, plan.first, plan.last}}
    tests = [d for test in plan.tests for d in make_drafts(tested, test, oracles) if d.year == plan.first]
    for year in sorted(by_year):
        more = [replace(draft, world=draft.world.in_year(plan.first, year)) for draft in tests]
        run = _Run(plan, text, oracles[year], [*by_year[year], *more])
        if run.districts:
            yield from ((year, outcome) for outcome in run.compare())
