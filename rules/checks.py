"""Resolves the data checks of a written plan, and finds what they look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from dabiao.base.problems import Problems
from dabiao.base.units import Unit
from dabiao.rules import written as w
from dabiao.rules.algebra import Form, Leaf, Polynomial, Ratio, Test, compare
from dabiao.rules.bounds import find_allowed, find_possible
from dabiao.rules.comparators import COMPARATORS, KEYS, has_sign
from dabiao.rules.model import Bound, DataCheck, Plan, Value, Wording
from dabiao.rules.references import note_unknown
from dabiao.rules.shape import Source
from dabiao.rules.walks import leaves

if TYPE_CHECKING:
    from dabiao.rules.compiler import Compiler

Sort = Literal["compare", "holds", "jump", "complete", "baselines"]

_ALLOWED: dict[Sort, tuple[str, ...]] = {
    "compare": ("each", "where", "measure", "within", *KEYS),
    "holds": ("each", "where", "holds"),
    "jump": ("each", "where", "measure", "jump", "within"),
    "complete": ("complete",),
    "baselines": ("baselines",),
}


def resolve_checks(checks: Iterable[w.DataCheck], compiler: Compiler, problems: Problems) -> tuple[DataCheck, ...]:
    """Resolve the data checks of a plan, noting everything wrong with them in `problems`."""
    resolver = _Resolver(compiler, problems)
    return tuple(check for written in checks if (check := resolver.check(written)))


class _Resolver:
    def __init__(self, compiler: Compiler, problems: Problems) -> None:
        self._kinds = compiler.kinds
        self._compiler = compiler
        self._problems = problems

    def check(self, c: w.DataCheck) -> DataCheck | None:
        kind = c.each or self._compiler.root
        if kind not in self._kinds:
            note_unknown(self._problems, "unknown-kind", c.place("each"), kind, self._kinds)
            return None
        sort = self._find_sort(c)
        if sort is None:
            return None
        base = DataCheck(
            c.id, c.title, sort, kind, c.severity, c.location, c.unmade,
            where=self._compiler.condition(c.where, kind), places=c.places("measure", "complete", "baselines"),
            wording=Wording(where=c.where, holds=c.holds, within=c.within, jump=c.jump),
        )  # fmt: skip
        if sort == "complete":
            return self._resolve_complete(base, c.complete or "")
        if sort == "holds":
            return replace(base, holds=self._compiler.condition(c.holds, kind))
        return base if c.measure is None else self._resolve_measured(base, c, c.measure)

    def _find_sort(self, c: w.DataCheck) -> Sort | None:
        """Return the sort of check that is written; None after noting that there is none, or more than one."""
        written = [name for name in {n: n for names in _ALLOWED.values() for n in names} if getattr(c, name)]
        fitting: list[Sort] = []
        if c.measure:
            compared = [name for name in KEYS if getattr(c, name) is not None]
            fitting = ["compare"] if len(compared) == 1 and not c.jump else ["jump"] if c.jump and not compared else []
        elif not any(name in written for name in ("within", "jump", *KEYS)):
            fitting = [sort for sort in ("holds", "complete", "baselines") if sort in written]
        if len(fitting) == 1 and set(written) <= set(_ALLOWED[fitting[0]]):
            return fitting[0]
        unread = [name for names in _ALLOWED.values() for name in names if c.wrote(name)]
        if not any(getattr(c, name) in (None, ()) for name in unread):  # else that has been said already
            self._problems.add("data.one-form", c.location, found=c.id, written=tuple(written) or "—")
        return None

    def _resolve_complete(self, base: DataCheck, kind: str) -> DataCheck | None:
        below = [k.id for k in self._kinds.values() if k.parent]
        if kind not in below:
            note_unknown(self._problems, "unknown-kind", base.place("complete"), kind, below)
            return None
        return replace(base, of=kind)

    def _resolve_measured(self, base: DataCheck, c: w.DataCheck, measure: Source) -> DataCheck | None:
        value = self._compiler.value(measure, base.kind)
        if value is None:
            return None
        if c.jump:
            return self._resolve_jump(base, c, c.jump, value)
        from dabiao.rules.targets import resolve_bounds  # a check that is resolved already is made without the compiler

        targets = resolve_bounds(c, base.kind, value, self._compiler)
        within = self._read_within(c, value)
        if not targets or within is None:
            return None
        bounds = tuple(bound for target in targets for bound in _loosen(target, within))
        return replace(base, value=value, targets=targets, bounds=bounds, within=within)

    def _resolve_jump(self, base: DataCheck, c: w.DataCheck, source: Source, value: Value) -> DataCheck | None:
        """Resolve a check of a jump, whose factor needs a single reported number that is never negative."""
        named = _find_single(value)
        if named is None or value.steps or named.kind != base.kind:
            self._problems.add("data.jump-needs-number", c.place("measure"), found=value.text)
            return None
        if named.low is None or named.low < 0:
            self._problems.add("data.jump-signed", c.place("measure"), found=value.text)
            return None
        factor = self._compiler.value(source, base.kind)
        within = self._read_within(c, value)
        if factor is None or within is None:
            return None
        number = factor.form.number
        if number is None or number <= 1 or factor.dimension or factor.unit.is_percentage or factor.unit.is_points:
            self._problems.add("data.bad-jump", source.location, found=source.text)
            return None
        return replace(base, value=value, jump=number, within=within)

    def _read_within(self, c: w.DataCheck, value: Value) -> Fraction | None:
        """Return the tolerance in base units, zero if none is written; None after noting what is wrong with it."""
        source = c.within
        if source is None:
            return None if c.wrote("within") else Fraction(0)
        if value.steps:
            self._problems.add("no-arithmetic", source.location, found="within")
            return None
        like = value
        if value.unit.is_percentage:
            like = replace(value, unit=Unit("百分点", Fraction(1, 100), ()), points=True)
        allowed = self._compiler.value(source, self._compiler.root, like)
        if allowed is None:
            return None
        number = allowed.form.number
        if number is None or number < 0:
            self._problems.add("data.bad-within", source.location, found=source.text)
            return None
        return number


def _find_single(value: Value) -> Leaf | None:
    """Return the reported measure that a value consists of, None if it is an expression."""
    single = value.form.single
    return single if isinstance(single, Leaf) and single.time == "now" else None


def find_leaf(check: DataCheck) -> Leaf:
    """Return the reported measure of a check of a jump."""
    leaf = _find_single(check.value) if check.value else None
    assert leaf is not None
    return leaf


def _loosen(bound: Bound, within: Fraction) -> Iterator[Bound]:
    """Iterate over the bounds that allow for a tolerance."""
    if not within:
        yield bound
        return
    low = replace(bound.target, form=bound.target.form - Ratio.constant(within))
    high = replace(bound.target, form=bound.target.form + Ratio.constant(within))
    if bound.operator == "==":
        yield Bound(">=", low)
        yield Bound("<=", high)
    else:
        yield replace(bound, target=low if COMPARATORS[bound.operator].upward else high)


def make_tests(check: DataCheck) -> list[Test]:
    """Return the tests that must all hold; none for a check that does not compare."""
    if check.value is None or check.sort != "compare":
        return []
    return [compare(check.value.form, bound.operator, bound.target.form) for bound in check.bounds]


def list_compared(check: DataCheck) -> tuple[Form, ...]:
    """Return the forms whose figures a check compares; not its condition `where`."""
    found: list[Form | None] = [check.holds, check.value.form if check.value else None]
    return tuple(form for form in (*found, *(bound.target.form for bound in check.targets)) if form is not None)


def list_leaves(plan: Plan, check: DataCheck) -> tuple[Leaf, ...]:
    """Return every reported measure in a check, including those inside aggregates."""
    baselines = find_stated_baselines(plan) if check.sort == "baselines" else ()
    return (*leaves(*list_compared(check), check.where), *(Leaf(kind, measure) for kind, measure in baselines))


def cannot_fail(plan: Plan, check: DataCheck) -> bool:
    """Return whether a comparing check holds whatever the figures are."""
    tests = make_tests(check)
    values, asked = (find_possible(plan, check), find_allowed(check.bounds)) if tests else (None, None)
    if values and asked and asked.origin == values.origin and asked.interval.contains(values.interval):
        return True
    return bool(tests) and all(
        has_sign(number, test.sign) if (number := test.margin.number) is not None
        else test.sign == ">=" and test.margin.never_negative
        for test in tests
    )  # fmt: skip


def cannot_hold(plan: Plan, check: DataCheck) -> bool:
    """Return whether a comparing check fails whatever the figures are."""
    tests = make_tests(check)
    values, asked = (find_possible(plan, check), find_allowed(check.bounds)) if tests else (None, None)
    if values and asked and asked.origin == values.origin and asked.interval.meet(values.interval).empty:
        return True
    return any(
        not has_sign(number, test.sign) if (number := test.margin.number) is not None else _always_below(test)
        for test in tests
    )  # fmt: skip


def _always_below(test: Test) -> bool:
    """Whether a margin is below zero whatever its figures are, or at zero where it has to be above."""
    less = test.margin * Fraction(-1)
    constant = any(not monomial for monomial, _ in less.terms)
    return less.never_negative and (constant or test.sign == ">")


def write_test(check: DataCheck) -> str:
    """Write the comparator of a check and its target as in the plan file: at_most: beds."""
    name = check.targets[0].comparator if len(check.targets) == 1 else "between"
    return f"{name}: {', '.join(bound.target.text for bound in check.targets)}"


def find_stated_baselines(plan: Plan) -> dict[tuple[str, str], Fraction]:
    """Return the baselines of reported measures that measures or commitments state, by kind and id."""
    found = {place: m.baseline for place, m in plan.measures.items() if m.baseline is not None and m.formula is None}
    for c in plan.commitments.values():
        leaf = _find_single(c.value) if c.value and c.wording.baseline else None
        number = c.baseline.number if c.baseline else None
        if leaf is not None and leaf.kind == c.kind and number is not None:
            found.setdefault((leaf.kind, leaf.measure), number)
    return found


def make_jump(check: DataCheck, year: int, before: Fraction | None = None) -> tuple[Polynomial, Polynomial]:
    """Return the measure of a jump in a year and as reported for the year before, or as the plan states it (`before`)."""
    leaf = find_leaf(check)
    last = Polynomial.variable(leaf.in_year(year - 1)) if before is None else Polynomial.constant(before)
    return Polynomial.variable(leaf), last
