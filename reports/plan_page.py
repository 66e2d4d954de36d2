"""The plan as a readable page, for an official who proofreads it against the document: promises in words, by chapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dabiao.base.messages import join_list, say
from dabiao.reports.document import Block, Cell, Document, Heading, Item, Items, Table, name_columns, table
from dabiao.rules.model import Commitment, Kind, Measure, Plan, Trigger
from dabiao.rules.wording import Words, check_text, compared_text, title_check

if TYPE_CHECKING:
    from dabiao.rules.services import ShownPlan


def document(shown: ShownPlan, lang: str, most: int | None = None) -> Document:
    """Return the whole page, whatever `most` is. The same plan always gives the same page."""
    del most
    return Document(lang, tuple(_page(shown.plan, lang)))


def _page(plan: Plan, lang: str) -> Iterator[Block]:
    """Iterate over the parts of the page: what plan it is, its commitments by chapter, and whatever else it holds."""
    yield Heading(plan.title[lang], 1, plan.id)
    yield _about(plan, lang)
    number = 0
    for chapter, commitments in _chapters(plan).items():
        yield Heading(chapter or say("page.no-chapter", lang))
        for commitment in commitments:
            number += 1
            yield Heading(f"{number}. {commitment.title[lang]}", 3, commitment.id)
            yield _commitment(commitment, plan, lang)
    yield from _consequences(plan, lang)
    yield from _checks(plan, lang)
    yield from _amendments(plan, lang)
    yield Heading(say("page.measures", lang))
    yield _measures(plan, lang)
    yield Heading(say("page.registers", lang))
    yield _registers(plan, lang)
    yield Heading(say("page.left-out", lang))
    yield _labelled([(say("page.passages", lang), str(len(plan.left_out)))])


def _labelled(pairs: Sequence[tuple[str, str | None]]) -> Items:
    return Items(tuple(Item(text, label) for label, text in pairs if text))


def _about(plan: Plan, lang: str) -> Items:
    document = plan.document
    manual = sum(c.manual for c in plan.commitments.values())
    counts = {"judged": len(plan.commitments) - manual, "manual": manual, "measures": len(plan.measures)}
    return _labelled(
        [
            (say("page.version", lang), plan.version),
            (say("page.document", lang), document.title[lang]),
            (say("page.authority", lang), document.authority),
            (say("page.issued", lang), document.issued),
            (say("page.period", lang), f"{plan.first}–{plan.last}"),
            (say("page.baseline-year", lang), str(plan.baseline)),
            (say("page.in-force", lang), join_list(plan.amended, lang)),
            (say("page.size", lang), say("page.counts", lang, **counts)),
        ]
    )


def _chapters(plan: Plan) -> dict[str, list[Commitment]]:
    """Group the commitments by chapter, chapters in the order of their first commitment."""
    chapters: dict[str, list[Commitment]] = {}
    for c in plan.commitments.values():
        chapters.setdefault(c.chapter or "", []).append(c)
    return chapters


def _commitment(c: Commitment, plan: Plan, lang: str) -> Items:
    reading = c.reading
    twin = plan.commitments.get(c.same_as or "")
    chosen = {"chosen": reading.chosen, "other": reading.other.says, "why": reading.why} if reading else {}
    tier = say(f"tier.{c.tier}", lang)
    return _labelled(
        [
            (say("page.promise", lang), promise(c, plan, lang)),
            (say("page.due", lang), _due(c, plan, lang)),
            (say("page.baseline", lang), _baseline(c, plan, lang)),
            (
                say("page.tier", lang),
                say("page.tier-why", lang, tier=tier, why=c.tier_reason) if c.tier_reason else tier,
            ),
            (say("page.nature", lang), say(f"nature.{c.nature}", lang) if c.nature != "unstated" else ""),
            (say("page.strength", lang), say(f"strength.{c.strength}", lang) if c.strength != "unstated" else ""),
            (say("page.duty", lang), c.duty),
            (say("page.clause", lang), say("page.cited", lang, section=c.cite.section, phrase=c.cite.phrase)),
            (say("page.cite-note", lang), c.cite.note),
            (say("page.reading", lang), say("page.chosen", lang, **chosen) if reading else ""),
            (say("page.other", lang), _other(c.other, plan, lang) if c.other else ""),
            (say("page.same-as", lang), f"{twin.title[lang]} [{twin.id}]" if twin else ""),
            (say("page.note", lang), c.note[lang] if c.note else ""),
        ]
    )


def _other(c: Commitment, plan: Plan, lang: str) -> str:
    """Say what a commitment promises by the reading that was not chosen, and when."""
    return f"{promise(c, plan, lang)} · {_due(c, plan, lang)}"


def promise(c: Commitment, plan: Plan, lang: str) -> str:
    """Say what a commitment promises: who, which figure, comparator and target, with the units as written."""
    words = Words(plan, lang, c.kind)
    subject = plan.kinds[c.kind].title[lang]
    if c.kind != plan.root.id:
        subject = say("page.each", lang, kind=subject)
    if c.wording.where:
        subject += say("page.where", lang, condition=words.text(c.wording.where))
    if c.manual:
        return say("page.manual", lang, subject=subject)
    if c.wording.holds:
        return say("page.holds", lang, subject=subject, condition=words.text(c.wording.holds))
    value = words.text(c.value.written) if c.value else ""
    return say("page.sentence", lang, subject=subject, value=value, test=_test(c, words, plan, lang))


def _test(c: Commitment, words: Words, plan: Plan, lang: str) -> str:
    if c.direction:
        against = say("page.last-year", lang) if c.against == "last_year" else str(plan.baseline)
        return say(f"page.direction.{c.direction}", lang, against=against)
    if c.stages:
        stages = (
            say("page.stage", lang, year=stage.year, test=compared_text(stage.bounds, words, c.steps, lang))
            for stage in c.stages
        )
        return say("page.then", lang).join(stages)
    return compared_text(c.bounds, words, c.steps, lang)


def _due(c: Commitment, plan: Plan, lang: str) -> str:
    if c.due is None:
        return ""
    if c.due.kind == "year":
        text = say("page.by", lang, year=c.due.year)
    elif c.wording.after:
        text = say("page.after", lang, condition=Words(plan, lang, c.kind).text(c.wording.after))
    else:
        text = say(f"page.{c.due.kind}", lang)
    return text + (say("page.implied", lang) if c.implied else "")


def _baseline(c: Commitment, plan: Plan, lang: str) -> str:
    """Write the baseline as the plan states it, in the commitment or in its measure."""
    if c.value is None:
        return ""
    measure = plan.measures.get((c.kind, c.value.text.strip()))
    stated = c.wording.baseline or (measure.wording.baseline if measure else None)
    if stated is None:
        return ""
    value = Words(plan, lang, c.kind).text(stated, c.value.steps)
    return say("page.baseline-value", lang, year=plan.baseline, value=value)


def _consequences(plan: Plan, lang: str) -> Iterator[Block]:
    if not plan.consequences:
        return
    yield Heading(say("page.consequences", lang))
    for rule in plan.consequences.values():
        yield Heading(rule.title[lang], 3, rule.id)
        conditions = (_trigger(trigger, plan, lang) for trigger in rule.when)
        cite = rule.cite
        yield _labelled(
            [
                (say("page.level", lang), say(f"level.{rule.level}", lang)),
                (say("page.when", lang), say("page.and", lang).join(conditions)),
                (say("page.falls-on", lang), plan.kinds[rule.kind].title[lang] if "for" in rule.places else ""),
                (
                    say("page.clause", lang),
                    say("page.cited", lang, section=cite.section, phrase=cite.phrase) if cite else "",
                ),
                (say("page.cite-note", lang), cite.note if cite else ""),
                (say("page.note", lang), rule.note[lang] if rule.note else ""),
            ]
        )


def _trigger(trigger: Trigger, plan: Plan, lang: str) -> str:
    """Say what a consequence follows from."""
    if trigger.consequence:
        other = plan.consequences[trigger.consequence]
        return say("page.follows", lang, title=other.title[lang], id=other.id)
    verdicts = say("page.or", lang).join(say(f"verdict.{v}", lang) for v in trigger.verdicts)
    if trigger.test:
        return condition_text(trigger.test, plan, lang)
    if trigger.commitment:
        title = plan.commitments[trigger.commitment].title[lang]
        return say("page.finding", lang, title=title, id=trigger.commitment, verdict=verdicts)
    nature = say(f"nature.{trigger.nature}", lang)
    return say("page.any-finding", lang, nature=nature, verdict=verdicts)


def condition_text(test: Commitment, plan: Plan, lang: str) -> str:
    """Say a condition on measures, as a consequence has it: whose figures, and what they come to."""
    words = Words(plan, lang, test.kind)
    subject = plan.kinds[test.kind].title[lang]
    if test.wording.where:
        subject += say("page.where", lang, condition=words.text(test.wording.where))
    if test.wording.holds:
        return say("page.measured", lang, subject=subject, condition=words.text(test.wording.holds))
    value = words.text(test.value.written) if test.value else ""
    condition = f"{value} {compared_text(test.bounds, words, test.steps, lang)}"
    return say("page.measured", lang, subject=subject, condition=condition)


def _checks(plan: Plan, lang: str) -> Iterator[Block]:
    """List the data checks with what each asks of the figures."""
    if not plan.checks:
        return
    yield Heading(say("page.checks", lang))
    for check in plan.checks:
        yield Heading(title_check(check, plan).say(lang), 3, check.id)
        yield _labelled(
            [
                (say("page.check", lang), check_text(check, plan, lang)),
                (say("page.severity", lang), say(f"page.severity.{check.severity}", lang)),
                (say("page.unmade", lang), say("page.unmade.warning", lang) if check.unmade == "warning" else ""),
            ]
        )


def _amendments(plan: Plan, lang: str) -> Iterator[Block]:
    if not plan.amendments:
        return
    yield Heading(say("page.amendments", lang))
    names = ("id", "effective", "authority", "reason", "in-force")
    rows = [
        (
            Cell(a.id, is_id=True), a.effective.isoformat(), a.authority, a.reason or "",
            say("page.yes" if a.id in plan.amended else "page.no", lang),
        )
        for a in plan.amendments
    ]  # fmt: skip
    yield table(name_columns("page", lang, *names), rows)


def _measures(plan: Plan, lang: str) -> Table:
    names = ("id", "measure", "kind", "unit", "formula", "baseline", "definition")
    rows = [_measure(m, plan, lang) for m in plan.measures.values()]
    return table(name_columns("page", lang, *names), rows)


def _measure(m: Measure, plan: Plan, lang: str) -> tuple[str | Cell, ...]:
    words = Words(plan, lang, m.kind)
    scale = (" < " if m.ordered else " / ").join(step.title[lang] for step in m.steps)
    return (
        Cell(m.id, is_id=True),
        m.title[lang],
        plan.kinds[m.kind].title[lang],
        scale or m.unit.symbol,
        words.text(m.formula.written) if m.formula else "",
        words.text(m.wording.baseline, m.steps),
        m.definition[lang] if m.definition else "",
    )


def _registers(plan: Plan, lang: str) -> Table:
    names = ("id", "kind", "in", "register")
    rows = [
        (
            Cell(kind.id, is_id=True),
            kind.title[lang],
            plan.kinds[kind.parent].title[lang] if kind.parent else "",
            _register(kind, lang),
        )
        for kind in plan.kinds.values()
    ]
    return table(name_columns("page", lang, *names), rows)


def _register(kind: Kind, lang: str) -> str:
    if kind.register is None:
        return "" if kind.parent is None else say("page.no-register", lang)
    if kind.register.count is None:
        return say("page.reported", lang)
    names = join_list(kind.register.names, lang)
    return f"{kind.register.count}: {names}" if names else str(kind.register.count)
