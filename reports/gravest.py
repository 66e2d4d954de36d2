"""What comes first, in words: counts of commitments in a sentence, the gravest findings, what is awaited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from dabiao.base.messages import bracket, join_list, say
from dabiao.engine.awaited import Awaited, find_next_due
from dabiao.engine.gravity import sum_up, sum_up_rows
from dabiao.engine.results import COUNTED, VERDICTS, Finding, Group, Result, Verdict
from dabiao.engine.views import NATURES, count_reached, list_owners, rank_offices
from dabiao.reports import words
from dabiao.reports.document import TONES, Item, Items
from dabiao.reports.locations import place_of, short_text
from dabiao.rules.model import YES_NO, Plan
from dabiao.rules.written import Nature, Tier

_FEW = 2
_OPEN: tuple[Verdict, ...] = ("undetermined", "not_due")


@dataclass(frozen=True, slots=True)
class Shown:
    """A group of findings in words; `finding` is its worst. `owner` says so if nobody is named; others are empty then."""

    group: Group
    finding: Finding
    subjects: str
    gap: str
    owner: str
    due: str
    place: str

    @property
    def name(self) -> str:
        """The anchor of its place in a report."""
        return anchor_of(self.group.rows[0])


def anchor_of(row: int) -> str:
    """Return the anchor of a finding: every number in a report that speaks of it leads there."""
    return f"f{row}"


def count_texts(result: Result, lang: str) -> Iterator[str]:
    """Say how many commitments of each tier and nature came to what, a sentence each: those reached first, then by VERDICTS."""
    plan = result.plan
    found: dict[tuple[Tier, Nature], dict[Verdict, int]] = {}
    for name, verdict in sum_up(result).select("commitment", "verdict").iter_rows():
        sort = plan.commitments[name].tier, plan.commitments[name].nature
        found.setdefault(sort, dict.fromkeys(VERDICTS, 0))[verdict] += 1
    for sort in product(COUNTED, NATURES):
        if sort in found:
            alone = sort[1] == "unstated" and sum(tier == sort[0] for tier, _ in found) == 1
            yield _count_text(*sort, found[sort], alone, lang)


def _count_text(tier: Tier, nature: Nature, counts: Mapping[Verdict, int], alone: bool, lang: str) -> str:
    reached = count_reached(counts)
    parts = []
    if reached:
        code = "screen.reached-early" if counts["early"] else "screen.reached"
        parts.append(say(code, lang, count=reached, early=counts["early"]))
    parts += [
        say("screen.count", lang, verdict=say(f"verdict.{verdict}", lang), count=counts[verdict])
        for verdict in ("on_track", "behind", "shortfall", "undetermined", "waived", "not_due", "not_applicable")
        if counts[verdict]
    ]
    code = "screen.tier" if alone else "screen.tier-of-nature"
    details = {"tier": say(f"tier.{tier}", lang), "nature": say(f"nature.{nature}", lang)}
    return say(code, lang, count=sum(counts.values()), counts=join_list(parts, lang, "phrases"), **details)


def show(group: Group, result: Result, lang: str, *, with_root: bool = False) -> Shown:
    """Put a group of findings in words; a subject is named with its root if there are several, or if that is asked for."""
    finding = result.explain(group.rows[0])
    count = group.subjects if len(group.rows) > 1 else 1
    gap = words.gap_text(finding, lang, result.plan)
    if expired := _find_expired(group, result):
        gap = join_list(filter(None, (gap, say("screen.expired", lang, day=expired))), lang, "phrases")
    return Shown(
        group=group,
        finding=finding,
        subjects=words.among_text(finding, count, lang, with_root=with_root or result.several_roots),
        gap=gap,
        owner=office_text(finding, lang),
        due=due_text(finding, result.as_of, lang),
        place=place_text(finding),
    )


def _find_expired(group: Group, result: Result) -> date | None:
    """Return when the last waiver of one of a group's subjects expired, None if there was none."""
    notes = [note for note in result.waivers if note.state == "expired" and note.commitment == group.commitment]
    if not notes:
        return None
    paths = set(result.find_paths(group.rows))
    return max((note.expires for note in notes if paths.intersection(note.paths)), default=None)


