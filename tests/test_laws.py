"""Laws that every verdict obeys, whatever the facts: exactness, missing facts, order, units, formats, other sheets."""

from __future__ import annotations

import csv
import json
import operator
import random
import re
import tempfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from dabiao import check, read_facts
from dabiao.engine.exact import decided
from dabiao.engine.measure import Measured
from dabiao.facts.tables import build
from dabiao.reports.json import finding_json
from dabiao.results import Result
from dabiao.rules.forms import compare
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure, sheet_text, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st

HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "at_least": operator.ge, "at_most": operator.le, "more_than": operator.gt, "less_than": operator.lt,
    "exactly": operator.eq,
}  # fmt: skip
YEARLY = "due: every_year"

# ---------------------------------------------------------------- numbers and sheets


def text_of(number: Fraction) -> str:
    """Write a number that ends as a decimal in full."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    return f"{Decimal(int(number * 10**places)).scaleb(-places):f}"


def decimals(whole: int = 9, places: int = 12, least: int = 0) -> st.SearchStrategy[Fraction]:
    """Draw decimals with up to `whole` digits before the point and `places` behind it."""
    top = 10**whole
    return st.integers(0, places).flatmap(
        lambda p: st.integers(least * 10**p, top * 10**p).map(lambda n: Fraction(n, 10**p))
    )


def hair() -> st.SearchStrategy[Fraction]:
    """Draw nothing, or a tiny step up or down."""
    return st.tuples(st.sampled_from([-1, 0, 0, 1]), st.integers(1, 15)).map(lambda t: Fraction(t[0], 10 ** t[1]))


def rows_text(kind: str, rows: Iterable[dict[str, str]]) -> str:
    """Return subjects of one kind, named n0, n1 and so on, with their facts."""
    return "".join(
        f"- {{kind: {kind}, name: n{i}, facts: {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}}}\n"
        for i, row in enumerate(rows)
    )


def checked(plan: Plan, *sheets: str, year: int | None = None) -> Result:
    """Judge sheets by way of real files."""
    with tempfile.TemporaryDirectory() as folder:
        return judge(plan, Path(folder), *sheets, year=year)


def csv_folder(folder: Path, head: str, tables: dict[str, list[dict[str, str]]]) -> Path:
    """Write a CSV folder: the head sheet and one table for each kind."""
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(head, encoding="utf-8")
    for kind, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def in_both_formats(plan: Plan, rows: list[dict[str, str]]) -> list[dict[tuple[str, str], str]]:
    """Judge the same homes from a YAML sheet and from a CSV folder."""
    with tempfile.TemporaryDirectory() as temporary:
        named = [{"name": f"n{i}", **row} for i, row in enumerate(rows)]
        folder = csv_folder(Path(temporary) / "csv", sheet_text(registers="home: complete"), {"home": named})
        from_csv = verdicts(check(plan, read_facts(folder, plan)))
    sheet = sheet_text(subjects=rows_text("home", rows), registers="home: complete")
    return [verdicts(checked(plan, sheet)), from_csv]


def word(holds: bool) -> str:
    """Return the verdict of a commitment that is due."""
    return "met" if holds else "shortfall"


# ---------------------------------------------------------------- (a) verdicts equal exact arithmetic


@given(target=decimals(12, 15), others=st.lists(decimals(14, 16), max_size=4), steps=st.lists(hair(), min_size=1))
def test_a_number_is_compared_exactly(target: Fraction, others: list[Fraction], steps: list[Fraction]) -> None:
    """A reported number meets a target exactly when the two decimals say so, a hair off or many digits long."""
    values = [max(target + step, Fraction(0)) for step in steps] + others
    low, high = sorted([target, others[0] if others else target + 1])
    body = "each: home\nmeasure: score\n" + YEARLY
    plan = make_plan(
        measure("score", "unit: 分", "home"),
        "".join(commitment(name.replace("_", "-"), f"{body}\n{name}: {text_of(target)} 分") for name in HOLDS)
        + commitment("within", f"{body}\nbetween: [{text_of(low)} 分, {text_of(high)} 分]"),
    )
    expected = {}
    for i, value in enumerate(values):
        for name, holds in HOLDS.items():
            expected[name.replace("_", "-"), f"n{i}"] = word(holds(value, target))
        expected["within", f"n{i}"] = word(low <= value <= high)
    for found in in_both_formats(plan, [{"score": text_of(value)} for value in values]):
        assert expected == found


@given(data=st.data(), percent=decimals(2, 6))
def test_a_ratio_is_compared_exactly(data: st.DataObject, percent: Fraction) -> None:
    """A ratio meets a share exactly when the cross products say so; a zero denominator is not applicable."""
    rows = []
    for _ in range(data.draw(st.integers(1, 6))):
        bottom = data.draw(decimals(7, 8))
        top = max(bottom * percent / 100 + data.draw(hair()), Fraction(0))
        rows.append((top, bottom))
    plan = make_plan(
        measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"),
        "".join(
            commitment(
                name.replace("_", "-"), f"each: home\nmeasure: spent / grant\n{name}: {text_of(percent)} %\n{YEARLY}"
            )
            for name in HOLDS
        ),
    )
    expected = {
        (name.replace("_", "-"), f"n{i}"): word(holds(top, bottom * percent / 100)) if bottom else "not_applicable"
        for i, (top, bottom) in enumerate(rows)
        for name, holds in HOLDS.items()
    }
    for found in in_both_formats(plan, [{"spent": text_of(a), "grant": text_of(b)} for a, b in rows]):
        assert expected == found


TOTALS = {
    "sum(grant of home)": (lambda rows: sum(b for _, b in rows), "元"),
    "sum(spent of home) / sum(grant of home)": (
        lambda rows: sum(a for a, _ in rows) / s if (s := sum(b for _, b in rows)) else None, "%",
    ),
    "share(spent / grant >= 50 % of home)": (
        lambda rows: Fraction(sum(bool(b) and a * 2 >= b for a, b in rows), len(rows)), "%",
    ),
    "count(home where spent > 0.3 元)": (lambda rows: Fraction(sum(a > Fraction(3, 10) for a, _ in rows)), "个"),
    "average(spent of home)": (lambda rows: sum(a for a, _ in rows) / len(rows), "元"),
    "sum(grant - spent of home)": (lambda rows: sum(b - a for a, b in rows), "元"),
}  # fmt: skip


@given(
    rows=st.lists(
        st.tuples(decimals(4, 3), decimals(7, 14)) | st.tuples(decimals(1, 1), decimals(1, 1)), min_size=1, max_size=8
    ),
    step=hair(),
)
def test_totals_pools_shares_and_averages_are_exact(rows: list[tuple[Fraction, Fraction]], step: Fraction) -> None:
    """Sums such as 0.1 + 0.2, pooled ratios, shares and averages are judged as in exact rational arithmetic."""
    blocks, expected = [], {}
    for i, (form, (value, unit)) in enumerate(TOTALS.items()):
        actual = value(rows)
        target = (actual if actual is not None else Fraction(1, 2)) + step
        scaled = target * 100 if unit == "%" else target
        literal = f"{scaled.numerator} {unit} / {scaled.denominator}"
        for name, holds in HOLDS.items():
            key = f"c{i}-{name.replace('_', '-')}"
            blocks.append(commitment(key, f"measure: {form}\n{name}: {literal}\n{YEARLY}"))
            expected[key, "某区"] = "not_applicable" if actual is None else word(holds(actual, target))
    plan = make_plan(measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"), "".join(blocks))
    for found in in_both_formats(plan, [{"spent": text_of(a), "grant": text_of(b)} for a, b in rows]):
        assert expected == found


@given(big=st.integers(10**15, 10**24), parts=st.integers(2, 5), off=st.sampled_from([-1, 0, 1]))
def test_big_counts_are_exact(big: int, parts: int, off: int) -> None:
    """Counts beyond what a float can hold are added and compared to the last unit."""
    plan = make_plan(
        measure("people", "unit: 人", "home"),
        "".join(
            commitment(
                name.replace("_", "-"), f"measure: sum(people of home)\n{name}: {big * parts + off} 人\n{YEARLY}"
            )
            for name in HOLDS
        ),
    )
    expected = {
        (name.replace("_", "-"), "某区"): word(holds(Fraction(big * parts), Fraction(big * parts + off)))
        for name, holds in HOLDS.items()
    }
    for found in in_both_formats(plan, [{"people": str(big)}] * parts):
        assert expected == found


@given(
    start=decimals(4, 3), target=decimals(4, 3), due=st.integers(2022, 2025), year=st.integers(2021, 2024),
    cut=st.sampled_from([100, 90, 75]), step=hair(), name=st.sampled_from([*HOLDS]),
)  # fmt: skip
def test_a_linear_pace_is_exact(
    start: Fraction, target: Fraction, due: int, year: int, cut: int, step: Fraction, name: str
) -> None:
    """Before the due year a value is on track exactly when it has reached its share of the way, thirds included."""
    share = Fraction(year - 2020, due - 2020) * Fraction(cut, 100)
    interim = start + (target - start) * share
    value = max(Fraction(round(interim * 10**12), 10**12) + step, Fraction(0))
    plan = make_plan(
        measure("score", f"unit: 分, baseline: {text_of(start)} 分"),
        commitment(
            "c", f"measure: score\n{name}: {text_of(target)} 分\ndue: {due}\npace: {{path: linear, cut_off: {cut} %}}"
        ),
    )
    if year >= due:
        expected = word(HOLDS[name](value, target))
    elif HOLDS[name](start, target):  # already there: hold
        expected = "on_track" if HOLDS[name](value, target) else "behind"
    else:
        rising = name in ("at_least", "more_than") or (name == "exactly" and start < target)
        expected = "on_track" if (value >= interim if rising else value <= interim) else "behind"
    assert {("c", "某区"): expected} == verdicts(checked(plan, sheet_text(f"score: {text_of(value)}", year=year)))


@given(
    base=st.tuples(st.integers(0, 60), st.integers(0, 60)) | st.none(), now=st.tuples(st.integers(0, 90), st.integers(0, 90)),
    percent=st.integers(1, 99), year=st.sampled_from([2021, 2022, 2023, 2024]),
)  # fmt: skip
def test_a_path_from_a_reported_baseline_is_rational(
    base: tuple[int, int] | None, now: tuple[int, int], percent: int, year: int
) -> None:
    """The path of a ratio starts at the ratio reported for the baseline year; without one the pace is not due."""
    plan = make_plan(
        measure("spent", "unit: 元") + measure("grant", "unit: 元"),
        commitment("c", f"measure: spent / grant\nat_least: {percent} %\ndue: 2025"),
    )
    sheets = [sheet_text(f"spent: {now[0]}\ngrant: {now[1]}", year=year)]
    if base:
        sheets.append(sheet_text(f"spent: {base[0]}\ngrant: {base[1]}", year=2020))
    goal = Fraction(percent, 100)
    if not base or not base[1]:
        expected = {"not_due"} if now[1] else {"not_due", "not_applicable"}
    elif not now[1]:
        expected = {"not_applicable"}
    else:
        start = Fraction(*base)
        interim = goal if start >= goal else start + (goal - start) * Fraction(year - 2020, 5)
        expected = {"on_track" if Fraction(*now) >= interim else "behind"}
    assert verdicts(checked(plan, *sheets, year=year))["c", "某区"] in expected


@given(first=st.integers(0, 40), second=st.integers(0, 40), year=st.integers(2021, 2025), value=st.integers(0, 120))
def test_stages_are_the_path(first: int, second: int, year: int, value: int) -> None:
    """Staged targets are judged in their years, and between them the way leads from one to the next."""
    plan = make_plan(
        measure("score", "unit: 分, baseline: 0 分"),
        commitment(
            "c",
            f"measure: score\nstaged: [{{year: 2022, at_least: {first} 分}}, {{year: 2025, at_least: {second} 分}}]",
        ),
    )
    number = Fraction(round(Fraction(value, 3) * 10**6), 10**6)
    if year in (2022, 2025):
        expected = word(number >= (first if year == 2022 else second))
    else:
        way = (Fraction(0), first, 2020, 2022) if year < 2022 else (Fraction(first), second, 2022, 2025)
        interim = way[0] + (way[1] - way[0]) * Fraction(year - way[2], way[3] - way[2])
        expected = "on_track" if number >= (way[1] if way[0] >= way[1] else interim) else "behind"
    assert {("c", "某区"): expected} == verdicts(checked(plan, sheet_text(f"score: {text_of(number)}", year=year)))


# ---------------------------------------------------------------- (b) missing facts: every completion agrees, or two disagree

Facts = dict[str, Fraction | None]
DOMAINS: dict[str, list[Fraction]] = {
    "x": [Fraction(n) for n in range(4)], "y": [Fraction(n) for n in range(4)], "w": [Fraction(n) for n in (1, 2)],
    "public": [Fraction(0), Fraction(1)], "beds": [Fraction(n) for n in range(4)], "reserved": [Fraction(n) for n in range(3)],
}  # fmt: skip
ROOT, HOME = ("x", "y", "w"), ("public", "beds", "reserved")
MEASURES = (
    measure("x", "unit: 张, max: 3 张") + measure("y", "unit: 张, max: 3 张") + measure("w", "unit: 张, min: 1 张, max: 2 张")
    + measure("public", "yes_no: true", "home") + measure("beds", "unit: 张, max: 3 张", "home")
    + measure("reserved", "unit: 张, max: 2 张", "home")
)  # fmt: skip
Parts = tuple[Fraction, ...]
Value = Callable[[Parts, Facts], Fraction | None]
Judged = dict[str, tuple[str, Callable[[Fraction | None], str], str]]
BEDS, SHARE = ("1 张", "2 张", "5 张"), ("0 %", "40 %", "50 %", "75 %", "100 %")


def over(top: Fraction, bottom: Fraction) -> Fraction | None:
    """Divide; nothing over zero."""
    return top / bottom if bottom else None


# name: expression, what one home adds to the totals, the value of totals and the district's own facts, targets
FORMS: dict[str, tuple[str, Callable[..., tuple[int | Fraction, ...]] | None, Value, tuple[str, ...]]] = {
    "plain": ("x", None, lambda t, r: r["x"], ("0 张", *BEDS)),
    "ratio": ("x / y", None, lambda t, r: over(r["x"], r["y"]), SHARE),
    "rate": ("x / w", None, lambda t, r: over(r["x"], r["w"]), SHARE),
    "part": ("x / (x + y)", None, lambda t, r: over(r["x"], r["x"] + r["y"]), SHARE),
    "gap": ("x - y", None, lambda t, r: r["x"] - r["y"], ("0 张", *BEDS)),
    "against": ("x", None, lambda t, r: r["x"] - r["y"] - 1, ("y + 1 张",)),
    "count": ("count(home where beds >= 2)", lambda p, b, r: (b >= 2,), lambda t, r: t[0], ("1 个", "3 个")),
    "both": ("count(home where public and beds >= 2)", lambda p, b, r: (p and b >= 2,), lambda t, r: t[0], ("1 个", "3 个")),
    "either": ("count(home where public or beds >= 2)", lambda p, b, r: (p or b >= 2,), lambda t, r: t[0], ("1 个", "3 个")),
    "share": ("share(public of home)", lambda p, b, r: (p, 1), lambda t, r: over(t[0], t[1]), SHARE),
    "filtered": (
        "share(beds >= 2 of home where public)", lambda p, b, r: (p * (b >= 2), p), lambda t, r: over(t[0], t[1]), SHARE,
    ),
    "sum": ("sum(beds of home)", lambda p, b, r: (b,), lambda t, r: t[0], BEDS),
    "sum-of": ("sum(beds of home where public)", lambda p, b, r: (p * b,), lambda t, r: t[0], BEDS),
    "pool": ("sum(reserved of home) / sum(beds of home)", lambda p, b, r: (r, b), lambda t, r: over(t[0], t[1]), SHARE),
    "pool-of": (
        "sum(reserved of home where public) / sum(beds of home where public)",
        lambda p, b, r: (p * r, p * b), lambda t, r: over(t[0], t[1]), SHARE,
    ),
    "average": ("average(beds of home)", lambda p, b, r: (b, 1), lambda t, r: over(t[0], t[1]), BEDS),
    "average-of": (
        "average(beds of home where public)", lambda p, b, r: (p * b, p), lambda t, r: over(t[0], t[1]), BEDS,
    ),
    "per-home": ("x / count(home where public)", lambda p, b, r: (p,), lambda t, r: over(r["x"], t[0]), ("1 张/个",)),
}  # fmt: skip
BOTH_SIDES = {"plain": BEDS, "gap": BEDS, "count": ("1 个", "3 个"), "both": ("1 个", "3 个"), "sum": BEDS}
CONDITIONS: dict[str, tuple[str, Callable[..., tuple[int, ...]] | None, Callable[[Parts, Facts], bool]]] = {
    "and": ("x >= 2 张 and y >= 1 张", None, lambda t, r: r["x"] >= 2 and r["y"] >= 1),
    "or": ("x >= 2 张 or y >= 1 张", None, lambda t, r: r["x"] >= 2 or r["y"] >= 1),
    "not": ("not x >= 2 张 and w = 1 张", None, lambda t, r: not r["x"] >= 2 and r["w"] == 1),
    "ratio-or": ("x / w >= 60 % or y > 2 张", None, lambda t, r: 5 * r["x"] >= 3 * r["w"] or r["y"] > 2),
    "ratio-not": ("not x / w >= 60 %", None, lambda t, r: 5 * r["x"] < 3 * r["w"]),
    "with-share": (
        "x >= 2 张 and share(public of home) >= 50 %", lambda p, b, r: (p, 1),
        lambda t, r: r["x"] >= 2 and bool(t[1]) and 2 * t[0] >= t[1],
    ),
}  # fmt: skip


def number_of(target: str) -> Fraction:
    """Read a target of the table above."""
    figure, unit = target.split()[:2]
    return Fraction(0) if figure == "y" else Fraction(figure) / (100 if unit == "%" else 1)


def judged_forms() -> Judged:
    """Return every commitment of the plan: the form it asks, the verdict of a value, and how it is written."""
    found: Judged = {}

    def add(form: str, name: str, targets: tuple[str, ...], holds: Callable[[Fraction], bool]) -> None:
        written = f"between: [{', '.join(targets)}]" if name == "between" else f"{name}: {targets[0]}"
        key = f"{form}-{name.replace('_', '-')}-{len(found)}"
        verdict = lambda value: "not_applicable" if value is None else word(holds(value))  # noqa: E731
        found[key] = form, verdict, f"measure: {FORMS[form][0]}\n{written}\n{YEARLY}"

    for form, (_, _, _, targets) in FORMS.items():
        strict = [(name, targets[len(targets) // 2]) for name in ("more_than", "less_than")]
        for name, target in [*product(("at_least", "at_most"), targets), *strict]:
            add(form, name, (target,), lambda v, n=name, t=number_of(target): HOLDS[n](v, t))
    for form, targets in BOTH_SIDES.items():
        low, high = number_of(targets[0]), number_of(targets[-1])
        add(form, "exactly", targets[:1], lambda v, t=low: v == t)
        add(form, "between", (targets[0], targets[-1]), lambda v, a=low, b=high: a <= v <= b)
    for form, (text, _, _) in CONDITIONS.items():
        found[f"holds-{form}"] = form, lambda value: word(bool(value)), f"holds: {text}\n{YEARLY}"
    return found


@cache
def missing_plan() -> tuple[Plan, Judged]:
    """Return one plan with all of these commitments."""
    forms = judged_forms()
    return make_plan(MEASURES, "".join(commitment(key, body) for key, (_, _, body) in forms.items())), forms


def adds(form: str) -> Callable[..., tuple[int | Fraction, ...]] | None:
    """Return what one home adds to the totals a form asks for."""
    return FORMS[form][1] if form in FORMS else CONDITIONS[form][1]


@cache
def additions(form: str, home: tuple[Fraction | None, ...]) -> frozenset[Parts]:
    """Return everything a home may add to the totals of a form, over all ways to fill in its missing facts."""
    choices = [DOMAINS[name] if value is None else [value] for name, value in zip(HOME, home, strict=True)]
    add = adds(form)
    assert add is not None
    return frozenset(tuple(Fraction(int(part)) for part in add(*combination)) for combination in product(*choices))


def possible(form: str, homes: list[tuple[Fraction | None, ...]], unlisted: range) -> set[Parts]:
    """Return every total a form may have over homes with missing facts and any number of further homes."""
    add = adds(form)
    if add is None:
        return {()}
    zero = tuple(Fraction(0) for _ in add(*(Fraction(0),) * 3))
    totals = {zero}

    def plus(some: set[Parts], more: frozenset[Parts]) -> set[Parts]:
        return {tuple(a + b for a, b in zip(one, two, strict=True)) for one in some for two in more}

    for home in homes:
        totals = plus(totals, additions(form, home))
    reached: set[Parts] = set()
    for count in range(unlisted.stop):
        if count in unlisted:
            reached |= totals
        totals = plus(totals, additions(form, (None, None, None)))
    return reached


def expected_verdicts(root: Facts, homes: list[tuple[Fraction | None, ...]], unlisted: range) -> dict[str, str]:
    """Return the verdict all completions agree on, or `undetermined`, for every commitment."""
    _, forms = missing_plan()
    values: dict[str, set[Fraction | None]] = {}
    for form in {form for form, _, _ in forms.values()}:
        text = " ".join((FORMS[form][0], *FORMS[form][3])) if form in FORMS else CONDITIONS[form][0]
        names = [name for name in ROOT if re.search(rf"\b{name}\b", text)]
        choices = [DOMAINS[name] if root[name] is None else [root[name]] for name in names]
        roots: list[Facts] = [dict(zip(names, combination, strict=True)) for combination in product(*choices)]
        value = FORMS[form][2] if form in FORMS else CONDITIONS[form][2]
        values[form] = {value(totals, facts) for totals in possible(form, homes, unlisted) for facts in roots}
    found = {}
    for key, (form, verdict, _) in forms.items():
        seen = {verdict(value) for value in values[form]}
        found[key] = seen.pop() if len(seen) == 1 else "undetermined"
    return found


def differences(expected: dict[str, str], found: dict[tuple[str, str], str]) -> dict[str, tuple[str, str]]:
    """Return where verdicts differ: expected and found."""
    given = {key: verdict for (key, _), verdict in found.items()}
    assert expected.keys() == given.keys()
    return {key: (verdict, given[key]) for key, verdict in expected.items() if verdict != given[key]}


def fact_lines(names: Iterable[str], values: Iterable[Fraction | None], late: bool) -> dict[str, str]:
    """Write facts; a missing one is left out, or said to be late."""
    lines = {}
    for name, value in zip(names, values, strict=True):
        if value is None:
            lines.update({name: "{absent: late}"} if late else {})
        else:
            lines[name] = ("yes" if value else "no") if name == "public" else text_of(value)
    return lines


def missing_sheet(root: Facts, homes: list[tuple[Fraction | None, ...]], register: str, late: bool) -> str:
    """Write a sheet with missing facts."""
    own = "\n".join(f"{k}: {v}" for k, v in fact_lines(ROOT, root.values(), late).items())
    rows = rows_text("home", (fact_lines(HOME, home, late) for home in homes))
    return sheet_text(own, rows, registers=f"home: {register}" if register else "")


def maybe(name: str) -> st.SearchStrategy[Fraction | None]:
    """Draw a value of a measure, or nothing."""
    return st.one_of(st.sampled_from(DOMAINS[name]), st.sampled_from(DOMAINS[name]), st.none())


ROOTS = st.fixed_dictionaries({name: maybe(name) for name in ROOT})
HOMES = st.lists(st.tuples(*(maybe(name) for name in HOME)), max_size=3)


@settings(max_examples=25)
@given(root=ROOTS, homes=HOMES, extra=st.sampled_from([0, 0, 1, 2]), late=st.booleans(), data=st.data())
def test_a_verdict_is_what_every_completion_gives(
    root: Facts, homes: list[tuple[Fraction | None, ...]], extra: int, late: bool, data: st.DataObject
) -> None:
    """No way to fill in what is missing contradicts a verdict, and an undetermined one has two that disagree."""
    plan, _ = missing_plan()
    size = len(homes) + extra
    found = verdicts(checked(plan, missing_sheet(root, homes, str(size), late)))
    assert expected_verdicts(root, homes, range(extra, extra + 1)) == {
        key: verdict for (key, _), verdict in found.items()
    }
    full_root = {n: data.draw(st.sampled_from(DOMAINS[n])) if v is None else v for n, v in root.items()}
    full = [
        tuple(data.draw(st.sampled_from(DOMAINS[n])) if v is None else v for n, v in zip(HOME, home, strict=True))
        for home in [*homes, *[(None, None, None)] * extra]
    ]
    after = verdicts(checked(plan, missing_sheet(full_root, full, "complete", late)))
    assert {} == differences(expected_verdicts(full_root, full, range(1)), after)
    assert {} == {key: (v, after[key]) for key, v in found.items() if v not in ("undetermined", after[key])}


@settings(max_examples=8)
@given(root=ROOTS, homes=HOMES, late=st.booleans())
def test_without_a_register_any_number_of_further_homes_is_possible(
    root: Facts, homes: list[tuple[Fraction | None, ...]], late: bool
) -> None:
    """Where nobody says how many there are, a verdict stands only if no further homes could change it."""
    plan, _ = missing_plan()
    found = verdicts(checked(plan, missing_sheet(root, homes, "", late)))
    assert {} == differences(expected_verdicts(root, homes, range(14)), found)


# ---------------------------------------------------------------- (c) more is never worse for at_least, nor better for at_most

RISING = {"x": ("plain", "ratio", "rate", "part", "gap", "against", "per-home"), "beds": ("count", "both", "sum", "average"),
          "reserved": ("pool",), "public": ("share", "both", "either")}  # fmt: skip


@settings(max_examples=25)
@given(root=ROOTS, homes=HOMES.filter(bool), extra=st.integers(0, 1), name=st.sampled_from([*RISING]), data=st.data())
def test_raising_a_value_moves_verdicts_one_way(
    root: Facts, homes: list[tuple[Fraction | None, ...]], extra: int, name: str, data: st.DataObject
) -> None:
    """A higher value never turns met into anything else for at_least, nor a shortfall for at_most."""
    plan, _ = missing_plan()
    low, high = sorted(data.draw(st.lists(st.sampled_from(DOMAINS[name]), min_size=2, max_size=2, unique=True)))
    register = str(len(homes) + extra)

    def with_value(value: Fraction) -> dict[tuple[str, str], str]:
        if name in ROOT:
            return verdicts(checked(plan, missing_sheet({**root, name: value}, homes, register, late=False)))
        first = tuple(value if n == name else old for n, old in zip(HOME, homes[0], strict=True))
        return verdicts(checked(plan, missing_sheet(root, [first, *homes[1:]], register, late=False)))

    before, after = with_value(low), with_value(high)
    for form, side in product(RISING[name], ("at-least", "at-most")):
        keys = [key for key in before if key[0].startswith(f"{form}-{side}-")]
        assert keys
        kept = "met" if side == "at-least" else "shortfall"
        assert {} == {key[0]: after[key] for key in keys if before[key] == kept and after[key] != kept}


# ---------------------------------------------------------------- (d) how a sheet is written changes nothing

WRITTEN_PLAN = (
    measure("people", "unit: 万人") + measure("land", "unit: 亩") + measure("coverage", 'unit: "%"')
    + measure("rehab", "yes_no: true", "town") + measure("pleased", 'unit: "%"', "town")
    + measure("beds", "unit: 张", "home") + measure("grant", "unit: 万元", "home") + measure("stars", "ladder: rating", "home")
    + measure("visits", "unit: 人次", "centre"),
    "".join(
        commitment(f"w{i}", f"{body}\n{YEARLY}") for i, body in enumerate([
            "measure: people\nat_least: 0.3 万人", "measure: land\nat_most: 3 亩", "measure: coverage\nat_least: 47.6 %",
            "measure: share(rehab of town)\nat_least: 60 %", "each: town\nmeasure: pleased\nat_least: 28.7 %",
            "each: town\nmeasure: sum(visits of centre)\nat_least: 5 人次", "each: town\nmeasure: count(centre)\nat_least: 1 个",
            "measure: count(home where stars >= three and beds >= 50)\nat_least: 1 个", "each: home\nmeasure: grant\nat_most: 1.1 万元",
            "measure: sum(beds of home) / people\nat_least: 100 张/万人", "each: home\nwhere: stars < two\nmeasure: beds\nat_most: 30 张",
        ])
    ),
    """
    consequences:
      - {id: warned, title: {zh: 警示, en: Warned}, level: alert, when: [{commitment: w4}]}
      - {id: failed, title: {zh: 不合格, en: Failed}, level: status, for: district, when: [{consequence: warned}]}
    """,
)  # fmt: skip
UNITS = {  # (unit in a cell, how many base units it is) for each measure that has a choice
    "people": [("人", 1), ("万人", 10_000), ("千人", 1_000)], "grant": [("元", 1), ("万元", 10_000), ("千元", 1_000)],
    "land": [("平方米", 1), ("亩", Fraction(2000, 3)), ("公顷", 10_000)], "coverage": [("%", Fraction(1, 100)), ("‰", Fraction(1, 1000))],
    "pleased": [("%", Fraction(1, 100)), ("‰", Fraction(1, 1000))], "beds": [("张", 1)], "visits": [("人次", 1)],
}  # fmt: skip
KINDS = {"town": ("rehab", "pleased"), "home": ("beds", "grant", "stars"), "centre": ("visits",)}
BASE: dict[str, st.SearchStrategy[Fraction | str]] = {
    "people": st.integers(28, 32).map(lambda n: Fraction(n * 100)), "land": st.integers(1, 3).map(lambda n: Fraction(n * 1000)),
    "coverage": st.integers(470, 480).map(lambda n: Fraction(n, 1000)), "pleased": st.integers(280, 290).map(lambda n: Fraction(n, 1000)),
    "beds": st.integers(20, 120).map(Fraction), "grant": st.integers(9, 12).map(lambda n: Fraction(n * 1000)),
    "visits": st.integers(0, 9).map(Fraction), "rehab": st.sampled_from(["yes", "no"]), "stars": st.sampled_from(["one", "three", "四星"]),
}  # fmt: skip


@cache
def written_plan() -> Plan:
    """Return a plan with every sort of measure."""
    return make_plan(*WRITTEN_PLAN)


Item = tuple[str, str, str | None, dict[str, Fraction | str | None]]


@st.composite
def reports(draw: st.DrawFn) -> list[Item]:
    """Draw what is reported: (kind, name, parent, facts), the district first; None is a fact said to be late."""

    def facts(names: Iterable[str]) -> dict[str, Fraction | str | None]:
        drawn = {name: draw(st.one_of(BASE[name], BASE[name], st.none(), st.just("—"))) for name in names}
        return {name: value for name, value in drawn.items() if value != "—"}

    items: list[Item] = [("district", "某区", None, facts(("people", "land", "coverage")))]
    towns = draw(st.integers(1, 3))
    items += [("town", f"镇{i}", None, facts(KINDS["town"])) for i in range(towns)]
    items += [("home", f"院{i}", None, facts(KINDS["home"])) for i in range(draw(st.integers(1, 3)))]
    items += [
        ("centre", f"站{i}", f"镇{draw(st.integers(0, towns - 1))}", facts(KINDS["centre"]))
        for i in range(draw(st.integers(1, 3)))
    ]
    return items


def cell(name: str, value: Fraction | str | None, pick: random.Random | None) -> str | None:
    """Write one value in some unit that is exact; None if it is late."""
    if value is None or isinstance(value, str):
        return value
    choices = [(unit, value / factor) for unit, factor in UNITS[name]]
    ended = [(unit, number) for unit, number in choices if Fraction(str(float(number))) == number]
    unit, number = pick.choice(ended) if pick else ended[0]
    return f"{text_of(number)} {unit}"


def as_data(items: list[Item], pick: random.Random | None) -> dict[str, object]:
    """Return a sheet as plain data, with the district's facts where the district is among the items."""
    subjects, sheet = [], {"plan": "demo", "subject": "某区", "year": 2025}
    sheet["registers"] = {"home": 4, "centre": "complete"}
    for kind, name, parent, facts in items:
        written = {n: {"absent": "late"} if v is None else cell(n, v, pick) for n, v in facts.items()}
        if pick:
            written = dict(pick.sample(list(written.items()), len(written)))
        if kind == "district":
            sheet["facts"] = written
        else:
            subjects.append({"kind": kind, "name": name, **({"in": parent} if parent else {}), "facts": written})
    sheet["subjects"] = subjects
    return {key: value for key, value in sheet.items() if value not in ({}, [])}


