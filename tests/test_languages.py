"""The two languages never mix: what is said in Chinese has no English word that is no name, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import load_plan
from dabiao.base.limits import Limits
from dabiao.base.messages import catalogue
from dabiao.cli import main
from helpers import ROOT
from languages import HAN, SAMPLES, chinese_in, english_in, loaded, read_aloud
from markdown_it import MarkdownIt

OF_CASES = {"expect", "follows", "before"}  # keys of the files of cases
OF_EXAMPLES = {"beds", "home"}  # what the examples in messages are about
UNITS = {
    "元",
    "万元",
    "亿元",
    "张",
    "人",
    "万人",
    "平方米",
    "百分点",
}  # written as the plans write them, in both languages
IN_SKELETONS = {"yes", "no", "late"}  # values as the skeleton of a sheet writes them
PATTERNS = ("pattern.", "language.", "words.")  # of what is read, not said


def said(lang: str) -> dict[str, str]:
    """Return the messages of a language as they are read: without the parts to fill in."""
    texts = {code: text for code, text in catalogue(lang).items() if not code.startswith(PATTERNS)}
    return {code: re.sub(r"(?<!\{)\{\w+\}(?!\})", "…", text).replace("{{", "{") for code, text in texts.items()}


def test_no_chinese_message_has_an_english_word() -> None:
    """Every Chinese message is Chinese but for names of formats, programs, options, keys and values to type."""
    mixed = {code: english_in([text], OF_CASES | OF_EXAMPLES) for code, text in said("zh").items()}

    assert {} == {code: words for code, words in mixed.items() if words}


def test_no_english_message_has_a_chinese_word() -> None:
    """Every English message is English but for units, which sheets write in Chinese."""
    mixed = {code: set(HAN.findall(text)) - UNITS for code, text in said("en").items()}

    assert {} == {code: words for code, words in mixed.items() if words}


# the way to the other language, a licence, a library, a program
LINKED = {"English", "Apache", "durable-rules", "make"}


@pytest.mark.parametrize(
    "page", ["README.zh.md", *(f"docs/zh/{path.name}" for path in (ROOT / "docs" / "zh").iterdir())]
)
def test_documents_in_chinese_have_no_english_word(page: str) -> None:
    """No document in Chinese has an English word that is no name, but in what is typed and what files hold."""
    shown = MarkdownIt("commonmark").enable("table").render((ROOT / page).read_text(encoding="utf-8"))
    prose = re.sub(r"(?s)<(pre|code)\b.*?</\1>", "", shown)

    assert HAN.search(prose)
    assert {} == english_in(read_aloud("page.html", prose.encode()), LINKED)


# ---------------------------------------------------------------- reports of the real program

EXAMPLE = ["example", str(SAMPLES / "example-2023.facts.yaml")]
YANQING = [
    "yanqing", str(SAMPLES / "yanqing-2023"), str(SAMPLES / "yanqing-2020.facts.yaml"), "--year", "2023",
    "--waivers", str(SAMPLES / "yanqing-2023.waivers.yaml"),
]  # fmt: skip
OFFICES = ["--assignments", str(SAMPLES / "yanqing.assignments.yaml")]
COSTS = ["--costs", str(SAMPLES / "example.costs.yaml")]
OLD, NEW = (str(SAMPLES / f"tongzhou-{year}.facts.yaml") for year in (2015, 2020))
SUFFIX = {"text": "txt", "markdown": "md", "brief": "brief.txt", "junit": "junit.xml", "github": "github.txt"}
# the CSV of compare and of budget is for programs: its heads and words are the same in both languages, as in JSON
REPORTS = {  # name: command, and the formats of its report
    "check": (["check", *YANQING, *OFFICES], "text markdown brief html json csv junit sarif github xlsx docx"),
    "check-all": (["check", *EXAMPLE, "--all"], "text markdown html"),
    "check-by-owner": (["check", *YANQING, *OFFICES, "--by", "owner"], "text"),
    "check-by-town": (["check", *EXAMPLE, "--by", "town"], "text"),
    "check-subject": (["check", *EXAMPLE, "--subject", "示例乙养老院"], "text"),
    "check-since": (["check", "tongzhou", NEW, "--since", OLD], "text html"),
    "explain": (["explain", *EXAMPLE, "carer-ratio"], "text markdown html"),
    "explain-open": (["explain", *EXAMPLE, "rehab-coverage"], "text"),
    "overview": (["overview", EXAMPLE[1], NEW], "text markdown html csv"),
    "compare": (["compare", "tongzhou", OLD, NEW], "text markdown html"),
    "what-if": (["what-if", *EXAMPLE, "--scenario", str(SAMPLES / "example.scenario.yaml")], "text markdown html json"),
    "sweep": (["what-if", *EXAMPLE, "--sweep", "family_care_beds=300:600:50"], "text html"),
    "seek": (["seek", *EXAMPLE], "text markdown html json"),
    "budget": (["budget", *EXAMPLE, *COSTS, "--limit", "1000万元"], "text markdown html json xlsx"),
    "status": (["status", *EXAMPLE, "--due", "2024-03-31", "--expect", "示例区"], "text markdown html json csv"),
    "plans": (["plans"], ""),
    "plans-show": (["plans", "show", "example"], "text markdown html"),
    "lint": (["lint", "example"], "text markdown html"),
    "test": (["test", "example"], "text markdown html"),
    "diff": (["diff", "example", "--from", "2021-01-01", "--to", "2024-01-01"], "text markdown html"),
}  # fmt: skip


def run(*words: str) -> str:
    """Return what a command prints, on either stream."""
    result = CliRunner().invoke(main, words, prog_name="dabiao", env={"COLUMNS": "200"})

    assert result.exit_code in (0, 1, 2, 3), result.output
    return result.output


def reports(name: str, lang: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Iterate over the reports of a command in a language: the name of each, and what people read of it."""
    words, formats = REPORTS[name]
    files = {}
    for form in formats.split():
        files[form] = folder / f"report.{SUFFIX.get(form, form)}"
    asked = [f"{'brief' if form == 'docx' else form}:{path}" for form, path in files.items()]
    output = run(*words, "--lang", lang, *(word for one in asked for word in ("-o", one)))
    for form, path in files.items():
        assert path.exists(), (form, output)
        yield f"{name} {form}", read_aloud(path.name, path.read_bytes())
    yield f"{name} on the screen", output.replace(str(folder), "").splitlines()


