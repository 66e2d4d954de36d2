"""Held: which conditions of consequences hold where by findings, in columns.

Findings meet conditions in one join, on commitment and verdict, however many rules look at the same findings. What a rule
with a single condition needs is then already there; only what joins or chains is asked of the rule engine (`infer`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from dabiao.engine.judge import judge
from dabiao.engine.measure import Measured
from dabiao.rules.model import Plan, Trigger

Path = tuple[tuple[str, str | None], ...]
"""A subject with those that contain it, (kind, name) from the root down.

The name of one that no sheet lists is empty; it is None where nobody knows which one it is, and no two of these are one.
"""

Reasons = tuple[tuple[str, str], ...]
"""Findings, conditions on measures or consequences by name, each with the subject it is about."""

_NEEDED = ("commitment", "verdict", "root", "subject", "kind", "@index")


@dataclass(frozen=True, slots=True)
class Look:
    """What a condition looks at, and the kind of subject where it holds. Conditions that look alike share one."""

    level: str
    commitment: str | None
    nature: str | None
    verdicts: tuple[str, ...]
    test: str | None = None

    @classmethod
    def of(cls, condition: Trigger, level: str) -> Look:
        """Return what a condition on findings or on measures looks at."""
        if condition.test:
            return cls(level, None, None, (), condition.test.id)
        return cls(level, condition.commitment, condition.nature, condition.verdicts)

    def list_keys(self, plan: Plan, apart: Collection[str]) -> Iterator[tuple[str, str]]:
        """Iterate over the commitments and verdicts it is met by; those in `apart` only count where they are named."""
        if self.test:
            yield self.test, "met"
            return
        for c in plan.commitments.values() if self.commitment is None else (plan.commitments[self.commitment],):
            if self.nature in (None, c.nature) and (self.commitment or c.id not in apart):
                yield from ((c.id, verdict) for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Held:
    """A place where a condition holds, why, and the position of the first of the findings."""

    first: int
    place: Path
    reasons: Reasons


def find_held(
    measured: Measured, table: pl.DataFrame, apart: Collection[str], looks: Sequence[Look]
) -> dict[str, dict[Look, list[Held]]]:
    """Return where conditions hold by the findings in `table` and by figures, by root subject; reasons as findings stand."""
    plan = measured.plan
    keys = [(*key, number) for number, look in enumerate(looks) for key in look.list_keys(plan, apart)]
    found = [_meet(table, keys, 0)]
    if plan.tests:
        found.append(_meet(judge(measured, plan.tests), keys, table.height))
    met = pl.concat(found)
    held: dict[str, dict[Look, list[Held]]] = {root: {} for root in met["root"].unique(maintain_order=True)}
    parts = [
        _place(measured, part.filter(pl.col("look").is_in(seen)), kind, level)
        for (kind,), part in met.group_by("kind")
        for level in _list_path(plan, str(kind))
        if (seen := [number for number, look in enumerate(looks) if look.level == level])
    ]
    if not parts:
        return held
    placed = pl.concat(parts).sort("position")
    placed = placed.unique(["look", "place", "commitment", "subject"], keep="first", maintain_order=True)
    grouped = placed.group_by("look", "place").agg(pl.col("position").first(), "commitment", "subject")
    for number, names, first, about, subjects in grouped.iter_rows():
        look = looks[number]
        place = tuple(zip(_list_path(plan, look.level), names, strict=True))
        one = Held(first, place, tuple(zip(about, subjects, strict=True)))
        held[names[0]].setdefault(look, []).append(one)
    return held


def _meet(table: pl.DataFrame, keys: Sequence[tuple[str, str, int]], position: int) -> pl.DataFrame:
    """Join findings with what looks at them; the first of the table has this position."""
    types = {name: table.schema[name] for name in ("commitment", "verdict")}
    looked = pl.DataFrame(keys, {"commitment": pl.String, "verdict": pl.String, "look": pl.UInt32}, orient="row")
    known = looked.with_columns(pl.col(name).cast(dtype, strict=False) for name, dtype in types.items()).drop_nulls()
    met = table.select(_NEEDED).with_row_index("position", position)
    met = met.join(known, on=["commitment", "verdict"], maintain_order="left")
    return met.with_columns(pl.col("commitment", "kind").cast(pl.String)).drop("verdict")


def _place(measured: Measured, met: pl.DataFrame, kind: str, level: str) -> pl.DataFrame:
    """Say where in the path of their subjects, all of one kind, findings hold; leave out those of which nobody knows it."""
    plan = measured.plan
    whole = _list_path(plan, kind)
    path = whole[: whole.index(level) + 1]
    frame, own = measured.frame(kind), "root" if kind == plan.root.id else "subject"
    above = [frame[f"@{name}"].gather(met["@index"]).alias(f"in {name}") for name in path[1:] if name != kind]
    names = ["root", *(column.name for column in above), *(["subject"] if kind == level != plan.root.id else [])]
    return (
        met.with_columns(above)
        .filter(pl.col(names[-1]).is_not_null())
        .select(
            "position",
            "look",
            "commitment",
            pl.col(own).fill_null("").alias("subject"),
            pl.concat_list(names).alias("place"),
        )
    )


def _list_path(plan: Plan, kind: str) -> tuple[str, ...]:
    """Return the kinds of a subject and of those that contain it, from the root down."""
    return (*plan.kinds[kind].path, kind)
