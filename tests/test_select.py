"""Naming commitments: by id, title, chapter, tier, nature, strength and owner, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.rules.load import parse_plan
from dabiao.rules.select import select
from helpers import measure, plan_text, sheet_text


def promise(name: str, zh: str, en: str, body: str, phrase: str = "完善养老") -> str:
    """Return a commitment with a title."""
    keys = body.replace("\n", "\n  ")
    return f"- id: {name}\n  title: {{zh: {zh}, en: {en}}}\n  cite: {{section: 一, phrase: {phrase}}}\n  {keys}\n"


PLAN = plan_text(
    measure("beds") + measure("law", "ladder: deliverable") + measure("full", "unit: 张", of="home"),
    promise(
        "beds",
        "床位",
        "Beds",
        "measure: beds\nat_least: 300 张\ndue: 2025\nnature: binding\nstrength: must\nchapter: 养老",
        "达到300张",
    )
    + promise("law", "制度", "Law", "measure: law\nat_least: in_force\ndue: 2025\nduty: 区民政局")
    + promise("homes", "床位", "Homes", "each: home\nmeasure: full\nat_least: 3 张\ndue: 2025\nstrength: strive"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan and a sheet."""
    home = "- {kind: home, name: 甲, facts: {full: 2 张}}"
    (tmp_path / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    sheet = sheet_text("beds: 250 张\nlaw: issued", home, registers="home: complete, centre: complete")
    (tmp_path / "a.facts.yaml").write_text(sheet, encoding="utf-8")
    return tmp_path


def run(folder: Path, command: str, *options: str) -> Result:
    """Run a command on plan and sheet."""
    asked = [command, str(folder / "demo.plan.yaml"), str(folder / "a.facts.yaml"), *options]
    return CliRunner().invoke(main, asked)


@pytest.mark.parametrize(
    ("names", "selected"),
    [
        (["beds"], ["beds"]),
        (["Beds"], ["beds"]),
        (["床位"], ["beds", "homes"]),
        (["养老"], ["beds"]),
        (["indicator"], ["beds"]),
        (["主要指标"], ["beds"]),
        (["task"], ["homes"]),
        (["重点任务"], ["homes"]),
        (["工作要求"], ["law"]),
        (["binding"], ["beds"]),
        (["约束性"], ["beds"]),
        (["未注明"], ["law", "homes"]),
        (["must"], ["beds"]),
        (["必须"], ["beds"]),
        (["力争", "effort"], ["law", "homes"]),
        (["区民政局"], ["law"]),
    ],
)
def test_every_name_selects(names: list[str], selected: list[str]) -> None:
    """Every name a commitment has selects it, in either language; one that several have selects all of them."""
    assert selected == [c.id for c in select(parse_plan(PLAN), names)]


@pytest.mark.parametrize(
    ("name", "code", "nearest"),
    [
        ("bed", "unknown-selection", "beds"),
        ("主要指票", "unknown-selection", "主要指标"),
        ("区民政", "unknown-selection", "区民政局"),
        ("推动", "word-unused", None),
        ("anticipatory", "word-unused", None),
    ],
)
def test_a_name_that_selects_nothing_is_refused(name: str, code: str, nearest: str | None) -> None:
    """A name that nothing has is refused with the nearest, and a word that no commitment of the plan has is told as such."""
    with pytest.raises(Refused) as refused:
        select(parse_plan(PLAN), [name])

    (problem,) = refused.value.problems
    assert (code, nearest) == (problem.code, problem.details.get("nearest"))


def test_check_explain_and_seek_take_every_name(folder: Path) -> None:
    """The commands about sheets take the names that `--select` takes."""
    checked = json.loads(run(folder, "check", "--select", "力争", "-o", "json").output)["findings"]

    assert ["homes"] == [finding["commitment"] for finding in checked]
    assert 0 == run(folder, "explain", "制度").exit_code
    assert "Beds" in run(folder, "seek", "indicator").output
    assert "Beds" in run(folder, "seek", "--select", "主要指标").output


def test_one_commitment_is_needed_and_two_have_the_title(folder: Path) -> None:
    """Where one commitment is meant, a title of two is refused, and both are named."""
    told = run(folder, "explain", "床位", "--lang", "en")
    changed = run(folder, "what-if", "--target", "床位=200张", "--lang", "en")

    assert (2, 2) == (told.exit_code, changed.exit_code)
    assert "COMMITMENT: several commitments have the title '床位'; write an id: beds, homes" in told.output
    assert "--target: several commitments have the title '床位'; write an id: beds, homes" in changed.output


def test_a_target_is_named_by_its_title(folder: Path) -> None:
    """A new target is given to the commitment of that title."""
    by_title, by_id = (run(folder, "what-if", "--target", f"{name}=200张", "--lang", "en") for name in ("Beds", "beds"))

    assert by_id.output == by_title.output.replace("Beds=200张", "beds=200张")
    assert "met              0       1       +1" in by_title.output


def test_a_form_asks_for_what_is_selected(folder: Path) -> None:
    """A form for some commitments has their figures, the subjects they are about, and nothing else."""
    form = folder / "form.facts.yaml"
    asked = [
        "template",
        str(folder / "demo.plan.yaml"),
        "--year",
        "2025",
        "--subject",
        "某区",
        "--select",
        "task",
        "-o",
        str(form),
    ]
    CliRunner().invoke(main, asked)
    text = form.read_text("utf-8")

    assert [False, False, True, True, False] == [
        f"{name}" in text for name in ("beds", "law", "full", "home", "centre")
    ]
    refused = CliRunner().invoke(main, [*asked[:-3], "tasks", "-o", str(folder / "other.facts.yaml")])
    assert (2, True) == (refused.exit_code, "'tasks'" in refused.output)
