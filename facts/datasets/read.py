"""Reads a data set: its head, the files that it names, and what belongs together in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import polars as pl
from dabiao.base.ending import undoing
from dabiao.base.limits import limits
from dabiao.base.nodes import read_yaml
from dabiao.base.problems import Location, Problems, Refused, make_limit_problem
from dabiao.base.writing import refuse_output
from dabiao.facts.datasets import written as w
from dabiao.facts.datasets.pieces import UNREADABLE, open_pieces
from dabiao.facts.datasets.table import ROOT, YEAR, DataSetColumns, OpenTable, Places, TableReader, open_table
from dabiao.facts.datasets.whole import Rows, Whole, WholeParts, check_whole
from dabiao.facts.exact_figures import ExactFigures
from dabiao.facts.formats.yaml_sheet import check_kinds
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan
from dabiao.rules.sorts import read_document

HIDDEN = ".dabiao-"
"""How the name of a hidden folder begins."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class DataSet:
    """A data set that has been looked through: its head, and its tables."""

    file: Path
    head: w.DataSet
    tables: tuple[OpenTable, ...]
    plan: Plan

    def scan(self, files: Mapping[str, Collection[int]] | None = None) -> dict[str, pl.LazyFrame]:
        """Return the rows of each kind, lazily, as `read_rows` takes them; `files`: by kind, only those of these numbers."""
        wanted = {table.kind.id: None if files is None else files.get(table.kind.id, ()) for table in self.tables}
        return {table.kind.id: table.select(self.head.whose, wanted[table.kind.id]) for table in self.tables}

    def narrowed(self, needed: Collection[tuple[str, str]]) -> DataSet:
        """Return the data set without the columns of other measures than those needed, each a kind and an id.

        A long table is read whole: which subjects there are is known from all its rows.
        """
        vocabulary = Vocabulary(self.plan)

        def is_read(table: OpenTable, heading: str) -> bool:
            measure = vocabulary.headings(table.kind.id).heading(heading.strip()).measure
            return table.measure is not None or measure is None or (table.kind.id, measure.id) in needed

        tables = [
            replace(table, headings={name: text for name, text in table.headings.items() if is_read(table, text)})
            for table in self.tables
        ]
        return replace(self, tables=tuple(tables))

    def collect(self, asked: Mapping[str, pl.LazyFrame]) -> dict[str, pl.DataFrame]:
        """Return what is asked of the rows of each kind, by kind. Raises `Refused` with the files that are damaged."""
        return self.read(lambda: {kind: lazy.collect(engine="streaming") for kind, lazy in asked.items()})

    def read(self, ask: Callable[[], _T]) -> _T:
        """Return what reading the files gives. Raises `Refused` with the files that are damaged."""
        try:
            return ask()
        except UNREADABLE:
            damaged = [problem for table in self.tables for problem in table.pieces.find_damaged()]
            if damaged:
                raise Refused(damaged) from None
            raise


@contextmanager
def open_data_set(file: Path, vocabulary: Vocabulary, made_in: Path | None = None) -> Iterator[DataSet]:
    """Look through a data set: what its head says, and the columns of its files. Raises `Refused` with everything wrong.

    What has to be made of its files to read them, in a folder of the system or in `made_in`, is gone behind the `with` block.
    """
    problems, plan = Problems(), vocabulary.plan
    head = read_document("dataset", w.DataSet, read_yaml(file, problems), problems)
    problems.refuse()
    assert head is not None
    check_head(head, plan, problems)
    problems.refuse()
    made = make_hidden_folder(made_in)
    with undoing(made.cleanup), made:
        tables = []
        for table in head.dataset:
            pieces = open_pieces(file.parent, table.files, table.place("files"), Path(made.name), problems)
            if pieces and (found := open_table(table, pieces, vocabulary, head.whose, problems)):
                tables.append(found)
        problems.refuse()
        yield DataSet(file, head, tuple(tables), plan)


def check_head(head: w.DataSet, plan: Plan, problems: Problems) -> None:
    """Note what a head says that does not fit the plan."""
    if head.plan != plan.id:
        problems.add("other-plan", head.place("plan"), found=head.plan, expected=plan.id)
    if head.year is not None and not plan.history <= head.year <= plan.last:
        problems.add("year-outside", head.place("year"), found=head.year, first=plan.history, last=plan.last)
    kinds = [(table.kind, table.place("kind")) for table in head.dataset]
    kinds += (head.registers.keys if head.registers else {}).items()
    check_kinds(kinds, plan, problems)
    seen: dict[str, Location] = {}
    for table in head.dataset:
        if (first := seen.setdefault(table.kind, table.place("kind"))) != table.place("kind"):
            problems.add("dataset.kind-twice", table.place("kind"), found=table.kind, first=first)


def make_hidden_folder(within: Path | None) -> TemporaryDirectory[str]:
    """Make a folder that goes again, within another one or where the system has them. Raises `Refused` where it cannot be."""
    try:
        if within:
            within.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=HIDDEN if within else "dabiao-", dir=within)
    except OSError as error:
        if within is None:
            raise
        raise refuse_output(str(within), error) from None