def names_of(name: str) -> set[str]:
    """Return the identifiers of the plan that a report is about: where they are asked for they stand in both languages."""
    words = [word for word in REPORTS[name][0] if word in ("example", "yanqing", "tongzhou")] or ["example", "tongzhou"]
    plans = [load_plan(word) for word in words]
    parts = [part for plan in plans for part in (plan.commitments, plan.kinds, plan.consequences)]
    actions = {str(action["id"]) for action in loaded(SAMPLES / "example.costs.yaml")["actions"]}
    return {
        *actions,
        *(word for part in parts for word in part),
        *(word for plan in plans for _, word in plan.measures),
    }


@pytest.mark.parametrize("name", REPORTS)
def test_reports_in_chinese_have_no_english_word(name: str, tmp_path: Path) -> None:
    """No report in Chinese has an English word that is no name, nor an English title of the plan."""
    ids = names_of(name)
    for report, texts in reports(name, "zh", tmp_path):
        assert {} == english_in(texts, ids), report


@pytest.mark.parametrize("name", REPORTS)
def test_reports_in_english_have_no_chinese_word(name: str, tmp_path: Path) -> None:
    """No report in English has Chinese that is not from the data: names, citations, units."""
    for report, texts in reports(name, "en", tmp_path):
        assert {} == chinese_in(texts), report


