"""What is fuzzed: for each reader a corpus made from shipped files, a way to feed it bytes, and the laws that must hold.

A law is broken by any exception but `Refused`, by a problem without a place, by one whose text cannot be printed, by a
value that is no finite exact number, by what does not come whole out of another process, and by a second reading that differs
from the first.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from zlib import crc32

from dabiao.base.archive import make_archive, open_archive
from dabiao.base.messages import visible
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.quantities import BadNumber, parse_quantity
from dabiao.base.units import UnknownUnit
from dabiao.engine.bundles import order
from dabiao.facts.cells import read_value
from dabiao.facts.model import Sheet
from dabiao.facts.read import read_facts
from dabiao.rules.compile import Scope, compile_condition, compile_value
from dabiao.rules.load import find_shipped_plans, load_plan, parse_plan
from dabiao.rules.model import Kind, Measure, Plan
from dabiao.rules.shape import Source
from kills import PLAN, make_sheet

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "facts" / "samples"
WHOLE = frozenset((
    "empty-file", "not-utf8", "binary-file", "unreadable", "not-a-file", "more-problems", "over-limit", "bad-archive", "archive-path", "archive-twice",
    "archive-overlap", "archive-locked", "archive-damaged", "xml-entity", "hidden-mark", "unknown-format", "empty-register", "no-such-plan",
    "reading.lies", "reading.not-utf8", "reading.two-tables", "workbook-unsound",
))  # fmt: skip
"""Problems of a whole file, which have no line."""
TOKENS = [
    "plan", "subject:", "year: 2023", "facts:", "subjects:", "kind:", "name:", "registers:", "absent:", "value:", "percentages: percent", "commitments:", "measure:", "at_least:",
    "due:", "each:", "where:", "staged:", "count(", "sum(", "share(", "average(", "baseline(", "last(", "total(", "change(", " of ", " where ", " and ", " or ", "not ", "1:30",
    "万", "亿", "%", "‰", "张", "万人", "１２％", "−5", "1,000", "1e400", ".inf", ".nan", "0x1F", "9" * 41, "缺:迟报", "—", "/", "\u202e", "\u200b", "\x00", "\x1b[31m", "\ufeff", "\r\n",
    "\u3000", "&a ", "*a", "!!python/object:os.system", "<<: ", "{", "}", "[", "]", "- ", "? ", ": ", "# ", "|", ">", "'", '"', "\\ud800", "\\u0000", "=cmd|' /C calc'!A0",
    "<c r=\"A1\">", "<v>", "</v>", 't="s"', 't="e"', "<!DOCTYPE a>", "&lt;", "&#0;", "mergeCell", "9999999", "-1", "NaN", "null", "true", "..", "/etc/passwd", ",", "\n", "\t",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One thing to feed with bytes."""

    run: Callable[[bytes], None]
    corpus: Callable[[], list[bytes]]
    longest: int = 4096


class Broken(AssertionError):  # noqa: N818
    """A law does not hold."""


@cache
def folder() -> Path:
    """Return a folder for inputs, in memory where the machine has such."""
    shm = Path("/dev/shm")
    found = Path(tempfile.mkdtemp(prefix="dabiao-fuzz-", dir=shm if os.access(shm, os.W_OK) else None))
    import atexit

    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


@cache
def plan(name: str = "example") -> Plan:
    """Return a shipped plan."""
    return load_plan(name)


def told(problems: Iterable[Problem], *, lines: bool = True) -> list[str]:
    """Return problems as texts, after seeing that each has a place and can be printed."""
    texts = []
    for problem in problems:
        location = problem.location
        if pickle.loads(pickle.dumps(problem)) != problem:
            raise Broken(f"not sent whole: {problem}")
        if not location.file or (lines and not location.line and not location.cell and problem.code not in WHOLE):
            raise Broken(f"no place: {problem}")
        for lang in ("zh", "en"):
            text = problem.text(lang)
            if visible(text) != text or len(text) > 10_000:
                raise Broken(f"cannot be printed: {text!r}")
            text.encode()
            texts.append(text)
    if not texts:
        raise Broken("refused without a problem")
    return texts


