"""Missing facts: every way to fill them in agrees with a verdict, and where it is undetermined two disagree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from itertools import product

from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure, sheet_text, verdicts
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from laws import HOLDS, YEARLY, checked, rows_text, word

Facts = dict[str, int | None]
Home = tuple[int | None, ...]
DOMAINS: dict[str, list[int]] = {
    "x": [0, 1, 2, 3], "y": [0, 1, 2, 3], "w": [1, 2], "public": [0, 1], "beds": [0, 1, 2, 3], "reserved": [0, 1, 2],
}  # fmt: skip
ROOT, HOME = ("x", "y", "w"), ("public", "beds", "reserved")
MEASURES = (
    measure("x", "unit: 张, max: 3 张") + measure("y", "unit: 张, max: 3 张") + measure("w", "unit: 张, min: 1 张, max: 2 张")
    + measure("public", "yes_no: true", "home") + measure("beds", "unit: 张, max: 3 张", "home")
    + measure("reserved", "unit: 张, max: 2 张", "home")
)  # fmt: skip
Parts = tuple[int, ...]
Value = Callable[[Parts, Facts], Fraction | int | None]
Judged = dict[str, tuple[str, Callable[[Fraction | int | None], str], str]]
BEDS, SHARE = ("1 张", "2 张", "5 张"), ("0 %", "50 %", "75 %", "100 %")


def over(top: int, bottom: int) -> Fraction | None:
    """Divide; nothing over zero."""
    return Fraction(top, bottom) if bottom else None


# name: expression, what one home adds to the totals, the value of totals and the district's own facts, targets
FORMS: dict[str, tuple[str, Callable[..., Parts] | None, Value, tuple[str, ...]]] = {
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
STRICT = ("plain", "ratio", "part", "share", "sum-of", "pool")
BOTH_SIDES = {"plain": BEDS, "gap": BEDS, "count": ("1 个", "3 个"), "both": ("1 个", "3 个"), "sum": BEDS}
CONDITIONS: dict[str, tuple[str, Callable[..., Parts] | None, Callable[[Parts, Facts], bool]]] = {
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
        strict = [(name, targets[len(targets) // 2]) for name in ("more_than", "less_than") if form in STRICT]
        for name, target in [*product(("at_least", "at_most"), targets), *strict]:
            limit = number_of(target)
            add(form, name, (target,), lambda v, n=name, t=limit: HOLDS[n](v, t))
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


def adds(form: str) -> Callable[..., Parts] | None:
    """Return what one home adds to the totals a form asks for."""
    return FORMS[form][1] if form in FORMS else CONDITIONS[form][1]


@cache
def additions(form: str, home: Home) -> frozenset[Parts]:
    """Return everything a home may add to the totals of a form, over all ways to fill in its missing facts."""
    choices = [DOMAINS[name] if value is None else [value] for name, value in zip(HOME, home, strict=True)]
    add = adds(form)
    assert add is not None
    return frozenset(tuple(map(int, add(*combination))) for combination in product(*choices))


def possible(form: str, homes: list[Home], unlisted: range) -> set[Parts]:
    """Return every total a form may have over homes with missing facts and any number of further homes."""
    add = adds(form)
    if add is None:
        return {()}
    zero = tuple(0 for _ in add(0, 0, 0))
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


def expected_verdicts(root: Facts, homes: list[Home], unlisted: range) -> dict[str, str]:
    """Return the verdict all completions agree on, or `undetermined`, for every commitment."""
    _, forms = missing_plan()
    values: dict[str, set[Fraction | int | None]] = {}
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


def fact_lines(names: Iterable[str], values: Iterable[int | None], late: bool) -> dict[str, str]:
    """Write facts; a missing one is left out, or said to be late."""
    lines = {}
    for name, value in zip(names, values, strict=True):
        if value is None:
            lines.update({name: "{absent: late}"} if late else {})
        else:
            lines[name] = ("yes" if value else "no") if name == "public" else str(value)
    return lines


def missing_sheet(root: Facts, homes: list[Home], register: str, late: bool) -> str:
    """Write a sheet with missing facts."""
    own = "\n".join(f"{k}: {v}" for k, v in fact_lines(ROOT, (root[name] for name in ROOT), late).items())
    rows = rows_text("home", (fact_lines(HOME, home, late) for home in homes))
    return sheet_text(own, rows, registers=f"home: {register}" if register else "")


def maybe(name: str) -> st.SearchStrategy[int | None]:
    """Draw a value of a measure, or nothing."""
    return st.one_of(st.sampled_from(DOMAINS[name]), st.sampled_from(DOMAINS[name]), st.none())


# each example is a whole plan of commitments, and small already: shrinking a failure would take minutes
FEW = settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
FEWER = settings(FEW, max_examples=8)
ROOTS = st.fixed_dictionaries({name: maybe(name) for name in ROOT})
HOMES = st.lists(st.tuples(*(maybe(name) for name in HOME)), max_size=3)


@FEW
@given(root=ROOTS, homes=HOMES, extra=st.sampled_from([0, 0, 1, 2]), late=st.booleans(), data=st.data())
def test_a_verdict_is_what_every_completion_gives(
    root: Facts, homes: list[Home], extra: int, late: bool, data: st.DataObject
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


@FEWER
@given(root=ROOTS, homes=HOMES, late=st.booleans())
def test_without_a_register_any_number_of_further_homes_is_possible(root: Facts, homes: list[Home], late: bool) -> None:
    """Where nobody says how many there are, a verdict stands only if no further homes could change it."""
    plan, _ = missing_plan()
    found = verdicts(checked(plan, missing_sheet(root, homes, "", late)))
    assert {} == differences(expected_verdicts(root, homes, range(14)), found)


# ---------------------------------------------------------------- (c) more is never worse for at_least, nor better for at_most

RISING = {"x": ("plain", "ratio", "rate", "part", "gap", "against", "per-home"), "beds": ("count", "both", "sum", "average"),
          "reserved": ("pool",), "public": ("share", "both", "either")}  # fmt: skip


@settings(FEW, max_examples=15)
@given(root=ROOTS, homes=HOMES.filter(bool), extra=st.integers(0, 1), name=st.sampled_from([*RISING]), data=st.data())
def test_raising_a_value_moves_verdicts_one_way(
    root: Facts, homes: list[Home], extra: int, name: str, data: st.DataObject
) -> None:
    """A higher value never turns met into anything else for at_least, nor a shortfall for at_most."""
    plan, _ = missing_plan()
    low, high = sorted(data.draw(st.lists(st.sampled_from(DOMAINS[name]), min_size=2, max_size=2, unique=True)))
    register = str(len(homes) + extra)

    def with_value(value: int) -> dict[tuple[str, str], str]:
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
