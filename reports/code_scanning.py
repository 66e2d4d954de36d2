"""SARIF for what shows alerts, as GitHub code scanning does: only what is to be acted on, each with a level and a place.

Such readers ignore a result's kind and its suppressions and refuse one without a file, so what is met, waived, not due or
not applicable is left out; `-o sarif` has it all.
"""

from __future__ import annotations

from typing import TextIO

from dabiao.engine.requests import CheckOutcome
from dabiao.reports.json import dump
from dabiao.reports.sarif import as_sarif


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write one log with one run, of problems of inputs and of findings that fell short, are behind or undetermined."""
    log = as_sarif(outcome, lang, alerts_only=True)
    for result in log["runs"][0]["results"]:
        if result["kind"] == "open":
            result.update(kind="fail", level="warning")
    dump(log, stream)
