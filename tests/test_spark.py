"""Spark finds what processes find: in any number of parts, in any order, and where a worker dies. Needs its extra, and Java."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao import Refused, check, read_facts
from dabiao.base.limits import Limits, use_limits
from dabiao.cli import main
from dabiao.engine.partition import FINDINGS
from dabiao.engine.partitions import PartitionsOutcome, PartitionsRequest, run_partitions
from dabiao.spark.parts import LOG, Spark
from dabiao.spark.session import find_java, open_session, require_spark
from datasets import COMMITMENTS, MEASURES, PLAN, REST, Row, find_followed, write_wide
from helpers import ON_UNIX, plan_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

try:
    require_spark()
    LACKING = ""
except Refused as refused:
    LACKING = str(refused)
needs_spark = pytest.mark.skipif(bool(LACKING), reason=f"`make test-spark` brings Spark, Debian brings Java: {LACKING}")

IN_PARTS = {1: 1000, 2: 72, 7: 18}  # how many parts, and the rows of one that make them
HEAD = {"percentages": "percent", "registers": {"home": "complete"}}


def make_rows() -> list[Row]:
    """Return seven districts of two years: decimals about a target, missing figures, grades, towns with centres."""
    draw, rows = random.Random(28), []
    for number in range(7):
        root = f"{number}号区"
        for year in (2022, 2023):
            rows.append(
                Row("district", root, year, root, {"budget": f"{11 + draw.random():.2f}"} if number % 3 else {})
            )
            rows += [Row("town", root, year, town, {}) for town in ("东镇", "西镇")]
            rows += [
                Row("centre", root, year, f"{n}号", {"carers": str(n)} if n + number != 3 else {}, "东镇")
                for n in (0, 1, 2)
            ]
            for home in range(3):
                told = {
                    "beds": str(draw.randint(0, 90)), "cost": f"{draw.randint(0, 300)}.5", "grade": draw.choice(["one", "two"]),
                    "pleased": draw.choice(["84.65", "84.6499999999999999999", "84.7", "33.3"]),
                }  # fmt: skip
                facts = {name: value for name, value in told.items() if draw.random() > 0.2}
                rows.append(Row("home", root, year, f"院{home}", facts))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set beside its plan."""
    made = tmp_path_factory.mktemp("spark")
    (made / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, REST), encoding="utf-8")
    write_wide(made, make_rows())
    return made


