"""The requests for what-if, sweep and seek."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dabiao.base.files import File, paths_among
from dabiao.base.problems import Location, Problem, Refused, nearest
from dabiao.engine.requests import CheckRequest
from dabiao.rules.load import load_plan
from dabiao.rules.select import COMMITMENT, is_word, select, selectable


@dataclass(frozen=True, kw_only=True)
class WhatIfRequest(CheckRequest):
    """A check with changed figures and targets, compared with a check without the changes.

    `baseline` and `scenario` are files applied in order, `baseline` to both sides; `sets` and `targets` are texts
    such as `beds+=20` and `family-beds=500 张`, applied last. `as_if` is a later year that is
    judged by the figures of the judged year. `costs` is a costs file whose costs of consequences replace those of the plan.
    """

    as_if: int | None = None
    baseline: tuple[File, ...] = ()
    scenario: tuple[File, ...] = ()
    sets: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    costs: File | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from super().inputs()
        yield from paths_among(*self.baseline, *self.scenario, self.costs)


@dataclass(frozen=True, kw_only=True)
class SweepRequest(WhatIfRequest):
    """A check at every value of one or two figures, such as `beds=400:600:20`, with the changes of the scenario."""

    sweeps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeekRequest(CheckRequest):
    """The least changes of reported figures that mend each shortfall among the commitments in `select`."""


def split_arguments(plan: str, words: tuple[Path, ...]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Separate sheets from what may be named after them, as by `--select`: a commitment, a chapter, a tier.

    Raises `Refused` for a plan that cannot be used, and for a last word that is no file, no folder and selects nothing.
    """
    *sheets, last = words
    if not sheets or _exists(last):
        return words, ()
    name, loaded = str(last), load_plan(plan)
    known = selectable(loaded)
    if name in known:
        return tuple(sheets), (name,)
    if last.suffix:  # meant as a file: reading it reports that it is missing
        return words, ()
    if is_word(name):
        select(loaded, (name,), COMMITMENT)
    near = [str(last.with_name(file)) if (file := nearest(last.name, _list_folder(last))) else "", nearest(name, known)]
    details = {"found": name, "nearest": " / ".join(filter(None, near))}
    raise Refused([Problem("neither-file-nor-commitment", Location(COMMITMENT), details)])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _list_folder(path: Path) -> list[str]:
    """List the names in the folder of a path, none if the folder cannot be read."""
    try:
        return [child.name for child in path.parent.iterdir()]
    except (OSError, ValueError):
        return []
