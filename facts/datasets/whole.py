"""The rows of a data set by kind, checked by columns, and as sheets: one a root subject and year, made when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import polars as pl
from dabiao.base.names import fold_name
from dabiao.base.problems import Problems, nearest
from dabiao.facts.cells import NO_NAMES
from dabiao.facts.columns import Columns
from dabiao.facts.datasets.table import ROOT, YEAR
from dabiao.facts.model import Part, Sheet, register_size
from dabiao.facts.subject_names import check_root_names, is_wrong_alone
from dabiao.facts.together import check_within, find_planned_size
from dabiao.rules.model import Kind, Plan

Key = tuple[str, int]  # root subject and year
_NAME, _ABOVE, _AT, _FORM = "@name", "@above", "@at", "@form"
_AT_A_TIME = 200  # root subjects that are looked at one by one; the next ones only if nothing was wrong with these


@dataclass(frozen=True)
class Rows:
    """The rows of one kind: their facts as columns, and the root subject and year of each."""

    columns: Columns
    root: pl.Series
    year: pl.Series

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The names: root, year, own and that of the subject above, and the position."""
        names = {ROOT: self.root, YEAR: self.year, _NAME: self.columns.name}
        if self.columns.above is not None:
            names[_ABOVE] = self.columns.above
        return pl.DataFrame(names).with_row_index(_AT)

    @cached_property
    def by_key(self) -> dict[Key, pl.Series]:
        """The positions of the rows of each root subject and year."""
        grouped = self.frame.group_by(ROOT, YEAR, maintain_order=True).agg(_AT)
        return {(root, year): at for root, year, at in zip(grouped[ROOT], grouped[YEAR], grouped[_AT], strict=True)}


@dataclass(frozen=True)
class Whole:
    """All rows of a data set, by kind. Every root subject and year has a row of the root kind.

    `listed` are the root subjects in the table of these, if there is one.
    """

    rows: Mapping[str, Rows]
    root: str
    listed: pl.Series | None

    @property
    def keys(self) -> list[Key]:
        """The root subjects and years, in order."""
        return list(self.rows[self.root].by_key)

    def parts(self, key: Key) -> tuple[Part, ...]:
        """Return the subjects of one root subject and year."""
        found = ((rows.columns, rows.by_key.get(key)) for rows in self.rows.values())
        return tuple(columns.gathered(at.to_list()) for columns, at in found if at is not None)

    def frame(self, kind: str, number: int, parent: str | None) -> tuple[pl.DataFrame, set[str]]:
        """Return all rows of a kind as `Columns.frame` does those of one root subject and year."""
        rows = self.rows[kind]
        frame, rough = rows.columns.frame(number, "", 0, parent)
        return frame.with_columns(rows.root.alias(ROOT), rows.year.cast(pl.Int32).alias(YEAR)), rough


class WholeParts(Sequence[Part]):
    """The parts of one sheet of a data set, taken out of the whole when they are looked at."""

    def __init__(self, whole: Whole, key: Key) -> None:
        self.whole, self.key = whole, key

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        return self.whole.parts(self.key)

    @overload
    def __getitem__(self, at: int) -> Part: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Part]: ...

    def __getitem__(self, at: int | slice) -> Part | Sequence[Part]:
        return self._parts[at]

    def __len__(self) -> int:
        return len(self._parts)


def find_whole(sheets: Sequence[Sheet]) -> Whole | None:
    """Return the data set that sheets are, all of it and unchanged; None for any other sheets."""
    first = sheets[0].parts if sheets else ()
    if not isinstance(first, WholeParts):
        return None
    given = [(sheet.parts, sheet.subject, sheet.year) for sheet in sheets]
    same = all(
        isinstance(p, WholeParts) and p.whole is first.whole and p.key == (root, year) for p, root, year in given
    )
    return first.whole if same and len(sheets) == len(first.whole.keys) else None


