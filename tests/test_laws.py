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


@settings(max_examples=12)
@given(root=ROOTS, homes=HOMES, late=st.booleans())
def test_without_a_register_any_number_of_further_homes_is_possible(
    root: Facts, homes: list[tuple[Fraction | None, ...]], late: bool
) -> None:
    """Where nobody says how many there are, a verdict stands only if no further homes could change it."""
    plan, _ = missing_plan()
    found = verdicts(checked(plan, missing_sheet(root, homes, "", late)))
    assert {} == differences(expected_verdicts(root, homes, range(14)), found)
