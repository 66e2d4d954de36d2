"""Fact sheets in YAML and JSON: what is wrong is said by name and place, all at once; what is missing is said as such."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao import check, read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.rules.load import parse_plan
from dabiao.rules.model import Plan
from helpers import HEAD, commitment, judge, make_plan, measure, one, own_facts, plan_text, sheet_text, verdicts

MEASURES = (
    measure("beds", "unit: 张") + measure("people", "unit: 万人") + measure("coverage", 'unit: "%"')
    + measure("growth", 'unit: "%", signed: true') + measure("area", "unit: 平方米")
    + '- {id: per_head, title: {zh: 人均床位, en: beds per head}, unit: 张/人, formula: beds / people}\n'
    + measure("rehab", "yes_no: true", "town") + measure("stars", "ladder: rating", "home")
    + measure("places", "unit: 张", "home") + measure("visits", "unit: 人次", "centre")
)  # fmt: skip
COMMITMENTS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year") + commitment(
    "homes", "measure: sum(places of home)\nat_least: 10 张\ndue: every_year"
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan with every sort of measure."""
    return make_plan(MEASURES, COMMITMENTS)


def problems_of(plan: Plan, folder: Path, *texts: str, names: tuple[str, ...] = ()) -> list[Problem]:
    """Write sheets and return what is wrong with them, empty if they are accepted."""
    paths = []
    for number, text in enumerate(texts):
        path = folder / (names[number] if names else f"s{number}.facts.yaml")
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    try:
        read_facts(paths, plan)
    except Refused as refused:
        return list(refused.problems)
    return []


def brief(problems: list[Problem]) -> list[tuple[str, int, int]]:
    """Return codes with lines and columns."""
    return [(p.code, p.location.line, p.location.column) for p in problems]


