"""The partition law: a data set has the same findings in one part or in many, in any order, in one process or in several."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from dabiao import check, read_facts
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Location, Refused
from dabiao.cli import main
from dabiao.engine.partition import FINDINGS, Asked, Judged, judge_partition, total
from dabiao.engine.partitions import PartitionsRequest, make_partitions, run_partitions
from dabiao.engine.parts import FOLDERS, Piece, Roots, Work, list_code, read_plan_text, unpack
from dabiao.engine.results import VERDICTS
from dabiao.facts.datasets.read import open_data_set
from dabiao.facts.datasets.table import ROOT
from dabiao.facts.vocabulary import Vocabulary
from datasets import COMMITMENTS, MEASURES, PLAN, REST, Row, find_findings, find_followed, write_head, write_wide
from helpers import plan_text
from hypothesis import given, settings
from hypothesis import strategies as st

ROOTS = [f"{sign}区" for sign in "甲乙丙丁戊己庚"]


@st.composite
def data_sets(draw: st.DrawFn) -> list[Row]:
    """Draw districts with towns, centres and homes of two years; figures are missing, whole, or decimals at the boundary."""
    rows = []
    numbers = st.sampled_from(["84.65", "84.6499999999999999999", "84.65000000000000001", "0", "33.3", "84.7"])
    for root in draw(st.lists(st.sampled_from(ROOTS), min_size=1, unique=True)):
        for year in draw(st.sampled_from([[2023], [2022], [2022, 2023]])):
            budget = draw(st.none() | st.sampled_from(["11.9", "12.5"]))
            rows.append(Row("district", root, year, root, {"budget": budget} if budget else {}))
            towns = draw(st.lists(st.sampled_from(["东镇", "西镇"]), unique=True))
            rows += [Row("town", root, year, town, {}) for town in towns]
            for number in range(draw(st.integers(0, 2)) if towns else 0):
                carers = {"carers": str(draw(st.integers(0, 4)))} if draw(st.booleans()) else {}
                rows.append(Row("centre", root, year, f"{number}号", carers, draw(st.sampled_from(towns))))
            for name in draw(st.lists(st.sampled_from(["甲院", "乙院", "丙院"]), unique=True)):
                beds, grade = draw(st.none() | st.integers(0, 200)), draw(st.none() | st.sampled_from(["one", "two"]))
                facts = {
                    "beds": None if beds is None else str(beds), "pleased": draw(st.none() | numbers),
                    "cost": draw(st.none() | numbers), "grade": grade,
                }  # fmt: skip
                rows.append(Row("home", root, year, name, {k: v for k, v in facts.items() if v is not None}))
    return rows


def judge_parts(head: Path, parts: Sequence[Sequence[str]], seed: int) -> list[Judged]:
    """Judge partitions, the rows of each in another order."""
    with open_data_set(head, Vocabulary(PLAN)) as data:
        found = []
        for roots in parts:
            frames = {
                kind: lazy.filter(pl.col(ROOT).is_in(list(roots))).collect() for kind, lazy in data.scan().items()
            }
            shuffled = {kind: frame.sample(fraction=1.0, shuffle=True, seed=seed) for kind, frame in frames.items()}
            found.append(judge_partition(data, shuffled, Asked(2023)))
        return found


@settings(max_examples=20, deadline=None)
@given(rows=data_sets(), seed=st.integers(0, 2**32))
def test_any_partition_finds_the_same(rows: list[Row], seed: int) -> None:
    """One, two and seven parts, shuffled: findings, consequences and counts are those of the whole."""
    with tempfile.TemporaryDirectory() as made:
        head = write_wide(Path(made), rows)
        if not any(row.year == 2023 for row in rows):
            return
        whole = check(PLAN, read_facts(head, PLAN), year=2023)
        roots = sorted({row.root for row in rows})
        random.Random(seed).shuffle(roots)
        for many in (1, 2, 7):
            found = judge_parts(head, [part for n in range(many) if (part := roots[n::many])], seed)
            findings = pl.concat([one.findings for one in found]).drop("location")
            followed = pl.concat([one.followed for one in found])
            counted = [
                (rule, root, subject, kind, year, tuple(sorted((why["id"], why["subject"]) for why in because)))
                for rule, root, kind, subject, year, _, because in followed.iter_rows()
            ]

            assert find_findings(whole) == sorted(findings.iter_rows(), key=repr)
            assert find_followed(whole) == sorted(counted)
            counts = total(pl.concat([one.counts for one in found]))
            assert whole.counts() == {verdict: counts.get(verdict, 0) for verdict in VERDICTS}
            assert whole.reported == sum(one.reported for one in found)


def write_many(folder: Path, districts: int = 7, form: str = "parquet") -> Path:
    """Write a data set of districts with three homes each, beside its plan."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, REST), encoding="utf-8")
    homes = [
        Row("home", f"区{n}", year, f"院{m}", {"beds": str(40 + m), "cost": str(130 + n), "pleased": f"84.6{n}"})
        for n in range(districts) for year in (2022, 2023) for m in range(3)
    ]  # fmt: skip
    return write_wide(
        folder,
        [*(Row("district", f"区{n}", 2023, f"区{n}", {"budget": "1.5"}) for n in range(districts)), *homes],
        form,
    )


