"""The JSON Schema of the JSON report. The version in the format's name changes only if a reader would have to change."""

from __future__ import annotations

from typing import get_args

from dabiao.base.messages import LANGS
from dabiao.engine.compare import DOUBT_STATES, FATES, TRENDS
from dabiao.engine.compare_figures import FigureState, Side
from dabiao.engine.results import COUNTED, VERDICTS, FailOn, Rating, WaiverState
from dabiao.facts.model import ABSENT
from dabiao.reports.json import COMPARISON, FORMAT
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
from dabiao.rules import written

_EXACT = r"^-?[0-9]+(\.[0-9]+|/[1-9][0-9]*)?$"


def schema_text(what: str = "findings") -> str:
    """Return the JSON Schema of `findings`, or of a `comparison`, as text, the same bytes every time."""
    one = schema() if what == "findings" else comparison_schema()
    return write_schema(one)


def comparison_schema() -> Json:
    """Return the JSON Schema of a comparison of two submissions."""
    return {
        "$schema": DRAFT,
        "$id": f"urn:{COMPARISON.replace('/', ':')}",
        "title": "Dabiao comparison",
        **_comparison(),
        "$defs": _defs(),
    }


def schema() -> Json:
    """Return the JSON Schema (2020-12). Further keys may be added within a version: readers pass over what they do not know."""
    judged = {
        "nothing_judged": is_a("boolean", "true if no commitment was selected, or no fact of the year is known"),
        "plan": object_of(
            {"id": a_text(), "version": a_text(), "title": a_text(), "amendments": list_of(a_text(), "those in force")},
            "the plan that was judged by",
        ),
        "year": is_a("integer", "the year judged"),
        "as_of": a_date("the day whose text of the plan and whose waivers counted"),
        "synthetic": is_a("boolean", "true if a sheet says that its figures are made up"),
        "counts": object_of(
            {name: a_count() for name in (*VERDICTS, "manual")}, "how many findings that count have each verdict"
        ),
        "tiers": object_of(
            {tier: object_of({name: a_count() for name in VERDICTS}) for tier in COUNTED}, "the counts by tier"
        ),
        "findings": list_of(ref_to("finding"), "every finding, in the order of the plan"),
        "consequences": list_of(ref_to("consequence"), "what followed by the rules of the plan"),
        "data_checks": list_of(ref_to("data_check"), "how often each data check was made"),
        "efforts": list_of(a_text(), "the commitments that are listed for review: the evidence is in their findings"),
        "other_readings": list_of(ref_to("other_reading"), "the verdicts by readings that were not chosen"),
        "differing": list_of(ref_to("differing"), "the same promise with another reading and another verdict"),
        "manual": list_of(ref_to("manual"), "clauses that nobody can compute"),
        "waivers": list_of(ref_to("waiver"), "the waivers of the year, and what became of them"),
    }
    head = {
        "format": {"const": FORMAT},
        "lang": {"enum": list(LANGS), "description": "language of titles, sentences and messages"},
        "asked": _request_schema(),
        "exit_code": {"enum": [0, 1, 2, 3], "description": "0 clean, 1 fell short, 2 refused, 3 could not be judged"},
        "refused": is_a("boolean", "true if an input was refused: there are problems, and no findings"),
        "problems": list_of(ref_to("problem"), "errors if refused, else warnings"),
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Dabiao findings",
        "description": f"The JSON report of a check ({FORMAT}). Numbers are exact texts: decimals, else a/b.",
        "type": "object",
        "properties": {**head, **judged, "since": ref_to("comparison")},
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
        "plan": a_text("name or file"), "sheets": list_of(a_text()), "waivers": or_null(a_text()),
        "assignments": or_null(a_text()),
        "year": or_null(is_a("integer")), "as_of": or_null(a_date()), "select": list_of(a_text()),
        "fail_on": {"enum": list(get_args(FailOn))},
    }  # fmt: skip
    asked = object_of(fields, "what the check was asked")
    since = {"since": list_of(a_text(), "the earlier submission"), "since_year": or_null(is_a("integer"))}
    return {**asked, "properties": {**fields, **since}}


def _problem() -> Json:
    described = object_of(
        {
            "code": a_text("name of the message"), "severity": {"enum": ["error", "warning"]},
            "place": a_text("in one text"), **_PLACE, "message": a_text(),
        },
        "something wrong with an input",
    )  # fmt: skip
    described["properties"]["check"] = a_text("id of the data check that found it; left out for any other problem")
    return described


