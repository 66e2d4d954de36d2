"""The examples of the documents are run, so that they cannot rot."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from dabiao.cli import COMMANDS, main
from dabiao.rules.load import parse_plan
from helpers import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
PAGES = {
    "README": README,
    "README.zh": CHINESE,
    **{
        name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("compare", "overview", "data-sets", "zh/budget", "zh/supervisor")
    },
}


def lay_out(folder: Path) -> None:
    """Write the files of the README and of the pages that go on with them into a folder."""
    for page in PAGES.values():
        for name, text in re.findall(r"<!-- file: (\S+) -->\n```(?:yaml|csv)\n(.*?)```", page, re.DOTALL):
            (folder / name).write_text(text, encoding="utf-8")


def lines(text: str) -> list[str]:
    """Return lines without the spaces at their ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_commands_print_what_the_page_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the README, and of the pages that go on with its files, prints what the page shows."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    runs = re.findall(r"<!-- run -->\n```console\n\$ (.*?)\n(.*?)```", PAGES[page], re.DOTALL)

    assert runs
    for command, shown in runs:
        program, *arguments = shlex.split(command)
        result = CliRunner().invoke(main, arguments)

        assert "dabiao" == program
        assert lines(shown) == lines(result.output)


def test_readme_python_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python example of the README, the same in both languages, prints what its comment says."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    (example,) = {text for page in (README, CHINESE) for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL)}
    (said,) = re.findall(r"# (.*)\n", example)

    exec(compile(example, "README.md", "exec"), {})

    assert said == capsys.readouterr().out.strip()


def test_python_page_prints_what_it_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The examples of the page on Python, one after the other, print what the comments below them say."""
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(example, "python.md", "exec"), names)

        assert re.findall(r"^# (.*)$", example, re.MULTILINE) == capsys.readouterr().out.splitlines()


def test_every_service_is_on_the_python_page() -> None:
    """The page on Python names every request and every function where they are."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `[^|]*` \| `([\w.]+)\.(\w+)` \| `([\w.]+)\.(\w+)`", page, re.MULTILINE)

    assert 16 == len(named)
    for home, request, place, service in named:
        assert hasattr(import_module(f"dabiao.{home}"), request)
        assert callable(getattr(import_module(f"dabiao.{place}"), service))


def test_every_command_is_in_the_readme() -> None:
    """The README names every command, and no other, in both languages."""
    for page in (README, CHINESE):
        assert set(COMMANDS) == set(re.findall(r"^\| `dabiao ([\w-]+)", page, re.MULTILINE))


def test_links_between_documents_lead_somewhere() -> None:
    """Every link of the documents to a file of the project, or to a heading of one, leads to what is there."""
    pages = ROOT.glob("*.md")
    dead = []
    for page in (*pages, *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if re.match(r"\w+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (anchor and anchor not in headings(target)):
                dead.append((page.name, link))

    assert [] == dead


def headings(page: Path) -> list[str]:
    """Return the anchors that the headings of a page have where it is shown."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def test_commitment_of_the_language_page_is_understood() -> None:
    """The commitment that opens the page on the language is one the language understands."""
    page = (ROOT / "docs" / "plan-language.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(- id: emergency-bed-reserve.*?)```", page, re.DOTALL)
    assert block
    text = (
        'plan: page\nversion: "1"\ntitle: {zh: 示例, en: Page}\ndocument: {title: {zh: 示例, en: Page}}\n'
        "period: {from: 2021, to: 2025}\nbaseline: 2020\nsubjects:\n"
        "  - {id: district, title: {zh: 区, en: district}}\n"
        "  - {id: institution, title: {zh: 机构, en: home}, in: district, register: reported}\nmeasures:\n"
        "  - {id: beds, of: institution, title: {zh: 床, en: beds}, unit: 张}\n"
        "  - {id: reserved_beds, of: institution, title: {zh: 留, en: kept}, unit: 张}\n"
        "  - {id: sort, of: institution, title: {zh: 类, en: sort},"
        " options: [{id: elderly, title: {zh: 养老, en: elderly}}, {id: child, title: {zh: 儿童, en: child}}]}\n"
        "commitments:\n" + block[1]
    )

    assert ["emergency-bed-reserve"] == list(parse_plan(text, "page").commitments)


def test_yaml_blocks_of_the_documents_are_yaml() -> None:
    """Every YAML block of the documents can be parsed."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            yaml.safe_load(block.replace("[...]", "[]").replace("{...}", "{}").replace(": ...", ": x"))
