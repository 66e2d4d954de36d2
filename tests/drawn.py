"""Small plans and sheets drawn at random, and every completion of what the sheets do not report (see `brute.py`)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import yaml
from brute import (
    BASELINE,
    DIRECTIONS,
    FIRST,
    KEYS,
    KIND_OF,
    LAST,
    STATED,
    TEST,
    Figure,
    Judged,
    World,
    find_start,
    judge_promise,
)

HEAD = """\
plan: brute
version: "1"
title: {zh: 试算, en: Brute force}
document: {title: {zh: 试算, en: Brute force}}
period: {from: 2021, to: 2025}
baseline: 2020
subjects:
  - {id: district, title: {zh: 区, en: district}}
  - {id: town, title: {zh: 镇, en: town}, in: district, register: reported}
  - {id: home, title: {zh: 院, en: home}, in: town, register: reported}
measures:
  - {id: d1, title: {zh: 区一, en: d1}, unit: 张}
  - {id: d2, title: {zh: 区二, en: d2}, unit: 张, baseline: 2 张}
  - {id: dp, title: {zh: 区率, en: dp}, unit: "%"}
  - {id: t1, of: town, title: {zh: 镇一, en: t1}, unit: 张}
  - {id: t2, of: town, title: {zh: 镇二, en: t2}, unit: 张, max: 3 张}
  - {id: ty, of: town, title: {zh: 镇否, en: ty}, yes_no: true}
  - {id: h1, of: home, title: {zh: 院一, en: h1}, unit: 张}
  - {id: h2, of: home, title: {zh: 院二, en: h2}, unit: 张}
  - {id: hy, of: home, title: {zh: 院否, en: hy}, yes_no: true}
commitments:
  - id: c
    title: {zh: 承诺, en: Promise}
    cite: {section: 一, phrase: 承诺}
