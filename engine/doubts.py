"""What failed data checks say: both sides with their values, how far they are apart, and every figure with its place."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Severity
from dabiao.base.quantities import decimal_text, quantity_text
from dabiao.base.units import Unit
from dabiao.engine.measure import Measured
from dabiao.facts.model import Block, Fact, Facts
from dabiao.rules.algebra import Leaf, Polynomial, Ratio, Sum, Variable, compare, inside, variables
from dabiao.rules.checks import compared, gap_unit, last_value, leaf_of, stated
from dabiao.rules.comparators import COMPARATORS
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, DataCheck, Measure
from dabiao.rules.shape import Source
from dabiao.rules.written import Step

LANGS = ("zh", "en")
_SHOWN = 8  # figures named one by one
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


class Doubts:
    """Puts into words what one check found in one year, row by row."""

    def __init__(self, measured: Measured, check: DataCheck, facts: Facts) -> None:
        self.check = check
        self._measured = measured
        self._facts = facts
        self._kind = check.kind
        self._baseline: tuple[Leaf, Fraction] | None = None

    def of_baseline(self, leaf: Leaf, number: Fraction) -> Doubts:
        """Return the same for one reported measure whose baseline the plan states."""
        one = copy(self)
        one._kind, one._baseline = leaf.kind, (leaf, number)
        return one

    def confirmation(self, row: int) -> Fact | None:
        """Return the fact of a jump if the sheet says why it is right."""
        if self.check.sort != "jump":
            return None
        frame = self._measured.frame(self._kind)
        fact = self._measured.tables.fact(self._kind, frame["@index"][row], leaf_of(self.check).measure)
        return fact if fact and fact.confirmed else None

    def confirmed(self, row: int, fact: Fact) -> Problem:
        """Return the note of a jump that the sheet confirms."""
        sides = self._jumped(row)
        return self._problem("confirmed", fact.location, "warning", row, reason=fact.confirmed, **sides)

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
            return self._told("unmade", self._sheet_of(root), "warning", root)
        figures = self._figures(row)
        missing = next((f.fact.location for f in figures if f.fact and f.value is None), None)
        return self._problem("unmade", missing or self._place(row, figures), "warning", row)

    def more(self, count: int, severity: Severity) -> Problem:
        """Return the problem that stands for those beyond the limit."""
        return self._told("more", self._sheet_of(""), severity, "", count=count)

    def incomplete(self, root: str, listed: int, missing: int, names: list[str]) -> Problem:
        """Return the problem of a register that is not listed in full."""
        kind = self._measured.plan.kinds[self.check.of]
        details: dict[str, object] = {"size": listed + missing, "listed": listed, "missing": missing}
        for lang in LANGS:
            named = say("data.comma", lang).join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
            details[f"names_{lang}"] = say("data.names", lang, names=named) if named else ""
            details[f"kind_{lang}"] = kind.title[lang]
        return self._told("complete", self._sheet_of(root), self.check.severity, root, **details)

    def _compared(self, row: int) -> Problem:
        check = self.check
        assert check.value is not None
        target = self._missed(row)
        left, right = self._range(check.value.form, row), self._range(target.target.form, row)
        shown = check.shown_unit
        other = target.target.unit if target.target.unit.symbol else shown
        measure = check.source.measure
        assert measure is not None
        details: dict[str, object] = {}
        for lang in LANGS:
            name, other_name = self._name(check.value.form, measure, row, lang), self._target_name(target, row, lang)
            details[f"left_{lang}"] = _side(name, left, right, shown, check.steps, lang)
            details[f"right_{lang}"] = _side(other_name, right, left, other, check.steps, lang)
            details[f"gap_{lang}"] = _gap(left, right, gap_unit(shown, lang), check.within, lang)
            details[f"allowed_{lang}"] = self._allowed("allowed", lang)
        figures = self._figures(row)
        code = "step" if check.steps else COMPARATORS[target.operator].key
        return self._problem(
            code, self._place(row, figures), check.severity, row, **details, **self._told_of(figures, row)
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
        source = self.check.source.holds
        condition = source.text if source else ""
        told = self._told_of(figures, row)
        return self._problem(
            "holds", self._place(row, figures), self.check.severity, row, condition=condition, **told
        )  # fmt: skip

    def _jump(self, row: int) -> Problem:
        figures = self._figures(row)
        details = self._jumped(row)
        for lang in LANGS:
            details[f"allowed_{lang}"] = self._allowed("allowed-jump", lang)
        told = self._told_of(figures, row)
        factor = decimal_text(self.check.jump)
        return self._problem(
            "jump", self._place(row, figures), self.check.severity, row, factor=factor, **details, **told
        )  # fmt: skip

    def _jumped(self, row: int) -> dict[str, object]:
        """Return this year's figure, last year's, and how far they are apart, in both languages."""
        leaf = leaf_of(self.check)
        now, last = self._year_before(row)
        details: dict[str, object] = {}
        shown = self.check.shown_unit
        for lang in LANGS:
            name = self._title(leaf, lang)
            details[f"left_{lang}"] = _side(name, now, last, shown, (), lang)
            details[f"last_{lang}"] = _text(last, now, shown, (), lang)
            details[f"gap_{lang}"] = _gap(now, last, gap_unit(shown, lang), self.check.within, lang)
        return details

    def _year_before(self, row: int) -> tuple[Interval, Interval]:
        """Return this year's figure and that of the year before, which the plan may state if no sheet gives it."""
        exact, plan, leaf = self._measured.exact, self._measured.plan, leaf_of(self.check)
        now, last = last_value(self.check)
        before = exact.polynomial(self._kind, last, row)
        if before.value is None:
            number = stated(plan).get((leaf.kind, leaf.measure))
            before = Interval(number, number)
        return exact.polynomial(self._kind, now, row), before

    def _not_as_stated(self, row: int, leaf: Leaf, number: Fraction) -> Problem:
        plan = self._measured.plan
        measure = plan.measures[leaf.kind, leaf.measure]
        value = self._measured.exact.polynomial(self._kind, Polynomial.variable(leaf), row)
        states = Interval.point(number)
        details: dict[str, object] = {"stated": self._stated_at(measure)}
        for lang in LANGS:
            details[f"left_{lang}"] = _side(_quoted(measure, lang), value, states, measure.unit, measure.steps, lang)
            details[f"right_{lang}"] = _text(states, value, measure.unit, measure.steps, lang)
            steps = say("data.unknown", lang)
            gap = steps if measure.steps else _gap(value, states, gap_unit(measure.unit, lang), Fraction(0), lang)
            details[f"gap_{lang}"] = gap
        location = self._place(row, self._figures(row))
        return self._problem("baselines", location, self.check.severity, row, **details)

    def _stated_at(self, measure: Measure) -> Location:
        """Return where the plan states the baseline of a measure."""
        plan = self._measured.plan
        for written in plan.text.measures:
            if written.id == measure.id and (written.of or plan.root.id) == measure.kind and written.baseline:
                return written.baseline.location
        named = (c for c in plan.text.commitments if c.baseline and c.measure and c.measure.text.strip() == measure.id)
        return next((c.baseline.location for c in named if c.baseline), measure.location)

    def _allowed(self, code: str, lang: str) -> str:
        if not self.check.within:
            return ""
        return say(f"data.{code}", lang, within=quantity_text(self.check.within, gap_unit(self.check.shown_unit, lang)))

    def _range(self, form: Ratio, row: int) -> Interval:
        """Return what a quantity is, or the least and the most it can be where figures are missing."""
        exact = self._measured.exact
        if (value := exact.ratio(self._kind, form, row)) is not None:
            return Interval.point(value)
        bottom = exact.polynomial(self._kind, form.bottom, row).value
        if bottom is None or bottom <= 0:
            return Interval()
        return exact.polynomial(self._kind, form.top, row) * (1 / bottom)

    def _name(self, form: Ratio, source: Source, row: int, lang: str) -> str:
        """Name a quantity: by the title of its measure, as a sum over so many subjects, or as it is written."""
        if form.number is not None:
            return ""
        single = form.single
        if isinstance(single, Leaf) and single.time == "now":
            return self._title(single, lang)
        if isinstance(single, Sum) and single.where is None:
            kind = self._measured.plan.kinds[single.kind].title[lang]
            if single.counts:
                return say("data.count-of", lang, kind=kind)
            if isinstance(inner := single.of.single, Leaf):
                count = len(self._measured.exact.members(self._kind, single, row))
                return say("data.sum-of", lang, count=count, kind=kind, name=self._title(inner, lang))
        return source.text

    def _target_name(self, target: Bound, row: int, lang: str) -> str:
        source = self._target_source(target)
        return self._name(target.target.form, source, row, lang) if source else ""

    def _target_source(self, target: Bound) -> Source | None:
        written = self.check.source
        if written.between:
            return written.between[0 if target is self.check.targets[0] else -1]
        return getattr(written, COMPARATORS[target.operator].key, None)

    def _title(self, leaf: Leaf, lang: str) -> str:
        return _quoted(self._measured.plan.measures[leaf.kind, leaf.measure], lang)

    def _variables(self) -> tuple[Variable, ...]:
        if self._baseline is not None:
            return (self._baseline[0],)
        if self.check.sort == "jump":
            leaf = leaf_of(self.check)
            return leaf, leaf.at("last")
        return variables(*compared(self.check))

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

    def _told_of(self, figures: list[_Figure], row: int) -> dict[str, object]:
        """Write every figure with its place, in both languages, and whether it can be known which one is wrong."""
        known = sum(f.fact is not None for f in figures)
        details: dict[str, object] = {}
        name = self._measured.frame(self._kind)["@name"][row]
        for lang in LANGS:
            texts = [self._figure(figure, name, lang) for figure in figures[:_SHOWN]]
            text = say("data.and", lang).join(texts)
            if len(figures) > _SHOWN:
                text += say("data.others", lang)
            details[f"figures_{lang}"] = say("data.figures", lang, figures=text)
            details[f"blame_{lang}"] = say("data.this-figure" if known == 1 else "data.unknown-side", lang)
        return details

    def _figure(self, figure: _Figure, subject: str, lang: str) -> str:
        name = _quoted(figure.measure, lang)
        year = say("data.of-year", lang, year=figure.year) if figure.year != self._measured.year else ""
        if figure.subject != subject or year:
            other = figure.subject
            name = say("data.other-figure", lang, name=name, subject=other, year=year)
        number, place = figure.value, figure.fact.location if figure.fact else None
        if number is None and self.check.sort == "jump":  # of the year before, which the plan states
            number = stated(self._measured.plan).get((figure.measure.kind, figure.measure.id))
            place = self._stated_at(figure.measure)
        if number is None:
            return say("data.absent", lang, name=name)
        value = _text(Interval.point(number), Interval(), figure.measure.unit, figure.measure.steps, lang)
        return say("data.figure", lang, name=name, value=value, place=place)

    def _place(self, row: int, figures: list[_Figure]) -> Location:
        """Return where the first figure of the year itself stands, or else the subject."""
        here = [f for f in figures if f.fact and f.year == self._measured.year]
        if here and here[0].fact:
            return here[0].fact.location
        frame = self._measured.frame(self._kind)
        number = frame["@row"][row]
        if number < 0:
            return self._sheet_of(frame["@root"][row])
        source = self._measured.tables.sources[frame["@source"][row]]
        return Location(source.file, source.lines[number]) if isinstance(source, Block) else source[number].location

    def _sheet_of(self, root: str) -> Location:
        """Return the sheet of a root subject: where it lists the kind that is to be complete, or else where it begins."""
        sheets = [s for s in self._facts.sheets if s.year == self._measured.year and root in ("", s.subject)]
        for sheet in sheets if self.check.of else ():
            for block in sheet.blocks:
                if block.kind == self.check.of:
                    return Location(block.file)
            for row in sheet.rows:
                if row.kind == self.check.of:
                    return sheet.location
        return sheets[0].location if sheets else self.check.location

    def _problem(self, code: str, location: Location, severity: Severity, row: int, **details: object) -> Problem:
        return self._told(code, location, severity, self._measured.frame(self._kind)["@name"][row], **details)

    def _told(self, code: str, location: Location, severity: Severity, subject: str, **details: object) -> Problem:
        check = self.check
        titles = {
            f"title_{lang}": check.title[lang] if check.title[lang] == check.id else f"{check.title[lang]} [{check.id}]"
            for lang in LANGS
        }
        known = {"check": check.id, "subject": subject, "year": self._measured.year}
        return Problem(f"data.{code}", location, {**known, **titles, **details}, severity)


