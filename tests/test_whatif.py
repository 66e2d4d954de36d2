"""What-if: scenarios over facts and plan, told as a difference; sweeps that agree with single checks."""

from __future__ import annotations

import json
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused, check, load_plan, read_facts
from dabiao.base.problems import Location
from dabiao.cli import main
from dabiao.facts.change import Change, Changes, apply_changes
from dabiao.rules.amend import in_force
from dabiao.scenarios.apply import Variant
from dabiao.scenarios.difference import WhatIfResult
from dabiao.scenarios.requests import WhatIfRequest
from dabiao.scenarios.run import what_if
from dabiao.scenarios.sweep import parse_axis, sweep_variant
from helpers import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

SHEET = ROOT / "facts" / "samples" / "example-2023.facts.yaml"


def scenario(folder: Path, body: str, name: str = "more") -> Path:
    """Write a scenario file for the illustrative plan."""
    path = folder / f"{name}.scenario.yaml"
    path.write_text(f"scenario: {name}\nplan: example\n" + textwrap.dedent(body), encoding="utf-8")
    return path


def run(*arguments: str | Path, lang: str = "en") -> Result:
    """Run `dabiao what-if` on the illustrative sheet."""
    return CliRunner().invoke(main, ["what-if", "example", str(SHEET), *map(str, arguments), "--lang", lang])


def asked(*paths: Path, **options: object) -> WhatIfResult:
    """Ask for a difference from Python."""
    return what_if(WhatIfRequest(plan="example", sheets=(SHEET,), scenario=paths, **options))  # type: ignore[arg-type]


