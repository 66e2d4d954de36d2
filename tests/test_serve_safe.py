"""The local page under attack and in trouble, over HTTP from the real command: what it refuses, and that nothing is lost."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from helpers import commitment, measure, plan_text, sheet_text
from serving import EXAMPLE, Site, kept, serving, sheet_of, text_of, wait_for


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the tests that only add to its folder."""
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


# ---------------------------------------------------------------- safety


def refusals(site: Site) -> list[tuple[str, str, dict[str, str], int]]:
    """Return requests that no page of the server makes: method, address, headers, and the answer's status."""
    host = site.origin.removeprefix("http://")
    inside = site.start.removeprefix(site.origin)
    form = f"{inside}plan/example/check"
    post = {"host": host, "content-type": "application/x-www-form-urlencoded", "content-length": "0"}
    return [
        ("GET", inside, {"host": "evil.example"}, 403),
        ("GET", inside, {"host": f"evil.example:{host.split(':')[1]}"}, 403),
        ("GET", inside, {"host": "127.0.0.1"}, 403),
        ("GET", "/", {"host": host}, 403),
        ("GET", inside.replace(inside[1:9], "AAAAAAAA"), {"host": host}, 403),
        ("GET", f"//{inside[1:]}", {"host": host}, 403),
        ("POST", form, post, 403),
        ("POST", form, {**post, "origin": "http://evil.example"}, 403),
        ("POST", form, {**post, "origin": "null"}, 403),
        ("POST", form, {**post, "origin": f"https://{host}"}, 403),
        ("POST", form, {**post, "origin": site.origin, "sec-fetch-site": "cross-site"}, 403),
        ("POST", form, {**post, "origin": site.origin, "sec-fetch-site": "same-site"}, 403),
        ("POST", form, {**post, "origin": site.origin, "content-length": str(1 << 40)}, 413),
        ("POST", inside, {**post, "origin": site.origin}, 405),
        (
            "OPTIONS",
            form,
            {"host": host, "origin": "http://evil.example", "access-control-request-method": "POST"},
            405,
        ),
        ("PUT", form, {**post, "origin": site.origin}, 405),
        ("GET", form, {"host": host}, 405),
        ("GET", f"{inside}run/{'0' * 64}", {"host": host}, 404),
        ("GET", f"{inside}run/..%2F..%2Fetc", {"host": host}, 404),
        ("GET", f"{inside}plan/..%2Fmine", {"host": host}, 404),
        ("GET", inside.replace("/en/", "/xx/"), {"host": host}, 404),
    ]


