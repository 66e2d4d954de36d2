"""How a report is written, and what other districts report, changes nothing."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import yaml
from dabiao import check, read_facts
from dabiao.engine.results import Result
from dabiao.reports.json import finding_json
from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure, sheet_text, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import YEARLY, checked, csv_folder, text_of

# ---------------------------------------------------------------- (d) how a sheet is written changes nothing

WRITTEN_PLAN = (
    measure("people", "unit: 万人") + measure("land", "unit: 亩") + measure("coverage", 'unit: "%"')
    + measure("rehab", "yes_no: true", "town") + measure("pleased", 'unit: "%"', "town")
    + measure("beds", "unit: 张", "home") + measure("grant", "unit: 万元", "home") + measure("stars", "ladder: rating", "home")
    + measure("visits", "unit: 人次", "centre"),
    "".join(
        commitment(f"w{i}", f"{body}\n{YEARLY}") for i, body in enumerate([
            "measure: people\nat_least: 0.3 万人", "measure: land\nat_most: 3 亩", "measure: coverage\nat_least: 47.6 %",
            "measure: share(rehab of town)\nat_least: 60 %", "each: town\nmeasure: pleased\nat_least: 28.7 %",
            "each: town\nmeasure: sum(visits of centre)\nat_least: 5 人次", "each: town\nmeasure: count(centre)\nat_least: 1 个",
            "measure: count(home where stars >= three and beds >= 50)\nat_least: 1 个", "each: home\nmeasure: grant\nat_most: 1.1 万元",
            "measure: sum(beds of home) / people\nat_least: 100 张/万人", "each: home\nwhere: stars < two\nmeasure: beds\nat_most: 30 张",
        ])
    ),
    """
    consequences:
      - {id: warned, title: {zh: 警示, en: Warned}, level: alert, when: [{commitment: w4}]}
      - {id: failed, title: {zh: 不合格, en: Failed}, level: status, for: district, when: [{consequence: warned}]}
    """,
)  # fmt: skip
UNITS = {  # (unit in a cell, how many base units it is) for each measure that has a choice
    "people": [("人", 1), ("万人", 10_000), ("千人", 1_000)], "grant": [("元", 1), ("万元", 10_000), ("千元", 1_000)],
    "land": [("平方米", 1), ("亩", Fraction(2000, 3)), ("公顷", 10_000)], "coverage": [("%", Fraction(1, 100)), ("‰", Fraction(1, 1000))],
    "pleased": [("%", Fraction(1, 100)), ("‰", Fraction(1, 1000))], "beds": [("张", 1)], "visits": [("人次", 1)],
}  # fmt: skip
KINDS = {"town": ("rehab", "pleased"), "home": ("beds", "grant", "stars"), "centre": ("visits",)}
BASE: dict[str, st.SearchStrategy[Fraction | str]] = {
    "people": st.integers(28, 32).map(lambda n: Fraction(n * 100)), "land": st.integers(1, 3).map(lambda n: Fraction(n * 1000)),
    "coverage": st.integers(470, 480).map(lambda n: Fraction(n, 1000)), "pleased": st.integers(280, 290).map(lambda n: Fraction(n, 1000)),
    "beds": st.integers(20, 120).map(Fraction), "grant": st.integers(9, 12).map(lambda n: Fraction(n * 1000)),
    "visits": st.integers(0, 9).map(Fraction), "rehab": st.sampled_from(["yes", "no"]), "stars": st.sampled_from(["one", "three", "四星"]),
}  # fmt: skip


@cache
def written_plan() -> Plan:
    """Return a plan with every sort of measure."""
    return make_plan(*WRITTEN_PLAN)


Item = tuple[str, str, str | None, dict[str, Fraction | str | None]]


@st.composite
def reports(draw: st.DrawFn) -> list[Item]:
    """Draw what is reported: (kind, name, parent, facts), the district first; None is a fact said to be late."""

    def facts(names: Iterable[str]) -> dict[str, Fraction | str | None]:
        drawn = {name: draw(st.one_of(BASE[name], BASE[name], st.none(), st.just("—"))) for name in names}
        return {name: value for name, value in drawn.items() if value != "—"}

    items: list[Item] = [("district", "某区", None, facts(("people", "land", "coverage")))]
    towns = draw(st.integers(1, 3))
    items += [("town", f"镇{i}", None, facts(KINDS["town"])) for i in range(towns)]
    items += [("home", f"院{i}", None, facts(KINDS["home"])) for i in range(draw(st.integers(1, 3)))]
    items += [
        ("centre", f"站{i}", f"镇{draw(st.integers(0, towns - 1))}", facts(KINDS["centre"]))
        for i in range(draw(st.integers(1, 3)))
    ]
    return items


def cell(name: str, value: Fraction | str | None, pick: random.Random | None) -> str | None:
    """Write one value in some unit that is exact; None if it is late."""
    if value is None or isinstance(value, str):
        return value
    choices = [(unit, value / factor) for unit, factor in UNITS[name]]
    ended = [(unit, number) for unit, number in choices if Fraction(str(float(number))) == number]
    unit, number = pick.choice(ended) if pick else ended[0]
    return f"{text_of(number)} {unit}"


def as_data(items: list[Item], pick: random.Random | None) -> dict[str, object]:
    """Return a sheet as plain data, with the district's facts where the district is among the items."""
    subjects, sheet = [], {"plan": "demo", "subject": "某区", "year": 2025}
    sheet["registers"] = {"home": 4, "centre": "complete"}
    for kind, name, parent, facts in items:
        written = {n: {"absent": "late"} if v is None else cell(n, v, pick) for n, v in facts.items()}
        if pick:
            written = dict(pick.sample(list(written.items()), len(written)))
        if kind == "district":
            sheet["facts"] = written
        else:
            subjects.append({"kind": kind, "name": name, **({"in": parent} if parent else {}), "facts": written})
    sheet["subjects"] = subjects
    return {key: value for key, value in sheet.items() if value not in ({}, [])}


