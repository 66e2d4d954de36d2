"""The request for a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dabiao.base.files import Upload
from dabiao.rules.files import find_plan_files
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """A plan: the name of a shipped one, a file, or an upload with its parts."""

    plan: str | Upload
    parts: tuple[Upload, ...] = ()

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read; an upload is none."""
        yield from find_plan_files(self.plan)

    def load_plan(self) -> Plan:
        """Load the plan. Raises `Refused` with everything wrong with it."""
        return load_plan(self.plan, parts=self.parts)
