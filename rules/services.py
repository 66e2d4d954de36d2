"""The services about plans: `lint_plans`, `diff_plans` and `show_plan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dabiao.base.exits import EXIT_CLEAN, EXIT_REFUSED, EXIT_UNDECIDED
from dabiao.base.files import Upload
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.rules.amend import in_force
from dabiao.rules.diff import Difference, diff
from dabiao.rules.documents import Coverage, Document, verify
from dabiao.rules.files import plan_files
from dabiao.rules.lint import lint
from dabiao.rules.load import load_plan, shipped_plans
from dabiao.rules.model import Plan
from dabiao.rules.requests import PlanRequest


@dataclass(frozen=True, kw_only=True)
class LintRequest:
    """Plans to be looked through for what cannot be meant: all shipped ones if none is named.

    `documents` is a folder with the plain text of plan documents, for the citations; a plan that has warnings is refused if
    `strict`.
    """

    plans: tuple[str | Upload, ...] = ()
    documents: Path | None = None
    strict: bool = False

    @property
    def names(self) -> tuple[str | Upload, ...]:
        """The plans that are looked through."""
        return self.plans or tuple(shipped_plans())

    def document_of(self, plan: Plan) -> Path | None:
        """Return the document of a plan, None if it is not to be looked at.

        The document of a plan that was named must be there; that of a shipped plan may be missing: the illustrative plan
        has none.
        """
        if self.documents is None:
            return None
        path = self.documents / (plan.document.file or f"{plan.id}.txt")
        return path if self.plans or path.is_file() else None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        for name in self.names:
            yield from plan_files(name)
        if self.documents is not None and self.documents.is_dir():
            yield from self.documents.iterdir()


@dataclass(frozen=True, kw_only=True)
class LintedPlan:
    """What was found of one plan; `plan` is None if it cannot be used, and `warnings` then say why.

    `citations` are the problems of the plan beside its document, `coverage` how much of the document it answers for: both
    empty if the document was not looked at.
    """

    name: str
    plan: Plan | None
    warnings: tuple[Problem, ...]
    citations: tuple[Problem, ...] = ()
    coverage: Coverage | None = None
    strict: bool = False

    @property
    def exit_code(self) -> int:
        """2 for a plan that is refused or cites what is not in its document, 3 if a sentence is not answered for, else 0."""
        wrong = any(problem.severity == "error" for problem in self.citations)
        if self.plan is None or wrong or (self.strict and self.warnings):
            return EXIT_REFUSED
        return EXIT_UNDECIDED if self.coverage and self.coverage.open else EXIT_CLEAN


@dataclass(frozen=True, kw_only=True)
class LintOutcome:
    """What was found of each plan, in the order they were named."""

    plans: tuple[LintedPlan, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found, plan by plan."""
        return tuple(problem for plan in self.plans for problem in (*plan.warnings, *plan.citations))

    @property
    def exit_code(self) -> int:
        """The gravest of all plans: refused before not answered for."""
        codes = [plan.exit_code for plan in self.plans]
        return EXIT_REFUSED if EXIT_REFUSED in codes else max(codes)


def lint_plans(request: LintRequest) -> LintOutcome:
    """Look through every plan. One that cannot be used does not keep the others from being looked at."""
    return LintOutcome(plans=tuple(_linted(name, request) for name in request.names))


def _linted(name: str | Upload, request: LintRequest) -> LintedPlan:
    try:
        plan = load_plan(name)
    except Refused as refused:
        return LintedPlan(name=str(name), plan=None, warnings=refused.problems)
    problems = Problems()
    coverage = _coverage(plan, request.document_of(plan), problems)
    return LintedPlan(
        name=str(name), plan=plan, warnings=tuple(lint(plan)), citations=tuple(problems.found), coverage=coverage,
        strict=request.strict,
    )  # fmt: skip


def _coverage(plan: Plan, document: Path | None, problems: Problems) -> Coverage | None:
    """Compare a plan with its document; notes what is cited wrongly, and the sentences it does not answer for."""
    if document is None:
        return None
    try:
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
        yield from plan_files(self.old)
        if self.new is not None:
            yield from plan_files(self.new)


@dataclass(frozen=True, kw_only=True)
class ComparedPlans:
    """Two texts and every difference between them, in the order of the new one."""

    old: Plan
    new: Plan
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN


def diff_plans(request: DiffRequest) -> ComparedPlans:
    """Compare the two texts. Raises `Refused` for a plan that cannot be used, and for a single plan without any day."""
    if request.new is None and not (request.first or request.second):
        raise Refused([Problem("diff.one-plan", Location("NEW"))])
    old = load_plan(request.old)
    new = old if request.new is None else load_plan(request.new)
    old, new = _on(old, request.first), _on(new, request.second)
    return ComparedPlans(old=old, new=new, differences=diff(old, new))


def _on(plan: Plan, day: date | None) -> Plan:
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
    """Load a plan with the amendments in force. Raises `Refused` for one that cannot be used."""
    return ShownPlan(plan=_on(request.load_plan(), request.as_of))
