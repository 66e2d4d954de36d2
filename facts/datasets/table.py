"""One table of a data set: what its columns are, and its rows as columns of facts, read as the tables of a sheet are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from dabiao.base.problems import Location, Problems, name_some, nearest
from dabiao.facts.cells import Percentages
from dabiao.facts.columns import Columns
from dabiao.facts.datasets.pieces import FILE, LINE, Pieces
from dabiao.facts.datasets.written import Table
from dabiao.facts.formats.csv_table import refuse_spaces
from dabiao.facts.formats.parquet import is_value
from dabiao.facts.formats.plain_columns import write_decimals
from dabiao.facts.formats.register import Head, RegisterReader
from dabiao.facts.layout import COVER, LIST
from dabiao.facts.vocabulary import Vocabulary, fold_label, keys_of
from dabiao.rules.model import Kind, Plan

ROOT, YEAR, PART = "@root", "@year", "@part"
_WHOSE = keys_of({"subject": COVER["subject"], "year": COVER["year"]})
_LONG = {
    **keys_of({"value": LIST["value"], "unit": LIST["unit"]}),
    **keys_of({"measure": (*LIST["id"], *LIST["title"])}),
}
_FIRST = ("subject", "year", "name")
_FIGURE = ("measure", "value", "unit")
_NUMBER, _AT = "@number", "@at"
_OWN = frozenset((ROOT, YEAR, FILE, LINE, _NUMBER, _AT, PART))
"""Columns that are put beside those of a table while it is read."""


@dataclass(frozen=True)
class Places:
    """Where the rows of a table stand, by their number: the file, and the line in it (of Parquet: the row)."""

    files: tuple[str, ...]
    file: pl.Series
    line: pl.Series

    def at(self, number: int, column: int = 0) -> Location:
        """Return the place of a row, or of a field of it."""
        return Location(self.files[self.file[number]], self.line[number], column)


@dataclass(frozen=True)
class DataSetColumns(Columns):
    """Subjects that stand in several files: `lines` are the numbers of their rows, and `cells` those of single figures."""

    places: Places = field(kw_only=True)
    cells: Mapping[str, pl.Series] = field(default_factory=dict, kw_only=True)

    @property
    def in_rows(self) -> bool:
        """Whether all figures of a subject stand in the row of its name: in a long table they do not."""
        return not self.cells

    def _place(self, at: int, measure: str = "") -> Location:
        number = self.cells[measure][at] if measure in self.cells else None
        return self.places.at(self.lines[at] if number is None else number, self.column.get(measure, 0))

    def place_texts(self, rows: pl.Series) -> pl.Series:
        """Return where several subjects stand as texts."""
        numbers = pl.Series(self.lines, dtype=pl.UInt32).gather(rows)
        files = pl.Series([str(Location(file)) for file in self.places.files], dtype=pl.String)
        lines = self.places.line.gather(numbers)
        told = (":" + lines.cast(pl.String)).set(lines == 0, "")  # a row of a data frame has no line
        return files.gather(self.places.file.gather(numbers)) + told

    def gathered(self, keep: list[int]) -> DataSetColumns:
        """Return some of the subjects, by position."""
        found = super().gathered(keep)
        assert isinstance(found, DataSetColumns)
        return replace(found, cells={measure: numbers.gather(keep) for measure, numbers in self.cells.items()})


@dataclass(frozen=True)
class OpenTable:
    """A table that has been looked through: its kind, its files, and what each of its columns is.

    `headings` has, by column, the heading it would have in the table of a sheet. `subject` and `year` are the columns that say
    whose and of which year a row is, None where the head of the data set says it; `measure`, `value` and `unit` are those of
    a long table.
    """

    kind: Kind
    pieces: Pieces
    headings: Mapping[str, str]
    subject: str | None = None
    year: str | None = None
    measure: str | None = None
    value: str | None = None
    unit: str | None = None

    def select(self, whose: Mapping[str, object], files: Collection[int] | None = None) -> pl.LazyFrame:
        """Return the rows lazily: whose and of which year each is, its place, and all columns that are read.

        `whose` has what the head says of all rows: subject and year. `files`: only the rows of the files of these numbers.
        """
        return self.pick(self.pieces.scan(files), whose)

    def pick(self, rows: pl.LazyFrame, whose: Mapping[str, object]) -> pl.LazyFrame:
        """Return of rows, each with its place and the columns in the types of `pieces`, what `select` does."""
        fixed = pl.lit(whose.get("subject"), pl.String), pl.lit(whose.get("year"), pl.Int32)
        root = fixed[0] if self.subject is None else pl.col(self.subject).cast(pl.String).str.strip_chars()
        year = fixed[1] if self.year is None else _read_year(self.year, self.pieces.columns[self.year])
        used = [name for name in (self.measure, self.value, self.unit) if name is not None]
        own = [pl.col(name) for name in dict.fromkeys([*self.headings, *used])]
        return rows.select(root.alias(ROOT), year.alias(YEAR), FILE, LINE, *own)


def _read_year(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    texts = pl.when(column == column.floor()).then(column.cast(pl.Int64, strict=False)) if kind.is_float() else column
    plain = texts.cast(pl.String).str.strip_chars().str.strip_suffix("年").str.replace(r"\.0+$", "")
    return plain.cast(pl.Int32, strict=False)


def open_table(
    written: Table, pieces: Pieces, vocabulary: Vocabulary, given: Collection[str], problems: Problems
) -> OpenTable | None:
    """Find out what the columns of a table are; None after noting what is wrong with them.

    `given` are subject and year where the head of the data set says them of all rows.
    """
    plan, kind = vocabulary.plan, vocabulary.plan.kinds[written.kind]
    before, place = len(problems.errors), Location(pieces.files[0])
    _check_named(written, pieces, problems)
    told = written.columns.headings if written.columns else {}
    roles: dict[str, str] = {}
    headings: dict[str, str] = {}
    for name, of in pieces.columns.items():
        if name in _OWN:
            problems.add("dataset.own-column", place, found=name)
        if name in written.ignored:
            continue
        if not is_value(of):
            problems.add("reading.column-type", place, found=name, type=str(of))
        heading = told.get(name, name)
        role = _find_role(heading, kind, plan, vocabulary)
        if role in roles:
            problems.add("reading.column-twice", place, found=name)
        if role in ("", "in", "name"):
            headings[name] = role or heading
        if role:
            roles[role] = name
    known = vocabulary.headings(kind.id)
    if not roles and not any(known.heading(heading).key for heading in headings.values()):
        names, expected = tuple(pieces.columns), (*(whose for whose in _FIRST if whose not in given), *known.ids)
        refuse_spaces(names, lambda word: bool(_find_role(word, kind, plan, vocabulary)), place)
        problems.add("no-head-row", place, found=name_some(names, 4), expected=expected)
        return None
    _check_whose(written, kind, plan, roles, given, problems)
    if kind.parent is None and "subject" in roles:
        headings = {roles["subject"]: "name", **headings}
    long = {role: roles.get(role) for role in _FIGURE} if {"measure", "value"} <= set(roles) else {}
    if not long:
        headings |= {roles[role]: told.get(roles[role], roles[role]) for role in _FIGURE if role in roles}
    for name in (name for name, heading in headings.items() if long and heading not in ("name", "in")):
        problems.add("dataset.beside-long", place, found=name)
    if len(problems.errors) > before:
        return None
    return OpenTable(kind, pieces, headings, roles.get("subject"), roles.get("year"), **long)


def _check_named(written: Table, pieces: Pieces, problems: Problems) -> None:
    """Note columns that the head names and no file has, or that it both explains and ignores."""
    names = [*pieces.columns]
    told = written.columns.keys if written.columns else {}
    wrong = [(name, place) for name, place in told.items() if name not in names]
    wrong += [(name, written.place("ignored")) for name in written.ignored if name not in names or name in told]
    for name, place in wrong:
        near = nearest(name, names)
        problems.add("dataset.no-column", place, found=name, nearest=near, expected=name_some(names))


def _check_whose(
    written: Table, kind: Kind, plan: Plan, roles: Collection[str], given: Collection[str], problems: Problems
) -> None:
    """Note a table that does not say whose and of which year its rows are, or says it twice."""
    for whose in ("subject", "year"):
        if (whose in roles) == (whose in given):
            code = "dataset.said-twice" if whose in given else "dataset.no-role"
            problems.add(code, written.location, found=whose, kind=kind.title)
        elif kind.parent is None and whose == "subject" and whose in given:
            problems.add("dataset.no-role", written.location, found=whose, kind=kind.title)


def _find_role(heading: str, kind: Kind, plan: Plan, vocabulary: Vocabulary) -> str:
    """Return what a heading says of its column where it is no measure: subject, year, name, in, measure, value or unit."""
    word = fold_label(heading)
    if vocabulary.headings(kind.id).measure(heading):
        return ""
    if word in _WHOSE:
        return _WHOSE[word]
    above = plan.kinds[kind.parent] if kind.parent else None
    for other, role in ((plan.root, "subject"), (above, "in"), (kind, "name")):
        if other and word in (other.id, *map(fold_label, other.title)):
            return role
    found = vocabulary.headings(kind.id).heading(heading).key
    if found in ("name", "in"):
        return "subject" if kind.parent is None or (found == "in" and above is plan.root) else found
    return _LONG.get(word, "")


class TableReader(RegisterReader):
    """Reads rows of a table of a data set, of any number of subjects and years, as the table of a sheet is read."""

    def __init__(
        self, table: OpenTable, vocabulary: Vocabulary, percentages: Percentages | None, problems: Problems
    ) -> None:
        super().__init__(Path(table.pieces.files[0]), table.kind, vocabulary, percentages, problems)
        self._table, self._path = table, table.pieces.files[0]
        self._top = 0
        self._cells: dict[int, pl.Series] = {}

    def read_rows(self, raw: pl.DataFrame) -> tuple[DataSetColumns, pl.Series, pl.Series] | None:
        """Return rows as columns of facts, with the root subject and the year of each; None after noting what is wrong."""
        self._places = Places(self._table.pieces.files, raw[FILE], raw[LINE])
        self._lines = range(raw.height)
        self._require_whose(raw)
        if self._table.measure is not None:
            frame, header, numbers = self._spread(raw)
        else:
            names = [*self._table.headings]
            frame, header, numbers = (
                raw.select(names),
                [self._table.headings[name] for name in names],
                range(raw.height),
            )
        self._fields = [
            [*self._table.pieces.columns].index(name) + 1 if name in raw.columns else 0 for name in frame.columns
        ]
        read = self._read_frame(frame, header, numbers)
        if read is None:
            return None
        kept = pl.Series(read.lines, dtype=pl.UInt32)
        position = {measure: place - 1 for measure, place in read.column.items()}
        cells = {measure: self._cells[at] for measure, at in position.items() if at in self._cells}
        columns = DataSetColumns(
            read.kind, read.file, read.name, read.above, read.values, read.exact, read.absent,
            {measure: self._fields[at] for measure, at in position.items()}, read.lines, remarks=read.remarks,
            places=self._places, cells=cells,
        )  # fmt: skip
        return columns, raw[ROOT].gather(kept), raw[YEAR].gather(kept)

    def _keep_data(self, frame: pl.DataFrame, header: list[str], head: Head) -> tuple[pl.DataFrame, Sequence[int]]:
        kept, lines = super()._keep_data(frame, header, head)
        if kept.height < frame.height:
            rows = pl.Series(self._lines).is_in(lines).arg_true()
            self._cells = {position: numbers.gather(rows) for position, numbers in self._cells.items()}
        return kept, lines

    def _is_numbered(self, names: pl.Series, frame: pl.DataFrame, entries: list[int]) -> bool:
        """Take numbered names for names: what one part of a data set has must not decide what another part means."""
        return True

    def _locate(self, row: int, position: int) -> Location:
        number = self._lines[row]
        if position in self._cells and (own := self._cells[position][row]) is not None:
            number = own
        return self._places.at(number, self._fields[position])

    def _head_place(self, position: int) -> Location:
        if position in self._cells:  # of a long table: where the measure stands first
            return self._places.at(int(self._cells[position].drop_nulls()[0]), self._fields[position])
        return Location(self._path, 0, self._fields[position])

    def _require_whose(self, raw: pl.DataFrame) -> None:
        """Note rows that do not say whose they are, or of which year, and years that are not the plan's."""
        root, year = raw[ROOT], raw[YEAR]
        for row in self._first((root.is_null() | (root == "")).arg_true().to_list()):
            self._problems.add("dataset.no-subject", self._places.at(row))
        column = [*self._table.pieces.columns].index(self._table.year) + 1 if self._table.year is not None else 0
        for row in self._first(year.is_null().arg_true().to_list()):
            self._problems.add("dataset.no-year", self._places.at(row, column))
        first, last = self._plan.history, self._plan.last
        for row in self._first((~year.is_between(first, last)).fill_null(value=False).arg_true().to_list()):
            self._problems.add("year-outside", self._places.at(row), found=year[row], first=first, last=last)

    def _spread(self, raw: pl.DataFrame) -> tuple[pl.DataFrame, list[str], Sequence[int]]:
        """Turn rows of single figures into a row a subject and a column a measure, with the number of the row of each."""
        table = self._table
        keys = [ROOT, YEAR, *table.headings]
        rows = raw.with_row_index(_NUMBER).with_columns(pl.col(str(table.measure)).cast(pl.String).str.strip_chars())
        subjects = rows.unique(keys, keep="first", maintain_order=True)
        place = subjects.select(*keys, pl.int_range(pl.len(), dtype=pl.UInt32).alias(_AT))
        rows = rows.join(place, on=keys, how="left", nulls_equal=True, maintain_order="left")
        for row in self._first(rows.filter(pl.col(str(table.measure)).fill_null("") == "")[_NUMBER].to_list()):
            self._problems.add("dataset.no-measure", self._places.at(row))
        header, columns = [*table.headings.values()], [subjects[name] for name in table.headings]
        ids: dict[str, list[str]] = {}  # an id and a title of one measure are one column
        names = self._names
        for name in rows[str(table.measure)].drop_nulls().unique(maintain_order=True):
            if name:
                ids.setdefault(names[name].id if name in names else name, []).append(name)
        for measure, said in ids.items():
            self._add_measure(
                measure, rows.filter(pl.col(str(table.measure)).is_in(said)), subjects.height, header, columns
            )
        return pl.DataFrame(columns), header, subjects[_NUMBER].to_list()

    def _add_measure(
        self, measure: str, rows: pl.DataFrame, height: int, header: list[str], columns: list[pl.Series]
    ) -> None:
        """Add the column of one measure; the unit of all its rows is that of the heading, else it stands in each cell."""
        table = self._table
        again = rows.filter(~pl.col(_AT).is_first_distinct())
        first = dict(rows.unique(_AT, keep="first").select(_AT, _NUMBER).iter_rows()) if again.height else {}
        found = list(again.select(_AT, _NUMBER).iter_rows())
        for number in self._first(range(len(found))):
            at, again_at = found[number]
            place = self._places.at(first[at])
            self._problems.add("duplicate-fact", self._places.at(again_at), found=measure, first=place)
        cells, heading = rows[str(table.value)], measure
        if table.unit is not None:
            units = rows[table.unit].cast(pl.String).str.strip_chars().fill_null("")
            if units.n_unique() == 1:
                heading = f"{measure} [{units[0]}]" if units[0] else measure
            else:
                texts = write_decimals(cells) if cells.dtype != pl.String else cells
                both = ((texts.str.strip_chars() != "") & (units != "")).fill_null(value=False)
                cells = (texts + " " + units).zip_with(both, texts)  # without a space, 10 and a unit of 5 were 105
        self._cells[len(columns)] = (
            pl.Series([None], dtype=pl.UInt32).new_from_index(0, height).scatter(rows[_AT], rows[_NUMBER])
        )
        empty = pl.Series([None], dtype=cells.dtype).new_from_index(0, height)
        header.append(heading)
        columns.append(empty.scatter(rows[_AT], cells).alias(f"{_NUMBER} {len(columns)}"))
