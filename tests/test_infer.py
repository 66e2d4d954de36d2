"""What follows from findings: joins, chains, evidence, collisions, an oracle in plain Python, and how failures surface."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Refused, check, load_plan, read_facts
from dabiao.cli import main
from dabiao.engine import infer as infer_module
from dabiao.engine.held import find_held
from dabiao.engine.infer import Rules, Ruleset
from dabiao.engine.results import Result
from following import COMMITMENTS, LISTED, MEASURES, consequence, home, judged, rules
from helpers import ROOT, commitment, judge, measure, plan_text, sheet_text

NOBODY = "home: 0, centre: 0, town: {size: 0, confirmed: 撤并}"
SAMPLES = ROOT / "facts" / "samples"
CLASHING = ("qmhb8xas", "07rmwnl3")  # two ids with one FNV-1a hash, found by trying


def fired(result: Result) -> set[tuple[str, str]]:
    """Return what followed, as rules and subjects."""
    return {(followed.rule, followed.subject) for followed in result.followed}


def reasons(result: Result, rule: str, subject: str) -> set[tuple[str, str]]:
    """Return what one consequence follows from."""
    (found,) = (f for f in result.followed if (f.rule, f.subject) == (rule, subject))
    assert len(found.because) == len(set(found.because)), "a reason is given twice"
    return set(found.because)


# the chain of the example plan, from real sheets


def example() -> Result:
    """Judge the example sheet against the example plan."""
    plan = load_plan("example")
    return check(plan, read_facts(SAMPLES / "example-2023.facts.yaml", plan))


def test_a_home_below_85_percent_loses_its_subsidy() -> None:
    """Satisfaction below 85 % cancels the subsidy of that home, and exactly 85 % does not."""
    cancelled = {subject for rule, subject in fired(example()) if rule == "subsidy-cancelled"}
    assert {"示例乙养老院", "示例丙养老院"} == cancelled


def test_two_findings_of_one_home_bring_an_inspection() -> None:
    """A cancelled subsidy and a bed shortfall at the same home call for an inspection there, and only there."""
    result = example()
    assert {"示例乙养老院"} == {subject for rule, subject in fired(result) if rule == "on-site-inspection"}
    expected = {("subsidy-cancelled", "示例乙养老院"), ("emergency-bed-reserve", "示例乙养老院")}
    assert expected == reasons(result, "on-site-inspection", "示例乙养老院")


def test_a_binding_shortfall_of_a_home_fails_the_districts_year() -> None:
    """Any binding shortfall marks the district's year as failed, whichever subject fell short."""
    result = example()
    assert {("emergency-bed-reserve", "示例乙养老院")} == reasons(result, "year-failed", "示例区")
    (failed,) = (f for f in result.followed if f.rule == "year-failed")
    assert ("district", "示例区", 2023) == (failed.kind, failed.root, failed.year)


def test_a_waived_finding_has_no_consequence() -> None:
    """A waived shortfall neither cancels anything nor fails the year."""
    blamed = {subject for f in example().followed for _, subject in f.because}
    assert "示例丁养老院" not in blamed


# joins


def test_conditions_join_only_at_the_same_home(tmp_path: Path) -> None:
    """Two homes that each meet one of two conditions bring no inspection."""
    plan = rules(consequence("inspect", "{commitment: score}, {commitment: reserve}"))
    result = judged(plan, tmp_path, home("a", 80, 2) + home("b", 90, 0))
    assert set() == fired(result)