def _defs() -> Json:
    return {
        "verdict": {"enum": list(VERDICTS)},
        "clause": object_of({"section": a_text(), "phrase": a_text()}, "where the document says it"),
        "problem": _problem(),
        "comparison": _comparison(),
        "finding": _finding(),
        "outlook": _outlook(),
        "population": object_of(
            {
                "kind": a_text(), "year": is_a("integer"), "counted": a_count("subjects that certainly count"),
                "possible": a_count("subjects that may count at most"), "names": list_of(a_text()),
                "unsure": list_of(a_text(), "subjects that may count"),
                "unlisted": or_null(a_count("how many the register knows of and no sheet lists; null: nobody says")),
            },
            "the subjects that a count or sum looked at",
        ),
        "fact": _fact(),
        "consequence": object_of(
            {
                "consequence": a_text("id of its rule"), "title": a_text(),
                "level": {"enum": list(get_args(written.Level))}, "clause": or_null(ref_to("clause")),
                "subject": a_text(), "kind": a_text(), "root": a_text(), "year": is_a("integer"),
                "because": list_of(
                    object_of(
                        {
                            "id": a_text("a commitment, consequence, or RULE.N: a condition on measures"),
                            "subject": a_text(),
                        }
                    )
                ),
                "amount": or_null(a_text("money it is about, in 元, exact; null if the plan names none or it is not known")),
            },
        ),
        "data_check": object_of(
            {"check": a_text(), **{name: a_count() for name in ("made", "failed", "confirmed", "unmade")}},
        ),
        "other_reading": object_of(
            {
                "commitment": a_text(), "says": a_text("the reading in words"), "root": a_text(), "subject": a_text(),
                "kind": a_text(), "verdict": ref_to("verdict"), "sentence": a_text(),
            },
        ),
        "differing": object_of(
            {
                "commitment": a_text(), "same_as": a_text(), "root": a_text(), "subject": a_text(),
                "verdicts": {**list_of(ref_to("verdict")), "minItems": 2, "maxItems": 2},
            },
        ),
        "owner": object_of(
            {"office": a_text(), "deputy": a_text("empty: nobody says"), "contact": a_text("empty: nobody says")},
            "who answers for it: by the document, or by an assignments file",
        ),
        "manual": object_of({"commitment": a_text(), "title": a_text(), "section": a_text(), "phrase": a_text()}),
        "waiver": object_of(
            {
                "commitment": a_text(), "subject": a_text(), "expires": a_date(), "reason": a_text(), "authority": a_text(),
                "state": {"enum": list(get_args(WaiverState))},
            },
        ),
    }  # fmt: skip


def _finding() -> Json:
    number = or_null(_exact())
    target = {"operator": {"enum": [">=", "<=", ">", "<", "=="]}, "value": number, "expected": number}
    target["least_expected"] = {**number, "description": "what is expected at least where the start is not known"}
    fields = {
        "root": a_text("the subject of the sheet"),
        "commitment": a_text("its id"),
        "title": a_text(),
        "subject": a_text("empty for subjects that the register knows of and no sheet lists"),
        "path": list_of(a_text("a name"), "the subject with those that contain it, the root first"),
        "kind": a_text(),
        "year": is_a("integer"),
        "due": or_null(is_a("integer", "the year in which the target is owed")),
        "verdict": ref_to("verdict"),
        "severity": {
            "enum": [0, 1, 2, 3],
            "description": "3 binding shortfall, 2 other shortfall, 1 behind, 0 nothing",
        },
        "nature": {"enum": list(get_args(written.Nature))},
        "tier": {"enum": list(get_args(written.Tier))},
        "strength": {"enum": list(get_args(written.Strength))},
        "owner": or_null(ref_to("owner")),
        "duty": or_null(a_text("the body that the document names")),
        "unit": a_text("unit of the numbers of this finding"),
        "actual": number,
        "low": number,
        "high": number,
        "targets": list_of(object_of(target), "the comparators, and the value expected by now"),
        "gap": {**number, "description": "what is missing to the target; negative: what it is exceeded by"},
        "least_gap": {**number, "description": "the gap there is at least where facts are missing and there is no gap"},
        "whole_gap": or_null(is_a("integer", "the gap in whole things")),
        "whole_unit": a_text("what things"),
        "baseline": number,
        "pace": {**number, "description": "share of the expected distance covered"},
        "completion": {**number, "description": "the value over its target, where more is better"},
        "time_elapsed": {**number, "description": "share of the time until the due year that has passed"},
        "outlook": or_null(ref_to("outlook")),
        "unmet": list_of(a_text("KIND.MEASURE"), "measures of the parts of a condition that do not hold"),
        "waived_from": or_null(ref_to("verdict")),
        "restates": or_null(a_text("the commitment that counts for the same promise; null if this one counts")),
        "reason": a_text("why it is no plain comparison, in one word"),
        "sentence": a_text("the finding in words"),
        "clause": ref_to("clause"),
        "stands_for": or_null(a_count("how many subjects it stands for; null: nobody says")),
        "at": {**or_null(_place()), "description": "the place to point at"},
        "populations": list_of(ref_to("population")),
        "facts": list_of(ref_to("fact"), "the figures it rests on, missing ones too"),
    }
    return object_of(fields, "a commitment judged for one subject and year")