def run(folder: Path, *arguments: str, plan_file: str = "") -> Result:
    """Run the real command with the demo plan written beside the sheets."""
    path = folder / "demo.plan.yaml"
    path.write_text(plan_file or plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    return CliRunner().invoke(main, ["check", str(path), *arguments])


# ---------------------------------------------------------------- values

REFUSED = {  # one line under facts:, and the code with the column it stands at
    "bedz: 5 张": ("unknown-measure", 3), "coverage: 5 foo": ("unknown-unit", 13), "beds: 5 人": ("fact-dimension", 9),
    "beds: 5 %": ("fact-dimension", 9), "coverage: 0.8": ("bare-fact", 13), "coverage: 80": ("bare-fact", 13), "people: 0.28": ("bare-fact", 11),
    "coverage: 100.01 %": ("out-of-range", 13), "coverage: -0.1 %": ("out-of-range", 13), "beds: -1": ("out-of-range", 9),
    "beds: 1.5": ("not-whole", 9), "people: 0.00005 万人": ("not-whole", 11), "beds: .nan": ("bad-fact", 9), "beds: NaN": ("bad-fact", 9),
    "beds: .inf": ("bad-fact", 9), "beds: inf": ("bad-fact", 9), "beds: 1e400": ("bad-fact", 9), "beds: 1e2": ("bad-fact", 9), "beds: 12,34": ("bad-fact", 9),
    "beds: 约100": ("bad-fact", 9), "beds: 应调尽调": ("bad-fact", 9), "beds: —": ("blank-mark", 9), "beds: /": ("blank-mark", 9), "beds: true": ("bad-fact", 9),
    "beds: 5 张 个": ("unknown-unit", 9), "beds: [1, 2]": ("expected-value-of", 9), "per_head: 5 张/人": ("derived-fact", 3),
    "coverage: 5 百分点": ("fact-dimension", 13), "beds: {value: 5, absent: late}": ("value-or-absent", 9), "beds: {note: 暂无}": ("value-or-absent", 9),
    "beds: {absent: unknown}": ("unknown-choice", 18), "beds: {value: 5, valeu: 6}": ("unknown-key", 20), "coverage: 80万": ("bare-fact", 13),
    "area: 1 公里": ("fact-dimension", 9), "beds: 10000000000000000000000000000000000000000000000": ("long-number", 9),
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_a_bad_value_is_refused_by_name_and_place(line: str, plan: Plan, tmp_path: Path) -> None:
    """Each bad value is one problem with its own name, at its line and column."""
    code, column = REFUSED[line]
    found = problems_of(plan, tmp_path, sheet_text(line))
    assert (code, 5, column) in brief(found)
    assert str(tmp_path / "s0.facts.yaml") == found[0].location.file
    for lang in ("zh", "en"):
        assert f"s0.facts.yaml:5:{column}: " in "\n".join(p.text(lang) for p in found)


ACCEPTED = {
    "beds: ２，８００ 张": "2800", "beds: 2,800": "2800", "beds: 0.28 万张": "2800", "beds: 1.2万": "12000", 'beds: "7"': "7", "beds: {value: 7, note: 复核}": "7",
    "people: 2800 人": "2800", "people: 0.28万人": "2800", "people: 0.28万": "2800", "coverage: １２％": "0.12", "coverage: 100 %": "1",
    "coverage: 1:4": "0.25", "growth: -3 %": "-0.03", "growth: 120 %": "1.2", "area: 1.5 亩": "1000", "beds measure: 5": "5", "beds 指标: 5": "5",
}  # fmt: skip


@pytest.mark.parametrize("line", ACCEPTED)
def test_a_value_is_read_exactly(line: str, plan: Plan, tmp_path: Path) -> None:
    """Full-width digits, separators, scale words, titles and other units come to the exact base value."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text(line), encoding="utf-8")
    (fact,) = own_facts(read_facts(path, plan).sheets[0]).values()
    assert Fraction(ACCEPTED[line]) == fact.value


def test_the_nearest_name_is_offered(plan: Plan, tmp_path: Path) -> None:
    """A misspelt measure, unit, step, kind or parent is refused with the nearest that exists."""
    sheet = sheet_text(
        "coverge: 5 %\narea: 5 平方未",
        "- {kind: hom, name: 甲院}\n- {kind: home, name: 乙院, facts: {stars: thre}}\n- {kind: town, name: 东山镇}",
    )
    found = {p.code: p.details["nearest"] for p in problems_of(plan, tmp_path, sheet)}
    expected = {
        "unknown-measure": "coverage",
        "unknown-unit": "平方米",
        "unknown-kind": "home",
        "unknown-step": "three",
    }
    assert expected == found
    lost = sheet_text(subjects="- {kind: town, name: 东山镇}\n- {kind: centre, name: 站, in: 东山乡}")
    (problem,) = problems_of(plan, tmp_path, lost)
    assert ("unknown-parent", "东山镇") == (problem.code, problem.details["nearest"])
    assert "did you mean '东山镇'?" in problem.text("en")
    assert "是不是“东山镇”？" in problem.text("zh")


# ---------------------------------------------------------------- subjects and registers


def test_a_subject_below_another_needs_its_parent(plan: Plan, tmp_path: Path) -> None:
    """A centre in no town, in an unknown town, or in two towns is refused."""
    found = problems_of(plan, tmp_path, sheet_text(subjects="- {kind: centre, name: 站}\n- {kind: town, name: 东山镇}"))
    assert [("no-parent", 5, 5)] == brief(found)
    two = [
        sheet_text(
            subjects=f"- {{kind: town, name: 东镇}}\n- {{kind: town, name: 西镇}}\n- {{kind: centre, name: 站, in: {town}}}"
        )
        for town in ("东镇", "西镇")
    ]
    assert [("two-parents", 7, 5)] == brief(problems_of(plan, tmp_path, *two))


def test_more_subjects_than_the_register_are_refused(plan: Plan, tmp_path: Path) -> None:
    """Four towns where the plan knows three, or two homes where the sheet says one, cannot both be right."""
    towns = "".join(f"- {{kind: town, name: 镇{i}}}\n" for i in range(4))
    (problem,) = problems_of(plan, tmp_path, sheet_text(subjects=towns))
    assert ("register-exceeded", 4, 3) == (problem.code, problem.details["found"], problem.details["expected"])
    homes = "- {kind: home, name: 甲院}\n- {kind: home, name: 乙院}\n"
    assert [("size-exceeded", 1, 2)] == [
        (p.code, p.details["found"], p.details["expected"])
        for p in problems_of(plan, tmp_path, sheet_text(subjects=homes, registers="home: 1"))
    ]
    assert [] == problems_of(plan, tmp_path, sheet_text(subjects=homes, registers="home: 2"))


def test_an_unknown_town_is_told_beside_a_bad_figure(tmp_path: Path) -> None:
    """Where the plan names its towns, one that it has not is told in the same run as a figure that cannot be read."""
    small = make_plan(MEASURES, REHAB, head=NAMED_TOWNS)
    bad = TWO_TOWNS.replace("yes}", "许多}", 1) + "- {kind: centre, name: 一站, in: 东山镇}\n"

    assert {"unknown-parent"} < {p.code for p in problems_of(small, tmp_path, sheet_text(subjects=bad))}


def test_a_name_outside_a_register_of_names_is_refused(tmp_path: Path) -> None:
    """Where the plan lists the names, another name is refused with the nearest listed one."""
    named = make_plan(MEASURES, COMMITMENTS, head=HEAD.replace("register: 3", "register: [东山镇, 西山镇]"))
    (problem,) = problems_of(
        named, tmp_path, sheet_text(subjects="- {kind: town, name: 东山乡}\n- {kind: town, name: 西山镇}")
    )
    assert ("not-in-register", 5, "东山镇") == (problem.code, problem.location.line, problem.details["nearest"])


NAMED_TOWNS = HEAD.replace("register: 3", "register: [东镇, 西镇, 南镇]")
TWO_TOWNS = "- {kind: town, name: 东镇, facts: {rehab: yes}}\n- {kind: town, name: 西镇, facts: {rehab: yes}}\n"
REHAB = commitment("rehab", "measure: share(rehab of town)\nat_least: 80 %\ndue: 2025")


@pytest.mark.parametrize("head", [HEAD, NAMED_TOWNS])
@pytest.mark.parametrize("size", ["2", "complete", "{size: 2}"])
def test_a_sheet_cannot_make_the_register_of_a_plan_smaller(size: str, head: str, tmp_path: Path) -> None:
    """Two towns in the register of a sheet where the plan has three are refused, and the one that no sheet lists is named."""
    small = make_plan(MEASURES, REHAB, head=head)
    (problem,) = problems_of(small, tmp_path, sheet_text(subjects=TWO_TOWNS, registers=f"town: {size}"))
    assert ("register-shrunk", 4, 13) == brief([problem])[0]
    assert ("南镇" in problem.text("zh")) == (head == NAMED_TOWNS)
    assert "{town: {size: 2, confirmed: 原因}}" in problem.text("zh")


def test_a_smaller_register_passes_with_a_reason_that_is_told(tmp_path: Path) -> None:
    """With a reason two of three towns are the whole; the reason and the town that no sheet lists are told as a warning."""
    small = make_plan(MEASURES, REHAB, head=NAMED_TOWNS)
    path = tmp_path / "a.facts.yaml"
    path.write_text(
        sheet_text(subjects=TWO_TOWNS, registers="town: {size: 2, confirmed: 南镇并入西镇}"), encoding="utf-8"
    )
    facts = read_facts(path, small)
    assert [("register-confirmed", "warning")] == [(note.code, note.severity) for note in facts.notes]
    assert "南镇）；说明：南镇并入西镇" in facts.notes[0].text("zh")
    assert {("rehab", "某区"): "met"} == verdicts(check(small, facts))
    shown = CliRunner().invoke(main, ["check", "--lang", "zh", str(_named_plan(tmp_path)), str(path)])
    assert 0 == shown.exit_code
    assert "南镇并入西镇" in shown.output


def _named_plan(folder: Path) -> Path:
    path = folder / "demo.plan.yaml"
    path.write_text(plan_text(MEASURES, REHAB, head=NAMED_TOWNS), encoding="utf-8")
    return path


def test_a_larger_register_is_told_and_its_known_names_stay(tmp_path: Path) -> None:
    """Four towns where the plan names three: a warning says so, and of the two that are missing one has its name."""
    small = make_plan(MEASURES, REHAB, head=NAMED_TOWNS)
    path = tmp_path / "a.facts.yaml"
    path.write_text(sheet_text(subjects=TWO_TOWNS, registers="town: 4"), encoding="utf-8")
    facts = read_facts(path, small)
    assert ["register-grown"] == [note.code for note in facts.notes]
    finding = one(check(small, facts))
    assert "undetermined" == finding.verdict
    assert (["南镇"], 1) == (list(finding.populations[0].unsure), finding.populations[0].unlisted)


def test_a_reason_for_the_plans_own_register_is_needless(tmp_path: Path) -> None:
    """A reason beside the number that the plan gives is noted as needless."""
    small = make_plan(MEASURES, REHAB)
    path = tmp_path / "a.facts.yaml"
    path.write_text(sheet_text(subjects=TWO_TOWNS, registers="town: {size: 3, confirmed: 无}"), encoding="utf-8")
    assert ["register-needless"] == [note.code for note in read_facts(path, small).notes]


@pytest.mark.parametrize("size", ["-1", "1.5", "many", "[1]", "3 个", "{size: x}"])
def test_a_register_is_a_number_or_complete(size: str, plan: Plan, tmp_path: Path) -> None:
    """A register that is no whole number and not the word complete is refused where it stands."""
    column = 26 if size.startswith("{") else 19
    found = brief(problems_of(plan, tmp_path, sheet_text(registers=f"home: {size}")))
    assert ("bad-register-size", 4, column) in found


def test_an_unknown_register_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A register of a kind the plan does not have is refused."""
    assert [("unknown-kind", 4, 13)] == brief(problems_of(plan, tmp_path, sheet_text(registers="hmoe: 3")))


def test_the_same_subject_or_measure_twice_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A name listed twice, a fact under its id and its title, and a key written twice are refused with the first place."""
    twice = sheet_text(subjects="- {kind: home, name: 甲院}\n- {kind: home, name: 甲院}")
    assert [("duplicate-subject", 6, 5)] == brief(problems_of(plan, tmp_path, twice))
    (by_title,) = problems_of(plan, tmp_path, sheet_text("beds: 5\nbeds 指标: 6"))
    assert ("duplicate-fact", 6, 3) == brief([by_title])[0]
    assert ":5:" in str(by_title.details["first"])
    assert [("duplicate-key", 6, 3)] == brief(problems_of(plan, tmp_path, sheet_text("beds: 5\nbeds: 6")))
    assert [] == problems_of(plan, tmp_path, sheet_text(subjects="- {kind: home, name: 甲}\n- {kind: town, name: 甲}"))


# ---------------------------------------------------------------- several sheets


def test_two_sheets_that_disagree_are_refused(plan: Plan, tmp_path: Path) -> None:
    """Two sheets of one district and year may share the work, not give two values of a figure nor two sizes of a register."""
    differing = problems_of(plan, tmp_path, sheet_text("beds: 5"), sheet_text("beds: 6"))
    assert [("two-values", 5, 9)] == brief(differing)
    assert ("5", "6") == (differing[0].details["other"], differing[0].details["value"])
    assert str(differing[0].details["first"]).endswith(":5:9")
    lacking = problems_of(plan, tmp_path, sheet_text("beds: 5"), sheet_text("beds: {absent: late}"))
    assert ["two-values"] == [p.code for p in lacking]
    assert [] == problems_of(plan, tmp_path, sheet_text("beds: 5"), sheet_text("beds: 5.0"))
    sizes = problems_of(
        plan, tmp_path, sheet_text("beds: 5", registers="home: 2"), sheet_text("area: 5", registers="home: 3")
    )
    assert {"two-registers"} == {p.code for p in sizes}
    assert [] == problems_of(
        plan, tmp_path, sheet_text("beds: 5"), sheet_text("area: 5"), sheet_text("beds: 6", year=2024)
    )
    assert [] == problems_of(plan, tmp_path, sheet_text("beds: 5"), sheet_text("beds: 6", name="乙区"))


def test_a_sheet_for_another_plan_or_year_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A sheet that answers to another plan, or is about a year outside it, is refused, not skipped."""
    assert [("other-plan", 1, 7)] == brief(problems_of(plan, tmp_path, sheet_text("beds: 5").replace("demo", "other")))
    for year in (2019, 2026, 0, 99999):
        assert [("year-outside", 3, 7)] == brief(problems_of(plan, tmp_path, sheet_text("beds: 5", year=year)))
    assert [("expected-integer", 3, 7)] == brief(
        problems_of(plan, tmp_path, sheet_text("beds: 5").replace("2025", "二〇二五"))
    )
    assert [] == problems_of(plan, tmp_path, sheet_text("beds: 5", year=2020))


def test_everything_wrong_is_said_in_one_run(tmp_path: Path) -> None:
    """One run reports each mistake of each sheet at its line and column, in order, and ends with 2."""
    (tmp_path / "a.facts.yaml").write_text(
        sheet_text(
            "bedz: 5\ncoverage: 0.8\nbeds: NaN",
            "- {kind: home, name: 甲院, facts: {places: 1.5}}\n- {kind: centre, name: 站}",
        ),
        "utf-8",
    )
    (tmp_path / "b.facts.yaml").write_text(sheet_text("beds: 5 人", name="乙区"), "utf-8")
    (tmp_path / "c.facts.yaml").write_text("plan: [demo\n", "utf-8")
    found = run(tmp_path, str(tmp_path))
    assert 2 == found.exit_code
    assert "" == found.stdout
    expected = [
        ("a.facts.yaml:5:3: ", "did you mean 'beds'?"), ("a.facts.yaml:6:13: ", "'0.8'"), ("a.facts.yaml:7:9: ", "'NaN'"),
        ("a.facts.yaml:9:44: ", "whole"), ("a.facts.yaml:10:5: ", "'站'"), ("b.facts.yaml:5:9: ", "'5 人'"), ("c.facts.yaml:2:1: ", "YAML"),
    ]  # fmt: skip
    lines = found.stderr.splitlines()
    assert len(expected) == len(lines), found.stderr
    for (place, words), line in zip(expected, lines, strict=True):
        assert f"/{place}" in line
        assert words in line
    chinese = run(tmp_path, str(tmp_path), "--lang", "zh")
    assert 2 == chinese.exit_code
    assert "a.facts.yaml:5:3: 未知的指标“bedz”" in chinese.stderr
    assert len(lines) == len(chinese.stderr.splitlines())


# ---------------------------------------------------------------- absent, zero, missing


def test_absent_zero_and_missing_are_explained_differently(tmp_path: Path) -> None:
    """Late, confirmed zero and simply not reported are three different things, and say so."""
    texts = {}
    for name, line in (("late", "beds: {absent: late}"), ("zero", "beds: 0"), ("none", "area: 5")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "s.facts.yaml").write_text(sheet_text(line), "utf-8")
        plan_file = folder / "demo.plan.yaml"
        plan_file.write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
        found = CliRunner().invoke(main, ["explain", str(plan_file), str(folder / "s.facts.yaml"), "beds"])
        assert 0 == found.exit_code, found.output
        texts[name] = found.stdout
    assert "undetermined" not in texts["zero"]
    assert "shortfall" in texts["zero"]
    assert "0 张" in texts["zero"]
    assert "late" in texts["late"]
    assert "s.facts.yaml:5:" in texts["late"]
    assert "not reported" in texts["none"]
    assert "s.facts.yaml" not in texts["none"]
    for name in ("late", "none"):
        assert "cannot be judged" in texts[name]


@pytest.mark.parametrize("reason", ["late", "not_collected", "suppressed", "not_applicable"])
def test_an_absent_fact_is_neither_zero_nor_a_pass(reason: str, plan: Plan, tmp_path: Path) -> None:
    """Whatever the reason, an absent figure leaves what rests on it undetermined and names it."""
    result = judge(plan, tmp_path, sheet_text(f"beds: {{absent: {reason}, note: 下月补报}}", registers="home: 0"))
    finding = next(f for f in result.findings() if f.commitment.id == "beds")
    assert "undetermined" == finding.verdict
    (used,) = finding.missing
    assert (reason, "下月补报") == (used.fact.absent, used.fact.note)  # type: ignore[union-attr]


def test_a_home_without_a_figure_does_not_count_as_empty(plan: Plan, tmp_path: Path) -> None:
    """A total over homes is open while one home has not reported, unless the others already suffice."""
    known, more = (
        "- {kind: home, name: 甲院, facts: {places: 9}}\n",
        "- {kind: home, name: 乙院, facts: {places: {absent: late}}}\n",
    )
    for facts, register, verdict in (
        (known + more, "2", "undetermined"), (known, "2", "undetermined"), (known, "1", "shortfall"), (known, "complete", "shortfall"),
        (known.replace("9", "10") + more, "2", "met"), (known.replace("9", "10"), "99", "met"),
    ):  # fmt: skip
        result = judge(plan, tmp_path, sheet_text("beds: 1", facts, registers=f"home: {register}"))
        assert verdict == verdicts(result)["homes", "某区"]
    assert "undetermined" == verdicts(judge(plan, tmp_path, sheet_text("beds: 1", known)))["homes", "某区"]


# ---------------------------------------------------------------- files

FILES = {
    "empty.facts.yaml": (b"", "empty-file"), "blank.facts.yaml": (b" \n\n", "empty-file"), "comment.facts.yaml": (b"# nothing\n", "empty-file"),
    "null.facts.yaml": (b"plan: demo\nsubject: a\nyear: 2025\nsource: a\x00b\n", "binary-file"), "picture.facts.yaml": (b"\x89PNG\r\n\x1a\n\xff\xfe", "reading.lies"),
    "gbk.facts.yaml": ("plan: demo\nsubject: 某区\n".encode("gbk"), "other-encoding"), "list.facts.yaml": (b"- 1\n- 2\n", "expected-mapping"),
    "word.facts.yaml": (b"hello", "expected-mapping"), "syntax.facts.yaml": (b"plan: {demo\n", "yaml-syntax"), "tab.facts.yaml": (b"plan: demo\n\tyear: 2025\n", "yaml-tab"),
    "two.facts.yaml": (sheet_text("beds: 5").encode() + b"---\na: 1\n", "several-documents"),
    "bomb.facts.yaml": (b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "yaml-alias"),
    "alias.facts.yaml": (sheet_text("beds: &n 5\narea: *n").encode(), "yaml-alias"),
    "tag.facts.yaml": (sheet_text("beds: !!python/object/apply:os.system [ls]").encode(), "yaml-tag"),
    "deep.facts.yaml": (b"[" * 100_000, "over-limit"), "deeper.facts.yaml": (b"a: " + b"{a: " * 1000 + b"}" * 1000, "over-limit"),
    "table.xyz": (b"a,b\n", "unknown-format"), "keys.facts.yaml": (b"plan: demo\nsubject: a\nyear: 2025\nfact: {}\n", "unknown-key"),
    "keyless.facts.yaml": (b"plan: demo\n", "missing-key"), "no.facts.json": (b'{"plan": "demo",', "yaml-syntax"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_sheet_is_refused(name: str, tmp_path: Path) -> None:
    """Empty, binary, broken and malicious files are refused by name with exit code 2, without a traceback."""
    data, code = FILES[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        read_facts(path, make_plan(MEASURES, COMMITMENTS))
    assert code in [p.code for p in refused.value.problems]
    found = run(tmp_path, str(path))
    assert 2 == found.exit_code
    assert name in found.stderr
    assert "Traceback" not in found.output + found.stderr


def test_a_file_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    """A sheet of 200 MB is refused for its size alone, without being read."""
    path = tmp_path / "huge.facts.yaml"
    with path.open("wb") as stream:
        stream.truncate(200 * 1024**2)
    found = run(tmp_path, str(path))
    assert 2 == found.exit_code
    assert (
        "huge.facts.yaml: bytes in the file: 209715200; the limit is 16777216, and --limit file=... sets it"
        in found.stderr
    )


def test_a_file_or_folder_that_is_not_there_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A path that does not exist and a folder without sheets are refused, and never count as nothing to do."""
    for path, code in (
        (tmp_path / "no.facts.yaml", "unreadable"),
        (tmp_path / "nowhere", "unreadable"),
        (tmp_path, "no-sheets"),
    ):
        with pytest.raises(Refused) as refused:
            read_facts(path, plan)
        assert [code] == [p.code for p in refused.value.problems]
        assert 2 == run(tmp_path, str(path)).exit_code


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (",\n", ":\n")])
@pytest.mark.parametrize(("ascii_only", "indent"), [(True, None), (False, None), (True, 2), (False, "\t")])
def test_any_json_is_read(
    separators: tuple[str, str], ascii_only: bool, indent: int | str | None, plan: Plan, tmp_path: Path
) -> None:
    """JSON is read however it is laid out and escaped, rare characters included."""
    sheet = {"plan": "demo", "subject": "某区", "year": 2025, "registers": {"home": 1}, "facts": {"beds": 12, "coverage": "80 %"},
             "subjects": [{"kind": "home", "name": "𠮷院 \"一/二\"", "facts": {"places": 10}}]}  # fmt: skip
    path = tmp_path / "s.facts.json"
    path.write_text(json.dumps(sheet, ensure_ascii=ascii_only, indent=indent, separators=separators), "utf-8")
    facts = read_facts(path, plan)
    assert [["某区"], ['𠮷院 "一/二"']] == [facts.sheets[0].names(kind) for kind in ("district", "home")]
    assert {"met"} == set(verdicts(check(plan, facts)).values())


def test_line_ends_and_a_byte_order_mark_do_not_matter(plan: Plan, tmp_path: Path) -> None:
    """A sheet saved on Windows reads like any other, and its problems keep their lines."""
    for data in ("\ufeff" + sheet_text("beds: 5"), sheet_text("beds: 5").replace("\n", "\r\n")):
        path = tmp_path / "s.facts.yaml"
        path.write_bytes(data.encode())
        assert 5 == own_facts(read_facts(path, plan).sheets[0])["beds"].value
        path.write_bytes(data.replace("beds", "bedz").encode())
        with pytest.raises(Refused) as refused:
            read_facts(path, plan)
        assert [("unknown-measure", 5, 3)] == brief(list(refused.value.problems))


# ---------------------------------------------------------------- nothing to judge is never clean


def test_no_facts_at_all_is_never_clean(tmp_path: Path) -> None:
    """A sheet without a single fact, or with absent ones only, ends with 3: nothing was judged."""
    texts = plan_text(MEASURES, commitment("late", "measure: beds\nat_least: 10 张\ndue: 2025"))
    for facts in ("", "beds: {absent: late}"):
        for year in (2021, 2025):
            path = tmp_path / "s.facts.yaml"
            path.write_text(sheet_text(facts, year=year), "utf-8")
            assert 3 == run(tmp_path, str(path), plan_file=texts).exit_code
    path.write_text(sheet_text("beds: 0", year=2021), "utf-8")
    assert 0 == run(tmp_path, str(path), plan_file=texts).exit_code
    path.write_text(sheet_text("beds: 0"), "utf-8")
    assert 1 == run(tmp_path, str(path), plan_file=texts).exit_code


def test_nothing_selected_is_never_clean(tmp_path: Path) -> None:
    """A selection without a commitment in it ends with 3, a name that means nothing with 2."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text("beds: 50"), "utf-8")
    manual = commitment("by-hand", "manual: true\nnature: binding")
    texts = plan_text(MEASURES, commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year") + manual)
    assert 0 == run(tmp_path, str(path), plan_file=texts).exit_code
    assert 3 == run(tmp_path, str(path), "--select", "by-hand", plan_file=texts).exit_code
    assert 3 == run(tmp_path, str(path), "--select", "binding", plan_file=texts).exit_code
    wrong = run(tmp_path, str(path), "--select", "bedz", plan_file=texts)
    assert 2 == wrong.exit_code
    assert "did you mean 'beds'?" in wrong.stderr


def test_a_year_without_a_sheet_is_refused(tmp_path: Path) -> None:
    """Asking for a year that nobody reported is an error, not an empty report."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text("beds: 50", year=2024), "utf-8")
    for year in ("2023", "2031"):
        found = run(tmp_path, str(path), "--year", year)
        assert 2 == found.exit_code
        assert year in found.stderr
    assert 2 == run(tmp_path, str(path), "--as-of", "2024-02-30").exit_code
    assert 2 == CliRunner().invoke(main, ["check", "demo"]).exit_code


def test_a_fact_that_no_commitment_needs_is_read_all_the_same(tmp_path: Path) -> None:
    """A bad value is refused even where nothing selected rests on it."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text("beds: 50\ncoverage: 0.8"), "utf-8")
    assert 2 == run(tmp_path, str(path), "--select", "beds").exit_code


def test_history_is_accepted_where_the_plan_says_so(tmp_path: Path) -> None:
    """With `history` a sheet from before the baseline year is read, and judged not due."""
    older = parse_plan(plan_text(MEASURES, COMMITMENTS, head=HEAD.replace("to: 2025}", "to: 2025, history: 2015}")))
    result = judge(older, tmp_path, sheet_text("beds: 5", year=2016))
    assert {"not_due"} == set(verdicts(result).values())
    assert "before-plan" == one(check(older, read_facts(tmp_path, older), select=["beds"])).reason