def check_whole(whole: Whole, sheets: Sequence[Sheet], plan: Plan, problems: Problems) -> None:
    """Check what belongs together by columns; the root subjects with something to tell are then looked at as sheets are."""
    check_root_names(((sheet.subject, sheet.location) for sheet in sheets), problems)
    suspects: dict[str, None] = {}
    for kind in plan.kinds.values():
        if kind.id in whole.rows:
            _check_roots(whole, kind, plan, problems)
            suspects |= dict.fromkeys(_find_suspects(whole, kind, plan, register_size(kind.id, plan, sheets[:1])))
        suspects |= dict.fromkeys(_find_other_sizes(whole, kind, sheets))
    theirs: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.subject in suspects:
            theirs.setdefault(sheet.subject, []).append(sheet)
    left, before = [*theirs.values()], len(problems.errors)
    while left and len(problems.errors) == before:
        some, left = left[:_AT_A_TIME], left[_AT_A_TIME:]
        check_within([sheet for group in some for sheet in group], plan, problems)
    if problems.errors and left:
        problems.add("dataset.more-subjects", sheets[0].location, found=len(left))


def _check_roots(whole: Whole, kind: Kind, plan: Plan, problems: Problems) -> None:
    """Note rows of root subjects that the table of these does not list, if there is one."""
    if kind.id == whole.root or whole.listed is None:
        return
    rows, known = whole.rows[kind.id], whole.listed.to_list()
    strange = rows.frame.filter(~pl.col(ROOT).is_in(known)).unique(ROOT, keep="first", maintain_order=True)
    for at, root in strange.select(_AT, ROOT).iter_rows():
        near = nearest(root, known)
        place = rows.columns.location(at)
        problems.add("dataset.unknown-subject", place, found=root, nearest=near, kind=plan.root.title)


def _find_suspects(whole: Whole, kind: Kind, plan: Plan, size: int | None) -> Iterator[str]:
    """Iterate over the root subjects of which something may have to be told; `size` is that of the register."""
    rows = whole.rows[kind.id]
    frame = rows.frame
    if frame[_NAME].n_unique() < frame.height:  # quickly said, and often enough
        yield from frame[ROOT].filter(frame.select(ROOT, YEAR, _NAME).is_duplicated())
    if kind is plan.root:
        yield from _not_in_register(frame, kind)
        return
    yield from _misnamed(rows, kind)
    yield from _not_in_register(frame, kind)
    if size is not None:
        counts = frame.group_by(ROOT, YEAR).len()
        yield from counts.filter(pl.col("len") > size)[ROOT]
    if kind.parent not in (None, plan.root.id) and _ABOVE in frame.columns:
        register = plan.kinds[str(kind.parent)].register
        loose = frame.filter(~pl.col(_ABOVE).is_in(list(register.names if register else ())))
        if above := whole.rows.get(str(kind.parent)):
            names = above.frame.select(ROOT, YEAR, pl.col(_NAME).alias(_ABOVE))
            loose = loose.join(names, on=names.columns, how="anti")
        yield from loose[ROOT]


def _find_other_sizes(whole: Whole, kind: Kind, sheets: Sequence[Sheet]) -> Iterator[str]:
    """Iterate over the root subjects that list more or fewer of a kind than the plan; over one where all say the same."""
    expected = find_planned_size(kind)
    if expected is None or kind.id not in sheets[0].registers:
        return
    if sheets[0].registers[kind.id] is None and kind.id in whole.rows:
        sizes = whole.rows[kind.id].frame.group_by(ROOT).agg(pl.col(_NAME).n_unique())
        same = set(sizes.filter(pl.col(_NAME) == expected)[ROOT])
        yield from (sheet.subject for sheet in sheets if sheet.subject not in same)
    yield sheets[0].subject


def _misnamed(rows: Rows, kind: Kind) -> Iterator[str]:
    """Iterate over the root subjects with a name that is wrong by itself, or that looks like another one of theirs."""
    names = rows.frame.select(ROOT, _NAME)
    rare = names[sorted({*rows.columns.unusual(), *rows.columns.among(NO_NAMES)})].unique()
    forms = {name: fold_name(name) for name in rare[_NAME].unique()}
    yield from rare.filter(pl.col(_NAME).is_in([name for name in forms if is_wrong_alone(name, kind)]))[ROOT]
    alike = names.filter(pl.col(_NAME).is_in([form for name, form in forms.items() if form != name]))
    both = pl.concat([rare, alike]).unique().with_columns(pl.col(_NAME).replace(forms).alias(_FORM))
    yield from both.group_by(ROOT, _FORM).len().filter(pl.col("len") > 1)[ROOT]


def _not_in_register(frame: pl.DataFrame, kind: Kind) -> Iterator[str]:
    if kind.register and kind.register.names:
        yield from frame.filter(~pl.col(_NAME).is_in(list(kind.register.names)))[ROOT]
