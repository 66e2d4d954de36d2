"""Some columns of findings: `--columns` in files and folders, `to_polars(columns)` in Python."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from dabiao import check, read_facts
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.engine.frame import COLUMNS
from dabiao.engine.partition import FINDINGS
from datasets import PLAN, Row, write_wide
from hypothesis import given, settings
from hypothesis import strategies as st
from test_partitions import data_sets, write_many
from test_partitions import run as run_in_parts


def run(folder: Path, *arguments: str) -> Result:
    """Check the data set of a folder."""
    words = ["check", str(folder / "demo.plan.yaml"), str(folder / "dataset.facts.yaml"), "--lang", "en"]
    return CliRunner().invoke(main, [*words, *arguments])


@settings(max_examples=30, deadline=None)
@given(rows=data_sets(), names=st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True))
def test_a_column_is_the_same_among_few_and_all(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], names: list[str]
) -> None:
    """Whichever columns are asked for, they come in the order asked and say what they say among all."""
    if not any(row.year == 2023 for row in rows):
        return
    head = write_wide(tmp_path_factory.mktemp("rows"), rows)
    result = check(PLAN, read_facts(head, PLAN), year=2023)
    some = result.to_polars(names)

    assert result.to_polars().select(names).equals(some)
    assert names == some.columns


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_parts_are_written_with_some_columns(tmp_path: Path, jobs: str) -> None:
    """A folder has the columns that were asked for, with their types, and says in them what a whole one says."""
    write_many(tmp_path)
    names = ["verdict", "commitment", "root", "subject", "gap"]
    whole = run_in_parts(tmp_path, "-o", f"parquet:{tmp_path / 'all'}/", "--jobs", jobs)
    some = run_in_parts(tmp_path, "-o", f"parquet:{tmp_path / 'some'}/", "--jobs", jobs, "--columns", ",".join(names))
    every, few = (pl.read_parquet(tmp_path / made / "findings" / "*.parquet") for made in ("all", "some"))

    assert (whole.exit_code, whole.output.replace("/all", "/some")) == (some.exit_code, some.output)
    assert every.select(names).equals(few)
    for part in (tmp_path / "some" / "findings").iterdir():
        assert {name: FINDINGS[name] for name in names} == dict(pl.read_parquet_schema(part))


def test_a_run_goes_on_with_its_own_columns_only(tmp_path: Path) -> None:
    """`--resume` with other columns is another run."""
    write_many(tmp_path)
    out = ("-o", f"parquet:{tmp_path / 'out'}/", "--jobs", "1", "--columns", "commitment,verdict")
    codes = [
        run_in_parts(tmp_path, *out, *more).exit_code for more in ((), ("--resume",), ("--resume", "--columns", "gap"))
    ]

    assert [1, 1, 2] == codes


def test_a_file_with_some_columns_tells_problems_all_the_same(tmp_path: Path) -> None:
    """Problems of inputs are rows of a file whichever columns of findings are asked for, refused or not."""
    write_many(tmp_path)
    made = {"parquet": pl.read_parquet, "arrow": pl.read_ipc}
    asked = [word for name in made for word in ("-o", f"{name}:{tmp_path / name}")]
    assert 1 == run(tmp_path, *asked, "--columns", "title，verdict", "--columns", "gap").exit_code
    whole = check(PLAN, read_facts(tmp_path / "dataset.facts.yaml", PLAN)).to_polars()
    for name, read in made.items():
        found = read(tmp_path / name)
        findings = found.filter(record="finding")

        assert ["record", "code", "message", "title", "verdict", "gap", "location"] == found.columns
        told = pl.col("verdict").cast(pl.String), "gap", "location"
        assert whole.select(*told).equals(findings.select(*told))
    (tmp_path / "home.parquet").write_bytes(b"")
    assert 2 == run(tmp_path, "-o", f"parquet:{tmp_path / 'refused'}", "--columns", "gap").exit_code
    refused = pl.read_parquet(tmp_path / "refused")
    assert ["error"] == refused["record"].to_list()
    assert "home.parquet" in refused["location"][0]


@pytest.mark.parametrize("target", ["arrow:found", "parquet:found", "parquet:found/"])
def test_unknown_columns_are_told_before_anything_is_read(tmp_path: Path, target: str) -> None:
    """Each name that is no column is an error with the nearest one; nothing is written."""
    write_many(tmp_path)
    (tmp_path / "home.parquet").unlink()
    kind, _, name = target.partition(":")
    result = run(tmp_path, "-o", f"{kind}:{tmp_path}/{name}", "--columns", "verdikt, gap ,targets,")

    assert 2 == result.exit_code
    first, second, third = result.output.splitlines()
    assert "did you mean 'verdict'?" in first
    assert "did you mean 'target'?" in second
    assert "there is no column ''" in third
    assert not (tmp_path / "found").exists()


def test_only_tables_have_columns_to_choose(tmp_path: Path) -> None:
    """Formats that always have all of it do not take `--columns` without a word."""
    write_many(tmp_path)
    for asked in ((), ("-o", "csv"), ("-o", "json", "-o", "text")):
        result = run(tmp_path, *asked, "--columns", "gap")

        assert 2 == result.exit_code
        assert "--columns: bears on the formats parquet, arrow only" in result.output


def test_python_refuses_unknown_columns(tmp_path: Path) -> None:
    """A misspelt column is an error with the nearest name, not an empty column."""
    write_many(tmp_path)
    result = check(PLAN, read_facts(tmp_path / "dataset.facts.yaml", PLAN))
    with pytest.raises(Refused, match="verdict"):
        result.to_polars(["verdikt"])
