"""Paths and uploads to facts: finds the sheets, reads them all, checks what belongs together, reports all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dabiao.base.files import Upload
from dabiao.base.problems import Problems
from dabiao.facts.formats.csv_folder import Source, folders_among
from dabiao.facts.formats.walk import sources
from dabiao.facts.model import Facts
from dabiao.facts.parallel.reading import read_many
from dabiao.facts.together import check_together
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

Given = str | Path | Upload


def read_facts(given: Given | Iterable[Given], plan: Plan | str) -> Facts:
    """Read fact sheets: files, folders of tables, folders of sheets, or uploads (bytes with a name).

    `plan` is a plan, or the name or path of one. Several processes and the cache are used where `parallel.reading` has put
    them in force. Raises `Refused` with every problem of every sheet, each with its place.
    """
    if isinstance(plan, str):
        from dabiao.rules.load import load_plan

        plan = load_plan(plan)
    problems = Problems()
    many = [given] if isinstance(given, str | Path | Upload) else list(given)
    found: list[Source] = []
    for each in many:
        if not isinstance(each, Upload):
            found += sources(Path(each), problems)
    found += folders_among(each for each in many if isinstance(each, Upload))
    sheets = [sheet for sheet in read_many(found, Vocabulary(plan), problems) if sheet is not None]
    problems.refuse()
    check_together(sheets, plan, problems)
    problems.refuse()
    return Facts(plan, tuple(sheets), problems.found)
