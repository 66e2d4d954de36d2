"""A written plan to a plan the engine can use: every name resolved, every unit checked, all errors in one run."""

from __future__ import annotations

from dataclasses import replace
from datetime import MAXYEAR, MINYEAR
from fractions import Fraction
from math import ceil, floor

from dabiao.base.problems import Location, Problems, Refused
from dabiao.base.quantities import range_text
from dabiao.base.units import PLAIN, Unit, UnknownUnit, unit
from dabiao.rules import written as w
from dabiao.rules.algebra import Condition, Leaf, Polynomial, Ratio, Variable, variables
from dabiao.rules.comparators import KEYS, OPERATORS, Operator
from dabiao.rules.compile import Scope, compile_condition, compile_value
from dabiao.rules.consequences import resolve_consequences
from dabiao.rules.model import (
    YES_NO,
    Bound,
    Commitment,
    DataCheck,
    Due,
    Kind,
    Measure,
    Path,
    Plan,
    Stage,
    Value,
)
from dabiao.rules.references import check_links, distinct, unknown
from dabiao.rules.shape import Source

_DIRECTIONS: dict[str, Operator] = {
    "increase": ">", "decrease": "<", "no_increase": "<=", "no_decrease": ">=", "maintain": ">=",
}  # fmt: skip


def resolve(plan: w.Plan, problems: Problems, amended: tuple[str, ...] = ()) -> Plan:
    """Resolve a written plan, noting every error in `problems`.

    Raises `Refused` if there is any.
    """
    resolver = _Resolver(plan, problems)
    resolved = resolver.plan(amended)
    problems.refuse()
    return resolved