def ask(site: Site, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Send a request as it is, whatever a client would make of it, and return the answer."""
    host, port = site.origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_no_request_of_another_page_is_answered(site: Site) -> None:
    """A wrong host, a missing token, an origin that is not ours, and other methods are refused, and told no token."""
    before = kept(site)
    token = site.start.split("/")[3]
    for method, path, headers, status in refusals(site):
        answer = ask(site, method, path, headers).decode()
        assert f"HTTP/1.1 {status} " == answer[: len("HTTP/1.1 200 ")], (method, path, headers)
        assert "access-control" not in answer.lower()
        assert "Traceback" not in answer
        if status == 403 and method == "GET":
            assert token not in answer
    assert before == kept(site)


def test_every_answer_keeps_other_pages_out(site: Site) -> None:
    """Pages, files and refusals have the headers of a policy; none runs what stands in it, and none names its server."""
    for answer in (
        site.get(),
        site.get("nothing"),
        site.client.get(site.origin),
        site.get("plan/example/form.xlsx?year=2023"),
    ):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert ("no-store", "nosniff", "same-origin", "DENY") == tuple(
            answer.headers[name]
            for name in ("cache-control", "x-content-type-options", "cross-origin-resource-policy", "x-frame-options")
        )
        assert "server" not in answer.headers
        assert [] == re.findall(r"<script(?! src=)| on\w+=| style=|javascript:", answer.text)


def test_only_this_machine_is_listened_to(site: Site) -> None:
    """The port is bound to 127.0.0.1, and to nothing else."""
    port = int(site.origin.rsplit(":", 1)[1])
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines() if Path("/proc/net/tcp").exists() else []
    bound = [line.split()[1] for line in lines if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"]
    assert [f"0100007F:{port:04X}"] == bound or not lines


HOSTILE = '"><script>hit()</script>\u202e.xlsx'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (HOSTILE, b"PK\x03\x04 no archive"), ("a.xlsx", b""), ("..", b"x"), ("x" * 900, b"x"), ("con.yaml", b"a: &x [*x]"),
        ("z.facts.yaml", b"plan: example\nsubject: '<img src=x onerror=hit()>'\nyear: 2023\nfacts: {care_beds: '<b>1'}\n"),
        ("d.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), ("t.csv", b"name\n=cmd|' /C calc'!A0\n"),
    ],
)  # fmt: skip
def test_whatever_is_sent_is_told_and_nothing_of_it_runs(site: Site, name: str, content: bytes) -> None:
    """A file that is none, or means harm, is refused on a page on which it stands as text."""
    answer = site.send("example", (name, content))
    assert 200 == answer.status_code
    assert "to correct</h1>" in answer.text
    assert [] == re.findall(r"<script(?! src=)|<img|<b>1|\u202e|Traceback|internal error", answer.text)
    assert {".json", ".zip"} == {path.suffix for path in (site.folder / "submissions").iterdir()}


def test_too_many_and_too_large_are_refused_before_they_are_read(site: Site) -> None:
    """Forty-one files, no file, a body that is no form, and more bytes than are allowed: each is told, and nothing is kept."""
    before = kept(site)
    many = site.send("example", *[(f"{n}.yaml", b"x") for n in range(41)])
    assert (400, True) == (many.status_code, "40" in text_of(many))
    none = site.client.post(f"{site.start}plan/example/check", data={"year": "2023"}, headers={"origin": site.origin})
    assert (422, True) == (none.status_code, "no file was chosen" in text_of(none))
    broken = site.client.post(
        f"{site.start}plan/example/check", content=b"--x\r\nnothing", headers={"origin": site.origin, "content-type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert broken.status_code in (400, 422)
    large = site.send("example", ("large.xlsx", bytes(65 << 20)))
    assert (413, True) == (large.status_code, "64 MiB" in text_of(large))
    assert before == kept(site)


def test_the_address_for_the_browser_opens_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is started with an address that leads to the page once: what a list of processes shows is worth nothing."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new && mv {seen}.new {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "dabiao", "serve", str(tmp_path / "f"), "--lang", "en"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": f"{browser} %s"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = re.search(r"http://\S+", process.stdout.readline())
        for _ in range(200):
            if seen.exists():
                break
            time.sleep(0.05)
        once = seen.read_text(encoding="ascii").strip()
        first, second = (httpx.get(once, follow_redirects=True, timeout=30) for _ in range(2))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert told is not None
    assert (200, 403) == (first.status_code, second.status_code)
    assert str(first.url).startswith(told[0])
    assert once != told[0]
    assert 130 == process.returncode


# ---------------------------------------------------------------- what breaks


def test_fifty_at_once_are_all_answered_each_with_its_own(tmp_path: Path) -> None:
    """Fifty districts hand in at the same moment, every fifth with an error: each gets its own answer, and all are kept."""
    plan = plan_text(measure("care_beds"), commitment("beds", "measure: care_beds\nat_least: 1025 张\ndue: every_year"))
    (tmp_path / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    sheets = {
        f"第{n}区": sheet_text(f"care_beds: {'许多' if n % 5 == 0 else f'{1000 + n} 张'}", name=f"第{n}区").encode()
        for n in range(50)
    }

    async def send_all(site: Site) -> list[httpx.Response]:
        async with httpx.AsyncClient(
            timeout=300, limits=httpx.Limits(max_connections=60), follow_redirects=True
        ) as client:
            return await asyncio.gather(
                *(
                    client.post(
                        f"{site.start}plan/demo/check", files=[("sheets", (f"{name}.facts.yaml", sheet))],
                        headers={"origin": site.origin},
                    )
                    for name, sheet in sheets.items()
                )
            )  # fmt: skip

    with serving(tmp_path) as site:
        answers = wait_for(send_all(site))
        ids = {answer.url.path.rsplit("/", 1)[1] for answer in answers}
        assert [200] * 50 == [answer.status_code for answer in answers]
        for n, (name, answer) in enumerate(zip(sheets, answers, strict=True)):
            title = re.search(r"<h1>(.*?)</h1>", answer.text)
            assert title is not None
            assert title[1].startswith(f"{name} · 2025")
            assert ("to correct" if n % 5 == 0 else f"{1000 + n:,} 张") in answer.text, name
        assert (50, 50) == (len(ids), len(kept(site)))
        assert ids == {path.name.split("-")[1].removesuffix(".zip") for path in kept(site)}
        handed_in = {}
        for bundle in kept(site):
            with zipfile.ZipFile(bundle) as archive:
                (sheet,) = [name for name in archive.namelist() if name.startswith("sheets/")]
                handed_in[Path(sheet).name.removesuffix(".facts.yaml")] = archive.read(sheet)
        assert sheets == handed_in
        shown = text_of(site.get("plan/demo"))
        assert [] == [name for name in sheets if name not in shown]


def test_two_people_at_once_see_their_own(site: Site) -> None:
    """While one hands in again and again, another reads the reports of another district, in another language."""
    theirs = site.send("example", ("two.facts.yaml", sheet_of("静区")))
    chinese = str(theirs.url).replace("/en/", "/zh/")

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=120, follow_redirects=True) as client:
            reads = [
                client.get(f"{chinese}/{place}") for place in ("brief", "page", "why?commitment=emergency-bed-reserve")
            ]
            sends = [
                client.post(
                    f"{site.start}plan/example/check", headers={"origin": site.origin},
                    files=[("sheets", ("n.facts.yaml", sheet_of("忙区", care_beds=f"{n} 张")))],
                )
                for n in range(1200, 1203)
            ]  # fmt: skip
            return await asyncio.gather(*reads, *sends)

    *reads, one, two, three = wait_for(both())
    assert [200] * 6 == [answer.status_code for answer in (*reads, one, two, three)]
    assert [] == [answer for answer in reads if "忙区" in answer.text or "达标" not in answer.text]
    assert 3 == len({str(answer.url) for answer in (one, two, three)})


def test_an_upload_that_is_broken_off_leaves_nothing(site: Site) -> None:
    """A connection that ends in the middle of a file leaves no file, open or on disk, and the next upload is taken."""
    before = kept(site)
    temporary = Path(f"/proc/{site.process.pid}/fd")
    head = {
        "host": site.origin.removeprefix("http://"), "origin": site.origin, "content-length": str(8 << 20),
        "content-type": "multipart/form-data; boundary=x",
    }  # fmt: skip
    start = b'--x\r\ncontent-disposition: form-data; name="sheets"; filename="a.xlsx"\r\n\r\n'
    lines = [
        f"POST {site.start.removeprefix(site.origin)}plan/example/check HTTP/1.1",
        *(f"{k}: {v}" for k, v in head.items()),
    ]
    opened = len(list(temporary.iterdir())) if temporary.exists() else 0
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", int(site.origin.rsplit(":", 1)[1])), 20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + start + bytes(3 << 20))
    for _ in range(100):
        if not temporary.exists() or len(list(temporary.iterdir())) <= opened:
            break
        time.sleep(0.05)
    assert before == kept(site)
    assert not temporary.exists() or len(list(temporary.iterdir())) <= opened
    assert 200 == site.send("example", ("after.facts.yaml", sheet_of("后区"))).status_code


def mounted(path: Path, size: str) -> bool:
    """Mount a small disk; whether that is possible here."""
    path.mkdir()
    mount = shutil.which("mount")
    return (
        mount is not None
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={size}", "none", str(path)], capture_output=True, check=False
        ).returncode
    )


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """What does not fit is not half kept: the page says so, what was there is there, and with room it is taken."""
    disk = tmp_path / "disk"
    if not mounted(disk, "400k"):
        pytest.skip("needs leave to mount a small disk")
    try:
        with serving(disk) as site:
            first = site.send("example", ("a.facts.yaml", sheet_of("甲区")))
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
                while True:
                    stream.write(bytes(4096))
            before = {path.name for path in (disk / "submissions").iterdir()}
            refused = site.send("example", ("b.facts.yaml", sheet_of("乙区")))
            assert (507, True, True) == (
                refused.status_code, "No space left" in text_of(refused), "what was taken in before is there" in text_of(refused)
            )  # fmt: skip
            assert before == {path.name for path in (disk / "submissions").iterdir()}
            assert 200 == site.client.get(f"{first.url}/brief").status_code
            filler.unlink()
            assert "乙区" in site.send("example", ("b.facts.yaml", sheet_of("乙区"))).text
            assert 2 == len(kept(site))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_for_temporary_files_is_told(tmp_path: Path) -> None:
    """Where a large upload cannot be put aside the page says so, once all of it was sent; a small one is taken all the same."""
    disk = tmp_path / "temporary"
    if not mounted(disk, "1m"):
        pytest.skip("needs leave to mount a small disk")
    try:
        with serving(tmp_path / "folder", "zh", TMPDIR=str(disk)) as site:
            refused = site.send("example", ("large.xlsx", bytes(12 << 20)))
            assert (507, True, []) == (refused.status_code, "磁盘满了" in text_of(refused), kept(site))
            many = site.send("example", *[(f"{n}.yaml", bytes(1 << 18)) for n in range(60)])
            assert (400, True, []) == (many.status_code, "40" in text_of(many), kept(site))
            assert "示例区" in site.send("example", ("small.facts.yaml", EXAMPLE.read_bytes())).text
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_folder_that_disappears_is_told_and_comes_back_with_everything(tmp_path: Path) -> None:
    """While the folder is away nothing is made in its place; every page says so, and all is there when it is back."""
    folder, away = tmp_path / "stick", tmp_path / "away"
    with serving(folder, "zh") as site:
        first = str(site.send("example", ("a.facts.yaml", sheet_of("甲区"))).url)
        folder.rename(away)
        for answer in (
            site.get(),
            site.client.get(first),
            site.get("overview"),
            site.send("example", ("b.facts.yaml", sheet_of("乙区"))),
        ):
            assert (503, True) == (answer.status_code, "没有那个文件" in text_of(answer) or "打不开" in text_of(answer))
            assert not re.search("[a-z]{4,} [a-z]{3,}", re.sub(r"/\S+", "", text_of(answer)))
        assert not folder.exists()
        away.rename(folder)
        assert 200 == site.client.get(first).status_code
        assert 1 == len(kept(site))
