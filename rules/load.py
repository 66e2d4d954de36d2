"""Loads plans, shipped ones by name and others by path, with waivers and assignments."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from dabiao.base.files import File, Upload, contain
from dabiao.base.nodes import parse_yaml, read_text
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.rules import written as w
from dabiao.rules.kept import PlanFiles, find_kept_plans
from dabiao.rules.model import Plan, PlanText
from dabiao.rules.references import check_waiver
from dabiao.rules.sorts import read_document

SUFFIX = ".plan.yaml"
FindPart = Callable[[str, Location], File]
"""Returns a further file of a plan by its name, and the place that names it. Raises `Refused`."""
_PART_LISTS = ("ladders", "measures", "commitments", "consequences", "checks", "left_out")
_AGED_MOST = 8
_AGED: dict[int, int] = {}
"""After how many plans everything was counted as old, under the number of full collections until then."""


def find_shipped_plans() -> dict[str, Path]:
    """Return the plans that come with the program, by name."""
    folder = Path(__file__).parent / "plans"
    return {path.name.removesuffix(SUFFIX): path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_plan(name: str | Path) -> Path:
    """Return the file of a plan, given its path or the name of a shipped plan. Raises `Refused` if there is none."""
    path = Path(name)
    plans = find_shipped_plans()
    if str(name) in plans and not path.is_file():
        return plans[str(name)]
    if not path.is_file():
        details = {"found": str(name), "nearest": nearest(name, plans), "expected": tuple(plans)}
        raise Refused([Problem("no-such-plan", Location(str(name)), details)])
    return path


def load_plan(
    source: str | Path | Upload,
    waivers: File | None = None,
    parts: Sequence[Upload] = (),
    assignments: File | None = None,
) -> Plan:
    """Load a plan from a path, a shipped plan by name, or an upload with its `parts`; with files of waivers and assignments.

    Raises `Refused` with every problem found, each with its line and column.
    """
    if isinstance(source, Upload):
        given = {PurePosixPath(part.name).name: part for part in parts}
        plan = _parse(read_text(source), source.name, partial(_find_given, given))
    else:
        plan = _load_file(find_plan(source))
    if waivers:
        plan = plan.with_waivers(load_waivers(waivers, plan))
    if assignments:
        from dabiao.rules.assignments import load_assignments

        plan = plan.with_assignments(load_assignments(assignments, plan))
    return plan


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage: what a plan is made of stays, and looking through it while it grows takes as long as loading it.

    What was made counts as old at once, so that it is not looked through right after, either.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            _count_as_old()
            gc.enable()


def _count_as_old() -> None:
    """Count everything as old, by freezing and thawing it; but a few times alone until Python has looked through the old again.

    Freezing starts the counts anew by which Python knows when to do that: a server that froze after each plan would keep all.
    """
    collected = gc.get_stats()[-1]["collections"]
    times = _AGED.get(collected, 0)
    if times < _AGED_MOST and not gc.get_freeze_count():
        _AGED.clear()
        _AGED[collected] = times + 1
        gc.freeze()
        gc.unfreeze()


@_without_collecting()
def _load_file(path: Path) -> Plan:
    """Load a plan from its file and those of its parts, or what was kept of it."""
    files, kept = PlanFiles(path), find_kept_plans()
    read = partial(_read_again, files)
    if kept and (plan := kept.load(files, PlanText(read))):
        return plan
    plan = _parse(read_text(files.main), str(path), files.part, read)
    plan.text.forget()
    if kept:
        kept.save(files, plan)
    return plan


def _read_again(files: PlanFiles) -> w.Plan:
    """Read the text of a plan once more, for who amends or compares it."""
    return _read(read_text(files.main), files.main.name, files.part, Problems())


def _find_given(given: Mapping[str, Upload], name: str, place: Location) -> Upload:
    if name not in given:
        raise Refused([Problem("part-not-given", place, {"found": name})])
    return given[name]


def parse_plan(text: str, file: str = "plan") -> Plan:
    """Load a plan from YAML text. `file` is its name in locations; its parts lie beside it. Raises `Refused` on errors."""
    return _parse(text, file, partial(contain, Path(file).parent))


@_without_collecting()
def _parse(text: str, file: str, find_part: FindPart, read: Callable[[], w.Plan] | None = None) -> Plan:
    """Load a plan from its text; its further files are found by their names. `read` reads it once more."""
    from dabiao.rules.amend import in_force  # a plan that is kept needs none of this
    from dabiao.rules.resolve import resolve

    problems = Problems()
    written = _read(text, file, find_part, problems)
    if not written.commitments and not problems.dropped:
        problems.add("no-commitments", written.location)
    plan = resolve(PlanText(read or partial(_same, written), written), problems)
    for amendment in written.amendments:  # every amended text must be free of errors, not only the first
        in_force(plan, amendment.effective)
    return plan


def _same(plan: w.Plan) -> w.Plan:
    return plan


def _read(text: str, file: str, find_part: FindPart, problems: Problems) -> w.Plan:
    """Read a written plan with its parts. Raises `Refused` where that is impossible, and notes what is wrong with it."""
    written = read_document("plan", w.Plan, parse_yaml(text, file, problems), problems)
    if written is None:
        raise Refused(problems.found)
    return _with_parts(written, find_part, problems)


def _with_parts(plan: w.Plan, find_part: FindPart, problems: Problems) -> w.Plan:
    """Add the contents of the further files of a plan, in the order they are named.

    Raises `Refused` where one cannot be read: what it would define is unknown everywhere else.
    """
    sound = True
    for name in plan.parts:
        try:
            file = find_part(name, plan.place("parts"))
            part = read_document("part", w.Part, parse_yaml(read_text(file), str(file), problems), problems)
        except Refused as refused:
            problems.extend(refused.problems)
            part = None
        if part is None:
            sound = False
            continue
        if part.part_of != plan.plan:
            problems.add("other-plan", part.place("part_of"), found=part.part_of, expected=plan.plan)
        more: dict[str, Any] = {name: (*getattr(plan, name), *getattr(part, name)) for name in _PART_LISTS}
        plan = replace(plan, **more)
    if not sound:
        problems.refuse()
    return plan


def load_waivers(file: File, plan: Plan) -> tuple[w.Waiver, ...]:
    """Read a waiver file. Raises `Refused` with everything wrong with it."""
    problems = Problems()
    written = read_document("waivers", w.Waivers, parse_yaml(read_text(file), str(file), problems), problems)
    if written is None:
        raise Refused(problems.found)
    if written.plan != plan.id:
        problems.add("other-plan", written.place("plan"), found=written.plan, expected=plan.id)
    for waiver in written.waivers:
        check_waiver(waiver, plan.commitments, plan.first, plan.last, problems)
    problems.refuse()
    return written.waivers