"""
MOST = 250
"""Completions of one world that are tried; of more, as many are drawn."""

BEDS = {"district": ("d1", "d2"), "town": ("t1", "t2"), "home": ("h1", "h2")}
CHAIN = {"district": ("district",), "town": ("town", "district"), "home": ("home", "town", "district")}
BELOW = {"district": ("town", "home"), "town": ("home",), "home": ()}
VALUES = {"ty": "01", "hy": "01", "t2": "0123", "dp": "0 1/4 1/2 1 3/4 1/3"}
TIMES = ("last", "total", "change", "baseline")


@dataclass(frozen=True)
class Writer:
    """Writes expressions at random: of a depth, about a kind of subject, with or without other years."""

    random: Random
    times: bool

    def inner(self) -> Writer:
        """Return one that writes of the year alone, as what is counted below a subject has to be."""
        return Writer(self.random, times=False)

    def beds(self, kind: str, depth: int) -> str:
        """Write a number of beds."""
        r, chance = self.random, self.random.random()
        name = r.choice(BEDS[r.choice(CHAIN[kind])])
        if depth <= 0 or chance < 0.3:
            return name
        if self.times and chance < 0.5:
            return f"{r.choice(TIMES)}({name})"
        if chance < 0.65:
            return self.join(self.beds(kind, depth - 1), r.choice("+-"), self.beds(kind, depth - 1))
        if chance < 0.72:
            return f"({r.choice(('2', '0.5', '1.5'))} * {self.beds(kind, depth - 1)})"
        if not BELOW[kind]:
            return name
        below = r.choice(BELOW[kind])
        way = r.choice(("sum", "sum", "sum", "max", "min", "median"))
        return f"{way}({self.inner().beds(below, depth - 2)} of {below}{self.where(below, depth)})"

    def ratio(self, kind: str, depth: int) -> str:
        """Write a share or a ratio."""
        r, chance = self.random, self.random.random()
        if chance < 0.1 and kind == "district":
            return "dp"
        if chance < 0.4 and BELOW[kind]:
            below = r.choice(BELOW[kind])
            return f"share({self.inner().condition(below, depth - 1)} of {below}{self.where(below, depth)})"
        part = self.ratio if chance > 0.9 and depth > 1 else self.beds
        return self.join(part(kind, depth - 1), "/", part(kind, depth - 1))

    def join(self, left: str, sign: str, right: str) -> str:
        """Write two amounts as one; not the same twice, whose start would be known without any figure."""
        return f"({left} {sign} {right if right != left else f'(2 * {right})'})"

    def where(self, kind: str, depth: int) -> str:
        """Write the condition of an aggregate, or none."""
        return f" where {self.inner().condition(kind, depth - 1)}" if self.random.random() < 0.5 else ""

    def count(self, kind: str, depth: int) -> str:
        """Write a count."""
        below = self.random.choice(BELOW[kind])
        return f"count({below} where {self.inner().condition(below, depth - 1)})"

    def condition(self, kind: str, depth: int) -> str:
        """Write a condition."""
        r, chance, sign = self.random, self.random.random(), self.random.choice(list(TEST))
        if depth > 0 and chance < 0.3:
            return f"({self.condition(kind, depth - 1)} {r.choice(('and', 'or'))} {self.condition(kind, depth - 1)})"
        if depth > 0 and chance < 0.4:
            return f"not ({self.condition(kind, depth - 1)})"
        if chance < 0.5 and kind != "district":
            return f"{kind[0]}y"
        if chance < 0.65:
            return f"{self.ratio(kind, depth - 1)} {sign} {r.choice((25, 50, 100, 200))} %"
        if chance < 0.75 and BELOW[kind]:
            return f"{self.count(kind, depth)} {sign} {r.choice((0, 1, 2))} 个"
        right = f"{r.choice((0, 1, 2, 3))} 张" if chance < 0.9 else self.beds(kind, depth - 1)
        return f"{self.beds(kind, depth - 1)} {sign} {right}"


def draw_plan(random: Random, *, years: bool) -> str:
    """Draw a plan with one promise; `years` is whether it looks at other years and may be due later."""
    write, depth = Writer(random, years), random.choice((1, 2, 2, 3))
    kind = random.choice(("district", "district", "town") if years else ("district", "district", "town", "home"))
    lines = [] if kind == "district" else [f"each: {kind}"]
    if random.random() < 0.2:
        lines.append(f"where: {write.condition(kind, 1)}")
    due: Any = random.choice((LAST, LAST, LAST, 2023, "every_year") if years else (2023, 2023, "every_year", LAST))
    if years and random.random() < 0.15:
        due = f"{{after: {write.condition(kind, 1)}}}"
    if random.random() < (0.1 if years else 0.35):
        return HEAD + indent([*lines, f"holds: {write.condition(kind, depth)}", f"due: {due}"])
    chance = random.random()
    if chance < 0.3:
        measure, target = write.ratio(kind, depth), f"{random.choice((25, 50, 100))} %"
    elif chance < 0.45 and BELOW[kind]:
        measure, target = write.count(kind, depth), f"{random.choice((0, 1, 2))} 个"
    else:
        measure = write.beds(kind, depth)
        target = f"{random.choice((0, 2, 3, 4))} 张" if random.random() < 0.6 else write.beds(kind, 1)
    lines.append(f"measure: {measure}")
    fixed, plain = target[0].isdigit(), re.fullmatch(r"[dth]\d|dp", measure) is not None
    chance = random.random()
    if chance < 0.15 and fixed and years:
        more = re.sub(r"^\d+", lambda found: str(int(found[0]) + random.choice((0, 1, 20))), target)
        lines.append(f"staged: [{{year: 2022, at_least: {target}}}, {{year: 2025, at_least: {more}}}]")
        due = None
    elif chance < 0.4 and years and (plain or re.match(r"(sum|max|min|share|count)\(", measure)):
        against = "last_year" if plain and random.random() < 0.4 else "baseline"
        lines += [f"direction: {random.choice(list(DIRECTIONS))}", f"against: {against}"]
        due = "every_year" if against == "last_year" else due
    elif chance < 0.5:
        lines.append(f'between: ["{target}", "{target if fixed else write.beds(kind, 0)}"]')
    else:
        lines.append(f"{random.choice(list(KEYS))}: {target}")
    if fixed and random.random() < 0.25 and not re.search("last|total|change", measure):
        lines.append(f"baseline: {random.choice((1, 3, 5)) if '%' not in target else 30}{target[-2:]}")
    if random.random() < 0.5:
        lines.append(
            random.choice(("pace: {path: linear, cut_off: 50 %}", "pace: {path: step}", "pace: {path: compound}"))
        )
    return HEAD + indent(lines + ([f"due: {due}"] if due else []))


def indent(lines: list[str]) -> str:
    """Return the keys of the promise."""
    return "".join(f"    {line}\n" for line in lines)


@dataclass(frozen=True)
class Case:
    """Sheets of one district for a plan, and what each subject comes to in every completion that was tried.

    Those that no sheet lists stand together under an empty name. `complete` is whether every completion was tried, of values
    few enough; `known` whether there is only one. `reported` are the figures that the sheets and the plan give.
    """

    sheets: tuple[str, ...]
    year: int
    judged: dict[str, list[Judged]]
    complete: bool
    known: bool
    reported: dict[Figure, Fraction]


def draw_case(random: Random, plan: str, *, years: bool) -> Case:
    """Draw sheets for a plan: of one year, with subjects that no sheet lists, or of several with figures missing."""
    promise = yaml.safe_load(plan)["commitments"][0]
    written = plan.split("phrase: ")[1]
    used = sorted(set(re.findall(r"\b[dth][12py]\b", written)))
    year = random.choice((2021, 2022, 2023, 2024)) if years else 2023
    parents: dict[str, str | None] = {"D": None}
    parents |= {f"T{n}": "D" for n in range(random.choice((0, 1, 2, 2, 3)))}
    towns = list(parents)[1:]
    parents |= {f"H{n}": random.choice(towns) for n in range(random.choice((0, 1, 2, 3)) if towns else 0)}
    begun = years and (random.random() < 0.7 or bool(re.search(r"direction: .* baseline", written, re.DOTALL)))
    reported = ([BASELINE] if begun else []) + (list(range(FIRST, year + 1)) if years else [year])
    looked_at = list(range(BASELINE, year + 1)) if years else [year]
    figures = {
        (name, measure, y): random.choice(values_of(measure)[:6])
        for y in looked_at for name in parents for measure in used
        if KIND_OF[measure] == World(y, {}, {}).kind(name) and not (y == BASELINE and measure in STATED)
    }  # fmt: skip
    known = [figure for figure in figures if figure[2] in reported]
    missing = set(random.sample(known, min(len(known), random.choice((0, 0, 1, 1, 2, 3)))))
    missing |= figures.keys() - set(known)
    unlisted = [] if years else ["TX"] * random.choice((0, 0, 1)) + ["HX", "HY"][: random.choice((0, 0, 1, 2))]
    if not towns and "TX" not in unlisted:
        unlisted = []
    sheets = [write_sheet(y, parents, figures, missing, unlisted) for y in reported]
    given = {figure: value for figure, value in figures.items() if figure not in missing}
    given |= {(name, measure, BASELINE): value for name in parents for measure, value in STATED.items()}
    if begun:
        figures["D", "listed", BASELINE] = Fraction(1)
    open_, places = list_open(figures, missing, unlisted, used, year), [*towns, *(n for n in unlisted if n[0] == "T")]
    worlds, complete = list_worlds(random, World(year, parents, figures), open_, unlisted, places)
    names = [
        name for name in [*parents, *unlisted] if World(year, {}, {}).kind(name) == promise.get("each", "district")
    ]
    judged: dict[str, list[Judged]] = {}
    for name in names:
        starts = {find_start(promise, world, name) for world in worlds} if years and not begun else ()
        found = [judge_promise(promise, world, name, begun=len(starts) < 2) for world in worlds]
        judged.setdefault("" if name in unlisted else name, []).extend(found)
    random.shuffle(sheets)
    return Case(tuple(sheets), year, judged, complete, not open_ and not unlisted, given)


def values_of(measure: str) -> list[Fraction]:
    """Return values that a figure is tried with."""
    text = VALUES.get(measure, "0 1 2 3 4 6 1000")
    return [Fraction(one) for one in (text.split() if " " in text else text)]


def write_sheet(
    year: int,
    parents: dict[str, str | None],
    figures: dict[Figure, Fraction],
    missing: set[Figure],
    unlisted: list[str],
) -> str:
    """Write the fact sheet of one year."""

    def facts(name: str) -> str:
        of_name = {
            m: v for (who, m, y), v in figures.items() if (who, y) == (name, year) and (who, m, y) not in missing
        }
        return "{" + ", ".join(f"{measure}: {write_value(measure, value)}" for measure, value in of_name.items()) + "}"

    how_many = {k: sum(n[0] == k[0].upper() for n in [*parents, *unlisted]) for k in ("town", "home")}
    lines = [
        f"plan: brute\nsubject: D\nyear: {year}\nregisters: {{town: {how_many['town']}, home: {how_many['home']}}}"
    ]
    lines.append(f"facts: {facts('D')}")
    lines += ["subjects:"] if len(parents) > 1 else []
    for name, place in parents.items():
        if name[0] == "T":
            lines.append(f"  - {{kind: town, name: {name}, facts: {facts(name)}}}")
        elif name[0] == "H":
            lines.append(f"  - {{kind: home, name: {name}, in: {place}, facts: {facts(name)}}}")
    return "\n".join(lines) + "\n"


def write_value(measure: str, value: Fraction) -> str:
    """Write a figure with its unit."""
    if measure in ("ty", "hy"):
        return "yes" if value else "no"
    if measure == "dp":
        return f"{value * 100} %" if (value * 100).denominator == 1 else f"{value.numerator}:{value.denominator}"
    return f"{value} 张"


def list_open(
    figures: dict[Figure, Fraction], missing: set[Figure], unlisted: list[str], used: list[str], year: int
) -> list[Figure]:
    """List the figures that are not known: those missing, and all of those that no sheet lists."""
    found = [figure for figure in figures if figure in missing]
    return found + [(name, m, year) for name in unlisted for m in used if name[0].lower() == m[0]]


def list_worlds(
    random: Random, world: World, open_: list[Figure], unlisted: list[str], places: list[str]
) -> tuple[list[World], bool]:
    """List the completions of a world, or draw some of them, and whether they are all."""
    choices: list[list[Any]] = [values_of(measure) for _, measure, _ in open_]
    choices += [places if name[0] == "H" else ["D"] for name in unlisted]
    complete = prod(map(len, choices)) <= MOST
    drawn: Iterator[tuple[Any, ...]] = (
        itertools.product(*choices) if complete else (tuple(map(random.choice, choices)) for _ in range(MOST))
    )
    found = []
    for chosen in drawn:
        filled = dict(zip(open_, chosen[: len(open_)], strict=True))
        placed = dict(zip(unlisted, chosen[len(open_) :], strict=True))
        found.append(World(world.year, {**world.parents, **placed}, {**world.figures, **filled}))
    return found, complete
