"""Parses YAML into values with positions, safely: no aliases, no duplicate keys, bounded size and depth."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from dabiao.base.contents import BEGINNING, name_content, refuse_content
from dabiao.base.encodings import decode
from dabiao.base.files import File, NotAFileError, Upload, open_file
from dabiao.base.limits import limits
from dabiao.base.names import drop_hidden_marks, find_hidden_mark, fold_name, spell_out
from dabiao.base.problems import Location, Problem, Problems, Refused, Term, make_limit_problem
from dabiao.base.slips import find_bad_character, find_slip, find_syntax_problem
from dabiao.base.system import put_system_reason

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Scalar: Any = yaml.ScalarEvent
_MappingEnd: Any = yaml.MappingEndEvent
_make_tuple = tuple.__new__  # makes a node in half the time that Node(...) takes
_BOOL = {"true": True, "yes": True, "false": False, "no": False}
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_QUOTES = frozenset("'\"|>")  # of a plain scalar libyaml says '', PyYAML None
_NULLS = frozenset(("", "~", "null"))
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_PLAIN_KEY = re.compile("[0-9A-Za-z_\u3400-\u4dbf\u4e00-\u9fff-]*")  # such a key is its own folded form
_SHOWN = 60
_PIECE = 1 << 20
_FILE_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "kind.folder"),
    (stat.S_ISFIFO, "kind.pipe"),
    (stat.S_ISSOCK, "kind.socket"),
)


class _KeyLocations(Mapping[str, Location]):
    """Locations of the keys of a mapping, computed on access: there may be a million of them."""

    def __init__(self, file: str, marks: Mapping[str, Any]) -> None:
        self._file, self._marks = file, marks

    def __getitem__(self, name: str) -> Location:
        mark = self._marks[name]
        return Location(self._file, mark.line + 1, mark.column + 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)


class Node(NamedTuple):
    """A YAML value with its location: a `dict[str, Node]`, a `list[Node]`, or the text of a scalar.

    Scalars stay text, so that a number keeps the digits that were reported; `quoted` says whether they were in quotes.
    `spread` is set for a scalar over several lines. `mark` and `marks` are the parser's marks; `location` and `keys`
    convert them.
    """

    value: dict[str, Node] | list[Node] | str | None
    file: str
    mark: Any
    quoted: bool = False
    spread: bool = False
    marks: dict[str, Any] | None = None

    @property
    def location(self) -> Location:
        """The location of the first character."""
        return Location(self.file, self.mark.line + 1, self.mark.column + 1)

    @property
    def keys(self) -> Mapping[str, Location]:
        """The location of each key of a mapping."""
        return _KeyLocations(self.file, self.marks or {})

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


def read_bytes(file: File, limit: str = "file") -> bytes:
    """Return the content of a whole file; `limit` names the limit for its size.

    Raises `Refused` if it is missing, unreadable, empty, larger, or no regular file: a pipe or a device might never end.
    """
    location = Location(str(file))
    most = int(getattr(limits(), limit))
    data = _read_upload(file) if isinstance(file, Upload) else _read_path(file, limit, most)
    if len(data) > most:
        raise Refused([make_limit_problem(limit, location, len(data))])
    if not data or data.isspace():
        raise Refused([Problem("empty-file", location)])
    return data


def _read_upload(file: Upload) -> bytes:
    if file.content is None:
        raise Refused([Problem("unreadable", Location(file.name), {"reason": Term("system.ENOENT")})])
    return file.content


def _read_path(path: Path, limit: str, most: int) -> bytes:
    location = Location(str(path))
    try:
        with open_file(path) as stream:
            about = os.fstat(stream.fileno())
            if about.st_size > most:
                raise Refused([make_limit_problem(limit, location, about.st_size)])
            data = stream.read(about.st_size + 1)
            while about.st_size < len(data) <= most and (more := stream.read(_PIECE)):  # it is being written
                data += more
    except NotAFileError as other:
        kind = next((kind for is_kind, kind in _FILE_KINDS if is_kind(other.mode)), "kind.device")
        raise Refused([Problem("not-a-file", location, {"what": Term(kind)})]) from None
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        raise Refused([Problem("unreadable", location, {"reason": put_system_reason(error)})]) from None
    return data


def read_text(file: File, limit: str = "file") -> str:
    """Read a UTF-8 file; raises `Refused` for anything `read_bytes` refuses, and for bytes that are not text."""
    data = read_bytes(file, limit)
    location = Location(str(file))
    try:
        text, encoding, line = decode(data, location)
    except Refused:
        if found := name_content(data[:BEGINNING]):
            raise refuse_content(file, found) from None
        raise
    if encoding:
        raise Refused([Problem("other-encoding", Location(str(file), line), {"found": encoding})])
    return text


def read_yaml(file: File, problems: Problems) -> Node:
    """Read one YAML file into a `Node`. Raises `Refused` if it cannot be parsed; notes duplicate keys in `problems`."""
    return parse_yaml(_read_yaml_text(file), str(file), problems)


def _read_yaml_text(file: File) -> str:
    text = read_text(file)
    if file.suffix.lower() == ".json":  # JSON writes a rare character as two halves, which YAML does not know
        text = _PAIR.sub(lambda pair: pair[1] + json.loads(f'"{pair[2]}"'), text)
    return text


def find_scalar(file: File, key: str) -> Node | None:
    """Return what is written under a key of a whole YAML file, None if that is no text, or nothing.

    What comes after it is not looked at. Raises `Refused` for a file that cannot be parsed as far as that.
    """
    text = _read_yaml_text(file)
    loader = _Loader(text)
    try:
        return _find_scalar(iter(loader.get_event, None), str(file), key)
    except yaml.YAMLError:
        parse_yaml(text, str(file), Problems())  # says what is wrong, and where
        return None
    finally:
        loader.dispose()


def _find_scalar(events: Iterator[Any], file: str, key: str) -> Node | None:
    depth, name, is_key = 0, "", True
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            if depth == 0 and not isinstance(event, yaml.MappingStartEvent):
                return None
            depth += 1
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif not isinstance(event, yaml.NodeEvent):
            continue
        if depth == 0:
            return None
        if depth == 1:
            text = event.value if type(event) is _Scalar else ""
            if not is_key and name == key:
                quoted = type(event) is _Scalar and event.style in _QUOTES
                return Node(text, file, event.start_mark, quoted) if text and (quoted or text not in _NULLS) else None
            name, is_key = text, not is_key
    return None


def parse_yaml(text: str, file: str, problems: Problems) -> Node:
    """Parse YAML text; `file` is its name in locations. Raises as `read_yaml` does."""
    if found := name_content(text[:BEGINNING].encode(errors="replace")):
        raise refuse_content(file, found)
    loader = _Loader(text)
    try:
        return _Builder(loader, file, problems).build_document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and (deep := _find_too_deep(text[: mark.index], file)):
            raise Refused([deep]) from None
        raise Refused([find_syntax_problem(error, text, file)]) from None
    except yaml.YAMLError:
        raise Refused([find_bad_character(text, file)]) from None
    finally:
        loader.dispose()


def _find_too_deep(text: str, file: str) -> Problem | None:
    """Return the problem of the first value nested deeper than the limit, in text that ends where the parser stopped.

    libyaml scans ahead of the events it returns and has a depth limit of its own, so it can fail before it has returned
    a single event of a deep line. In the text before that place it returns them all.
    """
    depth, most = 0, limits().depth
    with suppress(yaml.YAMLError):  # the text is cut
        for event in yaml.parse(text, _Loader):
            if isinstance(event, yaml.NodeEvent) and depth > most:
                mark: Any = event.start_mark
                return make_limit_problem("depth", Location(file, mark.line + 1, mark.column + 1), depth)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
    return None


def _is_lone(key: Node, value: Node, name: str) -> bool:
    """Whether a key stands without a colon in braces, as what follows a comma in a text does: {en: Deaths per 1,000}."""
    return not value.quoted and value.mark.index == key.mark.index + len(name)


class _Builder:
    """Builds nodes from the parser's events. Refuses an alias where it stands, so that none is ever expanded."""

    def __init__(self, loader: Any, file: str, problems: Problems) -> None:
        self._next: Callable[[], Any] = loader.get_event
        self._file = file
        self._problems = problems
        self._most = limits()
        self._left = self._most.cells
        self._depth, self._text = self._most.depth, self._most.text
        self._plain_keys: set[str] = set()

    def build_document(self) -> Node:
        self._next()  # stream start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise Refused([Problem("empty-file", Location(self._file))])
        node = self._build_node(self._next(), 0)
        self._next()  # document end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._problems.add("several-documents", self._locate(event))
        return node

    def _locate(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _build_node(self, event: Any, depth: int) -> Node:
        if type(event) is _Scalar and event.tag is None and not event.anchor:  # nearly all there is
            text = event.value
            if self._left > 0 and depth <= self._depth and len(text) <= self._text and text.isprintable():
                self._left -= 1
                quoted, mark = event.style in _QUOTES, event.start_mark
                spread = event.end_mark.line > mark.line
                value = None if not quoted and text in _NULLS else text
                return _make_tuple(Node, (value, self._file, mark, quoted, spread, None))
        if depth > self._most.depth:
            raise Refused([make_limit_problem("depth", self._locate(event), depth)])
        self._left -= 1
        if self._left < 0:
            raise Refused([make_limit_problem("cells", self._locate(event), f"> {self._most.cells}")])
        kind = type(event)
        if kind is yaml.AliasEvent or event.anchor:
            raise Refused([Problem("yaml-alias", self._locate(event))])
        if event.tag not in (None, "!"):
            raise Refused([Problem("yaml-tag", self._locate(event), {"found": event.tag})])
        if kind is yaml.ScalarEvent:
            return self._build_scalar(event)
        mark = event.start_mark
        if kind is yaml.SequenceStartEvent:
            items = []
            while type(event := self._next()) is not yaml.SequenceEndEvent:
                items.append(self._build_node(event, depth + 1))
            return Node(items, self._file, mark)
        return self._build_mapping(mark, depth)

    def _build_scalar(self, event: Any) -> Node:
        text, mark = event.value, event.start_mark
        if len(text) > self._most.text:
            self._problems.extend([make_limit_problem("text", self._locate(event), len(text))])
        if not text.isprintable() and (sign := find_hidden_mark(text)):
            self._problems.add("hidden-mark", self._locate(event), found=text[:_SHOWN], mark=sign)
            text = drop_hidden_marks(text)  # what was meant: nothing that follows from the mark is told beside it
        quoted = event.style in _QUOTES
        spread = event.end_mark.line > mark.line
        return Node(None if not quoted and text in _NULLS else text, self._file, mark, quoted, spread)

    def _build_mapping(self, mark: Any, depth: int) -> Node:
        values: dict[str, Node] = {}
        marks: dict[str, Any] = {}
        plain, noted = True, False
        following, node, depth = self._next, self._build_node, depth + 1
        while type(event := following()) is not _MappingEnd:
            key = node(event, depth)
            value = node(following(), depth)
            name = key.value
            if type(name) is not str:
                self._problems.add("key-not-text", key.location)
            elif value.value is None and _is_lone(key, value, name):
                noted = self._note_lone(key, name, values, marks, noted)
            elif name in values:
                first = marks[name].line + 1
                self._problems.add("duplicate-key", key.location, found=name, first=first)
            else:
                values[name], marks[name] = value, key.mark
                plain = plain and (name in self._plain_keys or self._is_plain_key(name))
        if not plain:
            self._note_near_duplicates(marks)
        return Node(values, self._file, mark, marks=marks)

    def _is_plain_key(self, name: str) -> bool:
        found = _PLAIN_KEY.fullmatch(name) is not None
        if found:
            self._plain_keys.add(name)
        return found

    def _note_lone(self, key: Node, name: str, values: dict[str, Node], marks: dict[str, Any], noted: bool) -> bool:
        """Note a key without a value in braces, the first of a mapping; take it for what it was meant to be."""
        slip = find_slip(name, key.location)
        if not noted:
            self._problems.extend([slip[0] if slip else Problem("lone-key", key.location, {"found": name})])
        if slip:
            meant, value = name[: slip[1]].strip(), name[slip[1] + 1 :].strip()
            values[meant], marks[meant] = Node(value, self._file, key.mark), key.mark
        elif values and (before := values[last := next(reversed(values))]).scalar and not before.quoted:
            values[last] = before._replace(value=f"{before.scalar},{name}")
        return True

    def _note_near_duplicates(self, marks: dict[str, Any]) -> None:
        """Note keys that look like another key of the same mapping."""
        seen: dict[str, str] = {}
        for name, mark in marks.items():
            other = seen.setdefault(fold_name(name), name)
            if other is not name:
                first = Location(self._file, marks[other].line + 1, marks[other].column + 1)
                location = Location(self._file, mark.line + 1, mark.column + 1)
                self._problems.add(
                    "near-duplicate", location, found=spell_out(name), other=spell_out(other), first=first
                )
