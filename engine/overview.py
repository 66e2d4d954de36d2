"""Several districts at once: how each stands by the plan it answers to, and what several of them have in common.

Every plan is judged as one check, and every bundle as it was asked when it was made; nothing is added up over districts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT, EXIT_REFUSED, EXIT_UNDECIDED
from dabiao.base.files import File
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.bundles import find_altered, read_bundle
from dabiao.engine.by_plan import OverviewRequest, sort_by_plan
from dabiao.engine.common import Common, Judged, find_common
from dabiao.engine.gravity import find_gravest_of, sum_up
from dabiao.engine.requests import AUTO, CheckOutcome, CheckRequest
from dabiao.engine.results import COUNTED, VERDICTS, Group, Result, Verdict
from dabiao.engine.run import run
from dabiao.engine.views import NATURES, count_reached
from dabiao.rules.load import find_shipped_plans
from dabiao.rules.model import Commitment
from dabiao.rules.written import Nature, Tier

_GRAVEST_FIRST = (EXIT_REFUSED, EXIT_FELL_SHORT, EXIT_UNDECIDED)
_Key = TypeVar("_Key", bound=str)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many commitments of a district have come to each verdict, each counted once: what all of its subjects come to."""

    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        """How many commitments there are."""
        return sum(self.counts.values())

    @property
    def reached(self) -> int:
        """How many are met, or met early."""
        return count_reached(self.counts)

    @property
    def share(self) -> Fraction | None:
        """The share of commitments that are reached, None if there are none."""
        return Fraction(self.reached, self.total) if self.total else None


@dataclass(frozen=True, slots=True)
class District:
    """A root subject by one plan: how it stands by tier, nature and chapter, in the order of the plan.

    `outcome` is the place of its check among the outcomes. `years` are those it has sheets of; without one of the year that
    is judged nothing about it was judged, and it has no standing.
    """

    name: str
    outcome: int
    year: int
    years: tuple[int, ...]
    tiers: Mapping[Tier, Standing]
    natures: Mapping[Nature, Standing]
    chapters: Mapping[str, Standing]

    @property
    def is_judged(self) -> bool:
        """Whether there is a sheet of the year that is judged."""
        return self.year in self.years


