"""Templates as text: YAML skeletons and CSV folders."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import check, load_plan, read_facts
from dabiao.facts.template.form import make_form
from dabiao.facts.template.text import yaml_text
from dabiao.rules.load import parse_plan
from helpers import plan_text, subjects
from templates import COMMITMENTS, LAST, MEASURES, last_form, run


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("plan", ["example", "yanqing"])
def test_unfilled_skeleton_reports_nothing(tmp_path: Path, plan: str, lang: str) -> None:
    """A YAML skeleton can be read as it is, has no fact in it, and nothing is met by it."""
    path = tmp_path / "form.facts.yaml"
    loaded = load_plan(plan)
    register = loaded.root.register
    subject = register.names[0] if register else "某区"
    assert 0 == run(plan, "--year", "2023", "--tier", "all", "--subject", subject, "--lang", lang, "-o", path).exit_code

    facts = read_facts(path, loaded)

    (sheet,) = facts.sheets
    assert (subject, 2023) == (sheet.subject, sheet.year)
    assert not any(subjects(sheet).values())
    assert not {"met", "shortfall", "on_track", "behind"} & set(check(loaded, facts).table["verdict"].to_list())
    text = path.read_text(encoding="utf-8")
    for measure_id in (m.id for m in loaded.measures.values() if m.formula is None):
        assert f"# {measure_id}: " in text or f"#     {measure_id}: " in text, measure_id


def test_filled_skeleton_reports_what_was_filled_in(tmp_path: Path) -> None:
    """Lines of a skeleton count once their mark is taken away, and nothing else changes."""
    form = last_form(tmp_path, LAST, "- {kind: home, name: 甲院, facts: {room: 5 张}}")
    text = yaml_text(form, "zh")
    assert "# beds: 张  # beds 指标 [张]，上年：120" in text
    text = text.replace("  # beds: 张", "  beds: 130 张").replace("      # room: 张", "      room: 7 张")
    text = text.replace("  {}  # 填写第一项时删去本行\n", "")
    path = tmp_path / "form.facts.yaml"
    path.write_text(text, encoding="utf-8")

    (sheet,) = read_facts(path, form.plan).sheets

    found = {who: {name: fact.value for name, fact in own.items()} for who, own in subjects(sheet).items()}
    assert {("district", "某区"): {"beds": Fraction(130)}, ("home", "甲院"): {"room": Fraction(7)}} == found
    assert {"town": 3} == dict(sheet.registers)


@pytest.mark.parametrize("name", ["no", "~甲", "12", "a: b", "甲 # 乙", '"甲"', "- 甲", "甲：乙", "　甲", "[甲]"])
def test_any_name_is_written_so_that_yaml_reads_it(tmp_path: Path, name: str) -> None:
    """A subject's name comes back from a skeleton as it was, whatever YAML would make of it."""
    quoted = name.replace('"', '\\"')
    form = last_form(tmp_path, "", f'- {{kind: home, name: "{quoted}", facts: {{room: 5 张}}}}')
    path = tmp_path / "form.facts.yaml"
    path.write_text(yaml_text(form, "zh"), encoding="utf-8")

    (sheet,) = read_facts(path, form.plan).sheets

    assert [name] == sheet.names("home")


def test_texts_of_a_plan_cannot_break_out_of_comments(tmp_path: Path) -> None:
    """Line ends in titles and definitions do not put anything into a skeleton that would be read."""
    text = plan_text(MEASURES, COMMITMENTS).replace("{zh: beds 指标, en:", '{zh: "beds\\n  rate: 90 %", en:')
    form = make_form(parse_plan(text, "demo.plan.yaml"), 2023, "某区")
    path = tmp_path / "form.facts.yaml"
    path.write_text(yaml_text(form, "zh"), encoding="utf-8")

    (sheet,) = read_facts(path, form.plan).sheets

    assert not any(subjects(sheet).values())


def test_yaml_and_csv_need_a_subject(tmp_path: Path) -> None:
    """A skeleton without a subject could not be read, so it is not written."""
    for name in ("form.facts.yaml", "form/"):
        result = run("example", "--year", "2023", "--lang", "en", "-o", f"{tmp_path}/{name}")

        assert 2 == result.exit_code
        assert "needs --subject" in result.output
    assert [] == list(tmp_path.iterdir())


def test_filled_csv_folder_reports_what_was_filled_in(tmp_path: Path) -> None:
    """A CSV folder has names and headings with units; filled in, it is read as a sheet."""
    folder = tmp_path / "form"
    assert (
        0
        == run(
            "example", "--year", "2023", "--tier", "all", "--subject", "示例区", "--lang", "zh", "-o", f"{folder}/"
        ).exit_code
    )
    assert {"sheet.facts.yaml", "town.csv", "community.csv", "home.csv"} == {child.name for child in folder.iterdir()}
    homes = folder / "home.csv"
    heading = homes.read_text(encoding="utf-8-sig")
    assert (
        "名称,床位 [张],预留应急床位 [张],护理型床位 [张],入住老年人 [人],护理员 [人],满意率 [%],享受补贴,星级\n"
        == heading
    )
    assert "\ufeff名称,开展社区康复\n示例甲镇,\n" == (folder / "town.csv").read_text(encoding="utf-8")[:17]
    homes.write_text(heading + "甲院,50,缺:未统计,,,,84.6,是,三星\n", encoding="utf-8-sig")
    (folder / "community.csv").unlink()

    plan = load_plan("example")
    (sheet,) = read_facts(folder, plan).sheets

    found = next(sheet.of("home")).facts(0)
    assert {
        "beds": Fraction(50), "reserved_beds": None, "satisfaction": Fraction("0.846"), "subsidised": Fraction(1), "stars": Fraction(3),
    } == {name: fact.value for name, fact in found.items()}  # fmt: skip
    assert "not_collected" == found["reserved_beds"].absent
    assert ["示例甲镇", "示例乙镇", "示例丙乡", "示例丁街道", "示例戊街道"] == sheet.names("town")
