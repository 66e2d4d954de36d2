"""Tests a plan: reads the cases in NAME_test.yaml beside it, judges each, and compares the verdicts with the expected ones.

plan: yanqing
cases:
  - name: 缺一张应急床位
    year: 2025
    registers: {institution: complete}
    subjects: [{kind: institution, name: 甲院, facts: {beds: 100 张, reserved_beds: 1 张}}]
    expect: [{commitment: emergency-bed-reserve, subject: 甲院, verdict: shortfall}]
    follows: []
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT
from dabiao.base.files import File, paths_among
from dabiao.base.nodes import Node, read_yaml
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.engine.check import check
from dabiao.engine.results import Finding, Result
from dabiao.facts import written as f
from dabiao.facts.formats.yaml_sheet import FactReader
from dabiao.facts.model import Facts, Sheet
from dabiao.facts.rows import Row, rows_by_kind
from dabiao.facts.together import check_together
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.amend import in_force
from dabiao.rules.files import find_plan_files
from dabiao.rules.load import SUFFIX
from dabiao.rules.model import Plan
from dabiao.rules.requests import PlanRequest
from dabiao.rules.shape import IDENTIFIER, Json, Text, Written, describe, key
from dabiao.rules.sorts import read_document
from dabiao.rules.written import VerdictName
from dabiao.trials.cases import Coverage, cover

TEST_SUFFIX = "_test.yaml"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a case: one text, or one in Chinese and one in English."""

    text: Text

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Name | None:
        """Take a text, or a mapping with the keys zh and en."""
        if node.mapping is not None:
            both = Text.read(node, problems)
            return cls(both) if both else None
        if node.scalar is None or not node.scalar.strip():
            problems.add("expected-string", node.location, found=describe(node))
            return None
        return cls(Text(node.scalar, node.scalar))

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema of either form."""
        return {"anyOf": [{"type": "string", "minLength": 1}, Text.schema()]}


@dataclass(frozen=True, kw_only=True)
class Earlier(Written):
    """What was reported for an earlier year."""

    year: int = key("the year")
    registers: f.Registers | None = key("how many subjects of a kind there were", None)
    facts: f.FactMap | None = key("facts of the root subject", None)
    subjects: tuple[f.SubjectFacts, ...] = key("facts of other subjects", ())


@dataclass(frozen=True, kw_only=True)
class Expected(Written):
    """A verdict that a commitment must have."""

    commitment: str = key("the commitment", pattern=IDENTIFIER)
    subject: str | None = key("the subject, where the commitment is judged for several", None)
    verdict: VerdictName = key("the verdict")


@dataclass(frozen=True, kw_only=True)
class Follows(Written):
    """A consequence that must follow."""

    consequence: str = key("the consequence", pattern=IDENTIFIER)
    subject: str | None = key("the subject it falls on (default: any)", None)


@dataclass(frozen=True, kw_only=True)
class CaseText(Written):
    """Facts, and what must be found of them."""

    name: Name = key("the case in a few words")
    year: int = key("the year that is judged")
    as_of: date | None = key("day whose text of the plan and whose waivers count (default: 31 December)", None)
    registers: f.Registers | None = key("how many subjects of a kind there are, or `complete` if all are listed", None)
    facts: f.FactMap | None = key("facts of the root subject", None)
    subjects: tuple[f.SubjectFacts, ...] = key("facts of other subjects", ())
    before: tuple[Earlier, ...] = key("facts of earlier years", ())
    expect: tuple[Expected, ...] = key("verdicts", ())
    follows: tuple[Follows, ...] | None = key(
        "every consequence that follows, [] for none; not looked at if left out", None
    )


@dataclass(frozen=True, kw_only=True)
class TrialText(Written):
    """Test cases of a plan."""

    plan: str = key("the plan they belong to", pattern=IDENTIFIER)
    cases: tuple[CaseText, ...] = key("the cases")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation of a case and what was found.

    `commitment` names a commitment or, if `consequence` is set, a consequence; `expected` and `actual` are verdicts, or
    "follows" and "absent". `finding` explains an actual verdict.
    """

    commitment: str
    subject: str
    expected: str
    actual: str
    location: Location
    consequence: bool = False
    finding: Finding | None = None

    @property
    def passed(self) -> bool:
        """Whether what was expected was found."""
        return self.expected == self.actual


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case that was judged."""

    name: Text
    year: int
    location: Location
    expectations: tuple[Expectation, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation was fulfilled."""
        return all(expectation.passed for expectation in self.expectations)


