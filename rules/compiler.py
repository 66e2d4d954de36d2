"""Compiles the expressions of a plan and collects their problems."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from dabiao.base.problems import Location, Problems, Refused
from dabiao.base.quantities import range_text
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.rules.algebra import Condition, Ratio
from dabiao.rules.compile import Scope, compile_condition, compile_parts, compile_value, describe_unit
from dabiao.rules.expressions import Tree
from dabiao.rules.model import Kind, Measure, Value
from dabiao.rules.shape import Source


class Compiler:
    """Compiles expressions over the measures known so far, and notes what is wrong with them in `problems`."""

    def __init__(
        self, kinds: Mapping[str, Kind], measures: Mapping[tuple[str, str], Measure], problems: Problems
    ) -> None:
        self.kinds = kinds
        self.measures = measures
        self.problems = problems
        self.root = next(iter(kinds))

    def scope(self, kind: str) -> Scope:
        """Return the names that an expression of a kind may use."""
        return Scope(kind, self.kinds, self.measures)

    def value(self, source: Source, kind: str, like: Value | None = None) -> Value | None:
        """Compile a value, to be compared with `like` if that is given; None after noting what is wrong with it."""
        try:
            return compile_value(source, self.scope(kind), like).written_as(source)
        except Refused as refused:
            self._note(refused)
            return None

    def condition(self, source: Source | None, kind: str) -> Condition | None:
        """Compile a condition; None if there is none, or after noting what is wrong with it."""
        if source is None:
            return None
        try:
            return compile_condition(source, self.scope(kind))
        except Refused as refused:
            self._note(refused)
            return None

    def parts(self, source: Source, kind: str) -> tuple[tuple[Tree, Condition], ...]:
        """Compile the parts that a condition joins by `and`; none after noting what is wrong with it."""
        try:
            return compile_parts(source, self.scope(kind))
        except Refused as refused:
            self._note(refused)
            return ()

    def constant(self, source: Source, measure: Measure) -> Fraction | None:
        """Compile a number that a measure can have; None after noting what is wrong with it."""
        like = Value(Ratio.constant(Fraction(0)), measure.dimension, measure.unit, measure.steps, measure.ordered)
        value = self.value(source, measure.kind, like)
        if value is None:
            return None
        number = value.form.number
        if number is None:
            self.problems.add("expected-number", source.location, found=source.text)
        elif (measure.low is not None and number < measure.low) or (measure.high is not None and number > measure.high):
            expected = range_text(measure.low, measure.high, measure.unit)
            self.problems.add(
                "out-of-range", source.location, found=source.text, measure=measure.title, expected=expected
            )
        return number

    def unit(self, text: str, location: Location) -> Unit | None:
        """Return the unit of a name; None after noting that the name is unknown."""
        try:
            return parse_unit(text)
        except UnknownUnit as error:
            self.problems.add("unknown-unit", location, found=text, nearest=error.nearest)
            return None

    def unit_for(self, text: str | None, location: Location, value: Value) -> Unit | None:
        """Return the unit that is named to show a value in; None if there is none, or after noting what is wrong with it."""
        unit = self.unit(text, location) if text else None
        if unit and unit.dimension != (value.dimension or ()):
            self.problems.add("other-dimension", location, found=text, expected=describe_unit(value))
        return unit

    def _note(self, refused: Refused) -> None:
        """Note what is wrong with an expression, unless it only names an item that has its own error."""
        for problem in refused.problems:
            if problem.code != "unknown-measure" or problem.details["found"] not in self.problems.dropped:
                self.problems.extend([problem])
