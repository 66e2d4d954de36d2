"""Charts: Chinese words with the fonts of the machine, with one installed a moment ago, and with none; what they show."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from budgets import ADD, BEDS, SAMPLES, action, costs_text, run
from click.testing import CliRunner, Result
from dabiao.cli import main
from dabiao.reports import charts
from helpers import commitment, plan_text, sheet_text
from matplotlib import font_manager

SHEET = SAMPLES / "example-2023.facts.yaml"
SWEEP = ("what-if", "example", SHEET, "--sweep", "family_care_beds=300:600:50")
COSTS = ("example", SHEET, "--costs", SAMPLES / "example.costs.yaml")


def call(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def words(path: Path) -> str:
    """Return the texts of an SVG."""
    return "\n".join(ElementTree.parse(path).getroot().itertext())


@pytest.fixture
def without_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without any Chinese font: matplotlib knows only its own, and finds no others."""
    own = [entry for entry in font_manager.fontManager.ttflist if entry.name.startswith("DejaVu")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]
    yield
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def test_looking_for_fonts_is_not_told_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What matplotlib says of its list of fonts, which it makes for a new user, reaches nobody."""

    def find() -> list[str]:
        logging.getLogger("matplotlib.font_manager").warning("Matplotlib is building the font cache")
        return []

    monkeypatch.setattr(charts, "find_chinese_fonts", find)
    assert 0 == call(*SWEEP, "--lang", "en", "-o", f"svg:{tmp_path / 'c.svg'}").exit_code
    assert [] == [record.message for record in caplog.records]


@pytest.mark.usefixtures("without_fonts")
@pytest.mark.parametrize("command", [SWEEP, ("budget", *COSTS)])
def test_an_svg_needs_no_font(tmp_path: Path, command: tuple[object, ...]) -> None:
    """Without a Chinese font the words of an SVG are still words, for fonts that readers have; nothing is complained of."""
    result = call(*command, "--lang", "zh", "-o", f"svg:{tmp_path / 'c.svg'}")
    text = (tmp_path / "c.svg").read_text(encoding="utf-8")

    assert result.exit_code in (0, 1, 3)
    assert "font" not in result.output
    assert "示例规划" in words(tmp_path / "c.svg")
    assert re.search(r"'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', .*'SimSun', .*sans-serif", text)


@pytest.mark.usefixtures("without_fonts")
@pytest.mark.parametrize("command", [SWEEP, ("budget", *COSTS)])
def test_a_png_without_a_font_is_refused_in_words(tmp_path: Path, command: tuple[object, ...]) -> None:
    """A PNG full of boxes is not written: it is refused in the user's language, and what to do is said."""
    chinese, english = (call(*command, "--lang", lang, "-o", f"png:{tmp_path / 'c.png'}") for lang in ("zh", "en"))

    assert [2, 2] == [chinese.exit_code, english.exit_code]
    assert "没有含汉字的字体" in chinese.stderr
    assert "no installed font has Chinese characters" in english.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(not charts.find_chinese_fonts(), reason="no Chinese font is installed")
def test_a_font_installed_a_moment_ago_is_found(tmp_path: Path) -> None:
    """A list of fonts that matplotlib remembers from before the Chinese one was installed hides nothing."""
    entry = next(e for e in font_manager.fontManager.ttflist if e.name == "DejaVu Sans" and e.style == "normal")
    remembered = {
        "_version": str(font_manager.FontManager.__version__), "_FontManager__default_weight": "normal",
        "default_size": None, "defaultFamily": {"ttf": "DejaVu Sans", "afm": "Helvetica"}, "afmlist": [],
        "ttflist": [{**{k: getattr(entry, k) for k in ("fname", "name", "style", "variant", "weight", "stretch", "size")},
                     "__class__": "FontEntry"}],
        "__class__": "FontManager",
    }  # fmt: skip
    (tmp_path / f"fontlist-v{font_manager.FontManager.__version__}.json").write_text(json.dumps(remembered))
    environment = {**os.environ, "MPLCONFIGDIR": str(tmp_path), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "dabiao", *map(str, SWEEP), "--lang", "zh", "-o", f"png:{tmp_path / 'c.png'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_a_font_that_is_gone_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A font that is remembered but was removed since is not drawn with."""
    entry = font_manager.FontEntry(fname=str(tmp_path / "gone.ttf"), name="Noto Sans CJK SC")
    others = [e for e in font_manager.fontManager.ttflist if e.name not in charts.FONTS]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*others, entry])
    monkeypatch.setattr(font_manager, "findSystemFonts", list)

    assert "Noto Sans CJK SC" not in charts.find_chinese_fonts()