@pytest.fixture(scope="module")
def spark(folder: Path) -> Iterator[SparkSession]:
    """Spark in this process, with workers that die where a file asks them to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent / "dying"))
        patch.setenv("DABIAO_TEST_DIE", str(folder / "die"))
        with open_session("local[2]", folder / "session.log") as session:
            yield session


def run(folder: Path, out: Path, engine: Spark | None = None, parts: int = 7, **asked: Any) -> PartitionsOutcome:
    """Judge the data set of a folder into another one."""
    with use_limits(Limits(partition=IN_PARTS[parts])):
        request = PartitionsRequest(
            plan=str(folder / "demo.plan.yaml"),
            sheets=(folder / "dataset.facts.yaml",),
            folder=out,
            engine=engine,
            **asked,
        )
        outcome = run_partitions(request)
    assert (parts, ()) == (outcome.partitions, tuple(p for p in outcome.problems if p.severity == "error"))
    return outcome


def found_in(out: Path, *without: str) -> dict[str, bytes]:
    """Return the bytes of all sorted findings, consequences and counts in a folder."""
    found = {}
    for name in ("findings", "consequences", "counts"):
        frame = pl.read_parquet(out / name / "*.parquet").drop(without, strict=False)
        if name == "counts":
            frame = frame.group_by(pl.exclude("findings")).sum()
        rows = sorted(frame.iter_rows(), key=repr)
        found[name] = repr((frame.columns, rows)).encode()
    return found


@needs_spark
def test_spark_finds_what_processes_find(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """From 1, 2 and 7 parts, Spark and processes write the same findings, consequences and counts, those of the whole."""
    whole = check(PLAN, read_facts(folder / "dataset.facts.yaml", PLAN))
    run(folder, tmp_path / "here", jobs=2)
    expected = found_in(tmp_path / "here")
    for parts in IN_PARTS:
        outcome = run(folder, tmp_path / str(parts), Spark(spark), parts)

        assert expected == found_in(tmp_path / str(parts))
        assert {name: many for name, many in whole.counts().items() if many} == outcome.verdicts()
    frame = whole.to_polars().cast({"verdict": pl.String, "waived_from": pl.String}).select(*FINDINGS)
    assert expected["findings"] == repr((frame.columns, sorted(frame.iter_rows(), key=repr))).encode()
    assert len(find_followed(whole)) == pl.read_parquet(tmp_path / "here" / "consequences" / "*.parquet").height > 0


@needs_spark
def test_spark_writes_the_columns_that_are_asked_for(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """Spark and processes write the same of some columns."""
    columns = ("verdict", "commitment", "path", "gap")
    run(folder, tmp_path / "here", columns=columns)
    run(folder, tmp_path / "spark", Spark(spark), columns=columns)

    assert found_in(tmp_path / "here") == found_in(tmp_path / "spark")
    assert [*columns] == pl.read_parquet(tmp_path / "spark" / "findings" / "*.parquet").columns


@needs_spark
def test_a_worker_that_dies_changes_nothing(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """A worker is killed between the findings and the counts of a part: it is judged again, and nothing half written is left."""
    run(folder, tmp_path / "here")
    (folder / "die").touch()
    run(folder, tmp_path / "spark", Spark(spark))

    assert (False, True) == ((folder / "die").exists(), (folder / "die.taken").exists())
    assert found_in(tmp_path / "here") == found_in(tmp_path / "spark")
    assert [] == list((tmp_path / "spark").glob("*/.*"))


@needs_spark
def test_rows_of_data_frames_are_judged_like_those_of_files(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """Shuffled rows, decimals as decimals, in 1, 2 and 7 parts: the findings are those of the files, but for where rows stand."""
    from dabiao.spark import check as check_frames

    run(folder, tmp_path / "here")
    frames = {}
    for kind in ("district", "town", "centre", "home"):
        rows = pl.read_parquet(folder / f"{kind}.parquet").sample(fraction=1.0, shuffle=True, seed=7)
        cost = [pl.col("cost").cast(pl.Decimal(9, 2))] if kind == "home" else []
        for number in range(2):
            rows.with_columns(cost)[number::2].write_parquet(tmp_path / f"{kind}-{number}.parquet")
        frames[kind] = spark.read.parquet(*(str(tmp_path / f"{kind}-{number}.parquet") for number in range(2)))
    assert "decimal(9,2)" == dict(frames["home"].dtypes)["cost"]
    for parts, most in IN_PARTS.items():
        with use_limits(Limits(partition=most)):
            found = check_frames(spark, folder / "demo.plan.yaml", frames, tmp_path / str(parts), head=HEAD)

        assert parts == found.outcome.partitions
        assert found_in(tmp_path / "here", "location") == found_in(tmp_path / str(parts), "location")
    assert found.findings.count() == sum(found.outcome.verdicts().values())
    places = {row["location"] for row in found.findings.filter("subject = '院0'").select("location").collect()}
    assert {f"home[{number}号区/院0/2023]" for number in range(7)} == places


@needs_spark
def test_what_is_wrong_with_a_data_frame_is_told_by_its_rows(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """Cells, columns, kinds and heads that cannot be used are refused, with the row or the name that is known."""
    from dabiao.spark import check as check_frames

    def refused(frame: object, **more: Any) -> list[str]:
        with pytest.raises(Refused) as told:
            out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
            check_frames(spark, folder / "demo.plan.yaml", frame, out, **more)  # type: ignore[arg-type]
        return [problem.text("en") for problem in told.value.problems if problem.severity == "error"]

    homes = spark.createDataFrame([("甲区", 2023, "a.b 院", "x")], "subject string, year int, name string, beds string")
    (unread,) = refused({"home": homes}, head=HEAD)
    (unknown,) = refused({"home": homes.withColumnRenamed("beds", "bed.s")}, head=HEAD)
    (unnamed,) = refused(homes, head=HEAD)
    (misspelt,) = refused({"home": homes}, head={"percentags": "percent"})

    assert unread.startswith("home[甲区/a.b 院/2023]: 'x' is not a number for 'beds measure'")
    assert unknown.startswith("home: ") and "'bed.s'" in unknown
    assert unnamed.endswith("Give them by kind; the plan has district, town, home, centre")
    assert misspelt.endswith("did you mean 'percentages'?")


@needs_spark
def test_a_data_frame_that_spark_cannot_read_is_one_line(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    """A column that is worked out as rows are read, and cannot be, is told in one line; Spark's own words are in a file."""
    from dabiao.spark import check as check_frames
    from pyspark.sql.functions import udf

    rows = spark.createDataFrame([("甲区", 2023, "甲院")], "subject string, year int, name string")
    frame = rows.withColumn("beds", udf(lambda name: 1 // len(name[9:]), "int")("name"))
    with pytest.raises(Refused) as told:
        check_frames(spark, folder / "demo.plan.yaml", {"home": frame}, tmp_path / "out", head=HEAD)

    (problem,) = told.value.problems
    log = tmp_path / "out-spark.log"
    assert f"Spark: Spark could not read the rows of the data frames; what it said is in {log}" == problem.text("en")
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")


def command(folder: Path, out: Path, *more: str) -> list[str]:
    """Return the command that judges the data set of a folder, in Chinese."""
    words = ["-m", "dabiao", "--limit", f"partition={IN_PARTS[7]}", "check", f"{folder}/demo.plan.yaml"]
    return [sys.executable, *words, f"{folder}/dataset.facts.yaml", "-o", f"parquet:{out}/", "--lang", "zh", *more]


@needs_spark
def test_the_command_says_the_same_on_spark(folder: Path, tmp_path: Path) -> None:
    """CSV on Spark: the report and the exit code of processes, not a word of Spark's own, and nothing left beside the folder."""
    (tmp_path / "demo.plan.yaml").write_bytes((folder / "demo.plan.yaml").read_bytes())
    write_wide(tmp_path, make_rows(), "csv")
    out = tmp_path / "out"
    here = subprocess.run(command(tmp_path, tmp_path / "here"), capture_output=True, text=True, check=False)
    there = subprocess.run(
        command(tmp_path, out, "--engine", "spark", "--master", "local[2]"), capture_output=True, text=True, check=False
    )

    assert (1, "") == (here.returncode, here.stderr)
    assert (1, "", here.stdout) == (there.returncode, there.stderr, there.stdout.replace(str(out), f"{tmp_path}/here"))
    assert found_in(tmp_path / "here") == found_in(out)
    assert (out / LOG).is_file()
    assert [] == list(tmp_path.glob(".*"))


@needs_spark
@ON_UNIX
def test_ctrl_c_ends_it_and_another_engine_goes_on(folder: Path, tmp_path: Path) -> None:
    """While Spark is at work Ctrl-C gives 130 and one line; Java ends too, and processes go on with what is complete."""
    out = tmp_path / "out"
    words = command(folder, out, "--engine", "spark", "--master", "local[1]")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    patience = time.monotonic() + 120
    while not any((out / "counts").glob("part-*")) and running.poll() is None and time.monotonic() < patience:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to all of them
    printed, told = running.communicate(timeout=30)
    while session_of(running.pid) and time.monotonic() < patience:
        time.sleep(0.1)
    again = subprocess.run(command(folder, out, "--resume"), capture_output=True, text=True, check=False)
    run(folder, tmp_path / "here")

    assert (130, "", 1) == (running.returncode, printed, len(told.splitlines())), told
    assert "SIGINT" in told
    assert [] == session_of(running.pid)
    assert (1, "") == (again.returncode, again.stderr)
    assert found_in(tmp_path / "here") == found_in(out)


def session_of(leader: int) -> list[str]:
    """Return the processes of a session that are running."""
    listed = subprocess.run(["ps", "-o", "args=,stat=", "-s", str(leader)], capture_output=True, text=True, check=False)
    return [line for line in listed.stdout.splitlines() if not line.endswith("Z")]


@needs_spark
def test_a_master_that_is_none_is_one_line(folder: Path, tmp_path: Path) -> None:
    """Where Spark does not start, one line in the user's language says where its words are, and none of them is printed."""
    out = tmp_path / "out"
    done = subprocess.run(
        command(folder, out, "--engine", "spark", "--master", "nowhere"), capture_output=True, text=True, check=False
    )

    assert 2 == done.returncode
    assert f"--master: Spark 没有能用 nowhere 启动，它的原话见 {out / LOG}\n" == done.stderr
    assert "master" in (out / LOG).read_text(encoding="utf-8").lower()


@needs_spark
@pytest.mark.parametrize(
    ("lang", "says"), [("en", "Java: Spark needs Java 17 or newer"), ("zh", "Java: Spark 需要 Java 17")]
)
def test_missing_java_is_one_line(
    lang: str, says: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Java one line says what to install, and nothing is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    words = [*command(folder, tmp_path / "out", "--engine", "spark", "--master", "local[2]")[3:], "--lang", lang]
    done = CliRunner().invoke(main, words)

    assert (2, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith(says)
    assert not (tmp_path / "out").exists()


@needs_spark
@ON_UNIX
def test_java_that_is_too_old_is_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Java that no Spark takes is named with its version, and with what to install."""
    write_java(tmp_path, 'java version "1.7.0_80"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    done = CliRunner().invoke(main, command(folder, tmp_path / "out", "--engine", "spark", "--master", "local")[3:])

    assert (2, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith("Java: 这里是 Java 7，这一版 Spark 需要")


def write_java(home: Path, told: str) -> None:
    """Write a program that says its version as Java does."""
    (home / "bin").mkdir()
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n", encoding="utf-8")
    java.chmod(0o755)


@ON_UNIX
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('openjdk version "17.0.21.1" 2026-11-17', 17),
        ('java version "1.8.0_422"', 8),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ("no Java here", None),
    ],
)
def test_the_version_of_java_is_what_it_says(
    told: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Java that JAVA_HOME names is asked; one that says nothing is none."""
    write_java(tmp_path, told)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    assert expected == find_java()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--engine", "spark"), "--master: --engine spark needs to know where Spark is"),
        (("--master", "local[2]"), "--master: local[2] says where Spark is, and needs --engine spark"),
        (("--engine", "spark", "--master", "local[2]", "--jobs", "2"), "--jobs: on Spark, --master says how many"),
    ],
)
def test_options_of_spark_go_together(options: tuple[str, ...], says: str, folder: Path, tmp_path: Path) -> None:
    """What Spark has to be told is asked for, and what it does not take is refused."""
    words = [*command(folder, tmp_path / "out")[3:], "--lang", "en", *options]
    done = CliRunner().invoke(main, words)

    assert (2, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith(says)
    assert not (tmp_path / "out").exists()
