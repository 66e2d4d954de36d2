"""The JSON Schema of the JSON report. The version in the format's name changes only if a reader would have to change."""

from __future__ import annotations

import json
from typing import Any, get_args

from dabiao.base.messages import LANGS
from dabiao.engine.compare import DOUBT_STATES, FATES, TRENDS
from dabiao.engine.compare_figures import FigureState, Side
from dabiao.engine.results import COUNTED, VERDICTS, FailOn, Rating, WaiverState
from dabiao.facts.model import ABSENT
from dabiao.reports.json import COMPARISON, FORMAT
from dabiao.rules import written

Json = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_EXACT = r"^-?[0-9]+(\.[0-9]+|/[1-9][0-9]*)?$"


def schema_text(what: str = "findings") -> str:
    """Return the JSON Schema of `findings`, or of a `comparison`, as text, the same bytes every time."""
    one = schema() if what == "findings" else comparison_schema()
    return json.dumps(one, ensure_ascii=False, indent=1) + "\n"


def comparison_schema() -> Json:
    """Return the JSON Schema of a comparison of two submissions."""
    return {
        "$schema": _DRAFT,
        "$id": f"urn:{COMPARISON.replace('/', ':')}",
        "title": "Dabiao comparison",
        **_comparison(),
        "$defs": _defs(),
    }


def schema() -> Json:
    """Return the JSON Schema (2020-12). Further keys may be added within a version: readers pass over what they do not know."""
    judged = {
        "nothing_judged": _is("boolean", "true if no commitment was selected, or no fact of the year is known"),
        "plan": _object(
            {"id": _text(), "version": _text(), "title": _text(), "amendments": _list(_text(), "those in force")},
            "the plan that was judged by",
        ),
        "year": _is("integer", "the year judged"),
        "as_of": _date("the day whose text of the plan and whose waivers counted"),
        "synthetic": _is("boolean", "true if a sheet says that its figures are made up"),
        "counts": _object(
            {name: _count() for name in (*VERDICTS, "manual")}, "how many findings that count have each verdict"
        ),
        "tiers": _object(
            {tier: _object({name: _count() for name in VERDICTS}) for tier in COUNTED}, "the counts by tier"
        ),
        "findings": _list(_ref("finding"), "every finding, in the order of the plan"),
        "consequences": _list(_ref("consequence"), "what followed by the rules of the plan"),
        "data_checks": _list(_ref("data_check"), "how often each data check was made"),
        "efforts": _list(_text(), "the commitments that are listed for review: the evidence is in their findings"),
        "other_readings": _list(_ref("other_reading"), "the verdicts by readings that were not chosen"),
        "differing": _list(_ref("differing"), "the same promise with another reading and another verdict"),
        "manual": _list(_ref("manual"), "clauses that nobody can compute"),
        "waivers": _list(_ref("waiver"), "the waivers of the year, and what became of them"),
    }
    head = {
        "format": {"const": FORMAT},
        "lang": {"enum": list(LANGS), "description": "language of titles, sentences and messages"},
        "asked": _request_schema(),
        "exit_code": {"enum": [0, 1, 2, 3], "description": "0 clean, 1 fell short, 2 refused, 3 could not be judged"},
        "refused": _is("boolean", "true if an input was refused: there are problems, and no findings"),
        "problems": _list(_ref("problem"), "errors if refused, else warnings"),
    }
    return {
        "$schema": _DRAFT,
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Dabiao findings",
        "description": f"The JSON report of a check ({FORMAT}). Numbers are exact texts: decimals, else a/b.",
        "type": "object",
        "properties": {**head, **judged, "since": _ref("comparison")},
        "required": list(head),
        "if": {"properties": {"refused": {"const": False}}},
        "then": {"required": list(judged)},
        "else": {
            "properties": {
                **dict.fromkeys([*judged, "since"], False),
                "exit_code": {"const": 2},
                "problems": {"minItems": 1},
            },
        },
        "$defs": _defs(),
    }


