"""What vouches for a bundle from outside: a signature beside it, and a timestamp. Both are checked by the tools they come from.

`BUNDLE.sig` is what `ssh-keygen -Y sign -n dabiao-bundle` writes, `BUNDLE.tsr` the answer of a timestamp authority (RFC 3161).
Nothing of them is believed that `ssh-keygen -Y verify` or `openssl ts -verify` has not confirmed of the bytes that were read.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Refused

NAMESPACE = "dabiao-bundle"
SIGNATURE, TIMESTAMP = ".sig", ".tsr"
_SECONDS = 60
_STDIN = Path("/dev/stdin")
_KEY = re.compile(r"with (\S+) key (\S+)")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_TIME = re.compile(r"([A-Z][a-z]{2}) +(\d+) ([\d:.]+) (\d{4}) GMT")
_HASHES = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class Sealed:
    """What was confirmed of a bundle: who signed it with which key, and when it was there; empty texts if nothing was.

    `wrong` is what contradicts it or is missing though it is required, `notes` is what was not looked at or not found.
    """

    signer: str = ""
    key: str = ""
    time: str = ""
    wrong: tuple[Problem, ...] = field(default=())
    notes: tuple[Problem, ...] = field(default=())


def check_seals(bundle: Path, data: bytes, signers: Path | None, ca: Path | None, *, required: bool) -> Sealed:
    """Check the signature and the timestamp beside a bundle, `data` being its bytes.

    `signers` is a file of allowed signers (ssh-keygen), `ca` one of certificates; without them nothing is confirmed. Raises
    `Refused` if a tool or a file that is needed is not there, and for a signature that is required without signers.
    """
    if required and signers is None:
        raise Refused([Problem("seal.no-signers", Location("--require-signature"))])
    signed = _check_signature(beside(bundle, SIGNATURE), data, signers, required=required)
    stamped = _check_timestamp(beside(bundle, TIMESTAMP), data, ca)
    return Sealed(
        signed.signer, signed.key, stamped.time, (*signed.wrong, *stamped.wrong), (*signed.notes, *stamped.notes)
    )


def beside(bundle: Path, suffix: str) -> Path:
    """Return the path of a seal beside a bundle."""
    return bundle.with_name(bundle.name + suffix)


def _check_signature(path: Path, data: bytes, signers: Path | None, *, required: bool) -> Sealed:
    where = Location(str(path))
    if not os.path.lexists(path):
        if required:
            return Sealed(wrong=(Problem("seal.unsigned", where, {"namespace": NAMESPACE}),))
        return Sealed(notes=() if signers is None else (Problem("seal.no-signature", where, severity="warning"),))
    if signers is None:
        return _not_looked_at(where, "--signers")
    allowed, signature = _ready(signers), _ready(path)
    common = ["-s", signature, "-n", NAMESPACE]
    if _run("ssh-keygen", ["-Y", "check-novalidate", *common], data) is None:
        return Sealed(wrong=(Problem("seal.bad-signature", where, {"namespace": NAMESPACE}),))
    found = _run("ssh-keygen", ["-Y", "find-principals", "-s", signature, "-f", allowed], b"") or ""
    for signer in found.splitlines():
        said = _run("ssh-keygen", ["-Y", "verify", *common, "-f", allowed, "-I", signer], data)
        if said is not None:
            kind, key = match.groups() if (match := _KEY.search(said)) else ("", "")
            return Sealed(signer, f"{kind} {key}".strip())
    return Sealed(wrong=(Problem("seal.other-signer", where, {"expected": str(signers)}),))


def _check_timestamp(path: Path, data: bytes, ca: Path | None) -> Sealed:
    where = Location(str(path))
    if not os.path.lexists(path):
        return Sealed(wrong=() if ca is None else (Problem("seal.no-timestamp", where),))
    if ca is None:
        return _not_looked_at(where, "--timestamp-ca")
    certificates, stamp = _ready(ca), read_bytes(path)
    given = str(_STDIN if _STDIN.exists() else path.absolute())  # told and verified of the same bytes
    for form in ([], ["-token_in"]):  # a whole answer, or the token in it
        said = _run("openssl", ["ts", "-reply", "-in", given, *form, "-text"], stamp)
        if said is not None:
            break
    else:
        return Sealed(wrong=(Problem("seal.bad-timestamp", where),))
    used, time = (_last(name, said) for name in ("Hash Algorithm", "Time stamp"))
    if used not in _HASHES:
        details = {"found": used or "—", "expected": _HASHES}
        return Sealed(wrong=(Problem("seal.other-hash", where, details),))
    digest = hashlib.new(used, data).hexdigest()
    asked = ["ts", "-verify", "-in", given, *form, "-digest", digest, "-CAfile", certificates]
    if _run("openssl", asked, stamp) is not None:
        return Sealed(time=_iso(time))
    imprint = "".join(re.findall(r"^ +[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -])+)", said, re.MULTILINE))
    same = digest in re.sub(r"[ -]", "", imprint)
    code = "seal.other-authority" if same else "seal.other-file"
    return Sealed(wrong=(Problem(code, where, {"expected": str(ca)} if same else {}),))


def _last(name: str, text: str) -> str:
    """Return what openssl tells under a name. What stands last is in the token; an answer may say anything before it."""
    found: list[str] = re.findall(rf"^{name}: (.*)$", text, re.MULTILINE)
    return found[-1] if found else ""


def _iso(time: str) -> str:
    """Return a time that openssl tells as YYYY-MM-DD HH:MM:SS UTC; as it is if it is told in any other way."""
    if not (parts := _TIME.fullmatch(time)):
        return time
    month, day, clock, year = parts.groups()
    return f"{year}-{_MONTHS.index(month) // 3 + 1:02}-{int(day):02} {clock} UTC"


def _not_looked_at(where: Location, option: Literal["--signers", "--timestamp-ca"]) -> Sealed:
    return Sealed(notes=(Problem("seal.unchecked", where, {"option": option}, "warning"),))


def _ready(path: Path) -> str:
    """Return the whole path of a file that a tool may read. Raises `Refused` if it is none, or too large."""
    read_bytes(path)
    return str(path.absolute())


def _run(tool: str, arguments: Sequence[str], given: bytes) -> str | None:
    """Run a tool without a shell; return what it said, None if it said no. Raises `Refused` if it is not on the PATH."""
    program = shutil.which(tool)
    if program is None:
        raise Refused([Problem("seal.no-tool", Location(tool))])
    try:
        done = subprocess.run(
            [program, *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_SECONDS,
            env={**os.environ, "LC_ALL": "C"}, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.decode("utf-8", "replace")
