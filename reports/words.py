"""Findings in words: numbers with units and steps by name, gaps, and one sentence that says it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from dabiao.base.messages import bracket, join_list, say
from dabiao.base.quantities import Difference, decimal_text, quantity_text
from dabiao.base.units import PERCENT, Unit
from dabiao.engine.results import VERDICTS, Finding, Followed, Outlook, Target, Used, Verdict
from dabiao.rules.comparators import COMPARATORS
from dabiao.rules.model import YES_NO, Commitment, Owner, Plan
from dabiao.rules.walks import leaves

_BARS = "▁▂▃▄▅▆▇█"


def value_text(finding: Finding, value: Fraction | None, lang: str, *against: Fraction | None) -> str:
    """Write a value of a finding: in its unit, or as the step it stands for; a dash if there is none."""
    if value is None:
        return say("report.unknown", lang)
    steps = finding.commitment.steps
    if steps:
        step = steps[int(value)] if value.denominator == 1 and 0 <= value < len(steps) else None
        return step.title[lang] if step else decimal_text(value)
    return quantity_text(value, finding.unit, *against)


def actual_text(finding: Finding, lang: str) -> str:
    """Write the actual value, or the range it lies in where facts are missing."""
    if finding.actual is not None:
        return value_text(finding, finding.actual, lang, *(target.value for target in finding.targets))
    low, high = finding.low, finding.high
    if low is not None and high is not None:
        return say("report.range", lang, low=value_text(finding, low, lang), high=value_text(finding, high, lang))
    if low:
        return say("report.at-least", lang, low=value_text(finding, low, lang))
    if high is not None:
        return say("report.at-most", lang, high=value_text(finding, high, lang))
    return say("report.unknown", lang)


def target_text(finding: Finding, lang: str) -> str:
    """Write the target with its comparator; both ends of a range."""
    parts = [compared_text(finding, target, target.value, lang) for target in finding.targets]
    return say("report.and", lang).join(parts) or say("report.unknown", lang)


def expected_text(finding: Finding, lang: str) -> str:
    """Write the value expected by now, of a range with comparators; empty where no path is judged."""
    expected = [(target, target.expected) for target in finding.targets if target.expected is not None]
    if len(finding.targets) > 1:
        texts = [compared_text(finding, target, value, lang) for target, value in expected]
    else:
        texts = [value_text(finding, value, lang, finding.actual) for _, value in expected]
    if not expected and finding.verdict in ("on_track", "behind"):
        least = [t.least_expected for t in finding.targets if t.least_expected is not None]
        texts = [say("report.at-least", lang, low=value_text(finding, e, lang, finding.actual)) for e in least]
    return say("report.and", lang).join(texts)


def reason_text(finding: Finding, lang: str) -> str:
    """Say why a finding is no plain comparison, empty if it is one."""
    return say(f"reason.{finding.reason}", lang) if finding.reason else ""


def open_text(finding: Finding, plan: Plan, lang: str) -> str:
    """Say of a verdict that stands though figures are missing that it does so, and which are; empty for others."""
    if finding.verdict in ("undetermined", "not_applicable") or not (lacks := missing_text(finding, plan, lang)):
        return ""
    if finding.reason in ("whatever-missing", "whatever-baseline"):
        return reason_text(finding, lang) + bracket(lacks, lang)
    return say("report.lacks", lang, figures=lacks) if finding.least_gap is not None else ""


def gap_text(finding: Finding, lang: str, plan: Plan) -> str:
    """Write what is missing to the target, or to spare; in whole things first where that says more."""
    if finding.unmet and finding.verdict in ("shortfall", "not_due", "waived"):
        from dabiao.reports.unmet import unmet_text  # loading it takes time, and few findings have such conditions

        unmet = say("report.unmet", lang, parts=unmet_text(finding, plan, lang))
        lacks = missing_text(finding, plan, lang)
        told = [unmet, *([say("report.lacks", lang, figures=lacks)] if lacks else [])]
        return join_list(told, lang, "clauses")
    if finding.commitment.holds is not None and finding.verdict in ("early", "met"):
        return say("report.reached", lang)
    if limit := limit_text(finding, lang):
        return limit
    if finding.gap is None:
        return _least_gap_text(finding, lang)
    if finding.commitment.steps:
        if finding.gap > 0:
            code = "report.steps-over" if _is_ceiling(finding, finding.gap) else "report.steps"
            return _answer_text(finding, plan, lang) or say(code, lang, steps=finding.gap)
        return say("report.reached", lang)
    if finding.gap == 0:
        strict = finding.verdict in ("shortfall", "behind")  # equal is not enough
        if strict and finding.whole_gap:
            code = "report.over" if _is_ceiling(finding, finding.gap) else "report.short"
            return say(code, lang, gap=_wholes(finding.whole_gap, finding, lang, plan))
        return say("report.not-beyond" if strict else "report.even", lang)
    text = difference_text(finding.gap, finding.unit, lang)
    whole = whole_text(finding, lang, plan)
    if whole and abs(finding.gap) == abs(finding.whole_gap or 0):
        text = whole  # the same number twice says no more
    elif whole:
        text = f"{whole}{bracket(text, lang)}"
    return say(f"report.{sort_gap(finding, finding.gap)}", lang, gap=text)


def _answer_text(finding: Finding, plan: Plan, lang: str) -> str:
    """Say of a yes or no that is not as asked what was not done, or must not be; empty for other steps."""
    commitment = finding.commitment
    if commitment.steps != YES_NO or commitment.value is None:
        return ""
    titles = [plan.measures[leaf.kind, leaf.measure].title[lang] for leaf in leaves(commitment.value.form)]
    code = "report.unmet" if finding.targets[0].value else "report.not-to-be"
    return say(code, lang, parts=join_list(dict.fromkeys(titles), lang, "items"))


def sort_gap(finding: Finding, gap: Fraction) -> str:
    """Name a gap: short of a minimum or over a maximum; beyond a minimum or below a maximum."""
    above, below = name_gaps(finding, gap)
    return above if gap > 0 else below


def name_gaps(finding: Finding, gap: Fraction) -> tuple[str, str]:
    """Return what gaps above zero, and others, are called against the target that a gap is told against."""
    return ("over", "room") if _is_ceiling(finding, gap) else ("short", "spare")


def _is_ceiling(finding: Finding, gap: Fraction) -> bool:
    """Whether the target that a gap is told against is one not to be exceeded: a maximum, or a value that is exceeded."""
    values = (finding.low, finding.high) if finding.actual is None else (finding.actual,)
    for target in finding.targets:
        for value in values:
            if value is not None and target.value is not None and target.distance(value) == gap:
                exact = target.operator == "=="
                return value > target.value if exact else not COMPARATORS[target.operator].upward
    return all(not COMPARATORS[target.operator].upward for target in finding.targets)


def _least_gap_text(finding: Finding, lang: str) -> str:
    """Write what is missing or to spare at least, whatever the figures are that were not reported."""
    gap = finding.least_gap
    if not gap or finding.commitment.steps:
        return ""
    return say(f"report.{sort_gap(finding, gap)}-at-least", lang, gap=difference_text(gap, finding.unit, lang))


def progress_text(finding: Finding, lang: str) -> str:
    """Write completion beside the share of the time that has passed; empty where there is neither."""
    if finding.completion is None and finding.time_elapsed is None:
        return ""
    done, time = (
        say("report.unknown", lang) if share is None else quantity_text(share, PERCENT)
        for share in (finding.completion, finding.time_elapsed)
    )
    return say("report.of-time", lang, completion=done, time=time)


def limit_text(finding: Finding, lang: str) -> str:
    """Say that a value is at its natural bound, where it cannot move on in the direction asked for; empty elsewhere."""
    for target in finding.targets:
        if target.limit is not None and target.limit == finding.actual and target.value in (None, target.limit):
            code = "report.limit-high" if COMPARATORS[target.operator].upward else "report.limit-low"
            return say(code, lang, value=value_text(finding, target.limit, lang))
    return ""


def difference_text(amount: Fraction, unit: Unit, lang: str) -> str:
    """Write by how much two values differ, without sign: percentages by points, ratios 1:n by a plain number."""
    return Difference(abs(amount), unit).say(lang)


def whole_text(finding: Finding, lang: str, plan: Plan) -> str:
    """Write the gap in whole things, empty where the gap already is one."""
    if not finding.whole_gap or finding.whole_unit == finding.unit.symbol:
        return ""
    return _wholes(abs(finding.whole_gap), finding, lang, plan)


def _wholes(count: int, finding: Finding, lang: str, plan: Plan) -> str:
    kind = plan.kinds.get(finding.whole_unit)
    return say("report.subjects", lang, count=count, kind=kind.title[lang]) if kind else f"{count} {finding.whole_unit}"


def missing_text(finding: Finding, plan: Plan, lang: str, most: int = 3) -> str:
    """Name the figures that would settle an undetermined finding."""
    names = [used_text(used, plan, lang) for used in finding.missing]
    for population in finding.populations:
        names += [name for name in population.unsure if not any(u.subject == name for u in finding.missing)]
        kind = plan.kinds[population.text].title[lang]
        now = population.year == finding.year
        details = {"kind": kind, "year": population.year, "count": population.unlisted}
        if population.unlisted is None:
            names.append(say("report.missing-endless" if now else "report.missing-endless-then", lang, **details))
        elif population.unlisted:
            names.append(say("report.missing-unlisted" if now else "report.missing-unlisted-then", lang, **details))
    if finding.reason in ("unlisted", "no-register"):
        names = [reason_text(finding, lang)]
    shown, left = join_list(list(dict.fromkeys(names))[:most], lang, "clauses"), len(set(names)) - most
    return f"{shown} {say('report.more', lang, count=left)}" if left > 0 else shown


def consequence_text(followed: Followed, plan: Plan, lang: str) -> str:
    """Name a consequence, and the money it is about where the plan says that it is about money."""
    rule = plan.consequences[followed.rule]
    parts = [rule.title[lang]]
    if followed.amount is not None:
        parts.append(say("report.amount", lang, amount=decimal_text(followed.amount)))
    elif rule.amount is not None:
        parts.append(say("report.amount-unknown", lang))
    return " · ".join(parts)


def owner_text(owner: Owner, lang: str) -> str:
    """Name the office that answers for a commitment, with its deputy and contact where they are known."""
    return owners_text((owner,), lang)


def owners_text(owners: Sequence[Owner], lang: str) -> str:
    """Name an office with the deputies and contacts of several of its commitments, each once."""
    sort = "phrases" if len(owners) > 1 else "clauses"
    people = [join_list(texts, lang, sort) for one in owners if (texts := _people(one, lang))]
    return owners[0].office + (bracket(join_list(dict.fromkeys(people), lang, "clauses"), lang) if people else "")


def _people(owner: Owner, lang: str) -> list[str]:
    return [say(f"report.{name}", lang, name=text) for name in ("deputy", "contact") if (text := getattr(owner, name))]


def nature_texts(commitments: Sequence[Commitment], lang: str) -> list[str]:
    """Say the nature of each of some commitments; nothing at all where the document states none of them."""
    stated = any(commitment.nature != "unstated" for commitment in commitments)
    return [say(f"nature.{commitment.nature}", lang) if stated else "" for commitment in commitments]


def name_causes(plan: Plan, lang: str) -> dict[str, str]:
    """Name what consequences follow from by id: commitments and consequences by title, conditions on measures in words."""
    titles = {rule.id: rule.title[lang] for rule in plan.consequences.values()}
    titles |= {name: commitment.title[lang] for name, commitment in plan.commitments.items()}
    if plan.tests:
        from dabiao.reports.plan_page import condition_text  # loading it takes time, and few plans have such conditions

        titles |= {test.id: condition_text(test, plan, lang) for test in plan.tests}
    return titles


def evidence_text(finding: Finding, plan: Plan, lang: str) -> str:
    """Write what was reported of an effort: its step or value, or the figures that its condition looks at."""
    if finding.commitment.holds is None:
        return actual_text(finding, lang)
    known = [used for used in finding.used if used.value is not None]
    texts = [
        say("gate.line", lang, name=used_text(used, plan, lang), text=figure_text(used, plan, lang)) for used in known
    ]
    return join_list(texts, lang, "clauses") or say("report.unknown", lang)


def figure_text(used: Used, plan: Plan, lang: str) -> str:
    """Write a figure that a finding rests on: its step, its quantity, or why there is none."""
    measure = plan.measures[used.kind, used.measure]
    if used.value is None:
        return say(f"absent.{(used.fact and used.fact.absent) or 'missing'}", lang)
    return measure.steps[int(used.value)].title[lang] if measure.steps else quantity_text(used.value, measure.unit)


def used_text(used: Used, plan: Plan, lang: str) -> str:
    """Name a figure: subject, measure and year."""
    title = plan.measures[used.kind, used.measure].title[lang]
    code = "report.figure-of" if used.kind == plan.root.id else "report.figure-of-subject"
    return say(code, lang, subject=used.subject, title=title, year=used.year)


def trend_text(outlook: Outlook) -> str:
    """Draw the values of the years as a small chart, one block a year, the highest bar for the highest value."""
    values = [value for _, value in outlook.points]
    low, high = min(values), max(values)
    if low == high:
        return _BARS[3] * len(values)
    return "".join(_BARS[int((value - low) * 7 / (high - low))] for value in values)


def projected_text(finding: Finding, outlook: Outlook, lang: str) -> str:
    """Write where the trend leads; of whole things about how many, on the side of the targets where it ends."""
    ahead, goal = outlook.projected, outlook.goal[1]
    if ahead is None or not outlook.whole or ahead.denominator == 1:
        return value_text(finding, ahead, lang, goal)
    ends = sorted((Fraction(floor(ahead)), Fraction(ceil(ahead))), key=lambda end: (abs(end - ahead), -end))
    told = next((end for end in ends if all(t.is_met(end) for t in finding.targets) == outlook.reaches), ahead)
    return say("outlook.about", lang, value=value_text(finding, told, lang, goal))


def outlook_texts(finding: Finding, outlook: Outlook, lang: str) -> list[str]:
    """Say how the value went year by year, at which pace, and where the trend leads."""
    goal_year, goal = outlook.goal
    steps = [
        say("outlook.point", lang, year=year, value=value_text(finding, value, lang, goal))
        for year, value in outlook.points
    ]
    lines = [say("outlook.points", lang, points=say("outlook.then", lang).join(steps), chart=trend_text(outlook))]
    for progress in (outlook.linear, outlook.compound):
        ratio = say("report.unknown", lang) if progress.ratio is None else decimal_text(progress.ratio)
        rating = say(f"rating.{progress.rating}", lang)
        lines.append(say(f"outlook.{progress.method}", lang, ratio=ratio, rating=rating))
    if outlook.projected is not None:
        code = "outlook.reaches" if outlook.reaches else "outlook.misses"
        value = projected_text(finding, outlook, lang)
        target = target_text(finding, lang)
        lines.append(say(code, lang, year=goal_year, value=value, target=target))
    return lines


def subject_text(finding: Finding, lang: str, *, with_root: bool = False) -> str:
    """Name the subject, or say that it stands for those the register knows of and no sheet lists.

    Where several root subjects are judged it needs its root: two homes in two districts may have one name.
    """
    if not finding.subject:
        unlisted = finding.stands_for == 1
        count = "?" if finding.stands_for is None else finding.stands_for
        name = say("report.unlisted" if unlisted else "report.unlisted-many", lang, count=count)
    else:
        name = " ".join(finding.subject.split()) if "\n" in finding.subject else finding.subject
    return named_in(name, finding.root) if with_root else name


def among_text(finding: Finding, count: int, lang: str, *, with_root: bool = False) -> str:
    """Name the subject of a finding that stands for `count` subjects."""
    subject = subject_text(finding, lang, with_root=with_root)
    return say("screen.among", lang, subject=subject, count=count) if count > 1 else subject


def titled_text(finding: Finding, count: int, lang: str, *, with_root: bool = False) -> str:
    """Name a commitment, and the subject of a finding of it, one of `count`; the root if it is asked for."""
    title = finding.commitment.title[lang]
    if len(finding.path) < 2:
        return f"{title} · {finding.root}" if with_root else title
    return f"{title} · {among_text(finding, count, lang, with_root=with_root)}"


def named_in(subject: str, root: str) -> str:
    """Name a subject with its root in front, if one is given and is not the subject itself."""
    return f"{root} {subject}" if root and root != subject else subject


def title_text(commitment: Commitment, lang: str, separator: str = " ", *, with_id: bool = True) -> str:
    """Name a commitment by its title, and the id behind it unless nobody is to type it."""
    title = commitment.title[lang]
    return f"{title}{separator}[{commitment.id}]" if with_id else title


def counts_text(counts: Mapping[Verdict, int], lang: str) -> str:
    """Say how many have each verdict that occurs."""
    parts = [f"{say(f'verdict.{verdict}', lang)} {counts[verdict]}" for verdict in VERDICTS if counts.get(verdict)]
    return join_list(parts, lang, "phrases")


def clause_text(commitment: Commitment, lang: str) -> str:
    """Write the clause: its place in the document, and the phrase that carries the figure."""
    return say("report.clause-text", lang, section=commitment.cite.section, phrase=commitment.cite.phrase)


def first_few(texts: Sequence[str], most: int, lang: str) -> list[str]:
    """Return the first `most` texts, and in one more how many were left out."""
    more = [say("report.more", lang, count=len(texts) - most)] if len(texts) > most else []
    return [*texts[:most], *more]


def sentence(finding: Finding, lang: str, plan: Plan, *, with_root: bool = False) -> str:
    """Say the finding in one sentence: value, target, gap, verdict."""
    details = {
        "title": finding.commitment.title[lang],
        "subject": subject_text(finding, lang, with_root=with_root),
        "year": finding.year,
        "actual": actual_text(finding, lang),
        "target": target_text(finding, lang),
        "gap": "" if finding.commitment.steps == YES_NO and finding.targets else gap_text(finding, lang, plan),
        "verdict": say(f"verdict.{finding.verdict}", lang),
        "expected": expected_text(finding, lang),
        "due": finding.due_year,
    }
    text = say(_sort_sentence(finding, details), lang, **details)
    lacks = open_text(finding, plan, lang)
    if not lacks:
        return text
    return join_list((text, say("explain.open", lang, text=lacks[:1].upper() + lacks[1:])), lang, "sentences")


def _sort_sentence(finding: Finding, details: Mapping[str, object]) -> str:
    """Return the code of the sentence that says a finding: with the gap, or without one where there is none."""
    if finding.commitment.value is None or not finding.targets:
        return "explain.unmet" if finding.unmet and details["gap"] else "explain.plain"
    if finding.verdict == "undetermined":
        return "explain.undetermined"
    if finding.verdict == "early":
        return "explain.early" if details["gap"] else "explain.early-no-gap"
    if finding.verdict in ("on_track", "behind") and details["expected"]:
        return "explain.pace" if details["gap"] else "explain.pace-no-gap"
    return "explain.judged" if details["gap"] else "explain.judged-no-gap"


def against_target_text(finding: Finding, lang: str) -> str:
    """Write the value of a finding and its target."""
    return say("screen.numbers", lang, actual=actual_text(finding, lang), target=target_text(finding, lang))


def compared_text(finding: Finding, target: Target, value: Fraction | None, lang: str) -> str:
    """Write a value behind the comparator of a target."""
    if value is None and target.of_year is not None:
        return say(f"operator.{target.operator}", lang, target=say("report.value-of", lang, year=target.of_year))
    if target.operator == "==" and finding.commitment.steps:
        return value_text(finding, value, lang)
    return say(f"operator.{target.operator}", lang, target=value_text(finding, value, lang, finding.actual))
