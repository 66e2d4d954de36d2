"""The files of a table of a data set: found, looked through, and scanned together with the place of each row."""

from __future__ import annotations

import io
import mmap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from dabiao.base.contents import PARQUET, name_content, refuse_content
from dabiao.base.files import Upload, is_within, open_file
from dabiao.base.limits import limits
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem
from dabiao.base.system import FULL, put_system_reason
from dabiao.facts.formats.csv_table import open_csv, read_table
from dabiao.facts.formats.parquet import is_value
from dabiao.facts.formats.parquet_sizes import footer_bytes, unpacked_bytes
from dabiao.facts.formats.plain_columns import write_decimals
from dabiao.facts.formats.registry import find_format

FILE, LINE = "@file", "@line"
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
"""What Polars raises of a damaged Parquet file."""
_BLOCK = 32 * 1024**2  # bytes of CSV that are read at a time
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Piece:
    """A Parquet file with rows of a table: one of the data set, or made of a part of a CSV file, with the lines in `@line`.

    `file` is its name in messages.
    `folders` are the columns that the names of its folders give: year=2023.
    """

    file: str
    data: Path
    folders: dict[str, str | None] = field(default_factory=dict)
    has_lines: bool = False

    def schema(self) -> dict[str, pl.DataType]:
        """Return the columns with their types. Raises `Refused` for a damaged file."""
        try:
            with self.data.open("rb") as stream:  # the name of a file may look like a pattern
                schema = pl.read_parquet_schema(stream)
        except UNREADABLE:
            raise Refused([self.damaged]) from None
        return {name: kind for name, kind in schema.items() if not (self.has_lines and name == LINE)}

    def has_rows(self) -> bool:
        """Return whether there is a row in the file. Raises `Refused` for a damaged one."""
        try:
            return self.has_lines or bool(pl.scan_parquet(self.data, glob=False).select(pl.len()).collect().item())
        except UNREADABLE:
            raise Refused([self.damaged]) from None

    @property
    def damaged(self) -> Problem:
        """That the file cannot be read."""
        return Problem("reading.parquet", Location(self.file))


@dataclass(frozen=True)
class Pieces:
    """All files of a table, their names, and the columns of them all with the types in which they are read."""

    pieces: tuple[Piece, ...]
    files: tuple[str, ...]
    columns: dict[str, pl.DataType]

    def scan(self, files: Collection[int] | None = None) -> pl.LazyFrame:
        """Return the rows of all files, lazily, with the number of the file and the line (of Parquet: the row) of each.

        `files`: only those of these numbers; of none, no rows.
        """
        numbers = {file: number for number, file in enumerate(self.files)}
        wanted = [piece for piece in self.pieces if files is None or numbers[piece.file] in files]
        scanned = [self._scan(piece, numbers[piece.file]) for piece in wanted or self.pieces[:1]]
        rows = pl.concat(scanned, how="diagonal")
        return rows if wanted else rows.limit(0)

    def find_damaged(self) -> Iterator[Problem]:
        """Read every file by itself, and say of which that cannot be done."""
        for piece in self.pieces:
            try:
                self._scan(piece, 0).select(pl.all().hash().sum()).collect(engine="streaming")
            except UNREADABLE:
                yield piece.damaged

    def _scan(self, piece: Piece, number: int) -> pl.LazyFrame:
        lazy = pl.scan_parquet(piece.data, hive_partitioning=False, glob=False)
        if not piece.has_lines:
            lazy = lazy.with_row_index(LINE, 1)
        own = piece.schema()
        columns = [_read_as(name, own[name], self.columns[name]) for name in own if name in self.columns]
        folders = [pl.lit(value, pl.String).alias(name) for name, value in piece.folders.items()]
        where = [pl.lit(number, pl.UInt32).alias(FILE), pl.col(LINE).cast(pl.UInt32)]
        return lazy.select(*where, *columns, *folders)


def open_pieces(
    folder: Path, names: Sequence[str], location: Location, made: Path, problems: Problems
) -> Pieces | None:
    """Find and look through the files that a head in `folder` names; None after noting that they cannot be read.

    What a CSV file holds is written into `made` as Parquet, all cells as texts.
    """
    before = len(problems.errors)
    pieces: list[Piece] = []
    left = limits().dataset
    for name in names:
        for file, folders in _find_files(folder, name, location, problems):
            try:
                found = [*_open_csv(file, made, problems)] if _is_csv(file) else [Piece(str(file), file)]
                for piece in found:
                    left -= _unpacked(piece, left)
                    pieces.append(replace(piece, folders=folders))
            except Refused as refused:
                problems.extend(refused.problems)
            except OSError as error:
                if error.errno in FULL:  # of what is made, which is no fault of the file
                    raise
                problems.add("unreadable", Location(str(file)), reason=put_system_reason(error))
    if len(problems.errors) > before:
        return None
    try:
        if not any(piece.has_rows() for piece in pieces):
            problems.add("dataset.no-rows", location, found=", ".join(names))
            return None
        columns = _find_columns(pieces, problems)
    except Refused as refused:
        problems.extend(refused.problems)
        return None
    files = tuple(dict.fromkeys(piece.file for piece in pieces))
    return Pieces(tuple(pieces), files, columns) if len(problems.errors) == before else None