def _comparison() -> Json:
    years = {"year_before": is_a("integer"), "year": is_a("integer")}
    counts = object_of({name: a_count() for name in VERDICTS}, "how many findings that count have each verdict")
    side = {
        "year": is_a("integer", "the year judged"),
        "years": list_of(is_a("integer"), "all years reported"),
        "counts": counts,
    }
    finding, verdict, problem = (or_null(ref_to(name)) for name in ("finding", "verdict", "problem"))
    register = object_of({"listed": a_count(), "size": or_null(a_count("null: nobody says"))})
    reported = object_of(
        {
            "year": is_a("integer"),
            "value": or_null(a_text("in the unit of the measure, exact; of a ladder the id of its step")),
            "raw": or_null(a_text("as it was reported")), "absent": or_null({"enum": list(ABSENT)}),
            "place": or_null(a_text("in one text")), "at": or_null(_place()),
        }
    )  # fmt: skip
    path = list_of(a_text(), "the subject with those that contain it, the root first")
    figure = {
        "state": {"enum": list(get_args(FigureState)), "description": "reason: only why there is no value changed"},
        "kind": a_text(), "path": path, "measure": a_text(), "unit": a_text(), "before": reported, "after": reported,
    }  # fmt: skip
    subject = {
        "state": {"enum": list(get_args(Side))}, "kind": a_text(), "path": path, **years,
        "subjects": a_count("it and those in it"), "figures": a_count("what they report"), "place": or_null(a_text()),
    }  # fmt: skip
    doubt = {
        "state": {"enum": list(DOUBT_STATES)}, "check": a_text(), "root": a_text(), "kind": a_text(), "subject": a_text(),
        "reason": a_text("what the sheet says for the figure"), "before": problem, "after": problem,
    }  # fmt: skip
    followed = list_of(
        object_of(
            {
                "consequence": a_text(),
                "subject": a_text(),
                "kind": a_text(),
                "root": a_text(),
                "amount": or_null(a_text()),
            }
        )
    )
    fields = {
        "format": {"const": COMPARISON},
        "lang": {"enum": list(LANGS)},
        "exit_code": {"enum": [0, 1, 3], "description": "that of the check of the new submission"},
        "plan": object_of(
            {"id": a_text(), "version": a_text(), "title": a_text()}, "the text that both were judged by"
        ),
        "as_of": a_date(),
        "old": object_of({**side, "refused": is_a("boolean", "true if data checks would refuse it")}),
        "new": object_of(side),
        "changed": is_a("boolean", "false if nothing is other than it was"),
        "counts": object_of({fate: a_count() for fate in FATES}, "what became of the findings that count"),
        "trends": object_of({trend: a_count() for trend in TRENDS}, "how the gaps of what is still short moved"),
        "transitions": list_of(
            object_of({"before": verdict, "after": verdict, "count": a_count()}), "null: there was none"
        ),
        "findings": list_of(
            object_of(
                {"fate": {"enum": list(FATES)}, "trend": {"enum": list(TRENDS)}, "before": finding, "after": finding}
            ),
            "the findings that do not stand as they stood, and what is still short, gravest first",
        ),
        "figures": list_of(object_of(figure), "the figures that changed, of subjects that both list"),
        "subjects": list_of(object_of(subject), "the subjects that one submission alone lists"),
        "registers": list_of(
            object_of({"root": a_text(), "kind": a_text(), **years, "before": register, "after": register})
        ),
        "doubts": list_of(object_of(doubt), "the data checks that failed, or were confirmed, in either"),
        "appeared": followed,
        "vanished": followed,
    }
    return object_of(fields, f"what changed between two submissions ({COMPARISON})")


def _outlook() -> Json:
    number = _exact()
    fields = {
        "points": list_of(object_of({"year": is_a("integer"), "value": number}), "the baseline, then year by year"),
        "goal": object_of({"year": is_a("integer"), "operator": a_text(), "value": number}),
        "progress": list_of(
            object_of(
                {
                    "method": {"enum": ["linear", "compound"]}, "rating": {"enum": list(get_args(Rating))},
                    "ratio": or_null(number),
                }
            )
        ),
        "projected": or_null(number),
        "reaches": or_null(is_a("boolean")),
    }  # fmt: skip
    return object_of(fields, "several years against the goal, and where the trend leads")


def _fact() -> Json:
    fields = {
        "kind": a_text(),
        "subject": a_text(),
        "measure": a_text(),
        "year": is_a("integer"),
        "value": {**or_null(_exact()), "description": "in base units (a percentage as a share); null if missing"},
        "raw": or_null(a_text("as it was reported")),
        "absent": or_null({"enum": list(ABSENT)}),
        "place": or_null(a_text("in one text")),
        "at": or_null(_place()),
        "note": a_text(),
        "confirmed": a_text("why a figure that looks wrong is right"),
        "evidence": a_text(),
        "stated": {**or_null(_place()), "description": "where the plan itself gives the figure"},
    }
    return object_of(fields, "a figure that a finding rests on")


def _exact() -> Json:
    return {"type": "string", "pattern": _EXACT}


def _place() -> Json:
    return object_of(_PLACE, "where it stands: a file with a line and column, or with a sheet and a cell")


_PLACE: Json = {
    "file": a_text(), "line": or_null(a_count("from 1")), "column": or_null(a_count("from 1; of a CSV file, the field")),
    "sheet": or_null(a_text()), "cell": or_null(a_text()),
}  # fmt: skip