def outcome(read: Callable[[], object], *, lines: bool = True) -> object:
    """Return what reading gives: a value, or the problems. One in eight is read again, and must give the same."""

    def once() -> object:
        Problems()  # suggestions are counted anew
        try:
            return read()
        except Refused as refused:
            return told(refused.problems, lines=lines)

    first = once()
    if not crc32(repr(first).encode("utf-8", "replace")) % 8 and repr(first) != repr(second := once()):
        raise Broken(f"{first!r} and then {second!r}")
    return first


def _facts(path: Path, *, lines: bool = True) -> None:
    def read() -> object:
        facts = read_facts(path, plan())
        if facts.notes:
            told(facts.notes, lines=lines)
        values = _values(facts.sheets)
        for value, _, location in values:
            if not location.file or not (value is None or isinstance(value, Fraction)):
                raise Broken(f"{value!r} at {location}")
        if _values(pickle.loads(pickle.dumps(facts.sheets))) != values:
            raise Broken(f"not sent whole: {facts.sheets}")
        return values

    outcome(read, lines=lines)


def _values(sheets: Iterable[Sheet]) -> list[tuple[Fraction | None, str, Location]]:
    """Return the first facts of every part of some sheets."""
    return [
        (f.value, f.raw, f.location)
        for sheet in sheets
        for part in sheet.parts
        for at in range(min(len(part.names()), 50))
        for f in part.facts(at).values()
    ]


