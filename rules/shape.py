"""Makes a reader with locations and a JSON Schema from annotated dataclasses, so that the two agree.

A written form is a frozen dataclass whose fields are the keys of a mapping. `key()` gives each key its meaning. The
types understood are `str`, `int`, `bool`, `date`, `Literal`, other written forms, `tuple[X, ...]` (a single X may stand
for a list of one), `X | None`, and classes with their own `read` and `schema`, such as `Source`.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, ClassVar, Literal, Protocol, TypeVar, Union, cast, get_args, get_origin

from dabiao.base.messages import LANGS, catalogue
from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems, nearest
from dabiao.base.quantities import normalise
from dabiao.base.slips import find_slip

_NOWHERE = Location("")
T = TypeVar("T")
Json = dict[str, Any]
_Reader = Callable[[Node, Problems], Any]

IDENTIFIER = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"


class Readable(Protocol):
    """A type that reads itself from a node and describes itself."""

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Any:
        """Return the value the node stands for, or None after noting what is wrong."""

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema of the written value."""


@dataclass(frozen=True, slots=True)
class Source:
    """A short text of the plan language (a quantity, an expression, a condition), not parsed yet.

    `spread` is set if it is written over several lines: then only its beginning has a known place.
    """

    text: str
    location: Location
    spread: bool = False

    def at(self, column: int) -> Location:
        """Return the location of a character of the text."""
        return self.location if self.spread else self.location.shifted(column)

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Source | None:
        """Read any scalar; the expression parser checks it later."""
        if node.scalar is None or not node.scalar.strip():
            problems.add("expected-expression", node.location, found=describe(node))
            return None
        inside = node.quoted and not node.spread
        return cls(node.scalar, node.location.shifted(1) if inside else node.location, node.spread)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: a text, a bare number, or yes or no."""
        return {"type": ["string", "number", "boolean"]}  # `exactly: yes` is a boolean to YAML 1.1


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese and English. Other languages get one of the two: those written in Chinese signs the Chinese."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang.startswith("zh") else self.en

    def __iter__(self) -> Iterator[str]:
        return iter((self.zh, self.en))

    def say(self, lang: str) -> str:
        """Return the text in one language, as a part of a message."""
        return self[lang]

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Text | None:
        """Read a mapping with exactly the keys zh and en."""
        keys = node.mapping
        if keys is None or set(keys) != {"zh", "en"}:
            problems.add("expected-text", node.location, found=describe(node))
            return None
        if not all(part.scalar and part.scalar.strip() for part in keys.values()):
            problems.add("expected-text", node.location, found=describe(node))
            return None
        return cls(str(keys["zh"].scalar), str(keys["en"].scalar))

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: both languages are required."""
        part = {"type": "string", "minLength": 1}
        return {
            "type": "object",
            "properties": {"zh": part, "en": part},
            "required": ["zh", "en"],
            "additionalProperties": False,
        }


@dataclass(frozen=True, kw_only=True)
class Written:
    """Base of the written forms: the location of the mapping, and the node it was read from."""

    short: ClassVar[str] = ""  # the key that a single text stands for, where one may be written instead of a mapping
    location: Location = field(metadata={"internal": True})
    node: Node | None = field(default=None, metadata={"internal": True}, compare=False, repr=False)

    def place(self, name: str) -> Location:
        """Return the location of the value of a key, or of the whole mapping if the key is not written."""
        child = self.node.mapping.get(name) if self.node and self.node.mapping else None
        return child.location if child else self.location

    def places(self, *names: str) -> dict[str, Location]:
        """Return the locations of the values of those keys that are written."""
        mapping = (self.node.mapping if self.node else None) or {}
        return {name: mapping[name].location for name in names if name in mapping}

    def wrote(self, name: str) -> bool:
        """Return whether a key is written, readable or not."""
        return bool(self.node and self.node.mapping and name in self.node.mapping)


_YEAR = re.compile(r"^(\d{4})\s*年[底末]?$")


def key(doc: str, default: Any = dataclasses.MISSING, pattern: str | None = None, name: str = "") -> Any:
    """Declare a key of a written form: its meaning, its default (required if none), the pattern its text must match."""
    metadata = {"doc": doc, "pattern": pattern, "name": name}
    if default is dataclasses.MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def describe(node: Node) -> str:
    """Name what a node is, for a message: its text, or the kind of collection."""
    if node.mapping is not None:
        return "{" + ", ".join(list(node.mapping)[:4]) + "}"
    if node.sequence is not None:
        return f"[{len(node.sequence)}]"
    text = node.scalar
    return "null" if text is None else text if len(text) <= 60 else text[:57] + "..."


def refuse_number(code: str, node: Node, problems: Problems) -> None:
    """Note that a node is no whole number, or how to write one that is only in quotes or full-width digits."""
    _refuse(code, node, node.integer is None and _write_plainly(node).integer is not None, problems)


