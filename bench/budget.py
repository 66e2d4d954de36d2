"""How long a budget takes: 700 commitments, 500 homes, 5 years, 200 actions; where the time goes, and how good the answer is.

python bench/budget.py [--seconds 60] [--homes 500] [--commitments 700] [--actions 200]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Limits
from dabiao.budget.run import plan_budget
from dabiao.facts.read import read_facts
from dabiao.rules.load import parse_plan

HEAD = """\
plan: bench
version: "1"
title: {zh: 测速, en: Bench}
document: {title: {zh: 测速, en: Bench}}
period: {from: 2021, to: 2025}
baseline: 2020
subjects:
  - {id: district, title: {zh: 区, en: district}}
  - {id: home, title: {zh: 养老机构, en: home}, in: district, register: reported}
"""
TITLE = "title: {zh: 名, en: Name}"
NATURES = ("binding", "anticipatory", "unstated")


def plan_text(commitments: int, rng: random.Random) -> str:
    """Return a plan: thresholds, stages, yearly flows, and counts, shares, pooled ratios and floors over homes."""
    district = commitments * 3 // 7
    lines = [HEAD, "measures:"]
    lines += [f"  - {{id: m{n}, {TITLE}, unit: 张}}" for n in range(district)]
    for name in ("beds", "nursing", "reserved", "carers", "residents"):
        unit = "人" if name in ("carers", "residents") else "张"
        lines.append(f"  - {{id: {name}, of: home, {TITLE}, unit: {unit}}}")
    lines.append(f"  - {{id: rated, of: home, {TITLE}, yes_no: true}}\ncommitments:")
    for number in range(commitments):
        sort = rng.random()
        name = f"m{rng.randrange(district)}"
        target, nature = rng.randint(60, 220), rng.choice(NATURES)
        if sort < 0.45:
            body = f"measure: {name}, at_least: {target} 张, due: {rng.randint(2022, 2025)}"
        elif sort < 0.6:
            stages = f"[{{year: 2022, at_least: {target // 2} 张}}, {{year: 2025, at_least: {target} 张}}]"
            body = f"measure: {name}, staged: {stages}"
        elif sort < 0.7:
            body = f"measure: {name}, at_least: 40 张, due: every_year"
        elif sort < 0.78:
            other = f"m{rng.randrange(district)}"
            body = f"measure: {name} / ({name} + {other}), at_least: 30 %, due: 2025"
        elif sort < 0.84:
            body = (
                f"measure: count(home where beds >= {target // 2} 张), at_least: {rng.randint(200, 330)} 个, due: 2025"
            )
        elif sort < 0.9:
            share = rng.choice(["nursing / beds >= 50 %", "rated", "carers / residents >= 20 %"])
            body = f"measure: share({share} of home), at_least: {rng.randint(40, 62)} %, due: {rng.randint(2023, 2025)}"
        elif sort < 0.97:
            body = f"measure: sum(nursing of home) / sum(beds of home), at_least: {rng.randint(40, 60)} %, due: 2025"
        else:
            body = "each: home, measure: reserved / beds, at_least: 2 %, due: throughout"
        lines.append(f"  - {{id: c{number}, {TITLE}, cite: {{section: 一, phrase: 名}}, {body}, nature: {nature}}}")
    return "\n".join(lines) + "\n"


def sheet_text(commitments: int, homes: int, rng: random.Random) -> str:
    """Return the sheet of the year before the plan."""
    facts = ", ".join(f"m{n}: {rng.randint(20, 160)} 张" for n in range(commitments * 3 // 7))
    lines = [
        "plan: bench\nsubject: 某区\nyear: 2020\nsynthetic: true\nregisters: {home: complete}",
        f"facts: {{{facts}}}",
        "subjects:",
    ]
    for number in range(homes):
        beds = rng.randint(20, 150)
        figures = (
            f"beds: {beds} 张, nursing: {beds * rng.randint(20, 80) // 100} 张, "
            f"reserved: {beds * rng.randint(1, 4) // 100} 张, "
            f"carers: {rng.randint(3, 30)} 人, residents: {rng.randint(20, 120)} 人, rated: {rng.choice(['yes', 'no'])}"
        )
        lines.append(f"  - {{kind: home, name: 院{number}, facts: {{{figures}}}}}")
    return "\n".join(lines) + "\n"


def costs_text(commitments: int, homes: int, actions: int, rng: random.Random) -> str:
    """Return actions on the district's figures, on single homes, on all homes of a sort, and new homes."""
    lines = ["plan: bench\nillustrative: true\nactions:"]
    for number in range(actions):
        price, sort = rng.randint(1, 50), rng.random()
        head = f"id: a{number}, {TITLE}, unit_cost: {price} 万元"
        if sort < 0.8:
            name, lump = f"m{number * 2 % (commitments * 3 // 7)}", rng.choice([0, 20, 100])
            body = f"adds: {{{name}: 5 张}}, at_most: 40, lead_time: {rng.randint(0, 1)}, lump_sum: {lump} 万元"
        elif sort < 0.9:
            body = f"of: home, subject: 院{rng.randrange(homes)}, adds: {{nursing: 10 张, beds: 10 张}}, at_most: 4"
        elif sort < 0.93:
            body = "each: home, where: not rated, sets: {rated: yes}, running_cost: 1 万元"
        elif sort < 0.96:
            body = "each: home, where: nursing / beds < 50 %, adds: {nursing: 10 张}, at_most_each: 3"
        elif sort < 0.98:
            body = "each: home, where: reserved / beds < 2 %, adds: {reserved: 1 张}, at_most_each: 3"
        else:
            figures = "beds: 100 张, nursing: 70 张, reserved: 2 张, carers: 20 人, residents: 80 人, rated: yes"
            body = f"opens: {{kind: home, name: 新院{number}-, facts: {{{figures}}}}}, at_most: 5, lead_time: 1"
        lines.append(f"  - {{{head}, {body}}}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make a problem, solve it with and without a limit, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--homes", type=int, default=500)
    parser.add_argument("--commitments", type=int, default=700)
    parser.add_argument("--actions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        sheet, costs = Path(folder) / "bench.facts.yaml", Path(folder) / "bench.costs.yaml"
        sheet.write_text(sheet_text(asked.commitments, asked.homes, rng), encoding="utf-8")
        costs.write_text(costs_text(asked.commitments, asked.homes, asked.actions, rng), encoding="utf-8")
        plan = parse_plan(plan_text(asked.commitments, rng))
        facts = read_facts(sheet, plan)
        for limits in (Limits(), Limits(Fraction(30_000_000))):
            request = BudgetRequest(plan="bench", sheets=(sheet,), costs=costs, seconds=asked.seconds, limits=limits)
            began = time.perf_counter()
            found = plan_budget(plan, facts, request)
            took = time.perf_counter() - began
            gap = "none" if found.gap is None else f"{float(found.gap):.2%}"
            print(
                f"{took:6.1f} s  {found.status}, gap {gap}: {float(found.total) / 10_000:,.0f} 万元, {len(found.steps)} steps, "
                f"{len(found.changes)} findings owed, {len(found.short)} short, {len(found.prices)} prices "
                f"({found.unpriced} left out)"
                + (
                    f"; {found.unproven[0]}: kept {found.unproven[1]}, at most {found.unproven[2]}"
                    if found.unproven
                    else ""
                )
            )


if __name__ == "__main__":
    main()
