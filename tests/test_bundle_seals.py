"""Signatures and timestamps beside a bundle: confirmed of these bytes by somebody who may, or named; nothing is taken on trust."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao.cli import main
from test_bundle import bundled, lay_out

NAMESPACE = "dabiao-bundle"
ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [*map(str, arguments), "--lang", "en"])


def tool(folder: Path, *words: object) -> None:
    """Run a tool in a folder."""
    done = subprocess.run([*map(str, words)], cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert not done.returncode, done.stderr.decode()


def sign(bundle: Path, key: Path, namespace: str = NAMESPACE) -> None:
    """Sign a bundle, as its maker would."""
    Path(f"{bundle}.sig").unlink(missing_ok=True)
    tool(bundle.parent, "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, bundle)


def make_key(folder: Path, name: str, who: str, options: str = "") -> tuple[Path, str]:
    """Make a key; return its path and its line in a file of allowed signers."""
    key = folder / name
    tool(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key)
    public = Path(f"{key}.pub").read_text("utf-8").strip()
    return key, f"{who} {options}{public}\n"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Return a bundle to be signed."""
    lay_out(tmp_path)
    return bundled(tmp_path)


@ssh
def test_a_signature_by_who_may_sign_is_told(sealed: Path, tmp_path: Path) -> None:
    """The signer and the key are told, as text and as JSON."""
    key, line = make_key(tmp_path, "k", "jia@example.org")
    (tmp_path / "signers").write_text("# 甲\n" + line, "utf-8")
    sign(sealed, key)
    asked = ("verify", sealed, "--signers", tmp_path / "signers", "--require-signature")
    fine = run(*asked)
    told = json.loads(run(*asked, "-o", "json").output)

    assert (0, True) == (fine.exit_code, "signed by jia@example.org (ED25519 SHA256:" in fine.output), fine.output
    assert ("jia@example.org", []) == (told["signature"]["signer"], told["seals"])


@ssh
def test_an_unsigned_bundle_is_verified_unless_a_signature_is_required(sealed: Path, tmp_path: Path) -> None:
    """Without a signature this is said; with --require-signature the bundle is not verified."""
    (tmp_path / "signers").write_text(make_key(tmp_path, "k", "jia")[1], "utf-8")
    found = run("verify", sealed, "--signers", tmp_path / "signers")
    required = run("verify", sealed, "--signers", tmp_path / "signers", "--require-signature")

    assert (0, True) == (found.exit_code, "the bundle is not signed" in found.output)
    assert (1, True) == (required.exit_code, "out.zip.sig: there is no such signature" in required.output)


@ssh
@pytest.mark.parametrize("required", [[], ["--require-signature"]], ids=["if any", "required"])
@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("other key", "signed with a key that"),
        ("other use", "signed with a key that"),
        ("expired", "signed with a key that"),
        ("other namespace", "not a signature of this bundle"),
        ("other file", "not a signature of this bundle"),
        ("no signature", "not a signature of this bundle"),
    ],
)
def test_a_signature_that_does_not_hold_is_named(
    way: str, says: str, required: Sequence[str], sealed: Path, tmp_path: Path
) -> None:
    """A signature by somebody else, for something else, of something else, or none at all: not verified in any case."""
    options = {"other use": 'namespaces="git" ', "expired": 'valid-before="20200101" '}.get(way, "")
    key, line = make_key(tmp_path, "k", "jia", options)
    other, _ = make_key(tmp_path, "other", "yi")
    (tmp_path / "signers").write_text(line, "utf-8")
    sign(sealed, other if way == "other key" else key, "file" if way == "other namespace" else NAMESPACE)
    if way == "other file":
        (tmp_path / "x").write_bytes(b"x")
        sign(tmp_path / "x", key)
        (tmp_path / "x.sig").rename(f"{sealed}.sig")
    elif way == "no signature":
        Path(f"{sealed}.sig").write_text("-----BEGIN SSH SIGNATURE-----\n", "utf-8")
    result = run("verify", sealed, "--signers", tmp_path / "signers", *required)

    assert (1, True) == (result.exit_code, says in result.output), result.output
    assert "signed by" not in result.output


@ssh
def test_a_byte_more_breaks_the_signature_too(sealed: Path, tmp_path: Path) -> None:
    """A bundle altered after it was signed is named for both: what was altered, and that it is not what was signed."""
    key, line = make_key(tmp_path, "k", "jia")
    (tmp_path / "signers").write_text(line, "utf-8")
    sign(sealed, key)
    sealed.write_bytes(sealed.read_bytes() + b"x")
    result = run("verify", sealed, "--signers", tmp_path / "signers")

    assert 1 == result.exit_code
    assert "1 byte stands behind the end" in result.output
    assert "not a signature of this bundle" in result.output


