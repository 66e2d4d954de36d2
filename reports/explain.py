"""Why a commitment has its verdict, down to each figure and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from dabiao.base.messages import bracket, join_list, say
from dabiao.base.quantities import decimal_text, normalise, quantity_text
from dabiao.engine.results import Finding, Population, Used
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Document, Heading, Item, Items, Paragraph, table
from dabiao.reports.finding_texts import clause_lines
from dabiao.reports.plan_page import promise
from dabiao.rules.model import Measure, Plan
from dabiao.rules.wording import place_in_plan

if TYPE_CHECKING:
    from dabiao.engine.run import Explanation

_NAMED = 12


def document(explanation: Explanation, lang: str, most: int | None = None) -> Document:
    """Return each finding with its reasons and all of its figures, whatever `most` is."""
    del most
    blocks: list[Block] = []
    with_root = len({finding.root for finding in explanation.findings}) > 1
    for finding in explanation.findings:
        blocks += _finding(finding, explanation.plan, with_root, lang)
    for other in explanation.others:
        sentence = words.sentence(other, lang, explanation.plan, with_root=with_root)
        blocks.append(Paragraph(say("explain.other", lang, says=_says(other, explanation.plan), sentence=sentence)))
    return Document(lang, tuple(blocks))


def _says(other: Finding, plan: Plan) -> str:
    """Return the words of the reading that a finding goes by."""
    reading = plan.commitments[other.commitment.id].reading
    return reading.other.says if reading else ""


def _finding(finding: Finding, plan: Plan, with_root: bool, lang: str) -> Iterator[Block]:
    yield Heading(f"● {words.sentence(finding, lang, plan, with_root=with_root)}", tone=TONES[finding.verdict])
    asked = [say("gate.line", lang, name=say("page.promise", lang), text=promise(finding.commitment, plan, lang))]
    lines = [Item(text) for text in (*asked, *_reasons(finding, lang), *clause_lines(finding, lang))]
    for population in finding.populations:
        lines += _population(population, plan, lang)
    yield Items(tuple(lines))
    if finding.used:
        columns = tuple(say(f"explain.{column}", lang) for column in ("measure", "value", "place"))
        yield table(columns, [_used_cells(used, plan, lang) for used in finding.used])


def _reasons(finding: Finding, lang: str) -> list[str]:
    lines = [say("gate.line", lang, name=say("page.tier", lang), text=say(f"tier.{finding.commitment.tier}", lang))]
    if finding.owner:
        owner = words.owner_text(finding.owner, lang)
        lines.append(say("gate.line", lang, name=say("report.owner", lang), text=owner))
    if finding.waived_from:
        lines.append(say("explain.waived", lang, verdict=say(f"verdict.{finding.waived_from}", lang)))
    if finding.reason and not finding.reason.startswith("whatever"):  # the sentence says that
        lines.append(words.reason_text(finding, lang))
    if finding.baseline is not None:
        lines.append(say("explain.baseline", lang, value=words.value_text(finding, finding.baseline, lang)))
    if finding.pace is not None:
        code = "explain.pace-back" if finding.pace < 0 else "explain.pace-figure"
        lines.append(say(code, lang, pace=f"{decimal_text(abs(finding.pace) * 100)} %"))
    if (progress := words.progress_text(finding, lang)) and finding.verdict != "undetermined":
        lines.append(say("gate.line", lang, name=say("report.progress", lang), text=progress))
    if finding.outlook:
        lines += words.outlook_texts(finding, finding.outlook, lang)
    return lines


def _population(population: Population, plan: Plan, lang: str) -> Iterator[Item]:
    names = bracket(join_list(population.names[:_NAMED], lang), lang) if population.names else ""
    counts = {"year": population.year, "counted": population.counted, "possible": population.possible}
    kind = plan.kinds[population.text].title[lang]
    yield Item(say("explain.population", lang, kind=kind, names=names, **counts))
    if population.unsure:
        yield Item(say("explain.unsure", lang, names=join_list(population.unsure[:_NAMED], lang)), nested=True)
    if population.unlisted is None:
        yield Item(say("explain.endless", lang), nested=True)
    elif population.unlisted:
        yield Item(say("explain.unlisted", lang, count=population.unlisted), nested=True)


def _used_cells(used: Used, plan: Plan, lang: str) -> tuple[str, str, str]:
    measure, fact = plan.measures[used.kind, used.measure], used.fact
    value = words.figure_text(used, plan, lang)
    if used.value is not None and not measure.steps and fact and not _says_the_same(fact.raw, used.value, measure):
        value += bracket(fact.raw, lang)
    place = str(fact.location) if fact else place_in_plan(plan, used.stated).say(lang) if used.stated else "—"
    return words.used_text(used, plan, lang), value, place


def _says_the_same(raw: str, value: Fraction, measure: Measure) -> bool:
    """Whether a figure as it was entered is the number that is shown, with its unit or without."""
    written = quantity_text(value, measure.unit)
    bare = written.removesuffix(measure.unit.symbol)
    return not raw or normalise(raw).replace(",", "") in {normalise(text).replace(",", "") for text in (written, bare)}
