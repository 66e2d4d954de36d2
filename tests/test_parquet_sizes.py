"""What a Parquet file costs is known before it is unpacked, and is refused if it is too much."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from dabiao.base.files import Upload
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.base.problems import Problems, Refused
from dabiao.cli import main
from dabiao.facts.formats.parquet import read_table
from dabiao.facts.formats.parquet_sizes import footer_bytes, unpacked_bytes
from helpers import commitment, measure, plan_text
from hypothesis import given, settings
from hypothesis import strategies as st

ALL = 1 << 40
ROWS = 20_000
CODECS = ("uncompressed", "snappy", "gzip", "lz4", "zstd", "brotli")


def packed(frame: pl.DataFrame, codec: Any = "zstd", **more: Any) -> bytes:
    """Return a table as a Parquet file."""
    stream = io.BytesIO()
    frame.write_parquet(stream, compression=codec, **more)
    return stream.getvalue()


SMALL = packed(pl.DataFrame({"name": [f"院{number}" for number in range(50)], "beds": range(50)}))
SAME = pl.DataFrame({"name": ["甲" * 60] * ROWS, "beds": [5] * ROWS})  # one text, as an entry of a dictionary
ALIKE = pl.DataFrame({"name": [f"{number:05}{'甲' * 60}" for number in range(ROWS)], "beds": [5] * ROWS})


def check(folder: Path, table: pl.DataFrame, *options: str) -> Result:
    """Check a CSV folder whose register is a Parquet file."""
    plan = plan_text(
        measure("beds", of="home"), commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout")
    )
    (folder / "p.plan.yaml").write_text(plan, "utf-8")
    (folder / "s").mkdir()
    (folder / "s" / "sheet.facts.yaml").write_text(
        "plan: demo\nsubject: 某区\nyear: 2023\nregisters: {home: complete}\n", "utf-8"
    )
    (folder / "s" / "home.parquet").write_bytes(packed(table))
    return CliRunner().invoke(main, [*options, "check", str(folder / "p.plan.yaml"), str(folder / "s"), "--lang", "en"])


@pytest.mark.parametrize("table", [SAME, ALIKE], ids=["a dictionary", "packed well"])
def test_a_small_file_that_unpacks_to_much_is_refused(table: pl.DataFrame, tmp_path: Path) -> None:
    """The limit of a register is for what a Parquet file holds, as for a CSV file, however small the file is."""
    assert len(packed(table)) < 300_000 < ROWS * 180
    found = check(tmp_path, table, "--limit", "register=1M")

    assert (2, True) == (found.exit_code, "home.parquet: bytes in the file: " in found.stderr), found.output
    assert "--limit register=" in found.stderr


def test_a_page_too_large_is_refused_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the headers of the pages say is enough: the library that unpacks is not asked."""
    monkeypatch.setattr(pl, "scan_parquet", None)
    with use_limits(parse_limits(["register=1M"])), pytest.raises(Refused) as refused:
        read_table(Upload("home.parquet", packed(ALIKE)), Problems())

    assert ["over-limit"] == [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("options", [{}, {"row_group_size": 100}, {"data_page_size": 500}, {"statistics": False}])
def test_the_pages_are_counted_whatever_packs_them(options: dict[str, Any]) -> None:
    """Packed by any codec, a table unpacks to the same: what it is without one, less the footer and the headers."""
    sizes = {unpacked_bytes(packed(ALIKE.head(3000), codec, **options), ALL) for codec in CODECS}
    plain = packed(ALIKE.head(3000), "uncompressed", **options)

    assert 1 == len(sizes)
    assert 3000 * (180 + 8) < sizes.pop() < len(plain) - footer_bytes(plain)


def test_counting_ends_at_the_limit() -> None:
    """What is known to be too much is not counted to its end; a table without rows unpacks to nothing."""
    assert 1000 < unpacked_bytes(packed(ALIKE, row_group_size=100), 1000) < 100_000
    assert 0 == unpacked_bytes(packed(ALIKE.head(0)), ALL)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(4, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 200),
)
def test_a_damaged_file_is_refused_or_read(changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever bytes are altered or missing, there is a table, or a refusal that names the file."""
    data = bytearray(SMALL)
    for position, byte in changes:
        data[position] = byte
    try:
        read_table(Upload("home.parquet", bytes(data[: len(data) - cut if cut < 20 else len(data)])), Problems())
    except Refused as refused:
        assert {"home.parquet"} == {problem.location.file for problem in refused.problems}
