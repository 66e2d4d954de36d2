"""Resolves the targets of commitments and data checks: a written comparator becomes one bound, or the two of a range."""

from __future__ import annotations

from dabiao.rules import written as w
from dabiao.rules.comparators import KEYS, OPERATORS
from dabiao.rules.compiler import Compiler
from dabiao.rules.model import Bound, Value


def list_comparators(comparison: w.Comparison) -> list[str]:
    """Return the comparators that are written."""
    return [name for name in KEYS if getattr(comparison, name) is not None]


def resolve_bounds(comparison: w.Comparison, kind: str, value: Value, compiler: Compiler) -> tuple[Bound, ...]:
    """Compile a comparator and its target for comparison with `value`; return no bound after noting what is wrong."""
    written = list_comparators(comparison)
    if len(written) != 1:
        compiler.problems.add("one-test", comparison.location, found=tuple(written) or "—")
        return ()
    (name,) = written
    if name == "between":
        return _resolve_range(comparison, kind, value, compiler)
    target = compiler.value(getattr(comparison, name), kind, value)
    if target and not value.ordered and name != "exactly":
        compiler.problems.add("no-order", comparison.place(name), found=name)
    return (Bound(OPERATORS[name], target),) if target else ()


def _resolve_range(comparison: w.Comparison, kind: str, value: Value, compiler: Compiler) -> tuple[Bound, ...]:
    sources = comparison.between or ()
    if len(sources) != 2:
        compiler.problems.add("between-two", comparison.place("between"), found=len(sources))
        return ()
    low, high = (compiler.value(source, kind, value) for source in sources)
    if low is None or high is None:
        return ()
    least, most = low.form.number, high.form.number
    if least is not None and most is not None and least > most:
        compiler.problems.add("range-backwards", comparison.place("between"))
    return (Bound(">=", low), Bound("<=", high))