def as_csv(folder: Path, items: list[Item], pick: random.Random) -> Path:
    """Write the items as a CSV folder: units in cells, and absent facts as words."""
    tables: dict[str, list[dict[str, str]]] = {}
    for kind, name, parent, facts in items[1:]:
        written = {n: "缺:迟报" if v is None else cell(n, v, pick) or "" for n, v in facts.items()}
        tables.setdefault(kind, []).append({"name": name, **({"in": parent} if parent else {}), **written})
    return csv_folder(folder, json.dumps(as_data(items[:1], pick), ensure_ascii=False), tables)


def essence(result: Result) -> tuple[list[str], list[str]]:
    """Return findings and consequences as texts, without the places and the wording of facts, in a fixed order."""
    findings = []
    for finding in result.findings():
        plain = finding_json(finding, "zh", result.plan)
        for fact in plain["facts"]:
            del fact["place"], fact["raw"]
        plain["facts"].sort(key=repr)
        findings.append(json.dumps(plain, ensure_ascii=False))
    return sorted(findings), sorted(
        repr((f.rule, f.subject, f.kind, f.year, f.root, sorted(f.because))) for f in result.followed
    )


def read_written(folder: Path, *sheets: dict[str, object], suffix: str = "yaml") -> tuple[list[str], list[str]]:
    """Write sheets (YAML is a superset of JSON; block style for .yaml), read and judge them."""
    paths = []
    for sheet in sheets:
        path = folder / f"{len(list(folder.iterdir()))}.facts.{suffix}"
        text = (
            json.dumps(sheet, ensure_ascii=False, indent=1)
            if suffix == "json"
            else yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False)
        )
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return essence(check(written_plan(), read_facts(paths, written_plan())))