def _find_columns(pieces: Sequence[Piece], problems: Problems) -> dict[str, pl.DataType]:
    """Return the columns of all files; one whose type is not everywhere the same is read as texts."""
    columns: dict[str, pl.DataType] = {}
    for piece in pieces:
        schema = piece.schema()
        if len(schema) > limits().columns:
            raise Refused([make_limit_problem("columns", Location(piece.file), len(schema))])
        for position, (name, kind) in enumerate(schema.items(), 1):
            if name in piece.folders:
                problems.add("reading.column-twice", Location(piece.file, 0, position), found=name)
            elif not is_value(kind):
                columns[name] = kind
            else:
                read_as = find_read_type(kind)
                columns[name] = read_as if columns.get(name, read_as) == read_as else pl.String()
        columns.update(dict.fromkeys(piece.folders, pl.String()))
    return columns


def _read_as(name: str, kind: pl.DataType, read_as: pl.DataType) -> pl.Expr:
    """Return what reads a column: of floats that are texts in another file, the shortest decimals, as elsewhere."""
    column = pl.col(name)
    if kind.is_float() and read_as == pl.String():
        return column.map_batches(write_decimals, return_dtype=pl.String())
    return column.cast(read_as)


def find_read_type(kind: pl.DataType) -> pl.DataType:
    """Return the type in which a column of values is read: all but integers and floats as texts, exactly."""
    return kind if kind.is_integer() or kind.is_float() else pl.String()


