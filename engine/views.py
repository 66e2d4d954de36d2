"""The findings of a check by owner, deadline, tier, nature, chapter, or subject of a kind: how many have each verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, overload

import polars as pl
from dabiao.base.messages import all_words
from dabiao.base.problems import Location, Problem, Refused, name_some, nearest
from dabiao.engine.columns import repeated
from dabiao.engine.results import VERDICTS, Result, SubjectPath, Verdict
from dabiao.rules.model import Commitment, Owner, Plan
from dabiao.rules.written import Nature

_NAMED = 10
_WORST_FIRST: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined", "not_due")
REACHED: tuple[Verdict, ...] = ("met", "early")
NATURES: tuple[Nature, ...] = ("binding", "anticipatory", "unstated")
_BY_COMMITMENT: Mapping[str, Callable[[Commitment, Plan], object]] = {
    "owner": lambda c, plan: plan.owners[c.id].office if c.id in plan.owners else None,
    "chapter": lambda c, plan: c.chapter,
    "tier": lambda c, plan: c.tier,
    "nature": lambda c, plan: c.nature,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The findings that count of one owner, deadline, tier, nature, chapter or subject: `rows`, and how many have each verdict.

    `key` is what they have in common: a name, a year, a path of a subject; None for those that have none, such as subjects
    that no sheet lists.
    """

    key: str | int | SubjectPath | None
    rows: tuple[int, ...]
    counts: Mapping[Verdict, int]

    @property
    def reached(self) -> int:
        """How many are met, or met early."""
        return count_reached(self.counts)


class Tallies(Sequence[Tally]):
    """Tallies in order, made when somebody looks at one: a register has a million subjects.

    `counts` has a column for each verdict, and a row a tally.
    """

    def __init__(self, keys: Sequence[Any] | Callable[[Any], Any], groups: pl.DataFrame) -> None:
        self._key_of = keys if callable(keys) else keys.__getitem__
        self._groups = groups
        self.counts = groups.select(VERDICTS)

    def __len__(self) -> int:
        return self._groups.height

    @overload
    def __getitem__(self, place: int) -> Tally: ...

    @overload
    def __getitem__(self, place: slice) -> list[Tally]: ...

    def __getitem__(self, place: int | slice) -> Tally | list[Tally]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        one = self._groups.row(place, named=True)
        counts = {verdict: one[verdict] for verdict in VERDICTS}
        return Tally(self._key_of(one["key"]), tuple(one["row"]), counts)

    @property
    def named(self) -> Tallies:
        """Those that have something in common that has a name."""
        return Tallies(self._key_of, self._groups.filter(self._groups["known"]))


def count_reached(counts: Mapping[Verdict, int]) -> int:
    """Return how many are met, or met early."""
    return sum(counts[verdict] for verdict in REACHED)


def list_owners(plan: Plan, commitments: Iterable[str]) -> dict[str, tuple[Owner, ...]]:
    """Return the offices that answer for some commitments, each with all who are named in it for one of these."""
    found: dict[str, dict[Owner, None]] = {}
    asked = {*commitments}
    for name, owner in plan.owners.items():
        if name in asked:
            found.setdefault(owner.office, {})[owner] = None
    return {office: tuple(owners) for office, owners in found.items()}


def rank_offices(result: Result) -> dict[str, int]:
    """Rank the offices that answer for something that counts, as `tally` orders them."""
    return {str(one.key): rank for rank, one in enumerate(tally(result, "owner")) if one.key is not None}


def list_views(plan: Plan) -> tuple[str, ...]:
    """List by what findings can be viewed: the words of commitments, and the kinds of subjects."""
    return ("owner", "due", *list(_BY_COMMITMENT)[1:], *plan.kinds)


def find_view(plan: Plan, name: str) -> str:
    """Return the view that a name means: one of `list_views`, its word in any language, or the title of a kind.

    Raises `Refused` for any other.
    """
    views = list_views(plan)
    titles = {word: view for view in views if view not in plan.kinds for word in all_words(f"words.by.{view}")}
    titles |= {title: kind.id for kind in plan.kinds.values() for title in kind.title if kind.id in views}
    if name in views:
        return name
    if name in titles:
        return titles[name]
    details = {"found": name, "expected": views, "nearest": nearest(name, [*views, *titles])}
    raise Refused([Problem("view.unknown", Location("--by"), details)])


