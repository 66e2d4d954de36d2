"""Runs of several districts at once: what one district reports, waives or suffers must not touch another.

The worlds of drafts are put together as districts whose towns and homes have the same names. One run judges them without
waivers, another with made-up ones: used, expired, of another district or year, of nobody, of a name that several have.
Verdicts are compared with the oracle, waivers and consequences with what is worked out here from the verdicts alone, and
from the conditions on measures that hold by the oracle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from dabiao.base.problems import Location
from dabiao.engine.check import check
from dabiao.engine.results import Result
from dabiao.facts.model import Facts
from dabiao.rules import written as w
from dabiao.rules.model import Plan
from dabiao.trials.conditions import find_held
from dabiao.trials.consequences import HOLDS, find_restatements, follow
from dabiao.trials.makers import Draft, Sort
from dabiao.trials.oracle import Oracle, name_conditions
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


class _Wanted(NamedTuple):
    """What may trigger a consequence: a draft in which it does, if there is one, and some in which it does not."""

    yes: Draft | None
    no: Sequence[Draft]


@dataclass(frozen=True)
class _District:
    """A district of a run: its figures, and the verdicts that the oracle gives for them by commitment and subject."""

    name: str
    world: World
    verdicts: tuple[tuple[str, Subject, str], ...]


class _Run:
    """The districts of one year, and their waivers."""

    def __init__(self, plan: Plan, text: w.Plan, oracle: Oracle, drafts: Sequence[Draft]) -> None:
        self._plan = plan
        self._text = text
        self._oracle = oracle
        self._year = oracle.year
        self._as_of = date(self._year, 12, 31)
        self._efforts = {
            c.id for c in text.commitments if (c.tier.is_ if c.tier else plan.commitments[c.id].tier) == "effort"
        }
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
        judged = (draft.commitment.id for draft in drafts if draft.commitment.id in self._plan.commitments)
        self._judged.update(dict.fromkeys(judged))
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
        short = {name: self._find(name, ("shortfall", "behind"), among=True) for name in self._drafts}
        fair = {name: self._find(name, ("shortfall", "behind", "undetermined"), among=False) for name in self._drafts}
        pairs = [(one, other) for name, one in short.items() if one and (other := fair[name])]
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
        """Add districts in which the conditions of a rule hold together, all except one of them, and what must not count."""
        stated = [commitment.id for commitment in self._text.commitments if not commitment.manual]
        restated = find_restatements(self._text, stated, self._efforts)
        for rule in self._text.consequences:
            wanted = list(self._list_wanted(rule, {*restated, *self._efforts}))
            every = [one.yes for one in wanted if one.yes]
            if every:
                self._add(*every)
            for one in wanted:
                for no in one.no:
                    self._add(no, *(yes for yes in every if yes is not one.yes))
            for draft in self._list_apart(rule, restated):
                self._add(draft)
                self._add(draft, *every)
                if counts := restated.get(draft.commitment.id):
                    self._judged[counts] = None

    def _list_wanted(self, rule: w.Consequence, apart: Collection[str]) -> Iterator[_Wanted]:
        """Iterate over what a rule is about, also by way of other rules."""
        for name, condition in name_conditions(rule).items():
            verdicts = tuple(condition.verdict or ("shortfall",))
            if condition.consequence:
                other = next(r for r in self._text.consequences if r.id == condition.consequence)
                yield from self._list_wanted(other, apart)
            elif condition.commitment:
                yield from self._list_found(condition.commitment, verdicts)
            elif condition.nature:
                counted = (name for name in self._list_of_nature(condition) if name not in apart)
                fitting = (name for name in counted if self._find(name, verdicts, among=True))
                for each in islice(fitting, _OF_NATURE):
                    yield from self._list_found(each, verdicts)
            else:
                drafts = self._drafts.get(name, ())
                holding = next((draft for draft in drafts if draft.expected == "met"), None)
                yield _Wanted(holding, [draft for draft in drafts if draft is not holding])

    def _list_found(self, name: str, verdicts: Sequence[str]) -> Iterator[_Wanted]:
        """Return drafts of a commitment with a verdict and without; many without, if they may have it by another reading."""
        if yes := self._find(name, verdicts, among=True):
            no = [draft for draft in self._drafts[name] if draft.expected not in verdicts]
            yield _Wanted(yes, no if self._plan.commitments[name].other else no[:1])

    def _list_of_nature(self, condition: w.Condition) -> list[str]:
        return [commitment.id for commitment in self._text.commitments if commitment.nature == condition.nature]

    def _list_apart(self, rule: w.Consequence, restated: Collection[str]) -> Iterator[Draft]:
        """Iterate over drafts of an effort and of a restatement that would trigger a rule by their nature if they counted."""
        for condition in (each for each in rule.when if each.nature and not each.commitment):
            for apart in (self._efforts, restated):
                alike = (name for name in self._list_of_nature(condition) if name in apart)
                drafts = (self._find(name, tuple(condition.verdict or ("shortfall",)), among=True) for name in alike)
                yield from islice((draft for draft in drafts if draft), 1)

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
        plan = replace(self._plan, amendments=(), amended=(), waivers=tuple(waivers))
        sheets = [s for district in self.districts for s in district.world.sheets(district.name, plan, self._year)]
        return check(
            plan, Facts(plan, tuple(sheets)), year=self._year, as_of=self._as_of, select=list(self._judged), unrelated=True,
            data_checks=False,
        )  # fmt: skip

    def _read(self, result: Result) -> list[Judged]:
        """Return the findings of a run with the paths that its worlds give their subjects, without names if none is listed."""
        paths = {(d.name, at): self._path(d, at) for d in self._expanded() for at in d.world.parents}
        rows = result.table.select("commitment", "root", "kind", "subject", "verdict").iter_rows()
        root, *_ = kinds = self._plan.kinds
        return [
            Judged(
                name,
                paths.get((district, Subject(kind, "" if kind == root else subject)))
                or ((root, district), *((each, "") for each in (*kinds[kind].path, kind)[1:])),
                verdict,
            )
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
        """Compare what follows, where, and from what; not where it is open whether a condition on measures holds."""
        held = self._list_held()
        surely, perhaps = (
            {
                (rule, path[0][1], *path[-1]): why
                for (rule, path), why in follow(self._text, [*found, *held[sure]], self._efforts).items()
            }
            for sure in (True, False)
        )
        actual = {(f.rule, f.root, f.kind, f.subject): frozenset(f.because) for f in result.followed}
        for place in {**perhaps, **actual}:
            rule, *where = place
            if place in perhaps and place not in surely:
                continue
            wanted, told = ("follows" if place in one else "absent" for one in (surely, actual))
            if wanted == told and not surely[place] <= actual[place] <= perhaps[place]:
                told = "other-reasons"
            yield Outcome(rule, "consequence", wanted, told, " ".join(where))

    def _list_held(self) -> dict[bool, list[Judged]]:
        """Return the conditions on measures that surely hold, and with those that may."""
        found: dict[bool, list[Judged]] = {True: [], False: []}
        for district in self._expanded():
            for held in find_held(self._plan, self._text, self._oracle, district.world):
                one = Judged(held.condition, self._path(district, held.subject), HOLDS)
                for sure in {held.sure, False}:
                    found[sure].append(one)
        return found

    def _outcome(self, name: str, sort: Sort, expected: str, actual: str, path: Path) -> Outcome:
        world = next(district.world for district in self.districts if district.name == path[0][1])
        return Outcome(name, sort, expected, actual, f"{'/'.join(each for _, each in path)}: {world.text(self._plan)}")


def judge_runs(plan: Plan, text: w.Plan, drafts: Iterable[Draft]) -> Iterator[tuple[int, Outcome]]:
    """Judge the drafts of each year as several districts at once; iterate over the years and what came of them.

    `text` is the plan as written, with its amendments; drafts of conditions on measures are tried in every year.
    """
    by_year: dict[int, list[Draft]] = {}
    for draft in drafts:
        by_year.setdefault(draft.year, []).append(draft)
    tests = {test.id for test in plan.tests}
    first = [draft for draft in by_year.get(plan.first, ()) if draft.commitment.id in tests]
    for year in sorted(by_year):
        oracle = Oracle(plan, text, year)
        here = by_year[year]
        if not any(draft.commitment.id in tests for draft in here):
            here = [*here, *(_move(draft, oracle) for draft in first if draft.sort in ("short", "at"))]
        run = _Run(plan, text, oracle, here)
        if run.districts:
            yield from ((year, outcome) for outcome in run.compare())


def _move(draft: Draft, oracle: Oracle) -> Draft:
    """Return the same figures in another year, with their verdict there."""
    world = draft.world.in_year(draft.year, oracle.year)
    subject = next(place for place in world.parents if place.kind == draft.commitment.kind)
    verdict = oracle.verdict(draft.commitment.id, subject, world) or "undetermined"
    return replace(draft, year=oracle.year, world=world, expected=verdict)