def read_data_set(file: Path, vocabulary: Vocabulary, problems: Problems) -> tuple[Sheet, ...]:
    """Read a whole data set as sheets, one a root subject and year. Notes everything wrong with it."""
    try:
        with open_data_set(file, vocabulary) as found:
            asked = found.scan()
            for counted in found.collect({kind: lazy.select(pl.len()) for kind, lazy in asked.items()}).values():
                if (rows := int(counted.item())) > limits().rows:
                    problems.extend([make_limit_problem("rows", Location(str(file)), rows)])
            if problems.errors:
                return ()
            return read_rows(found, found.collect(asked), problems)
    except Refused as refused:
        problems.extend(refused.problems)
    return ()


def read_rows(of: DataSet, frames: Mapping[str, pl.DataFrame], problems: Problems) -> tuple[Sheet, ...]:
    """Read rows of a data set, all of them or those of some root subjects, as sheets. Notes everything wrong with them.

    `frames` has by kind what `DataSet.scan` gives.
    """
    plan, head, vocabulary = of.plan, of.head, Vocabulary(of.plan)
    before = len(problems.errors)
    percentages = head.percentages or plan.percentages
    rows: dict[str, Rows] = {}
    for table in of.tables:
        raw = frames[table.kind.id]
        if not raw.height:
            continue
        if found := TableReader(table, vocabulary, percentages, problems).read_rows(raw):
            rows[table.kind.id] = Rows(*found)
    if len(problems.errors) > before or not rows:
        return ()
    is_listed = any(table.kind.id == plan.root.id for table in of.tables)
    listed = rows[plan.root.id].root.unique() if plan.root.id in rows else pl.Series([], dtype=pl.String)
    rows = {plan.root.id: _complete_roots(rows, plan, Location(str(of.file))), **_without(rows, plan.root.id)}
    registers = head.registers.sizes if head.registers else {}
    whole = Whole(rows, plan.root.id, listed if is_listed else None)
    roots = rows[plan.root.id]
    sheets = tuple(
        Sheet(
            str(of.file), root, year, roots.columns.location(at[0]), WholeParts(whole, (root, year)), registers=registers,
            source=head.source or "", synthetic=head.synthetic, percentages=percentages,
            register_remarks=head.registers.remarks if head.registers else {},
        )
        for (root, year), at in roots.by_key.items()
    )  # fmt: skip
    check_whole(whole, sheets, plan, problems)
    return sheets


def _without(rows: Mapping[str, Rows], kind: str) -> dict[str, Rows]:
    return {name: each for name, each in rows.items() if name != kind}


def _complete_roots(rows: Mapping[str, Rows], plan: Plan, head: Location) -> Rows:
    """Return the rows of the root kind with one, without facts, for each further root subject and year of another table."""
    empty = pl.DataFrame(schema={ROOT: pl.String, YEAR: pl.Int32})
    own = rows.get(plan.root.id)
    known = own.frame.select(ROOT, YEAR) if own else empty
    others = [
        each.frame.select(ROOT, YEAR, pl.lit(kind).alias("@kind"), "@at").unique(
            [ROOT, YEAR], keep="first", maintain_order=True
        )
        for kind, each in rows.items()
        if kind != plan.root.id
    ]
    if not others:
        assert own is not None
        return own
    more = (
        pl.concat(others)
        .unique([ROOT, YEAR], keep="first", maintain_order=True)
        .join(known, on=[ROOT, YEAR], how="anti", maintain_order="left")
    )
    if own is not None and not more.height:
        return own
    locations = [rows[kind].columns.location(at) for kind, at in more.select("@kind", "@at").iter_rows()]
    files = {file: number for number, file in enumerate(dict.fromkeys(place.file for place in locations))}
    numbers = pl.Series([files[place.file] for place in locations], dtype=pl.UInt32)
    lines = pl.Series([place.line for place in locations], dtype=pl.UInt32)
    added = DataSetColumns(
        plan.root.id, head.file, more[ROOT], None, {}, ExactFigures(), {}, {}, range(more.height),
        places=Places(tuple(files), numbers, lines),
    )  # fmt: skip
    if own is None:
        return Rows(added, more[ROOT], more[YEAR])
    columns = own.columns
    assert isinstance(columns, DataSetColumns)
    places = columns.places
    joined = Places(
        (*places.files, *files), pl.concat([places.file, numbers + len(places.files)]), pl.concat([places.line, lines])
    )
    start = len(places.line)
    nulls = pl.Series([None], dtype=pl.Float64).new_from_index(0, more.height)
    unplaced = pl.Series([None], dtype=pl.UInt32).new_from_index(0, more.height)
    columns = replace(
        columns, name=pl.concat([columns.name, more[ROOT]]), above=None,
        values={name: pl.concat([column, nulls]) for name, column in columns.values.items()},
        exact=columns.exact.extended(more.height),
        lines=[*columns.lines, *range(start, start + more.height)], places=joined,
        cells={name: pl.concat([column, unplaced]) for name, column in columns.cells.items()},
    )  # fmt: skip
    return Rows(columns, pl.concat([own.root, more[ROOT]]), pl.concat([own.year, more[YEAR]]))
