"""Sentences of `dabiao test`: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # test
    "trial.title": ("检验规则：{plan}（第 {version} 版）", "Test of {plan}, version {version}"),
    "trial.no-file": (
        "没有 {plan}_test.yaml，只检验自动生成的情形",
        "there is no {plan}_test.yaml; only the made-up cases are judged",
    ),
    "trial.no-cases": ("没有任何情形", "there are no cases"),
    "trial.nothing-expected": (
        "没有写 expect 或 follows，这个情形什么也不检验",
        "neither expect nor follows is written: the case tests nothing",
    ),
    "trial.not-before": (
        "before 中的年份 {found} 应早于 {expected}",
        "year {found} under before must lie before {expected}",
    ),
    "trial.manual": ("“{found}”由人工核查，没有判定", "'{found}' is a manual clause: it is never judged"),
    "trial.other-verdict": (
        "{name}：应为{expected}，实为{actual}。",
        "{name}: expected {expected}, found {actual}.",
    ),
    "trial.nobody": (
        "{name}：应为{expected}，但没有这个对象的结论",
        "{name}: expected {expected}, but there is no finding of that subject",
    ),
    "trial.must-follow": ("{name} 应当发生，却没有", "{name} should follow, but does not"),
    "trial.must-not-follow": ("{name} 发生了，但 follows 没有列出", "{name} follows, but is not listed under follows"),
    "trial.wrong": (
        "程序的判定与精确分数不符：{count} 个情形。这是程序的错误，请报给维护者",
        "{count} cases in which the verdict contradicts exact fractions: a fault of the program, please report it",
    ),
    "trial.disagrees": (
        "应为{expected}，实为{actual}；{facts}",
        "expected {expected}, found {actual}; {facts}",
    ),
    "trial.made-up": ("自动生成的边界情形 {count}", "Made-up boundary cases {count}"),
    "trial.sort": ("情形", "case"),
    "trial.count": ("数量", "number"),
    "trial.agreed": ("判定相符", "verdict agrees"),
    "trial.sort.short": ("差一点", "just short"),
    "trial.sort.at": ("恰好达标", "at the target"),
    "trial.sort.above": ("略超目标", "just above"),
    "trial.sort.missing": ("缺一个数", "one figure missing"),
    "trial.sort.silent": ("什么也没报", "nothing reported"),
    "trial.sort.nobody": ("没有对象", "no subject of the kind"),
    "trial.sort.excluded": ("条件不适用", "condition not fulfilled"),
    "trial.sort.no_base": ("分母为零", "denominator zero"),
    "trial.sort.no_target": ("没有可比的目标", "no target to compare with"),
    "trial.sort.not_yet": ("前提未发生", "not due yet"),
    "trial.open": (
        "没有同时见过达标和未达标的承诺 {count}",
        "Commitments never seen both met and short {count}",
    ),
    "trial.commitment": ("承诺", "commitment"),
    "trial.seen-met": ("达标", "met"),
    "trial.seen-short": ("未达标", "short"),
    "trial.seen-undetermined": ("无法判定", "undetermined"),
    "trial.lacking": ("缺", "lacking"),
    "trial.lacking.met": (
        "没有找到能达标的数：目标可能达不到，或需写一个情形",
        "no figures found that meet it: perhaps nothing can; else write a case",
    ),
    "trial.lacking.short": (
        "没有找到会未达标的数：目标可能不会落空，或需写一个情形",
        "no figures found that fall short: perhaps nothing can; else write a case",
    ),
    "trial.lacking.both": (
        "达标和未达标的数都没有找到：需写情形",
        "neither figures that meet it nor ones that fall short were found: write cases",
    ),
    "trial.summary": (
        "{outcome}：情形 {passed}/{cases} 通过；自动情形 {agreed}/{made} 相符；"
        "承诺 {covered}/{commitments}（{percent} %）既见过达标也见过未达标，要求 {minimum} %",
        "{outcome}: {passed} of {cases} cases passed; {agreed} of {made} made-up cases agree; "
        "{covered} of {commitments} commitments ({percent} %) seen both met and short, {minimum} % required",
    ),
    "trial.bad-minimum": ("“{found}”不是 0 到 100 之间的百分数", "'{found}' is not a percentage from 0 to 100"),
    "trial.passed": ("通过", "passed"),
    "trial.failed": ("未通过", "failed"),
    "too-many-terms": (
        "乘开后超过 {limit} 项或 {degree} 个因子",
        "more than {limit} terms, or {degree} factors in one, when multiplied out",
    ),
}
