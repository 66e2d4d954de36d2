"""What JSON Schemas of reports are made of: objects whose keys are all required, lists, texts, counts, days."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def write_schema(schema: Json) -> str:
    """Write a schema as text, the same bytes every time."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def object_of(fields: Json, description: str = "") -> Json:
    """Describe an object that has all of these keys."""
    words = {"description": description} if description else {}
    return {"type": "object", **words, "properties": fields, "required": list(fields)}


def list_of(items: Json, description: str = "") -> Json:
    """Describe a list."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def is_a(kind: str, description: str = "") -> Json:
    """Describe a value of one of the kinds of JSON."""
    return {"type": kind, **({"description": description} if description else {})}


def a_text(description: str = "") -> Json:
    """Describe a text."""
    return is_a("string", description)


def a_count(description: str = "") -> Json:
    """Describe a whole number that is not below zero."""
    return {**is_a("integer", description), "minimum": 0}


def a_date(description: str = "") -> Json:
    """Describe a day, year first."""
    return {**is_a("string", description), "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def or_null(one: Json) -> Json:
    """Let a value be null, too."""
    if "type" in one:
        return {**one, "type": [one["type"], "null"]}
    return {"enum": [*one["enum"], None]} if "enum" in one else {"anyOf": [one, {"type": "null"}]}


def ref_to(name: str) -> Json:
    """Refer to what is described under a name."""
    return {"$ref": f"#/$defs/{name}"}