def test_a_check_in_which_nothing_follows_ends_like_any_other(tmp_path: Path) -> None:
    """A process whose findings meet half of a rule and fire nothing lives to report its shortfall."""
    plan, sheet = tmp_path / "demo.plan.yaml", tmp_path / "a.facts.yaml"
    rule = consequence("inspect", "{commitment: score}, {commitment: reserve}")
    plan.write_text(plan_text(MEASURES, COMMITMENTS, "consequences:\n" + rule), encoding="utf-8")
    sheet.write_text(sheet_text("fund: 20 张", home("a", 80), registers=LISTED), encoding="utf-8")
    command = [sys.executable, "-m", "dabiao", "check", str(plan), str(sheet), "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # it used to die of a signal
    assert (1, ["撤并"]) == (done.returncode, [line.split()[-1] for line in done.stderr.splitlines()])
    assert "Consequences" not in done.stdout


def test_homes_of_one_name_in_two_districts_do_not_join(tmp_path: Path) -> None:
    """The same name in two districts is two homes."""
    plan = rules(consequence("inspect", "{commitment: score}, {commitment: reserve}"))
    one = sheet_text("fund: 20 张", home("same", 80, 2), registers=LISTED, name="甲区")
    two = sheet_text("fund: 20 张", home("same", 90, 0), registers=LISTED, name="乙区")
    assert set() == fired(judge(plan, tmp_path, one, two))


def test_each_district_has_its_own_consequences(tmp_path: Path) -> None:
    """Several districts in one check are chained apart, each with its own evidence."""
    plan = rules(consequence("failed", "{nature: binding}", "district", "status"))
    sheets = [
        sheet_text(f"fund: {fund} 张", home("a", 90, 2), registers=LISTED, name=name)
        for name, fund in (("甲区", 5), ("乙区", 20), ("丙区", 6))
    ]
    result = judge(plan, tmp_path, *sheets)
    assert {("failed", "甲区"), ("failed", "丙区")} == fired(result)
    assert {("fund", "甲区")} == reasons(result, "failed", "甲区")


def test_a_district_finding_joins_with_each_home(tmp_path: Path) -> None:
    """A finding of the district counts for every home in it."""
    plan = rules(consequence("both", "{commitment: score}, {commitment: fund}"))
    result = judged(plan, tmp_path, home("a", 80) + home("b", 80) + home("c", 90), "fund: 5 张")
    assert {("both", "a"), ("both", "b")} == fired(result)
    assert {("score", "a"), ("fund", "某区")} == reasons(result, "both", "a")


def test_the_order_of_conditions_does_not_matter(tmp_path: Path) -> None:
    """The same conditions the other way round have the same consequence."""
    plan = rules(consequence("both", "{commitment: fund}, {commitment: score}", "home"))
    result = judged(plan, tmp_path, home("a", 80) + home("b", 90), "fund: 5 张")
    assert {("both", "a")} == fired(result)


def test_one_finding_may_meet_two_conditions(tmp_path: Path) -> None:
    """A finding that meets both conditions of a rule makes it fire."""
    plan = rules(consequence("both", "{nature: binding}, {commitment: reserve}", "home"))
    result = judged(plan, tmp_path, home("a", 90, 0))
    assert {("both", "a")} == fired(result)


def test_a_rule_keyed_on_nature_takes_every_kind_of_subject(tmp_path: Path) -> None:
    """Binding shortfalls of the district and of homes fall on the district alike; others do not count."""
    plan = rules(consequence("failed", "{nature: binding}", "district"))
    result = judged(plan, tmp_path, home("a", 80, 0) + home("b", 80, 2), "fund: 5 张")
    assert {("fund", "某区"), ("reserve", "a")} == reasons(result, "failed", "某区")


def test_a_shortfall_of_the_lowest_kind_falls_on_the_district(tmp_path: Path) -> None:
    """A shortfall two kinds below the district can fall on it, or on the town between."""
    plan = rules(
        consequence("district-failed", "{commitment: visits}", "district"),
        consequence("town-told", "{commitment: visits}", "town"),
    )
    subjects = (
        "- {kind: town, name: 甲镇, facts: {town_beds: 20 张}}\n- {kind: town, name: 乙镇, facts: {town_beds: 20 张}}\n"
        "- {kind: centre, name: x, in: 甲镇, facts: {visits: 0 次}}\n- {kind: centre, name: y, in: 甲镇, facts: {visits: 0 次}}\n"
        "- {kind: centre, name: z, in: 乙镇, facts: {visits: 3 次}}\n"
    )
    result = judge(
        plan,
        tmp_path,
        sheet_text("fund: 20 张", subjects, registers="home: 0, centre: complete, town: {size: 2, confirmed: 撤并}"),
    )
    assert {("district-failed", "某区"), ("town-told", "甲镇")} == fired(result)
    assert {("visits", "x"), ("visits", "y")} == reasons(result, "town-told", "甲镇")


def test_a_rule_may_name_other_verdicts(tmp_path: Path) -> None:
    """A list of verdicts matches any of them, and then a shortfall only if it is in the list."""
    plan = rules(
        consequence("praise", "{commitment: score, verdict: met}"),
        consequence("ask", "{commitment: score, verdict: [undetermined, not_applicable]}"),
    )
    subjects = home("a", 90) + home("b", 80) + "- {kind: home, name: c, facts: {reserve: 1 张}}\n"
    assert {("praise", "a"), ("ask", "c")} == fired(judged(plan, tmp_path, subjects))


# chains


def test_consequences_chain_over_two_hops(tmp_path: Path) -> None:
    """What follows from what follows is found, wherever in the file the rules stand."""
    plan = rules(
        consequence("third", "{consequence: second}", "district"),
        consequence("second", "{consequence: first}, {commitment: reserve}"),
        consequence("first", "{commitment: score}"),
    )
    result = judged(plan, tmp_path, home("a", 80, 0) + home("b", 80, 2))
    assert {("first", "a"), ("first", "b"), ("second", "a"), ("third", "某区")} == fired(result)
    assert {("second", "a")} == reasons(result, "third", "某区")


def test_rules_that_need_each_other_never_start(tmp_path: Path) -> None:
    """Two rules that each wait for the other stay silent, and the check ends."""
    plan = rules(
        consequence("hen", "{consequence: egg}", "district"), consequence("egg", "{consequence: hen}", "district"),
        consequence("failed", "{commitment: fund}")
    )  # fmt: skip
    assert {("failed", "某区")} == fired(judged(plan, tmp_path, home("a"), "fund: 1 张"))


# evidence


def test_fifty_homes_fire_fifty_times(tmp_path: Path) -> None:
    """No finding is used up by a first match: 50 homes lose their subsidy, and the district rule names all 50."""
    plan = rules(
        consequence("cancelled", "{commitment: score}"), consequence("failed", "{commitment: score}", "district"),
        consequence("counted", "{consequence: cancelled}", "district")
    )  # fmt: skip
    result = judged(plan, tmp_path, "".join(home(f"h{i}", 80) for i in range(50)))
    homes = {f"h{i}" for i in range(50)}
    assert homes == {subject for rule, subject in fired(result) if rule == "cancelled"}
    assert {("score", name) for name in homes} == reasons(result, "failed", "某区")
    assert {("cancelled", name) for name in homes} == reasons(result, "counted", "某区")
    assert 52 == len(result.followed)


@pytest.mark.parametrize(
    "name",
    [
        "示例“甲”养老院",
        'say "so"',
        "it's",
        "a\\b",
        "a\\",
        "{x: 1}",
        "{{#each}}",
        "á\u00a0b",
        "名" * 200,
        "true",
        "1e-09 院",
        "$s",
    ],
)
def test_odd_names_survive(name: str, tmp_path: Path) -> None:
    """Names with quotes, backslashes, braces or Chinese come out as they went in."""
    plan = rules(
        consequence("inspect", "{commitment: score}, {commitment: reserve}"),
        consequence("failed", "{consequence: inspect}", "district"),
    )
    quoted = "'" + name.replace("'", "''") + "'"
    result = judged(plan, tmp_path, home(quoted, 80, 0) + home("b", 80, 0))
    assert {("inspect", name), ("inspect", "b"), ("failed", "某区")} == fired(result)
    assert {("inspect", name), ("inspect", "b")} == reasons(result, "failed", "某区")


# the engine below


CHAINED = (
    consequence("cancelled", "{commitment: score}, {commitment: reserve}"),
    consequence("failed", "{consequence: cancelled}", "district"),
)


def test_facts_whose_ids_share_a_hash_are_all_asserted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ids with one 32-bit hash are two facts: the second is asserted under another id."""
    put, clashes, ids = Ruleset.put, [], list(CLASHING)

    def clashing(self: Ruleset, fact: dict[str, object]) -> None:
        if "fact" in fact and ids:
            fact = {**fact, "id": ids.pop()}
        put(self, fact)
        clashes.append(self.clashes)

    monkeypatch.setattr(Ruleset, "put", clashing)
    result = judged(rules(*CHAINED), tmp_path, home("a", 80, 0) + home("b", 80, 0) + home("c", 80, 0))
    assert 1 == clashes[-1], "the two ids no longer clash: find another pair"
    assert {("cancelled", "a"), ("cancelled", "b"), ("cancelled", "c"), ("failed", "某区")} == fired(result)
    assert {("cancelled", "a"), ("cancelled", "b"), ("cancelled", "c")} == reasons(result, "failed", "某区")


def test_facts_that_all_clash_are_all_asserted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty facts that are all given one id still have thirty consequences."""
    put = Ruleset.put
    monkeypatch.setattr(Ruleset, "put", lambda self, fact: put(self, {**fact, "id": "x"} if "fact" in fact else fact))
    result = judged(rules(CHAINED[0]), tmp_path, "".join(home(f"h{i}", 80, 0) for i in range(30)))
    assert {("cancelled", f"h{i}") for i in range(30)} == fired(result)


def test_the_state_of_a_session_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a session nothing of it is left in the engine."""
    forget, sizes = Ruleset.forget, []

    def watched(self: Ruleset, session: str) -> None:
        sizes.append(len(self._engine.get_facts(session)))
        forget(self, session)
        with pytest.raises(Exception, match="309"):
            self._engine.get_facts(session)

    monkeypatch.setattr(Ruleset, "forget", watched)
    result = judged(rules(CHAINED[0]), tmp_path, home("a", 80, 0) + home("b", 80, 0))
    assert {("cancelled", "a"), ("cancelled", "b")} == fired(result)
    assert 1 == len(sizes)
    assert 4 <= sizes[0]


def test_sessions_in_a_row_see_nothing_of_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same findings run again and again through one ruleset follow again, without a clash."""
    plan, used = rules(*CHAINED), set()
    result = judged(plan, tmp_path, "".join(home(f"h{i}", 80, 0) for i in range(5)))
    put = Ruleset.put
    monkeypatch.setattr(Ruleset, "put", lambda self, fact: (used.add(self), put(self, fact))[1])
    chained = infer_module.Rules(plan)
    held = find_held(result.explain._measured, result.table, (), list(chained.looks))["某区"]
    runs = [chained.run(held) for _ in range(30)]

    assert [0] == [ruleset.clashes for ruleset in used]
    assert all(runs[0] == later for later in runs)
    assert 6 == len(runs[0])


def test_what_one_finding_brings_needs_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consequences that do not join or chain never reach the rule engine, nor do findings that no rule looks at."""
    monkeypatch.setattr(infer_module.Rules, "ruleset", lambda *_: pytest.fail("the engine was asked"))
    plan = rules(
        consequence("cancelled", "{commitment: score}"), consequence("failed", "{nature: binding}", "district")
    )
    result = judged(plan, tmp_path, home("a", 80, 0) + home("b", 80))
    assert {("cancelled", "a"), ("cancelled", "b"), ("failed", "某区")} == fired(result)


def test_more_conditions_than_a_ruleset_holds_are_parted(tmp_path: Path) -> None:
    """A plan of 260 rules that join and 260 that chain, more than the engine can compile as one, has all its consequences."""
    joining = [consequence(f"j{i}", "{commitment: score}, {commitment: reserve}") for i in range(260)]
    chaining = [consequence(f"c{i}", f"{{consequence: j{i}}}", "district") for i in range(260)]
    result = judged(rules(*chaining, *joining), tmp_path, home("a", 80, 0) + home("b", 80))
    assert {*((f"j{i}", "a") for i in range(260)), *((f"c{i}", "某区") for i in range(260))} == fired(result)
    assert {("j259", "a")} == reasons(result, "c259", "某区")


def test_a_failing_action_is_an_internal_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails inside the engine ends the check with exit code 4; it is never a check without consequences."""
    plan, sheet = tmp_path / "demo.plan.yaml", tmp_path / "a.facts.yaml"
    plan.write_text(plan_text(MEASURES, COMMITMENTS, "consequences:\n" + CHAINED[0]), encoding="utf-8")
    sheet.write_text(sheet_text("fund: 1 张", home("a", 80, 0), registers=LISTED), encoding="utf-8")

    def broken(self: object, rule: object) -> object:
        def fire(context: object) -> None:
            raise ZeroDivisionError("broken on purpose")

        return fire

    monkeypatch.setattr(infer_module.Ruleset, "_action", broken)
    result = CliRunner().invoke(main, ["check", str(plan), str(sheet), "--lang", "en"])
    assert 4 == result.exit_code
    assert "internal error" in result.stderr
    assert "broken on purpose" in result.stderr


def test_seventeen_conditions_are_a_located_error(tmp_path: Path) -> None:
    """A rule with more conditions than the engine joins is refused, with its line; sixteen are fine."""
    many = ", ".join(["{commitment: score}"] * 17)
    with pytest.raises(Refused) as refused:
        rules(consequence("heap", many))
    (problem,) = refused.value.problems
    assert problem.location.line > 0
    assert "demo.plan.yaml" == problem.location.file
    assert "16" in problem.text("en")
    assert "16" in problem.text("zh")


def test_sixteen_conditions_join(tmp_path: Path) -> None:
    """A rule of sixteen conditions, each met by a finding of its own, fires."""
    names = [f"c{i}" for i in range(16)]
    measures = "".join(measure(f"m{i}") for i in range(16))
    commitments = "".join(commitment(f"c{i}", f"measure: m{i}\nat_least: 1 张\ndue: throughout") for i in range(16))
    plan = rules(
        consequence("heap", ", ".join(f"{{commitment: {n}}}" for n in names)),
        measures=measures,
        commitments=commitments,
    )
    result = judge(plan, tmp_path, sheet_text("\n".join(f"m{i}: 0 张" for i in range(16)), registers=NOBODY))
    assert {(n, "某区") for n in names} == reasons(result, "heap", "某区")
    nearly = judge(
        plan, tmp_path, sheet_text("\n".join(f"m{i}: {int(i == 7)} 张" for i in range(16)), registers=NOBODY)
    )
    assert set() == fired(nearly)


def test_no_ruleset_has_more_conditions_than_the_engine_bears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that join fill one ruleset after another, each up to the limit and not beyond it."""
    monkeypatch.setattr(infer_module, "MOST_CONDITIONS", 5)
    sizes = (2, 3, 2, 2, 2, 4, 2)
    names = ("fund", "score", "reserve", "visits")
    plan = rules(
        *(
            consequence(f"r{at}", ", ".join(f"{{commitment: {name}}}" for name in names[:size]), "district")
            for at, size in enumerate(sizes)
        )
    )
    with closing(Rules(plan)) as found:
        rulesets = [found.ruleset(rule) for rule in found.rules]
    order = list(dict.fromkeys(rulesets))

    assert [0, 0, 1, 1, 2, 3, 4] == [order.index(ruleset) for ruleset in rulesets]


def test_no_session_has_the_name_of_another() -> None:
    """Three sessions of one ruleset have three names, those of sessions that are open and of those that were forgotten."""
    plan = rules(consequence("both", "{commitment: score}, {commitment: reserve}"))
    with closing(Rules(plan)) as found:
        ruleset = found.ruleset(found.rules[0])
        names = [ruleset.open(), ruleset.open()]
        ruleset.forget(names[0])
        names.append(ruleset.open())

    assert 3 == len(set(names))


# against an oracle
