"""The cheapest programme costs what trying everything costs: every combination is written as sheets and judged by the engine."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

from dabiao import check, read_facts
from dabiao.base.files import Upload
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Budget, Limits
from dabiao.budget.run import plan_budget
from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure, sheet_text
from hypothesis import given, settings
from hypothesis import strategies as st

YEARS = (2024, 2025)
MEASURES = (
    measure("care", "unit: 张, baseline: 20 张") + measure("people", "unit: 人") + measure("trained", "unit: 名") + measure("law", "ladder: deliverable")
    + measure("beds", of="home") + measure("nursing", of="home") + measure("open_house", "yes_no: true", of="home")
)  # fmt: skip
FORMS = {
    "threshold": "measure: care\nat_least: {n} 张\ndue: 2025",
    "strict": "measure: care\nmore_than: {n} 张\ndue: 2025",
    "between": "measure: care\nbetween: [{n} 张, {n2} 张]\ndue: 2025",
    "staged": "measure: care\nstaged: [{{year: 2024, at_least: {n} 张}}, {{year: 2025, at_least: {n2} 张}}]",
    "yearly": "measure: trained\nat_least: {k} 名\ndue: every_year",
    "two-years": "measure: trained + last(trained)\nat_least: {k} 名\ndue: 2025",
    "ratio": "measure: care / people\nat_least: 0.{n} 张/人\ndue: 2025",
    "grown": "measure: care - last(care)\nat_least: {k} 张\ndue: 2025",
    "count": "measure: count(home where beds >= {n} 张)\nat_least: {few} 个\ndue: 2025",
    "both": "measure: count(home where beds >= 30 张 and nursing / beds >= 50 %)\nat_least: {few} 个\ndue: 2025",
    "share": "measure: share(nursing / beds >= {n} % of home)\nat_least: {n2} %\ndue: 2025",
    "strict-share": "measure: share(open_house of home)\nmore_than: 50 %\ndue: 2025",
    "pooled": "measure: sum(nursing of home) / sum(beds of home)\nat_least: {n} %\ndue: 2025\nunit: '%'",
    "average": "measure: average(nursing of home where open_house)\nat_least: {k} 张\ndue: 2025",
    "each": "each: home\nmeasure: nursing / beds\nat_least: {n} %\ndue: throughout\nunit: '%'",
    "each-where": "each: home\nwhere: beds >= 30 张\nmeasure: nursing\nat_least: {k} 张\ndue: 2025",
    "holds": "holds: law >= issued or care > {n} 张\ndue: 2025",
    "either": "holds: (care >= {n} 张 or law >= issued) and not care > 60 张\ndue: every_year",
    "most": "measure: sum(beds of home) + care\nat_most: {n2} 张\ndue: throughout",
    "less": "measure: trained\nless_than: {k} 名\ndue: every_year",
    "exactly": "measure: care\nexactly: {n} 张\ndue: 2025",
    "no-decrease": "measure: trained\ndirection: no_decrease\nagainst: last_year\ndue: every_year",
    "maintain": "measure: care\ndirection: maintain\nagainst: last_year\ndue: every_year",
    "total": "measure: total(trained)\nat_most: {n} 名\ndue: 2025",
    "change": "measure: change(care)\nat_least: {k} 张\ndue: 2025",
    "after": "measure: care\nat_least: {n2} 张\ndue: {{after: law >= issued}}",
    "after-itself": "measure: care\nat_least: {n2} 张\ndue: {{after: care >= {n} 张}}",
    "after-count": "measure: care / people\nat_most: 0.{n} 张/人\ndue: {{after: count(home where beds >= {n} 张) >= {few} 个}}",
    "after-each": "each: home\nmeasure: nursing\nat_least: {k} 张\ndue: {{after: open_house}}",
    "after-holds": "holds: care > {n} 张\ndue: {{after: trained >= {k} 名 and law < issued}}",
}
BEARING = {
    "care": ["threshold", "strict", "between", "staged", "ratio", "grown", "after", "either", "exactly", "change", "most",
             "maintain", "after-itself", "after-count", "after-holds"],
    "train": ["yearly", "two-years", "less", "total", "no-decrease", "after-holds"],
    "law": ["holds", "after", "either", "after-holds"],
    "home": ["count", "both", "share", "strict-share", "pooled", "average", "most", "after-count", "after-each"],
    "nursing": ["both", "share", "pooled", "average", "each", "each-where", "after-each"],
    "open": ["strict-share", "average", "after-each"],
}  # fmt: skip
LAWS = ("", "drafted", "issued")  # what the sheets of 2021 and 2022 say of the law; "": there are none
NATURES = ("binding", "anticipatory", "unstated")

Begun = dict[str, dict[tuple[int, int], int]]  # units by action, site and year
Place = tuple[str, int, str]  # a finding: commitment, year, subject


@dataclass(frozen=True)
class Act:
    """An action of a trial: how it is written, where it can be taken, how often, when, and what it costs."""

    name: str
    text: str
    sites: tuple[int, ...] = (0,)
    most: int = 1
    lead: int = 0
    unit: int = 0
    lump: int = 0
    running: int = 0
    further: int | None = None  # what each unit after the first costs

    def cost(self, begun: Mapping[tuple[int, int], int]) -> dict[int, Fraction]:
        """Return what it costs by year, for units begun by site and year."""
        costs = dict.fromkeys(YEARS, Fraction(0))
        before = 0
        for year in YEARS:
            units = sum(n for (_, y), n in begun.items() if y == year)
            for number in range(before, before + units):
                costs[year] += self.unit if number == 0 or self.further is None else self.further
            if units and not before:
                costs[year] += self.lump
            before += units
            costs[year] += self.running * sum(n for (_, y), n in begun.items() if y + self.lead <= year)
        return costs

    def choices(self) -> Iterator[dict[tuple[int, int], int]]:
        """Iterate over everything that can be begun."""
        places = [(site, year) for site in self.sites for year in YEARS if year + self.lead <= 2025]
        for units in product(range(self.most + 1), repeat=len(places)):
            begun = {place: n for place, n in zip(places, units, strict=True) if n}
            if all(sum(n for (s, _), n in begun.items() if s == site) <= self.most for site in self.sites):
                yield begun


@dataclass(frozen=True)
class Trial:
    """A plan with a sheet, and actions to choose from."""

    care: int
    trained: int
    people: int
    homes: tuple[tuple[int | None, int, bool], ...]  # beds (None: not reported), nursing beds, open house
    forms: tuple[tuple[str, int, int, int, str], ...]
    acts: tuple[Act, ...]
    limit: int | None = None
    excluded: bool = False
    first_needed: bool = False
    opened: tuple[int, int] = (40, 30)
    steps: tuple[int, int, int] = (10, 5, 4)
    past: str = ""  # one of `LAWS`

    def plan(self) -> Plan:
        """Return the plan."""
        text = ""
        for place, (form, n, k, few, nature) in enumerate(self.forms):
            body = FORMS[form].format(n=n, n2=min(n + 20, 100), k=k, few=few)
            text += commitment(f"c{place}", f"{body}\nnature: {nature}")
        return make_plan(MEASURES, text)

    def sheet(self, year: int, begun: Begun, name: str = "某区") -> str:
        """Write the sheet of a district for a year, with what has been begun in effect."""
        acts = {act.name: act for act in self.acts}

        def units(name: str, site: int = 0, *, only: bool = False) -> int:
            if name not in acts:
                return 0
            found = begun.get(name, {}).items()
            effects = [(y + acts[name].lead, n) for (s, y), n in found if s == site]
            return sum(n for y, n in effects if (y == year if only else y <= year))

        more, nursing, flow = self.steps
        facts = {
            "care": f"{self.care + more * units('care')} 张",
            "people": f"{self.people} 人",
            "trained": f"{self.trained + flow * units('train', only=True)} 名",
            "law": "issued" if units("law") else "drafted",
        }
        rows = []
        for place, (beds, own, is_open) in enumerate(self.homes):
            open_house = "yes" if is_open or units("open", place) else "no"
            now = own + nursing * units("nursing", place)
            known = "" if beds is None else f"beds: {beds} 张, "
            rows.append(
                f"- {{kind: home, name: 院{place}, facts: {{{known}nursing: {now} 张, open_house: {open_house}}}}}"
            )
        for number in range(1, units("home") + 1):
            beds, own = self.opened
            rows.append(
                f"- {{kind: home, name: 新院{number}, facts: {{beds: {beds} 张, nursing: {own} 张, open_house: yes}}}}"
            )
        text = "".join(f"{fact}: {value}\n" for fact, value in facts.items())
        return sheet_text(text, "\n".join(rows), year, "home: complete", name)

    def reported(self, name: str = "某区") -> list[str]:
        """Write the sheets that there are before anything is done: that of 2023, and those of the years before if there are any."""
        now = self.sheet(2023, {}, name)
        before = self.past and [
            now.replace("year: 2023", f"year: {year}").replace("law: drafted", f"law: {self.past}")
            for year in (2021, 2022)
        ]
        return [*before, now]

    def costs(self) -> str:
        """Write the costs file."""
        lines = ["plan: demo", "money: 元", "flows: [trained]", "actions:"]
        for place, act in enumerate(self.acts):
            lines.append(f"  - id: {act.name}\n    title: {{zh: 措施, en: Action}}\n    {act.text}")
            if act.further is None:
                lines.append(f"    unit_cost: {act.unit} 元")
            else:
                lines.append(
                    f"    cost_steps: [{{up_to: 1, unit_cost: {act.unit} 元}}, {{unit_cost: {act.further} 元}}]"
                )
            lines.append(f"    lump_sum: {act.lump} 元\n    running_cost: {act.running} 元\n    lead_time: {act.lead}")
            lines.append(f"    at_most_each: {act.most}")
            if place == 1 and self.excluded:
                lines.append(f"    excludes: [{self.acts[0].name}]")
            if place == 1 and self.first_needed and not self.excluded:
                lines.append(f"    requires: [{{action: {self.acts[0].name}}}]")
        return "\n".join(lines) + "\n"

    def allowed(self, begun: Begun) -> bool:
        """Whether a choice keeps to what the actions say of one another, and to the limit."""
        if len(self.acts) > 1:
            first, second = self.acts[:2]
            one, other = begun.get(first.name, {}), begun.get(second.name, {})
            apart = {first.name, second.name} == {"nursing", "open"}  # home by home
            for (site, _), (other_site, _) in product(one, other):
                if self.excluded and (not apart or site == other_site):
                    return False
            for site, year in other if self.first_needed and not self.excluded else ():
                if not any(y + first.lead <= year for s, y in one if not apart or s == site):
                    return False
        return self.limit is None or self.cost(begun) <= self.limit

    def cost(self, begun: Begun) -> Fraction:
        """Return what a choice costs."""
        return sum((sum(act.cost(begun.get(act.name, {})).values()) for act in self.acts), Fraction(0))


@st.composite
def trials(draw: st.DrawFn, limited: bool = False) -> Trial:
    """Draw a small trial: two or three actions, two years, one to three commitments."""
    homes = draw(
        st.lists(
            st.tuples(st.sampled_from([0, 20, 30, 50, None]), st.integers(0, 25), st.booleans()), min_size=0, max_size=2
        )
    )
    sites = tuple(range(len(homes)))
    price = st.integers(0, 9)
    kinds = {
        "care": Act("care", "adds: {care: 10 张}", (0,), draw(st.integers(2, 3))),
        "train": Act("train", "adds: {trained: 4 名}", (0,), draw(st.integers(1, 2))),
        "law": Act("law", "sets: {law: issued}"),
        "home": Act(
            "home", "opens: {kind: home, name: 新院, facts: {beds: 40 张, nursing: 30 张, open_house: yes}}", (0,), 1
        ),
    }
    if homes:
        kinds["nursing"] = Act("nursing", "each: home\n    adds: {nursing: 5 张}", sites, 1)
        if not all(is_open for _, _, is_open in homes):
            closed = tuple(place for place in sites if not homes[place][2])
            kinds["open"] = Act("open", "each: home\n    where: not open_house\n    sets: {open_house: yes}", closed)
    names = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=2, unique=True))
    acts = []
    for name in names:
        base = kinds[name]
        further = draw(st.none() | price) if base.most > 1 else None
        acts.append(Act(name, base.text, base.sites, base.most, draw(st.integers(0, 1)), draw(price),
                        draw(st.sampled_from([0, 0, 5])), draw(st.sampled_from([0, 0, 2])), further))  # fmt: skip
    bearing = [form for name in names for form in BEARING[name]]  # most commitments are ones that the actions bear on
    form = st.tuples(
        st.sampled_from([*bearing * 3, *sorted(FORMS)]), st.sampled_from([20, 30, 40, 50, 60]), st.integers(3, 25),
        st.integers(1, 2), st.sampled_from(NATURES),
    )  # fmt: skip
    forms = draw(st.lists(form, min_size=1, max_size=3))
    two = len(acts) > 1
    return Trial(
        care=draw(st.sampled_from([0, 10, 25, 40])), trained=draw(st.integers(0, 12)),
        people=draw(st.sampled_from([50, 100])), homes=tuple(homes), forms=tuple(forms), acts=tuple(acts),
        limit=draw(st.integers(1, 25)) if limited else None, past=draw(st.sampled_from(LAWS)),
        excluded=two and draw(st.booleans()), first_needed=two and draw(st.booleans()),
    )  # fmt: skip


def everything(trial: Trial) -> Iterator[Begun]:
    """Iterate over every combination of what can be begun."""
    for choice in product(*(list(act.choices()) for act in trial.acts)):
        begun = {act.name: chosen for act, chosen in zip(trial.acts, choice, strict=True) if chosen}
        if trial.allowed(begun):
            yield begun


def judge_everything(trial: Trial) -> tuple[Plan, list[tuple[Begun, set[Place]]]]:
    """Return every allowed combination with the findings that it leaves broken. Each is judged as a district of one run."""
    plan = trial.plan()
    choices = [{}, *everything(trial)]
    sheets = []
    for number, begun in enumerate(choices):
        sheets += trial.reported(f"区{number}") + [trial.sheet(year, begun, f"区{number}") for year in YEARS]
    facts = read_facts([Upload(f"{at}.facts.yaml", text.encode()) for at, text in enumerate(sheets)], plan)
    found: list[dict[Place, str]] = [{} for _ in choices]
    for year in YEARS:
        table = check(plan, facts, year=year).table.select("root", "commitment", "subject", "verdict")
        for root, name, subject, verdict in table.iter_rows():
            found[int(root.removeprefix("区"))][name, year, "" if subject == root else subject] = verdict
    before = found[0]
    broken = [{place for place, after in verdicts.items() if is_broken(before.get(place), after)} for verdicts in found]
    return plan, list(zip(choices[1:], broken[1:], strict=True))


def is_broken(before: str | None, after: str | None) -> bool:
    """Whether a finding falls short: for sure, or perhaps if it could be decided before anything was done."""
    return after == "shortfall" or (after == "undetermined" and before not in (None, "undetermined"))


def solve(trial: Trial, plan: Plan, folder: Path) -> Budget:
    """Let the program answer."""
    costs = folder / "demo.costs.yaml"
    sheets = []
    for number, text in enumerate(trial.reported()):
        sheets.append(folder / f"sheet{number}.facts.yaml")
        sheets[-1].write_text(text, encoding="utf-8")
    costs.write_text(trial.costs(), encoding="utf-8")
    limits = Limits(None if trial.limit is None else Fraction(trial.limit))
    return plan_budget(
        plan, read_facts(sheets, plan), BudgetRequest(plan="demo", sheets=tuple(sheets), costs=costs, limits=limits)
    )


def score(plan: Plan, broken: Iterable[str], cost: Fraction) -> tuple[object, ...]:
    """Return what is to be as small as can be: broken findings of binding commitments, then others, then the cost."""
    short = Counter(plan.commitments[name].nature for name in broken)
    return (*(short[nature] for nature in NATURES), cost)


def compare(trial: Trial) -> None:
    """Compare the program's answer with the best of all combinations."""
    plan, seen = judge_everything(trial)
    best = min(score(plan, (name for name, _, _ in broken), trial.cost(begun)) for begun, broken in seen)
    with tempfile.TemporaryDirectory() as folder:
        found = solve(trial, plan, Path(folder))
    broken = [c.commitment.id for c in found.changes if is_broken(c.before, c.after)]

    assert () == found.unsupported
    assert best == score(plan, broken, found.total), trial
    assert found.status in ("optimal", "nothing_to_do")


