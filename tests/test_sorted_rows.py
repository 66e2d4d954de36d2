"""Rows of a data set that are sorted by part in one pass: each part gets what it would find by looking through the files."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.facts.datasets import sorting
from dabiao.facts.datasets.pieces import FILE, LINE
from dabiao.facts.datasets.read import DataSet, open_data_set
from dabiao.facts.datasets.sorting import read_runs, sort_rows
from dabiao.facts.datasets.table import ROOT
from dabiao.facts.vocabulary import Vocabulary
from datasets import PLAN, write_head
from hypothesis import given, settings
from hypothesis import strategies as st
from test_partitions import write_many

ROOTS = ["甲区", "乙区", "丙区", "丁区"]


def write_homes(folder: Path, files: list[list[str | None]]) -> Path:
    """Write files of homes, each with the districts of its rows; they are ever further."""
    (folder / "homes").mkdir(exist_ok=True)
    number = 0
    for at, roots in enumerate(files):
        names = [f"院{number + n}" for n in range(len(roots))]
        rows = {
            "subject": roots,
            "year": [2023] * len(roots),
            "name": names,
            "beds": [*range(number, number + len(roots))],
        }
        pl.DataFrame(rows, schema_overrides={"subject": pl.String}).write_parquet(folder / "homes" / f"{at}.parquet")
        number += len(roots)
    return write_head(folder, [{"kind": "home", "files": "homes"}])


def look_through(data: DataSet, roots: list[str], nobody: bool) -> pl.DataFrame:
    """Return the rows of some districts, and of nobody, by looking through all files."""
    wanted = pl.col(ROOT).is_in(roots) | (pl.col(ROOT).is_null() & pl.lit(nobody))
    return data.scan()["home"].filter(wanted).collect()


@settings(max_examples=20, deadline=None)
@given(
    files=st.lists(st.lists(st.sampled_from([*ROOTS, None]), min_size=1, max_size=40), min_size=1, max_size=3),
    left=st.sets(st.integers(0, 2), min_size=1), at_a_time=st.integers(1, 30), seed=st.integers(0, 100),
)  # fmt: skip
def test_parts_get_their_rows_in_order(
    files: list[list[str | None]], left: set[int], at_a_time: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However few rows are sorted at a time: every wanted part has its own, with file and line, in the order of the files."""
    folder = tmp_path_factory.mktemp("set")
    numbers = {root: random.Random(seed + at).randrange(3) for at, root in enumerate(ROOTS)}
    wanted = {root: part for root, part in numbers.items() if part in left}
    head = write_homes(folder, files)
    (folder / "made").mkdir()
    with pytest.MonkeyPatch.context() as patch, open_data_set(head, Vocabulary(PLAN)) as data:
        patch.setattr(sorting, "_MOST", at_a_time)
        patch.setattr(sorting, "_READ", 4)
        runs = sort_rows(data, "home", wanted, folder / "made")
        for part in left:
            mine = [root for root, number in wanted.items() if number == part]
            expected = look_through(data, mine, nobody=part == 0 and bool(mine))
            found = read_runs(runs[part]).collect() if part in runs else expected.clear()

            assert expected.sort(FILE, LINE).equals(found), (expected, found)
            assert found[[FILE, LINE]].equals(found[[FILE, LINE]].sort(FILE, LINE))


def test_no_room_for_sorted_rows_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk has less room than the rows take, the folder is named, and nothing is begun."""
    head = write_homes(tmp_path, [["甲区", "乙区"]])
    (tmp_path / "made").mkdir()
    monkeypatch.setattr(sorting, "_ROOM", 10**15)
    with open_data_set(head, Vocabulary(PLAN)) as data, pytest.raises(Refused) as told:
        sort_rows(data, "home", {"甲区": 0, "乙区": 1}, tmp_path / "made")

    assert (4, "bad-output") == (told.value.exit_code, told.value.problems[0].code)
    assert [] == [*(tmp_path / "made").iterdir()]


def test_what_a_killed_run_sorted_goes_with_the_next(tmp_path: Path) -> None:
    """A hidden folder that a killed run has left is removed by the run that goes on with it."""
    head = write_many(tmp_path)
    words = ["--limit", "partition=7", "check", str(tmp_path / "demo.plan.yaml"), str(head), "--jobs", "1"]
    out = ["-o", f"parquet:{tmp_path / 'out'}/"]
    first = CliRunner().invoke(main, [*words, *out])
    (tmp_path / "out" / ".dabiao-left").mkdir()
    (tmp_path / "out" / ".dabiao-left" / "home-0.arrow").write_bytes(b"x")
    (tmp_path / "out" / "counts" / "part-00002.parquet").unlink()
    again = CliRunner().invoke(main, [*words, *out, "--resume"])

    assert (1, first.output) == (again.exit_code, again.output)
    assert [] == [*(tmp_path / "out").glob(".*")]
