"""The JSON Schemas of everything users write, generated from the classes that read it."""

from __future__ import annotations

import json

from dabiao.facts import written as facts
from dabiao.rules import written as rules
from dabiao.rules.shape import Written, schema

FORMS: dict[str, type[Written]] = {
    "plan": rules.Plan,
    "part": rules.Part,
    "facts": facts.Sheet,
    "waivers": rules.Waivers,
}


def schema_text(name: str) -> str:
    """Return the JSON Schema of a written form as text, the same bytes every time."""
    return json.dumps(schema(FORMS[name], f"Dabiao {name}"), ensure_ascii=False, indent=1) + "\n"