def _request_schema() -> Json:
    fields = {
        "plan": _text("name or file"), "sheets": _list(_text()), "waivers": _maybe(_text()),
        "assignments": _maybe(_text()),
        "year": _maybe(_is("integer")), "as_of": _maybe(_date()), "select": _list(_text()),
        "fail_on": {"enum": list(get_args(FailOn))},
    }  # fmt: skip
    asked = _object(fields, "what the check was asked")
    since = {"since": _list(_text(), "the earlier submission"), "since_year": _maybe(_is("integer"))}
    return {**asked, "properties": {**fields, **since}}


def _defs() -> Json:
    return {
        "verdict": {"enum": list(VERDICTS)},
        "clause": _object({"section": _text(), "phrase": _text()}, "where the document says it"),
        "problem": _object(
            {
                "code": _text("name of the message"), "severity": {"enum": ["error", "warning"]},
                "place": _text("in one text"), **_PLACE, "message": _text(),
            },
            "something wrong with an input",
        ),
        "comparison": _comparison(),
        "finding": _finding(),
        "outlook": _outlook(),
        "population": _object(
            {
                "kind": _text(), "year": _is("integer"), "counted": _count("subjects that certainly count"),
                "possible": _count("subjects that may count at most"), "names": _list(_text()),
                "unsure": _list(_text(), "subjects that may count"),
                "unlisted": _maybe(_count("how many the register knows of and no sheet lists; null: nobody says")),
            },
            "the subjects that a count or sum looked at",
        ),
        "fact": _fact(),
        "consequence": _object(
            {
                "consequence": _text("id of its rule"), "title": _text(),
                "level": {"enum": list(get_args(written.Level))}, "clause": _maybe(_ref("clause")),
                "subject": _text(), "kind": _text(), "root": _text(), "year": _is("integer"),
                "because": _list(
                    _object({"id": _text("a commitment, consequence, or RULE.N: a condition on measures"), "subject": _text()})
                ),
                "amount": _maybe(_text("money it is about, in 元, exact; null if the plan names none or it is not known")),
            },
        ),
        "data_check": _object(
            {"check": _text(), **{name: _count() for name in ("made", "failed", "confirmed", "unmade")}},
        ),
        "other_reading": _object(
            {
                "commitment": _text(), "says": _text("the reading in words"), "root": _text(), "subject": _text(),
                "kind": _text(), "verdict": _ref("verdict"), "sentence": _text(),
            },
        ),
        "differing": _object(
            {
                "commitment": _text(), "same_as": _text(), "root": _text(), "subject": _text(),
                "verdicts": {**_list(_ref("verdict")), "minItems": 2, "maxItems": 2},
            },
        ),
        "owner": _object(
            {"office": _text(), "deputy": _text("empty: nobody says"), "contact": _text("empty: nobody says")},
            "who answers for it: by the document, or by an assignments file",
        ),
        "manual": _object({"commitment": _text(), "title": _text(), "section": _text(), "phrase": _text()}),
        "waiver": _object(
            {
                "commitment": _text(), "subject": _text(), "expires": _date(), "reason": _text(), "authority": _text(),
                "state": {"enum": list(get_args(WaiverState))},
            },
        ),
    }  # fmt: skip


