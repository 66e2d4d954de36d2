"""Data checks: whether reported figures can be believed, decided before anything is judged. They are no verdicts.

A check is decided as columns, by the same arithmetic as a verdict, for every year and root that was reported; only what
fails is looked at one by one. A check that a missing figure leaves open was not made: it is counted, never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from operator import and_

import polars as pl
from dabiao.base.limits import limits
from dabiao.base.problems import Problem, Severity
from dabiao.engine.columns import repeated
from dabiao.engine.data_check_problems import DataCheckProblems, needless
from dabiao.engine.measure import Measured
from dabiao.engine.results import CheckCount, CheckedFigures
from dabiao.facts.model import Fact, Facts
from dabiao.facts.tables import NO_ROW
from dabiao.rules.algebra import Aggregate, Leaf, Polynomial
from dabiao.rules.checks import find_leaf, find_stated_baselines, list_compared, make_jump, make_tests
from dabiao.rules.comparators import Sign
from dabiao.rules.model import DataCheck
from dabiao.rules.shares import gather
from dabiao.rules.walks import aggregates, leaves, tests, variables

_FEW = 8  # rows that are decided in fractions without asking how much work columns would be
_FEW_BELOW = 100  # rows that may be counted or summed over for it


@dataclass
class Checked:
    """What the data checks of a plan came to: everything that failed, everything to be noted, and how often each was made.

    `unmade` are the rows for which a check was asked and a missing figure left it open.
    """

    problems: list[Problem] = field(default_factory=list)
    counts: list[CheckCount] = field(default_factory=list)
    unmade: dict[CheckedFigures, pl.Series] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether the sheets must not be used."""
        return any(problem.severity == "error" for problem in self.problems)


def check_data(measured: Measured, facts: Facts) -> Checked:
    """Make every data check of the plan, for all years of the facts. `measured` is any one of these years."""
    reported = facts.years
    each = [measured if year == measured.year else Measured(measured.tables, year) for year in reported]
    years = [_Year(one) for one in each]
    checked = Checked()
    jumps: dict[tuple[str, str, int], list[pl.Series]] = {}
    for check in measured.plan.checks:
        count = _Count()
        for year in years:
            count.add(year, check, facts, jumps)
        checked.problems += count.problems
        checked.unmade |= count.open
        checked.counts.append(CheckCount(check.id, count.made, count.failed, count.confirmed, count.unmade))
    checked.problems += _needless(each, facts, jumps)
    return checked