@dataclass(frozen=True)
class Trial:
    """The result of `dabiao test` for a plan. `file` has its written cases, None if there are none."""

    plan: Plan
    file: File | None
    cases: tuple[CaseResult, ...]
    coverage: Coverage
    minimum: Fraction = Fraction(100)
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases with an expectation that was not fulfilled."""
        return tuple(case for case in self.cases if not case.passed)

    @property
    def passed(self) -> bool:
        """Whether all cases passed, engine and oracle agree, and coverage reaches the minimum."""
        return not self.failed and not self.coverage.wrong and self.coverage.percent >= self.minimum

    @property
    def exit_code(self) -> int:
        """Return 0 if it passed, else 1."""
        return EXIT_CLEAN if self.passed else EXIT_FELL_SHORT


@dataclass(frozen=True, kw_only=True)
class TrialRequest(PlanRequest):
    """A plan to test. Its written cases are in `cases`, by default in the file beside the plan.

    `minimum` is the least percentage of commitments that must have a case of each verdict they can have.
    """

    minimum: Fraction = Fraction(100)
    cases: File | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files on disk that are read."""
        yield from super().inputs()
        yield from paths_among(self.file_of_cases())

    def file_of_cases(self) -> File | None:
        """Return the file of the cases, None if there is none."""
        files = find_plan_files(self.plan)
        return self.cases or (cases_beside(files[0]) if files else None)


def try_plan(request: TrialRequest) -> Trial:
    """Judge the written and the made-up cases of a plan. Raises `Refused` for anything wrong with the plan or its cases."""
    plan = request.load_plan()
    file = request.file_of_cases()
    cases = judge_cases(file, plan) if file else ()
    seen = [
        (e.commitment, e.actual) for case in cases for e in case.expectations if e.passed and not e.consequence
    ]  # fmt: skip
    return Trial(plan, file, cases, cover(plan).with_verdicts(seen), request.minimum)


def cases_beside(plan_file: Path) -> Path | None:
    """Return the file of test cases beside a plan file, None if there is none."""
    path = plan_file.with_name(plan_file.name.removesuffix(SUFFIX).removesuffix(".yaml") + TEST_SUFFIX)
    return path if os.path.lexists(path) else None  # what is no file is refused where it is read


def judge_cases(file: File, plan: Plan) -> tuple[CaseResult, ...]:
    """Judge every case of a file. Raises `Refused` with everything wrong in it, each with its location."""
    problems = Problems()
    written = read_document("cases", TrialText, read_yaml(file, problems), problems)
    if written is None:
        raise Refused(problems.found)
    if written.plan != plan.id:
        problems.add("other-plan", written.place("plan"), found=written.plan, expected=plan.id)
        problems.refuse()
    readable = not problems.errors
    if readable and not written.cases:
        problems.add("trial.no-cases", written.place("cases"))
    ready = [_Case(case, plan, problems, readable) for case in written.cases]
    problems.refuse()
    return tuple(case.judge() for case in ready)


