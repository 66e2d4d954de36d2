"""Takes bundles apart and makes others of the parts, as somebody would who alters one and knows how they are written."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dabiao.base.archive import make_archive
from dabiao.engine.bundles import order
from dabiao.engine.manifest import canonical


def members(path: Path) -> dict[str, bytes]:
    """Return the members of a bundle."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a bundle anew."""
    path.write_bytes(make_archive(order(files)))
    return path


def manifest(path: Path) -> Any:
    """Return the manifest of a bundle."""
    return json.loads(members(path)["manifest.json"])


def remade(path: Path, change: Callable[[Any], object]) -> Path:
    """Change the manifest of a bundle."""
    files = members(path)
    told = json.loads(files["manifest.json"])
    change(told)
    return packed(path, {**files, "manifest.json": canonical(told)})


def listed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files with a manifest that lists them all as they are."""
    told = json.loads(files["manifest.json"])
    told["files"] = [
        {"bytes": len(content), "path": name, "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
        if name != "manifest.json"
    ]
    return {**files, "manifest.json": canonical(told)}


def altered(path: Path, name: str, old: bytes, new: bytes, *, hidden: bool = False) -> Path:
    """Alter a file in a bundle; `hidden` alters what the manifest says of it, too."""
    files = members(path)
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    return packed(path, listed(files) if hidden else files)
