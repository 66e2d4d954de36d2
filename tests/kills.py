"""Tells the program to end at any moment, in every format, and looks at what it leaves: `python tests/kills.py 1000`.

What was there before is still there, whole, or the new one is; there is nothing beside it, in the temporary folder or in the cache
that was only begun; there is no traceback, and the exit code is that of the signal, or of a run that was done before it came.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROWS = 400
SAMPLES = Path(__file__).parent.parent / "facts" / "samples"
FOLDERS = ("folder", "parts")  # calls that make a folder, in which nothing was before
DATA_SET = """\
plan: kills
registers: {home: complete}
dataset:
- {kind: district, files: districts.csv}
- {kind: home, files: homes.csv}
"""
PLAN = """\
plan: kills
version: "1"
title: {zh: 示例, en: Example}
document: {title: {zh: 示例, en: Example}}
period: {from: 2021, to: 2025}
baseline: 2020
subjects:
  - {id: district, title: {zh: 区, en: district}}
  - {id: home, title: {zh: 养老机构, en: care home}, in: district, register: reported}
measures:
  - {id: beds, of: home, title: {zh: 床位, en: beds}, unit: 张}
commitments:
  - {id: beds, title: {zh: 床位, en: Beds}, cite: {section: 一, phrase: 不少于}, each: home, measure: beds, at_least: 5 张, due: throughout}
consequences:
  - {id: notice, title: {zh: 通报, en: Notice}, level: alert, when: [{commitment: beds}]}