class _Case:
    """A written case: its sheets and its expectations, checked against the plan."""

    def __init__(self, written: CaseText, plan: Plan, problems: Problems, readable: bool) -> None:
        self._written = written
        self._plan = in_force(plan, written.as_of or date(written.year, 12, 31))
        self._original = plan
        self._problems = problems
        names = plan.root.register.names if plan.root.register else ()
        self._root = names[0] if names else next(iter(plan.root.title))
        sheets = [*map(self._read_sheet, written.before), self._read_sheet(written)]
        self._facts = Facts(plan, tuple(sheets))
        check_together(sheets, plan, problems)
        self._check_names()
        if readable and not written.expect and written.follows is None:
            problems.add("trial.nothing-expected", written.location)

    def _read_sheet(self, part: CaseText | Earlier) -> Sheet:
        plan, problems = self._original, self._problems
        if not plan.history <= part.year <= plan.last:
            problems.add("year-outside", part.place("year"), found=part.year, first=plan.history, last=plan.last)
        if isinstance(part, Earlier) and part.year >= self._written.year:
            problems.add("trial.not-before", part.place("year"), found=part.year, expected=self._written.year)
        reader = FactReader(Vocabulary(plan), plan.percentages, problems)
        rows = [Row(plan.root.id, self._root, None, part.location, reader.facts(plan.root.id, part.facts))]
        rows += [row for item in part.subjects if (row := reader.row(item))]
        sizes = part.registers.sizes if part.registers else {}
        for kind in sizes:
            if kind not in plan.kinds and part.registers:
                self._note_unknown("unknown-kind", part.registers.keys[kind], kind, plan.kinds)
        location, parts = part.location, rows_by_kind(rows)
        return Sheet(location.file, self._root, part.year, location, parts, registers=sizes, synthetic=True)

    def _check_names(self) -> None:
        plan, written = self._plan, self._written
        for expected in written.expect:
            if expected.commitment not in plan.commitments:
                self._note_unknown(
                    "unknown-commitment", expected.place("commitment"), expected.commitment, plan.commitments
                )
            elif plan.commitments[expected.commitment].manual:
                self._problems.add("trial.manual", expected.place("commitment"), found=expected.commitment)
        for follows in written.follows or ():
            if follows.consequence not in plan.consequences:
                self._note_unknown(
                    "unknown-consequence", follows.place("consequence"), follows.consequence, plan.consequences
                )

    def _note_unknown(self, code: str, location: Location, found: str, known: Iterable[str]) -> None:
        names = sorted(known)
        details = {"nearest": nearest(found, names), "expected": tuple(names[:12])}
        self._problems.add(code, location, found=found, **details)

    def judge(self) -> CaseResult:
        """Judge the facts and compare the verdicts and consequences with the expected ones."""
        written = self._written
        select = () if written.follows is not None else tuple(dict.fromkeys(e.commitment for e in written.expect))
        result = check(
            self._original,
            self._facts,
            year=written.year,
            as_of=written.as_of,
            select=select,
            data_checks=False,
            unrelated=True,
        )
        expectations = [self._compare_verdict(expected, result) for expected in written.expect]
        return CaseResult(
            written.name.text, written.year, written.location, (*expectations, *self._compare_consequences(result))
        )  # fmt: skip

    def _compare_verdict(self, expected: Expected, result: Result) -> Expectation:
        """Compare one verdict. If no subject is named, all subjects of the commitment must have it."""
        table = result.table.select("commitment", "subject", "verdict").with_row_index("@row")
        rows = [
            (row, subject, str(verdict))
            for row, commitment, subject, verdict in table.iter_rows()
            if commitment == expected.commitment and expected.subject in (None, subject)
        ]
        wrong = next((found for found in rows if found[2] != expected.verdict), None)
        row, subject, actual = wrong or (rows[0] if rows else (None, expected.subject or "", "absent"))
        finding = None if row is None else result.explain(row)
        subject = expected.subject or subject
        return Expectation(expected.commitment, subject, expected.verdict, actual, expected.location, finding=finding)

    def _compare_consequences(self, result: Result) -> Iterator[Expectation]:
        """Compare the consequences: those expected must follow, and no others."""
        if self._written.follows is None:
            return
        found = {(followed.rule, followed.subject) for followed in result.followed}
        explained: set[tuple[str, str]] = set()
        for expected in self._written.follows:
            matched = {
                (rule, subject) for rule, subject in found
                if rule == expected.consequence and expected.subject in (None, subject)
            }  # fmt: skip
            explained |= matched
            yield Expectation(
                expected.consequence, expected.subject or "", "follows", "follows" if matched else "absent",
                expected.location, consequence=True,
            )  # fmt: skip
        place = self._written.place("follows")
        for rule, subject in sorted(found - explained):
            yield Expectation(rule, subject, "absent", "follows", place, consequence=True)
