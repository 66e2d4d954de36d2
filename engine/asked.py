"""Which figures a plan asks of a subject: not those that only conditions need which surely do not hold for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import polars as pl
from dabiao.engine.columns import repeated
from dabiao.engine.measure import Measured
from dabiao.rules.algebra import Condition, Form, Leaf, Polynomial, Variable, replace_variables
from dabiao.rules.checks import list_compared
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.walks import inside, variables

_NO_COMMITMENT, _COMPARED = "", "?"  # neither is an id
Place = tuple[str, str]  # kind and measure


class Asked:
    """What is asked of the subjects of one year, by kind and measure: by which commitments, of which rows.

    A commitment asks for the figures in it of those to whom its condition may apply, and for those that it counts or sums of
    the subjects that may count. So do consequences, and data checks that warn of what they cannot compare. A figure that is
    missing is not asked for where the condition fails without it; where that is open, all that the condition needs is asked
    for. It does not matter whether anything is due in the year: figures of all years are compared. A measure that nothing
    else uses is asked of those for whom a data check compares it or another reading needs it, and one that nothing uses at
    all of everybody.
    """

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._plan = measured.plan
        self._asked: dict[Place, dict[str, pl.Series]] = {}
        for name, kind, where, forms in _list_asking(self._plan):
            self._add(name, kind, self._narrow(kind, self._all(kind), where), (where, *forms))
        for names in self._asked.values():
            if len(names) > 1:
                names.pop(_COMPARED, None)

    def find(self, kind: str) -> Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]:
        """Return for each root and subject of a kind the measures asked of it, with the commitments that ask."""
        frame = self._measured.frame(kind)
        columns = {measure: self._asked.get((kind, measure), {}) for measure in self._plan.reported(kind)}
        flat = [(measure, name, rows) for measure, names in columns.items() for name, rows in names.items()]
        told: dict[tuple[bool, ...], Mapping[str, tuple[str, ...]]] = {}
        found: dict[tuple[str, str], Mapping[str, tuple[str, ...]]] = {}
        patterns = pl.DataFrame([rows.alias(str(number)) for number, (_, _, rows) in enumerate(flat)])
        rows = patterns.iter_rows() if flat else iter([()] * frame.height)
        for subject, pattern in zip(frame.select("@root", "@name").iter_rows(), rows, strict=True):
            if pattern not in told:
                asking: dict[str, list[str]] = {measure: [] for measure, names in columns.items() if not names}
                for (measure, name, _), asks in zip(flat, pattern, strict=True):
                    if asks:
                        asking.setdefault(measure, []).extend([name] if name in self._plan.commitments else [])
                told[pattern] = {measure: tuple(asking[measure]) for measure in columns if measure in asking}
            found[subject] = told[pattern]
        return found

    def _add(self, name: str, kind: str, rows: pl.Series, forms: Iterable[Form | None]) -> None:
        """Note what a commitment asks for by forms about some rows of a kind."""
        for then in variables(*forms):
            variable = _now(then)
            above = self._raise(kind, variable.owner, rows & (not self._begins_later(then)))
            if isinstance(variable, Leaf):
                names = self._asked.setdefault((variable.kind, variable.measure), {})
                names[name] = names[name] | above if name in names else above
            else:
                members = self._lower(variable.owner, variable.kind, above)
                counted = self._narrow(variable.kind, members, variable.where)
                self._add(name, variable.kind, counted, inside(variable))

    def _begins_later(self, variable: Variable) -> bool:
        """Whether a total of the plan's years does not count this one."""
        return isinstance(variable, Leaf) and variable.time == "total" and self._measured.year < self._plan.first

    def _all(self, kind: str) -> pl.Series:
        return repeated(value=True, height=self._measured.frame(kind).height)

    def _narrow(self, kind: str, rows: pl.Series, where: Condition | None) -> pl.Series:
        """Return the rows without those for which a condition surely does not hold."""
        return rows if where is None else rows & self._measured.decide(kind, where).fill_null(value=True)

    def _raise(self, kind: str, above: str, rows: pl.Series) -> pl.Series:
        """Return the rows of a kind above in which one of some rows lies, or may lie."""
        if above == kind:
            return rows
        below, frame = self._measured.frame(kind).filter(rows), self._measured.frame(above)
        if above == self._plan.root.id:
            return frame["@root"].is_in(below["@root"].implode())
        anywhere = frame["@root"].is_in(below.filter(pl.col(f"@{above}").is_null())["@root"].implode())
        keys = below.select("@root", pl.col(f"@{above}").alias("@name")).unique().with_columns(pl.lit(1).alias("@in"))
        inside_ = frame.join(keys, on=["@root", "@name"], how="left", maintain_order="left")["@in"].is_not_null()
        return anywhere | inside_

    def _lower(self, owner: str, kind: str, rows: pl.Series) -> pl.Series:
        """Return the rows of a kind that lie, or may lie, in one of some rows of the kind above."""
        above, frame = self._measured.frame(owner).filter(rows), self._measured.frame(kind)
        if owner == self._plan.root.id:
            return frame["@root"].is_in(above["@root"].implode())
        keys = above.select("@root", pl.col("@name").alias(f"@{owner}")).unique().with_columns(pl.lit(1).alias("@in"))
        there = frame.join(keys, on=["@root", f"@{owner}"], how="left", maintain_order="left")["@in"].is_not_null()
        return there | (frame[f"@{owner}"].is_null() & frame["@root"].is_in(above["@root"].implode()))


def _now(variable: Variable) -> Variable:
    """Return a figure of another year as that of this one, which is compared with others in its turn."""
    if isinstance(variable, Leaf):
        return replace(variable, time="now", year=None)

    def change(one: Variable) -> Polynomial:
        return Polynomial.variable(_now(one))

    where = None if variable.where is None else replace_variables(variable.where, change)
    return replace(variable, of=variable.of.substitute(change), where=where, year=None)


def _list_asking(plan: Plan) -> Iterator[tuple[str, str, Condition | None, tuple[Form, ...]]]:
    """Iterate over what asks for figures: the commitment if it is one, the kind it is about, its condition, its forms."""
    for c in plan.commitments.values():
        yield _of(c, c.id)
        if c.other:  # by the reading that was not chosen, nobody is asked for what the chosen one needs
            yield _of(c.other, _COMPARED)
    yield from (_of(test, _NO_COMMITMENT) for test in plan.tests)
    for check in plan.checks:
        yield _NO_COMMITMENT if check.unmade == "warning" else _COMPARED, check.kind, check.where, list_compared(check)
    for rule in plan.consequences.values():
        if rule.amount is not None:
            yield _NO_COMMITMENT, rule.kind, None, (rule.amount.form,)


def _of(c: Commitment, name: str) -> tuple[str, str, Condition | None, tuple[Form, ...]]:
    return name, c.kind, c.where, replace(c, other=None).forms()