@settings(max_examples=40)
@given(trials())
def test_no_combination_is_better_than_the_answer(trial: Trial) -> None:
    """The answer falls short as rarely and costs as little as the best of all combinations."""
    compare(trial)


@settings(max_examples=20)
@given(trials(limited=True))
def test_no_combination_within_the_limit_is_better_than_the_answer(trial: Trial) -> None:
    """Within a limit the answer keeps binding commitments first, then the others, then spends as little as can be."""
    compare(trial)


def cheapest(trial: Trial) -> tuple[Plan, dict[frozenset[str], Fraction]]:
    """Return the least cost of every set of commitments that can be kept together, by trying everything."""
    plan, seen = judge_everything(trial)
    found: dict[frozenset[str], Fraction] = {}
    for begun, broken in seen:
        kept = sorted(plan.commitments.keys() - {name for name, _, _ in broken})
        for chosen in product((False, True), repeat=len(kept)):
            names = frozenset(name for name, wanted in zip(kept, chosen, strict=True) if wanted)
            found[names] = min(found.get(names, trial.cost(begun)), trial.cost(begun))
    return plan, found


@settings(max_examples=25)
@given(trials())
def test_prices_are_those_of_trying_everything(trial: Trial) -> None:
    """What is saved without commitments, and what each costs by itself, is what trying every combination gives.

    A price of nothing is that of a commitment that costs nothing by itself; of linked ones, none can be spared alone.
    """
    plan, costs = cheapest(trial)
    with tempfile.TemporaryDirectory() as name:
        found = solve(trial, plan, Path(name))
        if found.short:
            return  # what is kept then is a choice of the programme
        every = frozenset(plan.commitments)
        assert 0 == found.unpriced
        for price in found.prices:
            names = [one.commitment.id for one in price.members]
            assert costs[every] - costs[every - set(names)] == price.without, (trial, names)
            assert [costs[frozenset([name])] for name in names] == [one.alone for one in price.members]
            assert price.without > 0 or [0] == [one.alone for one in price.members]
            if len(names) == 2:
                assert 0 in [costs[every] - costs[every - {name}] for name in names]
        listed = [one.commitment.id for price in found.prices for one in price.members]
        assert len(listed) == len(set(listed))
