"""Where two ways come to the same and the shorter one is taken: the findings are the same, whichever is taken."""

from __future__ import annotations

import sys

import pytest
from dabiao import check, load_plan, read_facts
from helpers import ROOT

MOST = sys.maxsize
SAMPLES = ROOT / "facts" / "samples"
ALL_LONG = {"data_checks._FEW": -1, "judge._SHORT": -1, "judge._MANY_ROWS": 0, "exact._LISTED": -1}
ALL_SHORT = {"data_checks._FEW": MOST, "data_checks._FEW_BELOW": MOST, "judge._SHORT": MOST, "exact._LISTED": MOST}


@pytest.mark.parametrize("limits", [ALL_LONG, ALL_SHORT], ids=["long", "short"])
def test_findings_do_not_depend_on_what_is_called_long(limits: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheets of Yanqing come to the same whether each of their tables is called long, or none is."""
    plan = load_plan("yanqing")
    facts = read_facts([SAMPLES / "yanqing-2020.facts.yaml", SAMPLES / "yanqing-2023"], plan)
    usual = check(plan, facts, year=2023)
    expected = list(usual.findings()), usual.to_polars().rows(), usual.checked, usual.notes
    for name, number in limits.items():
        monkeypatch.setattr(f"dabiao.engine.{name}", number)
    found = check(plan, facts, year=2023)

    assert expected == (list(found.findings()), found.to_polars().rows(), found.checked, found.notes)