def needless(measures: list[Measure], subject: str, year: int, fact: Fact) -> Problem:
    """Return the note of a confirmation that nothing asks for: of one figure, or of a whole row."""
    details: dict[str, object] = {"subject": subject, "year": year, "reason": fact.confirmed}
    for lang in LANGS:
        name = say("data.of", lang, name=_quoted(measures[0], lang)) if len(measures) == 1 else ""
        details[f"measure_{lang}"] = name
    return Problem("data.needless", fact.location, details, "warning")


def _quoted(measure: Measure, lang: str) -> str:
    return say("data.quoted", lang, name=measure.title[lang])


def _side(name: str, value: Interval, other: Interval, unit: Unit, steps: tuple[Step, ...], lang: str) -> str:
    text = _text(value, other, unit, steps, lang)
    return say("data.value", lang, name=name, value=text) if name else text


def _text(value: Interval, other: Interval, unit: Unit, steps: tuple[Step, ...], lang: str) -> str:
    """Write a value, or the least and the most it can be, never rounded to the other side of what it is compared with."""
    low, high = value.low, value.high
    against = other.value

    def one(number: Fraction) -> str:
        if steps and number.denominator == 1 and 0 <= number < len(steps):
            return steps[int(number)].title[lang]
        return quantity_text(number, unit, against)

    if low is not None and high is not None:
        return one(low) if low == high else say("data.from-to", lang, low=one(low), high=one(high))
    if low is not None:
        return say("data.at-least", lang, text=one(low))
    return say("data.unknown", lang) if high is None else say("data.at-most", lang, text=one(high))


def _gap(left: Interval, right: Interval, unit: Unit, within: Fraction, lang: str) -> str:
    """Write how far two values are apart, at least so far where figures are missing."""
    if left.value is not None and right.value is not None:
        return quantity_text(abs(left.value - right.value), unit, within)
    ends = [(left.low, right.high), (right.low, left.high)]
    apart = [low - high for low, high in ends if low is not None and high is not None and low > high]
    if not apart:
        return say("data.unknown", lang)
    return say("data.at-least", lang, text=quantity_text(apart[0], unit, within))
