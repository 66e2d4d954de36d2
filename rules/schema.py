"""The JSON Schemas of the files that users write, generated from the classes that read them."""

from __future__ import annotations

import json
from importlib import import_module

from dabiao.rules.shape import schema

FORMS = {
    "plan": "rules.written:Plan",
    "part": "rules.written:Part",
    "facts": "facts.written:Sheet",
    "dataset": "facts.datasets.written:DataSet",
    "waivers": "rules.written:Waivers",
    "assignments": "rules.assignments:Assignments",
    "scenario": "scenarios.written:Scenario",
    "costs": "facts.costs.written:Costs",
}  # kinds of files, and the classes that read them


def schema_text(name: str) -> str:
    """Return the JSON Schema of a kind of file as text."""
    module, _, form = FORMS[name].partition(":")
    written = getattr(import_module(f"dabiao.{module}"), form)
    return json.dumps(schema(written, f"Dabiao {name}"), ensure_ascii=False, indent=1) + "\n"