def as_csv(folder: Path, items: list[Item], pick: random.Random) -> Path:
    """Write the items as a CSV folder: units in cells, and absent facts as words."""
    tables: dict[str, list[dict[str, str]]] = {}
    for kind, name, parent, facts in items[1:]:
        written = {n: "缺:迟报" if v is None else cell(n, v, pick) or "" for n, v in facts.items()}
        tables.setdefault(kind, []).append({"name": name, **({"in": parent} if parent else {}), **written})
    return csv_folder(folder, json.dumps(as_data(items[:1], pick), ensure_ascii=False), tables)


def essence(result: Result) -> tuple[list[str], list[str]]:
    """Return findings and consequences as texts, without the places and the wording of facts, in a fixed order."""
    findings = []
    for finding in result.findings():
        plain = finding_json(finding, "zh", result.plan)
        del plain["at"]
        plain["sentence"] = plain["sentence"].partition("没有报的数不论是多少，结论都一样")[
            0
        ]  # what is missing is named as the sheet has it
        for fact in plain["facts"]:
            del fact["place"], fact["at"], fact["raw"]
        for population in plain["populations"]:
            population["names"].sort()
            population["unsure"].sort()
        plain["facts"].sort(key=repr)
        findings.append(json.dumps(plain, ensure_ascii=False))
    return sorted(findings), sorted(
        repr((f.rule, f.subject, f.kind, f.year, f.root, sorted(f.because))) for f in result.followed
    )


def read_written(folder: Path, *sheets: dict[str, object], suffix: str = "yaml") -> tuple[list[str], list[str]]:
    """Write sheets (YAML is a superset of JSON; block style for .yaml), read and judge them."""
    paths = []
    for sheet in sheets:
        path = folder / f"{len(list(folder.iterdir()))}.facts.{suffix}"
        text = (
            json.dumps(sheet, ensure_ascii=False, indent=1)
            if suffix == "json"
            else yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False)
        )
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return essence(check(written_plan(), read_facts(paths, written_plan())))


@settings(max_examples=25)
@given(items=reports(), seed=st.integers(0, 10**6))
def test_units_order_splitting_and_format_change_nothing(items: list[Item], seed: int) -> None:
    """The same report in other units, another order, two sheets, JSON or CSV gives the same findings."""
    pick = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plain = read_written(folder, as_data(items, None))
        assert plain == read_written(folder, as_data(items, pick)), "units"
        mixed = [items[0], *pick.sample(items[1:], len(items) - 1)]
        assert plain == read_written(folder, as_data(mixed, pick)), "rows"
        cut = pick.randint(1, len(items) - 1)
        halves = [as_data(mixed[:cut], pick), as_data(mixed[cut:], pick)]
        assert plain == read_written(folder, *halves), "two sheets"
        assert plain == read_written(folder, *halves[::-1]), "order of sheets"
        assert plain == read_written(folder, as_data(items, pick), suffix="json"), "JSON"
        csv_sheet = as_csv(folder / "csv", mixed, pick)
        assert plain == essence(check(written_plan(), read_facts(csv_sheet, written_plan()))), "CSV"


