"""Fuzz the readers: `python tests/fuzz/run.py [--inputs N] [--target NAME] [--seed N]`.

With atheris (libFuzzer, guided by coverage) if it is installed, else by random edits. Each target runs in a process of its
own with limits on memory and on the time of one input. An input that breaks a law is kept, and makes the exit code 1.
"""

# ruff: noqa: T201 - it reports to a terminal

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
MEMORY = 3 * 1024  # MiB, of which Python and Polars take the better part of one
SECONDS = 20  # for one input


def main() -> int:
    """Run every target, or one, and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="how many in all")
    parser.add_argument("--target", help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--crashes", type=Path, default=HERE.parent.parent / "build" / "fuzz", help="where inputs that fail go"
    )
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return _one(given.target, given.inputs, given.seed, given.crashes)
    from fuzz.targets import SHARES

    names = [given.target] if given.target else list(SHARES)
    total = sum(SHARES[name] for name in names)
    failed = done = 0
    given.crashes.mkdir(parents=True, exist_ok=True)
    for name in names:
        inputs = -(-given.inputs * SHARES[name] // total)
        start = time.monotonic()
        command = [
            sys.executable,
            __file__,
            "--one",
            "--target",
            name,
            "--inputs",
            str(inputs),
            "--seed",
            str(given.seed),
        ]
        ran = subprocess.run(
            [*command, "--crashes", str(given.crashes)], capture_output=True, text=True, errors="replace", check=False
        )
        output = ran.stdout + ran.stderr
        count = max([int(n) for n in re.findall(r"^(?:Done |#)(\d+)", output, re.MULTILINE)], default=0)
        coverage = re.findall(r"cov: (\d+)", output)
        rss = re.findall(r"rss: (\d+)Mb", output)
        done += count
        failed += ran.returncode != 0
        print(
            f"{name:11} {count:7} inputs {time.monotonic() - start:7.1f} s  covered {coverage[-1] if coverage else '-':>6}"
            f"  memory {rss[-1] if rss else '-':>5} MiB  {'ok' if not ran.returncode else 'FAILED'}",
            flush=True,
        )
        if ran.returncode:
            print("\n".join([*ran.stdout.splitlines()[-25:], *ran.stderr.splitlines()[-12:]]))
    print(f"{done} inputs, {failed} of {len(names)} targets failed")
    return 1 if failed else 0


def _one(name: str, inputs: int, seed: int, crashes: Path) -> int:
    os.environ["POLARS_MAX_THREADS"] = "1"
    if importlib.util.find_spec("atheris") is None:
        return _edits(name, inputs, seed, crashes)
    import atheris

    with atheris.instrument_imports(include=["dabiao"], enable_loader_override=False):
        from fuzz.targets import TARGETS, TOKENS, folder

        target = TARGETS[name]
        seeds = target.corpus()
        for data in seeds:
            target.run(data)
    corpus = folder() / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds):
        (corpus / str(number)).write_bytes(data)
    words = folder() / "words"
    words.write_text(
        "".join('"' + "".join(f"\\x{b:02x}" for b in t.encode("utf-8", "surrogatepass")) + '"\n' for t in TOKENS),
        "ascii",
    )
    options = [
        f"-runs={inputs}", f"-seed={seed}", f"-max_len={target.longest}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEMORY}",
        f"-dict={words}", f"-artifact_prefix={crashes}/{name}-", "-print_final_stats=1", "-len_control=0", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], target.run)
    atheris.Fuzz()
    return 0


def _edits(name: str, inputs: int, seed: int, crashes: Path) -> int:
    from fuzz.targets import TARGETS, mutated

    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY * 1024**2, 2 * MEMORY * 1024**2))
    target, pick = TARGETS[name], random.Random(seed)
    seeds = target.corpus()
    for number in range(inputs):
        data = mutated(pick.choice(seeds), pick, pick.randint(0, 8))[: target.longest]
        start = time.monotonic()
        try:
            target.run(data)
            if time.monotonic() - start > SECONDS:
                raise TimeoutError(time.monotonic() - start)  # noqa: TRY301 - kept like any other
        except Exception:
            (crashes / f"{name}-{number}").write_bytes(data)
            raise
    print(f"Done {inputs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
