"""The lines of a sheet of findings: a finding or a problem in its columns, gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Location, Problem
from dabiao.base.quantities import in_unit
from dabiao.base.units import ONE_TO
from dabiao.engine.gravity import list_by_gravity
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import VERDICTS, Finding, Outlook, Result
from dabiao.reports import words
from dabiao.reports.finding_texts import MOST_PLACES, sentence
from dabiao.reports.gravest import due_day
from dabiao.reports.locations import fact_places, place_of, short_text
from dabiao.reports.workbook_sheets import Column, Figure, Value, day, fill_table, link_to, number, percent
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

Grade = Literal["error", "warning", "binding", "shortfall", "behind", "undetermined"]
COLOURS: dict[Grade, str] = {
    "error": "FFFF7C80", "binding": "FFFF9999", "shortfall": "FFF8CBAD", "behind": "FFFFE699", "undetermined": "FFD9D2E9",
    "warning": "FFFFF2A8",
}  # fmt: skip
COLUMNS = (
    ("sort", 7), ("place", 13), ("subject", 11), ("commitment", 18), ("actual", 7), ("target", 7), ("expected", 7),
    ("gap", 8), ("unit", 5), ("completion", 7), ("owner", 11), ("contact", 11), ("due", 11), ("days", 5), ("clause", 11),
    ("phrase", 30), ("again", 9), ("tier", 9), ("deputy", 14), ("duty", 16), ("elapsed", 9), ("trend", 24), ("outlook", 24),
    ("sentence", 34), ("done", 6),
)  # fmt: skip
"""The columns with their widths; those in `_FOLDED` are not printed, and `done` is for whoever works them off."""
MOST_LINES = 20_000  # of a sheet; the rest is counted

_FOLDED = ("phrase", "again", "tier", "deputy", "duty", "elapsed", "trend", "outlook")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet of findings: its cells, its grade for the colour, and the place to go to."""

    cells: tuple[Value, ...]
    grade: Grade | None = None
    sheet: str = ""
    cell: str = ""


def cut(lines: Iterable[Line], lang: str) -> list[Line]:
    """Return as many lines as a sheet takes, and in one more how many were left out."""
    rest = iter(lines)
    shown = list(islice(rest, MOST_LINES))
    left = sum(1 for _ in rest)
    return [*shown, *([Line(_cells({"sentence": say("report.more", lang, count=left)}))] if left else [])]


def fill_findings(sheet: Worksheet, lines: Sequence[Line], lang: str) -> None:
    """Write the table of findings, coloured by grade, with the places to go to."""
    columns = [Column(say(f"marked.{name}", lang), width, name in _FOLDED) for name, width in COLUMNS]
    fill_table(sheet, columns, [line.cells for line in lines])
    for row, line in enumerate(lines, 2):
        if line.grade:
            sheet.cell(row, 1).fill = PatternFill("solid", fgColor=COLOURS[line.grade])
        if line.cell:
            link_to(sheet.cell(row, 2), line.sheet, line.cell)


def _cells(found: Mapping[str, Value]) -> tuple[Value, ...]:
    """Return cells by the names of their columns in the order of these."""
    return tuple(found.get(name, "") for name, _ in COLUMNS)


def problem_line(problem: Problem, lang: str, file: str | None = None) -> Line:
    """Return the line of a problem; `file` is the workbook that the line goes into, if it is one that was submitted."""
    sort = say("marked.problem" if problem.severity == "error" else "marked.warning", lang)
    cells = {"sort": sort, "place": _shown(problem.location, file), "sentence": sentence_of(problem, lang)}
    return Line(_cells(cells), problem.severity, *_goto(problem.location, file))


def sentence_of(problem: Problem, lang: str) -> str:
    """Say a problem without its place, which is the cell it is put in."""
    return problem.text(lang).removeprefix(f"{problem.location}: ")


def finding_lines(outcome: CheckOutcome, lang: str, file: str | None = None) -> Iterator[tuple[Finding, Line]]:
    """Iterate over the findings that count with their lines, by verdict, the gravest first where one is graver than another;
    `file` is the workbook that the lines go into.
    """
    if (result := outcome.result) is None:
        return
    for verdict in VERDICTS:
        for row, _ in list_by_gravity(result, verdict):
            finding = result.explain(row)
            places = places_of(finding)
            location = next((p for p in places if p.file == file and p.cell), places[0] if places else None)
            cells = {**_who_and_what(finding, result, lang), **number_cells(finding, result, lang)}
            if location:
                cells["place"] = _shown(location, file)
            yield finding, Line(_cells(cells), grade_of(finding), *(_goto(location, file) if location else ()))


def _who_and_what(finding: Finding, result: Result, lang: str) -> dict[str, Value]:
    """Return the cells that are texts, and when a finding is owed."""
    commitment = finding.commitment
    return {
        "sort": say(f"verdict.{finding.verdict}", lang),
        "subject": words.subject_text(finding, lang, with_root=result.several_roots),
        "commitment": commitment.title[lang],
        "sentence": sentence(finding, lang, result.plan),
        "clause": commitment.cite.section,
        "phrase": commitment.cite.phrase,
        "tier": say(f"tier.{commitment.tier}", lang),
        "duty": commitment.duty or "",
        **owner_cells(finding),
        **_due_cells(finding, result, lang),
    }