def run(folder: Path, *arguments: str, limit: int = 7) -> Result:
    """Check the data set of a folder into another one."""
    head = [
        "--limit",
        f"partition={limit}",
        "check",
        str(folder / "demo.plan.yaml"),
        str(folder / "dataset.facts.yaml"),
    ]
    return CliRunner().invoke(main, [*head, "--lang", "en", *arguments])


def findings_in(folder: Path) -> list[tuple[object, ...]]:
    """Return all findings in a folder, in no order."""
    return sorted(pl.read_parquet(folder / "findings" / "*.parquet").iter_rows(), key=repr)


def test_processes_find_the_same(tmp_path: Path) -> None:
    """The command writes the findings of the whole check, from one process or two, and ends with its exit code."""
    head = write_many(tmp_path)
    whole = check(PLAN, read_facts(head, PLAN)).to_polars().cast({"verdict": pl.String, "waived_from": pl.String})
    expected = sorted(whole.select(*FINDINGS).iter_rows(), key=repr)
    for jobs in ("1", "2"):
        result = run(tmp_path, "-o", f"parquet:{tmp_path / jobs}/", "--jobs", jobs)

        assert 1 == result.exit_code, result.output
        assert "7 root subjects in 7 parts" in result.output
        assert expected == findings_in(tmp_path / jobs)
        for part in (tmp_path / jobs / "findings").iterdir():
            assert FINDINGS == dict(pl.read_parquet_schema(part))
        assert not list((tmp_path / jobs).glob(".*"))
    assert 1 == run(tmp_path, "-o", "json").exit_code


def test_a_run_that_was_ended_goes_on(tmp_path: Path) -> None:
    """What is complete stays, what is missing is made, and the totals are those of all."""
    write_many(tmp_path)
    out = tmp_path / "out"
    first = run(tmp_path, "-o", f"parquet:{out}/", "--jobs", "1")
    expected = findings_in(out)
    (out / "counts" / "part-00003.parquet").unlink()
    (out / "findings" / "part-00003.parquet").unlink()
    kept = (out / "findings" / "part-00002.parquet").stat().st_mtime_ns
    again = run(tmp_path, "-o", f"parquet:{out}/", "--resume", "--jobs", "1")

    assert (first.exit_code, first.output) == (again.exit_code, again.output)
    assert expected == findings_in(out)
    assert kept == (out / "findings" / "part-00002.parquet").stat().st_mtime_ns


