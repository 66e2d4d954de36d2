"""The findings as lines of JSON, an object each with the columns of the CSV, for programs that read line by line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TextIO

from dabiao.base.quantities import exact_text
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding
from dabiao.reports import finding_texts
from dabiao.reports.alike import Form, write_findings
from dabiao.reports.findings_csv import COLUMNS, finding_record, problem_record
from dabiao.reports.json import slotted_text


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write the problems of inputs, then the findings. Every line has every column; null is what there is not."""
    for problem in outcome.problems:
        stream.write(_line(problem_record(problem, lang)) + "\n")
    if finding_texts.nothing_judged(outcome):
        stream.write(_line({"record": "error", "sentence": finding_texts.nothing_text(outcome, lang)}) + "\n")
    if (result := outcome.result) is None:
        return

    def cells(finding: Finding) -> list[str]:
        return [_line(finding_record(finding, result.plan, lang, _exact))]

    for text in write_findings(result, Form(cells, "\n")):
        stream.write(text + "\n")


def _line(record: Mapping[str, object]) -> str:
    return slotted_text({column: None if (cell := record.get(column)) == "" else cell for column in COLUMNS})


def _exact(number: Fraction | None) -> str | None:
    return None if number is None else exact_text(number)
