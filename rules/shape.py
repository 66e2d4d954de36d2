"""From annotated dataclasses to two things that must agree: a loader with positions, and a JSON Schema.

A written form is a frozen dataclass whose fields are the keys of a mapping. `key()` gives each key its meaning. The
types understood are `str`, `int`, `bool`, `date`, `Literal`, other written forms, `tuple[X, ...]` (a single X may stand
for a list of one), `X | None`, and classes with their own `read` and `schema`, such as `Source`.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal, Protocol, TypeVar, Union, get_args, get_origin

from dabiao.problems import Problems, Where
from dabiao.source import Node, unknown_name

T = TypeVar("T")
Json = dict[str, Any]

IDENTIFIER = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
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
    """A short text of the plan language (a quantity, an expression, a condition), not parsed yet."""

    text: str
    where: Where

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Source | None:
        """Take any scalar; the expression parser says whether it means something."""
        if node.scalar is None or not node.scalar.strip():
            problems.add("expected-expression", node.where, found=describe(node))
            return None
        return cls(node.scalar, node.where.shifted(1) if node.quoted else node.where)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: a text, or a bare number."""
        return {"type": ["string", "number"]}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese and English."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Text | None:
        """Take a mapping with exactly the keys zh and en."""
        keys = node.mapping
        if keys is None or set(keys) != {"zh", "en"}:
            problems.add("expected-text", node.where, found=describe(node))
            return None
        if not all(part.scalar and part.scalar.strip() for part in keys.values()):
            problems.add("expected-text", node.where, found=describe(node))
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
    """Base of the written forms: where the mapping stands, and where each of its keys stands."""

    where: Where = field(metadata={"internal": True})
    places: Mapping[str, Where] = field(default_factory=dict, metadata={"internal": True}, compare=False)

    def place(self, name: str) -> Where:
        """Return where the value of a key stands, or the whole mapping if the key is not written."""
        return self.places.get(name, self.where)


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


def read(form: type[T], node: Node, problems: Problems) -> T | None:
    """Read a written form from a node. Notes everything wrong; returns None if the form cannot be built at all.

    What is wrong with one part does not hide what is wrong with the next: a list goes on without its bad items, and a
    missing text is filled in, since a plan with any problem noted is never used.
    """
    if node.mapping is None:
        problems.add("expected-mapping", node.where, found=describe(node), expected=", ".join(_keys(form)))
        return None
    known = _keys(form)
    for name, where in (node.keys or {}).items():
        if name not in known:
            unknown_name("unknown-key", where, name, list(known), problems)
    values: dict[str, Any] = {"where": node.where, "places": {n: child.where for n, child in node.mapping.items()}}
    sound = True
    for name, spec in known.items():
        child = node.mapping.get(name)
        hint = _hints(form)[spec.name]
        if child is None or child.value is None:
            if child is not None:
                problems.add("null-value", child.where, found=name)
            elif _required(spec):
                problems.add("missing-key", node.where, expected=name)
            value = None
        else:
            value = _value(hint, child, problems, spec.metadata.get("pattern"))
        if value is not None:
            values[spec.name] = value
        elif _required(spec):
            values[spec.name] = _STAND_INS.get(hint)
            sound = sound and hint in _STAND_INS
    if not sound:
        problems.dropped.add(name.scalar if (name := node.mapping.get("id")) and name.scalar else "")
    return form(**values) if sound else None


_STAND_INS: dict[object, object] = {str: "?", Text: Text("?", "?")}


def _required(spec: dataclasses.Field[Any]) -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


@cache
def _hints(form: type) -> dict[str, Any]:
    return typing.get_type_hints(form)


@cache
def _keys(form: type) -> dict[str, dataclasses.Field[Any]]:
    fields = [f for f in dataclasses.fields(form) if not f.metadata.get("internal")]
    return {f.metadata.get("name") or f.name: f for f in fields}


def _value(hint: Any, node: Node, problems: Problems, pattern: str | None = None) -> Any:
    """Read one value of the annotated type; None after noting a problem."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(next(a for a in args if a is not type(None)), node, problems, pattern)
    if origin is tuple:
        items = node.sequence if node.sequence is not None else [node]
        if node.value is None:
            problems.add("expected-list", node.where, found="null")
            return None
        return tuple(v for item in items if (v := _value(args[0], item, problems, pattern)) is not None)
    if origin is Literal:
        return _choice(args, node, problems)
    if isinstance(hint, type) and issubclass(hint, Written):
        return read(hint, node, problems)
    if hasattr(hint, "read"):
        return hint.read(node, problems)
    return _SCALARS[hint](node, problems, pattern)


def _choice(options: tuple[Any, ...], node: Node, problems: Problems) -> Any:
    if node.scalar in options:
        return node.scalar
    unknown_name("unknown-choice", node.where, describe(node), list(options), problems)
    return None


def _text(node: Node, problems: Problems, pattern: str | None) -> str | None:
    if node.scalar is None or not node.scalar.strip():
        problems.add("expected-string", node.where, found=describe(node))
        return None
    if pattern and not re.fullmatch(pattern, node.scalar):
        problems.add("bad-identifier", node.where, found=node.scalar)
        return None
    return node.scalar


def _integer(node: Node, problems: Problems, _: str | None) -> int | None:
    if node.integer is None:
        problems.add("expected-integer", node.where, found=describe(node))
    return node.integer


def _boolean(node: Node, problems: Problems, _: str | None) -> bool | None:
    if node.boolean is None:
        problems.add("expected-boolean", node.where, found=describe(node))
    return node.boolean


def _date(node: Node, problems: Problems, _: str | None) -> date | None:
    try:
        return date.fromisoformat(node.scalar or "")
    except ValueError:
        problems.add("expected-date", node.where, found=describe(node))
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
    if isinstance(hint, type) and issubclass(hint, Written):
        if hint.__name__ not in defs:
            defs[hint.__name__] = {}
            defs[hint.__name__] = _form_schema(hint, defs)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hasattr(hint, "schema"):
        return typing.cast(Json, hint.schema())
    return {**_SCALAR_SCHEMAS[hint], **({"pattern": f"^{pattern}$"} if pattern else {})}


_SCALAR_SCHEMAS: dict[type, Json] = {
    str: {"type": "string", "minLength": 1},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}