@settings(max_examples=40)
@given(percent=st.decimals(0, 100, places=3))
def test_percentages_may_be_bare_fractions_if_the_sheet_says_so(percent: Decimal) -> None:
    """47.6 % is 47.6 where the sheet says percent and 0.476 where it says fraction, in YAML and in CSV."""
    plan = make_plan(
        measure("coverage", 'unit: "%"') + measure("pleased", 'unit: "%"', "home"),
        commitment("a", f"measure: coverage\nexactly: {percent} %\n{YEARLY}")
        + commitment("b", f"each: home\nmeasure: pleased\nexactly: {percent} %\n{YEARLY}"),
    )
    with tempfile.TemporaryDirectory() as temporary:
        for key, bare in (("percent", percent), ("fraction", percent / 100)):
            head = f"percentages: {key}\n" + sheet_text(f"coverage: {bare:f}", registers="home: complete")
            sheet = head + f"subjects:\n  - {{kind: home, name: 甲院, facts: {{pleased: {bare:f}}}}}\n"
            assert {("a", "某区"): "met", ("b", "甲院"): "met"} == verdicts(checked(plan, sheet))
            folder = csv_folder(Path(temporary) / key, head, {"home": [{"name": "甲院", "pleased": f"{bare:f}"}]})
            assert {("a", "某区"): "met", ("b", "甲院"): "met"} == verdicts(check(plan, read_facts(folder, plan)))


# ---------------------------------------------------------------- (e) other sheets change nothing


def of_root(result: Result, root: str) -> tuple[list[str], list[str]]:
    """Return what was found about one district among many."""
    rows = (result.table["root"] == root).arg_true().to_list()
    texts = []
    for row in rows:
        plain = finding_json(result.explain(row), "zh", result.plan)
        del plain["at"]
        for fact in plain["facts"]:
            del fact["place"], fact["at"]
        texts.append(json.dumps(plain, ensure_ascii=False))
    return sorted(texts), sorted(repr((f.rule, f.subject, f.because)) for f in result.followed if f.root == root)


def among(items: list[Item], others: list[list[Item]]) -> None:
    """Check that a district is judged alike by itself and among others, whose towns and homes have the same names."""
    plan = written_plan()
    with tempfile.TemporaryDirectory() as temporary:
        paths = []
        for number, each in enumerate([items, *others]):
            sheet = as_data(each, None) | {"subject": "某区" if not number else f"区{number}"}
            paths.append(Path(temporary) / f"{number}.facts.yaml")
            paths[-1].write_text(json.dumps(sheet, ensure_ascii=False), encoding="utf-8")
        alone = of_root(check(plan, read_facts(paths[0], plan)), "某区")
        assert alone[0]
        assert alone == of_root(check(plan, read_facts([*paths[1:], paths[0]], plan)), "某区")


@settings(max_examples=15)
@given(items=reports(), others=st.lists(reports(), min_size=1, max_size=4))
def test_a_sheet_is_judged_alike_by_itself_and_among_a_few(items: list[Item], others: list[list[Item]]) -> None:
    """What other districts report changes nothing about this one."""
    among(items, others)


def test_a_sheet_is_judged_alike_by_itself_and_among_500() -> None:
    """What 500 other districts report changes nothing about this one."""
    pick = random.Random(7)

    def drawn(number: int) -> list[Item]:
        late = [None] if number % 3 else []
        return [
            ("district", "某区", None, {"people": Fraction(2900 + number % 3 * 100), "coverage": pick.choice([Fraction(476, 1000), *late])}),
            *(("town", f"镇{i}", None, {"rehab": pick.choice(["yes", "no", *late]), "pleased": Fraction(280 + pick.randint(0, 10), 1000)}) for i in range(3)),
            *(("home", f"院{i}", None, {"beds": pick.choice([Fraction(50), Fraction(25), *late]), "stars": pick.choice(["one", "three"])}) for i in range(3)),
            ("centre", "站0", "镇1", {"visits": Fraction(number % 9)}),
        ]  # fmt: skip

    among(drawn(1), [drawn(number) for number in range(500)])