@given(items=reports(), seed=st.integers(0, 10**6))
def test_units_order_splitting_and_format_change_nothing(items: list[Item], seed: int) -> None:
    """The same report in other units, another order, two sheets, JSON or CSV gives the same findings."""
    pick = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plain = read_written(folder, as_data(items, None))
        assert plain == read_written(folder, as_data(items, pick)), "units"
        mixed = [items[0], *pick.sample(items[1:], len(items) - 1)]
        assert plain == read_written(folder, as_data(mixed, pick)), "rows"
        cut = pick.randint(1, len(items) - 1)
        halves = [as_data(mixed[:cut], pick), as_data(mixed[cut:], pick)]
        assert plain == read_written(folder, *halves), "two sheets"
        assert plain == read_written(folder, *halves[::-1]), "order of sheets"
        assert plain == read_written(folder, as_data(items, pick), suffix="json"), "JSON"
        csv_sheet = as_csv(folder / "csv", mixed, pick)
        assert plain == essence(check(written_plan(), read_facts(csv_sheet, written_plan()))), "CSV"


@given(percent=st.decimals(0, 100, places=3))
def test_percentages_may_be_bare_fractions_if_the_sheet_says_so(percent: Decimal) -> None:
    """47.6 % is 47.6 where the sheet says percent and 0.476 where it says fraction, in YAML and in CSV."""
    plan = make_plan(
        measure("coverage", 'unit: "%"') + measure("pleased", 'unit: "%"', "home"),
        commitment("a", f"measure: coverage\nexactly: {percent} %\n{YEARLY}")
        + commitment("b", f"each: home\nmeasure: pleased\nexactly: {percent} %\n{YEARLY}"),
    )
    with tempfile.TemporaryDirectory() as temporary:
        for key, bare in (("percent", percent), ("fraction", percent / 100)):
            head = f"percentages: {key}\n" + sheet_text(f"coverage: {bare:f}", registers="home: complete")
            sheet = head + f"subjects:\n  - {{kind: home, name: 甲院, facts: {{pleased: {bare:f}}}}}\n"
            assert {("a", "某区"): "met", ("b", "甲院"): "met"} == verdicts(checked(plan, sheet))
            folder = csv_folder(Path(temporary) / key, head, {"home": [{"name": "甲院", "pleased": f"{bare:f}"}]})
            assert {("a", "某区"): "met", ("b", "甲院"): "met"} == verdicts(check(plan, read_facts(folder, plan)))