def list_files(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Iterate over the files that a head in `folder` names; what cannot be read is passed over."""
    return (file for name in names for file, _ in _find_files(folder, name, Location(""), Problems()))


def _find_files(
    folder: Path, name: str, location: Location, problems: Problems
) -> Iterator[tuple[Path, dict[str, str | None]]]:
    """Iterate over the files of a table in order, each with the columns that the names of its folders give."""
    path = folder / name
    try:
        if Path(name).is_absolute() or "\\" in name or not is_within(path, folder):
            problems.add("dataset.leads-out", location, found=name, expected=str(folder))
        elif path.is_dir():
            left, some = [limits().members], False
            for file in _walk(path, left, 0, problems):
                some = True
                yield file, _columns_of(file.relative_to(path).parts[:-1])
            if not some:
                problems.add("dataset.no-files", location, found=name)
        elif not path.exists():
            problems.add("dataset.no-files", location, found=name)
        elif _is_table(path, problems):
            yield path, {}
    except (OSError, ValueError, RuntimeError) as error:  # no permission, a NUL, a loop of links
        reason = put_system_reason(error) if isinstance(error, OSError) else str(error)
        problems.add("unreadable", location, reason=reason)


def _walk(folder: Path, left: list[int], depth: int, problems: Problems) -> Iterator[Path]:
    """Iterate over the tables in a folder and below it. Notes what is none, but for marks (_SUCCESS)."""
    if depth > limits().depth:
        raise Refused([make_limit_problem("depth", Location(str(folder)), depth)])
    for child in sorted(folder.iterdir()):
        left[0] -= 1
        if left[0] < 0:
            raise Refused([make_limit_problem("members", Location(str(folder)), f"> {limits().members}")])
        is_mark = child.name.startswith(("_", ".")) and find_format(child.name) is None
        if is_mark:
            continue
        if child.is_symlink() and not is_within(child, folder):
            problems.add("reading.link-out", Location(str(child)), found=child.name, expected=str(folder))
        elif child.is_dir():
            yield from _walk(child, left, depth + 1, problems)
        elif _is_table(child, problems):
            yield child


def _is_table(path: Path, problems: Problems) -> bool:
    found = find_format(path.name)
    if found is None or not found.is_table or path.name.startswith((".", "_")):
        problems.add("dataset.no-table", Location(str(path)), found=path.name)
        return False
    return True


def _columns_of(folders: Sequence[str]) -> dict[str, str | None]:
    """Return the columns in the names of folders: year=2023, 区=%E6%9F%90%E5%8C%BA."""
    pairs = (part.partition("=") for part in folders if "=" in part)
    return {unquote(name): None if value == _NO_VALUE else unquote(value) for name, _, value in pairs}


def _is_csv(path: Path) -> bool:
    found = find_format(path.name)
    return found is not None and not found.marks


def _unpacked(piece: Piece, most: int) -> int:
    """Return how many bytes a file unpacks to. Raises `Refused` for one that is no Parquet file, or unpacks to too much."""
    location = Location(piece.file)
    with open_file(piece.data) as stream:
        beginning = stream.read(len(PARQUET) + 512)
        if not beginning.startswith(PARQUET):
            found = name_content(beginning)
            raise refuse_content(piece.data, found) if found else Refused([Problem("reading.parquet", location)])
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                if (footer := footer_bytes(data)) > limits().file:
                    raise Refused([make_limit_problem("file", location, footer)])
                size = unpacked_bytes(data, most)
            except ValueError:
                raise Refused([Problem("reading.parquet", location)]) from None
    if size > most:
        raise Refused([make_limit_problem("dataset", location, f"> {limits().dataset}")])
    return size


def _open_csv(file: Path, made: Path, problems: Problems) -> Iterator[Piece]:
    """Write the rows of a CSV file as Parquet files of texts, a block of lines at a time. Raises `Refused` for a bad one."""
    head, head_lines, above = b"", 0, 0  # the lines to the end of the header, and the lines before this block
    for block in _blocks(file):
        own = Problems()
        upload, shift = Upload(str(file), head + block), above - head_lines
        try:
            if not above:
                head_lines = open_csv(upload, Problems(), "register").split()[1].above
                head = b"".join(line + b"\n" for line in block.split(b"\n", head_lines)[:head_lines])
            frame, header, lines, top = read_table(upload, own)
        except Refused as refused:
            raise Refused([_moved(problem, shift) for problem in refused.problems]) from None
        problems.extend(() if above else own.found)
        above += block.count(b"\n")
        if named := _name_columns(frame, header, Location(str(file), top), problems):
            piece = made / f"{len(list(made.iterdir()))}.parquet"
            counted = pl.Series(LINE, lines, dtype=pl.UInt32) + shift
            table = _without_empty_rows(pl.DataFrame([counted, *named]))
            if table.is_empty():
                continue
            table.write_parquet(rows := io.BytesIO())
            piece.write_bytes(rows.getbuffer())  # Polars tells a full disk in a way of its own
            yield Piece(str(file), piece, has_lines=True)


def _without_empty_rows(table: pl.DataFrame) -> pl.DataFrame:
    """Return texts, which stand behind a column of line numbers, without the rows that have none: they say nothing."""
    filled = [(pl.col(name).str.strip_chars() != "").fill_null(value=False) for name in table.columns[1:]]
    if table.select(filled[0].all()).item():  # as nearly always
        return table
    return table.filter(pl.any_horizontal(filled))


def _moved(problem: Problem, lines: int) -> Problem:
    place = problem.location
    return replace(problem, location=place._replace(line=place.line + lines)) if place.line else problem


def _blocks(file: Path) -> Iterator[bytes]:
    """Iterate over blocks of whole rows of a CSV file: each ends with a line end that stands in no quotes."""
    with open_file(file) as stream:
        rest = b""
        while data := stream.read(_BLOCK):
            rest += data
            end = rest.rfind(b"\n") + 1
            while end and rest.count(b'"', 0, end) % 2:
                end = rest.rfind(b"\n", 0, end - 1) + 1
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > limits().register:
                raise Refused([make_limit_problem("register", Location(str(file)), f"> {limits().register}")])
        if rest.strip():
            yield rest


def _name_columns(
    frame: pl.DataFrame, header: Sequence[str], location: Location, problems: Problems
) -> list[pl.Series]:
    """Return the columns by their headings; one without a heading must be empty."""
    columns: dict[str, pl.Series] = {}
    for position, (heading, cells) in enumerate(zip(header, frame, strict=False), 1):
        name, place = heading.strip(), location._replace(column=position)
        if not name:
            filled = cells.filter((cells.str.strip_chars() != "").fill_null(value=False))
            if len(filled):
                problems.add("untitled-column", place, column=position, found=filled[0])
        elif name == LINE:
            problems.add("dataset.own-column", place, found=name)
        elif name in columns:
            problems.add("reading.column-twice", place, found=name)
        else:
            columns[name] = cells.alias(name)
    return list(columns.values())
