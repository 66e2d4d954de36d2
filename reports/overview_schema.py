"""The JSON Schema of the JSON of an overview: how each district stands, the worst of all, what several have in common."""

from __future__ import annotations

from typing import get_args

from dabiao.base.messages import LANGS
from dabiao.engine.results import COUNTED, VERDICTS, FailOn
from dabiao.engine.views import NATURES
from dabiao.reports import findings_schema
from dabiao.reports.json_schema import (
    DRAFT,
    Json,
    a_count,
    a_date,
    a_text,
    is_a,
    list_of,
    object_of,
    or_null,
    ref_to,
    write_schema,
)  # fmt: skip
from dabiao.reports.overview_data import FORMAT


def schema_text() -> str:
    """Return the JSON Schema of an overview as text, the same bytes every time."""
    return write_schema(schema())


def schema() -> Json:
    """Return the JSON Schema (2020-12). A finding and a problem are what they are in the report of a check."""
    shared = findings_schema.schema()
    fields = {
        "format": {"const": FORMAT},
        "lang": {"enum": list(LANGS), "description": "language of titles, sentences and messages"},
        "asked": _asked(),
        "exit_code": {"enum": [0, 1, 2, 3], "description": "the gravest of the checks"},
        "refused": list_of(a_text(), "the plans, names or files, whose inputs were refused"),
        "problems": list_of(
            ref_to("problem"), "everything wrong with what was given: errors of what was refused, warnings"
        ),
        "districts": list_of(_district(), "empty where nobody can say whose figures are missing"),
        "worst": list_of(ref_to("group"), "what is short or behind, of all districts in one order, gravest first"),
        "common": list_of(_common(), "what is short, behind or undetermined in several districts"),
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Dabiao overview",
        **object_of(fields, f"several districts at once ({FORMAT}). Numbers are exact texts: decimals, else a/b."),
        "$defs": {**shared["$defs"], "group": _group(), "standing": _standing()},
    }


def _asked() -> Json:
    fields = {
        "given": list_of(a_text(), "plans, sheets, folders and bundles"), "year": or_null(is_a("integer")),
        "as_of": or_null(a_date()), "select": list_of(a_text()), "fail_on": {"enum": list(get_args(FailOn))},
        "waivers": list_of(a_text()), "assignments": list_of(a_text()),
    }  # fmt: skip
    return object_of(fields, "what the overview was asked")


def _district() -> Json:
    fields = {
        "name": a_text(),
        "plan": object_of({"id": a_text(), "version": a_text(), "title": a_text()}, "the plan that it was judged by"),
        "plan_from": a_text("the name or the file that the plan was given by"),
        "year": is_a("integer", "the year judged"),
        "years": list_of(is_a("integer"), "all years that it reports"),
        "judged": is_a("boolean", "false if it has no sheet of the year"),
        "synthetic": is_a("boolean", "true if a sheet says that its figures are made up"),
        "tiers": _standings({"enum": list(COUNTED)}, "by tier"),
        "natures": _standings({"enum": list(NATURES)}, "by nature"),
        "chapters": _standings(a_text(), "by chapter of the plan"),
    }
    return object_of(fields, "a district, and how many of its commitments are reached")


def _standings(names: Json, description: str) -> Json:
    standings = {"type": "object", "additionalProperties": ref_to("standing"), "propertyNames": names}
    return {**standings, "description": f"how it stands, {description}"}


def _standing() -> Json:
    share = {"type": ["string", "null"], "pattern": "^(0|1|[01]\\.[0-9]+|[0-9]+/[1-9][0-9]*)$"}
    fields = {
        "total": {**a_count(), "description": "commitments"},
        "reached": {**a_count(), "description": "those that are met, or reached before they are due"},
        "share": {**share, "description": "what is reached of all, exact; null: nothing can be said"},
        "counts": object_of(dict.fromkeys(VERDICTS, a_count()), "how many commitments have each verdict"),
    }
    return object_of(fields, "how many commitments are reached, each once whatever the number of its findings")


def _group() -> Json:
    fields = {
        "root": a_text("the district"),
        "plan": a_text("the id of its plan"),
        "subjects": {**a_count(), "description": "how many subjects have this verdict by this commitment"},
        "finding": ref_to("finding"),
    }
    return object_of(
        fields, "the findings of one commitment with one verdict in a district, told by the gravest of them"
    )


def _common() -> Json:
    members = {**list_of(ref_to("group"), "where it is short, behind or undetermined"), "minItems": 2}
    fields = {"sharing": {**a_count(), "description": "how many districts promised it"}, "districts": members}
    return object_of(fields, "a promise that several districts made")
