"""What a rule of a SARIF log says: a commitment as a rule with its help, and rules of other kinds."""

from __future__ import annotations

from typing import Any

from dabiao.base.messages import say, visible
from dabiao.engine.results import Finding
from dabiao.reports import finding_texts, words
from dabiao.reports.markdown import escaped
from dabiao.rules.model import Plan

Json = dict[str, Any]


def of_commitment(finding: Finding, plan: Plan, lang: str) -> Json:
    """Return a commitment as a rule. The target is that of the finding at hand; it may differ between subjects."""
    commitment = finding.commitment
    title, cite = commitment.title[lang], commitment.cite
    lines = [*finding_texts.clause_lines(finding, lang)]
    if finding.targets:
        lines.insert(0, say("gate.rule-target", lang, target=words.target_text(finding, lang)))
    if due := commitment.due:
        when = due.year if due.kind == "year" else say(f"gate.due-{due.kind}", lang)
        lines.append(say("gate.rule-due", lang, due=when))
    lines.append(say("gate.rule-each", lang, kind=plan.kinds[commitment.kind].title[lang]))
    lines.append(say("gate.rule-nature", lang, nature=say(f"nature.{commitment.nature}", lang)))
    if commitment.note:
        lines.append(commitment.note[lang])
    lines = [visible(line) for line in lines]
    return {
        "name": _pascal(f"{plan.id}-{commitment.id}"),  # SARIF wants it unlike the id
        "shortDescription": {"text": visible(title)},
        "fullDescription": {
            "text": visible(say("gate.rule", lang, title=title, section=cite.section, phrase=cite.phrase))
        },
        "help": {
            "text": "\n".join([visible(title), *lines]),
            "markdown": f"**{escaped(title)}**\n\n" + "\n".join(f"- {escaped(line)}" for line in lines),
        },
        "defaultConfiguration": {"level": "error" if commitment.nature == "binding" else "warning"},
        "properties": {
            "tags": [plan.id, finding_texts.chapter_of(finding, plan, lang), commitment.nature],
            "nature": commitment.nature, "section": cite.section, "phrase": cite.phrase,
        },
    }  # fmt: skip


def plain(title: str, help_text: str, level: str) -> Json:
    """Return a rule that is no commitment."""
    return {
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": help_text, "markdown": escaped(help_text)},
        "defaultConfiguration": {"level": level},
    }


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