class _Count:
    """One check over all years: what failed, and how often it was made."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.open: dict[CheckedFigures, pl.Series] = {}
        self.made = self.failed = self.confirmed = self.unmade = 0
        self._left = limits().problems

    def add(
        self, year: _Year, check: DataCheck, facts: Facts, jumps: dict[tuple[str, str, int], list[pl.Series]]
    ) -> None:
        """Make a check of one year."""
        measured = year.measured
        data_check_problems = DataCheckProblems(measured, check, facts)
        match check.sort:
            case "complete":
                self._complete(measured, check, data_check_problems)
            case "baselines":
                if measured.year == measured.plan.baseline:
                    for (kind, measure), number in find_stated_baselines(measured.plan).items():
                        self._baseline(measured, data_check_problems, kind, measure, number)
            case "jump":
                leaf = find_leaf(check)
                passed, asked = year.asked(check)
                unsure = passed.set(~asked, value=True)  # where it is not asked for, there is nothing to confirm
                jumps.setdefault((leaf.kind, leaf.measure, measured.year), []).append(unsure)
                self._rows(passed, asked, data_check_problems)
            case _:
                self._rows(*year.asked(check), data_check_problems)

    def _rows(self, passed: pl.Series, asked: pl.Series, data_check_problems: DataCheckProblems) -> None:
        """Count what was made, and tell of the rows that fail."""
        unmade = asked & passed.is_null()
        self.made += int(asked.sum()) - int(unmade.sum())
        self._unmade(unmade, data_check_problems)
        failing = (asked & ~passed).arg_true().to_list()
        hidden = 0
        for row in failing:
            fact = data_check_problems.confirmation(row)
            self.confirmed += fact is not None
            self.failed += fact is None
            if self._room():
                self.problems.append(
                    data_check_problems.confirmed(row, fact) if fact else data_check_problems.failed(row)
                )
            else:
                hidden += fact is None
        if hidden:
            self.problems.append(data_check_problems.more(hidden, data_check_problems.check.severity))

    def _unmade(self, rows: pl.Series, data_check_problems: DataCheckProblems) -> None:
        self.unmade += int(rows.sum())
        self.open[data_check_problems.figures] = rows
        if data_check_problems.check.unmade == "count":
            return
        found = [partial(data_check_problems.unmade, row) for row in rows.arg_true().to_list()]
        self._tell(found, data_check_problems, "warning")

    def _tell(
        self, found: Sequence[Callable[[], Problem]], data_check_problems: DataCheckProblems, severity: Severity
    ) -> None:
        """Tell of as many problems as the limit leaves room for, and how many there are beyond it."""
        told = [problem() for problem in found if self._room()]
        self.problems += told
        if len(told) < len(found):
            self.problems.append(data_check_problems.more(len(found) - len(told), severity))

    def _room(self) -> bool:
        """Return whether the limit on problems leaves room for one more."""
        self._left -= 1
        return self._left >= 0

    def _complete(self, measured: Measured, check: DataCheck, data_check_problems: DataCheckProblems) -> None:
        """Compare what is listed with the register. A register of which nothing is listed was not handed in at all."""
        roots = measured.frame(measured.plan.root.id)["@root"]
        listed = pl.col("@row") != NO_ROW
        found = (
            measured.frame(check.of)
            .group_by("@root")
            .agg(
                listed.sum().cast(pl.Int64).alias("listed"),
                pl.col("@weight").filter(~listed).sum().alias("missing"),
                pl.col("@name").filter(~listed & (pl.col("@name") != "")).alias("names"),
            )
        )
        incomplete = found.filter(pl.col("missing") > 0)
        open_ = incomplete.filter(pl.col("missing").is_infinite() | (pl.col("listed") == 0))["@root"]
        self.made += len(roots) - len(open_)
        self._unmade(roots.is_in(open_.to_list()), data_check_problems)
        wrong = incomplete.filter(~pl.col("@root").is_in(open_.to_list()))
        order = {root: position for position, root in enumerate(roots)}
        rows = sorted(wrong.iter_rows(), key=lambda row: order[row[0]])
        self.failed += len(rows)
        told = [
            partial(data_check_problems.incomplete, root, count, int(missing), names)
            for root, count, missing, names in rows
        ]
        self._tell(told, data_check_problems, check.severity)

    def _baseline(
        self, measured: Measured, data_check_problems: DataCheckProblems, kind: str, measure: str, number: Fraction
    ) -> None:
        m = measured.plan.measures[kind, measure]
        leaf = Leaf(kind, measure, "now", m.low, m.high)
        passed = measured.sign(kind, Polynomial.variable(leaf) - Polynomial.constant(number), "==")
        passed = passed.set(measured.figure(kind, leaf).value.is_null(), None)
        asked = measured.frame(kind)["@row"] != NO_ROW
        self._rows(passed, asked, data_check_problems.of_baseline(leaf, number))


class _Year:
    """Decides the checks of one year, and knows what is reported for it."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self._roots = measured.frame(measured.plan.root.id).height
        self._known: set[tuple[str, str]] = set()
        for kind in measured.plan.kinds:
            frame = measured.frame(kind)
            names = measured.plan.reported(kind)
            self._known |= {(kind, name) for name in names if frame[name].null_count() < frame.height}

    def asked(self, check: DataCheck) -> tuple[pl.Series, pl.Series]:
        """Return the decisions, and the rows they are asked of: subjects that are listed and that the check is made for."""
        measured = self.measured
        asked = measured.frame(check.kind)["@row"] != NO_ROW
        if self._silent(check) or not asked.any():
            passed = repeated(None, len(asked))
        else:
            passed = self._steady(check) if check.sort == "jump" else self._decided(check)
        if check.where is None or not asked.any():
            return passed, asked
        applies = measured.decide(check.kind, check.where)
        return passed.set(applies.is_null(), None), asked & applies.fill_null(value=True)

    def _silent(self, check: DataCheck) -> bool:
        """Whether nothing can be decided: no figure of the check is reported, or none of those that it counts or sums."""
        figures = leaves(*list_compared(check))
        if figures and not any(self._reported(leaf) for leaf in figures):
            return True
        return self._roots == 1 and any(self._unreported(one) for one in aggregates(*list_compared(check)))

    def _reported(self, leaf: Leaf) -> bool:
        return leaf.time != "now" or (leaf.kind, leaf.measure) in self._known

    def _unreported(self, variable: Aggregate) -> bool:
        """Whether there are subjects to count or sum over, and nothing is reported of any."""
        figures = leaves(variable)
        return self.measured.frame(variable.kind).height > 0 and bool(figures) and not any(map(self._reported, figures))

    def _decided(self, check: DataCheck) -> pl.Series:
        """Return where figures agree; null where one is missing that matters, or there is no base to divide by."""
        measured, kind = self.measured, check.kind
        if check.holds is not None:
            passed = measured.decide(kind, check.holds)
            bases = [base for test in tests(check.holds) for base in test.bases]
        else:
            passed = reduce(and_, (self._sign(kind, test.margin, test.sign) for test in make_tests(check)))
            assert check.value is not None
            bases = [
                base for ratio in (check.value.form, *(b.target.form for b in check.targets)) for base in ratio.bases
            ]
        for variable in variables(*list_compared(check)) if self._roots > 1 else ():
            if not isinstance(variable, Leaf):
                passed = passed.set(self._without_reports(kind, variable), None)
        for base in dict.fromkeys(bases):
            nothing = self._sign(kind, base, "==").fill_null(value=True)
            if check.holds is not None:
                nothing = nothing & ~passed
            passed = passed.set(nothing, None)
        return passed

    def _without_reports(self, kind: str, variable: Aggregate) -> pl.Series:
        """Return the rows of the roots that have subjects to count or sum over, and report nothing of any."""
        figures = leaves(variable)
        frame = self.measured.frame(variable.kind)
        here = self.measured.frame(kind)["@root"]
        if not figures or any(v.kind != variable.kind or v.time != "now" for v in figures):
            return repeated(value=False, height=len(here))
        columns = {v.measure for v in figures}
        reported = frame.group_by("@root").agg(pl.any_horizontal(pl.col(*columns).is_not_null()).any().alias("@any"))
        return here.is_in(reported.filter(~pl.col("@any"))["@root"].to_list())

    def _steady(self, check: DataCheck) -> pl.Series:
        """Return where a measure has not jumped since the year before; null where one of the two figures is missing."""
        measured, kind, leaf = self.measured, check.kind, find_leaf(check)
        number = None
        if measured.year - 1 == measured.plan.baseline:
            number = find_stated_baselines(measured.plan).get((leaf.kind, leaf.measure))
        now, last = make_jump(check, measured.year)
        unknown = measured.figure(kind, leaf).value.is_null()
        before = measured.value(kind, last).is_null()
        passed = self._within_factor(check, now, last)
        if number is not None:
            _, fixed = make_jump(check, measured.year, number)
            return passed.zip_with(~before, self._within_factor(check, now, fixed)).set(unknown, None)
        return passed.set(unknown | before, None)

    def _within_factor(self, check: DataCheck, now: Polynomial, last: Polynomial) -> pl.Series:
        kind = check.kind
        steady = self._sign(kind, last * check.jump - now, ">=") & self._sign(kind, now * check.jump - last, ">=")
        if not check.within:
            return steady
        within = Polynomial.constant(check.within)
        small = self._sign(kind, within - now + last, ">=") & self._sign(kind, within + now - last, ">=")
        return steady | small

    def _sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        """Decide a sign: by columns, or in fractions where that is less work: a few rows, and few below them."""
        measured = self.measured
        height = measured.frame(kind).height
        below = (measured.frame(v.kind).height for v in aggregates(margin))
        if height > _FEW or any(rows > _FEW_BELOW for rows in below):
            return measured.sign(kind, margin, sign)
        answers = []
        for row in range(height):
            answer = measured.exact.polynomial(kind, margin, row).decide(sign)
            if answer is None and gather(margin) != margin:
                answer = measured.exact.polynomial(kind, gather(margin), row).decide(sign)
            answers.append(answer)
        return pl.Series(answers, dtype=pl.Boolean)


