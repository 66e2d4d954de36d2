"""What the plan demands in the years to come: one demand for each commitment, subject and year that actions can change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from dabiao.budget.affine import ONE, ZERO, Affine, const
from dabiao.budget.figures import NO, YES, Figures, Truth, Unsupported
from dabiao.budget.forecast import Person
from dabiao.budget.programme import TooCurved, above, whole
from dabiao.budget.solve import Disagreement
from dabiao.engine.requirement import requirement
from dabiao.engine.results import Result, Verdict
from dabiao.rules.algebra import Condition, Polynomial, Test, compare, conjuncts
from dabiao.rules.amend import in_force
from dabiao.rules.comparators import Sign
from dabiao.rules.model import Bound, Commitment

NEVER = const(-1)
_Tested = tuple[tuple[tuple[Polynomial, Sign], ...], tuple[Polynomial, ...]]
State = Literal["open", "fixed", "undetermined", "unsupported"]


@dataclass(frozen=True)
class Demand:
    """A commitment to be kept for one subject in one year. `switch` is 1 only where it is kept.

    `opening` is the number of the site if it is about subjects that an action would open.
    """

    commitment: Commitment
    year: int
    subject: str
    bounds: tuple[Bound, ...]
    person: Person
    switch: int
    before: Verdict | None
    opening: int | None = None


@dataclass(frozen=True)
class Aside:
    """A finding that no decision is asked to keep: nothing changes it, it is not decided by the facts, or it cannot be put."""

    commitment: Commitment
    year: int
    subject: str
    state: State
    before: Verdict | None
    why: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()


class Demands:
    """All demands on a programme, and what is left aside."""

    def __init__(
        self, figures: Figures, results: Mapping[int, Result], commitments: Mapping[int, Sequence[Commitment]]
    ) -> None:
        self.figures = figures
        self.programme = figures.programme
        self.plan = figures.plan
        self.demands: list[Demand] = []
        self.aside: list[Aside] = []
        self._tests: dict[str, list[tuple[tuple[Bound, ...], _Tested]]] = {}
        self._switches: dict[frozenset[tuple[int, frozenset[tuple[int, int]]]], int] = {}
        for year, result in results.items():
            rows = result.table.select("commitment", "subject", "verdict").iter_rows()
            verdicts: dict[str, dict[str, Verdict]] = {}
            for name, subject, verdict in rows:
                verdicts.setdefault(name, {})[subject] = verdict
            plan = in_force(self.plan, date(year, 12, 31))
            for commitment in commitments[year]:
                bounds = requirement(commitment, plan, year).bounds
                self._commitment(commitment, bounds, year, verdicts.get(commitment.id, {}))

    def _commitment(
        self, commitment: Commitment, bounds: tuple[Bound, ...], year: int, verdicts: Mapping[str, Verdict]
    ) -> None:
        seen = set()
        for person in self._people(commitment, bounds, year):
            seen.add(person.name)
            self._finding(commitment, bounds, person, year, verdicts.get(person.name))
        for subject, verdict in verdicts.items():
            if subject not in seen:
                self.aside.append(Aside(commitment, year, subject, "fixed", verdict, bounds=bounds))
        for site in self.figures.openings:
            if site.person is not None and site.person.kind == commitment.kind:
                self._opening(commitment, bounds, site.number, year)

    def _people(self, commitment: Commitment, bounds: tuple[Bound, ...], year: int) -> Iterator[Person]:
        forms = [form for form in commitment.forms(bounds) if self.figures.bears_on(form)]
        if not forms:
            return
        for person in self.figures.forecast.people(commitment.kind, year):
            if any(self.figures.changes(form, person) for form in forms):
                yield person

    def _finding(
        self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int, before: Verdict | None
    ) -> None:
        if before == "undetermined":
            self.aside.append(Aside(commitment, year, person.name, "undetermined", before))
            return
        if before == "waived":
            self.aside.append(Aside(commitment, year, person.name, "fixed", before))
            return
        try:
            switch = self.kept(commitment, bounds, person, year)
        except Unsupported as unsupported:
            self.aside.append(Aside(commitment, year, person.name, "unsupported", before, unsupported.figures))
            return
        except TooCurved:
            self.aside.append(Aside(commitment, year, person.name, "unsupported", before))
            return
        if switch is None:
            if before == "shortfall":
                raise Disagreement(f"{commitment.id} {person.name} {year}: {before}")
            self.aside.append(Aside(commitment, year, person.name, "fixed", before, bounds=bounds))
            return
        self.demands.append(Demand(commitment, year, person.name, bounds, person, switch, before))

    def kept(self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int) -> int | None:
        """Return a 0/1 variable that is 1 only where a commitment is kept for a subject; None if it always is."""
        applies, since, zero = self._terms(commitment, bounds, person, year)
        if applies == YES and since == YES and zero == NO:
            return self._switch(self._claims(commitment, bounds, person, year))
        holds = self._holds(commitment, bounds, person, year)
        return self._switch([self._fine(applies, since, zero, holds) - ONE])

    def _switch(self, claims: Sequence[Affine]) -> int | None:
        """Return a 0/1 variable that is 1 only where all of some numbers are >= 0; the same for the same numbers."""
        programme = self.programme
        needed = [claim for claim in claims if programme.range(claim)[0] < 0]
        if not needed:
            return None
        key = frozenset((constant, frozenset(factors.items())) for factors, constant in map(whole, needed))
        if key not in self._switches:
            self._switches[key] = programme.variable(0, 1)
            for claim in needed:
                programme.require_if(programme.of(self._switches[key]), claim)
        return self._switches[key]

    def _fine(self, applies: Truth, since: Truth, zero: Truth, holds: Truth) -> Affine:
        """Return 1 where there is no finding, or it is not due, not applicable or met."""
        p = self.programme
        measured = p.some([zero.sure, p.every([ONE - zero.possible, holds.sure])])
        due = p.some([ONE - since.possible, p.every([since.sure, measured])])
        return p.some([ONE - applies.possible, p.every([applies.sure, due])])

    def _terms(
        self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int
    ) -> tuple[Truth, Truth, Truth]:
        """Return whether a commitment applies to a subject, whether it is due, and whether there is nothing to measure."""
        figures = self.figures
        applies = YES if commitment.where is None else figures.truth(commitment.where, person, year)
        after = commitment.due.after if commitment.due else None
        since = YES if after is None else figures.truth(after, person, year)
        zero = NO
        if commitment.value is not None:
            bases = self._tested(commitment, bounds)[1]
            parts = [figures.sign(figures.polynomial(base, person, year), "==") for base in bases]
            zero = figures.any(parts) if parts else NO
        return _plain(applies), _plain(since), _plain(zero)

    def _tested(self, commitment: Commitment, bounds: tuple[Bound, ...]) -> _Tested:
        """Return the margins a commitment is tested by, with their signs, and the denominators that may be zero; each once."""
        known = self._tests.setdefault(commitment.id, [])
        tested = next((found for these, found in known if these is bounds), None)  # to compare them takes long
        if tested is None:
            assert commitment.value is not None
            ratios = [commitment.value.form, *(bound.target.form for bound in bounds)]
            bases = dict.fromkeys(base.gathered for ratio in ratios for base in ratio.bases)
            margins = tuple((form.gathered, sign) for form, sign in _margins(commitment, bounds))
            tested = margins, tuple(bases)
            known.append((bounds, tested))
        return tested

    def _holds(self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int) -> Truth:
        if commitment.holds is not None:
            return self.figures.truth(commitment.holds, person, year)
        parts = []
        for form, sign in self._tested(commitment, bounds)[0]:
            parts.append(self.figures.sign(self.figures.polynomial(form, person, year), sign))
        return self.figures.all(parts)

    def _claims(self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int) -> list[Affine]:
        """Return numbers that are >= 0 where what a commitment asks for surely holds, and only there."""
        if commitment.holds is not None:
            return self._condition(commitment.holds, person, year)
        return [
            claim
            for form, sign in self._tested(commitment, bounds)[0]
            for claim in self._sign(form, sign, person, year)
        ]

    def _condition(self, condition: Condition, person: Person, year: int) -> list[Affine]:
        claims: list[Affine] = []
        for part in conjuncts(condition):
            if isinstance(part, Test) and not part.bases:
                claims += self._sign(part.margin.gathered, part.sign, person, year)
            else:
                claims.append(self.figures.truth(part, person, year).sure - ONE)
        return claims

    def _sign(self, form: Polynomial, sign: Sign, person: Person, year: int) -> list[Affine]:
        margin = self.figures.polynomial(form, person, year)
        low, high = margin.low or NEVER, margin.high or const(1)
        match sign:
            case ">=":
                return [low]
            case ">":
                return [above(low)]
            case "==":
                return [low, ZERO - high]
        return [self.figures.sign(margin, sign).sure - ONE]

    def _opening(self, commitment: Commitment, bounds: tuple[Bound, ...], number: int, year: int) -> None:
        """Demand that what an action opens keeps the commitment, too, or is not opened."""
        figures, programme = self.figures, self.programme
        site = figures.decisions.sites[number]
        assert site.person is not None
        for begun in figures.decisions.years(site):
            since = begun + site.action.lead
            if since > year:
                continue
            person = replace(site.person, site=number, opened=since)
            units = figures.decisions.begun[number, begun]
            try:
                fine, short = self._states(commitment, bounds, person, year)
            except (Unsupported, TooCurved):
                self.aside.append(Aside(commitment, year, site.subject, "unsupported", None))
                continue
            if fine.fixed and fine.constant:
                continue
            if not short:
                self.aside.append(Aside(commitment, year, site.subject, "undetermined", None))
                continue
            none = ONE - programme.reaches(units - ONE)
            switch = self._switch([programme.some([fine, none]) - ONE])
            if switch is not None:
                self.demands.append(Demand(commitment, year, site.subject, bounds, person, switch, None, number))

    def _states(
        self, commitment: Commitment, bounds: tuple[Bound, ...], person: Person, year: int
    ) -> tuple[Affine, bool]:
        """Return where a commitment is kept for a new subject, and whether it can be judged at all."""
        applies, since, zero = self._terms(commitment, bounds, person, year)
        holds = self._holds(commitment, bounds, person, year)
        unclear = any(t.sure != t.possible for t in (applies, since, zero, holds))
        return self._fine(applies, since, zero, holds), not unclear


def moved(before: Sequence[Bound], by: Fraction) -> tuple[Bound, ...]:
    """Return bounds with the target made harder by a number in base units."""
    bounds = []
    for bound in before:
        step = by if bound.operator in (">=", ">") else -by
        form = bound.target.form
        bounds.append(replace(bound, target=replace(bound.target, form=form + type(form).constant(step))))
    return tuple(bounds)


def _plain(truth: Truth) -> Truth:
    """Return a truth that does not depend on anything as one of the two constants, where it is one."""
    if truth.fixed and truth.sure.constant == truth.possible.constant:
        return YES if truth.sure.constant else NO
    return truth


def _margins(commitment: Commitment, bounds: Sequence[Bound]) -> Iterator[tuple[Polynomial, Sign]]:
    assert commitment.value is not None
    for bound in bounds:
        test = compare(commitment.value.form, bound.operator, bound.target.form)
        yield test.margin, test.sign