def office_text(finding: Finding, lang: str) -> str:
    """Name the office that answers for a finding, or say that none is named."""
    return finding.owner.office if finding.owner else say("screen.no-owner", lang)


def place_text(finding: Finding) -> str:
    """Write the place to point at with the name of its file alone; empty if nobody is judged."""
    place = place_of(finding)
    return short_text(place) if place else ""


def due_day(finding: Finding) -> date | None:
    """Return the day by which a finding is owed; None where no day is set."""
    due = finding.commitment.due
    return None if due is None or due.kind == "after" or finding.due_year is None else date(finding.due_year, 12, 31)


def due_text(finding: Finding, as_of: date, lang: str) -> str:
    """Say when a finding is owed, and how many days are left."""
    due = finding.commitment.due
    if due is None or finding.due_year is None:
        return ""
    if (day := due_day(finding)) is None:
        return say("due.after", lang)
    left = (day - as_of).days
    text = say("due.left" if left > 0 else "due.now" if left == 0 else "due.over", lang, day=day, days=abs(left))
    return text if due.kind == "year" else text + bracket(say(f"due.{due.kind}", lang), lang)


def numbers_text(shown: Shown, lang: str) -> str:
    """Say the value, the target and the gap of the worst finding of a group."""
    text = finding_numbers(shown.finding, shown.gap, lang)
    told = shown.finding.commitment.value is not None and shown.finding.targets and text != shown.gap
    return say("screen.worst-of", lang, numbers=text) if told and len(shown.group.rows) > 1 else text


def finding_numbers(finding: Finding, gap: str, lang: str) -> str:
    """Say the value of a finding, its target, what is expected by now, and the gap; of a condition, what does not hold."""
    answered = finding.commitment.steps == YES_NO and gap  # says what a yes and a no would
    if finding.commitment.value is None or not finding.targets or answered:
        return gap or say(f"verdict.{finding.verdict}", lang)
    parts = [words.against_target_text(finding, lang)]
    if expected := words.expected_text(finding, lang):
        parts.append(say("screen.expected", lang, expected=expected))
    return join_list([*parts, *([gap] if gap else [])], lang, "phrases")


def whose_text(shown: Shown, lang: str, *, with_contact: bool = False) -> str:
    """Say who answers for a group of findings and by when, and on a second line where the figure stands."""
    owner = shown.finding.owner
    office = words.owner_text(owner, lang) if with_contact and owner else shown.owner
    return stack_whose(office, shown.due, shown.place, lang)


def stack_whose(office: str, due: str, place: str, lang: str) -> str:
    """Put who answers and by when on one line, and where the figure stands on a second; what is empty is left out."""
    return "\n".join(filter(None, (join_list(filter(None, (office, due)), lang, "phrases"), place)))


def worst_title(groups: Sequence[Group], result: Result, lang: str) -> str:
    """Say how many are short or behind, and in which order they stand; where nothing is, how many are open."""
    if not groups:
        open_ones = result.counts()["undetermined"]
        return say("screen.nothing-known" if open_ones else "screen.nothing-short", lang, count=open_ones)
    return say("screen.worst", lang, count=len(groups))


def list_shown(groups: Sequence[Shown], left: int, lang: str, *, with_ids: bool = True) -> Items:
    """List groups of findings, two lines each: what and of whom, then the numbers, whose they are, when and where."""
    lines = []
    for number, shown in enumerate(groups, start=1):
        verdict, title = shown.group.verdict, words.title_text(shown.finding.commitment, lang, with_id=with_ids)
        details = {"verdict": say(f"verdict.{verdict}", lang), "title": title, "subject": shown.subjects}
        lines.append(Item(say("screen.head", lang, number=number, **details), tone=TONES[verdict]))
        told = filter(None, (numbers_text(shown, lang), shown.owner, shown.due, shown.place))
        lines.append(Item(join_list(told, lang, "clauses"), nested=True))
    return Items(tuple(lines), left=left)