def _needless(
    years: Sequence[Measured], facts: Facts, jumps: dict[tuple[str, str, int], list[pl.Series]]
) -> Iterator[Problem]:
    """Iterate over warnings about confirmations where every check that could have asked for one found no jump."""
    by_year = {measured.year: measured for measured in years}
    for root, kind, name, year, said in _confirmations(facts):
        measured = by_year[year]
        made = [passed for measure, _ in said for passed in jumps.get((kind, measure, year), [])]
        index = measured.tables.index.get((kind, year, root, name)) if made else None
        row = None if index is None else measured.frame(kind)["@index"].search_sorted(index)
        if row is None or all(passed[row] for passed in made):
            yield needless([measured.plan.measures[kind, measure] for measure, _ in said], name, year, said[0][1])


_Said = tuple[str, str, str, int, list[tuple[str, Fact]]]


def _confirmations(facts: Facts) -> Iterator[_Said]:
    """Iterate over what sheets confirm: root, kind, subject, year, and the figures for which the same words are written.

    A table says it once for a whole row, so that its words are needed if one figure of the row needs them.
    """
    for sheet in facts.sheets:
        for part in sheet.parts:
            found = list(part.confirmed())
            names = part.names() if found else []
            for at, confirmed in found:
                same: dict[str, list[tuple[str, Fact]]] = {}
                for measure, fact in confirmed:
                    same.setdefault(fact.confirmed, []).append((measure, fact))
                yield from ((sheet.subject, part.kind, names[at], sheet.year, said) for said in same.values())
