"""The services about plans: `lint_plans`, `diff_plans` and `show_plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dabiao.base.exits import EXIT_CLEAN, EXIT_REFUSED, EXIT_UNDECIDED
from dabiao.base.files import Upload, contain
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.rules.amend import in_force
from dabiao.rules.diff import Difference, diff
from dabiao.rules.documents import Coverage, Document, verify
from dabiao.rules.files import find_plan_files
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans, load_plan
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.pacing import Unpaced, find_unpaced
from dabiao.rules.readings import ReadingUse, find_readings
from dabiao.rules.requests import PlanRequest


@dataclass(frozen=True, kw_only=True)
class LintRequest:
    """Plans to lint: all shipped ones if none is named.

    `documents` is a folder with the plain text of plan documents, to check citations; `strict` refuses plans with warnings;
    `readings` asks which commitments use which reading of the table.
    """

    plans: tuple[str | Upload, ...] = ()
    documents: Path | None = None
    strict: bool = False
    readings: bool = False

    @property
    def names(self) -> tuple[str | Upload, ...]:
        """The plans to lint."""
        return self.plans or tuple(find_shipped_plans())

    def document_of(self, plan: Plan) -> Path | None:
        """Return the document of a plan, None if it is not to be read.

        The document of a named plan must exist. If no plan is named it may be missing, as that of the illustrative plan.
        Raises `Refused` for one outside the folder of documents.
        """
        if self.documents is None:
            return None
        path = contain(self.documents, plan.document.file or f"{plan.id}.txt", plan.document.place("file"))
        return path if self.plans or path.is_file() else None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        for name in self.names:
            yield from find_plan_files(name)
        if self.documents is not None and self.documents.is_dir():
            yield from self.documents.iterdir()


@dataclass(frozen=True, kw_only=True)
class LintedPlan:
    """The warnings about one plan; `plan` is None if it cannot be loaded, and `warnings` are then its errors.

    `citations` are the problems found in its document, `coverage` is how much of the document it cites; both are empty if
    the document was not read. `readings` are the words of the table that its phrases have, if asked for; `unpaced` has the
    commitments that cannot be judged before they are due, by the reason.
    """

    name: str
    plan: Plan | None
    warnings: tuple[Problem, ...]
    citations: tuple[Problem, ...] = ()
    coverage: Coverage | None = None
    unpaced: Mapping[Unpaced, tuple[Commitment, ...]] = field(default_factory=dict)
    strict: bool = False
    readings: tuple[ReadingUse, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 if the plan is refused or a citation is not in its document, 3 if a promising sentence is not cited, else 0."""
        wrong = any(problem.severity == "error" for problem in self.citations)
        if self.plan is None or wrong or (self.strict and self.warnings):
            return EXIT_REFUSED
        return EXIT_UNDECIDED if self.coverage and self.coverage.open else EXIT_CLEAN


@dataclass(frozen=True, kw_only=True)
class LintOutcome:
    """The warnings about each plan, in the order they were named."""

    plans: tuple[LintedPlan, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found, plan by plan."""
        return tuple(problem for plan in self.plans for problem in (*plan.warnings, *plan.citations))

    @property
    def exit_code(self) -> int:
        """The most severe exit code of all plans: refused, then not cited."""
        codes = [plan.exit_code for plan in self.plans]
        return EXIT_REFUSED if EXIT_REFUSED in codes else max(codes)


def lint_plans(request: LintRequest) -> LintOutcome:
    """Lint every plan, also if one of them cannot be loaded."""
    return LintOutcome(plans=tuple(_lint_plan(name, request) for name in request.names))


def _lint_plan(name: str | Upload, request: LintRequest) -> LintedPlan:
    try:
        plan = load_plan(name)
    except Refused as refused:
        return LintedPlan(name=str(name), plan=None, warnings=refused.problems)
    problems = Problems()
    coverage = _check_document(plan, request, problems)
    return LintedPlan(
        name=str(name), plan=plan, warnings=tuple(lint(plan)), citations=tuple(problems.found), coverage=coverage,
        unpaced=find_unpaced(plan), strict=request.strict,
        readings=find_readings(plan) if request.readings else (),
    )  # fmt: skip


def _check_document(plan: Plan, request: LintRequest, problems: Problems) -> Coverage | None:
    """Compare a plan with its document. Notes wrong citations and promising sentences that are not cited."""
    try:
        document = request.document_of(plan)
        if document is None:
            return None
        coverage = verify(plan, Document.read(document), problems)
    except Refused as refused:
        problems.extend(refused.problems)
        return None
    for sentence in coverage.open:
        problems.warn("uncited", Location(str(document), sentence.line), found=sentence.text)
    return coverage


@dataclass(frozen=True, kw_only=True)
class DiffRequest:
    """Two plans, or one plan on two days: the text in force on `first` beside that on `second` (None: as written)."""

    old: str | Upload
    new: str | Upload | None = None
    first: date | None = None
    second: date | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from find_plan_files(self.old)
        if self.new is not None:
            yield from find_plan_files(self.new)


@dataclass(frozen=True, kw_only=True)
class ComparedPlans:
    """Two plans and their differences, in the order of the new one."""

    old: Plan
    new: Plan
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN


def diff_plans(request: DiffRequest) -> ComparedPlans:
    """Compare the two texts. Raises `Refused` for a plan that cannot be loaded, and for a single plan without any day."""
    if request.new is None and not (request.first or request.second):
        raise Refused([Problem("diff.one-plan", Location("NEW"))])
    old = load_plan(request.old)
    new = old if request.new is None else load_plan(request.new)
    old, new = _amend(old, request.first), _amend(new, request.second)
    return ComparedPlans(old=old, new=new, differences=diff(old, new))


def _amend(plan: Plan, day: date | None) -> Plan:
    return plan if day is None else in_force(plan, day)


@dataclass(frozen=True, kw_only=True)
class ShowRequest(PlanRequest):
    """A plan to be shown as a page: the text in force on a day (None: as written)."""

    as_of: date | None = None


@dataclass(frozen=True, kw_only=True)
class ShownPlan:
    """A plan to be shown."""

    plan: Plan
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN


def show_plan(request: ShowRequest) -> ShownPlan:
    """Load a plan with the amendments in force. Raises `Refused` for one that cannot be loaded."""
    return ShownPlan(plan=_amend(request.load_plan(), request.as_of))
