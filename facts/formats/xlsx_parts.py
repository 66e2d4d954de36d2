"""The parts of an XLSX workbook (ECMA-376 part 1) that its sheets refer to, parsed by expat: relations, styles and texts."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn
from xml.parsers import expat

from dabiao.base.problems import Term
from dabiao.facts.formats.number_formats import shape_of
from dabiao.facts.formats.xlsx_conditions import TRUE, shape_with
from dabiao.facts.workbook.grid import PLAIN, Shape

DEPTH = 60
_ALTERNATIVES = b":AlternateContent"
_ENCODINGS = ("UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ISO-8859-1")  # expat reads no others by itself
_DIGITS = "0123456789"
_RAISED = str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans(_DIGITS, "₀₁₂₃₄₅₆₇₈₉")


class UnsoundError(ValueError):
    """What no program writes into a workbook: `reason` says what it is, and `cell` where in a sheet, if that is known."""

    def __init__(self, code: str, found: object = "", cell: str = "") -> None:
        super().__init__(code)
        self.reason, self.cell = Term(f"workbook.{code}", {"found": found}), cell


class Part:
    """One part, parsed by expat. A document type is refused, and so is nesting that no workbook has.

    `HOLDS` are the elements that count, which may not depend on what the program that reads them knows.
    """

    HOLDS: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._depth = self._alternatives = 0
        self._prefix = ""
        self._varies = False

    def parse(self, data: bytes) -> None:
        """Parse a whole part; raises `UnsoundError`, `expat.ExpatError` or another `ValueError` if it is not sound."""
        self._varies = _ALTERNATIVES in data.replace(b"\0", b"")  # the zeros: UTF-16
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _refuse_declaration
        parser.StartElementHandler = self._root
        self._parser = parser
        parser.Parse(data, True)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        self._prefix = name[: name.rfind(":") + 1]
        if self._varies:
            self._parser.StartElementHandler, self._parser.EndElementHandler = self._varying_start, self._varying_end
        else:
            self._parser.StartElementHandler = self._prefixed_start if self._prefix else self.start
            self._parser.EndElementHandler = self._prefixed_end if self._prefix else self.end
        self._parser.CharacterDataHandler = None
        self.start(name.removeprefix(self._prefix), attributes)

    def _prefixed_start(self, name: str, attributes: dict[str, str]) -> None:
        self.start(self._unprefixed(name), attributes)

    def _prefixed_end(self, name: str) -> None:
        self.end(self._unprefixed(name))

    def _unprefixed(self, name: str) -> str:
        """Return the name of an element without the prefix of its document; one of another kind keeps its own."""
        if name.startswith(self._prefix):
            return name[len(self._prefix) :]
        return name if ":" in name else "?"

    def _varying_start(self, name: str, attributes: dict[str, str]) -> None:
        self._alternatives += name.endswith(":AlternateContent")
        if self._alternatives and name.removeprefix(self._prefix) in self.HOLDS:
            raise UnsoundError("alternatives", f"<{name}>")
        self._prefixed_start(name, attributes)

    def _varying_end(self, name: str) -> None:
        self._alternatives -= name.endswith(":AlternateContent")
        self._prefixed_end(name)

    def deeper(self) -> None:
        """Count a level."""
        self._depth += 1
        if self._depth > DEPTH:
            raise ValueError("nested too deep")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        raise NotImplementedError

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._depth -= 1


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.upper() not in _ENCODINGS:
        raise UnsoundError("encoding", encoding)


def _refuse_declaration(*_: object) -> NoReturn:
    raise ValueError("document type")


class Links(Part):
    """The parts that a part refers to: id, kind and path."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[tuple[str, str, str]] = []
        self._resolved: dict[str, dict[str, tuple[str, str]]] = {}

    def resolve(self, folder: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the path of each part by its id; paths are relative to a folder."""
        if folder not in self._resolved:
            self._resolved[folder] = {
                link: (kind, posixpath.normpath(posixpath.join("/" + folder, target.replace("\\", "/"))).lstrip("/"))
                for link, kind, target in self._found
            }
        return self._resolved[folder]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.deeper()
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self._found.append((attributes["Id"], kind, attributes["Target"]))


class Workbook(Part):
    """The sheets with their names and links, how days are counted, and whether formulas are to be worked out again."""

    HOLDS = frozenset(("sheet",))

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_workbook = False  # and not the main part of a document or of slides
        self.epoch_1904 = self.recalculate = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.deeper()
        if name == "workbook":
            self.is_workbook = True
        elif name == "sheet":
            link = next(value for key, value in attributes.items() if key.endswith(":id"))
            self.sheets.append((attributes["name"], link, attributes.get("state", "visible") != "visible"))
        elif name == "workbookPr":
            self.epoch_1904 = attributes.get("date1904", "0").lower() in TRUE
        elif name == "calcPr":  # set by programs that write formulas without working them out
            self.recalculate = attributes.get("fullCalcOnLoad", "0").lower() in TRUE


class Styles(Part):
    """The cell formats. An attribute that is there but empty says nothing."""

    HOLDS = frozenset(("numFmt", "cellXfs", "xf", "fonts", "font", "strike", "dxfs", "dxf"))

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[int, str] = {}
        self._struck: list[bool] = []  # by font
        self._formats: list[tuple[int, int]] = []  # number format and font
        self.differences: list[Shape] = []  # by differential format, as conditional formats use them
        self._inside = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.deeper()
        if name in ("cellXfs", "fonts", "dxfs"):
            self._inside = name
        elif self._inside == "dxfs":
            if name == "dxf":
                self.differences.append(PLAIN)
            elif self.differences:
                self.differences[-1] = shape_with(self.differences[-1], name, attributes)
        elif name == "numFmt":
            self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "xf" and self._inside == "cellXfs":
            self._formats.append((int(attributes.get("numFmtId") or "0"), int(attributes.get("fontId") or "0")))
        elif name == "font" and self._inside == "fonts":
            self._struck.append(False)
        elif name == "strike" and self._inside == "fonts" and self._struck:
            self._struck[-1] = attributes.get("val", "1").lower() in TRUE

    def end(self, name: str) -> None:
        """Take the end of an element."""
        super().end(name)
        if name == self._inside:
            self._inside = ""

    def shapes(self) -> list[Shape]:
        """Return how each cell format shows what is in a cell."""
        struck = {font for font, is_struck in enumerate(self._struck) if is_struck}
        shapes = []
        for number, font in self._formats:
            shape = shape_of(number, self._codes)
            shapes.append(replace(shape, struck=True) if font in struck else shape)
        return shapes


@dataclass(slots=True)
class _Run:
    """How a piece of a text is written."""

    align: str = ""
    strike: bool = False


class Texts(Part):
    """Joins texts of several pieces. A raised figure is a footnote mark or part of a unit, never a further digit."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._taken: list[str] = []
        self._struck = False
        self._run = _Run()
        self._reading = False  # a phonetic run says how a text is read aloud; it is not part of it

    def piece_start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element inside a text."""
        if name == "t":
            self._pieces = []
            self._parser.CharacterDataHandler = self._pieces.append
        elif name == "r":
            self._run = _Run()
        elif name == "vertAlign":
            self._run.align = attributes.get("val", "")
        elif name == "strike":
            self._run.strike = attributes.get("val", "1").lower() in TRUE
        elif name == "rPh":
            self._reading = True

    def piece_end(self, name: str) -> None:
        """Take the end of an element inside a text."""
        if name == "t":
            self._parser.CharacterDataHandler = None
            if not self._reading:
                text = "".join(self._pieces)
                self._struck = self._struck or (self._run.strike and bool(text.strip()))
                self._taken.append(_mark_position(text, self._run))
        elif name == "r":
            self._run = _Run()
        elif name == "rPh":
            self._reading = False

    def taken(self) -> tuple[str, bool]:
        """Return the joined text, and whether a piece of it is struck out; begin another."""
        text, struck = "".join(self._taken), self._struck
        self._taken, self._struck, self._run = [], False, _Run()
        return text, struck


def _mark_position(text: str, run: _Run) -> str:
    """Write a piece so that its position is not lost."""
    core = text.strip()
    if run.align == "superscript" and core:
        if core.isdigit() and core.isascii():
            return core.translate(_RAISED)
        return f"[注{core}]" if len(core) <= 2 and core.isalpha() and core.isascii() else core
    if run.align == "subscript" and core.isdigit() and core.isascii():
        return core.translate(_LOWERED)
    return text


class Strings(Texts):
    """The texts that cells share; `struck` has the positions of those of which a piece is struck out."""

    HOLDS = frozenset(("si", "t"))

    def __init__(self, check: Callable[[str, int], str]) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.struck: set[int] = set()
        self._check = check

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.deeper()
        self.piece_start(name, attributes)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        if name == "si":
            text, struck = self.taken()
            if struck:
                self.struck.add(len(self.texts))
            self.texts.append(self._check(text, len(self.texts)))
        else:
            self.piece_end(name)