def _refuse(code: str, node: Node, almost: bool, problems: Problems) -> None:
    if almost:
        problems.add("write-plainly", node.location, found=node.scalar, expected=_write_plainly(node).scalar)
    else:
        problems.add(code, node.location, found=describe(node))


def _write_plainly(node: Node) -> Node:
    """Return a text as it would be read without quotes and in plain signs, and a year without its sign."""
    return node._replace(value=node.scalar and _YEAR.sub(r"\1", normalise(node.scalar)), quoted=False)


def refuse_scalar(node: Node, expected: object, problems: Problems) -> None:
    """Note that a node is no mapping, or the slip that keeps its text from being one."""
    if not node.quoted and (slip := find_slip(node.scalar or "", node.location, spread=node.spread)):
        problems.extend([slip[0]])
    else:
        problems.add("expected-mapping", node.location, found=describe(node), expected=expected)


def read(form: type[T], node: Node, problems: Problems) -> T | None:
    """Read a written form from a node. Notes everything wrong; returns None if the form cannot be built at all.

    One error does not hide the next: a list is read without its bad items, and a missing text is filled in. A plan with
    any error noted is never used.
    """
    short = getattr(form, "short", "")
    if node.mapping is None and short and node.sequence is None:
        text = _text(node, problems, None)
        return None if text is None else form(**{"location": node.location, short: text})
    if node.mapping is None:
        refuse_scalar(node, tuple(_keys(cast(Any, form))), problems)
        return None
    known = _readers(cast(Any, form))
    mapping = node.mapping
    required = _list_required(cast(Any, form))
    missing = required.keys() - mapping.keys()
    if not mapping.keys() <= known.keys():
        missing -= _note_unknown_keys(node, known, problems)
    for name in required if missing else ():
        if name in missing:
            problems.add("missing-key", node.location, expected=name)
    values: dict[str, Any] = {"location": node.location, "node": node}
    for name, child in mapping.items():
        if name not in known:
            continue
        field_name, reader = known[name]
        if child.value is None:
            _note_null(name, child, mapping, problems)
        elif (value := reader(child, problems)) is not None:
            values[field_name] = value
    sound = True
    for field_name, hint in required.values():
        if field_name not in values:
            values[field_name] = _STAND_INS.get(hint)
            sound = sound and hint in _STAND_INS
    if not sound:
        name_node = mapping.get("id")
        problems.dropped.add(name_node.scalar or "" if name_node else "")
    return form(**values) if sound else None


def _note_unknown_keys(node: Node, known: Mapping[str, object], problems: Problems) -> set[str]:
    """Note the unknown keys of a mapping; return the known ones that they are likely to be meant for."""
    meant = set()
    for name in node.mapping or {}:
        if name not in known:
            _note_unknown_key(node.keys[name], name, known, problems)
            meant.add(nearest(name, known))
    return meant


STAND_IN = "?"
"""What stands for a text that is required and could not be read, which has been said."""
_STAND_INS: dict[object, object] = {str: STAND_IN, Text: Text(STAND_IN, STAND_IN)}


def _required(spec: dataclasses.Field[Any]) -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


@cache
def _hints(form: Any) -> dict[str, Any]:
    return typing.get_type_hints(form)


@cache
def _keys(form: Any) -> dict[str, dataclasses.Field[Any]]:
    fields = [f for f in dataclasses.fields(form) if not f.metadata.get("internal")]
    return {f.metadata.get("name") or f.name: f for f in fields}


@cache
def _readers(form: Any) -> dict[str, tuple[str, _Reader]]:
    """Return, for each key of a form, the field it fills and what reads it."""
    hints = _hints(form)
    return {
        name: (spec.name, _reader(hints[spec.name], spec.metadata.get("pattern"))) for name, spec in _keys(form).items()
    }


@cache
def _list_required(form: Any) -> dict[str, tuple[str, Any]]:
    """Return the required keys of a form, each with the field it fills and its type."""
    hints = _hints(form)
    return {name: (spec.name, hints[spec.name]) for name, spec in _keys(form).items() if _required(spec)}


