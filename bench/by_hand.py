"""What one would write by hand instead of Dabiao, for just the plan of `reading.py`: read sheets, judge, write a CSV file.

`by_hand.py yaml FOLDER OUT` or `by_hand.py xlsx FOLDER OUT`. No check of anything: a unit is cut off, a late figure is open.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = 5


def read_yaml_sheets(folder: Path) -> Iterator[tuple[str, str, object]]:
    """Read sheets with PyYAML and libyaml: subject, measure, value."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(folder.glob("*.yaml")):
        sheet = yaml.load(path.read_text(encoding="utf-8"), loader)
        for name, value in sheet["facts"].items():
            yield sheet["subject"], name, value.get("value") if isinstance(value, dict) else value


def read_workbooks(folder: Path) -> Iterator[tuple[str, str, object]]:
    """Read sheets with calamine: subject, measure, value."""
    from python_calamine import load_workbook

    for path in sorted(folder.glob("*.xlsx")):
        cover, table = (load_workbook(str(path)).get_sheet_by_index(at).to_python() for at in (0, 1))
        subject = next(row[1] for row in cover if "某区" in str(row) or "示例" in str(row[1]))
        for row in table[1:]:
            yield str(subject), str(row[0]), row[3]


def judge(value: object) -> str:
    """Return the verdict of a value."""
    if value in (None, ""):
        return "undetermined"
    number = float(str(value).split()[0].rstrip("张家个人万元%‰亩户次公里平方米"))
    return "met" if number >= TARGET else "shortfall"


def main() -> None:
    """Read, judge, write."""
    read = {"yaml": read_yaml_sheets, "xlsx": read_workbooks}[sys.argv[1]]
    with Path(sys.argv[3]).open("w", encoding="utf-8-sig", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["subject", "measure", "value", "target", "verdict"])
        for subject, measure, value in read(Path(sys.argv[2])):
            out.writerow([subject, measure, value, TARGET, judge(value)])


if __name__ == "__main__":
    main()