def _finding() -> Json:
    number = _maybe(_exact())
    target = {"operator": {"enum": [">=", "<=", ">", "<", "=="]}, "value": number, "expected": number}
    target["least_expected"] = {**number, "description": "what is expected at least where the start is not known"}
    fields = {
        "root": _text("the subject of the sheet"),
        "commitment": _text("its id"),
        "title": _text(),
        "subject": _text("empty for subjects that the register knows of and no sheet lists"),
        "path": _list(_text("a name"), "the subject with those that contain it, the root first"),
        "kind": _text(),
        "year": _is("integer"),
        "due": _maybe(_is("integer", "the year in which the target is owed")),
        "verdict": _ref("verdict"),
        "severity": {
            "enum": [0, 1, 2, 3],
            "description": "3 binding shortfall, 2 other shortfall, 1 behind, 0 nothing",
        },
        "nature": {"enum": list(get_args(written.Nature))},
        "tier": {"enum": list(get_args(written.Tier))},
        "strength": {"enum": list(get_args(written.Strength))},
        "owner": _maybe(_ref("owner")),
        "duty": _maybe(_text("the body that the document names")),
        "unit": _text("unit of the numbers of this finding"),
        "actual": number,
        "low": number,
        "high": number,
        "targets": _list(_object(target), "the comparators, and the value expected by now"),
        "gap": {**number, "description": "what is missing to the target; negative: what it is exceeded by"},
        "least_gap": {**number, "description": "the gap there is at least where facts are missing and there is no gap"},
        "whole_gap": _maybe(_is("integer", "the gap in whole things")),
        "whole_unit": _text("what things"),
        "baseline": number,
        "pace": {**number, "description": "share of the expected distance covered"},
        "completion": {**number, "description": "the value over its target, where more is better"},
        "time_elapsed": {**number, "description": "share of the time until the due year that has passed"},
        "outlook": _maybe(_ref("outlook")),
        "unmet": _list(_text("KIND.MEASURE"), "measures of the parts of a condition that do not hold"),
        "waived_from": _maybe(_ref("verdict")),
        "restates": _maybe(_text("the commitment that counts for the same promise; null if this one counts")),
        "reason": _text("why it is no plain comparison, in one word"),
        "sentence": _text("the finding in words"),
        "clause": _ref("clause"),
        "stands_for": _maybe(_count("how many subjects it stands for; null: nobody says")),
        "at": {**_maybe(_place()), "description": "the place to point at"},
        "populations": _list(_ref("population")),
        "facts": _list(_ref("fact"), "the figures it rests on, missing ones too"),
    }
    return _object(fields, "a commitment judged for one subject and year")


def _comparison() -> Json:
    years = {"year_before": _is("integer"), "year": _is("integer")}
    counts = _object({name: _count() for name in VERDICTS}, "how many findings that count have each verdict")
    side = {
        "year": _is("integer", "the year judged"),
        "years": _list(_is("integer"), "all years reported"),
        "counts": counts,
    }
    finding, verdict, problem = (_maybe(_ref(name)) for name in ("finding", "verdict", "problem"))
    register = _object({"listed": _count(), "size": _maybe(_count("null: nobody says"))})
    reported = _object(
        {
            "year": _is("integer"), "value": _maybe(_text("in the unit of the measure, exact; of a ladder the id of its step")),
            "raw": _maybe(_text("as it was reported")), "absent": _maybe({"enum": list(ABSENT)}),
            "place": _maybe(_text("in one text")), "at": _maybe(_place()),
        }
    )  # fmt: skip
    path = _list(_text(), "the subject with those that contain it, the root first")
    figure = {
        "state": {"enum": list(get_args(FigureState)), "description": "reason: only why there is no value changed"},
        "kind": _text(), "path": path, "measure": _text(), "unit": _text(), "before": reported, "after": reported,
    }  # fmt: skip
    subject = {
        "state": {"enum": list(get_args(Side))}, "kind": _text(), "path": path, **years,
        "subjects": _count("it and those in it"), "figures": _count("what they report"), "place": _maybe(_text()),
    }  # fmt: skip
    doubt = {
        "state": {"enum": list(DOUBT_STATES)}, "check": _text(), "root": _text(), "kind": _text(), "subject": _text(),
        "reason": _text("what the sheet says for the figure"), "before": problem, "after": problem,
    }  # fmt: skip
    followed = _list(
        _object(
            {"consequence": _text(), "subject": _text(), "kind": _text(), "root": _text(), "amount": _maybe(_text())}
        )
    )
    fields = {
        "format": {"const": COMPARISON},
        "lang": {"enum": list(LANGS)},
        "exit_code": {"enum": [0, 1, 3], "description": "that of the check of the new submission"},
        "plan": _object({"id": _text(), "version": _text(), "title": _text()}, "the text that both were judged by"),
        "as_of": _date(),
        "old": _object({**side, "refused": _is("boolean", "true if data checks would refuse it")}),
        "new": _object(side),
        "changed": _is("boolean", "false if nothing is other than it was"),
        "counts": _object({fate: _count() for fate in FATES}, "what became of the findings that count"),
        "trends": _object({trend: _count() for trend in TRENDS}, "how the gaps of what is still short moved"),
        "transitions": _list(_object({"before": verdict, "after": verdict, "count": _count()}), "null: there was none"),
        "findings": _list(
            _object(
                {"fate": {"enum": list(FATES)}, "trend": {"enum": list(TRENDS)}, "before": finding, "after": finding}
            ),
            "the findings that do not stand as they stood, and what is still short, gravest first",
        ),
        "figures": _list(_object(figure), "the figures that changed, of subjects that both list"),
        "subjects": _list(_object(subject), "the subjects that one submission alone lists"),
        "registers": _list(_object({"root": _text(), "kind": _text(), **years, "before": register, "after": register})),
        "doubts": _list(_object(doubt), "the data checks that failed, or were confirmed, in either"),
        "appeared": followed,
        "vanished": followed,
    }
    return _object(fields, f"what changed between two submissions ({COMPARISON})")