"""
CHECK = ("check", "k.plan.yaml", "k.facts.yaml")
FORM = ("template", "k.plan.yaml", "--year", "2024", "--tier", "all", "--subject", "某区", "--force")
CALLS = {
    "text": (*CHECK, "-o", "text:out/text"),
    "json": (*CHECK, "-o", "json:out/json"),
    "csv": (*CHECK, "-o", "csv:out/csv"),
    "html": (*CHECK, "-o", "html:out/html"),
    "brief": (*CHECK, "-o", "brief:out/brief.md"),
    "junit": (*CHECK, "-o", "junit:out/junit"),
    "sarif": (*CHECK, "-o", "sarif:out/sarif"),
    "parquet": (*CHECK, "-o", "parquet:out/parquet"),
    "arrow": (*CHECK, "-o", "arrow:out/arrow"),
    "jsonl": (*CHECK, "-o", "jsonl:out/jsonl"),
    "bundle": (*CHECK, "-o", "bundle:out/bundle"),
    "xlsx": (*CHECK, "-o", "xlsx:out/xlsx.xlsx"),
    "several": (*CHECK, "-o", "json:out/a", "-o", "xlsx:out/b.xlsx", "-o", "csv:out/c"),
    "form": (*FORM, "-o", "out/form.xlsx"),
    "skeleton": (*FORM, "-o", "out/form.facts.yaml"),
    "folder": (
        "template",
        "k.plan.yaml",
        "--year",
        "2024",
        "--tier",
        "all",
        "--subject",
        "某区",
        "--format",
        "csv",
        "-o",
        "out/form",
    ),
    "many": ("check", "k.plan.yaml", "sheets", "-o", "json:out/many"),
    "lint": ("lint", "k.plan.yaml"),
    "verify": ("verify", "k.bundle.zip", "-o", "json:out/verify"),
    "budget": (
        "budget",
        "example",
        str(SAMPLES / "example-2023.facts.yaml"),
        "--costs",
        str(SAMPLES / "example.costs.yaml"),
        "-o",
        "json:out/budget",
        "-o",
        "xlsx:out/budget.xlsx",
    ),
    "parts": (
        "--limit",
        "partition=200",
        "check",
        "k.plan.yaml",
        "dataset.facts.yaml",
        "-o",
        "parquet:out/parts/",
        "--jobs",
        "2",
    ),
    "overview": ("overview", "k.plan.yaml", "sheets", "-o", "html:out/overview"),
}
OLD = b"what was there before"


@dataclass(frozen=True)
class Kill:
    """One kill: what was called, the signal, after how many seconds, and what was wrong afterwards."""

    call: str
    sign: str
    after: float
    code: int
    wrong: str


class Kills:
    """A folder with a plan and sheets, in which the program is called and told to end."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self._random, self._lasts = folder, random.Random(seed), dict[str, float]()
        self._whole: set[tuple[str, str]] = set()
        self._done: dict[str, tuple[int, dict[str, int]]] = {}
        (folder / "k.plan.yaml").write_text(PLAN, "utf-8")
        (folder / "k.facts.yaml").write_text(make_sheet(ROWS), "utf-8")
        (folder / "dataset.facts.yaml").write_text(DATA_SET, "utf-8")
        homes = [f"区{row // 100},2023,n{row},{row % 9}\n" for row in range(4_000)]
        (folder / "homes.csv").write_text("区,年度,名称,beds\n" + "".join(homes), "utf-8")
        (folder / "districts.csv").write_text("区,年度\n" + "".join(f"区{n},2023\n" for n in range(40)), "utf-8")
        (folder / "sheets").mkdir()
        for number in range(20):
            (folder / "sheets" / f"{number}.facts.yaml").write_text(make_sheet(20, f"区{number}"), "utf-8")
        bundled = [sys.executable, "-m", "dabiao", *CHECK, "-o", "bundle:k.bundle.zip"]
        subprocess.run(bundled, cwd=folder, check=False)

    def measure(self, call: str) -> None:
        """Run a call to its end: how long it lasts, its exit code, and what it writes."""
        self._clear()
        begun = time.monotonic()
        child = self._start(call)
        child.communicate()
        self._lasts[call] = time.monotonic() - begun
        self._done[call] = child.returncode, {p.name: p.stat().st_size for p in self._out.iterdir()}
        if call == "parts":
            self._whole = self._list_parts()

    def kill(self, call: str, sign: signal.Signals) -> Kill:
        """Call the program and tell it to end at some moment."""
        if call not in self._lasts:
            self.measure(call)
        self._clear()
        for name in self._done[call][1]:
            if call not in FOLDERS:
                (self._out / name).write_bytes(OLD)
        after = self._random.uniform(0, self._lasts[call])
        child = self._start(call)
        while child.poll() is None and not _is_ours(child.pid):
            time.sleep(0.0005)
        try:
            child.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            child.send_signal(sign)
        try:
            _, said = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return Kill(call, sign.name, after, 0, "it did not end")
        return Kill(call, sign.name, after, child.returncode, self._wrong(call, sign, child.returncode, said.decode()))

    def _wrong(self, call: str, sign: signal.Signals, code: int, said: str) -> str:
        done, sizes = self._done[call]
        if code not in (128 + sign, done):
            return f"exit code {code}: {said}"
        if any(word in said for word in ("Traceback", "Exception ignored", "Error", "resource_tracker")):
            return said
        if code == 128 + sign and len(said.splitlines()) != 1:
            return f"not one line: {said!r}"
        cache = [p for p in (self.folder / "cache").rglob("*") if p.is_file() and p.suffix != ".plan"]
        beside = [p for p in self._out.iterdir() if p.name not in sizes]
        if left := [*beside, *(self.folder / "temp").iterdir(), *cache]:
            return f"left {', '.join(str(path) for path in left)}"
        for name, size in sizes.items():
            path = self._out / name
            if not path.exists() and call not in FOLDERS:
                return f"{name} is gone"
            if path.is_file() and path.stat().st_size != size and path.read_bytes() != OLD:
                same = path.stat().st_size > len(OLD) and abs(path.stat().st_size - size) < 200  # a time of day in it
                if not same:
                    return f"{name} is neither the old one nor the new one"
        return self._wrong_parts() if call == "parts" else ""

    def _wrong_parts(self) -> str:
        """Return what is wrong with the parts that are complete, or with all of them once the run has been gone on with."""
        found = self._list_parts()
        if other := sorted(found - self._whole):
            return f"parts that a whole run has not: {other}"
        if "counts" not in {name.partition("/")[0] for name, _ in found}:
            return ""  # it had not come to judging
        child = self._start("parts", "--resume")
        _, said = child.communicate(timeout=60)
        if (left := sorted(self._whole ^ self._list_parts())) or child.returncode != self._done["parts"][0]:
            return f"gone on with, it ended with {child.returncode}: {said.decode()} {left}"
        return ""

    def _list_parts(self) -> set[tuple[str, str]]:
        """Return the files of parts in the folder of findings, each with a digest of its bytes."""
        folder = self._out / "parts"
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "run.json"]
        return {(str(path.relative_to(folder)), sha256(path.read_bytes()).hexdigest()) for path in files}

    @property
    def _out(self) -> Path:
        return self.folder / "out"

    def _clear(self) -> None:
        for name in ("out", "temp", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(mode=0o700)

    def _start(self, call: str, *more_words: str) -> subprocess.Popen[bytes]:
        more = {
            "TMPDIR": str(self.folder / "temp"),
            "DABIAO_CACHE": str(self.folder / "cache"),
            "GITHUB_STEP_SUMMARY": "",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "dabiao", *CALLS[call], *more_words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            cwd=self.folder, env={**os.environ, **more}, preexec_fn=_attend,  # noqa: PLW1509 - nothing here has threads
        )  # fmt: skip


def _attend() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it


def make_sheet(rows: int, name: str = "某区") -> str:
    """Return a sheet with a register of so many care homes."""
    lines = [f"plan: kills\nsubject: {name}\nyear: 2023\nregisters: {{home: {rows}}}\nsubjects:\n"]
    lines += [f"- {{kind: home, name: n{row}, facts: {{beds: {row % 9} 张}}}}\n" for row in range(rows)]
    return "".join(lines)


def _is_ours(process: int) -> bool:
    """Whether the program has begun: Python itself, before it, ends by SIGTERM as any process does, and by Ctrl-C as it does."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return True
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def main() -> None:
    """Kill as often as is said; print what was wrong, and how each call ended."""
    count, seed = (int(word) for word in (sys.argv[1:] + ["100", "0"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        kills = Kills(Path(folder), seed)
        calls, signs = list(CALLS), (signal.SIGTERM, signal.SIGINT)
        found = [kills.kill(calls[i % len(calls)], signs[i // len(calls) % 2]) for i in range(count)]
    for one in found:
        if one.wrong:
            print(f"{one.call}, {one.sign} after {one.after:.3f} s: {one.wrong}")  # noqa: T201
    print(json.dumps(Counter(str(one.code) for one in found)))  # noqa: T201
    sys.exit(any(one.wrong for one in found))


if __name__ == "__main__":
    main()