def test_what_cannot_be_checked_is_not_passed(sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature nobody asked about is noted; without signers, their file, or ssh-keygen nothing is verified."""
    Path(f"{sealed}.sig").write_text("x", "utf-8")
    (tmp_path / "signers").write_text("x", "utf-8")
    noted = run("verify", sealed)

    assert (0, True) == (noted.exit_code, "out.zip.sig: warning: not checked: --signers" in noted.output)
    assert 2 == run("verify", sealed, "--require-signature").exit_code
    assert 2 == run("verify", sealed, "--signers", tmp_path / "nobody").exit_code
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = run("verify", sealed, "--signers", tmp_path / "signers")

    assert (2, True) == (missing.exit_code, "ssh-keygen: not found on the PATH" in missing.output)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("suffix", ["sig", "tsr"])
def test_a_pipe_for_a_seal_is_refused(suffix: str, sealed: Path, tmp_path: Path) -> None:
    """A pipe beside the bundle, in the place of a signature or a timestamp, is not waited for."""
    os.mkfifo(f"{sealed}.{suffix}")
    (tmp_path / "file").write_text("x", "utf-8")
    result = run("verify", sealed, "--signers", tmp_path / "file", "--timestamp-ca", tmp_path / "file")

    assert (2, True) == (result.exit_code, f"out.zip.{suffix}" in result.output)


def test_no_report_replaces_a_seal(sealed: Path) -> None:
    """A signature and a timestamp are inputs: no report is written in their place."""
    for suffix in ("sig", "tsr"):
        Path(f"{sealed}.{suffix}").write_text("x", "utf-8")

        assert 2 == run("verify", sealed, "-o", f"json:{sealed}.{suffix}").exit_code


AUTHORITY = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[ca]
basicConstraints = critical,CA:true
[stamps]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1,sha256,sha384,sha512
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a timestamp authority: ca.pem, and what it needs to answer."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "c").write_text(AUTHORITY, "utf-8")
    (folder / "serial").write_text("01", "utf-8")
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-config", "c")
    tool(folder, *new, "-x509", "-extensions", "ca", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.pem")
    tool(folder, *new, "-subj", "/CN=TSA", "-keyout", "tsa.key", "-out", "tsa.csr")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", 2, "-extfile", "c", "-extensions", "stamps")
    tool(folder, "openssl", "x509", "-req", "-in", "tsa.csr", *signing, "-out", "tsa.pem")
    tool(folder, *new, "-x509", "-extensions", "ca", "-subj", "/CN=CA", "-keyout", "o.key", "-out", "other.pem")
    return folder


def stamp(authority: Path, file: Path, target: Path, by: str = "sha256", *, bare: bool = False) -> None:
    """Have a file stamped."""
    tool(authority, "openssl", "ts", "-query", "-data", file, f"-{by}", "-cert", "-out", "q")
    tool(authority, "openssl", "ts", "-reply", "-queryfile", "q", "-config", "c", "-out", target)
    if bare:
        tool(authority, "openssl", "ts", "-reply", "-in", target, "-token_out", "-out", "token")
        (authority / "token").rename(target)


@openssl
@pytest.mark.parametrize(("by", "bare"), [("sha256", False), ("sha512", False), ("sha384", True)])
def test_a_timestamp_of_the_bundle_is_told(by: str, bare: bool, authority: Path, sealed: Path) -> None:
    """The time is told of an answer, or of the token in it, if it is of these bytes by an authority that is vouched for."""
    stamp(authority, sealed, Path(f"{sealed}.tsr"), by, bare=bare)
    result = run("verify", sealed, "--timestamp-ca", authority / "ca.pem")

    assert 0 == result.exit_code, result.output
    assert re.search(r"timestamp 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", result.output, re.MULTILINE)
    assert "out.zip.tsr: warning: not checked" in run("verify", sealed).output


@openssl
@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("other file", "the timestamp is of another file"),
        ("other authority", "does not vouch for the authority"),
        ("weak hash", "is of a hash by sha1"),
        ("no timestamp", "not an answer of a timestamp authority"),
        ("none", "there is no such timestamp"),
    ],
)
def test_a_timestamp_that_does_not_hold_is_named(
    way: str, says: str, authority: Path, sealed: Path, tmp_path: Path
) -> None:
    """A timestamp of another file, by another authority, of a weak hash, or none: not verified."""
    target = Path(f"{sealed}.tsr")
    (tmp_path / "x").write_bytes(b"x")
    if way == "no timestamp":
        target.write_bytes(b"x")
    elif way != "none":
        stamp(
            authority,
            tmp_path / "x" if way == "other file" else sealed,
            target,
            "sha1" if way == "weak hash" else "sha256",
        )
    ca = authority / ("other.pem" if way == "other authority" else "ca.pem")
    result = run("verify", sealed, "--timestamp-ca", ca)

    assert (1, True) == (result.exit_code, says in result.output), result.output
    assert "timestamp 2" not in result.output
