"""From what was sent to a submission in the folder, and from a submission back to its outcome."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from threading import Lock

from dabiao.base.files import Given, Upload, UploadedFolder
from dabiao.base.problems import Location, Problem, Problems, Refused, count_problems, nearest
from dabiao.engine.bundles import read_bundle
from dabiao.engine.manifest import plain_name
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.run import run
from dabiao.evidence.bundle import write as write_bundle
from dabiao.facts.read import list_sources
from dabiao.facts.read_one import read_one
from dabiao.facts.vocabulary import Vocabulary
from dabiao.serve.store import DamagedError, Sent, Store, Submission, Told

_KEPT = 12  # outcomes in memory: they can be worked out again at any time
_FOLDERS = 2  # before the place of a sheet in its bundle: sheets/1/NAME


@dataclass(frozen=True, slots=True)
class Judged:
    """A submission with what it came to."""

    submission: Submission
    outcome: CheckOutcome


class Runs:
    """Judges what is sent, keeps it, and judges again what was kept when somebody asks about it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder, describe)
        self._outcomes: OrderedDict[str, CheckOutcome] = OrderedDict()
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def take(
        self, plan: str, sheets: Sequence[Upload], year: int | None, lang: str, select: tuple[str, ...] = ()
    ) -> Submission:
        """Judge sheets by what is selected of a plan and keep them with what they came to, whether or not they are refused.

        Raises `Refused` for an unknown plan, for nothing sent, and if they cannot be kept.
        """
        plans = self.store.find_plans()
        if plan not in plans:
            details = {"found": plan, "nearest": nearest(plan, plans), "expected": tuple(plans)}
            raise Refused([Problem("no-such-plan", Location(plan), details)])
        if not sheets:
            raise Refused([Problem("serve.nothing-sent", Location(plan))])
        waivers, assignments = self.store.find_beside(plan)
        request = CheckRequest(
            plan=plans[plan],
            sheets=name_apart(sheets),
            year=year,
            waivers=waivers,
            assignments=assignments,
            select=select,
        )
        outcome = run(request)
        if outcome.plan is None:  # nothing that is wrong with the plan is the submitter's
            raise Refused(outcome.problems)
        stream = BytesIO()
        write_bundle(outcome, lang, stream)
        submission = self.store.keep(stream.getvalue(), tell(outcome))
        # from now on it is about what was kept: plan and waivers in the folder may be edited
        self._remember(submission.id, replace(outcome, request=ask_again(stream.getvalue(), submission.path)))
        return submission

    @contextmanager
    def judged(self, name: str) -> Iterator[Judged]:
        """Give the submission of an address with its outcome; one page at a time works with it.

        Raises `GoneError`, `DamagedError` or `FolderGoneError` if it is not to be had.
        """
        submission = self.store.find(name)
        with self._lock:
            lock = self._locks.setdefault(name, Lock())
        with lock:
            outcome = self._outcomes.get(name)
            if outcome is None:
                outcome = run(ask_again(self.store.read(submission), submission.path))
            self._remember(name, outcome)
            yield Judged(submission, outcome)

    def _remember(self, name: str, outcome: CheckOutcome) -> None:
        with self._lock:
            self._outcomes[name] = outcome
            self._outcomes.move_to_end(name)
            while len(self._outcomes) > _KEPT:
                self._outcomes.popitem(last=False)


def name_apart(sheets: Sequence[Upload]) -> tuple[Upload, ...]:
    """Name uploads by the last part of the names that were sent, without what no file can have, and each otherwise."""
    taken: set[str] = set()
    named = []
    for sheet in sheets:
        last = plain_name(sheet.name.replace("\\", "/").rpartition("/")[2])
        stem, dot, suffix = last.rpartition(".")
        stem, suffix = (stem[:80], suffix[:20]) if dot else (suffix[:80], "")
        name, number = f"{stem}{dot}{suffix}", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}{dot}{suffix}"
        taken.add(name.lower())
        named.append(Upload(name, sheet.content))
    return tuple(named)


def ask_again(data: bytes, path: Path) -> CheckRequest:
    """Return what was asked when a bundle was made, its sheets called as they were sent. Raises `DamagedError` for none."""
    try:
        bundle = read_bundle(Upload(path.name, data))
    except Refused:
        raise DamagedError(path) from None
    inside = f"{bundle.file}/"
    request = bundle.request
    return replace(
        request,
        plan=_without(request.plan, inside) if isinstance(request.plan, Upload) else request.plan,
        parts=tuple(_without(part, inside) for part in request.parts),
        sheets=tuple(sheet for given in request.sheets for sheet in _as_sent(given, inside)),
        waivers=_without(request.waivers, inside) if isinstance(request.waivers, Upload) else None,
        assignments=_without(request.assignments, inside) if isinstance(request.assignments, Upload) else None,
    )


def _without(file: Upload, inside: str) -> Upload:
    return Upload(file.name.removeprefix(inside), file.content)


def _as_sent(given: Given, inside: str) -> Iterator[Upload]:
    """Iterate over the files of a sheet of a bundle: a folder was made of files that were sent together."""
    for file in given.files if isinstance(given, UploadedFolder) else (given,):
        assert isinstance(file, Upload)
        parts = file.name.removeprefix(inside).split("/")
        yield Upload(parts[-1], file.content)


def describe(data: bytes, file: str) -> Told:
    """Tell what a bundle holds, by judging it again. Raises `Refused` for what is no bundle."""
    try:
        return tell(run(ask_again(data, Path(file))))
    except DamagedError:
        raise Refused([Problem("serve.damaged", Location(file))]) from None


def _count_errors(outcome: CheckOutcome) -> int:
    """Count what has to be corrected, as the page of the result counts it."""
    return count_problems(problem for problem in outcome.problems if problem.severity == "error")


def tell(outcome: CheckOutcome) -> Told:
    """Tell of an outcome what lists say."""
    plan, result = outcome.plan, outcome.result
    sheets: list[Sent] = []
    if plan is not None:
        vocabulary = Vocabulary(plan)
        for source in list_sources(outcome.request.sheets, Problems()):
            sheet = read_one(source, vocabulary, Problems())
            known = sheet is not None and sheet.subject not in ("", "?")
            sheets.append(Sent(str(source), sheet.subject, sheet.year) if sheet and known else Sent(str(source)))
    counts = result.counts() if result else {}
    return Told(
        plan.id if plan else str(outcome.request.plan), result.year if result else 0, tuple(sheets), outcome.exit_code,
        {verdict: count for verdict, count in counts.items() if count}, _count_errors(outcome),
    )  # fmt: skip
