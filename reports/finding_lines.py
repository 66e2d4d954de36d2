"""The lines of a sheet of findings: a finding or a problem in the words of its columns, gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Location, Problem
from dabiao.base.quantities import decimal_text
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, VERDICTS, Finding, Outlook
from dabiao.reports import words
from dabiao.reports.finding_texts import MOST_PLACES, sentence
from dabiao.reports.gravest import due_text
from dabiao.reports.locations import fact_places, place_of, short_text
from dabiao.reports.workbook_marks import COLUMNS, Grade, Line

MOST_LINES = 20_000  # of a sheet; the rest is counted
_BESIDE = ("",) * 7  # columns that say nothing of a problem


def cut(lines: Iterable[Line], lang: str) -> list[Line]:
    """Return as many lines as a sheet takes, and in one more how many were left out."""
    rest = iter(lines)
    shown = list(islice(rest, MOST_LINES))
    left = sum(1 for _ in rest)
    more = (say("report.more", lang, count=left), *("",) * (len(COLUMNS) - 1))
    return [*shown, *([Line(more)] if left else [])]


def problem_line(problem: Problem, lang: str, file: str | None = None) -> Line:
    """Return the line of a problem; `file` is the workbook that the line goes into, if it is one that was submitted."""
    sort = say("marked.problem" if problem.severity == "error" else "marked.warning", lang)
    cells = (sort, _shown(problem.location, file), "", "", sentence_of(problem, lang), "", *_BESIDE)
    return Line(cells, problem.severity, *_goto(problem.location, file))


def sentence_of(problem: Problem, lang: str) -> str:
    """Say a problem without its place, which is the cell it is put in."""
    return problem.text(lang).removeprefix(f"{problem.location}: ")


def finding_lines(outcome: CheckOutcome, lang: str, file: str | None = None) -> Iterator[tuple[Finding, Line]]:
    """Iterate over the findings that count with their lines, by verdict; `file` is the workbook that the lines go into."""
    if (result := outcome.result) is None:
        return
    for verdict in VERDICTS:
        for finding in result.findings([verdict], tiers=COUNTED):
            places = places_of(finding)
            location = next((p for p in places if p.file == file and p.cell), places[0] if places else None)
            commitment = finding.commitment
            cells = (
                say(f"verdict.{verdict}", lang),
                _shown(location, file) if location else "",
                words.subject_text(finding, lang, with_root=True),
                words.title_text(commitment, lang),
                sentence(finding, lang, result.plan),
                words.clause_text(commitment, lang),
                say(f"tier.{commitment.tier}", lang),
                words.owner_text(finding.owner, lang) if finding.owner else "",
                commitment.duty or "",
                due_text(finding, result.as_of, lang),
                words.progress_text(finding, lang),
                *(_outlook_texts(finding, finding.outlook, lang) if finding.outlook else ("", "")),
            )
            yield finding, Line(cells, grade_of(finding), *(_goto(location, file) if location else ()))


def _outlook_texts(finding: Finding, outlook: Outlook, lang: str) -> tuple[str, str]:
    """Say the values by year, and at which pace and where the trend leads."""
    goal = outlook.goal[1]
    points = [f"{year}: {words.value_text(finding, value, lang, goal)}" for year, value in outlook.points]
    progress = outlook.by(finding.commitment.path.name)
    parts = [say(f"rating.{progress.rating}", lang)]
    if progress.ratio is not None:
        parts[0] += f" {decimal_text(progress.ratio)}"
    if outlook.projected is not None:
        code = "marked.reaches" if outlook.reaches else "marked.misses"
        parts.append(say(code, lang, year=outlook.goal[0], value=words.projected_text(finding, outlook, lang)))
    return "; ".join(points), join_list(parts, lang, "clauses")


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
