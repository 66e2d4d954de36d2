"""Resolves the measures of a written plan: reported ones with their ranges, derived ones with their formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from dabiao.base.problems import Problems, Refused
from dabiao.base.units import PLAIN, Unit
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.compiler import Compiler
from dabiao.rules.expressions import Tree, parse_expression
from dabiao.rules.model import YES_NO, Kind, Measure, Value, Wording
from dabiao.rules.references import check_distinct, note_unknown, refuse_needless

_Key = tuple[str, str]


def resolve_measures(plan: w.Plan, kinds: Mapping[str, Kind], problems: Problems) -> dict[_Key, Measure]:
    """Return the measures of a plan by kind and id, noting everything wrong with them in `problems`."""
    resolver = _Measures(plan, kinds, problems)
    for measure in plan.measures:
        resolver.add(measure)
    resolver.derive()
    return resolver.measures


class _Measures:
    def __init__(self, plan: w.Plan, kinds: Mapping[str, Kind], problems: Problems) -> None:
        self.measures: dict[_Key, Measure] = {}
        self._derived: dict[_Key, w.Measure] = {}
        self._ladders = {ladder.id: ladder for ladder in plan.ladders}
        self._compiler = Compiler(kinds, self.measures, problems)
        self._problems = problems

    def add(self, measure: w.Measure) -> None:
        """Add a measure. `derive` adds the formula of a derived one."""
        kinds, problems = self._compiler.kinds, self._problems
        kind = measure.of or self._compiler.root
        if kind not in kinds:
            note_unknown(problems, "unknown-kind", measure.place("of"), kind, kinds)
            problems.dropped.add(measure.id)
            return
        if (kind, measure.id) in self.measures:
            first = self.measures[kind, measure.id].location.line
            problems.add("duplicate-id", measure.place("id"), found=measure.id, first=first)
            return
        if measure.id in kinds:
            problems.add("name-taken", measure.place("id"), found=measure.id)
        scales = [name for name in ("unit", "ladder", "options", "yes_no") if getattr(measure, name)]
        fits = scales in ([], ["unit"]) if measure.formula else len(scales) == 1
        if not fits:
            found = [*scales, "formula"] if measure.formula else scales
            problems.add("measure-sort", measure.location, found=tuple(found) or "—")
            problems.dropped.add(measure.id)
            return
        resolved = Measure(
            measure.id, kind, measure.title, PLAIN, (), measure.location, definition=measure.definition,
            actionable=measure.actionable, signed=measure.signed, wording=Wording(baseline=measure.baseline),
        )  # fmt: skip
        if measure.formula:
            refuse_needless(measure, ("min", "max", "whole"), "formula", problems)
            self._derived[kind, measure.id] = measure
        elif measure.unit:
            unit = self._compiler.unit(measure.unit, measure.place("unit"))
            if unit is None:  # what is said about it would only follow from that
                problems.dropped.add(measure.id)
                return
            resolved = self._resolve_number(measure, resolved, unit)
        else:
            resolved = self._resolve_steps(measure, resolved)
        self.measures[kind, measure.id] = resolved
        if measure.baseline and not measure.formula:
            baseline = self._compiler.constant(measure.baseline, resolved)
            self.measures[kind, measure.id] = replace(resolved, baseline=baseline)

    def _resolve_number(self, measure: w.Measure, resolved: Measure, unit: Unit) -> Measure:
        whole = unit.counts_wholes if measure.whole is None else measure.whole
        low = None if measure.signed else Fraction(0)
        high = Fraction(1) if unit.is_percentage and not measure.signed else None
        resolved = replace(resolved, unit=unit, dimension=unit.dimension, whole=whole, low=low, high=high)
        if not measure.minimum and not measure.maximum:
            return resolved
        constant = self._compiler.constant
        if measure.minimum:
            low = constant(measure.minimum, replace(resolved, low=None))
        if measure.maximum:
            high = constant(measure.maximum, replace(resolved, low=None, high=None))
        if whole:  # the ends of its range are whole, too
            low, high = None if low is None else Fraction(ceil(low)), None if high is None else Fraction(floor(high))
        if low is not None and high is not None and low > high:
            self._problems.add("range-backwards", measure.place("min"))
        return replace(resolved, low=low, high=high)

    def _resolve_steps(self, measure: w.Measure, resolved: Measure) -> Measure:
        scale = next(name for name in ("ladder", "options", "yes_no") if getattr(measure, name))
        refuse_needless(measure, ("min", "max", "whole", "signed"), scale, self._problems)
        steps: tuple[w.Step, ...] = YES_NO
        ordered = True
        if measure.ladder:
            if measure.ladder not in self._ladders:
                note_unknown(self._problems, "unknown-ladder", measure.place("ladder"), measure.ladder, self._ladders)
            else:
                steps = self._ladders[measure.ladder].steps
        elif measure.options:
            steps, ordered = measure.options, False
            check_distinct(steps, self._problems)
        high = Fraction(len(steps) - 1)
        return replace(resolved, steps=steps, ordered=ordered, high=high, whole=True)

    def derive(self) -> None:
        """Compile the formulas, each after those it names."""
        order = list(self._sort_derived())
        plain = {key: self.measures.pop(key) for key in self._derived}
        for key in order:
            measure = self._derived[key]
            value = self._compiler.value(measure.formula, key[0]) if measure.formula else None
            if value is None:
                self._problems.dropped.add(measure.id)
            else:
                self.measures[key] = self._resolve_formula(measure, plain[key], value)

    def _sort_derived(self) -> Iterator[_Key]:
        """Iterate over the derived measures in an order in which each comes after those it names. Note circular formulas."""
        named = {key: self._find_named(measure, key[0]) for key, measure in self._derived.items()}
        waiting = dict(named)
        while ready := [key for key, names in waiting.items() if not names.keys() & waiting.keys()]:
            for key in ready:
                del waiting[key]
            yield from ready
        for key, names in waiting.items():
            name = next(name for other, name in names.items() if other in waiting)
            self._problems.add("formula-circle", name.location, found=name.name)
            self._problems.dropped.add(key[1])

    def _find_named(self, measure: w.Measure, kind: str) -> dict[_Key, x.Name]:
        """Return the derived measures that a formula names, each with the name in it."""
        try:
            tree = parse_expression(measure.formula) if measure.formula else None
        except Refused:
            return {}  # noted when it is compiled
        found: dict[_Key, x.Name] = {}
        for name, within in _list_names(tree, kind) if tree else ():
            known = within in self._compiler.kinds and self._compiler.scope(within).find(name.name)
            if known and (known.kind, known.id) in self._derived:
                found.setdefault((known.kind, known.id), name)
        return found

    def _resolve_formula(self, measure: w.Measure, resolved: Measure, value: Value) -> Measure:
        shown = self._compiler.unit_for(measure.unit, measure.place("unit"), value) or value.unit
        value = replace(value, unit=shown, dimension=value.dimension or ())
        resolved = replace(
            resolved, unit=shown, dimension=shown.dimension, steps=value.steps, ordered=value.ordered, low=None, formula=value
        )  # fmt: skip
        if measure.baseline:
            resolved = replace(resolved, baseline=self._compiler.constant(measure.baseline, resolved))
        return resolved


def _list_names(tree: Tree, kind: str) -> Iterator[tuple[x.Name, str]]:
    """Iterate over the names in an expression, each with the kind whose measures it may stand for."""
    waiting = [(tree, kind)]
    while waiting:
        part, within = waiting.pop()
        match part:
            case x.Name():
                yield part, within
            case x.Lookup(measure=name):
                yield name, within
            case x.Arithmetic(left=left, right=right) | x.Comparison(left=left, right=right):
                waiting += [(right, within), (left, within)]
            case x.Logic(operands=operands):
                waiting += [(operand, within) for operand in operands]
            case x.Aggregate(argument=argument, kind=inner, where=where):
                waiting += [(inside, inner.name) for inside in (argument, where) if inside]
