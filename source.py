"""YAML text to plain values with their positions, safely: no aliases, no duplicate keys, bounded size and depth."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from dabiao.problems import Problem, Problems, Refused, Where

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 24
MAX_TEXT = 20_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOL = {"true": True, "yes": True, "false": False, "no": False}
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_QUOTES = frozenset("'\"|>")  # of a plain scalar libyaml says '', PyYAML None
_NULLS = frozenset(("", "~", "null"))
_INT = re.compile(r"[-+]?[0-9]{1,18}")


class Node(NamedTuple):
    """A YAML value and where it stands: a `dict[str, Node]`, a `list[Node]`, or the text of a scalar.

    Scalars stay text (`quoted` tells how they were written), so that a number keeps the digits that were reported.
    `spread` is set for a scalar over several lines. Places are kept as the parser's marks, and worked out when asked for.
    """

    value: dict[str, Node] | list[Node] | str | None
    file: str
    mark: Any
    quoted: bool = False
    spread: bool = False
    marks: dict[str, Any] | None = None

    @property
    def where(self) -> Where:
        """Where the value begins."""
        return Where(self.file, self.mark.line + 1, self.mark.column + 1)

    @property
    def keys(self) -> dict[str, Where]:
        """Where each key of a mapping stands."""
        marks = self.marks or {}
        return {name: Where(self.file, mark.line + 1, mark.column + 1) for name, mark in marks.items()}

    @property
    def mapping(self) -> dict[str, Node] | None:
        """The value if it is a mapping."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def sequence(self) -> list[Node] | None:
        """The value if it is a list."""
        return self.value if isinstance(self.value, list) else None

    @property
    def scalar(self) -> str | None:
        """The text if it is a scalar, None for null and for collections."""
        return self.value if isinstance(self.value, str) else None

    @property
    def integer(self) -> int | None:
        """The whole number a plain scalar stands for, or None."""
        text = self.scalar
        return int(text) if text is not None and not self.quoted and _INT.fullmatch(text) else None

    @property
    def boolean(self) -> bool | None:
        """The truth value a plain scalar stands for, or None."""
        text = self.scalar
        return _BOOL.get(text.lower()) if text is not None and not self.quoted else None


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Read a whole file of at most `limit` bytes.

    Raises `Refused` if it is missing, unreadable, empty or larger.
    """
    where = Where(str(path))
    try:
        size = path.stat().st_size
        if size > limit:
            raise Refused([Problem("too-large", where, {"found": size, "limit": limit})])
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused([Problem("unreadable", where, {"reason": reason})]) from None
    if not data.strip():
        raise Refused([Problem("empty-file", where)])
    return data


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """Read a UTF-8 file; raises `Refused` for anything `read_bytes` refuses, and for bytes that are not text."""
    data = read_bytes(path, limit)
    where = Where(str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused([Problem("not-utf8", Where(str(path), line))]) from None
    if "\x00" in text:
        raise Refused([Problem("binary-file", where)])
    return text


def read_yaml(path: Path, problems: Problems) -> Node:
    """Read one YAML file into a `Node`. Raises `Refused` if it cannot be parsed; notes duplicate keys in `problems`."""
    text = read_text(path)
    if path.suffix.lower() == ".json":  # JSON writes a rare character as two halves, which YAML does not know
        text = _PAIR.sub(lambda pair: pair[1] + json.loads(f'"{pair[2]}"'), text)
    return parse_yaml(text, str(path), problems)


def parse_yaml(text: str, file: str, problems: Problems) -> Node:
    """Parse YAML text; `file` is the name given in positions."""
    loader = _Loader(text)
    try:
        return _Builder(loader, file, problems).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file)
        raise Refused([Problem("yaml-syntax", where, {"reason": error.problem or error.context or "?"})]) from None
    except yaml.YAMLError as error:
        raise Refused([Problem("yaml-syntax", Where(file), {"reason": str(error).splitlines()[0]})]) from None
    finally:
        loader.dispose()


class _Builder:
    """Builds nodes from the parser's events: an alias is refused when met, so it can never be expanded."""

    def __init__(self, loader: Any, file: str, problems: Problems) -> None:
        self._next: Callable[[], Any] = loader.get_event
        self._file = file
        self._problems = problems

    def document(self) -> Node:
        self._next()  # stream start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise Refused([Problem("empty-file", Where(self._file))])
        node = self._node(self._next(), 0)
        self._next()  # document end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._problems.add("several-documents", self._where(event))
        return node

    def _where(self, event: Any) -> Where:
        mark = event.start_mark
        return Where(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Refused([Problem("too-deep", self._where(event), {"limit": MAX_DEPTH})])
        kind = type(event)
        if kind is yaml.AliasEvent or event.anchor:
            raise Refused([Problem("yaml-alias", self._where(event))])
        if event.tag not in (None, "!"):
            raise Refused([Problem("yaml-tag", self._where(event), {"found": event.tag})])
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        mark = event.start_mark
        if kind is yaml.SequenceStartEvent:
            items = []
            while type(event := self._next()) is not yaml.SequenceEndEvent:
                items.append(self._node(event, depth + 1))
            return Node(items, self._file, mark)
        return self._mapping(mark, depth)

    def _scalar(self, event: Any) -> Node:
        text, mark = event.value, event.start_mark
        if len(text) > MAX_TEXT:
            self._problems.add("text-too-long", self._where(event), found=len(text), limit=MAX_TEXT)
        quoted = event.style in _QUOTES
        spread = event.end_mark.line > mark.line
        return Node(None if not quoted and text in _NULLS else text, self._file, mark, quoted, spread)

    def _mapping(self, mark: Any, depth: int) -> Node:
        values: dict[str, Node] = {}
        marks: dict[str, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            name = key.scalar
            if name is None:
                self._problems.add("key-not-text", key.where)
            elif name in values:
                first = marks[name].line + 1
                self._problems.add("duplicate-key", key.where, found=name, first=first)
            else:
                values[name], marks[name] = value, key.mark
        return Node(values, self._file, mark, marks=marks)
