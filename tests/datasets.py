"""Data sets for tests: one set of districts and homes, written as sheets, as wide tables and as long ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml
from dabiao.engine.results import Result
from helpers import commitment, make_plan, measure

MEASURES = (
    measure("budget", "unit: 元") + measure("beds", "unit: 张", "home") + measure("pleased", 'unit: "%"', "home")
    + measure("cost", "unit: 元", "home") + measure("grade", "ladder: rating", "home")
    + measure("carers", "unit: 人", "centre") + measure("sites", "unit: 个", "town")
)  # fmt: skip
COMMITMENTS = (
    commitment("pleased", "each: home\nmeasure: pleased\nat_least: 84.65 %\ndue: every_year")
    + commitment("cost", "each: home\nmeasure: cost / beds\nat_most: 3.3 元/张\ndue: every_year\nnature: binding")
    + commitment("beds", "measure: sum(beds of home)\nat_least: 300 张\ndue: 2025")
    + commitment("good", "measure: share(grade >= two of home)\nat_least: 50 %\ndue: every_year")
    + commitment("carers", "each: town\nmeasure: sum(carers of centre)\nat_least: 3 人\ndue: every_year")
    + commitment("growth", "measure: budget\ndirection: increase\nagainst: last_year\ndue: every_year")
)
REST = """
consequences:
  - id: warned
    title: {zh: 提醒, en: Warned}
    level: alert
    cite: {section: 第一部分 一, phrase: 承诺}
    when: [{commitment: cost, verdict: shortfall}]
  - id: visited
    title: {zh: 走访, en: Visited}
    level: alert
    cite: {section: 第一部分 一, phrase: 承诺}
    when: [{consequence: warned}]
"""
PLAN = make_plan(MEASURES, COMMITMENTS, REST)


@dataclass(frozen=True)
class Row:
    """A subject of a year: its kind, root, the subject above, its name, and its figures as texts."""

    kind: str
    root: str
    year: int
    name: str
    facts: Mapping[str, str]
    above: str | None = None


def write_sheets(folder: Path, rows: Sequence[Row]) -> list[Path]:
    """Write a sheet for each root subject and year."""
    folder.mkdir(exist_ok=True)
    files = []
    for number, (root, year) in enumerate(dict.fromkeys((row.root, row.year) for row in rows)):
        mine = [row for row in rows if (row.root, row.year) == (root, year)]
        own = next((row.facts for row in mine if row.kind == "district"), {})
        sheet = {
            "plan": "demo", "subject": root, "year": year, "percentages": "percent", "registers": {"home": "complete"},
            "facts": dict(own),
            "subjects": [
                {"kind": row.kind, "name": row.name, "facts": dict(row.facts), **({"in": row.above} if row.above else {})}
                for row in mine if row.kind != "district"
            ],
        }  # fmt: skip
        files.append(folder / f"{number}.facts.yaml")
        files[-1].write_text(yaml.safe_dump(sheet, allow_unicode=True), encoding="utf-8")
    return files


def write_head(folder: Path, tables: Sequence[Mapping[str, object]], **more: object) -> Path:
    """Write the head of a data set."""
    head = folder / "dataset.facts.yaml"
    said = {
        "plan": "demo",
        "percentages": "percent",
        "registers": {"home": "complete"},
        "dataset": list(tables),
        **more,
    }
    head.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return head


def write_wide(folder: Path, rows: Sequence[Row], form: str = "parquet") -> Path:
    """Write a table of each kind, all cells as texts."""
    tables = []
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = [row for row in rows if row.kind == kind]
        names = sorted({name for row in mine for name in row.facts})
        above = {"in": [row.above for row in mine]} if any(row.above for row in mine) else {}
        own = {} if kind == "district" else {"name": [row.name for row in mine]}
        columns = {
            "subject": [row.root for row in mine], "year": [str(row.year) for row in mine], **own, **above,
            **{name: [row.facts.get(name) for row in mine] for name in names},
        }  # fmt: skip
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        file = folder / f"{kind}.{form}"
        frame.write_parquet(file) if form == "parquet" else frame.write_csv(file)
        tables.append({"kind": kind, "files": file.name})
    return write_head(folder, tables)


def write_long(folder: Path, rows: Sequence[Row]) -> Path:
    """Write a table of each kind with a row a figure."""
    tables = []
    for kind in dict.fromkeys(row.kind for row in rows):
        cells = [
            (row.root, row.year, row.name, row.above, name, value)
            for row in rows if row.kind == kind for name, value in ({**row.facts} or {"beds": None}).items()
        ]  # fmt: skip
        names = ("区", "年度", "名称", "所属", "指标", "本年值")
        frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row", strict=False)
        frame = frame.drop(
            ["名称"] if kind == "district" else [], [] if frame["所属"].null_count() < frame.height else ["所属"]
        )
        frame.write_parquet(folder / f"{kind}.parquet")
        tables.append({"kind": kind, "files": f"{kind}.parquet"})
    return write_head(folder, tables)


def find_findings(result: Result) -> list[tuple[object, ...]]:
    """Return what was found, whatever the order and wherever it stands."""
    frame = result.to_polars().drop("location")
    return sorted(frame.iter_rows(), key=repr)


def find_followed(result: Result) -> list[tuple[object, ...]]:
    """Return what follows, whatever the order."""
    return sorted(
        (one.rule, one.root, one.subject, one.kind, one.year, tuple(sorted(one.because))) for one in result.followed
    )
