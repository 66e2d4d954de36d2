"""Reads a costs file for a plan. Checks every name, unit and amount, and reports all errors with their locations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from dabiao.base.files import File
from dabiao.base.nodes import Node, read_yaml
from dabiao.base.problems import Location, Problems, Refused, nearest
from dabiao.base.quantities import BadNumber, parse_quantity
from dabiao.base.units import PERCENT, Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import read_value
from dabiao.facts.costs import written as w
from dabiao.facts.costs.model import Action, Costs, CostStep, Opening, Prerequisite
from dabiao.facts.vocabulary import names_of
from dabiao.facts.written import FactMap
from dabiao.rules.algebra import Condition
from dabiao.rules.compile import Scope, compile_condition
from dabiao.rules.model import Measure, Plan
from dabiao.rules.shape import Source, describe
from dabiao.rules.sorts import read_document
from dabiao.rules.walks import leaves

_MONEY = (("money", 1),)
_POINTS = Unit("百分点", Fraction(1, 100), ())
MOST = 1_000_000
_YUAN = Unit("元", Fraction(1), _MONEY)


def read_costs(file: File, plan: Plan, first: int, problems: Problems) -> Costs | None:
    """Read a costs file; `first` is the first year in which anything can begin.

    Notes everything wrong with it; None if it cannot be used at all. Raises `Refused` for a file that cannot be read.
    """
    written = read_document("costs", w.Costs, read_yaml(file, problems), problems)
    if written is None:
        return None
    if written.plan != plan.id:
        problems.add("other-plan", written.place("plan"), found=written.plan, expected=plan.id)
        return None
    return _Reader(plan, first, problems).costs(written, str(file))


def read_money(text: str, location: Location, problems: Problems) -> Fraction | None:
    """Read an amount of money in yuan, or note what is wrong: no number, no currency, another unit, below zero."""
    try:
        quantity = parse_quantity(text)
    except BadNumber:
        problems.add("costs.bad-money", location, found=text)
        return None
    except UnknownUnit as error:
        problems.add("unknown-unit", location, found=text, nearest=error.nearest)
        return None
    if quantity.unit is None and not quantity.number:  # zero is zero in every currency
        return Fraction(0)
    if quantity.unit is None:
        problems.add("costs.no-currency", location, found=text)
        return None
    if quantity.unit.dimension != _MONEY:
        problems.add("costs.bad-money", location, found=text)
        return None
    amount = quantity.number * quantity.scale * quantity.unit.factor
    if amount < 0:
        problems.add("costs.negative", location, found=text)
        return None
    return amount


class _Reader:
    def __init__(self, plan: Plan, first: int, problems: Problems) -> None:
        self._plan = plan
        self._first = first
        self._problems = problems
        self._flows: dict[tuple[str, str], Fraction | None] = {}
        self._totalled = _find_totalled(plan)

    def costs(self, written: w.Costs, file: str) -> Costs | None:
        shown = self._read_money_unit(written)
        self._flows = self._read_flows(written.flows) if written.flows else {}
        actions: dict[str, Action] = {}
        for item in written.actions:
            if item.id in actions:
                self._problems.add(
                    "duplicate-id", item.place("id"), found=item.id, first=actions[item.id].location.line
                )
            elif action := self._read_action(item):
                actions[item.id] = action
        if not written.actions:
            self._problems.add("costs.no-actions", written.location)
        self._check_links(written, actions)
        weights = written.weights.values if written.weights else {}
        for name in weights:
            if name not in self._plan.commitments:
                location = written.weights.keys[name] if written.weights else written.location
                self._note_unknown("unknown-commitment", location, name, self._plan.commitments)
        return Costs(
            file=file, title=written.title, illustrative=written.illustrative, source=written.source or "", money=shown,
            actions=actions, flows=self._flows, weights=weights, losses=self._read_losses(written),
        )  # fmt: skip

    def _note_unknown(self, code: str, location: Location, found: str, known: Iterable[str]) -> None:
        names = list(known)
        self._problems.add(code, location, found=found, nearest=nearest(found, names), expected=tuple(names[:12]))

    def _read_money_unit(self, written: w.Costs) -> Unit:
        try:
            shown = parse_unit(written.money)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", written.place("money"), found=written.money, nearest=error.nearest)
            return _YUAN
        if shown.dimension != _MONEY:
            self._problems.add("costs.bad-money-unit", written.place("money"), found=written.money)
            return _YUAN
        return shown

    def _read_losses(self, written: w.Costs) -> dict[str, Fraction]:
        known = self._plan.consequences
        losses: dict[str, Fraction] = {}
        for price in written.consequences:
            amount = read_money(price.loses.text, price.loses.location, self._problems)
            if price.consequence not in known:
                self._note_unknown("unknown-consequence", price.place("consequence"), price.consequence, sorted(known))
            elif price.consequence in losses:
                location = price.place("consequence")
                self._problems.add("duplicate-id", location, found=price.consequence, first=written.location.line)
            elif amount is not None:
                losses[price.consequence] = amount
        return losses

    def _read_flows(self, flows: w.Flows) -> dict[tuple[str, str], Fraction | None]:
        found: dict[tuple[str, str], Fraction | None] = {}
        for name, node in flows.values.items():
            kind, dot, rest = name.partition(".")
            places = [(k, m) for (k, m), known in self._plan.measures.items()
                      if known.formula is None and ((k == kind and m == rest) if dot else m == name)]  # fmt: skip
            if not places:
                known = sorted({m for (_, m), one in self._plan.measures.items() if one.formula is None})
                self._note_unknown("unknown-measure", flows.keys[name], name, known)
                continue
            for place in places:
                measure = self._plan.measures[place]
                if measure.steps:
                    self._problems.add("costs.flow-of-steps", flows.keys[name], found=name)
                    continue
                found[place] = self._read_amount(measure, node) if node is not None else None
        return found

    def _read_action(self, item: w.Action) -> Action | None:
        before = len(self._problems.errors)
        kind = self._find_kind(item)
        costs = self._read_prices(item)
        where = self._read_condition(item, kind) if kind else None
        if kind is None:
            return None
        opens = self._read_opening(item.opens) if item.opens else None
        if item.opens and (item.adds or item.sets or item.where):
            self._problems.add("costs.opens-alone", item.location, found=item.id)
        adds = self._read_amounts(item.adds, kind, adding=True)
        sets = self._read_amounts(item.sets, kind, adding=False)
        for name in adds.keys() & sets.keys():
            self._problems.add("costs.adds-and-sets", item.location, found=name)
        wrote = bool((item.adds and item.adds.nodes) or (item.sets and item.sets.nodes))
        if not item.opens and (not wrote or (adds and not sets and not any(adds.values()))):
            self._problems.add("costs.changes-nothing", item.location, found=item.id)
        action = Action(
            id=item.id, title=item.title, location=item.location, kind=kind, subject=item.subject, each=bool(item.each),
            where=where, opens=opens, adds={n: v for n, v in adds.items() if v}, sets=sets,
            steps=costs, lump=self._read_cost(item.lump_sum), running=self._read_cost(item.running_cost),
            excludes=item.excludes, requires=tuple(Prerequisite(r.action, r.at_least) for r in item.requires),
            lead=max(item.lead_time, 0), earliest=max(item.earliest or self._first, self._first),
        )  # fmt: skip
        self._check_times(item, action)
        action = self._limit_times(item, action)
        if len(self._problems.errors) > before:
            self._problems.dropped.add(item.id)  # what refers to it is not a second error
            return None
        return action

    def _find_kind(self, item: w.Action) -> str | None:
        """Return the kind an action acts on, None after noting that it is not determined."""
        kinds, root = self._plan.kinds, self._plan.root.id
        places = [name for name in ("subject", "each", "opens") if getattr(item, name) is not None]
        if len(places) > 1:
            self._problems.add("costs.one-place", item.location, found=item.id)
        if item.where and not item.each:
            self._problems.add("costs.where-without-each", item.place("where"), found=item.id)
        kind = item.each or (item.opens.kind if item.opens else None) or item.of or root
        spot = "each" if item.each else "of"
        if kind not in kinds or (kind == root and (item.each or item.opens)):
            location = item.opens.place("kind") if item.opens else item.place(spot)
            self._note_unknown("unknown-kind", location, kind, [k for k in kinds if k != root])
            return None
        if kind != root and not (item.each or item.opens or item.subject):
            self._problems.add("costs.which-subject", item.location, found=kind)
        return kind

    def _read_condition(self, item: w.Action, kind: str) -> Condition | None:
        if item.where is None:
            return None
        try:
            return compile_condition(item.where, Scope(kind, self._plan.kinds, self._plan.measures))
        except Refused as refused:
            self._problems.extend(refused.problems)
            return None

    def _read_opening(self, opening: w.Opening) -> Opening | None:
        kinds, root = self._plan.kinds, self._plan.root.id
        if opening.kind not in kinds or opening.kind == root:
            return None  # noted already
        parent = kinds[opening.kind].parent
        if parent != root and not opening.in_:
            title = kinds[parent or root].title
            self._problems.add("no-parent", opening.location, found=opening.name, expected=title)
        if not opening.facts or not opening.facts.nodes:
            self._problems.add("costs.opens-nothing", opening.location, found=opening.name)
        values = self._read_amounts(opening.facts, opening.kind, adding=False)
        return Opening(opening.kind, opening.name, opening.in_ if parent != root else None, values)

    def _read_amounts(self, facts: FactMap | None, kind: str, *, adding: bool) -> dict[str, Fraction]:
        """Read figures of a kind; `adding` takes differences, which may be negative."""
        known = names_of(self._plan, kind)
        found: dict[str, Fraction] = {}
        for name, node in (facts.nodes if facts else {}).items():
            location = facts.keys[name] if facts else node.location
            measure = known.get(name)
            if measure is None:
                code = "costs.derived" if name in self._plan.measures_of(kind) else "unknown-measure"
                self._note_unknown(code, location, name, sorted(self._plan.reported(kind)))
                continue
            if measure.id in found:
                self._problems.add("duplicate-fact", location, found=name, first=location)
                continue
            if adding and measure.steps:
                self._problems.add("costs.adds-steps", location, found=name)
                continue
            if adding and (kind, measure.id) not in self._flows and (kind, measure.id) in self._totalled:
                self._problems.add("costs.flow-missing", location, found=measure.id)
                continue
            amount = self._read_amount(_make_difference(measure) if adding else measure, node)
            if amount is not None:
                found[measure.id] = amount
        return found

    def _read_amount(self, measure: Measure, node: Node) -> Fraction | None:
        if node.scalar is None:
            self._problems.add("expected-value-of", node.location, found=describe(node), measure=measure.title)
            return None
        if measure.unit == _POINTS and node.scalar and _is_bare(node.scalar):
            self._problems.add(
                "bare-fact", node.location, found=node.scalar, measure=measure.title, expected=measure.unit.symbol
            )
            return None
        return read_value(node.scalar, measure, node.location, self._problems)

    def _read_cost(self, source: Source | None) -> Fraction:
        return (read_money(source.text, source.location, self._problems) if source else None) or Fraction(0)

    def _read_prices(self, item: w.Action) -> tuple[CostStep, ...]:
        """Return the cost curve of an action: one step without end for a unit cost."""
        if not (item.unit_cost or item.cost_steps or item.lump_sum):
            self._problems.add("costs.no-cost", item.location, found=item.id)
        if item.unit_cost and item.cost_steps:
            self._problems.add("costs.two-prices", item.place("cost_steps"), found=item.id)
        if item.unit_cost:
            return (CostStep(None, self._read_cost(item.unit_cost)),)
        steps: list[CostStep] = []
        before = 0
        for position, step in enumerate(item.cost_steps):
            last = position == len(item.cost_steps) - 1
            if (step.up_to is None) != last or (step.up_to is not None and step.up_to <= before):
                self._problems.add(
                    "costs.bad-steps", step.location, found=step.up_to if step.up_to is not None else "—"
                )
                continue
            steps.append(CostStep(None if step.up_to is None else step.up_to - before, self._read_cost(step.unit_cost)))
            before = step.up_to or before
        return tuple(steps)

    def _check_times(self, item: w.Action, action: Action) -> None:
        if item.lead_time < 0:
            self._problems.add("costs.below-zero", item.place("lead_time"), found=item.lead_time, key="lead_time")
        if item.earliest is not None and item.earliest > self._plan.last:
            details = {"found": item.earliest, "last": self._plan.last}
            self._problems.add("costs.too-late", item.place("earliest"), **details)
        elif action.earliest + action.lead > self._plan.last:
            location = item.place("lead_time") if item.wrote("lead_time") else item.location
            effect = action.earliest + action.lead
            self._problems.add("costs.too-late", location, found=effect, last=self._plan.last)

    def _limit_times(self, item: w.Action, action: Action) -> Action:
        """Return the action with the limits on its number of units; note an action without any limit."""
        given = {name: getattr(item, name) for name in ("at_most", "at_most_a_year", "at_most_each")}
        for name, number in given.items():
            if number is not None and not 1 <= number <= MOST:
                self._problems.add("costs.bad-most", item.place(name), found=number, key=name, limit=MOST)
        most, each = item.at_most, item.at_most_each
        if not action.opens and not item.adds:  # to set a figure once is enough
            each = 1
        elif most is None and each is None:
            self._problems.add("costs.no-most", item.location, found=item.id)
        return replace(action, most=most, most_a_year=item.at_most_a_year, most_each=each)

    def _check_links(self, written: w.Costs, actions: Mapping[str, Action]) -> None:
        """Check the references between actions: unknown names, references to themselves, and circles."""
        ids = {item.id for item in written.actions} | self._problems.dropped
        for item in written.actions:
            for other in item.excludes:
                if other not in ids or other == item.id:
                    self._note_unknown("costs.unknown-action", item.place("excludes"), other, ids - {item.id})
            for need in item.requires:
                if need.action not in ids or need.action == item.id:
                    self._note_unknown("costs.unknown-action", need.place("action"), need.action, ids - {item.id})
                elif need.at_least < 1:
                    self._problems.add("costs.below-zero", need.place("at_least"), found=need.at_least, key="at_least")
                elif need.action in item.excludes or item.id in _check_excludes(written, need.action):
                    self._problems.add("costs.needs-excluded", need.location, found=need.action)
                elif (other_action := actions.get(need.action)) and _is_unreachable(other_action, need.at_least):
                    self._problems.add("costs.needs-too-many", need.location, found=need.at_least, other=need.action)
        for circle in _find_circles(_check_requires(written)):
            place = next(item for item in written.actions if item.id == circle[0])
            self._problems.add("costs.circle", place.place("requires"), found=" → ".join([*circle, circle[0]]))


def _check_excludes(written: w.Costs, name: str) -> tuple[str, ...]:
    return tuple(other for item in written.actions if item.id == name for other in item.excludes)


def _check_requires(written: w.Costs) -> dict[str, list[str]]:
    return {item.id: [need.action for need in item.requires if need.action != item.id] for item in written.actions}


def _is_unreachable(action: Action, at_least: int) -> bool:
    """Whether the limits of an action allow fewer units than required."""
    most = action.most if action.most is not None else None if action.each else action.most_each
    return most is not None and most < at_least


def _find_circles(needs: Mapping[str, list[str]]) -> list[list[str]]:
    """Return each circle of prerequisites once, starting with its first member."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        stack = [(start, iter(needs[start]))]
        path.append(start)
        while stack:
            name, others = stack[-1]
            following = next((o for o in others if o in needs and o not in done), None)
            if following is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif following in path:
                if path[path.index(following) :] not in found:
                    found.append(path[path.index(following) :])
            else:
                stack.append((following, iter(needs[following])))
                path.append(following)
    return found


def _is_bare(text: str) -> bool:
    try:
        quantity = parse_quantity(text)
    except (BadNumber, UnknownUnit):
        return False
    return quantity.unit is None and quantity.number != 0


def _make_difference(measure: Measure) -> Measure:
    """Return a measure for differences of another: the same without a range, percentages in points."""
    unbound = replace(measure, low=None, high=None)
    return replace(unbound, unit=_POINTS) if measure.unit.symbol == PERCENT.symbol else unbound


def _find_totalled(plan: Plan) -> set[tuple[str, str]]:
    """Return the measures (kind, id) that a commitment adds up over the years: those are counted anew every year."""
    found = (leaf for c in plan.commitments.values() for leaf in leaves(*c.forms()))
    return {(leaf.kind, leaf.measure) for leaf in found if leaf.time == "total"}