# ---------------------------------------------------------------- (e) other sheets change nothing


def of_root(result: Result, root: str) -> tuple[list[str], list[str]]:
    """Return what was found about one district among many."""
    rows = (result.table["root"] == root).arg_true().to_list()
    texts = []
    for row in rows:
        plain = finding_json(result.explain(row), "zh", result.plan)
        for fact in plain["facts"]:
            del fact["place"]
        texts.append(json.dumps(plain, ensure_ascii=False))
    return sorted(texts), sorted(repr((f.rule, f.subject, f.because)) for f in result.followed if f.root == root)


def among(items: list[Item], others: list[list[Item]]) -> None:
    """Check that a district is judged alike by itself and among others, whose towns and homes have the same names."""
    plan = written_plan()
    with tempfile.TemporaryDirectory() as temporary:
        paths = []
        for number, each in enumerate([items, *others]):
            sheet = as_data(each, None) | {"subject": "某区" if not number else f"区{number}"}
            paths.append(Path(temporary) / f"{number}.facts.yaml")
            paths[-1].write_text(json.dumps(sheet, ensure_ascii=False), encoding="utf-8")
        alone = of_root(check(plan, read_facts(paths[0], plan)), "某区")
        assert alone[0]
        assert alone == of_root(check(plan, read_facts([*paths[1:], paths[0]], plan)), "某区")