def _sheet(suffix: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        path = folder() / f"s.facts.{suffix}"
        path.write_bytes(data)
        _facts(path)

    return run


def _samples() -> list[bytes]:
    files = [*SAMPLES.glob("*.facts.yaml"), *SAMPLES.glob("*/sheet.facts.yaml")]
    return [path.read_bytes()[:4000] for path in files] + [SAMPLES.joinpath("example-2023.facts.yaml").read_bytes()]


def _json_samples() -> list[bytes]:
    import yaml

    whole = yaml.safe_load(SAMPLES.joinpath("example-2023.facts.yaml").read_text("utf-8"))
    return [json.dumps(whole, default=str, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)]


def _plan(data: bytes) -> None:
    text = data.decode("utf-8", "replace")

    def read() -> object:
        loaded = parse_plan(text, "p.plan.yaml")
        return sorted(loaded.commitments), sorted(loaded.measures)

    outcome(read)


def _plans() -> list[bytes]:
    example = find_shipped_plans()["example"].read_bytes()
    lines = example.split(b"\n")
    return [example, b"\n".join(lines[:80]), (ROOT / "rules" / "plans" / "yanqing.care.yaml").read_bytes()[:6000]]


def _expression(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    rules = plan()
    for kind in rules.kinds:
        scope = Scope(kind, rules.kinds, rules.measures)
        for compiled in (compile_value, compile_condition):
            outcome(lambda c=compiled, s=scope: c(Source(text, Location("e", 1, 1)), s))  # type: ignore[misc]


def _expressions() -> list[bytes]:
    found = {
        source.text
        for name in find_shipped_plans()
        for c in plan(name).original.commitments
        for source in (c.measure, c.holds, c.where, c.at_least)
        if source
    }
    return [text.encode() for text in sorted(found)[:400]]


def _number(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        quantity = parse_quantity(text)
    except (BadNumber, UnknownUnit):
        quantity = None
    if quantity is not None and quantity != parse_quantity(text):
        raise Broken(text)
    for measure in _measures():
        for percentages in (None, "percent", "fraction") if measure.unit.is_percentage else (None,):
            problems = Problems()
            value = read_value(text, measure, Location("n", 1, 1), problems, percentages)  # type: ignore[arg-type]
            if problems.found:
                told(problems.found)
            if (value is None) != bool(problems.errors) or not (value is None or isinstance(value, Fraction)):
                raise Broken(f"{text!r}: {value!r} {problems.found}")
            if value is not None and measure.low is not None and value < measure.low:
                raise Broken(f"{text!r}: {value!r}")


@cache
def _measures() -> list[Measure]:
    """Return one measure of each sort: by unit, and by steps."""
    sorts = {(m.unit.symbol, m.ordered and bool(m.steps)): m for m in plan("yanqing").measures.values()}
    return list(sorts.values())[:6]


def _numbers() -> list[bytes]:
    texts = [
        "500张",
        "1.2万人",
        "47.5%",
        "１２％",
        "1:4",
        "0.28万人",
        "1,000",
        "-5",
        "+5",
        "1:30",
        "2023-01-01",
        "缺:迟报",
        "—",
        "/",
        "无",
        "暂无",
        "N/A",
        "是",
        "否",
        "五星",
        "500①",
        "5²",
        "12.5‰",
        "1.2亿元",
        "３００",
        "0.8",
        "80",
        "1e400",
        "NaN",
        ".inf",
        "90亩",
    ]
    return [text.encode() for text in texts]


def _kind() -> Kind:
    """Return the kind below the root with most measures."""
    below = [kind for kind in plan().kinds.values() if kind.parent == plan().root.id]
    return max(below, key=lambda kind: len(plan().reported(kind.id)))


def _csv(data: bytes) -> None:
    kind = _kind()
    place = folder() / "table"
    place.mkdir(exist_ok=True)
    head = f"plan: {plan().id}\nsubject: 某区\nyear: {plan().first}\n"
    (place / "sheet.facts.yaml").write_text(head, "utf-8")
    (place / f"{kind.id}.csv").write_bytes(data)
    _facts(place)


def _tables() -> list[bytes]:
    kind = _kind()
    names = list(plan().reported(kind.id))
    rows = [",".join(["name", *names]), *(",".join([f"甲{i}", *["5"] * len(names)]) for i in range(5))]
    text = "\n".join(rows)
    shipped = [path.read_bytes() for path in SAMPLES.glob("*/*.csv")]
    return [
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("gb18030"),
        text.replace(",", "\t").encode(),
        *(s[:3000] for s in shipped),
    ]


@cache
def _data_set() -> dict[str, bytes]:
    """Return the files of a data set: its head, a long and a wide table as CSV, and one as Parquet."""
    import polars as pl

    rules, kind = plan(), _kind()
    own = [m for m in rules.reported(rules.root.id).values() if m.unit.symbol == "张"]
    figures = [m for m in rules.reported(kind.id).values() if not m.steps]
    columns = [f"{m.id} [{m.unit.symbol}]" for m in figures]
    years = range(rules.first, rules.last)
    rows = [
        {"subject": "某区", "year": y, "org": f"甲{n}", "phone": "010", **dict.fromkeys(columns, n)}
        for y in years
        for n in (1, 2)
    ]
    wide, parquet = pl.DataFrame(rows), io.BytesIO()
    wide.with_columns(pl.lit("邻区").alias("subject")).write_parquet(parquet)
    long = [(root, y, m.id, 5, m.unit.symbol) for root in ("某区", "邻区") for y in years for m in own]
    head = f"plan: {rules.id}\nregisters: {{{kind.id}: complete}}\npercentages: percent\ndataset:\n"
    head += f"  - {{kind: {rules.root.id}, files: long.csv}}\n"
    head += (
        f"  - kind: {kind.id}\n    files: [wide.csv, wide.parquet]\n    columns: {{org: name}}\n    ignored: [phone]\n"
    )
    return {
        "dataset.facts.yaml": head.encode(),
        "long.csv": pl.DataFrame(long, ["subject", "year", "measure", "value", "unit"], orient="row")
        .write_csv()
        .encode(),
        "wide.csv": wide.write_csv().encode(),
        "wide.parquet": parquet.getvalue(),
    }


def _files_of_data_set(data: bytes) -> None:
    if not data:
        return
    files = dict(_data_set())
    files[list(files)[data[0] % len(files)]] = data[1:]
    place = folder() / "data set"
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        (place / name).write_bytes(content)
    _facts(place / next(iter(files)), lines=False)


def _altered_data_sets() -> list[bytes]:
    return [bytes([number]) + content for number, content in enumerate(_data_set().values())]


def _archive(data: bytes) -> None:
    def read() -> object:
        with open_archive(data, "a.zip") as archive:
            return [len(archive.read(member)) for member in archive.infolist()]

    outcome(read, lines=False)


def packed(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


@cache
def _workbook() -> dict[str, bytes]:
    """Return the parts of a filled template of the example plan."""
    from click.testing import CliRunner
    from dabiao.cli import main

    path = folder() / "t.xlsx"
    year = str(plan().first)
    found = CliRunner().invoke(
        main,
        ["template", "example", "--year", year, "--tier", "all", "--subject", "某区", "--blank", "3", "-o", str(path)],
    )
    if found.exit_code:
        raise RuntimeError(found.output)
    with zipfile.ZipFile(path) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def _parts() -> list[str]:
    return sorted(name for name in _workbook() if name.endswith((".xml", ".rels")))


def _xlsx(data: bytes) -> None:
    if not data:
        return
    parts = dict(_workbook())
    parts[_parts()[data[0] % len(_parts())]] = data[1:]
    path = folder() / "s.xlsx"
    path.write_bytes(packed(parts))
    _facts(path, lines=False)


def _xlsx_parts() -> list[bytes]:
    return [bytes([number]) + _workbook()[name] for number, name in enumerate(_parts())]


@cache
def _bundle() -> dict[str, bytes]:
    """Return the files of a bundle of a small check with assignments and waivers: one that is quickly judged again."""
    from click.testing import CliRunner
    from dabiao.cli import main

    given = {
        "b.plan.yaml": PLAN, "b.facts.yaml": make_sheet(3),
        "b.assignments.yaml": "assignments: kills\nowners:\n  - {commitment: beds, office: 养老科}\n",
        "b.waivers.yaml": "plan: kills\nwaivers:\n"
        "  - {commitment: beds, subject: n1, year: 2023, reason: 改建, authority: 区局, expires: 2024-06-30}\n",
    }  # fmt: skip
    for name, text in given.items():
        (folder() / name).write_text(text, "utf-8")
    plan_file, sheet, assignments, waivers = (str(folder() / name) for name in given)
    path = folder() / "b.zip"
    call = ["check", plan_file, sheet, "--assignments", assignments, "--waivers", waivers, "-o", f"bundle:{path}"]
    found = CliRunner().invoke(main, call)
    if not path.exists():
        raise RuntimeError(found.output)
    with zipfile.ZipFile(path) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def _verify(data: bytes) -> None:
    from dabiao.evidence.verify import VerifyRequest, verify

    if not data:
        return
    members = dict(_bundle())
    members[sorted(members)[data[0] % len(members)]] = data[1:]
    path = folder() / "v.zip"
    path.write_bytes(make_archive(order(members)))

    try:
        verified = verify(VerifyRequest(path))
    except Refused as refused:
        told(refused.problems, lines=False)
        return
    for problems in (verified.contents, verified.differences, verified.notes):
        if problems:
            told(problems, lines=False)
    # the manifest says what the rest must be; what else it says, such as versions, decides nothing
    files = {name for name in members if name != "manifest.json"}
    if not verified.exit_code and any(_bundle()[name] != members[name] for name in files):
        raise Broken("an altered bundle was verified")


def _members() -> list[bytes]:
    return [bytes([number]) + _bundle()[name] for number, name in enumerate(sorted(_bundle()))]


def _verify_archive(data: bytes) -> None:
    """Verify any bytes: what is verified are those of the bundle that a check has written of what is in it."""
    from dabiao.engine.bundles import read_bundle
    from dabiao.evidence.verify import VerifyRequest, verify

    path = folder() / "w.zip"
    path.write_bytes(data)
    try:
        verified = verify(VerifyRequest(path))
    except Refused as refused:
        told(refused.problems, lines=False)
        return
    if verified.exit_code:
        told((*verified.contents, *verified.differences, *verified.notes), lines=False)
    elif data != make_archive(order(read_bundle(path).members)):
        raise Broken("an archive with something beside its files was verified")


def _beside(read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Return what feeds a reader of files beside a plan."""

    def run(data: bytes) -> None:
        path = folder() / "beside.yaml"
        path.write_bytes(data)
        outcome(lambda: read(path))

    return run


def _scenario(path: Path) -> object:
    from dabiao.scenarios.steps import read_scenario, read_steps

    problems = Problems()
    steps = read_steps(read_scenario(path, plan()), plan(), problems)
    problems.refuse()
    return steps


def _costs(path: Path) -> object:
    from dabiao.facts.costs.read import read_costs

    problems = Problems()
    costs = read_costs(path, plan(), plan().first, problems)
    problems.refuse()
    return costs


def _assignments(path: Path) -> object:
    from dabiao.rules.assignments import load_assignments

    return load_assignments(path, plan("yanqing"))


def _waivers(path: Path) -> object:
    from dabiao.rules.load import load_waivers

    return load_waivers(path, plan("yanqing"))


def _named(pattern: str) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in sorted(SAMPLES.glob(pattern))]


TARGETS: dict[str, Target] = {
    "yaml": Target(_sheet("yaml"), _samples),
    "json": Target(_sheet("json"), _json_samples),
    "plan": Target(_plan, _plans, 8192),
    "expression": Target(_expression, _expressions, 400),
    "number": Target(_number, _numbers, 80),
    "csv": Target(_csv, _tables),
    "dataset": Target(_files_of_data_set, _altered_data_sets, 20_000),
    "archive": Target(
        _archive, lambda: [packed({"a.xml": b"<a/>", "b/c": b"1" * 500}), packed({}), packed({"x": b""})]
    ),
    "xlsx": Target(_xlsx, _xlsx_parts, 60_000),
    "bundle": Target(_verify, _members, 60_000),
    "container": Target(_verify_archive, lambda: [make_archive(order(_bundle())), packed(_bundle())], 200_000),
    "scenario": Target(_beside(_scenario), _named("example.scenario.yaml"), 8192),
    "costs": Target(_beside(_costs), _named("example.costs.yaml"), 8192),
    "assignments": Target(_beside(_assignments), _named("yanqing.assignments.yaml"), 8192),
    "waivers": Target(_beside(_waivers), _named("yanqing-2023.waivers.yaml"), 8192),
}
SHARES = {
    "yaml": 18,
    "json": 10,
    "plan": 8,
    "expression": 13,
    "number": 20,
    "csv": 8,
    "dataset": 2,
    "archive": 5,
    "xlsx": 3,
    "bundle": 1,
    "container": 1,
    "scenario": 3,
    "costs": 3,
    "assignments": 3,
    "waivers": 2,
}
"""Per cent of the inputs that each target gets: quick ones get more."""


def mutated(data: bytes, pick: random.Random, edits: int) -> bytes:
    """Return an input with some edits: pieces dropped, doubled, swapped, or replaced by tokens and odd bytes."""
    for _ in range(edits):
        at = pick.randrange(len(data) + 1)
        to = min(len(data), at + pick.choice((0, 1, 1, 2, 4, 8, 40)))
        piece = pick.choice(
            (b"", data[at:to] * 2, pick.choice(TOKENS).encode("utf-8", "surrogatepass"), bytes([pick.randrange(256)]))
        )
        data = data[:at] + piece + data[to:]
    return data
