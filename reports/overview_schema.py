"""The JSON Schema of the JSON of an overview: how each district stands, the worst of all, what several have in common."""

from __future__ import annotations

import json
from typing import Any, get_args

from dabiao.base.messages import LANGS
from dabiao.engine.results import COUNTED, VERDICTS, FailOn
from dabiao.engine.views import NATURES
from dabiao.reports import findings_schema
from dabiao.reports.overview_data import FORMAT

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_YEAR: Json = {"type": "integer"}
_YES_OR_NO: Json = {"type": "boolean"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_DATE_OR_NOT: Json = {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def schema_text() -> str:
    """Return the JSON Schema of an overview as text, the same bytes every time."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def schema() -> Json:
    """Return the JSON Schema (2020-12). A finding and a problem are what they are in the report of a check."""
    shared = findings_schema.schema()
    fields = {
        "format": {"const": FORMAT},
        "lang": {"enum": list(LANGS), "description": "language of titles, sentences and messages"},
        "asked": _asked(),
        "exit_code": {"enum": [0, 1, 2, 3], "description": "the gravest of the checks"},
        "refused": _list(_TEXT, "the plans, names or files, whose inputs were refused"),
        "problems": _list(
            _ref("problem"), "everything wrong with what was given: errors of what was refused, warnings"
        ),
        "districts": _list(_district(), "empty where nobody can say whose figures are missing"),
        "worst": _list(_ref("group"), "what is short or behind, of all districts in one order, gravest first"),
        "common": _list(_common(), "what is short, behind or undetermined in several districts"),
    }
    return {
        "$schema": shared["$schema"],
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Dabiao overview",
        **_object(fields, f"several districts at once ({FORMAT}). Numbers are exact texts: decimals, else a/b."),
        "$defs": {**shared["$defs"], "group": _group(), "standing": _standing()},
    }


def _asked() -> Json:
    fields = {
        "given": _list(_TEXT, "plans, sheets, folders and bundles"), "year": {"type": ["integer", "null"]},
        "as_of": _DATE_OR_NOT, "select": _list(_TEXT), "fail_on": {"enum": list(get_args(FailOn))},
        "waivers": _list(_TEXT), "assignments": _list(_TEXT),
    }  # fmt: skip
    return _object(fields, "what the overview was asked")


def _district() -> Json:
    fields = {
        "name": _TEXT,
        "plan": _object({"id": _TEXT, "version": _TEXT, "title": _TEXT}, "the plan that it was judged by"),
        "plan_from": {**_TEXT, "description": "the name or the file that the plan was given by"},
        "year": {**_YEAR, "description": "the year judged"},
        "years": _list(_YEAR, "all years that it reports"),
        "judged": {**_YES_OR_NO, "description": "false if it has no sheet of the year"},
        "synthetic": {**_YES_OR_NO, "description": "true if a sheet says that its figures are made up"},
        "tiers": _standings({"enum": list(COUNTED)}, "by tier"),
        "natures": _standings({"enum": list(NATURES)}, "by nature"),
        "chapters": _standings(_TEXT, "by chapter of the plan"),
    }
    return _object(fields, "a district, and how many of its commitments are reached")


def _standings(names: Json, description: str) -> Json:
    standings = {"type": "object", "additionalProperties": _ref("standing"), "propertyNames": names}
    return {**standings, "description": f"how it stands, {description}"}


def _standing() -> Json:
    share = {"type": ["string", "null"], "pattern": "^(0|1|[01]\\.[0-9]+|[0-9]+/[1-9][0-9]*)$"}
    fields = {
        "total": {**_COUNT, "description": "commitments"},
        "reached": {**_COUNT, "description": "those that are met, or reached before they are due"},
        "share": {**share, "description": "what is reached of all, exact; null: nothing can be said"},
        "counts": _object(dict.fromkeys(VERDICTS, _COUNT), "how many commitments have each verdict"),
    }
    return _object(fields, "how many commitments are reached, each once whatever the number of its findings")


def _group() -> Json:
    fields = {
        "root": {**_TEXT, "description": "the district"},
        "plan": {**_TEXT, "description": "the id of its plan"},
        "subjects": {**_COUNT, "description": "how many subjects have this verdict by this commitment"},
        "finding": _ref("finding"),
    }
    return _object(fields, "the findings of one commitment with one verdict in a district, told by the gravest of them")


def _common() -> Json:
    members = {**_list(_ref("group"), "where it is short, behind or undetermined"), "minItems": 2}
    fields = {"sharing": {**_COUNT, "description": "how many districts promised it"}, "districts": members}
    return _object(fields, "a promise that several districts made")


def _object(fields: Json, description: str = "") -> Json:
    words = {"description": description} if description else {}
    return {"type": "object", **words, "properties": fields, "required": list(fields)}


def _list(one: Json, description: str = "") -> Json:
    return {"type": "array", "items": one, **({"description": description} if description else {})}


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}
