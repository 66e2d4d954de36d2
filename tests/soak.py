"""Checks a sheet again and again in one process, and prints how many kB more are in use each time: `python tests/soak.py 2000`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from dabiao import check, load_plan, read_facts
from kills import PLAN, make_sheet


def resident() -> int:
    """Return the memory in use, in kB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def soak(folder: Path, count: int) -> float:
    """Check a number of times, a third of them before memory is looked at: what is kept once is no loss."""
    plan_file, sheet, before = folder / "s.plan.yaml", folder / "s.facts.yaml", 0
    plan_file.write_text(PLAN, "utf-8")
    sheet.write_text(make_sheet(20), "utf-8")
    for number in range(count):
        if number == count // 3:
            before = resident()
        plan = load_plan(plan_file)
        assert check(plan, read_facts(sheet, plan)).followed, "nothing follows"
    return (resident() - before) / (count - count // 3)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(soak(Path(place), int(sys.argv[1])))  # noqa: T201