def test_settings_of_charts_do_not_stay(tmp_path: Path) -> None:
    """After a chart matplotlib has the settings it had before."""
    before = dict(mpl.rcParams)
    call(*SWEEP, "-o", f"svg:{tmp_path / 'c.svg'}")

    assert before == dict(mpl.rcParams)


def test_the_value_of_today_is_marked(tmp_path: Path) -> None:
    """A sweep says what was reported, in words, in the stretch it lies in, as a line of the chart and in JSON."""
    text = call(*SWEEP, "--lang", "en").stdout
    found = json.loads(call(*SWEEP, "-o", "json").stdout)
    call(*SWEEP, "--lang", "zh", "-o", f"svg:{tmp_path / 'c.svg'}")

    assert "now: Family care beds 350 张" in text
    assert "300 张 – 350 张 ← now" in text
    assert ["350"] == [axis["today"] for axis in found["axes"]]
    assert "虚线为现值：家庭照护床位 350 张" in words(tmp_path / "c.svg")
    assert "stroke-dasharray" in (tmp_path / "c.svg").read_text(encoding="utf-8")


def test_figures_of_several_subjects_have_no_value_of_today() -> None:
    """Where homes report different figures there is no one value to mark."""
    axis = call("what-if", "example", SHEET, "--sweep", "home[*].carers=5:25:5", "-o", "json")

    assert [None] == [axis["today"] for axis in json.loads(axis.stdout)["axes"]]


def test_commitments_that_flip_together_share_a_panel(tmp_path: Path) -> None:
    """Two commitments that flip at the same values have one bar, one grid and one row, with both names."""
    bodies = [commitment(name, "measure: care_beds\nat_least: 40 张\ndue: 2025") for name in ("one", "two")]
    later = commitment("later", "measure: care_beds\nat_least: 60 张\ndue: 2025")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(BEDS, "".join([*bodies, later])), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("care_beds: 28 张"), encoding="utf-8")
    swept = ("what-if", tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", "--sweep", "care_beds=20:80:20")
    text = call(*swept, "--lang", "en").stdout
    call(*swept, "-o", f"svg:{tmp_path / 'c.svg'}")
    drawn = words(tmp_path / "c.svg")

    assert 2 == text.count("20 张")
    assert re.search(r"\[one\] +20 张 .*\n.*\[two\]", text)
    assert (1, 1, 1) == (drawn.count("[one]"), drawn.count("[two]"), drawn.count("[later]"))
    assert [1, 1] == [drawn.count(f"{value} 张") for value in (40, 60)]


def test_the_chart_of_a_budget_is_what_limits_give(tmp_path: Path) -> None:
    """Each point of the curve keeps what the budget within that limit keeps, and costs what it costs."""
    plan = plan_text(
        BEDS + "- {id: rooms, title: {zh: 房间, en: rooms}, unit: 间}\n",
        commitment("beds", "measure: care_beds\nat_least: 40 张\ndue: 2025\nnature: binding")
        + commitment("rooms", "measure: rooms\nat_least: 5 间\ndue: 2025\nnature: anticipatory"),
    )
    room = action("room", "adds: {rooms: 1 间}", "unit_cost: 12 元", "at_most: 9")
    (tmp_path / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("care_beds: 28 张\nrooms: 4 间", year=2023), encoding="utf-8")
    (tmp_path / "demo.costs.yaml").write_text(costs_text(ADD, room), encoding="utf-8")
    asked = (tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", "--costs", tmp_path / "demo.costs.yaml")
    run(*asked, "--lang", "zh", "-o", f"svg:{tmp_path / 'c.svg'}", "-o", f"json:{tmp_path / 'c.json'}")
    curve = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["curve"]

    assert 13 == len(curve)
    assert ["0", "48"] == [curve[0]["limit"], curve[-1]["limit"]]
    for point in curve[1:]:
        found = json.loads(run(*asked, "--limit", f"{float(Fraction(point['limit']))}元", "-o", "json").stdout)
        kept = {c: found["findings"][n]["after"] == "met" for n, c in enumerate(("binding", "anticipatory"))}
        assert {**{nature: int(met) for nature, met in kept.items()}, "unstated": 0} == point["kept"]
        assert found["total"] == point["cost"]
    assert "多少钱能达标多少项" in words(tmp_path / "c.svg")


def test_the_curve_is_told_in_words_too() -> None:
    """What less money keeps stands on the page, and in the text of a run that draws it; it is not worked out otherwise."""
    plain = run(*COSTS, "--lang", "en").stdout
    drawn = run(*COSTS, "--lang", "en", "-o", "text", "-o", "svg:/dev/null").stdout

    page = run(*COSTS, "--lang", "en", "-o", "html").stdout

    assert "what less money keeps" not in plain
    assert "what less money keeps" in drawn
    assert "what less money keeps" in page