def followed_texts(result: Result, lang: str) -> list[str]:
    """Say each consequence, with its subject, and the root of that where there are several."""
    texts = []
    for one in result.followed:
        subject = words.named_in(one.subject, one.root if result.several_roots else "")
        texts.append(say("screen.followed", lang, what=words.consequence_text(one, result.plan, lang), subject=subject))
    return texts


def offices_text(plan: Plan, commitments: Iterable[str], lang: str, ranks: Mapping[str, int] | None = None) -> str:
    """Name the offices that answer for some commitments, with whom to ask there; empty if none is named.

    They stand in the order of the plan, or by `ranks` (see `rank_offices`).
    """
    found = list_owners(plan, commitments)
    offices = list(found) if ranks is None else sorted(found, key=lambda office: ranks[office])
    return join_list((words.owners_text(found[office], lang) for office in offices), lang, "clauses")


def next_due_text(result: Result, lang: str) -> str:
    """Say what is owed next and not reached yet: the year, how many commitments, what they come to, and which they are."""
    found = find_next_due(result)
    if found is None:
        return ""
    year, rows = found
    table = sum_up_rows(result, rows)
    counts = words.counts_text(Counter(table["verdict"]), lang)
    text = say("screen.next-due", lang, year=year, count=table.height, counts=counts)
    titles = [result.plan.commitments[name].title[lang] for name in table["commitment"].unique(maintain_order=True)]
    named = join_list(words.first_few(titles, _FEW, lang), lang, "items")
    return f"{text}{say('page.colon', lang)}{named}"


def awaited_subject(pair: tuple[str, str], kind: str, result: Result, lang: str) -> str:
    """Name a subject of a figure that is missing, with its root where there are several."""
    root, name = pair
    unlisted = say("screen.unlisted", lang, kind=result.plan.kinds[kind].title[lang])
    return words.named_in(name or unlisted, root if result.several_roots else "")


def awaited_text(awaited: Awaited, result: Result, lang: str) -> str:
    """Name a figure that is missing, of whom, and how many commitments wait for it."""
    title = result.plan.measures[awaited.kind, awaited.measure].title[lang]
    if awaited.kind != result.plan.root.id or result.several_roots:
        subject = awaited_subject(awaited.subjects[0], awaited.kind, result, lang)
        if (count := len(awaited.subjects)) > 1:
            subject = say("screen.among", lang, subject=subject, count=count)
        title = f"{subject} {title}"
    return say("screen.awaited", lang, title=title, year=awaited.year, count=len(awaited.commitments))


def silent_names(result: Result) -> list[str]:
    """Return the commitments that count, are open, and about which nothing is reported at all."""
    names = dict.fromkeys(result.table["commitment"].filter(result.rows_with(*_OPEN)))
    return [name for name in names if name in result.silent]


def open_texts(result: Result, awaited: Sequence[Awaited], lang: str) -> Iterator[str]:
    """Say how many figures are missing and which are awaited most, and of how many commitments nothing is reported."""
    if awaited:
        texts = [awaited_text(one, result, lang) for one in awaited]
        named = join_list(words.first_few(texts, _FEW, lang), lang, "clauses")
        yield say("screen.awaits", lang, count=len(awaited), named=named)
    if silent := silent_names(result):
        told, offices = say("screen.silent", lang, count=len(silent)), list_owners(result.plan, silent)
        shown = [office for office in rank_offices(result) if office in offices]
        yield told + (bracket(join_list(words.first_few(shown, _FEW, lang), lang, "items"), lang) if shown else "")