def _outlook() -> Json:
    number = _exact()
    fields = {
        "points": _list(_object({"year": _is("integer"), "value": number}), "the baseline, then year by year"),
        "goal": _object({"year": _is("integer"), "operator": _text(), "value": number}),
        "progress": _list(
            _object(
                {
                    "method": {"enum": ["linear", "compound"]}, "rating": {"enum": list(get_args(Rating))},
                    "ratio": _maybe(number),
                }
            )
        ),
        "projected": _maybe(number),
        "reaches": _maybe(_is("boolean")),
    }  # fmt: skip
    return _object(fields, "several years against the goal, and where the trend leads")


def _fact() -> Json:
    fields = {
        "kind": _text(),
        "subject": _text(),
        "measure": _text(),
        "year": _is("integer"),
        "value": {**_maybe(_exact()), "description": "in base units (a percentage as a share); null if missing"},
        "raw": _maybe(_text("as it was reported")),
        "absent": _maybe({"enum": list(ABSENT)}),
        "place": _maybe(_text("in one text")),
        "at": _maybe(_place()),
        "note": _text(),
        "confirmed": _text("why a figure that looks wrong is right"),
        "evidence": _text(),
        "stated": {**_maybe(_place()), "description": "where the plan itself gives the figure"},
    }
    return _object(fields, "a figure that a finding rests on")


def _object(fields: Json, description: str = "") -> Json:
    words = {"description": description} if description else {}
    return {"type": "object", **words, "properties": fields, "required": list(fields)}


def _list(items: Json, description: str = "") -> Json:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def _is(kind: str, description: str = "") -> Json:
    return {"type": kind, **({"description": description} if description else {})}


def _text(description: str = "") -> Json:
    return _is("string", description)


def _count(description: str = "") -> Json:
    return {**_is("integer", description), "minimum": 0}


def _date(description: str = "") -> Json:
    return {**_is("string", description), "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _exact() -> Json:
    return {"type": "string", "pattern": _EXACT}


def _place() -> Json:
    return _object(_PLACE, "where it stands: a file with a line and column, or with a sheet and a cell")


def _maybe(one: Json) -> Json:
    """Let a value be null, too."""
    if "type" in one:
        return {**one, "type": [one["type"], "null"]}
    return {"enum": [*one["enum"], None]} if "enum" in one else {"anyOf": [one, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


_PLACE: Json = {
    "file": _text(), "line": _maybe(_count("from 1")), "column": _maybe(_count("from 1; of a CSV file, the field")),
    "sheet": _maybe(_text()), "cell": _maybe(_text()),
}  # fmt: skip