def test_names_of_files_and_folders_are_no_patterns(tmp_path: Path) -> None:
    """Brackets and stars in the path of the data and of the findings are read as they stand, sorted rows and --resume included."""
    found = []
    for name in ("plain", "[2023]"):
        folder = tmp_path / name
        folder.mkdir()
        head = write_many(folder)
        (folder / "home.parquet").rename(folder / "h[1]*.parquet")
        head.write_text(head.read_text(encoding="utf-8").replace("home.parquet", "h[1]*.parquet"), encoding="utf-8")
        asked = ("-o", f"parquet:{folder / 'out'}/", "--jobs", "1")
        first = run(folder, *asked)
        (folder / "out" / "counts" / "part-00003.parquet").unlink()
        kept = (folder / "out" / "findings" / "part-00002.parquet").stat().st_mtime_ns
        again = run(folder, *asked, "--resume")

        assert (1, 1) == (first.exit_code, again.exit_code), first.output
        assert kept == (folder / "out" / "findings" / "part-00002.parquet").stat().st_mtime_ns
        files = (folder / "out" / "findings").iterdir()
        tables = [pl.read_parquet(file, glob=False).drop("location") for file in files]
        found.append(sorted((row for table in tables for row in table.iter_rows()), key=repr))
    assert found[0] == found[1]
    assert found[0]


def test_nothing_goes_on_with_another_run(tmp_path: Path) -> None:
    """A folder that is not empty is not written into, and one of other data, or other questions, is not gone on with."""
    write_many(tmp_path)
    out = f"parquet:{tmp_path / 'out'}/"
    assert 1 == run(tmp_path, "-o", out, "--jobs", "1").exit_code
    for arguments in ((), ("--resume", "--select", "cost"), ("--resume", "--year", "2022")):
        assert 2 == run(tmp_path, "-o", out, "--jobs", "1", *arguments).exit_code
    write_many(tmp_path, 6)
    assert 2 == run(tmp_path, "-o", out, "--jobs", "1", "--resume").exit_code


def test_errors_refuse_the_whole(tmp_path: Path) -> None:
    """Rows that cannot be used in one part give no total and exit code 2; a part without them is written all the same."""
    write_many(tmp_path)
    frame = pl.read_parquet(tmp_path / "home.parquet")
    bad = pl.when(pl.col("subject") == "区3", pl.col("name") == "院1").then(pl.lit("x")).otherwise("beds").alias("beds")
    frame.with_columns(bad).write_parquet(tmp_path / "home.parquet")
    result = run(tmp_path, "-o", f"parquet:{tmp_path / 'out'}/", "--jobs", "1")
    problems = pl.read_parquet(tmp_path / "out" / "problems" / "*.parquet").filter(pl.col("severity") == "error")

    assert (2, ["bad-fact"]) == (result.exit_code, problems["code"].to_list())
    assert "home.parquet:20:4: 2 cells (lines 20, 23) are alike: 'x' is not a number" in result.output
    assert 6 == len(list((tmp_path / "out" / "findings").iterdir()))


