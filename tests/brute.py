"""What a promise comes to where everything is known, worked out without the program.

Nothing here is shared with it: the words of the plan are read, evaluated and judged in a way of their own, in fractions.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

FIRST, BASELINE, LAST = 2021, 2020, 2025
STATED = {"d2": Fraction(2)}
MEASURES = {"district": ("d1", "d2", "dp"), "town": ("t1", "t2", "ty"), "home": ("h1", "h2", "hy")}
KIND_OF = {measure: kind for kind, measures in MEASURES.items() for measure in measures}
AT_MOST = {"dp": Fraction(1), "t2": Fraction(3)}
TEST: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
TURNED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}
KEYS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "exactly": "="}
LOOSENED = {">": ">=", "<": "<="}
DIRECTIONS = {"increase": ">", "decrease": "<", "no_increase": "<=", "no_decrease": ">=", "maintain": "="}

Words = tuple[Any, ...]
Figure = tuple[str, str, int]  # whose, what, and in which year


@cache
def read(text: str) -> Words:
    """Read an expression of the plan language."""
    tokens = [*re.findall(r"\d+(?:\.\d+)? ?(?:张|个|%)?|[a-z]\w*|[<>!]?=|[-<>()+*/]", text), ""]

    def take(*wanted: str) -> str:
        return tokens.pop(0) if tokens[0] in wanted else ""

    def chain(part: Callable[[], Words], *signs: str) -> Words:
        left = part()
        while sign := take(*signs):
            left = (sign, left, part())
        return left

    def condition() -> Words:
        return chain(lambda: chain(negation, "and"), "or")

    def negation() -> Words:
        return ("not", negation()) if take("not") else comparison()

    def comparison() -> Words:
        left = amount()
        sign = take(*TEST)
        return (sign, left, amount()) if sign else left

    def amount() -> Words:
        return chain(lambda: chain(single, "*", "/"), "+", "-")

    def single() -> Words:
        word = tokens.pop(0)
        if word == "(":
            inner = condition()
            tokens.remove(")")
            return inner
        if word[0].isdigit():
            return ("number", Fraction(re.sub(r"[^\d.]", "", word)) / (100 if "%" in word else 1))
        if not take("("):
            return ("figure", word)
        inner = () if word == "count" else (condition(),)
        take("of")
        kind = () if tokens[0] == ")" or word in ("last", "total", "change", "baseline") else (tokens.pop(0),)
        where = (condition(),) if take("where") else (None,)
        tokens.remove(")")
        return (word, *inner, *kind, *where)

    return condition()


@dataclass(frozen=True)
class World:
    """Everything about a district: subjects by name with what contains them, and figures, `listed` where there was a sheet."""

    year: int
    parents: dict[str, str | None]
    figures: dict[Figure, Fraction]

    def kind(self, name: str) -> str:
        """Return the kind of a subject: its name begins with it."""
        return {"D": "district", "T": "town", "H": "home"}[name[0]]

    @cached_property
    def above(self) -> dict[str, dict[str, str]]:
        """Return each subject with those above it, by kind."""
        found: dict[str, dict[str, str]] = {}
        for name in self.parents:
            found[name], at = {}, name
            while at:
                found[name][self.kind(at)] = at
                at = self.parents[at] or ""
        return found

    def below(self, name: str, kind: str) -> list[str]:
        """Return the subjects of a kind that lie in another."""
        return [one for one in self.parents if self.kind(one) == kind and name in self.above[one].values()]

    def figure(self, name: str, measure: str, year: int) -> Fraction:
        """Return a figure of a subject, or of the one above it that has it."""
        if year == BASELINE and measure in STATED:
            return STATED[measure]
        return self.figures[self.above[name][KIND_OF[measure]], measure, year]

    def value(self, words: Words, name: str, year: int) -> Fraction | None:
        """Return what an expression comes to; None if it has no value."""
        match words:
            case ("number", number):
                return number
            case ("figure", measure):
                return self.figure(name, measure, year)
            case ("last", (_, measure), _):
                return self.figure(name, measure, year - 1)
            case ("baseline", (_, measure), _):
                return self.figure(name, measure, BASELINE)
            case ("total", (_, measure), _):
                return sum((self.figure(name, measure, y) for y in range(FIRST, year + 1)), Fraction(0))
            case ("change", (_, measure), _):
                return self.figure(name, measure, year) - self.figure(name, measure, BASELINE)
            case ("count", kind, where):
                return Fraction(len(self.chosen(kind, where, name, year)))
            case ("share", which, kind, where):
                chosen = self.chosen(kind, where, name, year)
                return Fraction(sum(self.holds(which, one, year) for one in chosen), len(chosen)) if chosen else None
            case (way, of, kind, where):
                return gather(way, [self.value(of, one, year) for one in self.chosen(kind, where, name, year)])
            case (sign, left, right):
                return calculate(sign, self.value(left, name, year), self.value(right, name, year))
        raise AssertionError(words)

    def chosen(self, kind: str, where: Words | None, name: str, year: int) -> list[str]:
        """Return the subjects below that satisfy a condition."""
        return [one for one in self.below(name, kind) if where is None or self.holds(where, one, year)]

    def holds(self, words: Words, name: str, year: int, *, turned: bool = False) -> bool:
        """Return whether a condition holds, or what it says turned round: neither does without a value."""
        match words:
            case ("not", inner):
                return self.holds(inner, name, year, turned=not turned)
            case ("and" | "or" as word, left, right):
                both = [self.holds(part, name, year, turned=turned) for part in (left, right)]
                return all(both) if (word == "and") != turned else any(both)
            case ("figure", measure):
                return (self.figure(name, measure, year) > 0) != turned
        sign, left, right = words
        values = self.value(left, name, year), self.value(right, name, year)
        return None not in values and TEST[TURNED[sign] if turned else sign](*values)

    def start(self, words: Words, name: str) -> Fraction | None:
        """Return what an expression came to in the baseline year. Raises `KeyError` where there is no such value."""
        match words:
            case ("total" | "change", *_):
                return Fraction(0)
            case ("last", *_):
                raise KeyError(BASELINE)
            case ("+" | "-" | "*" | "/" as sign, left, right):
                return calculate(sign, self.start(left, name), self.start(right, name))
            case (_, _, _, _) | ("count", _, _):
                if ("D", "listed", BASELINE) not in self.figures:
                    raise KeyError(BASELINE)
        return self.value(words, name, BASELINE)


def gather(way: str, values: list[Fraction | None]) -> Fraction | None:
    """Add up figures, or return the largest, the smallest or the middle one."""
    known = sorted(value for value in values if value is not None)
    if len(known) < len(values):
        return None
    if way == "sum":
        return sum(known, Fraction(0))
    if not known:
        return None
    middle = known[(len(known) - 1) // 2] + known[len(known) // 2]
    return {"max": known[-1], "min": known[0], "median": middle / 2}[way]


def calculate(sign: str, left: Fraction | None, right: Fraction | None) -> Fraction | None:
    """Apply one of + - * / to two values; None without one of them, or over zero."""
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    if sign == "/":
        return left / right
    return left * right if sign == "*" else left + right if sign == "+" else left - right


@dataclass(frozen=True)
class Judged:
    """What a promise comes to for one subject in one completion; the numbers are None where they have no meaning."""

    verdict: str
    actual: Fraction | None = None
    target: Fraction | None = None
    gap: Fraction | None = None
    whole_gap: int | None = None
    completion: Fraction | None = None
    expected: Fraction | None = None
    pace: Fraction | None = None
    members: frozenset[str] | None = None  # of what is counted or summed up, where the measure is no more than that


def judge_promise(promise: dict[str, Any], world: World, name: str, *, begun: bool = True) -> Judged:
    """Judge a promise, as its keys in the plan say it. `begun` is whether a path has a start that is known."""
    year = world.year
    applies = "where" not in promise or world.holds(read(promise["where"]), name, year)
    due = promise.get("due")
    waits = isinstance(due, dict)
    ready = not waits or any(world.holds(read(due["after"]), name, y) for y in range(FIRST, year + 1))
    early = isinstance(due, int) and year < due
    if "holds" in promise:
        held = world.holds(read(promise["holds"]), name, year)
        verdict = (
            (("early" if held else "not_due") if early else "met" if held else "shortfall") if ready else "not_due"
        )
        return Judged(verdict if applies else "out")
    begin, since = find_start(promise, world, name) if begun else None, BASELINE
    if promise.get("staged"):
        stages = promise["staged"]
        ahead = next(stage for stage in stages if stage["year"] >= year)
        due, early = ahead["year"], year < ahead["year"]
        if ahead is stages[1]:
            begin, since = world.value(read(stages[0]["at_least"]), name, year), stages[0]["year"]
        asked = [(">=", world.value(read(ahead["at_least"]), name, year), None)]
    else:
        asked = list_asked(promise, world, name)
    form = read(promise["measure"])
    actual = world.value(form, name, year)
    judged = replace(measure_up(form, world, name, actual, asked), members=list_members(form, world, name))
    goals = [ask(sign, target, limit) for sign, target, limit in asked if target is not None]
    if early and begin is not None and len(goals) == len(asked):
        judged = follow_path(promise, judged, goals, begin, Fraction(year - since, due - since))
    if actual is None or len(goals) < len(asked):
        verdict = "not_applicable"
    else:
        met = all(TEST[sign](actual, target) or actual == limit for sign, target, limit in asked)
        verdict = "met" if met else "shortfall"
        if early:
            verdict = "early" if met else judged.verdict or "not_due"
    if not ready:
        verdict = "not_due"
    return replace(judged, verdict=verdict if applies else "out")


def list_members(form: Words, world: World, name: str) -> frozenset[str] | None:
    """Return whom a measure looks at that counts or sums up, and nothing else; None of any other."""
    match form:
        case ("count", kind, where) | ("sum" | "max" | "min" | "median", _, kind, where):
            return frozenset(world.chosen(kind, where, name, world.year))
    return None


def find_start(promise: dict[str, Any], world: World, name: str) -> Fraction | None:
    """Return the value that a path begins with; None where there is none."""
    if "baseline" in promise:
        return world.value(read(promise["baseline"]), name, BASELINE)
    try:
        return world.start(read(promise["measure"]), name)
    except KeyError:
        return None


def list_asked(promise: dict[str, Any], world: World, name: str) -> list[tuple[str, Fraction | None, Fraction | None]]:
    """Return what is asked for: comparisons with their targets, and the bound at which a direction is met anyway."""
    if "between" in promise:
        low, high = (world.value(read(end), name, world.year) for end in promise["between"])
        return [(">=", low, None), ("<=", high, None)]
    if "direction" not in promise:
        key = next(key for key in KEYS if key in promise)
        return [(KEYS[key], world.value(read(promise[key]), name, world.year), None)]
    form, sign = read(promise["measure"]), DIRECTIONS[promise["direction"]]
    limit = Fraction(0) if sign == "<" else None
    if sign == ">":
        of = form[1][1] if form[0] in ("max", "min") else form[1] if form[0] == "figure" else ""
        limit = Fraction(1) if form[0] == "share" else AT_MOST.get(of)
    before = world.year - 1 if promise["against"] == "last_year" else BASELINE
    target = find_start(promise, world, name) if before == BASELINE else world.figure(name, form[1], before)
    return [(sign, target, limit)]


def ask(sign: str, target: Fraction, limit: Fraction | None) -> tuple[str, Fraction]:
    """Return what is asked for, nothing beyond the bound of a direction."""
    if limit is None or TEST[sign](limit, target):
        return sign, target
    return LOOSENED.get(sign, sign), limit


def measure_up(form: Words, world: World, name: str, actual: Fraction | None, asked: list[Any]) -> Judged:
    """Return the distance to the target furthest off, in whole things too, and how much of the first target there is."""
    goals = [None if target is None else ask(sign, target, limit) for sign, target, limit in asked]
    judged = Judged("", actual, goals[0][1] if goals[0] else None)
    if actual is None:
        return judged
    if goals[0] and goals[0][0] in (">", ">=") and goals[0][1] > 0:
        judged = replace(judged, completion=actual / goals[0][1])
    if None in goals:
        return judged
    gaps = [
        abs(actual - t) if sign == "=" else t - actual if sign in (">", ">=") else actual - t
        for sign, t in goals
        if t is not None
    ]
    sign, target = goals[gaps.index(max(gaps))]
    return replace(judged, gap=max(gaps), whole_gap=count_missing(form, world, name, sign, target))


def count_missing(form: Words, world: World, name: str, sign: str, target: Fraction) -> int | None:
    """Return the fewest things more, or fewer, with which a target is met, found by trying; None where none are counted."""
    top, bottom = form, Fraction(1)
    if form[0] == "/":
        top, bottom = form[1], world.value(form[2], name, world.year) or Fraction(0)
        if top[0] != "figure" or form[2][0] != "figure" or top == form[2]:
            return None
    if form[0] == "share":
        top, bottom = ("count",), Fraction(len(world.chosen(form[2], form[3], name, world.year)))
    summed = top[0] == "sum" and top[1][0] == "figure" and KIND_OF[top[1][1]] == top[2]
    if not (summed or top[0] == "count" or (top[0] == "figure" and top[1] != "dp")) or bottom == 0:
        return None
    have = (world.value(form, name, world.year) or Fraction(0)) * bottom
    up, reached = sign in (">", ">=", "="), TEST[">=" if sign == "=" else sign]
    step = 1 if up else -1
    near = int((target * bottom - have) * step) - 3  # begin three before: no more than that is rounded
    return next(n for n in itertools.count(near) if reached((have + step * n) / bottom, target))


def follow_path(promise: dict[str, Any], judged: Judged, goals: list[Any], begin: Fraction, share: Fraction) -> Judged:
    """Compare with the path to each goal: linear, the same factor every year, or a step in the end."""
    pace, actual = promise.get("pace", {}), judged.actual
    path, cut = pace.get("path", "linear"), Fraction(1, 2) if "cut_off" in pace else Fraction(1)
    kept: list[bool] = []
    shown: list[tuple[Fraction | None, Fraction | None]] = []
    for sign, target in goals:
        rising = sign in (">", ">=") or (sign == "=" and begin < target)
        if TEST[LOOSENED.get(sign, sign)](begin, target):
            kept.append(actual is not None and TEST[sign](actual, target))
            shown.append((target, None))
            continue
        if path == "compound" and begin > 0 and target > 0:  # actual against begin * (target / begin) ** share
            root, power = share.denominator, share.numerator
            gone = (actual or Fraction(0)) ** root - begin ** (root - power) * target**power
            kept.append(gone >= 0 if rising else gone <= 0)
            shown.append((None, None))
            continue
        due = begin if path == "step" else begin + (target - begin) * share * cut
        whole = Fraction(0) if path == "step" else (target - begin) * share
        kept.append(actual is not None and (actual >= due if rising else actual <= due))
        shown.append((due, (actual - begin) / whole if whole and actual is not None else None))
    return replace(judged, verdict="on_track" if all(kept) else "behind", expected=shown[0][0], pace=shown[0][1])
