"""Demands on the years to come: one for each commitment, subject and year whose verdict actions can change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from dabiao.budget.affine import ONE, ZERO, Affine, make_constant
from dabiao.budget.figures import NO, YES, Figures, Truth, UnsupportedError
from dabiao.budget.forecast import Subject
from dabiao.budget.programme import NonlinearError, tighten_positive, to_whole_numbers
from dabiao.budget.solve import DisagreementError
from dabiao.engine.requirement import list_conditions, requirement_of
from dabiao.engine.results import Result, Verdict
from dabiao.rules.algebra import Condition, Polynomial, Test, conjuncts
from dabiao.rules.amend import in_force
from dabiao.rules.comparators import Sign
from dabiao.rules.model import Bound, Commitment
from dabiao.rules.shares import gather
from dabiao.rules.walks import tests

NEVER = make_constant(-1)
_Tested = tuple[tuple[tuple[tuple[Polynomial, Sign], ...], ...], tuple[Polynomial, ...]]
State = Literal["open", "fixed", "undetermined", "unsupported"]


@dataclass(frozen=True)
class Demand:
    """A commitment to be kept for one subject in one year. The variable `switch` can be 1 only where it is kept.

    Where the engine cannot decide it `before` anything is done, the variable can be 1 wherever it does not surely fall short.
    `opening` is the number of the site if the demand is on subjects that an action would open.
    """

    commitment: Commitment
    year: int
    subject: Subject
    bounds: tuple[Bound, ...]
    switch: int
    before: Verdict | None
    opening: int | None = None


@dataclass(frozen=True)
class OtherFinding:
    """A finding without a demand: no decision changes it, it is undetermined or waived, or the programme cannot state it.

    `why` names the figures that make it unsupported. `borne` is set if a decision bears on it, though none makes it fall short.
    """

    commitment: Commitment
    year: int
    subject: str
    state: State
    before: Verdict | None
    why: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    borne: bool = True


class Demands:
    """All demands on a programme, and the other findings."""

    def __init__(
        self, figures: Figures, results: Mapping[int, Result], commitments: Mapping[int, Sequence[Commitment]]
    ) -> None:
        self.figures = figures
        self.programme = figures.programme
        self.plan = figures.plan
        self.demands: list[Demand] = []
        self.others: list[OtherFinding] = []
        self._tests: dict[tuple[str, int], tuple[tuple[Bound, ...], _Tested]] = {}  # with the bounds, which so live on
        self._switches: dict[frozenset[tuple[int, frozenset[tuple[int, int]]]], int] = {}
        for year, result in results.items():
            rows = result.table.select("commitment", "subject", "verdict").iter_rows()
            verdicts: dict[str, dict[str, Verdict]] = {}
            for name, subject, verdict in rows:
                verdicts.setdefault(name, {})[subject] = verdict
            plan = in_force(self.plan, date(year, 12, 31))
            for commitment in commitments[year]:
                bounds = requirement_of(commitment, plan, year).bounds
                self._add_commitment(commitment, bounds, year, verdicts.get(commitment.id, {}))

    def _add_commitment(
        self, commitment: Commitment, bounds: tuple[Bound, ...], year: int, verdicts: Mapping[str, Verdict]
    ) -> None:
        seen = set()
        for subject in self._find_subjects(commitment, bounds, year):
            seen.add(subject.name)
            self._add_finding(commitment, bounds, subject, year, verdicts.get(subject.name))
        for name, verdict in verdicts.items():
            if name not in seen:
                self.others.append(OtherFinding(commitment, year, name, "fixed", verdict, bounds=bounds, borne=False))
        for site in self.figures.openings:
            if site.opening is not None and site.opening.kind == commitment.kind:
                self._add_opening(commitment, bounds, site.number, year)

    def _find_subjects(self, commitment: Commitment, bounds: tuple[Bound, ...], year: int) -> Iterator[Subject]:
        can_change = self.figures.find_changeable(commitment.forms(bounds))
        if can_change is not None:
            yield from filter(can_change, self.figures.forecast.subjects(commitment.kind, year))

    def _add_finding(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int, before: Verdict | None
    ) -> None:
        if before == "waived":
            self.others.append(OtherFinding(commitment, year, subject.name, "fixed", before))
            return
        undecided = before == "undetermined"
        try:
            switch = self.make_kept(commitment, bounds, subject, year, before)
        except (UnsupportedError, NonlinearError) as error:
            state: State = "undetermined" if undecided else "unsupported"
            figures = error.figures if isinstance(error, UnsupportedError) and not undecided else ()
            self.others.append(OtherFinding(commitment, year, subject.name, state, before, figures))
            return
        if switch is None:
            if before == "shortfall":
                raise DisagreementError(f"{commitment.id} {subject.name} {year}: {before}")
            state = "undetermined" if undecided else "fixed"
            self.others.append(OtherFinding(commitment, year, subject.name, state, before, bounds=bounds))
            return
        self.demands.append(Demand(commitment, year, subject, bounds, switch, before))

    def make_kept(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int, before: Verdict | None
    ) -> int | None:
        """Return a 0/1 variable that can be 1 only where a commitment is kept for a subject; None if it always is.

        Of what is undetermined at the outset nothing is promised but that what is done does not make it fall short for sure: by
        making it due, or by exceeding a limit whatever the figures that are missing.
        """
        applies, since, zero = self._find_terms(commitment, bounds, subject, year)
        if before == "undetermined":
            holds = self._decide_test(commitment, bounds, subject, year)
            open_ways = [ONE - applies.sure, ONE - since.sure, zero.possible, holds.possible]
            return self._make_switch([self.programme.some(open_ways) - ONE])
        if applies == YES and since == YES and zero == NO:
            return self._make_switch(self._list_claims(commitment, bounds, subject, year))
        holds = self._decide_test(commitment, bounds, subject, year)
        return self._make_switch([self._find_kept(applies, since, zero, holds) - ONE])

    def _make_switch(self, claims: Sequence[Affine]) -> int | None:
        """Return a 0/1 variable that can be 1 only where all of some numbers are >= 0; the same one for the same numbers."""
        programme = self.programme
        needed = [claim for claim in claims if programme.find_range(claim)[0] < 0]
        if not needed:
            return None
        key = frozenset((constant, frozenset(factors.items())) for factors, constant in map(to_whole_numbers, needed))
        if key not in self._switches:
            self._switches[key] = programme.add_variable(0, 1)
            for claim in needed:
                programme.require_if(self._switches[key], claim)
        return self._switches[key]

    def _find_kept(self, applies: Truth, since: Truth, zero: Truth, holds: Truth) -> Affine:
        """Return a number that is 1 where there is no finding, or it is not due, not applicable or met; else 0."""
        p = self.programme
        measured = p.some([zero.sure, p.every([ONE - zero.possible, holds.sure])])
        due = p.some([ONE - since.possible, p.every([since.sure, measured])])
        return p.some([ONE - applies.possible, p.every([applies.sure, due])])

    def _find_terms(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int
    ) -> tuple[Truth, Truth, Truth]:
        """Return whether a commitment applies to a subject, whether it is due, and whether a base is zero."""
        figures = self.figures
        applies = YES if commitment.where is None else figures.decide(commitment.where, subject, year)
        conditions = list_conditions(commitment.due, figures.plan, year)
        held = [figures.decide(condition, subject, year) for condition in conditions]
        since = figures.some(held) if held else YES
        zero = NO
        if commitment.value is not None:
            bases = self._find_tests(commitment, bounds)[1]
            parts = [figures.decide_sign(figures.evaluate(base, subject, year), "==") for base in bases]
            zero = figures.some(parts) if parts else NO
        return _simplify(applies), _simplify(since), _simplify(zero)

    def _find_tests(self, commitment: Commitment, bounds: tuple[Bound, ...]) -> _Tested:
        """Return the margins of each bound with their signs, any of which meets it, and the bases, each once."""
        place = commitment.id, id(bounds)  # comparing bounds by value is slow
        known = self._tests.get(place)
        if known is None:
            assert commitment.value is not None
            ratios = [commitment.value.form, *(bound.target.form for bound in bounds)]
            bases = dict.fromkeys(gather(base) for ratio in ratios for base in ratio.bases)
            form = commitment.value.form
            ways = tuple(tuple((gather(t.margin), t.sign) for t in tests(bound.condition(form))) for bound in bounds)
            known = self._tests[place] = bounds, (ways, tuple(bases))
        return known[1]

    def _decide_test(self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int) -> Truth:
        if commitment.holds is not None:
            return self.figures.decide(commitment.holds, subject, year)
        return self.figures.every(
            [self._decide_ways(ways, subject, year) for ways in self._find_tests(commitment, bounds)[0]]
        )

    def _decide_ways(self, ways: Sequence[tuple[Polynomial, Sign]], subject: Subject, year: int) -> Truth:
        """Return whether one of several margins has its sign."""
        parts = [self.figures.decide_sign(self.figures.evaluate(form, subject, year), sign) for form, sign in ways]
        return parts[0] if len(parts) == 1 else self.figures.some(parts)

    def _list_claims(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int
    ) -> list[Affine]:
        """Return numbers that are all >= 0 exactly where the test of a commitment surely holds."""
        if commitment.holds is not None:
            return self._list_condition_claims(commitment.holds, subject, year)
        claims: list[Affine] = []
        for ways in self._find_tests(commitment, bounds)[0]:
            if len(ways) == 1:
                claims += self._list_sign_claims(*ways[0], subject, year)
            else:
                claims.append(self._decide_ways(ways, subject, year).sure - ONE)
        return claims

    def _list_condition_claims(self, condition: Condition, subject: Subject, year: int) -> list[Affine]:
        claims: list[Affine] = []
        for part in conjuncts(condition):
            if isinstance(part, Test) and not part.bases:
                claims += self._list_sign_claims(gather(part.margin), part.sign, subject, year)
            else:
                claims.append(self.figures.decide(part, subject, year).sure - ONE)
        return claims

    def _list_sign_claims(self, form: Polynomial, sign: Sign, subject: Subject, year: int) -> list[Affine]:
        margin = self.figures.evaluate(form, subject, year)
        low, high = margin.low or NEVER, margin.high or make_constant(1)
        match sign:
            case ">=":
                return [low]
            case ">":
                return [tighten_positive(low)]
            case "==":
                return [low, ZERO - high]
        return [self.figures.decide_sign(margin, sign).sure - ONE]

    def _add_opening(self, commitment: Commitment, bounds: tuple[Bound, ...], number: int, year: int) -> None:
        """Demand that subjects opened by an action keep the commitment too; otherwise they must not be opened."""
        figures, programme = self.figures, self.programme
        site = figures.decisions.sites[number]
        assert site.opening is not None
        for begun in figures.decisions.years(site):
            since = begun + site.action.lead
            if since > year:
                continue
            subject = replace(site.opening, site=number, opened=since)
            units = figures.decisions.begun[number, begun]
            try:
                fine, judged = self._judge_opening(commitment, bounds, subject, year)
            except (UnsupportedError, NonlinearError):
                self.others.append(OtherFinding(commitment, year, site.subject, "unsupported", None))
                continue
            if fine.fixed and fine.constant:
                continue
            if not judged:
                self.others.append(OtherFinding(commitment, year, site.subject, "undetermined", None))
                continue
            none = ONE - programme.reaches(units - ONE)
            switch = self._make_switch([programme.some([fine, none]) - ONE])
            if switch is not None:
                self.demands.append(Demand(commitment, year, subject, bounds, switch, None, number))

    def _judge_opening(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Subject, year: int
    ) -> tuple[Affine, bool]:
        """Return where a commitment is kept for a new subject (1, else 0), and whether it can be judged at all."""
        applies, since, zero = self._find_terms(commitment, bounds, subject, year)
        holds = self._decide_test(commitment, bounds, subject, year)
        unclear = any(t.sure != t.possible for t in (applies, since, zero, holds))
        return self._find_kept(applies, since, zero, holds), not unclear


def make_harder(before: Sequence[Bound], by: Fraction) -> tuple[Bound, ...]:
    """Return bounds whose targets are harder to meet by a number in base units."""
    bounds = []
    for bound in before:
        step = by if bound.operator in (">=", ">") else -by
        form = bound.target.form
        bounds.append(replace(bound, target=replace(bound.target, form=form + type(form).constant(step))))
    return tuple(bounds)


def _simplify(truth: Truth) -> Truth:
    """Return `YES` or `NO` for a truth that is known and depends on no decision, any other as it is."""
    if truth.fixed and truth.sure.constant == truth.possible.constant:
        return YES if truth.sure.constant else NO
    return truth