def forms(lang: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Iterate over the forms of the illustrative plan in a language, in every format, with the figures of the year before."""
    for name in ("form.xlsx", "form.facts.yaml", "form"):
        asked = ("template", "example", "--year", "2024", "--last", EXAMPLE[1], "-o", str(folder / name))
        yield name, run(*asked, "--lang", lang).replace(str(folder), "").splitlines()
    for path in (folder / "form.xlsx", folder / "form.facts.yaml", *(folder / "form").iterdir()):
        yield path.name, read_aloud(path.name, path.read_bytes())


def test_forms_in_chinese_have_no_english_word(tmp_path: Path) -> None:
    """A form in Chinese is Chinese but for identifiers, whatever its format."""
    for form, texts in forms("zh", tmp_path):
        assert {} == english_in(texts, names_of("seek") | IN_SKELETONS), form


def test_forms_in_english_have_no_chinese_word(tmp_path: Path) -> None:
    """A form in English has no Chinese but names, units and what was reported the year before."""
    for form, texts in forms("en", tmp_path):
        assert {} == chinese_in(texts), form


FAULTS = (  # what is typed wrongly, and asks every sort of answer of the reader of command lines
    ("chek",), ("check",), ("check", "--yaer", "2023"), ("check", "--year"), ("check", "--all=1", "x"), ("plans", "shw"),
    ("check", "--year", "x", "example", "x"), ("check", "--fail-on", "x", "example", "x"), ("explain", "example"),
    ("template", "example", "--year", "0", "-o", "x.xlsx"), ("schema", "x"), ("plans", "show"), ("schema",), ("lint", "x"),
    ("plans", "list", "x"), ("check", "example", "nothing.xlsx"), ("check", "nothing", "nothing.xlsx"), ("verify", "x"),
    ("template", "example", "--year", "2024", "-o", "x.pdf"), ("check", "example", "x", "-o", "pdf"), ("compare", "x"),
    ("check", *EXAMPLE, "--select", "x"), ("check", *EXAMPLE, "--subject", "x"), ("check", *EXAMPLE, "--by", "x"),
    ("check", *EXAMPLE, "--as-of", "x"), ("what-if", *EXAMPLE), ("what-if", *EXAMPLE, "--set", "x"), ("seek", *EXAMPLE, "x"),
    ("what-if", *EXAMPLE, "--target", "x=y"), ("what-if", *EXAMPLE, "--sweep", "x"), ("budget", *EXAMPLE, "--costs", "x"),
    ("budget", *EXAMPLE, *COSTS, "--limit", "x"), ("status", "example", "x", "--due", "x"), ("diff", "example", "x"),
    ("--limit", "x", "plans"), ("--limit", "file=x", "plans"), ("overview",), ("overview", "x"), ("test", "x"),
)  # fmt: skip


@pytest.mark.parametrize("words", FAULTS, ids=" ".join)
def test_faults_are_told_in_one_language(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with a command line is said in one language, whatever library finds it."""
    monkeypatch.chdir(tmp_path)
    asked = {*words, *(part for word in words for part in re.findall("[A-Za-z]+", word))}
    environment = {"LC_ALL": "zh_CN.UTF-8", "COLUMNS": "200"}
    chinese = CliRunner().invoke(main, words, prog_name="dabiao", env=environment)
    english = CliRunner().invoke(main, words, prog_name="dabiao", env=environment | {"LC_ALL": "C.UTF-8"})

    assert 2 == chinese.exit_code == english.exit_code
    assert HAN.search(chinese.output)
    assert {} == english_in(chinese.output.splitlines(), names_of("seek") | formats_known() | asked)
    assert {} == chinese_in(english.output.splitlines())


def formats_known() -> set[str]:
    """Return the names of formats of reports, and of the sorts of files that there are schemas of."""
    help_texts = run("check", "--help", "--lang", "en"), run("schema", "--help", "--lang", "en")
    return {*re.findall("[a-z]+", " ".join(help_texts)), *(one.name for one in fields(Limits))}


def test_a_bundle_is_verified_in_one_language(tmp_path: Path) -> None:
    """What is said of a bundle, whole or altered, is said in one language."""
    bundle = tmp_path / "evidence.zip"
    run("check", *EXAMPLE, "-o", f"bundle:{bundle}")
    altered = tmp_path / "altered.zip"
    altered.write_bytes(bundle.read_bytes().replace("示例区".encode(), "示例乡".encode(), 1))
    for path in (bundle, altered):
        assert {} == english_in(run("verify", str(path), "--lang", "zh").splitlines(), names_of("seek"))
        assert {} == chinese_in(run("verify", str(path), "--lang", "en").replace("示例乡", "").splitlines())