@pytest.mark.parametrize("arguments", [(), ("--jobs", "1"), ("--jobs", "2")])
def test_a_damaged_page_is_told_with_its_file(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A Parquet file whose end is sound and whose figures cannot be read is named, and nothing is judged."""
    write_many(tmp_path)
    frame = pl.read_parquet(tmp_path / "home.parquet")
    frame.select("beds", pl.exclude("beds")).write_parquet(tmp_path / "home.parquet")
    data = bytearray((tmp_path / "home.parquet").read_bytes())
    data[4:24] = b"\xff" * 20  # the head of the first page
    (tmp_path / "home.parquet").write_bytes(data)
    output = ("-o", f"parquet:{tmp_path / 'out'}/") if arguments else ()
    result = run(tmp_path, *output, *arguments)

    assert (2, [f"{tmp_path / 'home.parquet'}: not a Parquet file, or a damaged one"]) == (
        result.exit_code, [line.removeprefix("error: ") for line in result.output.splitlines() if "Parquet" in line],
    )  # fmt: skip


def test_a_root_that_is_too_large_is_named_before_the_run(tmp_path: Path) -> None:
    """A district with more rows than are judged together is refused by name, and nothing is written."""
    write_many(tmp_path)
    result = run(tmp_path, "-o", f"parquet:{tmp_path / 'out'}/", limit=6)

    assert (2, False) == (result.exit_code, (tmp_path / "out").exists())
    assert "区0 has 7 rows, and at most 6 are judged together" in result.output


def test_districts_that_look_alike_are_refused_wherever_they_are(tmp_path: Path) -> None:
    """Two spellings of one district would be two parts: they are found before anything is divided."""
    pl.DataFrame(
        {"subject": ["甲区", "甲 区"], "year": [2023, 2023], "name": ["a", "b"], "beds": [1, 1]}
    ).write_parquet(tmp_path / "h.parquet")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, REST), encoding="utf-8")
    write_head(tmp_path, [{"kind": "home", "files": "h.parquet"}])

    assert 2 == run(tmp_path, "-o", f"parquet:{tmp_path / 'out'}/", limit=1).exit_code


def test_rows_of_nobody_are_refused(tmp_path: Path) -> None:
    """A row without a district is in no part, and is told all the same."""
    write_many(tmp_path)
    frame = pl.read_parquet(tmp_path / "home.parquet")
    nobody = frame.head(1).with_columns(pl.lit(None, pl.String).alias("subject"))
    pl.concat([frame, nobody]).write_parquet(tmp_path / "home.parquet")
    result = run(tmp_path, "-o", f"parquet:{tmp_path / 'out'}/", "--jobs", "1")

    assert 2 == result.exit_code
    assert "home.parquet:43: this row does not say" in result.output


@pytest.mark.parametrize(
    "arguments",
    [("--jobs", "2"), ("--resume",), ("--engine", "spark"), ("--master", "local"), ("-o", "parquet:x/", "-o", "text")],
)
def test_options_of_parts_need_a_folder(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What only means something for a folder of findings is refused without one, and a folder stands alone."""
    write_many(tmp_path)
    assert 2 == run(tmp_path, *arguments).exit_code


def test_sheets_are_not_judged_in_parts(tmp_path: Path) -> None:
    """A folder of findings is for a data set: a single sheet beside it, or instead of it, is refused."""
    write_many(tmp_path)
    sheet = tmp_path / "s.facts.yaml"
    sheet.write_text("plan: demo\nsubject: 甲区\nyear: 2023\n", encoding="utf-8")

    assert 2 == run(tmp_path, str(sheet), "-o", f"parquet:{tmp_path / 'out'}/").exit_code


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    """A misspelt name of the head is no matter of data sets."""
    write_many(tmp_path)
    words = ["check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "datset.facts.yaml"), "--lang", "en"]
    result = CliRunner().invoke(main, [*words, "-o", f"parquet:{tmp_path / 'out'}/"])

    assert 2 == result.exit_code
    assert f"{tmp_path / 'datset.facts.yaml'}: cannot be read: No such file or directory\n" == result.output


def test_a_waiver_has_to_say_which_subject_it_means(tmp_path: Path) -> None:
    """Where parts cannot see one another, a waiver for a home that several districts may have needs its district."""
    write_many(tmp_path)
    waiver = {
        "commitment": "cost", "subject": "院1", "year": 2023, "reason": "r", "authority": "a", "expires": "2099-01-01",
    }  # fmt: skip
    for more, expected in (({}, 2), ({"in": "区1"}, 1)):
        text = json.dumps({"plan": "demo", "waivers": [{**waiver, **more}]}, ensure_ascii=False)
        (tmp_path / "w.waivers.yaml").write_text(text, encoding="utf-8")
        out = f"parquet:{tmp_path / str(expected)}/"
        assert (
            expected == run(tmp_path, "-o", out, "--jobs", "1", "--waivers", str(tmp_path / "w.waivers.yaml")).exit_code
        )


class Hiding:
    """Judges parts here, each while the files of homes that have nothing of it are away."""

    shared = False

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge parts one after the other."""
        del told
        (homes,) = (table.pieces.files for table in work.data.tables if table.kind.id == "home")
        for number in left:
            away = [Path(file) for at, file in enumerate(homes) if at not in parts[number].files["home"]]
            assert len(homes) - 1 == len(away)
            for file in away:
                file.rename(f"{file}.away")
            yield number, work.judge(number, parts[number])
            for file in away:
                Path(f"{file}.away").rename(file)


def test_a_part_reads_the_files_of_its_rows_alone(tmp_path: Path) -> None:
    """Where each district has a file, a part reads that of its district: the others may be away, and all is found."""
    write_many(tmp_path)
    homes = pl.read_parquet(tmp_path / "home.parquet")
    (tmp_path / "homes").mkdir()
    for (root,), rows in homes.group_by("subject"):
        rows.write_parquet(tmp_path / "homes" / f"{root}.parquet")
    head = write_head(tmp_path, [{"kind": "district", "files": "district.parquet"}, {"kind": "home", "files": "homes"}])
    plan = str(tmp_path / "demo.plan.yaml")
    with use_limits(Limits(partition=7)):
        request = PartitionsRequest(plan=plan, sheets=(head,), folder=tmp_path / "out", engine=Hiding())
        outcome = run_partitions(request)

    assert (7, ()) == (outcome.partitions, outcome.problems)
    whole = check(PLAN, read_facts(head, PLAN)).to_polars().cast({"verdict": pl.String, "waived_from": pl.String})
    assert sorted(whole.select(*FINDINGS).iter_rows(), key=repr) == findings_in(tmp_path / "out")


def test_a_worker_looks_at_what_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other code, another plan than was sent, or data that are not there: a worker refuses each before it judges."""
    head = write_many(tmp_path)
    request = PartitionsRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=(head,), folder=tmp_path)
    with open_data_set(head, Vocabulary(PLAN)) as data:
        work = Work(read_plan_text(request), data, Asked(2023), tmp_path)
    parcel = work.pack()
    code, _, text, rest = pickle.loads(parcel)

    def refused(parcel: bytes) -> str:
        with pytest.raises(Refused) as told:
            unpack(parcel)
        return told.value.problems[0].code

    assert work.text.digest == unpack(parcel)[0].text.digest
    assert "partitions.other-text" == refused(pickle.dumps((code, "another", text, rest)))
    assert "partitions.other-code" == refused(pickle.dumps((b"another", work.text.digest, text, rest)))
    (tmp_path / "home.parquet").unlink()
    unpack.cache_clear()
    assert "partitions.not-shared" == refused(parcel)


def test_the_digest_of_the_code_covers_every_module_that_judging_loads(tmp_path: Path) -> None:
    """Whatever of the program a worker loads to read, judge and write a part is in the digest, and so are its tables of data."""
    head = write_many(tmp_path)
    request = PartitionsRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=(head,), folder=tmp_path)
    with open_data_set(head, Vocabulary(PLAN)) as data:
        work = Work(read_plan_text(request), data, Asked(2023), tmp_path)
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    roots = Roots(("区0",), {"district": (0,), "home": (0,)})
    (tmp_path / "sent").write_bytes(pickle.dumps((work.pack(), 0, roots)))
    script = (
        "import pathlib, pickle, sys\nfrom dabiao.engine.parts import judge_in_worker\n"
        "judge_in_worker(*pickle.loads(pathlib.Path(sys.argv[1], 'sent').read_bytes()))\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('dabiao.') and m.__file__), sep='\\n')"
    )
    found = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    loaded = {Path(line).resolve() for line in found.stdout.splitlines()}
    covered = {file.resolve() for file in list_code()}

    assert list((tmp_path / "findings").iterdir())
    assert {"partition.py", "judge.py", "read.py", "units.py"} <= {file.name for file in loaded}
    assert set() == loaded - covered
    assert {"units.json", "zh.json", "en.json"} <= {file.name for file in covered}


@settings(max_examples=50)
@given(sizes=st.lists(st.integers(1, 10)), most=st.integers(5, 20))
def test_every_root_is_in_one_part(sizes: list[int], most: int) -> None:
    """Parts hold every root subject once, and none is larger than is allowed; one that is too large is refused."""
    named = [(f"r{n}", size) for n, size in enumerate(sizes)]
    with use_limits(Limits(partition=most)):
        if max(sizes, default=0) > most:
            with pytest.raises(Refused):
                make_partitions(named, Location("x"))
            return
        parts = make_partitions(named, Location("x"))

    assert [root for root, _ in named] == [root for part in parts for root in part]
    assert all(sum(dict(named)[root] for root in part) <= most for part in parts)