class _Resolver:
    def __init__(self, plan: w.Plan, problems: Problems) -> None:
        self._plan = plan
        self._problems = problems
        self._ladders = {ladder.id: ladder for ladder in plan.ladders}
        self._kinds: dict[str, Kind] = {}
        self._measures: dict[tuple[str, str], Measure] = {}
        self._root = plan.subjects[0].id if plan.subjects else ""

    def plan(self, amended: tuple[str, ...]) -> Plan:
        plan = self._plan
        self._period()
        for kind in plan.subjects:
            self._kind(kind)
        if not self._kinds:  # nothing else means anything
            self._problems.add("no-subjects", plan.location)
            raise Refused(self._problems.found)
        for measure in plan.measures:
            self._measure(measure)
        self._formulas()
        commitments = {}
        for commitment in plan.commitments:
            if resolved := self._commitment(commitment):
                commitments[resolved.id] = resolved
        checks: tuple[DataCheck, ...] = ()
        if plan.checks:
            from dabiao.rules.checks import resolve_checks  # a plan without checks does not wait for them

            checks = resolve_checks(plan.checks, self._kinds, self._measures, self, self._problems)
        check_links(plan, self._kinds, self._problems)
        amounts = (
            resolve_consequences(plan, self._kinds, commitments, self, self._problems) if plan.consequences else {}
        )
        history = plan.period.history if plan.period.history is not None else plan.baseline
        return Plan(
            id=plan.plan,
            version=plan.version,
            title=plan.title,
            text=plan,
            first=plan.period.first,
            last=plan.period.last,
            history=history,
            baseline=plan.baseline,
            kinds=self._kinds,
            measures=self._measures,
            commitments=commitments,
            amended=amended,
            checks=checks,
            amounts=amounts,
        )

    def _period(self) -> None:
        period, baseline = self._plan.period, self._plan.baseline
        years = {period.place("from"): period.first, period.place("to"): period.last}
        years |= {
            self._plan.place("baseline"): baseline,
            period.place("history"): period.first if period.history is None else period.history,
        }
        for location, year in years.items():
            if not MINYEAR <= year <= MAXYEAR:
                self._problems.add("bad-year", location, found=year)
        if period.first > period.last:
            self._problems.add("period-backwards", period.location, found=period.first, expected=period.last)
        if baseline > period.last:
            self._problems.add("baseline-late", self._plan.place("baseline"), found=baseline, expected=period.first)

    def _kind(self, kind: w.Subject) -> None:
        if kind.id in self._kinds:
            self._problems.add(
                "duplicate-id", kind.place("id"), found=kind.id, first=self._kinds[kind.id].location.line
            )  # fmt: skip
            return
        if kind.in_ is None and self._kinds:
            self._problems.add("second-root", kind.location, found=kind.id, expected=self._root)
            return
        if kind.in_ is not None and kind.in_ not in self._kinds:
            unknown(self._problems, "unknown-kind", kind.place("in"), kind.in_, self._kinds)
            self._problems.dropped.add(kind.id)
            return
        above = self._kinds[kind.in_] if kind.in_ else None
        path = (*above.path, above.id) if above else ()
        self._kinds[kind.id] = Kind(kind.id, kind.title, path, kind.register, kind.location)

    def _measure(self, measure: w.Measure) -> None:
        kind = measure.of or self._root
        if kind not in self._kinds:
            unknown(self._problems, "unknown-kind", measure.place("of"), kind, self._kinds)
            self._problems.dropped.add(measure.id)
            return
        if (kind, measure.id) in self._measures:
            first = self._measures[kind, measure.id].location.line
            self._problems.add("duplicate-id", measure.place("id"), found=measure.id, first=first)
            return
        if measure.id in self._kinds:
            self._problems.add("name-taken", measure.place("id"), found=measure.id)
        sorts = [s for s in ("unit", "ladder", "options", "yes_no", "formula") if getattr(measure, s)]
        if len([s for s in sorts if s != "formula"]) > 1 or not sorts or (sorts[-1:] == ["formula"] and len(sorts) > 2):
            self._problems.add("measure-sort", measure.location, found=", ".join(sorts) or "—")
            self._problems.dropped.add(measure.id)
            return
        resolved = Measure(
            measure.id, kind, measure.title, PLAIN, (), measure.location, definition=measure.definition,
            actionable=measure.actionable,
        )  # fmt: skip
        if measure.unit:
            resolved = self._number(measure, resolved)
        elif not measure.formula:
            resolved = self._stepped(measure, resolved)
        self._measures[kind, measure.id] = resolved
        if measure.baseline:
            baseline = self._constant(measure.baseline, resolved)
            self._measures[kind, measure.id] = replace(resolved, baseline=baseline)

    def _number(self, measure: w.Measure, resolved: Measure) -> Measure:
        shown = self._unit(measure.unit or "", measure.place("unit"))
        whole = shown.counts_wholes if measure.whole is None else measure.whole
        low = None if measure.signed else Fraction(0)
        high = Fraction(1) if shown.is_percentage and not measure.signed else None
        resolved = replace(resolved, unit=shown, dimension=shown.dimension, whole=whole, low=low, high=high)
        if measure.minimum:
            resolved = replace(resolved, low=self._constant(measure.minimum, replace(resolved, low=None)))
        if measure.maximum:
            resolved = replace(resolved, high=self._constant(measure.maximum, replace(resolved, low=None, high=None)))
        if whole:  # the ends of its range are whole, too
            low = None if resolved.low is None else Fraction(ceil(resolved.low))
            high = None if resolved.high is None else Fraction(floor(resolved.high))
            resolved = replace(resolved, low=low, high=high)
        if resolved.low is not None and resolved.high is not None and resolved.low > resolved.high:
            self._problems.add("range-backwards", measure.place("min"))
        return resolved

    def _stepped(self, measure: w.Measure, resolved: Measure) -> Measure:
        steps: tuple[w.Step, ...] = YES_NO
        ordered = True
        if measure.ladder:
            if measure.ladder not in self._ladders:
                unknown(self._problems, "unknown-ladder", measure.place("ladder"), measure.ladder, self._ladders)
            else:
                steps = self._ladders[measure.ladder].steps
        elif measure.options:
            steps, ordered = measure.options, False
            distinct(steps, self._problems)
        high = Fraction(len(steps) - 1)
        return replace(resolved, steps=steps, ordered=ordered, high=high, whole=True)

    def _unit(self, text: str, location: Location) -> Unit:
        try:
            return unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", location, found=text, nearest=error.nearest)
            return PLAIN

    def _scope(self, kind: str) -> Scope:
        return Scope(kind, self._kinds, self._measures)

    def _constant(self, source: Source, measure: Measure) -> Fraction | None:
        """Read a plain value of a measure."""
        like = Value(Ratio.constant(Fraction(0)), measure.dimension, measure.unit, measure.steps, measure.ordered)
        value = self.value(source, measure.kind, like)
        if value is None:
            return None
        number = value.form.number
        if number is None:
            self._problems.add("expected-number", source.location, found=source.text)
        elif (measure.low is not None and number < measure.low) or (measure.high is not None and number > measure.high):
            expected = range_text(measure.low, measure.high, measure.unit)
            self._problems.add(
                "out-of-range", source.location, found=source.text, measure=measure.id, expected=expected
            )
        return number

    def _formulas(self) -> None:
        """Compile derived measures in an order that has what they refer to first."""
        waiting = {(m.of or self._root, m.id): m for m in self._plan.measures if m.formula}
        for place in waiting:
            self._measures.pop(place, None)
        while waiting:
            ready = {}
            failures: list[Refused] = []
            for (kind, name), measure in waiting.items():
                try:
                    value = compile_value(measure.formula, self._scope(kind))  # type: ignore[arg-type]
                except Refused as refused:
                    failures.append(refused)
                    continue
                ready[kind, name] = self._derived(measure, kind, value)
            if not ready:
                names = {name for _, name in waiting}
                found = [problem for failure in failures for problem in failure.problems]
                own = [problem for problem in found if problem.details.get("found") not in names]
                self._problems.found.extend(own or found)  # in a circle each names the next, and nobody is to blame
                self._problems.dropped.update(names)
                return
            for place, derived in ready.items():
                self._measures[place] = derived
                del waiting[place]

    def _derived(self, measure: w.Measure, kind: str, value: Value) -> Measure:
        shown = value.unit
        if measure.unit:
            shown = self._unit(measure.unit, measure.place("unit"))
            if shown.dimension != (value.dimension or ()):
                self._problems.add(
                    "other-dimension", measure.place("unit"), found=measure.unit, expected=value.unit.symbol
                )  # fmt: skip
        value = replace(value, unit=shown, dimension=value.dimension or ())
        resolved = Measure(
            measure.id, kind, measure.title, shown, shown.dimension, measure.location, value.steps, value.ordered,
            low=None, formula=value, definition=measure.definition,
        )  # fmt: skip
        if measure.baseline:
            resolved = replace(resolved, baseline=self._constant(measure.baseline, resolved))
        return resolved

    def value(self, source: Source, kind: str, like: Value | None = None) -> Value | None:
        """Compile an expression of a kind's measures; None after noting what is wrong with it."""
        try:
            return compile_value(source, self._scope(kind), like)
        except Refused as refused:
            self._refused(refused)
            return None

    def condition(self, source: Source | None, kind: str) -> Condition | None:
        """Compile a condition; None if there is none, or after noting what is wrong with it."""
        if source is None:
            return None
        try:
            return compile_condition(source, self._scope(kind))
        except Refused as refused:
            self._refused(refused)
            return None

    def _refused(self, refused: Refused) -> None:
        """Note what is wrong with an expression, unless it only names an item that is itself broken."""
        for problem in refused.problems:
            if problem.code != "unknown-measure" or problem.details["found"] not in self._problems.dropped:
                self._problems.found.append(problem)

    def _commitment(self, c: w.Commitment) -> Commitment | None:
        kind = c.each or self._root
        if kind not in self._kinds:
            unknown(self._problems, "unknown-kind", c.place("each"), kind, self._kinds)
            return None
        base = Commitment(
            c.id, c.title, c.cite, kind, c.nature, c.strength, c.location,
            manual=c.manual, path=self._path(c.pace or self._plan.pace), source=c,
        )  # fmt: skip
        if c.manual:
            if c.measure or c.holds or c.staged or c.direction or _written_comparators(c):
                self._problems.add("manual-with-test", c.location, found=c.id)
            return base
        where = self.condition(c.where, kind)
        due = self._due(c, kind)
        if c.holds:
            if c.measure or c.staged or c.direction or _written_comparators(c):
                self._problems.add("one-test", c.location, found=c.id)
            return replace(base, where=where, due=due, holds=self.condition(c.holds, kind))
        if not c.measure:
            self._problems.add("no-measure", c.location, found=c.id)
            return None
        value = self.value(c.measure, kind)
        if value is None:
            return None
        shown = self._unit(c.unit, c.place("unit")) if c.unit else None
        if shown and shown.dimension != (value.dimension or ()):
            self._problems.add("other-dimension", c.place("unit"), found=c.unit, expected=value.unit.symbol)
        baseline = self._baseline(c, kind, value)
        bounds, stages = self._targets(c, kind, value, baseline)
        if shown is None and not value.unit.symbol and bounds:
            shown = bounds[0].target.unit
        self._compound(c, base.path, baseline, bounds)
        return replace(
            base, where=where, due=due, value=value, bounds=bounds, stages=stages, unit=shown, baseline=baseline
        )

    def _path(self, pace: w.Pace | None) -> Path:
        if pace is None:
            return Path()
        cut_off = Fraction(1)
        if pace.cut_off:
            value = self.value(pace.cut_off, self._root)
            number = value.form.number if value else None
            if number is None or not 0 < number <= 1:
                self._problems.add("bad-cut-off", pace.place("cut_off"), found=pace.cut_off.text)
            else:
                cut_off = number
        return Path(pace.path, cut_off)

    def _compound(self, c: w.Commitment, path: Path, baseline: Ratio | None, bounds: tuple[Bound, ...]) -> None:
        """Growth by a constant factor needs a start and a target above zero."""
        numbers = [baseline.number if baseline else None, *(bound.target.form.number for bound in bounds)]
        if path.name == "compound" and c.pace and any(n is None or n <= 0 for n in numbers):
            self._problems.add("no-compound", c.pace.location, found=c.id)

    def _due(self, c: w.Commitment, kind: str) -> Due | None:
        if c.staged:
            if c.due is not None:
                self._problems.add("due-and-staged", c.place("due"))
            for stage in c.staged:
                self._due_year(stage.year, stage.place("year"))
            years = [stage.year for stage in c.staged]
            if years != sorted(set(years)):
                self._problems.add("stages-unordered", c.place("staged"))
            return Due("year", max(years))
        if c.due is None:
            if not (self._problems.errors and c.wrote("due")):  # refused already: no second error
                self._problems.add("missing-key", c.location, expected="due")
            return None
        if c.due.kind == "year":
            self._due_year(c.due.year or 0, c.due.location)
        return Due(c.due.kind, c.due.year, self.condition(c.due.after, kind))

    def _due_year(self, year: int, location: Location) -> None:
        period = self._plan.period
        if period.first <= period.last and not period.first <= year <= period.last:
            self._problems.add("due-outside", location, found=year, first=period.first, last=period.last)

    def _baseline(self, c: w.Commitment, kind: str, value: Value) -> Ratio | None:
        """Return the value in the baseline year: as the plan says it, or looked up in the facts of that year."""
        single = self._measures.get((kind, c.measure.text.strip())) if c.measure else None
        if c.baseline:
            if single and single.baseline is not None:
                self._problems.add("baseline-twice", c.place("baseline"), found=single.id)
            stated = self.value(c.baseline, kind, value)
            return stated.form if stated else None
        if single and single.baseline is not None:
            return Ratio.constant(single.baseline)
        if value.points:
            return Ratio.constant(Fraction(0))  # a change starts from nothing
        return self._at_baseline(value.form)

    def _at_baseline(self, form: Ratio) -> Ratio | None:
        """Return a form with the figures of the baseline year: as the plan states them, or looked up in the facts.

        None if it counts or sums over subjects, or looks at other years: those figures of the baseline year are not kept.
        """
        if not all(isinstance(v, Leaf) and v.time == "now" for v in variables(form)):
            return None
        return form.substituted(self._baseline_of)

    def _baseline_of(self, variable: Variable) -> Polynomial:
        assert isinstance(variable, Leaf)
        known = self._measures[variable.kind, variable.measure].baseline
        return Polynomial.variable(variable.at("baseline")) if known is None else Polynomial.constant(known)

    def _targets(
        self, c: w.Commitment, kind: str, value: Value, baseline: Ratio | None
    ) -> tuple[tuple[Bound, ...], tuple[Stage, ...]]:
        written = _written_comparators(c)
        names = (*KEYS, "staged", "direction")
        if self._problems.errors and any(c.wrote(name) and getattr(c, name) is None for name in names):
            return (), ()  # what is written cannot be read, and that has been said
        if sum(map(bool, (written, c.staged, c.direction))) != 1 or len(written) > 1:
            self._problems.add("one-test", c.location, found=c.id)
            return (), ()
        if c.direction:
            return self._direction(c, kind, value, baseline), ()
        if c.against:
            self._problems.add("against-without-direction", c.place("against"))
        if c.staged:
            stages = tuple(Stage(s.year, self.bounds(s, kind, value)) for s in c.staged)
            return stages[-1].bounds, stages
        return self.bounds(c, kind, value), ()

    def _direction(self, c: w.Commitment, kind: str, value: Value, baseline: Ratio | None) -> tuple[Bound, ...]:
        operator = _DIRECTIONS[c.direction or ""]
        reference = baseline
        if c.against == "last_year":
            measure = self._measures.get((kind, c.measure.text.strip())) if c.measure else None
            if measure is None or measure.formula is not None:
                self._problems.add("lookup-needs-reported", c.place("against"), found=c.measure.text)  # type: ignore[union-attr]
                return ()
            leaf = Leaf(measure.kind, measure.id, "last", measure.low, measure.high)
            reference = Ratio(Polynomial.variable(leaf))
        if reference is None:
            self._problems.add("no-baseline", c.place("direction"), found=c.id)
            return ()
        return (Bound(operator, replace(value, form=reference)),)

    def bounds(self, comparison: w.Comparison, kind: str, value: Value) -> tuple[Bound, ...]:
        """Compile a comparator and its target; none after noting what is wrong with them."""
        written = _written_comparators(comparison)
        if len(written) != 1:
            self._problems.add("one-test", comparison.location, found=", ".join(written) or "—")
            return ()
        name = written[0]
        if name == "between":
            sources = comparison.between or ()
            if len(sources) != 2:
                self._problems.add("between-two", comparison.place("between"), found=len(sources))
                return ()
            targets = [self.value(source, kind, value) for source in sources]
            low, high = targets
            if low is None or high is None:
                return ()
            if (a := low.form.number) is not None and (b := high.form.number) is not None and a > b:
                self._problems.add("range-backwards", comparison.place("between"))
            return (Bound(">=", low), Bound("<=", high))
        target = self.value(getattr(comparison, name), kind, value)
        if target and value.steps and not value.ordered and name != "exactly":
            self._problems.add("no-order", comparison.place(name), found=name)
        return (Bound(OPERATORS[name], target),) if target else ()


def _written_comparators(comparison: w.Comparison) -> list[str]:
    return [name for name in KEYS if getattr(comparison, name, None) is not None]
