"""Sheets of several plans, sorted by the plan that each of them names: one check a plan.

A plan is one that comes with the program, or a file `*.plan.yaml` among what is given. A file that has the id of another
plan is refused where a sheet names it: whoever hands in sheets must not choose the text that they are judged by unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath

from dabiao.base.files import File, Given, Upload, paths_among
from dabiao.base.nodes import find_scalar, parse_yaml, read_text
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.engine.bundles import is_bundle
from dabiao.engine.requests import AUTO, CheckRequest
from dabiao.engine.results import FailOn
from dabiao.facts.files import sheet_files
from dabiao.facts.formats.csv_folder import Folder, Source
from dabiao.facts.formats.registry import Stated
from dabiao.facts.naming import find_plan_name
from dabiao.facts.read import list_sources
from dabiao.facts.vocabulary import fold_label
from dabiao.rules.files import find_plan_files
from dabiao.rules.load import SUFFIX, find_shipped_plans

_OF_ONE_PLAN = ("show_all", "by", "subject", "since", "since_year")  # of a check: about one result


@dataclass(frozen=True, kw_only=True)
class OverviewRequest:
    """Sheets and folders of several plans, each sheet naming its own, and bundles of evidence, which bring theirs.

    The plans of sheets may lie among them. `year` is judged of every plan (default: the latest reported of each); `as_of`,
    `select` and the files of waivers and assignments, each of which names its plan, are for the sheets: a bundle is judged as
    it was asked when it was made. `fail_on` is for all.
    """

    given: tuple[Given, ...]
    year: int | None = None
    as_of: date | None = None
    select: tuple[str, ...] = ()
    fail_on: FailOn = "shortfall"
    waivers: tuple[File, ...] = ()
    assignments: tuple[File, ...] = ()

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that may be read: sheets, bundles, plans, and what belongs to them."""
        for one in paths_among(*self.given):
            yield from sheet_files(one)
        for source in list_sources(self.given, Problems(), _is_other):
            if isinstance(source, Path) and _is_other(source):
                yield source
                yield from find_plan_files(str(source)) if _is_plan(source) else ()
        for plan in find_shipped_plans():
            yield from find_plan_files(plan, shipped=True)
        yield from paths_among(*self.waivers, *self.assignments)


