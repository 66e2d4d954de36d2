"""Reads CSV files: rows with the lines in which they start, and a register as columns of texts.

Cells are divided by commas, or by what a first line `sep=` states. Blank rows and surplus empty cells say nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from dabiao.base.contents import BEGINNING, name_content, refuse_content
from dabiao.base.encodings import decode, lines_of
from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.names import find_hidden_mark
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, Term, make_limit_problem

if TYPE_CHECKING:
    import polars as pl

_COMMA = ","
_SHOWN = 60
_STATED = re.compile(r'"?sep=(.)"?,*[ \t]*(?:\n|$)', re.IGNORECASE)
_DELIMITERS = {";": "semicolon", "\t": "tab", "，": "wide-comma", "；": "wide-semicolon", "|": "bar", " ": "space"}
_READ = (_COMMA, ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class CsvText:
    """The text of a CSV file from its header on, what divides its cells, and the line of the file before it."""

    file: str
    text: str
    delimiter: str
    above: int

    def rows(self, width: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Iterate over the rows that are not blank, each with the line in which it starts and `width` cells.

        Without a width it is that of the first row. Raises `Refused` for a row that has not as many cells, and for a stray
        quotation mark.
        """
        self.check_quotes()
        for line, cells in self.records():
            if not any(cell.strip() for cell in cells):
                continue
            width = width or len(cells)
            if any(cell.strip() for cell in cells[width:]) or len(cells) < width:
                self._refuse_width(line, cells, width)
            yield line, cells[:width]

    def _refuse_width(self, line: int, cells: list[str], width: int) -> NoReturn:
        """Refuse a row of another width; a sign that nobody sees, such as the end of a file of DOS, is named as its cause."""
        for column, cell in enumerate(cells, start=1):
            if sign := find_hidden_mark(cell):
                details = {"found": cell[:_SHOWN], "mark": sign}
                raise Refused([Problem("hidden-mark", Location(self.file, line, column), details)])
        raise Refused([Problem("bad-csv", Location(self.file, line), {"found": len(cells), "expected": width})])

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Iterate over all rows as they are written, each with the line in which it starts."""
        reader = csv.reader(lines_of(self.text), delimiter=self.delimiter, strict=True)
        line = self.above + 1
        try:
            for count, cells in enumerate(reader):
                if count > limits().rows:
                    raise Refused([make_limit_problem("rows", Location(self.file, line), f"> {count - 1}")])
                yield line, cells
                line = self.above + reader.line_num + 1
        except csv.Error:
            self.check_quotes()
            raise Refused(
                [make_limit_problem("text", Location(self.file, line), f"> {csv.field_size_limit()}")]
            ) from None

    def split(self) -> tuple[list[str], CsvText]:
        """Return the header, and the text below it."""
        reader = csv.reader(lines_of(self.text), delimiter=self.delimiter)
        try:
            header = next(reader)
        except csv.Error:
            self.check_quotes()
            raise Refused([make_limit_problem("text", Location(self.file), f"> {csv.field_size_limit()}")]) from None
        above = reader.line_num
        return header, replace(self, text="".join(self.text.split("\n", above)[above:]), above=self.above + above)

    def check_quotes(self) -> None:
        """Raise `Refused` with the place of the first quotation mark that stands where none may, or is not closed."""
        if '"' not in self.text:
            return
        other = rf'[^"\n{re.escape(self.delimiter)}]*'
        cell = re.compile(rf'(?:"[^"]*(?:""[^"]*)*"|{other}|="{other}")(?:({re.escape(self.delimiter)})|(\n)|$)')
        at, line, column = 0, self.above + 1, 1
        while at < len(self.text):
            found = cell.match(self.text, at)
            if found is None:
                raise Refused([Problem("reading.stray-quote", Location(self.file, line, column))])
            line += self.text.count("\n", at, found.end())
            column = column + 1 if found[1] else 1
            at = found.end()


def open_csv(file: File, problems: Problems, limit: str | None = None) -> CsvText:
    """Return the text of a CSV file. Raises `Refused` for a file that is no text, or is divided by other signs than commas."""
    location = Location(str(file))
    data = read_bytes(file, limit) if limit else read_bytes(file)
    if found := name_content(data[:BEGINNING]):
        raise refuse_content(file, found)
    text, encoding, _ = decode(data, location)
    if encoding:
        problems.warn("reading.not-utf8", location, found=encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter, above = _COMMA, 0
    if stated := _STATED.match(text):
        delimiter, above, text = stated[1], 1, text[stated.end() :]
        if delimiter not in _READ:
            raise Refused([_note_delimiter(delimiter, Location(str(file), 1))])
    start = len(text) - len(text.lstrip(f"\n{delimiter} "))
    start = text.rfind("\n", 0, start) + 1  # blank rows above the header
    above, text = above + text.count("\n", 0, start), text[start:]
    if not text:
        raise Refused([Problem("empty-file", location)])
    header = text.partition("\n")[0]
    if delimiter == _COMMA and _COMMA not in header:
        for sign in _DELIMITERS:
            if sign in header and sign != " ":
                raise Refused([_note_delimiter(sign, Location(str(file), above + 1))])
    return CsvText(str(file), text, delimiter, above)


def refuse_spaces(header: Sequence[str], is_known: Callable[[str], bool], location: Location) -> None:
    """Raise `Refused` if the names in a header are divided by spaces. A name may have spaces in it, so these must be known."""
    words = header[0].split() if len(header) == 1 else []
    if len(words) > 1 and any(map(is_known, words)):
        raise Refused([_note_delimiter(" ", location)])


def _note_delimiter(sign: str, location: Location) -> Problem:
    found = Term(f"reading.delimiter.{_DELIMITERS[sign]}") if sign in _DELIMITERS else sign
    return Problem("reading.delimiter", location, {"found": found})


def read_table(file: File, problems: Problems) -> tuple[pl.DataFrame, list[str], Sequence[int], int]:
    """Return the columns of a CSV file, its header, the lines in which its rows start, and that of the header.

    Raises `Refused` for a file that is no table or exceeds a limit.
    """
    table = open_csv(file, problems, "register")
    header, body = table.split()
    if len(header) > limits().columns:
        raise Refused([make_limit_problem("columns", Location(str(file)), len(header))])
    frame, lines = _read_frame(body, len(header))
    if frame.height > limits().rows:
        raise Refused([make_limit_problem("rows", Location(str(file)), frame.height)])
    return frame, header, lines, table.above + 1


def _read_frame(body: CsvText, width: int) -> tuple[pl.DataFrame, Sequence[int]]:
    """Return the cells below the header as texts, and the line in which each row starts."""
    import polars as pl

    text = body.text.lstrip("\n")  # Polars passes over blank lines at the top, and makes rows of later ones
    body = replace(body, text=text, above=body.above + len(body.text) - len(text))
    if not text:
        return pl.DataFrame(), range(0)
    columns = [f"c{i}" for i in range(width)]
    try:
        frame = pl.read_csv(
            text.encode(), has_header=False, new_columns=columns, separator=body.delimiter,
            schema_overrides=dict.fromkeys([f"column_{i + 1}" for i in range(width)], pl.String), infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return _read_rows(body, columns)
    plain = '"' not in text and "\n\n" not in text
    if plain and frame.width == width and text.count(body.delimiter) == frame.height * (width - 1):
        return frame, range(body.above + 1, body.above + 1 + frame.height)
    records = [(line, len(cells)) for line, cells in body.records()]
    if frame.width != width or frame.height != len(records) or any(count not in (0, width) for _, count in records):
        return _read_rows(body, columns)
    kept = pl.Series([count > 0 for _, count in records], dtype=pl.Boolean)
    return frame.filter(kept), [line for line, count in records if count]


def _read_rows(body: CsvText, columns: list[str]) -> tuple[pl.DataFrame, Sequence[int]]:
    """Read rows one by one, as is needed where they have not all the same number of cells."""
    import polars as pl

    lines, rows = [], []
    for line, cells in body.rows(len(columns)):
        lines.append(line)
        rows.append(cells)
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"), lines
