"""Lint rules: constructs that load but are almost certainly mistakes. Every rule is a function, listed in `RULES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from inspect import getdoc
from itertools import pairwise

from dabiao.base.problems import Location, Problem, Term
from dabiao.base.quantities import quantity_text
from dabiao.base.units import PLAIN
from dabiao.rules import bounds as b
from dabiao.rules import checks as data
from dabiao.rules import triggers
from dabiao.rules.actionable import find_actionable
from dabiao.rules.algebra import ONE, Leaf, Polynomial, Ratio, compare, make_sum
from dabiao.rules.bounds import select_judged
from dabiao.rules.conflicts import find_conflicts
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, Commitment, Plan, Trigger
from dabiao.rules.readings import USUAL_READINGS, departs, is_stated_to_last
from dabiao.rules.shape import Text
from dabiao.rules.walks import aggregates, leaves
from dabiao.rules.wording import WordedTitle, title_check

Rule = Callable[[Plan], Iterator[Problem]]

HEADINGS = ("Finds", "Why", "Example")
_PART = re.compile(rf"^({'|'.join(HEADINGS)}): ", re.MULTILINE)
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_RISING, _FALLING = (">=", ">"), ("<=", "<")

RULES: dict[str, Rule] = {}
"""The rules by the code of the problem each one reports."""


def lint(plan: Plan) -> tuple[Problem, ...]:
    """Return the warnings of all rules about a plan, in the order of its files."""
    found = [problem for rule in RULES.values() for problem in rule(plan)]
    return tuple(sorted(found, key=lambda p: (p.location.file, p.location.line, p.location.column, p.code)))


def describe_rule(code: str) -> dict[str, str]:
    """Return the parts of the docstring of a rule by heading: what it finds, why it matters, an example."""
    pieces = _PART.split(getdoc(RULES[code]) or "")[1:]
    return {heading: " ".join(text.split()) for heading, text in zip(pieces[::2], pieces[1::2], strict=True)}


def _add_rule(rule: Rule) -> Rule:
    """List a function as a rule: `goes_backwards` reports the code `lint.goes-backwards`."""
    RULES["lint." + rule.__name__.replace("_", "-")] = rule
    return rule


def _warning(code: str, location: Location, title: Text | WordedTitle, **details: object) -> Problem:
    return Problem(f"lint.{code}", location, {"title": title, **details}, "warning")


@_add_rule
def goes_backwards(plan: Plan) -> Iterator[Problem]:
    """Finds: a target on the wrong side of its baseline.

    Why: things may get worse and the promise is still kept; target and baseline were swapped, or the comparator is wrong.
    Example: `baseline: 85 %` and `at_least: 80 %`.
    """
    for c, bound, location in _list_single_bounds(plan):
        start, target = b.find_stated(plan, c.baseline), bound.target.form.number
        if start is None or target is None:
            continue
        if (bound.operator in _RISING and target < start) or (bound.operator in _FALLING and target > start):
            found, expected = b.target_text(c, [bound]), b.number_text(c, start)
            yield _warning("goes-backwards", location, c.title, found=found, expected=expected)


@_add_rule
def already_met(plan: Plan) -> Iterator[Problem]:
    """Finds: a target for a due year that the baseline already reaches exactly, though more is possible.

    Why: nothing has to be done to keep the promise. If the level is to be held, `direction: maintain` says so.
    Example: `baseline: 80 %`, `at_least: 80 %`, `due: 2025`; not 100 % against 100 %, which can only be held.
    """
    for c, bound, location in _list_single_bounds(plan):
        start, target = b.find_stated(plan, c.baseline), bound.target.form.number
        final = c.due is not None and c.due.kind == "year" and (bound,) == c.bounds
        if not final or start is None or start != target or bound.operator not in (">=", "<=", "=="):
            continue
        values = b.find_possible(plan, c)
        if values is None or start not in (values.interval.low, values.interval.high):
            found, expected = b.target_text(c, [bound]), b.number_text(c, start)
            yield _warning("already-met", location, c.title, found=found, expected=expected)


@_add_rule
def stages_backwards(plan: Plan) -> Iterator[Problem]:
    """Finds: a stage of a staged target that asks for less than the stage before.

    Why: the years or the values of two stages were probably swapped.
    Example: `staged: [{year: 2022, at_least: 500 张}, {year: 2025, at_least: 300 张}]`.
    """
    for c in select_judged(plan):
        stages = list(zip(c.stages, b.list_targets(c), strict=False))
        for (before, _), (stage, (_, location)) in pairwise(stages):
            first, second = before.bounds[0], stage.bounds[0]
            low, high = first.target.form.number, second.target.form.number
            if len(before.bounds) + len(stage.bounds) > 2 or low is None or high is None:
                continue
            rising = first.operator in _RISING and second.operator in _RISING
            falling = first.operator in _FALLING and second.operator in _FALLING
            if (rising and high < low) or (falling and high > low):
                found, expected = b.target_text(c, [second]), b.target_text(c, [first])
                years = {"year": stage.year, "before": before.year}
                yield _warning("stages-backwards", location, c.title, found=found, expected=expected, **years)


@_add_rule
def out_of_reach(plan: Plan) -> Iterator[Problem]:
    """Finds: a target that no possible value of the measure satisfies, such as more towns than the register has.

    Why: the promise can only be broken, so the target, the register or the range of the measure is wrong.
    Example: `measure: count(town where rehab)`, `at_least: 20 个`, with `register: 18`.
    """
    for c, bounds, location, wanted, possible in _list_ranges(plan):
        if wanted.meet(possible).empty:
            found, expected = b.target_text(c, bounds), b.range_text(c, possible)
            yield _warning("out-of-reach", location, c.title, found=found, expected=expected)


@_add_rule
def cannot_fail(plan: Plan) -> Iterator[Problem]:
    """Finds: a target that every possible value of the measure satisfies.

    Why: the promise is kept whatever happens, so it says nothing.
    Example: `at_least: 0 张`, or `at_most: 100 %` of a share.
    """
    for c, bounds, location, wanted, possible in _list_ranges(plan):
        if wanted.contains(possible):
            found, expected = b.target_text(c, bounds), b.range_text(c, possible)
            yield _warning("cannot-fail", location, c.title, found=found, expected=expected)


@_add_rule
def fraction_of_whole(plan: Plan) -> Iterator[Problem]:
    """Finds: a target that no whole number satisfies, on a measure that only takes whole numbers.

    Why: the promise can only be broken; a unit or a decimal point is wrong, or the measure wants `whole: false`.
    Example: `measure: homes`, `exactly: 2.5 所`.
    """
    for c in select_judged(plan):
        for bounds, location in b.list_targets(c) if b.is_whole(plan, c) else ():
            wanted = b.find_allowed(bounds)
            if wanted and wanted.plain and wanted.interval.without_wholes and not wanted.interval.empty:
                yield _warning(
                    "fraction-of-whole", location, c.title, found=b.target_text(c, bounds), expected="1, 2, 3 …"
                )


@_add_rule
def conflict(plan: Plan) -> Iterator[Problem]:
    """Finds: two commitments on the same value, for the same subjects and years, that no value can satisfy together.

    Why: one of the two is always broken. If the document contradicts itself, link them with `same_as` and a reading.
    Example: `at_least: 150 张` and `at_most: 100 张` on `mental_health_beds`, both due in 2025.
    """
    for one, other, (year, first, second) in find_conflicts(plan):
        found, expected = b.target_text(other, second), b.target_text(one, first)
        location = b.find_target_location(other)
        yield _warning(
            "conflict", location, other.title, found=found, expected=expected, year=year, **_describe_other(one)
        )


@_add_rule
def same_as_differs(plan: Plan) -> Iterator[Problem]:
    """Finds: two commitments linked as the same promise whose targets, or whose due years, differ.

    Why: the document contradicts itself, or one of the two was copied wrongly; the reading chosen should be on record.
    Example: 150 beds in the table and 100 beds in the text, linked with `same_as`.
    """
    told: set[str] = set()
    for c in select_judged(plan):
        other = plan.commitments.get(c.same_as or "")
        if other is None or other.manual or not _differ(c, other) or {c.id, other.id} <= told:
            continue
        told |= {c.id, other.id} if other.same_as == c.id else set()
        reading = c.reading or other.reading
        texts = {
            "found": _write_promise(c),
            "expected": _write_promise(other),
            "chosen": reading.chosen if reading else "—",
        }
        yield _warning("same-as-differs", c.place("same_as"), c.title, **texts, **_describe_other(other))


@_add_rule
def subset_larger(plan: Plan) -> Iterator[Problem]:
    """Finds: a share whose part is larger than its whole in the baseline year, by the plan's own figures.

    Why: a part cannot exceed its whole, so part and whole were swapped, or a baseline is wrong.
    Example: `nursing_beds / beds` shown in %, where the baselines are 900 张 and 800 张.
    """
    for title, form, location in _list_shares(plan):
        part, whole = b.find_stated(plan, Ratio(form.top)), b.find_stated(plan, Ratio(form.bottom))
        if part is not None and whole is not None and part > whole > 0:
            found, expected = _write_figure(plan, form.top, part), _write_figure(plan, form.bottom, whole)
            yield _warning("subset-larger", location, title, found=found, expected=expected)


@_add_rule
def unused_measure(plan: Plan) -> Iterator[Problem]:
    """Finds: a measure that no commitment, no consequence and no data check uses, directly or through a formula.

    Why: somebody would report it for nothing, or the commitment that needs it was forgotten.
    Example: a measure `hospice_beds` that occurs in no expression.
    """
    looking = (form for c in _list_looking(plan) for form in c.forms())
    amounts = (rule.amount.form for rule in plan.consequences.values() if rule.amount)
    used = {(v.kind, v.measure) for v in leaves(*looking, *amounts)}
    used |= {(v.kind, v.measure) for check in plan.checks for v in data.list_leaves(plan, check)}
    words = _find_words(plan)
    for m in plan.measures.values():
        by_name = m.formula is not None or m.baseline is not None  # neither leaves a trace in what was compiled
        if (m.kind, m.id) not in used and not (by_name and m.id in words):
            yield _warning("unused-measure", m.location, m.title, found=m.id)


@_add_rule
def unreportable_measure(plan: Plan) -> Iterator[Problem]:
    """Finds: a measure of a kind without any subject, since its register, or that of a kind above it, is 0.

    Why: nobody can ever report it, and every commitment on it is not applicable.
    Example: `{id: hospice, in: district, register: 0}` and a measure `of: hospice`.
    """
    for m in plan.measures.values():
        above = [plan.kinds[name] for name in (*plan.kinds[m.kind].path, m.kind)]
        empty = next((kind for kind in above if kind.register and kind.register.count == 0), None)
        if empty and m.formula is None:
            yield _warning("unreportable-measure", m.location, m.title, found=m.id, kind=empty.title)


@_add_rule
def no_register(plan: Plan) -> Iterator[Problem]:
    """Finds: a kind without a register that some count, share, sum, average or `each` depends on.

    Why: nobody knows who is missing, so whatever looks at all of them stays undetermined.
    Example: `{id: town, in: district}` without `register`, and `measure: share(rehab of town)`.
    """
    for kind in plan.kinds.values():
        if kind.register is not None or kind.parent is None:
            continue
        using = [c for c in select_judged(plan) if c.kind == kind.id or kind.id in _find_counted_kinds(c)]
        if using:
            details = {"found": kind.id, "count": len(using)}
            yield _warning("no-register", kind.location, kind.title, **details, **_describe_other(using[0]))


@_add_rule
def consequence_never(plan: Plan) -> Iterator[Problem]:
    """Finds: a consequence with a condition that no finding can fulfil.

    Why: it looks like a safeguard and never follows.
    Example: `when: [{commitment: clean-up}]`, a shortfall, where `clean-up` is `manual: true`; or `verdict: behind` of a
    commitment that is due every year.
    """
    possible = triggers.possible_consequences(plan)
    for rule in plan.consequences.values():
        for trigger in rule.when if rule.id not in possible else ():
            if not triggers.can_hold(plan, trigger, possible):
                key, found, expected = _describe_trigger(trigger, plan)
                yield _warning("consequence-never", trigger.place(key), rule.title, found=found, expected=expected)


@_add_rule
def trigger_not_cited(plan: Plan) -> Iterator[Problem]:
    """Finds: a consequence whose cited phrase carries figures, none of them the threshold that triggers it.

    Why: the plan would punish by a threshold that its document does not give.
    Example: the phrase 满意率低于85%的机构取消补贴 beside a commitment with `at_least: 80 %`.
    """
    for rule in plan.consequences.values():
        named = [trigger.test or plan.commitments.get(trigger.commitment or "") for trigger in rule.when]
        for c in (commitment for commitment in named if commitment):
            cite = rule.cite or c.cite
            known = triggers.find_thresholds(c)
            numbers = frozenset[Fraction]().union(*known.values())
            if known and triggers.carries_figures(cite.phrase) and not numbers & triggers.find_figures(cite.phrase):
                details = {"found": cite.phrase, "expected": tuple(known)}
                yield _warning("trigger-not-cited", cite.place("phrase"), rule.title, **details)


@_add_rule
def target_not_cited(plan: Plan) -> Iterator[Problem]:
    """Finds: a target whose figure is not in the cited phrase, though the phrase has figures.

    Why: a slip of the pen would judge by a target that the document does not give.
    Example: `at_least: 2000 张` beside the phrase 养老床位达到3000张.
    """
    for c in plan.commitments.values():
        if c.reading or c.cite.note or not triggers.carries_figures(c.cite.phrase):
            continue
        figures = triggers.find_figures(c.cite.phrase)
        for text, numbers in triggers.find_targets(c).items():
            if not numbers & figures:
                yield _warning("target-not-cited", c.cite.place("phrase"), c.title, found=c.cite.phrase, expected=text)


@_add_rule
def total_too_small(plan: Plan) -> Iterator[Problem]:
    """Finds: a promise for each subject of a kind beside a total of the same things that is smaller than they need.

    Why: the total can be reached while some subjects have none, so one of the two figures is wrong.
    Example: `each: town`, `centres` `at_least: 1 家`, with 25 towns, beside `sum(centres of town)` `at_least: 22 家`.
    """
    totals = _Totals(plan)
    for each in select_judged(plan):
        need = _find_total_needed(plan, each)
        for total in totals.find(each) if need else ():
            numbers = [bound.target.form.number for bound in total.bounds]
            largest = max((n for n in numbers if n is not None), default=None)
            if need and largest is not None and largest < need:
                kind = plan.kinds[each.kind].title
                location = b.find_target_location(each)
                details = {"found": b.target_text(total, total.bounds), "expected": b.number_text(total, need)}
                yield _warning("total-too-small", location, each.title, kind=kind, **details, **_describe_other(total))


@_add_rule
def check_cannot_fail(plan: Plan) -> Iterator[Problem]:
    """Finds: a data check that no figures can fail.

    Why: it looks like a safeguard and guards nothing.
    Example: `measure: share`, `at_most: 100 %`; or `measure: beds`, `exactly: beds`.
    """
    for check in plan.checks:
        if data.cannot_fail(plan, check):
            location = check.place("measure")
            yield _warning(
                "check-cannot-fail", location, title_check(check, plan), found=check.id, expected=data.write_test(check)
            )


@_add_rule
def check_cannot_hold(plan: Plan) -> Iterator[Problem]:
    """Finds: a data check that no figures can pass.

    Why: every sheet would be refused.
    Example: `measure: share`, `more_than: 100 %`; or `measure: beds + 1 张`, `at_most: beds`.
    """
    for check in plan.checks:
        if data.cannot_hold(plan, check):
            location = check.place("measure")
            yield _warning(
                "check-cannot-hold", location, title_check(check, plan), found=check.id, expected=data.write_test(check)
            )


@_add_rule
def check_never_made(plan: Plan) -> Iterator[Problem]:
    """Finds: a comparison with the stated baselines in a plan that states none, or accepts no sheet of the baseline year.

    Why: it looks like a safeguard and is never made.
    Example: `baselines: true` in a plan whose measures have no `baseline`.
    """
    for check in plan.checks:
        if check.sort == "baselines" and (plan.history > plan.baseline or not data.find_stated_baselines(plan)):
            location = check.place("baselines")
            yield _warning(
                "check-never-made", location, title_check(check, plan), found=check.id, expected=plan.baseline
            )


def _describe_other(c: Commitment) -> dict[str, object]:
    return {"other": c.title, "place": c.location}


def _list_single_bounds(plan: Plan) -> Iterator[tuple[Commitment, Bound, Location]]:
    """Iterate over the targets that are one bound, not a range, stage by stage."""
    for c in select_judged(plan):
        for bounds, location in b.list_targets(c):
            if len(bounds) == 1:
                yield c, bounds[0], location


def _list_ranges(plan: Plan) -> Iterable[tuple[Commitment, tuple[Bound, ...], Location, Interval, Interval]]:
    """Return the targets that are plain numbers, with the values they allow and the possible values."""
    if "ranges" not in plan.worked_out:
        plan.worked_out["ranges"] = tuple(_find_ranges(plan))
    return plan.worked_out["ranges"]  # type: ignore[no-any-return]


def _find_ranges(plan: Plan) -> Iterator[tuple[Commitment, tuple[Bound, ...], Location, Interval, Interval]]:
    for c in select_judged(plan):
        possible = b.find_possible(plan, c)
        for bounds, location in b.list_targets(c) if possible else ():
            wanted = b.find_allowed(bounds)
            if possible and wanted and wanted.origin == possible.origin:
                yield c, bounds, location, wanted.interval, possible.interval


def _differ(one: Commitment, other: Commitment) -> bool:
    """Whether two statements of one promise name different due years, or different targets for figures that compare.

    A direction names no target, so a text that says "more" does not contradict a table that says how many.
    """
    dues = {c.due.year for c in (one, other) if c.due and c.due.year and not c.implied}
    if len(dues) > 1:
        return True
    if one.direction or other.direction or one.value is None or other.value is None:
        return False
    if (one.kind, one.where) != (other.kind, other.where):
        return False
    mine, theirs = ([(x.operator, x.target.form) for x in c.bounds] for c in (one, other))
    plain = [c for c in (one, other) if b.is_single_figure(c) and not c.steps]
    if one.value.form == other.value.form or (len(plain) == 2 and one.value.dimension == other.value.dimension):
        return mine != theirs
    margins = [[compare(c.value.form, x.operator, x.target.form) for x in c.bounds if c.value] for c in (one, other)]
    apart = [(left.margin - right.margin).number for left, right in zip(*margins, strict=False)]
    return len(mine) == len(theirs) and all(number is not None for number in apart) and any(apart)


def _write_promise(c: Commitment) -> b.Phrase:
    """Write what is promised, and when it is due."""
    due: tuple[object, ...] = ()
    if c.due:
        due = " ", c.due.year or Term(f"due.{c.due.kind}")
    return b.Phrase((b.target_text(c, c.bounds), *due))


def _list_shares(plan: Plan) -> Iterator[tuple[Text, Ratio, Location]]:
    """Iterate over the ratios that are shown as percentages: formulas of measures, and expressions of commitments."""
    for m in plan.measures.values():
        if m.formula and m.formula.written and m.unit.is_percentage and not m.signed:
            yield m.title, m.formula.form, m.formula.written.location
    for c in select_judged(plan):
        source = c.value.written if c.value else None
        if source and c.value and c.shown_unit.is_percentage and not _WORD.fullmatch(source.text.strip()):
            yield c.title, c.value.form, source.location


@_add_rule
def departs_from_reading(plan: Plan) -> Iterator[Problem]:
    """Finds: words of the document that are read otherwise than in the table of readings, without a `reading`.

    Why: the same words of two plans would be judged by two measures, and nobody could say why.
    Example: `at_least: planned` for 探索, which asks for a draft or a trial.
    """
    for usual in USUAL_READINGS:
        for c in plan.commitments.values():
            if departs(usual, c):
                found = usual.words.search(c.cite.phrase)
                yield _warning(
                    "departs-from-reading", c.location, c.title, found=found and found[0], expected=usual.meaning
                )


@_add_rule
def time_not_stated(plan: Plan) -> Iterator[Problem]:
    """Finds: a commitment of every year, or of the whole period, whose phrase states no such time.

    Why: the report would show a time as the document's word that is only how it was read.
    Example: `due: throughout` for 落实…制度 without `implied: true`; not for 每年 or 持续.
    """
    for c in plan.commitments.values():
        lasting = c.due is not None and c.due.kind in ("every_year", "throughout")
        if lasting and not c.implied and c.reading is None and not is_stated_to_last(c):
            assert c.due is not None
            yield _warning("time-not-stated", c.place("due"), c.title, found=Term(f"due.{c.due.kind}"))


@_add_rule
def actionable_unclear(plan: Plan) -> Iterator[Problem]:
    """Finds: a measure of which less would mend a commitment as well as another change, where nothing says which is meant.

    Why: `seek` has no rule to decide whether less of it may be proposed, and leaves it out.
    Example: `count(home where open and violating)`, `at_most: 0 个`: is `open` or `violating` to become no?
    """
    for m, c in find_actionable(plan).find_undecided():
        yield _warning("actionable-unclear", m.location, m.title, found=m.id, **_describe_other(c))


@_add_rule
def actionable_in_vain(plan: Plan) -> Iterator[Problem]:
    """Finds: a measure marked `actionable: true` that no commitment is ever mended by.

    Why: denominators, targets, options and what decides who is counted are never changed by `seek`, whatever is marked.
    Example: `actionable: true` on `residents` where the plan only has `carers / residents`.
    """
    for m in find_actionable(plan).find_in_vain():
        yield _warning("actionable-in-vain", m.location, m.title, found=m.id)


def _write_figure(plan: Plan, polynomial: Polynomial, number: Fraction) -> str:
    """Write a number in the unit of the first measure it is made of."""
    leaf = next((v for v in polynomial.variables if isinstance(v, Leaf)), None)
    return quantity_text(number, plan.measures[leaf.kind, leaf.measure].unit if leaf else PLAIN)


def _find_words(plan: Plan) -> set[str]:
    """Return the words in all expressions of commitments, formulas of measures included."""
    words = set(_WORD.findall("\n".join(text for c in _list_looking(plan) for text in c.expressions())))
    formulas = {m.id: m.formula.text for m in plan.measures.values() if m.formula}
    waiting = list(words)
    while waiting:
        for word in _WORD.findall(formulas.get(waiting.pop(), "")):
            if word not in words:
                words.add(word)
                waiting.append(word)
    return words


def _describe_trigger(trigger: Trigger, plan: Plan) -> tuple[str, object, object]:
    """Return the key that says what a condition looks at, what that is, and what it is expected to be."""
    if test := trigger.test:
        if test.value is None:
            return "holds", test.wording.holds.text if test.wording.holds else "", Term("lint.true")
        return "measure", test.value.text, b.target_text(test, test.bounds)
    verdicts = tuple(Term(f"verdict.{verdict}") for verdict in trigger.verdicts)
    if trigger.consequence:
        return "consequence", plan.consequences[trigger.consequence].title, Term("lint.follows")
    if trigger.commitment:
        return "commitment", plan.commitments[trigger.commitment].title, verdicts
    return "nature", Term(f"nature.{trigger.nature}"), verdicts


def _list_looking(plan: Plan) -> list[Commitment]:
    """Return everything that looks at measures: commitments, their other readings, conditions of consequences."""
    others = (c.other for c in plan.commitments.values() if c.other)
    return [*select_judged(plan), *others, *plan.tests]


def _find_counted_kinds(c: Commitment) -> set[str]:
    """Return the kinds a commitment counts or sums over."""
    return {v.kind for v in aggregates(*c.forms())}


def _find_total_needed(plan: Plan, each: Commitment) -> Fraction | None:
    """Return the total that is needed if every subject of the register gets what it is promised."""
    register = plan.kinds[each.kind].register
    if each.kind == plan.root.id or each.where is not None or register is None or register.count is None:
        return None
    numbers = [x.target.form.number for x in each.bounds if x.operator in (">=", ">", "==")]
    least = max((n for n in numbers if n is not None), default=Fraction(1 if each.holds else 0))
    if least > 0 and each.steps:
        least = Fraction(1)  # whatever step is asked for, it is one thing
    return least * register.count if least > 0 else None


class _Totals:
    """The commitments of the root subject on what is counted, by what they add up, by id, and by what they are linked to."""

    def __init__(self, plan: Plan) -> None:
        self._owner = plan.root.id
        self._places: dict[str, int] = {}
        self._found: dict[object, list[Commitment]] = {}
        for c in select_judged(plan):
            if c.kind == self._owner and c.value and c.value.unit.counts_wholes and c.value.form.bottom == ONE:
                self._places[c.id] = len(self._places)
                for key in (c.value.form, ("is", c.id), ("same as", c.same_as)):
                    self._found.setdefault(key, []).append(c)

    def find(self, each: Commitment) -> list[Commitment]:
        """Return what adds up what each subject is promised: the same figure summed, or linked with `same_as`."""
        found = [*self._found.get(("is", each.same_as), ()), *self._found.get(("same as", each.id), ())]
        if each.value is not None and not each.steps:
            found = [c for c in found if c.value and c.value.dimension == each.value.dimension]
            if each.value.form.bottom == ONE:
                total = Ratio(make_sum(each.kind, each.value.form.top, None, self._owner))
                for form in (total, _change_owner(self._owner, each.value.form)):
                    found += self._found.get(form, ())
        return sorted({c.id: c for c in found}.values(), key=lambda c: self._places[c.id])


def _change_owner(owner: str, form: Ratio) -> Ratio:
    """Return a form with its aggregates made within another kind of subject."""
    return form.substitute(lambda v: Polynomial.variable(v if isinstance(v, Leaf) else replace(v, owner=owner)))