@settings(max_examples=40)
@given(items=reports(), others=st.lists(reports(), min_size=1, max_size=4))
def test_a_sheet_is_judged_alike_by_itself_and_among_a_few(items: list[Item], others: list[list[Item]]) -> None:
    """What other districts report changes nothing about this one."""
    among(items, others)


def test_a_sheet_is_judged_alike_by_itself_and_among_500() -> None:
    """What 500 other districts report changes nothing about this one."""
    pick = random.Random(7)

    def drawn(number: int) -> list[Item]:
        late = [None] if number % 3 else []
        return [
            ("district", "某区", None, {"people": Fraction(2900 + number % 3 * 100), "coverage": pick.choice([Fraction(476, 1000), *late])}),
            *(("town", f"镇{i}", None, {"rehab": pick.choice(["yes", "no", *late]), "pleased": Fraction(280 + pick.randint(0, 10), 1000)}) for i in range(3)),
            *(("home", f"院{i}", None, {"beds": pick.choice([Fraction(50), Fraction(25), *late]), "stars": pick.choice(["one", "three"])}) for i in range(3)),
            ("centre", "站0", "镇1", {"visits": Fraction(number % 9)}),
        ]  # fmt: skip

    among(drawn(1), [drawn(number) for number in range(500)])


# ---------------------------------------------------------------- columns against exact arithmetic


