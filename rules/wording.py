"""Puts what a plan says into words: expressions, comparisons, and what its data checks ask of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dabiao.base.messages import say
from dabiao.base.problems import Location, Term
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.compile import Scope
from dabiao.rules.model import Bound, DataCheck, Plan
from dabiao.rules.shape import Source, Text

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_ARITHMETIC = {"+": ("+", 1), "-": ("−", 1), "*": ("×", 2), "/": ("÷", 2)}


class Words:
    """Puts expressions into words: measures, kinds and steps by their titles, quantities as they are written.

    The title of a measure that stands alone is in quotation marks only if `quoted`; in an expression it always is.
    """

    def __init__(self, plan: Plan, lang: str, kind: str, *, quoted: bool = False) -> None:
        self._plan = plan
        self._lang = lang
        self._quoted = quoted
        self._scope = Scope(kind, plan.kinds, plan.measures)

    def text(self, source: Source | None, steps: tuple[w.Step, ...] = ()) -> str:
        """Say an expression, nothing for none; `steps` are those of the measure it is compared with."""
        if source is None:
            return ""
        tree = x.parse_expression(source)
        if isinstance(tree, x.Number):
            return source.text
        if isinstance(tree, x.Name):
            known = self._quoted and not tree.quoted and self._scope.find(tree.name)
            return self._quote(self._name(tree, steps)) if known else self._name(tree, steps)
        return self._say(tree, self._scope)

    def part(self, tree: x.Tree) -> str:
        """Say a part of a condition: a yes or a no that is asked for by the title of its measure."""
        match tree:
            case x.Name():
                return self._name(tree, ())
            case x.Logic(operator="not", operands=(x.Name() as name,)):
                return say("page.not-yes", self._lang, title=self._name(name, ()))
        return self._say(tree, self._scope)

    def _name(self, name: x.Name, steps: tuple[w.Step, ...], scope: Scope | None = None) -> str:
        measure = None if name.quoted else (scope or self._scope).find(name.name)
        if measure:
            return measure.title[self._lang]
        named = (step for step in steps if name.name in (step.id, *step.title))
        step = next(named, None)
        return step.title[self._lang] if step else name.name

    def _say(self, tree: x.Tree, scope: Scope, outer: int = 0) -> str:
        match tree:
            case x.Number(text=text):
                return text
            case x.Name():
                return self._quote(self._name(tree, (), scope))
            case x.Arithmetic():
                sign, rank = _ARITHMETIC[tree.operator]
                left, right = self._say(tree.left, scope, rank), self._say(tree.right, scope, rank + 1)
                return _within(f"{left} {sign} {right}", rank < outer)
            case x.Comparison():
                left, right = self._side(tree.left, tree.right, scope), self._side(tree.right, tree.left, scope)
                return f"{left} {_SIGNS[tree.operator]} {right}"
            case x.Logic(operator="not"):
                return say("page.not", self._lang, condition=self._say(tree.operands[0], scope))
            case x.Logic():
                rank = 1 if tree.operator == "or" else 2
                joined = say(f"page.{tree.operator}", self._lang)
                return _within(joined.join(self._say(part, scope, rank + 1) for part in tree.operands), rank < outer)
            case x.Aggregate():
                return self._aggregate(tree, scope)
        title = self._inner(self._name(tree.measure, (), scope))
        details = {"year": self._plan.baseline, "first": self._plan.first}
        code = "baseline-of" if tree.function == "baseline" else tree.function  # "baseline" labels a line
        return say(f"page.{code}", self._lang, measure=title, **details)

    def _quote(self, title: str) -> str:
        return say("page.quoted", self._lang, text=self._inner(title))

    @staticmethod
    def _inner(title: str) -> str:
        """Give a title that stands inside quotation marks inner ones."""
        return title.replace("“", "‘").replace("”", "’")

    def _side(self, tree: x.Tree, other: x.Tree, scope: Scope) -> str:
        """Say one side of a comparison: the name of a step is looked up in the measure on the other side."""
        if isinstance(tree, x.Name) and (tree.quoted or not scope.find(tree.name)) and isinstance(other, x.Name):
            measure = scope.find(other.name)
            return self._name(tree, measure.steps if measure else (), scope)
        return self._say(tree, scope)

    def _aggregate(self, tree: x.Aggregate, scope: Scope) -> str:
        kind = tree.kind.name
        inside = scope.inside(kind)
        details = {"kind": self._plan.kinds[kind].title[self._lang], "what": "", "only": ""}
        if tree.argument is not None:
            details["what"] = self._say(tree.argument, inside)
        if tree.where is not None:
            details["only"] = say("page.where", self._lang, condition=self._say(tree.where, inside))
        return say(f"page.{tree.function}", self._lang, **details)


def _within(text: str, brackets: bool) -> str:
    return f"({text})" if brackets else text


def compared_text(bounds: Sequence[Bound], words: Words, steps: tuple[w.Step, ...], lang: str) -> str:
    """Say what a value is compared with: at most 30 beds, between two, up to a step."""
    targets = [words.text(bound.target.written, steps) for bound in bounds]
    if len(bounds) == 2:
        return say("comparator.between", lang, low=targets[0], high=targets[1])
    name = bounds[0].comparator
    return say(f"page.step.{name}" if steps else f"comparator.{name}", lang, target=targets[0])


def check_text(check: DataCheck, plan: Plan, lang: str) -> str:
    """Say what a data check asks of the figures."""
    wording, words = check.wording, Words(plan, lang, check.kind)
    if check.sort == "complete":
        return say("page.complete", lang, kind=plan.kinds[check.of].title[lang])
    if check.sort == "baselines":
        return say("page.baselines", lang, year=plan.baseline)
    subject = plan.kinds[check.kind].title[lang]
    if check.kind != plan.root.id:
        subject = say("page.each", lang, kind=subject)
    if wording.where:
        subject += say("page.where", lang, condition=words.text(wording.where))
    if wording.holds:
        return say("page.holds", lang, subject=subject, condition=words.text(wording.holds))
    value = words.text(check.value.written) if check.value else ""
    within = wording.within.text if wording.within else ""
    if wording.jump:
        text = say("page.jump", lang, subject=subject, value=value, factor=wording.jump.text)
        return text + (say("page.jump-within", lang, within=within) if within else "")
    text = say(
        "page.sentence", lang, subject=subject, value=value, test=compared_text(check.targets, words, check.steps, lang)
    )
    return text + (say("page.within", lang, within=within) if within else "")


def place_in_plan(plan: Plan, place: Location) -> Term:
    """Return a place in a file of a plan as people call it: the title of the plan, the file and the line."""
    return Term("place.in-plan", {"plan": plan.title, "file": PurePath(place.file).name, "line": place.line})


@dataclass(frozen=True, slots=True)
class Worded:
    """An expression as a part of a message, about subjects of a kind."""

    plan: Plan
    kind: str
    source: Source

    def say(self, lang: str) -> str:
        """Return the expression in words."""
        return Words(self.plan, lang, self.kind).text(self.source)


@dataclass(frozen=True, slots=True)
class WordedTitle:
    """The title of a data check for which the plan has none, as a part of a message: what the check asks, in a few words."""

    check: DataCheck
    plan: Plan

    def say(self, lang: str) -> str:
        """Return the measures by their titles, and what they are compared with; without subject and tolerance."""
        check, plan = self.check, self.plan
        if check.sort in ("complete", "baselines"):
            return check_text(check, plan, lang)
        wording, words = check.wording, Words(plan, lang, check.kind, quoted=True)
        only = say("page.where", lang, condition=words.text(wording.where)) if wording.where else ""
        if wording.holds:
            return words.text(wording.holds) + only
        value = words.text(check.value.written) if check.value else ""
        if check.sort == "jump":
            return say("data.title-jump", lang, value=value) + only
        test = compared_text(check.targets, words, check.steps, lang)
        return say("data.title-test", lang, value=value, test=test) + only


def title_check(check: DataCheck, plan: Plan) -> Text | WordedTitle:
    """Return what a data check is called: as the plan calls it, or else in the words of what it asks."""
    return check.title or WordedTitle(check, plan)
