"""Whether a bundle of evidence still holds: its files against the manifest, and its findings judged again."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT
from dabiao.base.files import paths_among
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.bundles import find_altered, read_bundle
from dabiao.engine.manifest import FINDINGS, MANIFEST, REPORT, Manifest, find_fields, parse_json, shorten
from dabiao.evidence.bundle import judge_again, other_limits, versions
from dabiao.evidence.seals import SIGNATURE, TIMESTAMP, Sealed, beside, check_seals

_KEYS = ("root", "commitment", "subject", "kind", "year")


@dataclass(frozen=True)
class Verified:
    """What became of a verification.

    `contents` is what no check has written so, `differences` those between the findings in the bundle and the findings
    judged again, `notes` what may explain them, and `sealed` what vouches for the bundle from outside. `findings` counts those
    judged again, for `year`.
    """

    file: str
    sha256: str
    manifest: Manifest
    contents: tuple[Problem, ...]
    differences: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    findings: int
    year: int | None
    sealed: Sealed = Sealed()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is not as it was, and what may explain it."""
        return (*self.contents, *self.differences, *self.sealed.wrong, *self.notes)

    @property
    def exit_code(self) -> int:
        """0 if everything is as it was, 1 if anything is not."""
        return EXIT_FELL_SHORT if self.contents or self.differences or self.sealed.wrong else EXIT_CLEAN


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """A bundle to be judged again, and what its signature and its timestamp are checked against (see `seals.py`)."""

    bundle: Path
    signers: Path | None = None
    require_signature: bool = False
    timestamp_ca: Path | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield self.bundle
        yield from filter(os.path.lexists, (beside(self.bundle, SIGNATURE), beside(self.bundle, TIMESTAMP)))
        yield from paths_among(self.signers, self.timestamp_ca)


def verify(request: VerifyRequest) -> Verified:
    """Check a bundle and judge it again.

    Raises `Refused` for a file that is no bundle, that unpacks to more than the limits allow, or whose names lead out of it,
    and if a signature or a timestamp is to be checked and cannot be.
    """
    bundle = read_bundle(request.bundle)
    sealed = check_seals(
        request.bundle, bundle.data, request.signers, request.timestamp_ca, required=request.require_signature
    )
    members, manifest = bundle.members, bundle.manifest
    altered = find_altered(bundle)
    contents, doubts = _by_severity(altered)
    named = {name: members[name] for name in manifest.files if name in members}  # what was added decides nothing
    judged = judge_again(manifest.request, named, manifest.lang)
    differences = _differences(members[FINDINGS], judged.findings) if FINDINGS in members else []
    if not differences and members.get(REPORT, judged.report) != judged.report:
        differences.append(Problem("bundle.report", Location(REPORT)))
    if not differences and (code := judged.outcome.exit_code) != manifest.exit_code:
        details = {"before": manifest.exit_code, "after": code}
        differences.append(Problem("bundle.exit-code", Location(MANIFEST), details))
    result = judged.outcome.result
    return Verified(
        bundle.file, hashlib.sha256(bundle.data).hexdigest(), manifest, tuple(contents), tuple(differences),
        (*doubts, *sealed.notes, *_notes(manifest)),
        result.table.height if result else 0, result.year if result else manifest.request.year, sealed,
    )  # fmt: skip


def _by_severity(problems: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    return [p for p in problems if p.severity == "error"], [p for p in problems if p.severity == "warning"]


def _notes(manifest: Manifest) -> list[Problem]:
    here = versions()
    notes = []
    for name in sorted({*manifest.versions, *here}):
        before, after = manifest.versions.get(name, "—"), here.get(name, "—")
        if before != after:
            details = {"name": name, "before": before, "after": after}
            notes.append(Problem("bundle.version", Location(MANIFEST), details, "warning"))
    if dict(manifest.limits) != (now := other_limits()):
        details = {"before": _limits(manifest.limits), "after": _limits(now)}
        notes.append(Problem("bundle.limits", Location(MANIFEST), details, "warning"))
    return notes


def _limits(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(found.items())) or "—"


def _differences(stored: bytes, now: bytes) -> list[Problem]:
    """Say in which findings the stored ones and the new ones differ."""
    if stored == now:
        return []
    try:
        before = parse_json(stored, Location(FINDINGS))
        if not isinstance(before, dict):
            raise ValueError  # noqa: TRY004, TRY301 - the same as no JSON at all
    except ValueError:
        return [Problem("bundle.not-json", Location(FINDINGS))]
    except Refused as too_much:
        return list(too_much.problems)
    after, problems = json.loads(now), Problems()
    problems.extend(_findings(before.pop("findings", None), after.pop("findings", None)))
    problems.extend(_fields("bundle.field", {}, before, after))
    return list(problems.found) or [Problem("bundle.form", Location(FINDINGS))]


def _findings(before: object, after: object) -> Iterator[Problem]:
    old, new = _by_key(before), _by_key(after)
    for key in [*new, *(key for key in old if key not in new)]:
        details: dict[str, object] = dict(zip(_KEYS, key[:-1], strict=True))
        one, other = old.get(key), new.get(key)
        verdicts = {"before": shorten((one or {}).get("verdict")), "after": shorten((other or {}).get("verdict"))}
        if one is None or other is None:
            code = "bundle.only-now" if one is None else "bundle.only-stored"
            yield Problem(code, Location(FINDINGS), {**details, **verdicts})
        elif one.get("verdict") != other.get("verdict"):
            yield Problem("bundle.verdict", Location(FINDINGS), {**details, **verdicts})
        else:
            yield from _fields("bundle.finding", details, one, other)


def _by_key(findings: object) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return findings by what they are about; of several about the same, each has its number."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    for finding in findings if isinstance(findings, list) else ():
        if isinstance(finding, dict):
            about = tuple(str(finding.get(key, "")) for key in _KEYS)
            found[*about, str(counts[about])] = finding
            counts[about] += 1
    return found


def _fields(
    code: str, details: Mapping[str, object], one: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[Problem]:
    """Name the fields in which two JSON objects differ."""
    for path, before, after in find_fields(one, other):
        values = {"field": path, "before": shorten(before), "after": shorten(after)}
        yield Problem(code, Location(FINDINGS), {**details, **values})