def tally(result: Result, by: str, among: pl.Series | None = None) -> Tallies:
    """Return the findings that count by one of `list_views`, in the order in which they first occur: deadlines by
    year, owners and subjects with those first that have the most findings short, then behind, undetermined and not due.

    A subject has its own findings and those of all that lies in it. `among` says which rows are looked at (None: all).
    """
    plan, counting = result.plan, result.rows_in()
    if by in plan.kinds:  # what is none of the kind, and lies in none, is left out
        of_it = [c.id for c in plan.commitments.values() if by in (*plan.kinds[c.kind].path, c.kind)]
        counting &= result.table["commitment"].is_in(of_it)
    rows = (counting if among is None else counting & among).arg_true()
    if by in plan.kinds:
        return _tally_subjects(result, by, rows)
    if by == "due":
        key_of: dict[str, Any] = dict(zip(plan.commitments, result.due_years(plan.commitments), strict=True))
    else:
        key_of = {name: _BY_COMMITMENT[by](one, plan) for name, one in plan.commitments.items()}
    keys = list(dict.fromkeys(key_of.values()))
    if by == "due":
        keys.sort(key=lambda year: (year is None, year))
    numbers = {name: keys.index(key) for name, key in key_of.items()}
    names = result.table["commitment"].gather(rows).cast(pl.String)
    groups = _count(result, rows, names.replace_strict(numbers, return_dtype=pl.Int64).alias("key").to_frame())
    groups = groups.with_columns(known=pl.col("key") != (keys.index(None) if None in keys else -1))
    if by == "due":
        groups = groups.sort("key")
    return Tallies(keys, _sort_worst(groups) if by == "owner" else groups)


def _tally_subjects(result: Result, kind: str, rows: pl.Series) -> Tallies:
    """Return the findings that count by the subjects of a kind; those that lie in none that has a name are one of them."""
    names = list_paths(result, rows, kind)
    levels = names.columns
    named = (names[kind] != "").fill_null(value=False)
    names = names.select(pl.when(named).then(pl.col(level)).alias(level) for level in levels)
    groups = _sort_worst(_count(result, rows, names)).with_columns(
        pl.when(pl.col(kind).is_not_null()).then(pl.concat_list(levels)).alias("key"),
        pl.col(kind).is_not_null().alias("known"),
    )

    def path_of(names: list[str] | None) -> SubjectPath | None:
        return None if names is None else tuple(zip(levels, names, strict=True))

    return Tallies(path_of, groups)


def _count(result: Result, rows: pl.Series, keys: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each key with its rows of the table of findings, and how many of them have each verdict."""
    verdict = result.table["verdict"].gather(rows).cast(pl.String).alias("verdict")
    counts = [(pl.col("verdict") == name).sum().cast(pl.Int64).alias(name) for name in VERDICTS]
    frame = keys.with_columns(rows.cast(pl.Int64).alias("row"), verdict)
    return frame.group_by(keys.columns, maintain_order=True).agg("row", *counts)


def _sort_worst(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.sort(_WORST_FIRST, descending=True, maintain_order=True)


def list_paths(result: Result, rows: pl.Series, kind: str) -> pl.DataFrame:
    """Return the names on the paths of the subjects of rows, from the root down to a kind: a column a level.

    A name that is not known is empty; null stands where a path has no subject of a kind.
    """
    plan, tables = result.plan, result.tables
    levels = tuple(dict.fromkeys((plan.root.id, *plan.kinds[kind].path, kind)))
    found = [pl.DataFrame(schema={**dict.fromkeys(levels, pl.String), "@at": pl.UInt32})]
    table = result.table.select("root", "subject", pl.col("kind").cast(pl.String), "@index")[rows]
    table = table.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("@at"))
    for (of,), group in table.partition_by("kind", as_dict=True).items():
        listed = group.filter(pl.col("@index").is_not_null())
        names = {**{above: f"@{above}" for above in plan.kinds[of].path}, of: "@name", plan.root.id: "@root"}
        here = tables.of_year(of, result.year)[listed["@index"]].with_columns(listed["@at"])
        found.append(here.select(*(_name(names.get(level)).alias(level) for level in levels), "@at"))
        nobody = group.filter(pl.col("@index").is_null())
        names = {of: "subject", plan.root.id: "root"}
        found.append(nobody.select(*(_name(names.get(level)).alias(level) for level in levels), "@at"))
    return pl.concat(found).sort("@at").drop("@at")


def _name(column: str | None) -> pl.Expr:
    return pl.lit(None, pl.String) if column is None else pl.col(column).fill_null("")


def find_rows(result: Result, subject: str) -> pl.Series:
    """Return which rows are of a subject and of all that lies in it; its name may have others in front (某区/甲镇).

    Raises `Refused` for a name that no subject of the check has.
    """
    asked = subject.split("/")
    found = repeated(value=False, height=result.table.height)
    for kind in result.table["kind"].unique().to_list():
        rows = (result.table["kind"] == kind).arg_true()
        found = found.scatter(rows, _contain(list_paths(result, rows, str(kind)), asked))
    if not found.any():
        names = [[name for _, name in path] for path in result.find_paths(range(result.table.height))]
        known = list(dict.fromkeys(name for path in names for name in path if name))
        details = {"found": subject, "expected": name_some(known, _NAMED), "nearest": nearest(subject, known)}
        raise Refused([Problem("view.subject", Location("--subject"), details)])
    return found


def _contain(paths: pl.DataFrame, asked: Sequence[str]) -> pl.Series:
    """Return which paths have some names one below the other."""
    found = repeated(value=False, height=paths.height)
    for start in range(paths.width - len(asked) + 1):
        here = [paths.to_series(start + place) == name for place, name in enumerate(asked)]
        found |= reduce(and_, here).fill_null(value=False)
    return found
