"""Who owes what, as a table on a terminal, as JSON, as Markdown, and as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from dabiao.base.messages import say, visible
from dabiao.facts.status import STATES, Entry, Listing, State, Status, Submission
from dabiao.reports.json import problem_json
from dabiao.reports.text import console_for, table_with
from dabiao.rules.model import Plan
from rich.console import Console
from rich.markup import escape

FORMAT = "dabiao/status/1"
COLOURS: dict[State, str] = {
    "refused": "bold red", "not_submitted": "bold red", "partly": "yellow", "nothing": "cyan", "complete": "bold green",
}  # fmt: skip
_NAMED = 6
_LISTED = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins with one of these


def write_text(status: Status, lang: str, stream: TextIO) -> None:
    """Write the report people read: a row a submitter, and below it the subjects that owe something."""
    console = console_for(stream)
    console.print(f"[bold]{escape(_title(status, lang))}[/bold]\n")
    table = table_with(
        [say(f"status.{column}", lang) for column in ("submitter", "state", "submitted", "figures", "awaited")]
    )
    for submission in status.submissions:
        name, state, *cells = _cells(submission, status, lang)
        shown = f"[{COLOURS[submission.state]}]{escape(state)}[/]"
        table.add_row(escape(name), shown, *(escape(cell) for cell in cells))
    console.print(table)
    for submission in status.submissions:
        for listing in submission.listings:
            _listing(console, submission, listing, status.plan, lang)
    for line in _footnotes(status, lang):
        console.print(escape(line))
    console.print()
    console.print(escape(_summary(status, lang)))


def _listing(console: Console, submission: Submission, listing: Listing, plan: Plan, lang: str) -> None:
    console.print(escape(f"\n{visible(submission.name)} · {_register(listing, plan, lang)} · {_states(listing, lang)}"))
    owed = [entry for entry in listing.entries if entry.owed]
    if not owed:
        return
    table = table_with([say(f"status.{column}", lang) for column in ("subject", "state", "figures", "awaited")])
    for entry in owed[:_LISTED]:
        shown = f"[{COLOURS[entry.state]}]{escape(say(f'status.{entry.state}', lang))}[/]"
        cells = (_figures(entry, lang), _awaited(entry, plan, lang))
        table.add_row(escape(visible(entry.name)), shown, *(escape(cell) for cell in cells))
    console.print(table)
    if len(owed) > _LISTED:
        console.print(say("status.more", lang, count=len(owed) - _LISTED))


def write_markdown(status: Status, lang: str, stream: TextIO) -> None:
    """Write the same as Markdown, for a summary page."""
    headings = [say(f"status.{column}", lang) for column in ("submitter", "state", "submitted", "figures", "awaited")]
    stream.write(f"# {_plain(_title(status, lang))}\n\n")
    _rows(stream, headings, (_cells(submission, status, lang) for submission in status.submissions))
    for submission in status.submissions:
        for listing in submission.listings:
            line = f"{visible(submission.name)} · {_register(listing, status.plan, lang)} · {_states(listing, lang)}"
            stream.write(f"\n## {_plain(line)}\n")
            if owed := [entry for entry in listing.entries if entry.owed]:
                stream.write("\n")
                columns = [say(f"status.{column}", lang) for column in ("subject", "state", "figures", "awaited")]
                _rows(stream, columns, (_entry_cells(entry, status.plan, lang) for entry in owed))
    for line in filter(None, _footnotes(status, lang)):
        stream.write(f"\n{_plain(line)}\n")
    stream.write(f"\n{_plain(_summary(status, lang))}\n")


def _rows(stream: TextIO, headings: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    for row in (headings, ["---"] * len(headings)):
        stream.write("| " + " | ".join(row) + " |\n")
    for row in rows:
        stream.write("| " + " | ".join(map(_plain, row)) + " |\n")


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join("\\" + sign if sign in "\\|*_`[]<>#" else sign for sign in text)


def write_csv(status: Status, lang: str, stream: TextIO) -> None:
    """Write one line a submitter and one a subject, for a spreadsheet."""
    del lang  # the columns are for programs
    columns = (
        "submitter", "kind", "name", "in", "state", "timing", "submitted", "days", "measures", "reported", "absent",
        "missing", "nothing", "file", "problem",
    )  # fmt: skip
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for submission in status.submissions:
        own, first = submission.own, submission.problems[0].text("en") if submission.problems else ""
        head: dict[str, object] = {
            "submitter": submission.name, "kind": status.plan.root.id, "name": submission.name,
            "timing": submission.timing, "submitted": submission.submitted or "", "days": submission.days,
            **(_entry_row(own) if own else {}), "state": submission.state, "file": "; ".join(submission.files),
            "problem": first,
        }  # fmt: skip
        writer.writerow([_cell(head.get(column, "")) for column in columns])
        for listing in submission.listings:
            for row in _subject_rows(listing):
                writer.writerow([_cell({**row, "submitter": submission.name}.get(column, "")) for column in columns])
    for unread in status.unread:
        row = {"state": "refused", "file": unread.file, "problem": unread.problems[0].text("en")}
        writer.writerow([_cell(row.get(column, "")) for column in columns])
    for _ in range(min(status.unnamed, _LISTED)):
        row = {"kind": status.plan.root.id, "state": "not_submitted"}
        writer.writerow([_cell(row.get(column, "")) for column in columns])


def _subject_rows(listing: Listing) -> Iterator[dict[str, object]]:
    for entry in listing.entries:
        yield {**_entry_row(entry), "kind": entry.kind, "name": entry.name, "in": entry.parent or ""}
    for name in listing.names:
        yield {"kind": listing.kind, "name": name, "state": "not_submitted"}
    if listing.unlisted and not listing.names:
        yield {"kind": listing.kind, "state": "not_submitted", "problem": f"{listing.unlisted} not listed"}
    if listing.unlisted is None:
        yield {"kind": listing.kind, "state": "not_submitted", "problem": "size of the register unknown"}


def _entry_row(entry: Entry) -> dict[str, object]:
    absent = "; ".join(f"{name}: {reason}" for name, reason in entry.absent.items())
    return {
        "state": entry.state, "measures": entry.measures, "reported": entry.reported, "absent": absent,
        "missing": "; ".join(entry.missing), "nothing": entry.nothing,
    }  # fmt: skip


def _cell(value: object) -> str:
    text = visible(str(value))
    return "'" + text if text.startswith(_FORMULA) else text


def write_json(status: Status, lang: str, stream: TextIO) -> None:
    """Write everything as one JSON object, a versioned format for programs."""
    json.dump(as_json(status, lang), stream, ensure_ascii=False, indent=1)
    stream.write("\n")


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
        "submissions": [_submission_json(submission, lang) for submission in status.submissions],
        "unnamed": status.unnamed,
        "unread": [
            {"file": unread.file, "problems": [problem_json(p, lang) for p in unread.problems]}
            for unread in status.unread
        ],
        "other_years": [{"subject": s.subject, "year": s.year, "file": s.file} for s in status.others],
    }


def _submission_json(submission: Submission, lang: str) -> dict[str, Any]:
    return {
        "name": submission.name,
        "state": submission.state,
        "timing": submission.timing,
        "submitted": submission.submitted.isoformat() if submission.submitted else None,
        "days": submission.days,
        "expected": submission.expected,
        "files": list(submission.files),
        "problems": [problem_json(problem, lang) for problem in submission.problems],
        "own": _entry_json(submission.own) if submission.own else None,
        "registers": [
            {
                "kind": listing.kind, "size": listing.size, "said_complete": listing.whole,
                "listed": len(listing.entries), "unlisted": listing.unlisted, "unlisted_names": list(listing.names),
                "subjects": [_entry_json(entry) for entry in listing.entries],
            }
            for listing in submission.listings
        ],
    }  # fmt: skip


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name, "in": entry.parent, "state": entry.state, "measures": entry.measures,
        "reported": entry.reported, "absent": dict(entry.absent), "missing": list(entry.missing),
        "nothing": entry.nothing or None,
    }  # fmt: skip


def _title(status: Status, lang: str) -> str:
    plan = status.plan
    details = {"plan": plan.title[lang], "version": plan.version, "year": status.year}
    return visible(say("status.title", lang, **details, due=status.due, as_of=status.as_of))


def _cells(submission: Submission, status: Status, lang: str) -> list[str]:
    state = say(f"status.{submission.state}", lang)
    day = say(f"status.{submission.timing}", lang, day=submission.submitted, days=submission.days)
    own = submission.own
    figures, last = "", ""
    if submission.state == "refused":
        last = _first(submission.problems, lang)
    elif own is not None:
        figures, last = _figures(own, lang), _awaited(own, status.plan, lang)
        if submission.state == "nothing":
            last = own.nothing
        owing = [listing for listing in submission.listings if listing.owed]
        parts = [last, *(_below(listing, status.plan, lang) for listing in owing)]
        last = ("；" if lang == "zh" else "; ").join(part for part in parts if part)
    if not submission.expected:
        last = "; ".join(part for part in (say("status.unexpected", lang), last) if part)
    return [visible(submission.name), state, day, figures, visible(last)]


def _below(listing: Listing, plan: Plan, lang: str) -> str:
    """Say of how many subjects something is owed."""
    count = say("report.unknown", lang) if listing.behind is None else listing.behind
    return say("status.below", lang, kind=plan.kinds[listing.kind].title[lang], count=count)


def _entry_cells(entry: Entry, plan: Plan, lang: str) -> list[str]:
    return [visible(entry.name), say(f"status.{entry.state}", lang), _figures(entry, lang), _awaited(entry, plan, lang)]


def _figures(entry: Entry, lang: str) -> str:
    text = say("status.share", lang, reported=entry.reported, measures=entry.measures)
    return text + say("status.absent", lang, count=len(entry.absent)) if entry.absent else text


def _awaited(entry: Entry, plan: Plan, lang: str) -> str:
    """Name the measures that are still to come."""
    names = []
    for name in entry.awaited:
        title = plan.measures[entry.kind, name].title[lang]
        names.append(say("status.said-late", lang, title=title) if name in entry.absent else title)
    shown = names[:_NAMED]
    more = [say("status.more", lang, count=len(names) - _NAMED)] if len(names) > _NAMED else []
    return ("；" if lang == "zh" else "; ").join([*shown, *more])


def _register(listing: Listing, plan: Plan, lang: str) -> str:
    comma = "、" if lang == "zh" else ", "
    details = {
        "kind": plan.kinds[listing.kind].title[lang], "listed": len(listing.entries), "size": listing.size,
        "count": listing.unlisted, "names": comma.join(listing.names),
    }  # fmt: skip
    if listing.whole:
        code = "listed-whole"
    elif listing.unlisted is None:
        code = "endless"
    elif not listing.unlisted:
        code = "listed"
    else:
        code = "unlisted-names" if listing.names else "unlisted"
    return visible(say(f"status.{code}", lang, **details))


def _states(listing: Listing, lang: str) -> str:
    found = dict.fromkeys(STATES, 0)
    for entry in listing.entries:
        found[entry.state] += 1
    parts = [f"{say(f'status.{state}', lang)} {count}" for state, count in found.items() if count]
    return ("，" if lang == "zh" else ", ").join(parts)


def _first(problems: Sequence[Any], lang: str) -> str:
    code = "status.one-error" if len(problems) == 1 else "status.errors"
    return say(code, lang, count=len(problems), first=problems[0].text(lang)) if problems else ""


def _footnotes(status: Status, lang: str) -> list[str]:
    lines = []
    if status.unnamed:
        lines.append(say("status.unnamed", lang, count=status.unnamed))
    if status.unread:
        lines.append(f"{say('status.unread', lang)} {len(status.unread)}")
        lines += [visible(f"  {_first(unread.problems, lang)}") for unread in status.unread]
        lines.append(say("status.whose", lang))
    if status.others:
        names = [f"{sheet.subject} {sheet.year} ({sheet.file})" for sheet in status.others]
        lines.append(visible(say("status.others", lang, names=", ".join(names[:_NAMED]))))
        if len(names) > _NAMED:
            lines.append(say("status.more", lang, count=len(names) - _NAMED))
    return ["", *lines] if lines else []


def _summary(status: Status, lang: str) -> str:
    counts, timings = status.counts(), status.timings()
    parts = [f"{say(f'status.{state}', lang)} {count}" for state, count in counts.items()]
    parts += [f"{say(f'status.{timing}-short', lang)} {count}" for timing, count in timings.items()]
    return say("status.summary", lang, total=sum(counts.values()), counts=("，" if lang == "zh" else ", ").join(parts))
