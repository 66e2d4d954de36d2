"""Who owes what, and which office answers for it, as a table on a terminal, as JSON, as Markdown, and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from dabiao.base.messages import join_list, say
from dabiao.engine.status import STATES, Entry, Listing, State, Status, Submission
from dabiao.engine.views import list_owners
from dabiao.reports import words
from dabiao.reports.document import Bar, Block, Cell, Document, Heading, Paragraph, Tone, items, name_columns, table
from dabiao.reports.gravest import offices_text
from dabiao.reports.json import problem_json
from dabiao.rules.model import Plan

FORMAT = "dabiao/status/1"
TONES: dict[State, Tone] = {
    "refused": "grave", "not_submitted": "grave", "partly": "behind", "nothing": "set_aside", "complete": "good",
}  # fmt: skip
_COLUMNS = (
    "submitter", "kind", "name", "in", "state", "state_text", "timing", "submitted", "days", "measures", "reported", "absent",
    "missing", "awaited", "owner", "nothing", "scope", "outside", "file", "problem",
)  # fmt: skip
_NAMED = 6
_LISTED = 50


def document(status: Status, lang: str, most: int | None = None) -> Document:
    """Return a row a submitter, and below it the subjects that owe something, at most `most` of each register."""
    return Document(lang, tuple(_blocks(status, lang, most)), (_summary(status, lang),))


def _blocks(status: Status, lang: str, most: int | None) -> Iterator[Block]:
    yield Heading(_title(status, lang), 1)
    rows = [_submission_cells(submission, status, lang) for submission in status.submissions]
    yield table(_headings(status, lang, "submitter", "state", "submitted", "figures", "awaited"), rows)
    for submission in status.submissions:
        for listing in submission.listings:
            states = _states(listing, lang)
            told = (submission.name, _register(listing, status.plan, lang), states)
            yield Heading(" · ".join(filter(None, told)))
            owed = [_entry_cells(entry, status.plan, lang) for entry in listing.entries if entry.owed]
            yield table(_headings(status, lang, "subject", "state", "figures", "awaited"), owed, most)
            if listing.unlisted != 0 and any(offices := _offices(status.plan, listing.asking, lang)):
                yield Paragraph(say("status.unlisted-ask", lang, offices=offices[0]))
    yield from _footnotes(status, lang)


def _headings(status: Status, lang: str, *names: str) -> tuple[str, ...]:
    return name_columns("status", lang, *names, *(("ask",) if status.plan.owners else ()))


def _offices(plan: Plan, commitments: Iterable[str], lang: str) -> list[str]:
    """Name the offices that answer for commitments, as the one cell of a row; no cell where no commitment has an owner."""
    if not plan.owners:
        return []
    return [offices_text(plan, commitments, lang)]


def csv_rows(status: Status, lang: str) -> Iterator[list[object]]:
    """Iterate over a line of headings, and one line a submitter and one a subject."""
    yield [say(f"status.csv.{column}", lang) for column in _COLUMNS]
    for record in _records(status, lang):
        state = say(f"status.{record['state']}", lang)
        yield [{"state_text": state, **record}.get(column, "") for column in _COLUMNS]


def _records(status: Status, lang: str) -> Iterator[dict[str, object]]:
    root, plan = status.plan.root.id, status.plan
    for submission in status.submissions:
        own, first = submission.own, submission.problems[0].text(lang) if submission.problems else ""
        yield {
            "submitter": submission.name, "kind": root, "name": submission.name, "timing": submission.timing,
            "submitted": submission.submitted, "days": submission.days, **(_entry_row(own, plan, lang) if own else {}),
            "state": submission.state, "scope": _scope(submission, lang), "outside": submission.outside or "",
            "file": "; ".join(submission.files), "problem": first,
        }  # fmt: skip
        for listing in submission.listings:
            for row in _subject_rows(listing, plan, lang):
                yield {**row, "submitter": submission.name}
    for unread in status.unread:
        yield {"state": "refused", "file": unread.file, "problem": unread.problems[0].text(lang)}
    for _ in range(min(status.unnamed, _LISTED)):
        yield {"kind": root, "state": "not_submitted"}


def _subject_rows(listing: Listing, plan: Plan, lang: str) -> Iterator[dict[str, object]]:
    for entry in listing.entries:
        yield {**_entry_row(entry, plan, lang), "kind": entry.kind, "name": entry.name, "in": entry.parent or ""}
    unlisted = {
        "kind": listing.kind, "state": "not_submitted", "owner": join_list(_offices(plan, listing.asking, lang), lang),
    }  # fmt: skip
    for name in listing.names:
        yield {**unlisted, "name": name}
    if listing.unlisted != 0 and not listing.names:
        yield {**unlisted, "problem": _register(listing, plan, lang)}


def _entry_row(entry: Entry, plan: Plan, lang: str) -> dict[str, object]:
    absent = "; ".join(f"{name}: {reason}" for name, reason in entry.absent.items())
    return {
        "state": entry.state, "measures": entry.measures, "reported": entry.reported, "absent": absent,
        "missing": "; ".join(entry.missing), "awaited": _awaited(entry, plan, lang, most=None), "nothing": entry.nothing,
        "owner": join_list(_offices(plan, entry.asking, lang), lang),
    }  # fmt: skip


def as_json(status: Status, lang: str) -> dict[str, Any]:
    """Return the status as plain values."""
    plan = status.plan
    return {
        "format": FORMAT,
        "plan": {"id": plan.id, "version": plan.version},
        "year": status.year,
        "due": status.due.isoformat(),
        "as_of": status.as_of.isoformat(),
        "exit_code": status.exit_code,
        "counts": {**status.counts(), **status.timings(), "unread": len(status.unread)},
        "submissions": [_submission_json(submission, plan, lang) for submission in status.submissions],
        "unnamed": status.unnamed,
        "unread": [
            {"file": unread.file, "problems": [problem_json(p, lang) for p in unread.problems]}
            for unread in status.unread
        ],
        "other_years": [{"subject": s.subject, "year": s.year, "file": s.file} for s in status.others],
    }


def _submission_json(submission: Submission, plan: Plan, lang: str) -> dict[str, Any]:
    return {
        "name": submission.name,
        "state": submission.state,
        "timing": submission.timing,
        "submitted": submission.submitted.isoformat() if submission.submitted else None,
        "days": submission.days,
        "expected": submission.expected,
        "tiers": list(submission.tiers),
        "outside": submission.outside,
        "files": list(submission.files),
        "problems": [problem_json(problem, lang) for problem in submission.problems],
        "own": _entry_json(submission.own, plan) if submission.own else None,
        "registers": [
            {
                "kind": listing.kind, "size": listing.size, "said_complete": listing.whole,
                "listed": len(listing.entries), "unlisted": listing.unlisted, "unlisted_names": list(listing.names),
                "subjects": [_entry_json(entry, plan) for entry in listing.entries],
                "owners": _owners_json(listing.asking, plan) if listing.unlisted != 0 else [],
            }
            for listing in submission.listings
        ],
    }  # fmt: skip


def _entry_json(entry: Entry, plan: Plan) -> dict[str, Any]:
    return {
        "name": entry.name, "in": entry.parent, "state": entry.state, "measures": entry.measures,
        "reported": entry.reported, "absent": dict(entry.absent), "missing": list(entry.missing),
        "nothing": entry.nothing or None, "owners": _owners_json(entry.asking, plan),
    }  # fmt: skip


def _owners_json(commitments: Iterable[str], plan: Plan) -> list[dict[str, Any]]:
    """Return the offices that answer for commitments, with those of them that each answers for."""
    return [asdict(owner) for owners in list_owners(plan, commitments).values() for owner in owners]


def _title(status: Status, lang: str) -> str:
    plan = status.plan
    details = {"plan": plan.title[lang], "version": plan.version, "year": status.year}
    return say("status.title", lang, **details, due=status.due, as_of=status.as_of)


def _submission_cells(submission: Submission, status: Status, lang: str) -> list[str | Cell]:
    state = say(f"status.{submission.state}", lang)
    day = say(f"status.{submission.timing}", lang, day=submission.submitted, days=submission.days)
    own = submission.own
    figures: str | Cell = ""
    last = ""
    if submission.state == "refused":
        last = _first(submission.problems, lang)
    elif own is not None:
        figures, last = _figures(own, lang), _awaited(own, status.plan, lang)
        if submission.state == "nothing":
            last = own.nothing
        owing = [listing for listing in submission.listings if listing.owed]
        parts = [last, *(_below(listing, status.plan, lang) for listing in owing)]
        last = join_list([part for part in parts if part], lang, "clauses")
    if submission.tiers:
        outside = say("status.outside", lang, tiers=_scope(submission, lang), count=submission.outside)
        last = join_list([part for part in (last, outside) if part], lang, "clauses")
    if not submission.expected:
        last = join_list([part for part in (say("status.unexpected", lang), last) if part], lang, "clauses")
    offices = _offices(status.plan, own.asking if own else (), lang)
    return [submission.name, Cell(state, TONES[submission.state]), day, figures, last, *offices]


def _scope(submission: Submission, lang: str) -> str:
    """Name the tiers to which the form was confined."""
    return join_list([say(f"tier.{tier}", lang) for tier in submission.tiers], lang)


def _below(listing: Listing, plan: Plan, lang: str) -> str:
    """Say of how many subjects something is owed."""
    code = "status.below-unknown" if listing.behind is None else "status.below"
    return say(code, lang, kind=plan.kinds[listing.kind].title[lang], count=listing.behind)


def _entry_cells(entry: Entry, plan: Plan, lang: str) -> list[str | Cell]:
    state = Cell(say(f"status.{entry.state}", lang), TONES[entry.state])
    return [entry.name, state, _figures(entry, lang), _awaited(entry, plan, lang), *_offices(plan, entry.asking, lang)]


def _figures(entry: Entry, lang: str) -> Cell:
    """Write how many figures of how many were submitted."""
    text = say("status.share", lang, reported=entry.reported, measures=entry.measures)
    if entry.absent:
        text += say("status.absent", lang, count=len(entry.absent))
    return Cell(text, bar=Bar(entry.reported / entry.measures) if entry.measures else None)


def _awaited(entry: Entry, plan: Plan, lang: str, most: int | None = _NAMED) -> str:
    """Name the measures that are still to come, at most so many."""
    names = []
    for name in entry.awaited:
        title = plan.measures[entry.kind, name].title[lang]
        names.append(say("status.said-late", lang, title=title) if name in entry.absent else title)
    return join_list(names if most is None else words.first_few(names, most, lang), lang, "clauses")


def _register(listing: Listing, plan: Plan, lang: str) -> str:
    details = {
        "kind": plan.kinds[listing.kind].title[lang], "listed": len(listing.entries), "size": listing.size,
        "count": listing.unlisted, "names": join_list(listing.names, lang),
    }  # fmt: skip
    if listing.whole:
        code = "listed-whole"
    elif listing.unlisted is None:
        code = "endless"
    elif not listing.unlisted:
        code = "listed"
    else:
        code = "unlisted-names" if listing.names else "unlisted"
    return say(f"status.{code}", lang, **details)


def _states(listing: Listing, lang: str) -> str:
    found = dict.fromkeys(STATES, 0)
    for entry in listing.entries:
        found[entry.state] += 1
    parts = [f"{say(f'status.{state}', lang)} {count}" for state, count in found.items() if count]
    return join_list(parts, lang, "phrases")


def _first(problems: Sequence[Any], lang: str) -> str:
    code = "status.one-error" if len(problems) == 1 else "status.errors"
    return say(code, lang, count=len(problems), first=problems[0].text(lang)) if problems else ""


def _footnotes(status: Status, lang: str) -> Iterator[Block]:
    if any(submission.tiers for submission in status.submissions):
        yield Paragraph(say("status.scoped", lang))
    if status.unnamed:
        yield Paragraph(say("status.unnamed", lang, count=status.unnamed))
    if status.unread:
        yield Paragraph(f"{say('status.unread', lang)} {len(status.unread)}")
        yield items([_first(unread.problems, lang) for unread in status.unread])
        yield Paragraph(say("status.whose", lang))
    if status.others:
        names = [f"{sheet.subject} {sheet.year} ({sheet.file})" for sheet in status.others]
        yield Paragraph(say("status.others", lang, names=join_list(words.first_few(names, _NAMED, lang), lang)))


def _summary(status: Status, lang: str) -> str:
    counts, timings = status.counts(), status.timings()
    parts = [f"{say(f'status.{state}', lang)} {count}" for state, count in counts.items()]
    parts += [f"{say(f'status.{timing}-short', lang)} {count}" for timing, count in timings.items()]
    if scoped := sum(bool(submission.tiers) for submission in status.submissions):
        parts.append(f"{say('status.scoped-short', lang)} {scoped}")
    return say("status.summary", lang, total=sum(counts.values()), counts=join_list(parts, lang, "phrases"))