@dataclass(frozen=True, slots=True)
class Overview:
    """Several districts: the checks, those of refused inputs among them, and what was seen across the districts.

    `worst` has the groups of what fell short or is behind, of all districts in one order, each with the place of its check.
    `apart` are the problems of what belongs to no check. Where one of them is an error nobody can say whose figures are
    missing: then there are no `districts`.
    """

    request: OverviewRequest
    outcomes: tuple[CheckOutcome, ...]
    districts: tuple[District, ...]
    worst: tuple[tuple[int, Group], ...]
    common: tuple[Common, ...]
    apart: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong with what was given."""
        return (*self.apart, *(problem for outcome in self.outcomes for problem in outcome.problems))

    @property
    def checks(self) -> tuple[CheckOutcome, ...]:
        """The checks, and before them what belongs to none as a check that was refused: for formats of single checks."""
        if not self.apart:
            return self.outcomes
        asked = CheckRequest(plan=AUTO, sheets=self.request.given, fail_on=self.request.fail_on)
        return (CheckOutcome(request=asked, plan=None, result=None, problems=self.apart), *self.outcomes)

    @property
    def exit_code(self) -> int:
        """The gravest exit code of the checks; a district that was not judged is one that could not be."""
        codes = {outcome.exit_code for outcome in self.outcomes}
        if _has_error(self.apart):
            codes.add(EXIT_REFUSED)
        if not all(district.is_judged for district in self.districts):
            codes.add(EXIT_UNDECIDED)
        return next((code for code in _GRAVEST_FIRST if code in codes), EXIT_CLEAN)

    def result_of(self, place: int) -> Result:
        """Return the result of a check that a district was judged by."""
        result = self.outcomes[place].result
        assert result is not None  # what is refused has no districts
        return result

    def chapters(self) -> tuple[str, ...]:
        """List the chapters that several districts have, in the order in which they first occur."""
        found: dict[str, set[str]] = {}
        for district in self.districts:
            for chapter in district.chapters:
                found.setdefault(chapter, set()).add(district.name)
        return tuple(chapter for chapter, names in found.items() if len(names) > 1)


def overview(request: OverviewRequest) -> Overview:
    """Judge all that is given, each plan and each bundle as one check, and look across the districts.

    Whatever is refused is part of the overview; nothing is raised for it.
    """
    given = sort_by_plan(request)
    apart = list(given.problems)
    outcomes = (
        *(run(check) for check in given.checks),
        *(_judge_bundle(file, request) for file in given.bundles),
    )
    results = [outcome.result for outcome in outcomes]
    apart += _find_twice(results)
    if _has_error(apart):
        return Overview(request, outcomes, (), (), (), tuple(apart))
    districts = [one for place, result in enumerate(results) if result for one in _list_districts(place, result)]
    places = [place for place, result in enumerate(results) if result]
    worst = find_gravest_of([result for result in results if result])
    return Overview(
        request, outcomes, tuple(districts), tuple((places[place], group) for place, group in worst),
        find_common(list(_judged(districts, results))), tuple(apart),
    )  # fmt: skip


def _has_error(problems: Sequence[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _judged(districts: Sequence[District], results: Sequence[Result | None]) -> Iterator[Judged]:
    """Iterate over the districts that were judged."""
    for place, one in enumerate(districts):
        result = results[one.outcome]
        if result is not None and one.is_judged:
            yield Judged(one.name, place, result)


def _judge_bundle(file: File, request: OverviewRequest) -> CheckOutcome:
    """Judge a bundle as it was asked when it was made, for the year that is asked for; one that was altered is refused.

    A plan in it that has the name of one that comes with the program, and may be another text, is noted.
    """
    refused = CheckOutcome(
        request=CheckRequest(plan=str(file), sheets=(file,), fail_on=request.fail_on), plan=None, result=None
    )
    try:
        bundle = read_bundle(file)
    except Refused as unread:
        return replace(refused, problems=unread.problems)
    notes = [replace(p, location=Location(f"{bundle.file}/{p.location.file}")) for p in find_altered(bundle)]
    if _has_error(notes):
        return replace(refused, problems=tuple(notes))
    asked = bundle.request
    outcome = run(replace(asked, year=request.year or asked.year, since=(), fail_on=request.fail_on))
    if outcome.plan and bundle.manifest.shipped is None and outcome.plan.id in find_shipped_plans():
        details = {"found": outcome.plan.id}
        notes.append(Problem("overview.own-text", Location(str(asked.plan)), details, "warning"))
    return replace(outcome, problems=(*notes, *outcome.problems))


def _find_twice(results: Sequence[Result | None]) -> Iterator[Problem]:
    """Note a district that several checks judge by one plan for one year: it would be counted twice."""
    seen: set[tuple[str, str, int]] = set()
    for result in results:
        for root, years in result.years_of.items() if result else ():
            assert result is not None
            key = (result.plan.id, root, result.year)
            if key in seen and result.year in years:
                details = {"found": root, "plan": result.plan.id, "year": result.year}
                yield Problem("overview.twice", Location("—"), details)
            if result.year in years:
                seen.add(key)


def _list_districts(place: int, result: Result) -> Iterator[District]:
    """List the districts of a check, those without a sheet of its year too."""
    found: dict[str, list[tuple[Commitment, Verdict]]] = {root: [] for root in result.years_of}
    for name, root, verdict in sum_up(result).iter_rows():
        found[root].append((result.plan.commitments[name], verdict))
    for root, verdicts in found.items():
        natures = _stand(verdicts, lambda one: one.nature)
        yield District(
            root, place, result.year, result.years_of[root],
            {tier: one for tier in COUNTED if (one := _stand(verdicts, lambda c: c.tier).get(tier))},
            {nature: natures[nature] for nature in NATURES if nature in natures},
            _stand(verdicts, lambda one: one.chapter),
        )  # fmt: skip


def _stand(
    verdicts: Sequence[tuple[Commitment, Verdict]], key_of: Callable[[Commitment], _Key | None]
) -> dict[_Key, Standing]:
    """Count the verdicts of commitments by what they have in common; those that have nothing are left out."""
    found: dict[_Key, dict[Verdict, int]] = {}
    for commitment, verdict in verdicts:
        if (key := key_of(commitment)) is not None:
            found.setdefault(key, dict.fromkeys(VERDICTS, 0))[verdict] += 1
    return {key: Standing(counts) for key, counts in found.items()}