def _reader(hint: Any, pattern: str | None = None) -> _Reader:
    """Return the reader of an annotated type, which returns None after noting a problem."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader(next(a for a in args if a is not type(None)), pattern)
    if origin is tuple:
        item = _reader(args[0], pattern)

        def many(node: Node, problems: Problems) -> tuple[Any, ...]:
            if node.mapping and _is_form(args[0]) and _is_keyed(node.mapping, args[0]):
                problems.add("expected-list", node.location, found=describe(node), expected=tuple(_keys(args[0])))
                problems.dropped.update(node.mapping)
                return ()
            items = node.sequence if node.sequence is not None else [node]
            return tuple(value for child in items if (value := item(child, problems)) is not None)

        return many
    if origin is Literal:
        return lambda node, problems: _choice(args, node, problems)
    if _is_form(hint):
        return lambda node, problems: read(hint, node, problems)
    if hasattr(hint, "read"):
        return cast(_Reader, hint.read)
    return lambda node, problems: _SCALARS[hint](node, problems, pattern)


def _is_form(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Written)


def _is_keyed(mapping: Mapping[str, Node], form: Any) -> bool:
    """Whether a mapping has the items of a list under keys of their own, and is no item by itself, perhaps a misspelt one."""
    if any(name in _keys(form) for name in mapping):
        return False
    if all(child.mapping or child.sequence for child in mapping.values()):
        return True
    return not any(nearest(name, _keys(form)) or find_slip(name, _NOWHERE) for name in mapping)


def _note_null(name: str, node: Node, among: Iterable[str], problems: Problems) -> None:
    if not any(other[:1].isspace() for other in among):  # one of these belongs under it, and that has been said
        problems.add("null-value", node.location, found=name)


def _note_unknown_key(location: Location, found: str, known: Iterable[str], problems: Problems) -> None:
    names = sorted(known)
    if found[:1].isspace():  # a space that YAML takes for a letter
        problems.add("yaml-wide-space", location, line=location.line)
    elif slip := find_slip(found, location):
        problems.extend([slip[0]])
    else:
        problems.add("unknown-key", location, found=found, nearest=nearest(found, names), expected=tuple(names))


def _choice(options: tuple[Any, ...], node: Node, problems: Problems) -> Any:
    if node.scalar in options:
        return node.scalar
    found, names = describe(node), sorted(options)
    meant = _find_word(found, options) or nearest(found, names)
    problems.add("unknown-choice", node.location, found=found, nearest=meant, expected=tuple(names))
    return None


def _find_word(text: str, options: tuple[Any, ...]) -> str:
    """Return the word of the plan language that reports say as `text` in some language, empty if there is none."""
    for lang in LANGS:
        for code, said in catalogue(lang).items():
            word = code.rpartition(".")[2]
            if word in options and text.strip() in said.split("|"):
                return word
    return ""


def _text(node: Node, problems: Problems, pattern: str | None) -> str | None:
    if node.scalar is None or not node.scalar.strip():
        problems.add("expected-string", node.location, found=describe(node))
        return None
    if pattern and not re.fullmatch(pattern, node.scalar):
        problems.add("bad-identifier", node.location, found=node.scalar)
        return None
    return node.scalar


def _integer(node: Node, problems: Problems, _: str | None) -> int | None:
    if (found := node.integer) is not None:
        return found
    refuse_number("expected-integer", node, problems)
    return _write_plainly(node).integer


def _boolean(node: Node, problems: Problems, _: str | None) -> bool | None:
    if (found := node.boolean) is not None:
        return found
    meant = _write_plainly(node).boolean
    _refuse("expected-boolean", node, meant is not None, problems)
    return meant


def _date(node: Node, problems: Problems, _: str | None) -> date | None:
    found = read_day(node.scalar or "")
    if found is None:
        problems.add("expected-date", node.location, found=describe(node))
    return found


def read_day(text: str) -> date | None:
    """Read a date written as YYYY-MM-DD, None if it is none. (`date.fromisoformat` also accepts 20230101 and 2023-W01-1.)"""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


_SCALARS: dict[type, Callable[[Node, Problems, str | None], Any]] = {
    str: _text,
    int: _integer,
    bool: _boolean,
    date: _date,
}


def schema(form: type, title: str) -> Json:
    """Return the JSON Schema (2020-12) of a written form, with every nested form under `$defs`."""
    defs: dict[str, Json] = {}
    body = _form_schema(form, defs)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **body, "$defs": defs}


def _form_schema(form: type, defs: dict[str, Json]) -> Json:
    hints = _hints(form)
    properties: dict[str, Json] = {}
    for name, spec in _keys(form).items():
        child = _schema(hints[spec.name], defs, spec.metadata.get("pattern"))
        properties[name] = {**child, "description": spec.metadata.get("doc", "")}
    return {
        "type": "object",
        "description": (form.__doc__ or "").strip().splitlines()[0],
        "properties": properties,
        "required": [name for name, spec in _keys(form).items() if _required(spec)],
        "additionalProperties": False,
    }


def _schema(hint: Any, defs: dict[str, Json], pattern: str | None = None) -> Json:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _schema(next(a for a in args if a is not type(None)), defs, pattern)
    if origin is tuple:
        item = _schema(args[0], defs, pattern)
        return {"anyOf": [{"type": "array", "items": item}, item]}
    if origin is Literal:
        return {"enum": list(args)}
    if _is_form(hint):
        if hint.__name__ not in defs:
            defs[hint.__name__] = {}
            defs[hint.__name__] = _form_schema(hint, defs)
        mapping = {"$ref": f"#/$defs/{hint.__name__}"}
        return {"anyOf": [_SCALAR_SCHEMAS[str], mapping]} if hint.short else mapping
    if hasattr(hint, "schema"):
        return cast(Json, hint.schema())
    return {**_SCALAR_SCHEMAS[hint], **({"pattern": f"^{pattern}$"} if pattern else {})}


_SCALAR_SCHEMAS: dict[type, Json] = {
    str: {"type": "string", "minLength": 1},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}
