"""Messages: every language says all of them, the source uses all of them, and one file is a further language."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.base.messages import LANGS, catalogue, say
from helpers import ROOT
from openpyxl import load_workbook

PARTS = (
    "base", "budget", "commands", "engine", "evidence", "facts", "reports", "rules", "scenarios", "serve",
    "spark", "trials",
)  # fmt: skip
SOURCES = sorted([*ROOT.glob("*.py"), *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))])
KNOWS_LANGUAGES = {"base/messages/__init__.py", "rules/shape.py"}  # the catalogues, and the titles of the plan language


def test_every_message_is_said_in_every_language() -> None:
    """Every message has all languages, with the same parts to fill in; only what stands between sentences may be nothing."""
    first, *others = LANGS
    for lang in others:
        assert catalogue(first).keys() == catalogue(lang).keys()
    for code in catalogue(first):
        parts = [set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", catalogue(lang)[code])) for lang in LANGS]

        assert code == "list.sentences" or all(catalogue(lang)[code] for lang in LANGS), code
        assert [parts[0]] * len(LANGS) == parts, code


def test_no_message_is_written_twice() -> None:
    """No file of messages has a topic or a code twice: the second would silently replace the first."""
    for lang in LANGS:
        codes: list[str] = []

        def keep(pairs: list[tuple[str, object]], codes: list[str] = codes) -> dict[str, object]:
            codes += [key for key, value in pairs if isinstance(value, str)]
            return dict(pairs)

        topics = json.loads((ROOT / "base" / "messages" / f"{lang}.json").read_text("utf-8"), object_pairs_hook=keep)

        assert sorted(set(codes)) == sorted(codes)
        assert len(codes) == sum(map(len, topics.values()))


def test_every_code_that_is_noted_is_in_the_catalogue() -> None:
    """No part of the program notes a problem that the catalogue cannot say."""
    noted = set()
    for path in ROOT.glob("*/*.py"):
        if path.parent.name in (
            "commands",
            "rules",
            "facts",
            "engine",
            "reports",
            "spark",
            "trials",
            "evidence",
            "base",
            "scenarios",
            "serve",
            "budget",
        ):
            text = path.read_text(encoding="utf-8")
            noted |= set(re.findall(r'(?:\.add|\.warn|Problem|_refused|_unexpected|unknown)\(\s*"([a-z-]+)"', text))

    assert set() == noted - set(catalogue("en"))
    assert len(noted) > 40
    assert issubclass(Refused, Exception)


def strings(tree: ast.AST) -> set[str]:
    """Return the texts of a module that are no docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {str(node.value) for node in texts if id(node) not in docs}


