"""Several districts at once, for programs: a versioned JSON format, and CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dabiao.base.messages import say
from dabiao.base.quantities import exact_text
from dabiao.engine.common import Common
from dabiao.engine.overview import District, Overview, Standing
from dabiao.engine.results import VERDICTS, Group
from dabiao.reports.json import finding_json, problem_json

FORMAT = "dabiao/overview/1"
_HEADINGS = ("district", "plan", "version", "year", "by", "key", "total", "reached")

Json = dict[str, Any]


def as_json(found: Overview, lang: str) -> Json:
    """Return the overview as plain values. Numbers are exact: decimals as text, other ratios as `a/b`."""
    asked = found.request
    return {
        "format": FORMAT,
        "lang": lang,
        "asked": {
            "given": [str(one) for one in asked.given],
            "year": asked.year,
            "as_of": asked.as_of.isoformat() if asked.as_of else None,
            "select": list(asked.select),
            "fail_on": asked.fail_on,
            "waivers": [str(file) for file in asked.waivers],
            "assignments": [str(file) for file in asked.assignments],
        },
        "exit_code": found.exit_code,
        "refused": [str(outcome.request.plan) for outcome in found.outcomes if outcome.result is None],
        "problems": [problem_json(problem, lang) for problem in found.problems],
        "districts": [_district(one, found, lang) for one in found.districts],
        "worst": [_group(place, group, found, lang) for place, group in found.worst],
        "common": [_common(one, found, lang) for one in found.common],
    }


def _district(one: District, found: Overview, lang: str) -> Json:
    result = found.result_of(one.outcome)
    plan = result.plan
    return {
        "name": one.name,
        "plan": {"id": plan.id, "version": plan.version, "title": plan.title[lang]},
        "plan_from": str(found.outcomes[one.outcome].request.plan),
        "year": one.year,
        "years": list(one.years),
        "judged": one.is_judged,
        "synthetic": result.synthetic,
        "tiers": _standings(one.tiers),
        "natures": _standings(one.natures),
        "chapters": _standings(one.chapters),
    }


def _standings(standings: Mapping[Any, Standing]) -> Json:
    return {
        key: {
            "total": one.total, "reached": one.reached, "share": None if one.share is None else exact_text(one.share),
            "counts": dict(one.counts),
        }
        for key, one in standings.items()
    }  # fmt: skip


def _group(place: int, group: Group, found: Overview, lang: str) -> Json:
    result = found.result_of(place)
    return {
        "root": group.root,
        "plan": result.plan.id,
        "subjects": group.subjects,
        "finding": {"root": group.root, **finding_json(result.explain(group.rows[0]), lang, result.plan)},
    }


def _common(one: Common, found: Overview, lang: str) -> Json:
    members = [(found.districts[member.district].outcome, member.group) for member in one.members]
    return {"sharing": one.sharing, "districts": [_group(place, group, found, lang) for place, group in members]}


def csv_rows(found: Overview, lang: str) -> Iterator[list[object]]:
    """Iterate over the headings, the problems of inputs, and a line for each tier, nature and chapter of each district."""
    verdicts = [say(f"verdict.{verdict}", lang) for verdict in VERDICTS]
    yield [*(say(f"overview.{name}", lang) for name in _HEADINGS), *verdicts]
    for problem in found.problems:
        yield [*[None] * 4, say(f"gate.{problem.severity}", lang), problem.text(lang)]
    for one in found.districts:
        plan = found.result_of(one.outcome).plan
        about = [one.name, plan.id, plan.version, one.year]
        for by, standings in (("tier", one.tiers), ("nature", one.natures), ("chapter", one.chapters)):
            for key, standing in standings.items():
                text = key if by == "chapter" else say(f"{by}.{key}", lang)
                counts = [standing.counts[verdict] for verdict in VERDICTS]
                yield [*about, say(f"overview.by.{by}", lang), text, standing.total, standing.reached, *counts]
        if not one.is_judged:
            yield [*about, say("overview.by.none", lang)]