def ask_overview(request: CheckRequest) -> OverviewRequest:
    """Return the overview that a check asks for where every sheet names its plan.

    Raises `Refused` for what can only be asked of one plan.
    """
    wrong = [name for name in _OF_ONE_PLAN if getattr(request, name)]
    if wrong:
        names = ["--all" if name == "show_all" else f"--{name.replace('_', '-')}" for name in wrong]
        raise Refused(Problem("auto.one-plan", Location(AUTO), {"found": name}) for name in names)
    return OverviewRequest(
        given=request.sheets, year=request.year, as_of=request.as_of, select=request.select, fail_on=request.fail_on,
        waivers=(request.waivers,) if request.waivers else (),
        assignments=(request.assignments,) if request.assignments else (),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was given: a check for each plan that sheets name, the bundles, and the problems of what belongs to none."""

    checks: tuple[CheckRequest, ...]
    bundles: tuple[File, ...]
    problems: tuple[Problem, ...]


def sort_by_plan(request: OverviewRequest) -> Sorted:
    """Sort what is given. Everything wrong with it is among the problems; nothing is raised for it."""
    problems = Problems()
    sources = list_sources(request.given, problems, _is_other)
    bundles = [one for one in sources if not isinstance(one, Folder) and is_bundle(one)]
    plans = _Plans([one for one in sources if not isinstance(one, Folder) and _is_plan(one)], problems)
    sheets: dict[str, list[Given]] = {}
    for source in sources:
        if source in bundles or _is_plan(source):
            continue
        try:
            stated = find_plan_name(source)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        if (name := plans.find(stated, problems)) is not None:
            sheets.setdefault(name, []).extend(
                (source.head, *source.tables) if isinstance(source, Folder) else (source,)
            )
    for file in plans.unnamed(sheets):
        problems.warn("auto.unused-plan", Location(str(file)))
    waivers = sort_beside(request.waivers, "plan", list(sheets), problems)
    assignments = sort_beside(request.assignments, "assignments", list(sheets), problems)
    if not sheets and not bundles and not problems.errors:
        for one in request.given:
            problems.add("no-sheets", Location(str(one)), expected="*.facts.yaml")
    checks = [
        CheckRequest(
            plan=plans.source(name), sheets=tuple(given), year=request.year, as_of=request.as_of, select=request.select,
            fail_on=request.fail_on, waivers=waivers.get(name), assignments=assignments.get(name),
        )
        for name, given in sheets.items()
    ]  # fmt: skip
    return Sorted(tuple(checks), tuple(bundles), problems.found)


def _is_plan(file: Source) -> bool:
    return not isinstance(file, Folder) and PurePath(str(file)).name.lower().endswith(SUFFIX)


def _is_other(file: File) -> bool:
    """Whether a file that is no sheet is one to look at: a plan or a bundle."""
    return _is_plan(file) or is_bundle(file)


class _Plans:
    """The plans that sheets may name: those that come with the program, and those among what is given."""

    def __init__(self, files: Sequence[File], problems: Problems) -> None:
        self._shipped = find_shipped_plans()
        self._given: dict[str, list[File]] = {}
        for file in files:
            try:
                stated = find_scalar(file, "plan")
            except Refused as refused:
                problems.extend(refused.problems)
                continue
            if stated is None or not stated.scalar:
                problems.add("auto.no-plan-id", Location(str(file)))
            else:
                self._given.setdefault(stated.scalar, []).append(file)
        self._titles: dict[str, list[str]] = {}
        self._refused: set[str] = set()

    def find(self, stated: Stated, problems: Problems) -> str | None:
        """Return the id of the plan that a sheet names by its id or title; None after noting that there is none, or several."""
        text, location = stated
        known = [*self._given, *self._shipped]
        names = [text] if text in known else self._by_title().get(fold_label(text), [])
        if not names:
            details = {"found": text, "nearest": nearest(text, known), "expected": tuple(dict.fromkeys(known))}
            problems.add("auto.unknown-plan", location, **details)
            return None
        files = [str(file) for name in names for file in self._given.get(name, ())]
        files += [name for name in names if name in self._shipped]
        if len(files) == 1:
            return names[0]
        if not self._refused.issuperset(names):
            problems.add("auto.two-plans", location, found=text, files=tuple(files))
        self._refused.update(names)
        return None

    def source(self, name: str) -> str | Upload:
        """Return what a plan is loaded from."""
        if name not in self._given:
            return name
        (file,) = self._given[name]
        return file if isinstance(file, Upload) else str(file)

    def unnamed(self, named: Mapping[str, object]) -> Iterator[File]:
        """Iterate over the given files of plans that no sheet names."""
        for name, files in self._given.items():
            if name not in named and name not in self._refused:
                yield from files

    def _by_title(self) -> Mapping[str, list[str]]:
        """Return the ids of plans by their titles, which a workbook may give in place of an id; read when one does."""
        if not self._titles:
            for name, file in (*self._shipped.items(), *((name, files[0]) for name, files in self._given.items())):
                for title in dict.fromkeys((fold_label(name), *_titles_of(file))):
                    self._titles.setdefault(title, []).append(name)
        return self._titles


def _titles_of(file: File) -> list[str]:
    """Return the titles of a plan, whatever else may be wrong with it."""
    try:
        node = (parse_yaml(read_text(file), str(file), Problems()).mapping or {}).get("title")
    except Refused:
        return []
    texts = list((node.mapping or {}).values()) if node and node.mapping else [node]
    return [fold_label(text.scalar) for text in texts if text and text.scalar]


def sort_beside(files: Sequence[File], key: str, plans: Sequence[str], problems: Problems) -> dict[str, File]:
    """Return files of waivers or assignments by the plan that each names under a key. Notes those that no sheet names."""
    found: dict[str, File] = {}
    for file in files:
        try:
            stated = find_scalar(file, key)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        if stated is None or not stated.scalar:
            problems.add("auto.no-plan", Location(str(file)))
        elif stated.scalar not in plans:
            details = {"found": stated.scalar, "nearest": nearest(stated.scalar, plans), "expected": tuple(plans)}
            problems.add("auto.plan-not-there", stated.location, **details)
        elif stated.scalar in found:
            problems.add("auto.second-file", stated.location, found=stated.scalar, first=str(found[stated.scalar]))
        else:
            found[stated.scalar] = file
    return found
