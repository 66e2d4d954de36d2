"""The consequences of a plan that can follow, and the figures in a cited phrase. Used by the lint rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction

from dabiao.base.quantities import BadNumber, parse_quantity
from dabiao.base.units import SCALES, UnknownUnit
from dabiao.rules import bounds as b
from dabiao.rules import written as w
from dabiao.rules.model import Commitment, Plan, Trigger
from dabiao.rules.pacing import years_on_the_way
from dabiao.rules.walks import walk

_DIGITS = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100, "千": 1000}
_ARABIC = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([百千万亿]?)")
_CHINESE = re.compile(rf"[{_DIGITS}两十百千]+")
_CARRIES = re.compile(r"\d|百分之")


def possible_consequences(plan: Plan) -> frozenset[str]:
    """Return the consequences that can follow from some findings, directly or through other consequences."""
    waiting_for: dict[str, set[str]] = {}
    followers: dict[str, list[str]] = {}
    for rule in plan.consequences.values():
        if all(trigger.consequence or can_hold(plan, trigger) for trigger in rule.when):
            waiting_for[rule.id] = {trigger.consequence for trigger in rule.when if trigger.consequence}
            for consequence in waiting_for[rule.id]:
                followers.setdefault(consequence, []).append(rule.id)
    found: set[str] = set()
    ready = [name for name, needed in waiting_for.items() if not needed]
    while ready:
        found.add(name := ready.pop())
        for follower in followers.get(name, ()):
            waiting_for[follower].remove(name)
            if not waiting_for[follower]:
                ready.append(follower)
    return frozenset(found)


def can_hold(plan: Plan, trigger: Trigger, consequences: frozenset[str] = frozenset()) -> bool:
    """Return whether a trigger can hold, given the consequences that can follow."""
    if trigger.consequence:
        return trigger.consequence in consequences
    if trigger.test:
        return can_have(plan, trigger.test, "met")
    named = (plan.commitments[trigger.commitment],) if trigger.commitment else plan.commitments.values()
    matching = (c for c in named if trigger.nature in (None, c.nature))
    return any(can_have(plan, c, verdict) for c in matching for verdict in trigger.verdicts)


def can_have(plan: Plan, c: Commitment, verdict: w.VerdictName) -> bool:
    """Return whether findings of a commitment can have a verdict."""
    if c.manual:
        return False
    if verdict in ("met", "shortfall"):
        return _can_be_decided(plan, c, verdict)
    if verdict == "early":
        return _can_be_decided(plan, c, "met") and bool(years_on_the_way(plan, c))
    if verdict in ("on_track", "behind"):
        return _has_pace(plan, c)
    if verdict == "not_applicable":
        ratio = c.value is not None and bool(c.value.form.bases)
        return c.kind != plan.root.id or c.where is not None or ratio
    if verdict == "undetermined":
        return bool(walk(*c.forms()))
    return True


def _can_be_decided(plan: Plan, c: Commitment, verdict: w.VerdictName) -> bool:
    """Return whether some value meets (or misses) the target of the commitment, or of one of its stages."""
    values = b.find_possible(plan, c)
    wanted = [b.find_allowed(bounds) for bounds, _ in b.list_targets(c)]
    if values is None or not wanted or any(one is None or one.origin != values.origin for one in wanted):
        return True
    intervals = [one.interval for one in wanted if one]
    if verdict == "met":
        return any(not one.meet(values.interval).empty for one in intervals)
    return any(not one.contains(values.interval) for one in intervals)


def _has_pace(plan: Plan, c: Commitment) -> bool:
    """Return whether there is a year before the due year with a path from a baseline or a stage."""
    if c.value is None or c.value.steps:
        return False
    years = years_on_the_way(plan, c)
    return any(c.baseline is not None or any(stage.year < year for stage in c.stages) for year in years)


def carries_figures(phrase: str) -> bool:
    """Return whether a phrase has a figure, in digits or as 百分之…; words such as 一批 are none."""
    return bool(_CARRIES.search(unicodedata.normalize("NFKC", phrase)))


def find_figures(phrase: str) -> frozenset[Fraction]:
    """Return the numbers in a phrase, in digits and in Chinese; 0.28万 gives both 0.28 and 2800."""
    flat = unicodedata.normalize("NFKC", phrase)
    found = set()
    for digits, scale in _ARABIC.findall(flat):
        number = Fraction(digits.replace(",", ""))
        found |= {number, number * SCALES.get(scale, 1)}
    return frozenset(found | {_read_chinese(text) for text in _CHINESE.findall(flat.replace("百分之", " "))})


def _read_chinese(text: str) -> Fraction:
    """Read a Chinese number below ten thousand: 八十五, 两百, 十八."""
    total, digit = 0, 0
    for sign in text.replace("两", "二"):
        if sign in _TENS:
            total, digit = total + (digit or 1) * _TENS[sign], 0
        else:
            digit = _DIGITS.index(sign)
    return Fraction(total + digit)


def find_targets(c: Commitment) -> dict[str, frozenset[Fraction]]:
    """Return the targets of a commitment and of its stages, each with the numbers that a phrase may state for it.

    One of a thing, none, and all of them are left out: phrases say them in words (一所, 杜绝, 全覆盖).
    """
    bounds = [bound for stage in c.stages for bound in stage.bounds] if c.stages else c.bounds
    found = _read_targets([] if c.steps else [bound.target.text for bound in bounds])
    plain = {text: numbers for text, numbers in found.items() if not numbers & {Fraction(0), Fraction(1)}}
    return {text: numbers | {1 / number for number in numbers} for text, numbers in plain.items()}  # 1:4 is a quarter


def find_thresholds(c: Commitment) -> dict[str, frozenset[Fraction]]:
    """Return the targets of a commitment as written, each with the numbers that a phrase may state for it."""
    return _read_targets([] if c.steps or c.stages else [bound.target.text for bound in c.bounds])


def _read_targets(texts: Iterable[str]) -> dict[str, frozenset[Fraction]]:
    found = {}
    for text in texts:
        try:
            quantity = parse_quantity(text)
        except (BadNumber, UnknownUnit):
            continue
        scaled = quantity.number * quantity.scale
        in_base = scaled * (quantity.unit.factor if quantity.unit else 1)
        found[text] = frozenset({quantity.number, scaled, in_base})
    return found