@pytest.mark.parametrize("places", [0, 1, 2, 4, 9, 17])
def test_columns_agree_with_exact_arithmetic_on_every_row(places: int, tmp_path: Path) -> None:
    """Thousands of rows on and around the boundary are decided by columns as by exact arithmetic row by row."""
    pick = random.Random(places)
    percents = [Fraction(pick.randint(1, 99 * 10**3), 10**5) for _ in range(6)]
    rows = []
    for _ in range(3000):
        bottom = Fraction(pick.randint(0, 10 ** pick.randint(1, 6 + places)), 10**places)
        top = Fraction(round(bottom * pick.choice(percents) * 10**places) + pick.choice([-1, 0, 0, 1]), 10**places)
        rows.append((max(top, Fraction(0)), bottom))
    commitments = [
        commitment(f"c{i}", f"each: home\nmeasure: spent / grant\nat_least: {text_of(percent * 100)} %\n{YEARLY}")
        for i, percent in enumerate(percents)
    ]
    commitments.append(
        commitment("pool", f"measure: sum(spent of home) / sum(grant of home)\nat_least: 50 %\n{YEARLY}")
    )
    commitments.append(commitment("wide", f"each: home\nmeasure: spent\nat_least: grant - 3 * spent\n{YEARLY}"))
    plan = make_plan(measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"), "".join(commitments))
    tables = {"home": [{"name": f"n{i}", "spent": text_of(a), "grant": text_of(b)} for i, (a, b) in enumerate(rows)]}
    facts = read_facts(csv_folder(tmp_path / "sheet", sheet_text(registers="home: complete"), tables), plan)
    measured = Measured(build(facts), 2025)
    found = verdicts(check(plan, facts))
    for i, percent in enumerate(percents):
        expected = ["not_applicable" if not b else word(a >= b * percent) for a, b in rows]
        assert expected == [found[f"c{i}", f"n{row}"] for row in range(len(rows))]
    assert [word(4 * a >= b) for a, b in rows] == [found["wide", f"n{row}"] for row in range(len(rows))]
    assert found["pool", "某区"] == word(2 * sum(a for a, _ in rows) >= sum(b for _, b in rows))
    for each in plan.commitments.values():
        test = compare(each.value.form, each.bounds[0].operator, each.bounds[0].target.form)
        columns = measured.sign(each.kind, test.margin, test.sign).to_list()
        exact = [
            decided(measured.exact.polynomial(each.kind, test.margin, row), test.sign) for row in range(len(columns))
        ]
        assert exact == columns
