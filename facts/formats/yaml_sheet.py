"""Reads one fact sheet written in YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterable

from dabiao.base.files import File
from dabiao.base.nodes import Node, find_scalar, read_yaml
from dabiao.base.problems import Location, Problems, nearest
from dabiao.facts import written as w
from dabiao.facts.cells import Percentages, SmallPercentages, note_wrapped, read_value, unwrap
from dabiao.facts.model import Fact, Sheet
from dabiao.facts.plain_numbers import PlainNumbers
from dabiao.facts.rows import Row, rows_by_kind
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Measure, Plan
from dabiao.rules.shape import STAND_IN, describe, read
from dabiao.rules.sorts import read_document


def find_plan_name(file: File) -> tuple[str, Location] | None:
    """Return the plan that a sheet names, with its place. Raises `Refused` for a file that cannot be parsed so far."""
    node = find_scalar(file, "plan")
    return None if node is None or node.scalar is None else (node.scalar, node.location)


def read_sheet(file: File, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read a sheet; returns None after noting that it cannot be used at all."""
    plan = vocabulary.plan
    written = read_document("sheet", w.Sheet, read_yaml(file, problems), problems)
    if written is None:
        return None
    if written.plan not in (plan.id, STAND_IN):
        problems.add("other-plan", written.place("plan"), found=written.plan, expected=plan.id)
        return None
    if not plan.history <= written.year <= plan.last:
        problems.add("year-outside", written.place("year"), found=written.year, first=plan.history, last=plan.last)
        return None
    percentages = written.percentages or plan.percentages
    reader = FactReader(vocabulary, percentages, problems)
    own = reader.facts(plan.root.id, written.facts)
    rows = [Row(plan.root.id, written.subject, None, written.place("subject"), own, written.nothing or "")]
    rows += [row for item in written.subjects if (row := reader.row(item))]
    reader.small.finish()
    sizes = written.registers.sizes if written.registers else {}
    check_kinds(((kind, written.registers.keys[kind]) for kind in sizes if written.registers), plan, problems)
    return Sheet(
        str(file), written.subject, written.year, written.location, rows_by_kind(rows), registers=sizes,
        source=written.source or "", synthetic=written.synthetic, percentages=percentages, submitted=written.submitted,
        register_remarks=written.registers.remarks if written.registers else {},
    )  # fmt: skip


def check_kinds(named: Iterable[tuple[str, Location]], plan: Plan, problems: Problems) -> None:
    """Note names of kinds of subjects that the plan does not have."""
    for kind, place in named:
        if kind not in plan.kinds:
            problems.add(
                "unknown-kind", place, found=kind, nearest=nearest(kind, plan.kinds), expected=tuple(plan.kinds)
            )


class FactReader:
    """Reads the facts of one sheet with the measures and units of its plan."""

    def __init__(self, vocabulary: Vocabulary, percentages: Percentages | None, problems: Problems) -> None:
        self._vocabulary, self._plan = vocabulary, vocabulary.plan
        self._percentages, self._problems = percentages, problems
        self.small = SmallPercentages(problems)

    def row(self, item: w.SubjectFacts) -> Row | None:
        """Read the facts of one subject; None after noting that its kind or its parent is unknown."""
        kinds = self._plan.kinds
        if item.kind == STAND_IN:
            return None
        kind = kinds.get(item.kind)
        if kind is None or kind.parent is None:
            below = [k.id for k in kinds.values() if k.parent]
            self._problems.add(
                "unknown-kind", item.place("kind"), found=item.kind,
                nearest=nearest(item.kind, below), expected=tuple(below),
            )  # fmt: skip
            return None
        if kind.parent != self._plan.root.id and not item.in_:
            self._problems.add("no-parent", item.location, found=item.name, expected=kinds[kind.parent].title)
            return None
        parent = unwrap(item.in_) if item.in_ and kind.parent != self._plan.root.id else None
        name = note_wrapped(item.name, item.location, self._problems)
        return Row(item.kind, name, parent, item.location, self.facts(item.kind, item.facts), item.nothing or "")

    def facts(self, kind: str, written: w.FactMap | None) -> dict[str, Fact]:
        """Read facts of a kind by measure id, noting everything wrong with them."""
        facts: dict[str, Fact] = {}
        if written is None:
            return facts
        measures, numbers = self._vocabulary.measures(kind), self._vocabulary.numbers(kind, self._percentages)
        for name, node in written.nodes.items():
            measure = measures.get(name)
            if measure is None:
                self._note_unknown(kind, name, written.keys[name])
            elif measure.id in facts:
                self._problems.add("duplicate-fact", written.keys[name], found=name, first=facts[measure.id].location)
            elif fact := self._read_fact(measure, numbers[name], node):
                facts[measure.id] = fact
        return facts

    def _note_unknown(self, kind: str, name: str, location: Location) -> None:
        derived = self._plan.measures_of(kind).get(name)
        if derived:
            self._problems.add("derived-fact", location, found=name)
            return
        known = self._vocabulary.measures(kind)
        ids = tuple(sorted(self._plan.reported(kind))[:12])
        self._problems.add("unknown-measure", location, found=name, nearest=nearest(name, known), expected=ids)

    def _read_fact(self, measure: Measure, numbers: PlainNumbers, node: Node) -> Fact | None:
        text = node.value
        if type(text) is str and (value := numbers.value(text)) is not None:
            if measure.unit.is_percentage:
                self.small.look(text, value, measure, node.location)
            return Fact(value, node.location, text)
        if node.mapping is None:
            return self._read_scalar(measure, numbers, node)
        entry = read(w.Entry, node, self._problems)
        if entry is None:
            return None
        if (entry.value is None) == (entry.absent is None):
            self._problems.add("value-or-absent", node.location, found=measure.id)
            return None
        if entry.absent:
            return Fact(
                None, entry.place("absent"), entry.absent, entry.absent, entry.note or "", "", entry.evidence or ""
            )
        return self._read_scalar(measure, numbers, node.mapping["value"], entry)

    def _read_scalar(
        self, measure: Measure, numbers: PlainNumbers, node: Node, entry: w.Entry | None = None
    ) -> Fact | None:
        text = node.scalar
        if text is None:
            self._problems.add("expected-value-of", node.location, found=describe(node), measure=measure.title)
            return None
        value = numbers.value(text)
        if value is None:
            value = read_value(text, measure, node.location, self._problems, self._percentages)
        if value is None:
            return None
        self.small.look(text, value, measure, node.location)
        said = (entry.note or "", entry.confirmed or "", entry.evidence or "") if entry else ("", "", "")
        return Fact(value, node.location, text, None, *said)