def names(tree: ast.AST) -> set[str]:
    """Return the names that codes are built from: fields, functions and keywords of a module."""
    found = {
        node.target.id.rstrip("_")
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    found |= {node.name.replace("_", "-") for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found | {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}


def built(tree: ast.AST) -> set[str]:
    """Return patterns of the codes that a module builds, such as f"verdict.{verdict}", or names the columns of a table by."""
    texts = (node.values for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    calls = [[node.func, *node.args] for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [[ast.unparse(part) for part in call if ast.unparse(part) != "partial"] for call in calls]
    topics = {ast.literal_eval(call[1]) for call in called if call[0] == "name_columns"}
    return {rf"{topic}\.(.+)" for topic in topics} | {
        "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)" for part in parts)
        for parts in texts
        if isinstance(parts[0], ast.Constant) and re.fullmatch(r"[a-z._-]+[.-]", str(parts[0].value))
    }


def test_every_message_is_used() -> None:
    """Every code of the catalogue stands in the source, or is built there from a prefix and words of the source.

    The texts of help belong to commands and options: `test_help.py` looks for those.
    """
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]
    words = set[str]().union(*map(strings, trees), *map(names, trees))
    for template in (ROOT / "serve" / "templates").glob("*.html"):
        words.update(re.findall(r'say\("([a-z.-]+)"', template.read_text(encoding="utf-8")))
    patterns = set[str]().union(*map(built, trees))

    def used(code: str) -> bool:
        matches = (re.fullmatch(pattern, code) for pattern in patterns)
        return code in words or any(all(map(used, match.groups())) for match in matches if match)

    assert [] == [
        code for code in catalogue("en") if not code.startswith(("about.", "help.", "metavar.")) and not used(code)
    ]


def test_nothing_but_the_catalogues_and_the_titles_of_plans_knows_the_languages() -> None:
    """No other module names a language."""
    texts = {
        path.relative_to(ROOT).as_posix(): strings(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES
    }

    assert KNOWS_LANGUAGES == {path for path, found in texts.items() if found & set(LANGS)}


def test_nothing_picks_the_title_of_one_language() -> None:
    """Titles are said in the language asked for: no module takes the Chinese or the English part of one."""
    picked = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in LANGS
    }

    assert {"rules/shape.py"} == picked


# ---------------------------------------------------------------- a further language


def wrapped(code: str, text: str) -> str:
    """Return a message of the made-up language xx: the English one between angle brackets, word by word where it has several."""
    if code in ("language.tag", "list.sentences"):
        return text
    return "|".join(f"«{word}»" for word in text.split("|")) if code.startswith(("layout.", "words.")) else f"«{text}»"


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with one more file: the messages of the language xx."""
    folder = tmp_path_factory.mktemp("third")
    ignored = shutil.ignore_patterns(".*", "tests", "docs", "bench", "build", "ci", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, folder / "dabiao", ignore=ignored)
    messages = folder / "dabiao" / "base" / "messages"
    topics = json.loads((messages / "en.json").read_text(encoding="utf-8"))
    made = {topic: {code: wrapped(code, text) for code, text in codes.items()} for topic, codes in topics.items()}
    (messages / "xx.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return folder


DRIVER = """
import json, sys
from click.testing import CliRunner
from dabiao.cli import main
answers = []
for arguments in json.load(sys.stdin):
    result = CliRunner().invoke(main, arguments)
    answers.append((result.exit_code, result.output))
json.dump(answers, sys.stdout)
"""


def run(folder: Path, *commands: Sequence[str]) -> list[tuple[int, str]]:
    """Run commands of the copy, one after the other: of each the exit code, and all it prints."""
    paths = {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], env={**os.environ, **paths}, cwd=folder,
        input=json.dumps(commands), text=True, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return [tuple(answer) for answer in json.loads(done.stdout)]


SAMPLES = "dabiao/facts/samples"
SHEETS = (f"{SAMPLES}/yanqing-2023", f"{SAMPLES}/yanqing-2020.facts.yaml")
CHECK = ("yanqing", *SHEETS, "--year", "2023", "--waivers", f"{SAMPLES}/yanqing-2023.waivers.yaml")
SAID = (  # commands, and what they say in the further language
    (("check", *CHECK, "-o", "markdown"), "«undetermined»"),
    (("check", *CHECK), "«shortfall»"),
    (("explain", "yanqing", *SHEETS, "emergency-bed-reserve"), "«not reported»"),
    (("lint", "yanqing"), "no errors»"),
    (("lint", "yanquing"), "«; did you mean 'yanqing'?»"),
    (("status", "yanqing", SHEETS[0], "--due", "2024-03-01", "-o", "markdown"), "submitter: "),
    (("plans", "show", "yanqing", "-o", "markdown"), "«Measures»"),
    (("what-if", *CHECK, "--set", "family_care_beds=900 张", "-o", "markdown"), "what if: "),
)


def test_commands_speak_a_third_language(third: Path) -> None:
    """Commands say the words of a language that is one more file; what no terminal wraps is the English between brackets."""
    commands = [(*command, "--lang", lang) for command, _ in SAID for lang in ("en", "xx")]
    answers = run(third, *commands)
    for (command, says), (code, english), (other, text) in zip(SAID, answers[::2], answers[1::2], strict=True):
        assert code == other, command
        assert says in text, command
        assert "markdown" not in command or flat(english) == flat(text), command


def flat(text: str) -> str:
    """Return a text without what the made-up language adds, and without the layout of tables."""
    return "".join(re.sub("[«»|:-]", "", text).split())


def test_a_quotation_within_a_quotation_has_marks_of_its_own() -> None:
    """A title with quotation marks is quoted with those of the inner kind, and what stands in them with the outer."""
    told = say("lint.unused-measure", "zh", title="“一张床”和“‘小’床”", found="beds")

    assert told.startswith("指标“‘一张床’和‘“小”床’”")
    assert "用了全角““”" in say("yaml-wide-sign", "zh", line=1, found="“", expected='"')


def test_a_third_language_is_a_choice(third: Path) -> None:
    """The languages to choose from are the files of messages."""
    ((code, text),) = run(third, ("check", "--lang", "yy"))

    assert 2 == code
    assert "zh, xx, en" in text


def test_a_template_in_a_third_language_is_read(third: Path, tmp_path: Path) -> None:
    """A workbook written in a further language has its words, and is read whatever language the reader speaks."""
    path = str(tmp_path / "form.xlsx")
    ((code, _),) = run(third, ("template", "yanqing", "--year", "2023", "-o", path, "--lang", "xx"))
    assert 0 == code
    book = load_workbook(path)
    assert "«Cover»" == book.sheetnames[0]
    listed = next(sheet for sheet in book.worksheets if "«value»" in [cell.value for cell in sheet[3]])
    column = {cell.value: cell.column for cell in listed[3]}
    row = next(row for row in range(4, listed.max_row + 1) if listed.cell(row, column["«id»"]).value)
    listed.cell(row, column["«reason if missing»"]).value = "«not collected»"
    book.save(path)

    status = ("status", "yanqing", path, "--due", "2024-03-01", "--lang")
    (_, in_xx), (_, in_zh) = run(third, (*status, "xx"), (*status, "zh"))

    assert "«, 1 absent with a reason»" in in_xx
    assert "另有 1 项说明原因" in in_zh


def test_a_template_as_text_speaks_a_third_language(third: Path, tmp_path: Path) -> None:
    """A skeleton of a sheet says its comments in a further language, and is read as a sheet."""
    paths = tmp_path / "form.facts.yaml", tmp_path / "form"
    made = [("template", "yanqing", "--year", "2023", "-o", str(path), "--lang", "xx") for path in paths]
    read = [("check", "yanqing", str(path), "--lang", "xx") for path in paths]

    answers = run(third, *made, *read)

    assert [0, 0, 3, 2] == [code for code, _ in answers]
    assert "«the table has no rows»" in answers[-1][1]  # a register of nobody is to be deleted
    for head in (paths[0], paths[1] / "sheet.facts.yaml"):
        assert "«delete this line" in head.read_text(encoding="utf-8")
    assert "«name»" in (paths[1] / "institution.csv").read_text(encoding="utf-8-sig")