def owner_cells(finding: Finding) -> dict[str, Value]:
    """Return who answers for a finding: the office, and the deputy and the contact if they are named."""
    owner = finding.owner
    return {} if owner is None else {"owner": owner.office, "deputy": owner.deputy, "contact": owner.contact}


def _due_cells(finding: Finding, result: Result, lang: str) -> dict[str, Value]:
    """Return the day by which a finding is owed, and how many days are left to it: below zero, how many have passed."""
    due, until = finding.commitment.due, due_day(finding)
    if due is None or until is None:
        return {"due": say("due.after", lang)} if due is not None and due.kind == "after" else {}
    left = (until - result.as_of).days
    again = "" if due.kind == "year" else say(f"due.{due.kind}", lang)
    return {"due": day(until), "again": again, "days": Figure(left, "0", str(left))}


def number_cells(finding: Finding, result: Result, lang: str) -> dict[str, Value]:
    """Return value, target, what is expected by now, gap, completion and share of time as cells to sort by where they can be,
    and the years where several are known; nothing of a condition.
    """
    found: dict[str, Value] = {}
    if finding.time_elapsed is not None:
        found["elapsed"] = percent(finding.time_elapsed)
    if finding.commitment.value is None or not finding.targets:
        return found
    unknown = say("report.unknown", lang)
    found |= {"actual": words.actual_text(finding, lang), "target": words.target_text(finding, lang)}
    found |= {"expected": words.expected_text(finding, lang), "gap": words.gap_text(finding, lang, result.plan)}
    if not finding.commitment.steps and finding.unit != ONE_TO:
        found |= _numbers(finding, lang, str(found["gap"]))
    if finding.completion is not None:
        found["completion"] = percent(finding.completion)
    if finding.outlook is not None:
        found["trend"], found["outlook"] = _outlook_texts(finding, finding.outlook, lang)
    return {name: value for name, value in found.items() if value != unknown}


def _numbers(finding: Finding, lang: str, gap: str) -> dict[str, Value]:
    """Return the cells that are numbers in the unit of a finding; `gap` says the gap in words."""
    unit, target = finding.unit, finding.targets[0]
    found: dict[str, Figure | None] = {}
    if finding.actual is not None:
        found["actual"] = number(in_unit(finding.actual, unit))
    if finding.gap is not None:
        above, below = (say(f"report.{name}", lang, gap="{}") for name in words.name_gaps(finding, finding.gap))
        found["gap"] = number(in_unit(finding.gap, unit), above, below, gap)
    if len(finding.targets) == 1 and target.value is not None:
        found["target"] = number(in_unit(target.value, unit), say(f"operator.{target.operator}", lang, target="{}"))
    if len(finding.targets) == 1 and target.expected is not None:
        found["expected"] = number(in_unit(target.expected, unit))
    return {"unit": unit.symbol, **{name: figure for name, figure in found.items() if figure}}


def _outlook_texts(finding: Finding, outlook: Outlook, lang: str) -> tuple[str, str]:
    """Say the values by year, and where the trend leads."""
    goal = outlook.goal[1]
    points = [f"{year}: {words.value_text(finding, value, lang, goal)}" for year, value in outlook.points]
    leads = ""
    if outlook.projected is not None:
        code = "marked.reaches" if outlook.reaches else "marked.misses"
        leads = say(code, lang, year=outlook.goal[0], value=words.projected_text(finding, outlook, lang))
    return join_list(points, lang, "clauses"), leads


def places_of(finding: Finding) -> list[Location]:
    """Return the places of a finding: the one to point at, and those of its figures, of a count over many only some."""
    first = place_of(finding)
    places = dict.fromkeys([first] if first else [])
    places.update(dict.fromkeys(location for location, _ in fact_places(finding)))
    return list(places)[:MOST_PLACES]


def grade_of(finding: Finding) -> Grade | None:
    """Return the grade that colours a finding, None where there is nothing to act on."""
    if finding.verdict == "shortfall":
        return "binding" if finding.commitment.nature == "binding" else "shortfall"
    if finding.verdict in ("behind", "undetermined"):
        return "behind" if finding.verdict == "behind" else "undetermined"
    return None


def _shown(location: Location, file: str | None) -> str:
    """Write a place with the name of its file alone, and in the workbook itself without it."""
    if _goto(location, file) != ("", ""):
        return f"{location.sheet}!{location.cell}"
    return short_text(location)


def _goto(location: Location, file: str | None) -> tuple[str, str]:
    """Return the sheet and cell to go to, if the place is in the workbook itself."""
    return (location.sheet, location.cell) if location.file == file and location.cell and location.sheet else ("", "")
