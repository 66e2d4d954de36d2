"""How long many sheets take to read and to judge, beside plain PyYAML (libyaml) and plain calamine on the same files.

Run with the number of sheets (1000 unless given). All times are of one run, so that ours and the peer's meet the same noise.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from dabiao.__main__ import GARBAGE
from dabiao.facts.layout import COVER, COVER_SHEET, LIST, TEMPLATE
from dabiao.facts.parallel.reading import ReadOptions, count_processors, use_read_options

if TYPE_CHECKING:
    from dabiao.rules.model import Plan

MEASURES = 100
UNITS = ("张", "家", "个", "人", "万元", "%", "‰", "亩", "户", "人次", "万人", "公里", "平方米")
YAML_FLOORS = "floors for 1,000 sheets: read 1.5 s, read and judged 3 s"
XLSX_FLOORS = (
    "floors for 1,000 workbooks: read 15 s, and in 5 times the processor time of plain calamine; read and judged 20 s"
)
COLUMNS = ("id", "title", "unit", "value", "reason", "evidence", "note")


def plan_text() -> str:
    """Return a plan with a hundred reported measures, each with a target for every year."""
    lines = [
        'plan: bench\nversion: "1"\ntitle: {zh: 测速, en: Bench}\ndocument: {title: {zh: 测速, en: Bench}}',
        "period: {from: 2021, to: 2025}\nbaseline: 2020\nsubjects:",
        "  - {id: district, title: {zh: 区, en: district}}\nmeasures:",
    ]
    for number in range(MEASURES):
        title = f"{{zh: 指标{number:03d}, en: Measure {number:03d}}}"
        lines.append(f'  - {{id: m{number:03d}_total, title: {title}, unit: "{unit_of(number)}"}}')
    lines.append("commitments:")
    for number in range(MEASURES):
        head = f"id: c{number}, title: {{zh: 承诺, en: Promise}}, cite: {{section: 一, phrase: 承诺}}"
        target = f"measure: m{number:03d}_total, at_least: 5 {unit_of(number)}, due: every_year"
        lines.append(f"  - {{{head}, {target}}}")
    return "\n".join(lines) + "\n"


def plan_of_districts() -> Plan:
    """Return that plan, loaded."""
    from dabiao.rules.load import parse_plan

    return parse_plan(plan_text(), "bench.plan.yaml")


def unit_of(number: int) -> str:
    """Return the unit of a measure."""
    return UNITS[number % len(UNITS)]


def figure(number: int, pick: random.Random) -> tuple[str, str]:
    """Return a value as a report would have it: the number, and its unit."""
    unit = unit_of(number)
    if unit in ("%", "‰"):
        return f"{pick.uniform(0, 100):.1f}", unit
    if unit in ("万元", "万人", "亩", "公里", "平方米"):
        return f"{pick.uniform(0, 1000):.2f}", unit
    return str(pick.randint(0, 5000)), unit if pick.random() < 0.5 else ""


def write_yaml(folder: Path, number_of_sheets: int) -> list[Path]:
    """Write sheets in YAML: mostly plain values, some with notes, a few late."""
    pick, paths = random.Random(1), []
    for district in range(number_of_sheets):
        lines = [f"plan: bench\nsubject: 示例{district:05d}区\nyear: 2023\nsource: 区统计局年报\nfacts:"]
        for number in range(MEASURES):
            value = " ".join(figure(number, pick)).strip()
            chance = pick.random()
            if chance < 0.05:
                value = f"{{value: {value}, note: 初步数, evidence: 附件3}}"
            elif chance < 0.08:
                value = "{absent: late, note: 市里尚未反馈}"
            lines.append(f"  m{number:03d}_total: {value}")
        paths.append(folder / f"{district:05d}.facts.yaml")
        paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def write_xlsx(folder: Path, number_of_sheets: int) -> list[Path]:
    """Write the same sort of sheets as workbooks."""
    from openpyxl import Workbook

    pick, paths = random.Random(1), []
    for district in range(number_of_sheets):
        book = Workbook(write_only=True)
        cover = book.create_sheet(COVER_SHEET.say("zh"))
        stated = {
            "plan": "bench", "version": "1", "template": TEMPLATE, "year": 2023, "subject": f"示例{district:05d}区",
            "source": "区统计局年报",
        }  # fmt: skip
        for key, value in stated.items():
            cover.append([COVER[key].say("zh"), value])
        table = book.create_sheet("区")
        table.append([LIST[key].say("zh") for key in COLUMNS])
        for number in range(MEASURES):
            value, unit = figure(number, pick)
            late = pick.random() < 0.05
            row = [f"m{number:03d}_total", f"指标{number:03d}", unit_of(number)]
            cell: object = f"{value} {unit}" if unit in ("%", "‰") else float(value)
            table.append([*row, None if late else cell, "迟报" if late else None, None, None])
        paths.append(folder / f"{district:05d}.xlsx")
        book.save(paths[-1])
    return paths


def times(run: Callable[[], object]) -> tuple[float, float]:
    """Time one call: seconds on the clock, and seconds of processor time, that of other processes included."""
    gc.collect()
    before, start = os.times(), time.perf_counter()
    run()
    clock, after = time.perf_counter() - start, os.times()
    return clock, sum(after[:4]) - sum(before[:4])


def best(run: Callable[[], object], repeats: int = 2) -> tuple[float, float]:
    """Return the least of several times, on the clock and of the processor."""
    clocks, processor = zip(*(times(run) for _ in range(repeats)), strict=True)
    return min(clocks), min(processor)


def plain_yaml(paths: Sequence[Path]) -> None:
    """Read files into dictionaries, with no more than PyYAML and libyaml."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in paths:
        yaml.load(path.read_text(encoding="utf-8"), loader)


def plain_calamine(paths: Sequence[Path]) -> None:
    """Read all cells of workbooks, with no more than calamine."""
    from python_calamine import load_workbook

    for path in paths:
        book = load_workbook(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def compare(plan: Plan, paths: Sequence[Path], peer: Callable[[Sequence[Path]], None], name: str) -> None:
    """Print how long each way takes, and how that is to the peer."""
    from dabiao import check, read_facts  # here, since a process that helps to read imports this file

    plain, plain_cpu = best(lambda: peer(paths), 3)
    print(f"{len(paths)} sheets of {MEASURES} facts; {name}, one process: {plain:.2f} s (processor {plain_cpu:.2f} s)")
    ways = {1: "one process", count_processors(): f"{count_processors()} processes"}
    for processes, label in ways.items():
        with use_read_options(ReadOptions(processes)):
            read, cpu = best(lambda: read_facts(paths, plan))
            judged, judged_cpu = best(lambda: check(plan, read_facts(paths, plan)))
        ratio = f"{read / plain:.2f} times, of processor time {cpu / plain_cpu:.2f}"
        print(f"  {label}: read {read:.2f} s ({ratio}), read and judged {judged:.2f} s", end=" ")
        print(f"(processor {cpu:.2f} and {judged_cpu:.2f} s)")


def main() -> None:
    """Write sheets, compare and print."""
    gc.set_threshold(GARBAGE)  # as the command does
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    plan = plan_of_districts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "yaml").mkdir()
        (folder / "xlsx").mkdir()
        compare(plan, write_yaml(folder / "yaml", many), plain_yaml, "plain PyYAML")
        print(f"  {YAML_FLOORS}")
        compare(plan, write_xlsx(folder / "xlsx", many), plain_calamine, "plain calamine")
        print(f"  {XLSX_FLOORS}")


if __name__ == "__main__":
    main()