def changes(difference: WhatIfResult) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return the verdicts that changed, before and after."""
    found = {}
    for shift in difference.changed:
        one = shift.after or shift.before
        assert one is not None
        verdicts = (shift.before.verdict if shift.before else None, shift.after.verdict if shift.after else None)
        found[one.commitment.id, one.subject] = verdicts
    return found


def refusal(*arguments: str | Path) -> list[str]:
    """Return the lines of a refused run."""
    result = run(*arguments)
    assert 2 == result.exit_code, result.output
    return result.stderr.splitlines()


# --- facts


def test_a_figure_of_the_district_is_set() -> None:
    """Enough family care beds turn the commitment from behind to early, and nothing else changes."""
    found = asked(sets=("family_care_beds=520",))

    assert {("family-care-beds", "示例区"): ("behind", "early")} == changes(found)
    assert [(Fraction(350), Fraction(520))] == [(old, change.value) for old, change in found.variant.moved]


def test_a_subsidy_is_won_back() -> None:
    """A home that reaches 85 % is met, and its lost subsidy vanishes from what follows."""
    found = asked(sets=("home[示例丙养老院].satisfaction=85%",))

    assert ("shortfall", "met") == changes(found)["home-satisfaction", "示例丙养老院"]
    assert [("subsidy-cancelled", "示例丙养老院")] == [(f.rule, f.subject) for f in found.vanished]
    assert () == found.appeared


@pytest.mark.parametrize(
    ("text", "value"),
    [("family_care_beds+=20", 370), ("family_care_beds-=50张", 300), ("family_care_beds*=1.1", 385),
     ("家庭照护床位=０.０４万张", 400), ("family_care_beds*=110%", 385), ("family_care_beds*=1.005", 352)],
)  # fmt: skip
def test_figures_are_added_to_and_scaled(text: str, value: int) -> None:
    """`+=`, `-=` and `*=` start from what was reported; whole things are rounded half up."""
    ((_, change),) = asked(sets=(text,)).variant.moved

    assert Fraction(value) == change.value


def test_a_percentage_grows_by_points() -> None:
    """5 百分点 added to 79.96 % are 84.96 %."""
    ((_, change),) = asked(sets=("home[示例乙养老院].satisfaction+=5百分点",)).variant.moved

    assert Fraction(8496, 10000) == change.value


def test_a_condition_selects_subjects(tmp_path: Path) -> None:
    """A move with `where` changes just the subjects that satisfy it."""
    path = scenario(tmp_path, "facts:\n- {kind: home, where: beds < 60 张, add: {beds: 10 张}}\n")
    moved = asked(path).variant.moved

    assert [("示例丙养老院", Fraction(60)), ("示例戊养老院", Fraction(40))] == [(c.subject, c.value) for _, c in moved]


def test_all_subjects_of_a_kind(tmp_path: Path) -> None:
    """kind[*] changes every listed subject."""
    moved = asked(sets=("town[*].rehab=yes",)).variant.moved

    assert ["示例甲镇", "示例乙镇", "示例丙乡", "示例丁街道"] == [change.subject for _, change in moved]


def test_a_home_is_opened_and_one_closed(tmp_path: Path) -> None:
    """An opened home has findings of its own; the findings of a closed one are gone."""
    path = scenario(
        tmp_path,
        """\
        open:
        - {kind: home, name: 新院, facts: {beds: 100 张, reserved_beds: 2 张, satisfaction: 90 %, subsidised: yes}}
        close:
        - {kind: home, name: 示例乙养老院}
        """,
    )
    found = changes(asked(path))

    assert (None, "met") == found["emergency-bed-reserve", "新院"]
    assert ("shortfall", None) == found["emergency-bed-reserve", "示例乙养老院"]


def test_scenarios_compose_in_order(tmp_path: Path) -> None:
    """a+b applies b to what a has left: 350, doubled, plus 20."""
    double = scenario(tmp_path, "facts: [{scale: {family_care_beds: 2}}]\n", "double")
    more = scenario(tmp_path, "facts: [{add: {family_care_beds: 20 张}}]\n", "twenty")
    result = run("--scenario", f"{double}+{more}", "-o", "json")
    figures = json.loads(result.stdout)["figures"]

    assert [("350", "700"), ("700", "720")] == [(f["before"], f["after"]) for f in figures]


def test_a_baseline_is_shared_by_both_sides(tmp_path: Path) -> None:
    """What the baseline changes is no difference."""
    base = scenario(tmp_path, "facts: [{set: {family_care_beds: 600 张}}]\n", "base")
    more = scenario(tmp_path, "facts: [{set: {allowance: 1600 元/人/月}}]\n", "allowance")
    found = asked(more, baseline=(base,))

    assert ("family-care-beds", "示例区") not in changes(found)
    assert ["allowance"] == [change.measure for _, change in found.variant.moved]


def test_money_won_back_is_told() -> None:
    """The subsidy won back is 50 beds x 1,200 yuan by the plan, and 30 万元 if the costs file says so."""
    arguments = ("--set", "home[示例丙养老院].satisfaction=85%", "-o", "json")
    costs = ROOT / "facts" / "samples" / "example.costs.yaml"
    by_plan, by_costs = (json.loads(run(*arguments, *more).stdout) for more in ((), ("--costs", costs)))

    assert ["60000"] == [one["amount"] for one in by_plan["vanished"]]
    assert ["300000"] == [one["amount"] for one in by_costs["vanished"]]
    assert "300,000 元" in run(*arguments[:2], "--costs", costs).stdout


def test_a_costs_file_of_another_plan_is_refused() -> None:
    """Costs belong to one plan, here as in a budget."""
    costs = ROOT / "facts" / "samples" / "yanqing.costs.yaml"

    assert any("yanqing.costs.yaml" in line for line in refusal("--set", "family_care_beds=520", "--costs", costs))


# --- the plan


def test_a_target_is_moved() -> None:
    """A higher target makes short what was met, and both targets are told."""
    result = run("--target", "home-satisfaction=95%")

    assert "≥ 85 % → ≥ 95 %" in result.stdout
    assert ("met", "shortfall") == changes(asked(targets=("home-satisfaction=95%",)))[
        "home-satisfaction", "示例甲养老院"
    ]


def test_changes_of_a_plan_in_a_file(tmp_path: Path) -> None:
    """A scenario may change targets and due times, withdraw a commitment, and grant a waiver."""
    path = scenario(
        tmp_path,
        """\
        changes:
        - {commitment: family-care-beds, at_least: 300 张, due: 2023}
        - {commitment: home-satisfaction, withdrawn: true}
        waivers:
        - {commitment: carer-ratio, subject: 示例乙养老院, year: 2023, reason: 招聘中, authority: 区民政局, expires: 2024-06-30}
        """,
    )
    found = changes(asked(path))

    assert ("behind", "met") == found["family-care-beds", "示例区"]
    assert ("shortfall", "waived") == found["carer-ratio", "示例乙养老院"]
    assert {("shortfall", None), ("met", None), ("undetermined", None)} >= {
        pair for (name, _), pair in found.items() if name == "home-satisfaction"
    }


def test_figures_stand_for_a_later_year() -> None:
    """--as-if judges the figures as those of the due year: what would have to be met then."""
    result = run("--set", "family_care_beds=500", "--as-if", "2025", "-o", "json")
    (beds,) = [c for c in json.loads(result.stdout)["changed"] if c["after"]["commitment"] == "family-care-beds"]

    assert ("shortfall", "met") == (beds["before"]["verdict"], beds["after"]["verdict"])


# --- reports


def test_exit_code_is_that_of_the_changed_sheet() -> None:
    """The exit code is that of a check of the changed sheet."""
    assert 1 == run("--set", "family_care_beds=520").exit_code
    assert 3 == run("--set", "home[*].satisfaction=90%", "--select", "home-satisfaction").exit_code
    assert 0 == run("--set", "family_care_beds=520", "--select", "family-care-beds").exit_code


def test_markdown_and_chinese() -> None:
    """The difference is told in Chinese, and as Markdown tables."""
    text = run("--set", "family_care_beds=520", lang="zh").stdout
    markdown = run("--set", "family_care_beds=520", "-o", "markdown").stdout

    assert "进度滞后 350 张   提前达标 520 张" in text
    assert "| Family care beds | 350 张 | 520 张 |" in markdown


# --- bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to change"),
        (("--set", "family_care_bed=520"), "did you mean 'family_care_beds'?"),
        (("--set", "family_care_beds=-1"), "outside"),
        (("--set", "family_care_beds=520人"), "张"),
        (("--set", "family_care_beds=350"), "changes nothing"),
        (("--set", "family_care_beds"), "FIGURE=VALUE"),
        (("--set", "home[示例丙老院].beds=3"), "did you mean '示例丙养老院'?"),
        (("--set", "home.beds=3"), "does not say which home"),
        (("--set", "house[甲].beds=3"), "did you mean"),
        (("--set", "beds_per_thousand=6"), "formula"),
        (("--set", "town[示例丙乡].rehab+=1"), "not add"),
        (("--set", "home[示例戊养老院].reserved_beds+=1"), "nothing to add"),
        (("--set", "family_care_beds*=-2"), "not a factor"),
        (("--target", "rehab-coverag=85%"), "did you mean 'rehab-coverage'?"),
        (("--target", "home-satisfaction=85张"), "unit"),
        (("--as-if", "2030", "--set", "family_care_beds=3"), "expected a year from 2024 to 2025"),
        (("--sweep", "family_care_beds=300:200:10"), "FROM:TO:STEP"),
        (("--sweep", "family_care_beds=300:600:0"), "FROM:TO:STEP"),
        (("--sweep", "family_care_beds=0:1000000:1"), "the limit is 10000"),
        (("--sweep", "family_care_beds=0:10:1", "-o", "png"), "-o png:FILE"),
    ],
)
def test_bad_input_is_refused_by_name(arguments: tuple[str, ...], said: str) -> None:
    """What means nothing is refused with its reason, and a near name where there is one."""
    lines = refusal(*arguments)

    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("body", "line", "code"),
    [
        ("facts: [{kind: home, where: beds > 1000 张, add: {beds: 1 张}}]", 3, "no home satisfies"),
        ("facts: [{kind: hme, set: {beds: 1 张}}]", 3, "did you mean 'home'?"),
        ("facts: [{set: {}}]", 3, "no figures to change"),
        ("facts: [{sett: {care_beds: 1 张}}]", 3, "did you mean 'set'?"),
        ("changes: [{commitment: carer-ration, due: 2024}]", 3, "did you mean 'carer-ratio'?"),
        ("close: [{kind: home, name: 示例癸养老院}]", 3, "示例癸养老院"),
        ("open: [{kind: home, name: 示例甲养老院}]", 3, "示例甲养老院"),
        ("facts: [{kind: home, where: satisfaction > 80 %, add: {beds: 1 张}}]", 3, "示例戊养老院"),
        ("facts: [{set: {family_care_beds: 350 张}}]", 1, "changes nothing"),
        (
            "amendments: [{id: late, effective: 2024-07-01, authority: 市, changes: [{commitment: carer-ratio, due: 2024}]}]",
            3,
            "not yet",
        ),
    ],
)
def test_a_broken_scenario_says_where(tmp_path: Path, body: str, line: int, code: str) -> None:
    """Every error of a scenario file has its line, and what was expected."""
    path = scenario(tmp_path, body + "\n")
    lines = refusal("--scenario", path)

    assert any(f"{path}:{line}:" in text and code in text for text in lines), lines


def test_scenario_of_another_plan_is_refused(tmp_path: Path) -> None:
    """A scenario belongs to one plan."""
    path = tmp_path / "x.yaml"
    path.write_text("scenario: x\nplan: yanqing\nfacts: [{set: {care_beds: 1 张}}]\n", encoding="utf-8")

    assert any("yanqing" in line for line in refusal("--scenario", path))


# --- sweeps


def test_a_sweep_finds_where_a_verdict_flips() -> None:
    """Family care beds are behind up to 360, on track from 380 on, and early from 500 on."""
    plan = load_plan("example")
    swept = sweep_variant(
        Variant(plan, read_facts(SHEET, plan)), [parse_axis("family_care_beds=300:600:20", plan)], 2023, None
    )
    ((place, verdicts),) = swept.find_flips().items()

    assert ("family-care-beds", "示例区", "示例区") == place
    assert [(300, 360, "behind"), (380, 480, "on_track"), (500, 600, "early")] == [
        (int(run.first), int(run.last), run.verdict) for run in swept.find_runs(verdicts)
    ]


@settings(max_examples=12)
@given(
    st.sampled_from(["family_care_beds", "care_beds", "residents_total", "home[示例乙养老院].beds", "home[*].carers",
                     "home[示例丙养老院].satisfaction", "complaints"]),
    st.integers(0, 40), st.integers(1, 7),
)  # fmt: skip
def test_sweeps_agree_with_single_checks(name: str, first: int, step: int) -> None:
    """Every combination of a sweep has the verdicts and values of a check of its own."""
    plan = load_plan("example")
    facts = read_facts(SHEET, plan)
    unit = {"residents_total": "万人", "home[示例丙养老院].satisfaction": "%"}.get(name, "")
    axis = parse_axis(f"{name}={first + 1}{unit}:{first + 1 + 3 * step}{unit}:{step}{unit}", plan)
    swept = sweep_variant(Variant(plan, facts), [axis], 2023, None)
    subjects = facts.sheets[0].names("home")
    for point, (value,) in enumerate(swept.points):
        wanted = (
            subjects
            if axis.selection.subject is None and axis.selection.measure.kind == "home"
            else [axis.selection.subject or "示例区"]
        )
        kind, measure = axis.selection.measure.kind, axis.selection.measure.id
        each = [Change("示例区", kind, who, 2023, measure, value, Location("test")) for who in wanted]
        single = check(plan, apply_changes(facts, Changes(each)), year=2023, data_checks=False)
        columns = ["commitment", "root", "subject", "kind", "actual", "verdict"]
        alone = in_force(plan, single.as_of), single.table.select(columns).rows()
        together = swept.table.filter(swept.table["variant"] == point).select(columns).rows()
        before_waivers = [(*row[:-1], "shortfall" if row[-1] == "waived" else row[-1]) for row in alone[1]]

        assert sorted(map(str, before_waivers)) == sorted(map(str, together))


def test_two_figures_at_once(tmp_path: Path) -> None:
    """Two sweeps give a grid: 2 × 3 combinations, in JSON, CSV and as a picture."""
    axes = ("--sweep", "family_care_beds=300:400:100", "--sweep", "home[示例丙养老院].satisfaction=84%:86%:1%")
    found = json.loads(run(*axes, "-o", "json").stdout)
    home = next(
        f for f in found["findings"] if (f["commitment"], f["subject"]) == ("home-satisfaction", "示例丙养老院")
    )

    assert [["300", "84"], ["300", "85"], ["300", "86"], ["400", "84"], ["400", "85"], ["400", "86"]] == found["points"]
    assert ["shortfall", "met", "met"] * 2 == home["verdicts"]
    for form in ("svg", "csv", "markdown"):
        assert 0 == run(*axes, "-o", f"{form}:{tmp_path / ('out.' + form)}").exit_code
    assert "养老机构满意率" in (
        run(*axes, "-o", f"svg:{tmp_path / 'zh.svg'}", lang="zh").output or (tmp_path / "zh.svg").read_text("utf-8")
    )
    assert (tmp_path / "out.svg").read_bytes().startswith(b"<?xml")


def test_sweeping_a_figure_that_nobody_judges_flips_nothing() -> None:
    """A sweep without a flip says so."""
    assert "no verdict changes within this range" in run("--sweep", "family_care_beds=500:600:20").stdout


def test_doing_nothing_is_a_question() -> None:
    """--as-if without a change compares the verdicts of today with those of the same figures in the due year."""
    text = run("--as-if", "2025")
    found = json.loads(run("--as-if", "2025", "-o", "json").stdout)
    before = check(load_plan("example"), read_facts(SHEET, load_plan("example")))
    due = json.loads(run("--as-if", "2025", "--set", "family_care_beds=500", "-o", "json").stdout)
    changed = {
        c["after"]["commitment"]: (c["before"]["verdict"], c["after"]["verdict"])
        for c in found["changed"] if c["before"] and c["after"]
    }  # fmt: skip

    assert "2025 · what if: nothing is done" in text.stdout
    assert "before: judged in 2023; after: the same figures, judged in 2025" in text.stdout
    assert "what is changed" not in text.stdout
    assert (2023, 2025) == (found["year_before"], found["year"])
    assert before.counts() == found["counts"]["before"]
    assert due["counts"]["before"] == found["counts"]["after"]
    assert ("behind", "shortfall") == changed["family-care-beds"]
    assert ("on_track", "shortfall") == changed["spending-level"]
    assert text.exit_code == run("--as-if", "2025", "--set", "family_care_beds=351").exit_code
    assert any("give a --scenario, --set, --target, --sweep or --as-if" in line for line in refusal())


def test_unknown_scenario_is_refused() -> None:
    """A scenario file that is not there is refused."""
    with pytest.raises(Refused):
        asked(Path("nowhere.yaml"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "rehab-coverage=90%"), "'rehab-coverage=90%' changes nothing"),
        (("--target", "rehab-coverage=150%"), "out of reach"),
        (("--target", "rehab-coverage=-5%"), "cannot be missed"),
        (("--set", "family_care_beds+=1", "--set", "family_care_beds-=1"), "changes nothing"),
        (("--set", "home[*].satisfaction+=1%"), "示例戊养老院 has not reported 'Satisfaction"),
    ],
)
def test_what_asks_for_nothing_or_nonsense_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """Targets as they are, targets nobody can miss or reach, and steps that cancel out are refused."""
    assert any(said in line for line in refusal(*arguments))


def test_one_axis_cannot_be_swept_twice() -> None:
    """Two sweeps of one figure are refused: it cannot have two values."""
    axis = ("--sweep", "family_care_beds=300:400:50")
    assert any("both go through 'Family care beds' of" in line for line in refusal(*axis, *axis))


def test_several_outputs_are_all_written(tmp_path: Path) -> None:
    """Every output that is named is written, and none if one of them is unknown."""
    files = [tmp_path / name for name in ("a.json", "a.md", "a.svg")]
    forms = ("json", "markdown", "svg")
    outputs = [part for form, file in zip(forms, files, strict=True) for part in ("-o", f"{form}:{file}")]
    assert 0 == run("--sweep", "family_care_beds=300:400:50", *outputs).exit_code
    assert all(file.stat().st_size for file in files)
    assert 2 == run("--set", "family_care_beds=500", "-o", f"json:{tmp_path / 'b.json'}", "-o", "yaml").exit_code
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("close: [{kind: home, name: 示例甲养老院}, {kind: home, name: 示例甲养老院}]", "closed-already"),
        ("close: [{kind: town, name: 示例丙乡}, {kind: community, name: 示例三村}]", "closed-already"),
        ("open: [{kind: home, name: 示例甲养老院, facts: {beds: 5 张}}]", "subject-exists"),
        ("changes: [{commitment: family-care-beds, at_least: 400 张}]", "due-of-staged"),
        ("facts: [{set: {family_care_beds: {absent: late}}}]", "set-without-value"),
        (
            "waivers: [{commitment: emergency-bed-reserve, subject: 某院, year: 2023, reason: 改造, authority: 局,"
            " expires: 2024-03-31}]",
            "unknown-subject",
        ),
    ],
)
def test_subjects_and_text_that_cannot_change_so(tmp_path: Path, body: str, code: str) -> None:
    """What is closed twice, opened again, waived for nobody or left without its due year is refused where it stands."""
    with pytest.raises(Refused) as refused:
        asked(scenario(tmp_path, body))
    assert {code} == {problem.code for problem in refused.value.problems}
    assert all(problem.location.line for problem in refused.value.problems)
