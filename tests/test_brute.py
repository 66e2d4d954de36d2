"""Random plans judged by the program, and by trying out every completion of what is not reported (`brute.py`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from math import isclose
from random import Random

import pytest
from brute import Judged
from dabiao import check, load_plan, read_facts
from dabiao.base.files import Upload
from dabiao.base.problems import Refused
from dabiao.engine.results import Finding
from drawn import Case, draw_case, draw_plan
from helpers import columns_of

NUMBERS = tuple(field.name for field in fields(Judged) if field.name not in ("verdict", "members"))
UNLISTED = {"TX", "HX", "HY"}


@pytest.mark.parametrize(("years", "seeds", "most"), [(False, 60, 2.0), (True, 65, 2.0)])
def test_no_completion_contradicts_a_finding(*, years: bool, seeds: int, most: float) -> None:
    """Verdicts and numbers of random plans are those of every completion, and few that all agree on are left open."""
    counted: Counter[str] = Counter()
    for seed in range(seeds):
        wrong, found = judge_seed(seed, years=years)
        assert "" == "\n\n".join(wrong)
        counted += found
    decided = sum(number for what, number in counted.items() if what.startswith("told "))
    share = 100 * counted["cautious"] / (counted["cautious"] + decided)
    assert decided > 100, counted
    assert share <= most, counted


def judge_seed(seed: int, *, years: bool) -> tuple[list[str], Counter[str]]:
    """Judge the sheets drawn for one plan: return what contradicts a completion, and how often what was asked."""
    random, wrong, counted = Random(seed), list[str](), Counter[str]()
    text = draw_plan(random, years=years)
    try:
        plan = load_plan(Upload("brute.plan.yaml", text.encode()))
    except Refused as refused:
        counted.update(f"refused: {problem.code}" for problem in refused.problems)
        return wrong, counted
    counted["plans"] += 1
    for _ in range(4):
        case = draw_case(random, text, years=years)
        uploads = [Upload(f"s{i}.facts.yaml", sheet.encode()) for i, sheet in enumerate(case.sheets)]
        result = check(plan, read_facts(uploads, plan), year=case.year)
        found = list(result.findings())
        shown = f"\n{text.split('phrase: ')[1]}\n{'---'.join(case.sheets)}year {case.year}"
        wrong += [f"{seed}: {what}{shown}" for what in compare(case, found, counted)]
        wrong += [f"{seed}: {what}{shown}" for what in compare_frame(found, result.to_polars().to_dicts())]
    return wrong, counted


def compare(case: Case, found: list[Finding], counted: Counter[str]) -> list[str]:
    """Compare findings with what every completion comes to."""
    wrong = []
    by_name: dict[str, list[Finding]] = {}
    for finding in found:
        by_name.setdefault(finding.subject, []).append(finding)
    if all(one.verdict == "out" for of_name in case.judged.values() for one in of_name):
        counted["findings"] += 1
        verdicts = {(finding.subject if finding.kind == "district" else "", finding.verdict) for finding in found}
        if verdicts == {("D", "not_applicable")}:
            counted["told nobody"] += 1
        elif {verdict for _, verdict in verdicts} != {"undetermined"} or case.known:
            wrong.append(f"{verdicts} though it applies to nobody")
        else:
            counted["cautious" if case.complete else "open"] += 1
        return wrong
    for name, judged in case.judged.items():
        wanted = {one.verdict for one in judged}
        got = by_name.get(name, [])
        told = {finding.verdict for finding in got} or {"out"}
        counted["findings"] += 1
        if told == {"undetermined"}:
            if len(wanted) == 1 and case.complete:
                counted["cautious"] += 1
                wrong += (
                    [f"{name or 'unlisted'} is undetermined, and {wanted} where all is reported"] if case.known else []
                )
            else:
                counted["open"] += 1
        elif told != wanted:
            wrong.append(f"{name or 'unlisted'} is {told}, and may be {wanted}")
        else:
            counted[f"told {'/'.join(told)}"] += 1
        if name and got:
            wrong += compare_numbers(got[0], judged, counted, known=case.known)
            wrong += [f"{name} {what}" for what in compare_explained(got[0], judged, case)]
    return wrong


def compare_numbers(finding: Finding, judged: list[Judged], counted: Counter[str], *, known: bool) -> list[str]:
    """Compare the numbers of a finding: each that is given is that of every completion, and given if all is reported."""
    target = finding.targets[0] if finding.targets else None
    given = {name: getattr(finding, name, None) for name in NUMBERS}
    given["target"], given["expected"] = (None, None) if target is None else (target.value, target.expected)
    wrong, compound = [], finding.commitment.path.name == "compound"
    for name, number in given.items():
        wanted = {getattr(one, name) for one in judged}
        if (name == "whole_gap" and None in wanted) or (compound and name in ("expected", "pace")):
            continue  # not worked out by the other way
        if (number is not None and wanted != {number}) or (known and wanted != {number}):
            wrong.append(f"{finding.subject} has {name} {number}, and may have {sorted(map(str, wanted))[:5]}")
        elif number is not None:
            counted[name] += 1
    return wrong


def compare_explained(finding: Finding, judged: list[Judged], case: Case) -> Iterator[str]:
    """Compare what a finding says of what is known, and of what is missing, with the sheets and every completion."""
    for used in finding.used:
        value = case.reported.get((used.subject, used.measure, used.year))
        if value != used.value:
            yield f"rests on {used}, and {value} is reported"
    if not finding.missing and all(not p.unsure and p.unlisted == 0 for p in finding.populations):
        agreed = {(one.verdict, one.actual, one.target) for one in judged}
        if len(agreed) > 1:
            yield f"says that nothing is missing, and may be {agreed}"
    target = finding.targets[0] if finding.targets else None
    gap, spare = finding.least_gap, finding.least_gap is not None and finding.least_gap < 0
    for name, low, high in (
        ("actual", finding.low, finding.high),
        ("gap", None if spare else gap, gap if spare else None),  # of room to spare, there is more than is told
        ("expected", target and target.least_expected, None),
    ):
        may = [number for one in judged if (number := getattr(one, name)) is not None]
        if may and ((low is not None and min(may) < low) or (high is not None and max(may) > high)):
            yield f"has {name} from {low} to {high}, and may have {min(may)} to {max(may)}"
    populations = [population for population in finding.populations if population.year == case.year]
    groups = [one.members for one in judged if one.members is not None]
    if len(populations) == 1 and groups:
        (told,) = populations
        sizes = [len(group) for group in groups]
        if min(sizes) < told.counted or told.possible < max(sizes):
            yield f"counts {told}, and may count {min(sizes)} to {max(sizes)}"
        always, ever = frozenset.intersection(*groups), frozenset.union(*groups)
        if not (always >= set(told.names) and ever - UNLISTED <= {*told.names, *told.unsure}):
            yield f"counts {told}, and always {sorted(always)}, perhaps {sorted(ever)}"


def compare_frame(found: list[Finding], rows: list[dict[str, object]]) -> list[str]:
    """Compare the table with the findings."""
    return [
        f"{finding.subject} has {name} {told}, and in the table {row[name]}"
        for finding, row in zip(found, rows, strict=True)
        for name, told in columns_of(finding).items()
        if not (
            isclose(told, number, abs_tol=1e-9)
            if isinstance(told, float) and isinstance(number := row[name], float)
            else told == row[name]
        )
    ]
