"""Paths and uploads to facts: finds the sheets, reads them all, checks what belongs together, reports all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dabiao.base.files import Given, Upload, UploadedFolder
from dabiao.base.problems import Problems
from dabiao.facts.formats.csv_folder import Source, folders_among
from dabiao.facts.formats.walk import sources, sources_in
from dabiao.facts.model import Facts
from dabiao.facts.parallel.reading import read_many
from dabiao.facts.together import check_together
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan


def read_facts(given: str | Given | Iterable[str | Given], plan: Plan | str) -> Facts:
    """Read fact sheets: files, folders of tables, folders of sheets, or uploads (bytes with a name).

    `plan` is a plan, or the name or path of one. Several processes and the cache are used where `parallel.reading` has put
    them in force. Raises `Refused` with every problem of every sheet, each with its place.
    """
    if isinstance(plan, str):
        from dabiao.rules.load import load_plan

        plan = load_plan(plan)
    problems = Problems()
    many = [given] if isinstance(given, str | Path | Upload | UploadedFolder) else list(given)
    found = sources_of((Path(each) if isinstance(each, str) else each for each in many), problems)
    sheets = [sheet for sheet in read_many(found, Vocabulary(plan), problems) if sheet is not None]
    problems.refuse()
    check_together(sheets, plan, problems)
    problems.refuse()
    return Facts(plan, tuple(sheets), problems.found)


def sources_of(given: Iterable[Given], problems: Problems) -> list[Source]:
    """List the sheets that files and folders stand for, on disk or uploaded; single uploads come last."""
    found: list[Source] = []
    uploads: list[Upload] = []
    for each in given:
        if isinstance(each, Upload):
            uploads.append(each)
        else:
            found += sources_in(each, problems) if isinstance(each, UploadedFolder) else sources(each, problems)
    return [*found, *folders_among(uploads)]
