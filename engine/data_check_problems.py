"""The problems of failed data checks: both sides with their values, how far they are apart, every figure with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from dabiao.base.problems import Listing, Location, Near, Problem, Sayable, Severity, Term, name_some
from dabiao.base.quantities import Difference, decimal_text
from dabiao.engine.data_check_sides import UNKNOWN, quote_title, write_gap, write_side, write_value
from dabiao.engine.measure import Measured
from dabiao.engine.results import CheckedFigures
from dabiao.facts.model import Fact, Facts
from dabiao.rules.algebra import Leaf, Polynomial, Ratio, Sum, Variable, compare
from dabiao.rules.checks import find_leaf, find_stated_baselines, list_compared, make_jump
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, DataCheck, Measure, Value
from dabiao.rules.walks import inside, variables
from dabiao.rules.wording import Worded, place_in_plan, title_check

_SHOWN = 4  # figures named one by one beside the two sides
_MEMBERS = 50  # subjects looked at for them, of those a count or sum is made over
_NAMED = 12  # missing subjects named one by one


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure a check rests on, reported or missing."""

    measure: Measure
    subject: str
    year: int
    fact: Fact | None

    @property
    def value(self) -> Fraction | None:
        return self.fact.value if self.fact else None


class DataCheckProblems:
    """Makes the problems of what one check found in one year, row by row."""

    def __init__(self, measured: Measured, check: DataCheck, facts: Facts) -> None:
        self.check = check
        self._measured = measured
        self._facts = facts
        self._kind = check.kind
        self._baseline: tuple[Leaf, Fraction] | None = None

    def of_baseline(self, leaf: Leaf, number: Fraction) -> DataCheckProblems:
        """Return the same for one reported measure whose baseline the plan states."""
        one = copy(self)
        one._kind, one._baseline = leaf.kind, (leaf, number)
        return one

    @property
    def figures(self) -> CheckedFigures:
        """What is checked: the check, the year, the kind of the subjects, and the measure where the check has several."""
        complete = self.check.sort == "complete"
        kind = self._measured.plan.root.id if complete else self._kind
        return self.check.id, self._measured.year, kind, self._baseline[0].measure if self._baseline else ""

    def confirmation(self, row: int) -> Fact | None:
        """Return the fact of a jump if the sheet says why it is right."""
        if self.check.sort != "jump":
            return None
        frame = self._measured.frame(self._kind)
        fact = self._measured.tables.fact(self._kind, frame["@index"][row], find_leaf(self.check).measure)
        return fact if fact and fact.confirmed else None

    def confirmed(self, row: int, fact: Fact) -> Problem:
        """Return the note of a jump that the sheet confirms."""
        now, last = self._year_before(row)
        shown = self.check.shown_unit
        left = write_side("value", self._title(find_leaf(self.check)), now, last, shown, ())
        return self._problem(
            "confirmed",
            fact.location,
            "warning",
            row,
            reason=fact.confirmed,
            left=left,
            last=write_value(last, now, shown, ()),
        )

    def failed(self, row: int) -> Problem:
        """Return the problem of a row that fails."""
        if self._baseline is not None:
            return self._not_as_stated(row, *self._baseline)
        match self.check.sort:
            case "jump":
                return self._jump(row)
            case "holds":
                return self._condition(row)
        return self._compared(row)

    def unmade(self, row: int) -> Problem:
        """Return the note of a check that could not be made."""
        if self.check.sort == "complete":
            root = self._measured.frame(self._measured.plan.root.id)["@root"][row]
            return self._told("unmade", self._sheet_of(root), "warning", root, root, about=self._called())
        figures = self._figures(row)
        missing = next((f.fact.location for f in figures if f.fact and f.value is None), None)
        return self._problem("unmade", missing or self._place(row, figures), "warning", row, about=self._called())

    def more(self, count: int, severity: Severity) -> Problem:
        """Return the problem that stands for those beyond the limit."""
        return self._told("more", self._sheet_of(""), severity, "", "", count=count, about=self._called())

    def incomplete(self, root: str, listed: int, missing: int, names: list[str]) -> Problem:
        """Return the problem of a register that is not listed in full."""
        kind = self._measured.plan.kinds[self.check.of]
        named = name_some(names, _NAMED)
        return self._told(
            "complete", self._sheet_of(root), self.check.severity, root, root, kind=kind.title, size=listed + missing,
            listed=listed, found=listed, expected=listed + missing, missing=missing,
            names=Term("data.names", {"names": named}) if named else "",
        )  # fmt: skip

    def _compared(self, row: int) -> Problem:
        check = self.check
        assert check.value is not None
        target = self._missed(row)
        left, right = self._range(check.value.form, row), self._range(target.target.form, row)
        shown = check.shown_unit
        other = target.target.unit if target.target.unit.symbol else shown
        figures = self._figures(row)
        here = self._place(row, figures)
        both = self._find_figure(check.value.form, row), self._find_figure(target.target.form, row)
        sides = [side for side in both if side]
        place = self._near(sides[-1], here) if sides else ""
        asked = write_value(right, left, other, check.steps)
        exact = check.steps or target.operator == "=="
        return self._problem(
            "step" if check.steps else target.comparator, here, check.severity, row,
            found=write_value(left, right, shown, check.steps),
            expected=asked if exact else Term(f"operator.{target.operator}", {"target": asked}),
            left=write_side("value", self._name(check.value, row), left, right, shown, check.steps),
            right=write_side("beside", self._name(target.target, row), right, left, other, check.steps, place),
            gap=write_gap(left, right, shown, check.within), allowed=self._allowed("allowed"),
            blame=self._blame(figures, row, here, sides),
        )  # fmt: skip

    def _missed(self, row: int) -> Bound:
        """Return the target that is not kept: of two, the first."""
        check = self.check
        assert check.value is not None
        if len(check.targets) == 1:
            return check.targets[0]
        for target, bound in zip(check.targets, check.bounds, strict=True):
            test = compare(check.value.form, bound.operator, bound.target.form)
            if self._measured.sign(self._kind, test.margin, test.sign)[row] is False:
                return target
        return check.targets[0]

    def _condition(self, row: int) -> Problem:
        figures = self._figures(row)
        source, here = self.check.wording.holds, self._place(row, figures)
        condition = Worded(self._measured.plan, self._kind, source) if source else ""
        return self._problem(
            "holds", here, self.check.severity, row, condition=condition, expected=condition,
            blame=self._blame(figures, row, here),
        )  # fmt: skip

    def _jump(self, row: int) -> Problem:
        figures = self._figures(row)
        here = self._place(row, figures)
        now, last = self._year_before(row)
        shown = self.check.shown_unit
        before = next(figure for figure in figures if figure.year != self._measured.year)
        return self._problem(
            "jump", here, self.check.severity, row, factor=decimal_text(self.check.jump),
            found=write_value(now, last, shown, ()), expected=Term("data.explained"),
            left=write_side("value", self._title(find_leaf(self.check)), now, last, shown, ()),
            last=write_side("beside", Term("data.year-before"), last, now, shown, (), self._near(before, here)),
            gap=write_gap(now, last, shown, self.check.within), allowed=self._allowed("allowed-jump"),
        )  # fmt: skip

    def _year_before(self, row: int) -> tuple[Interval, Interval]:
        """Return this year's figure and that of the year before, which the plan may state if no sheet gives it."""
        exact, plan, leaf = self._measured.exact, self._measured.plan, find_leaf(self.check)
        now, last = make_jump(self.check, self._measured.year)
        before = exact.polynomial(self._kind, last, row)
        if before.value is None:
            number = find_stated_baselines(plan).get((leaf.kind, leaf.measure))
            before = Interval(number, number)
        return exact.polynomial(self._kind, now, row), before

    def _not_as_stated(self, row: int, leaf: Leaf, number: Fraction) -> Problem:
        plan = self._measured.plan
        measure = plan.measures[leaf.kind, leaf.measure]
        value = self._measured.exact.polynomial(self._kind, Polynomial.variable(leaf), row)
        states, stated = Interval.point(number), place_in_plan(plan, self._stated_at(measure))
        return self._problem(
            "baselines", self._place(row, self._figures(row)), self.check.severity, row, stated=stated,
            found=write_value(value, states, measure.unit, measure.steps),
            expected=write_value(states, value, measure.unit, measure.steps),
            left=write_side("value", quote_title(measure), value, states, measure.unit, measure.steps),
            right=write_value(states, value, measure.unit, measure.steps),
            gap=UNKNOWN if measure.steps else write_gap(value, states, measure.unit, Fraction(0)),
        )  # fmt: skip

    def _stated_at(self, measure: Measure) -> Location:
        """Return where the plan states the baseline of a measure."""
        named = (c for c in self._measured.plan.commitments.values() if c.value and c.value.text.strip() == measure.id)
        stated = [measure.wording.baseline, *(c.wording.baseline for c in named)]
        return next((source.location for source in stated if source), measure.location)

    def _allowed(self, code: str) -> Term | str:
        within = self.check.within
        return Term(f"data.{code}", {"within": Difference(within, self.check.shown_unit)}) if within else ""

    def _range(self, form: Ratio, row: int) -> Interval:
        """Return what a quantity is, or the least and the most it can be where figures are missing."""
        exact = self._measured.exact
        if (value := exact.ratio(self._kind, form, row)) is not None:
            return Interval.point(value)
        bottom = exact.polynomial(self._kind, form.bottom, row).value
        if bottom is None or bottom <= 0:
            return Interval()
        return exact.polynomial(self._kind, form.top, row) * (1 / bottom)

    def _name(self, value: Value, row: int) -> Term | Worded | str:
        """Name a quantity: by the title of its measure, a sum over so many, the kind it counts, or in words."""
        form = value.form
        if form.number is not None:
            return ""
        single = form.single
        if isinstance(single, Leaf) and single.time == "now":
            return self._title(single)
        if isinstance(single, Sum) and single.where is None:
            kind = self._measured.plan.kinds[single.kind].title
            if single.counts:
                return Term("data.count-of", {"kind": kind})
            if isinstance(inner := single.of.single, Leaf):
                count = len(self._measured.exact.members(self._kind, single, row))
                return Term("data.sum-of", {"count": count, "kind": kind, "name": self._title(inner)})
        kinds = {part.kind for part in variables(form)}
        if len(kinds) == 1 and not kinds & {self._kind}:
            return Term("data.members-of", {"kind": self._measured.plan.kinds[kinds.pop()].title})
        return Worded(self._measured.plan, self._kind, value.written) if value.written else value.text

    def _title(self, leaf: Leaf) -> Term:
        return quote_title(self._measured.plan.measures[leaf.kind, leaf.measure])

    def _variables(self) -> tuple[Variable, ...]:
        if self._baseline is not None:
            return (self._baseline[0],)
        if self.check.sort == "jump":
            leaf = find_leaf(self.check)
            return leaf, leaf.at("last")
        return variables(*list_compared(self.check))

    def _figures(self, row: int) -> list[_Figure]:
        """List the figures a row rests on, its own first; of many subjects that are counted or summed over, the first few."""
        found: dict[_Figure, None] = {}
        for variable in self._variables():
            found.update(dict.fromkeys(self._of(self._kind, variable, row)))
        return list(found)

    def _of(self, kind: str, variable: Variable, row: int) -> Iterator[_Figure]:
        measured = self._measured
        if isinstance(variable, Leaf):
            frame = measured.frame(kind)
            name = frame["@name"][row]
            if variable.kind != kind:
                above = variable.kind != measured.plan.root.id
                name = frame[f"@{variable.kind}"][row] if above else frame["@root"][row]
            measure = measured.plan.measures[variable.kind, variable.measure]
            for year, fact in measured.exact.facts(kind, variable, row):
                yield _Figure(measure, name, year, fact)
            return
        names = measured.frame(variable.kind)["@name"]
        listed = (at for at, _, _ in measured.exact.members(kind, variable, row) if names[at])
        for position in islice(listed, _MEMBERS):
            for part in inside(variable):
                yield from self._of(variable.kind, part, position)

    def _find_figure(self, form: Ratio, row: int) -> _Figure | None:
        """Return the one figure that a side of a comparison is, None for an expression."""
        single = form.single
        if not isinstance(single, Leaf) or single.time != "now":
            return None
        return next(self._of(self._kind, single, row), None)

    def _blame(self, figures: list[_Figure], row: int, here: Location, sides: Sequence[_Figure] = ()) -> Term:
        """Ask to verify the figures, and list those that are not one of the two `sides`, with their places."""
        known = sum(figure.value is not None for figure in figures)
        ask = Term("data.this-figure" if known == 1 else "data.one-of-them")
        rest = [figure for figure in figures if figure not in sides]
        if not rest:
            return ask
        name = self._measured.frame(self._kind)["@name"][row]
        shown: Listing | Term = Listing(tuple(self._figure(figure, name, here) for figure in rest[:_SHOWN]), "clauses")
        if len(rest) > _SHOWN:
            shown = Term("data.others", {"figures": shown})
        return Term("data.other-figures" if sides else "data.figures", {"ask": ask, "figures": shown})

    def _figure(self, figure: _Figure, subject: str, here: Location) -> Term:
        name = quote_title(figure.measure)
        year = Term("data.of-year", {"year": figure.year}) if figure.year != self._measured.year else ""
        if figure.subject != subject or year:
            name = Term("data.other-figure", {"name": name, "subject": figure.subject, "year": year})
        if figure.value is None:
            return Term("data.absent", {"name": name})
        value = write_value(Interval.point(figure.value), Interval(), figure.measure.unit, figure.measure.steps)
        place = self._near(figure, here)
        code = "data.figure" if place else "data.figure-here"
        return Term(code, {"name": name, "value": value, "place": place})

    def _near(self, figure: _Figure, here: Location) -> object:
        """Return where a figure stands beside a problem: nothing at the same place; one that a plan states, in the plan."""
        if figure.fact is None or figure.value is None:
            stated = find_stated_baselines(self._measured.plan).get((figure.measure.kind, figure.measure.id))
            known = self.check.sort == "jump" and stated is not None
            return place_in_plan(self._measured.plan, self._stated_at(figure.measure)) if known else ""
        return Near(figure.fact.location, here) if figure.fact.location != here else ""

    def _place(self, row: int, figures: list[_Figure]) -> Location:
        """Return where the first figure of the year itself stands, or else the subject."""
        here = [f for f in figures if f.fact and f.year == self._measured.year]
        if here and here[0].fact:
            return here[0].fact.location
        frame = self._measured.frame(self._kind)
        listed = frame["@row"][row] >= 0
        place = self._measured.tables.place(self._kind, frame["@index"][row]) if listed else None
        return place or self._sheet_of(frame["@root"][row])

    def _sheet_of(self, root: str) -> Location:
        """Return the sheet of a root subject: where it lists the kind that is to be complete, or else where it begins."""
        sheets = [s for s in self._facts.sheets if s.year == self._measured.year and root in ("", s.subject)]
        for sheet in sheets if self.check.of else ():
            if found := sheet.list_place(self.check.of):
                return found
        return sheets[0].location if sheets else self.check.location

    def _problem(self, code: str, location: Location, severity: Severity, row: int, **details: object) -> Problem:
        frame = self._measured.frame(self._kind)
        return self._told(code, location, severity, frame["@root"][row], frame["@name"][row], **details)

    def _told(
        self, code: str, location: Location, severity: Severity, root: str, subject: str, **details: object
    ) -> Problem:
        """Return a problem. Its details `root` and `figures_of` tell programs what is doubted; the message needs neither."""
        check = self.check
        title = Term("data.titled", {"title": check.title}) if check.title else ""
        known: dict[str, object] = {"check": check.id, "title": title, "subject": subject, "year": self._measured.year}
        known |= {"root": root, "figures_of": self.figures}
        return Problem(f"data.{code}", location, {**known, **details}, severity)

    def _called(self) -> Sayable:
        """Return what the check is called, where a message is about nothing but the check."""
        return title_check(self.check, self._measured.plan)


def needless(measures: list[Measure], subject: str, year: int, fact: Fact) -> Problem:
    """Return the note of a confirmation that nothing asks for: of one figure, or of a whole row."""
    about = Term("data.row", {"subject": subject, "year": year})
    if len(measures) == 1:
        of_year = Term("data.of-year", {"year": year})
        about = Term("data.other-figure", {"name": quote_title(measures[0]), "subject": subject, "year": of_year})
    return Problem("data.needless", fact.location, {"about": about, "reason": fact.confirmed}, "warning")
