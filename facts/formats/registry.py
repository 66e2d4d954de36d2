"""The table of all file formats that may hold facts: endings, first bytes and readers.

To add a format, add its module and an entry in `FORMATS`. Searching folders, checking content against names, reading,
caching and, with `can_be_marked`, marking then work for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any, TypeAlias

from dabiao.base.contents import OLE, PARQUET, XLSX_PARTS, ZIP
from dabiao.base.files import File
from dabiao.base.problems import Location

Stated: TypeAlias = tuple[str, Location]
"""What a sheet says of itself, and where."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format of files.

    `name` is its name in messages. `suffixes` are the endings of its files, `marks` the possible first bytes (none for
    text), and `inside` words among the first bytes that distinguish formats with the same `marks`.

    `reader` is the function that reads it, `module:function`, imported on first use; empty for a format that is known only
    to be refused by name. The reader of a sheet takes a `File`, the `Vocabulary` of the plan and the `Problems`, and
    returns a `Sheet`, or None after noting why there is none. Its `namer` takes the `File` alone and returns the plan that
    the sheet names, with the place of it, or None. The reader of a table (`is_table`: a register in a folder, no
    sheet by itself) takes a `File` and the `Problems`, and returns its columns, its header, the line of each row
    and that of the header.

    `can_be_marked` says whether findings can be written into a copy of the file.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    marks: tuple[bytes, ...] = ()
    inside: tuple[bytes, ...] = ()
    reader: str = ""
    namer: str = ""
    is_table: bool = False
    can_be_marked: bool = False

    @property
    def is_sheet(self) -> bool:
        """Whether its files are fact sheets by themselves."""
        return bool(self.reader) and not self.is_table

    def begins(self, beginning: bytes) -> bool:
        """Whether the first bytes of a file are those of this format."""
        return beginning.startswith(self.marks) and (not self.inside or any(word in beginning for word in self.inside))

    def read(self, *arguments: Any) -> Any:
        """Call the reader."""
        return _call(self.reader, *arguments)

    def find_plan_name(self, file: File) -> Stated | None:
        """Return the plan that a sheet names, with its place. Raises `Refused` for a file that cannot be read."""
        found: Stated | None = _call(self.namer, file)
        return found


def _call(function: str, *arguments: Any) -> Any:
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)(*arguments)


_TEXT = "dabiao.facts.formats.yaml_sheet:read_sheet"
_TEXT_NAMER = "dabiao.facts.formats.yaml_sheet:find_plan_name"
_XLSX = "dabiao.facts.formats.xlsx:read_xlsx"
_XLSX_NAMER = "dabiao.facts.formats.xlsx:find_plan_name"

FORMATS = (
    Format("YAML", (".yaml", ".yml"), reader=_TEXT, namer=_TEXT_NAMER),
    Format("JSON", (".json",), reader=_TEXT, namer=_TEXT_NAMER),
    Format("XLSX", (".xlsx",), (ZIP,), XLSX_PARTS, _XLSX, _XLSX_NAMER, can_be_marked=True),
    Format("CSV", (".csv",), reader="dabiao.facts.formats.csv_table:read_table", is_table=True),
    Format("Parquet", (".parquet",), (PARQUET,), reader="dabiao.facts.formats.parquet:read_table", is_table=True),
    # not read: a workbook in one of these formats among submissions is never passed over in silence
    Format("XLS", (".xls", ".xlt", ".et", ".ett"), (OLE,)),
    Format("TSV", (".tsv", ".tab")),
    Format("other workbook", (".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".fods", ".numbers")),
)  # fmt: skip


def find_format(file: object) -> Format | None:
    """Return the format for the ending of a file name, None if no format has it."""
    suffix = PurePath(str(file)).suffix.lower()
    return next((each for each in FORMATS if suffix and suffix in each.suffixes), None)


def detect_format(beginning: bytes) -> Format | None:
    """Return the format that the first bytes of a file indicate, None for text."""
    return next((each for each in FORMATS if each.marks and each.begins(beginning)), None)


def sheet_suffixes() -> tuple[str, ...]:
    """Return the endings of files that are sheets by themselves."""
    return tuple(suffix for each in FORMATS if each.is_sheet for suffix in each.suffixes)


def is_text(file: object) -> bool:
    """Whether locations in a file are lines and characters, not cells or fields. Unknown endings count as text."""
    found = find_format(file)
    return found is None or not (found.is_table or found.marks)
