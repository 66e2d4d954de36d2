"""Sentences of what-if: scenarios, differences and sweeps; code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # scenarios
    "touches-nothing": ("情景“{found}”什么都没有改变", "'{found}' changes nothing"),
    "nothing-asked": (
        "没有说明要改变什么：请给出 --scenario、--set、--target 或 --sweep",
        "nothing to change was given: name a --scenario, --set, --target or --sweep",
    ),
    "subject-or-where": ("subject 与 where 只能写一个", "give either subject or where, not both"),
    "empty-move": ("没有要改变的数值：应有 set、add 或 scale", "no figures to change: expected set, add or scale"),
    "bad-set": (
        "“{found}”应写成 指标=数值（或 += -= *=），下级对象写成 类别[名称].指标=数值",
        "'{found}' should read FIGURE=VALUE (or += -= *=), and kind[NAME].FIGURE=VALUE for a subject below the root",
    ),
    "set-needs-subject": (
        "“{found}”没有说是哪个{kind}：写成 {kind}[名称].指标，全部写成 {kind}[*].指标",
        "'{found}' does not say which {kind}: write {kind}[NAME].FIGURE, or {kind}[*].FIGURE for all",
    ),
    "bad-target": (
        "“{found}”应写成 承诺=目标值；分阶段、区间和只论方向的承诺请用情景文件的 changes",
        "'{found}' should read COMMITMENT=TARGET; staged ones, ranges and directions need `changes` in a scenario file",
    ),
    "unknown-subject": ("报表里没有名为“{found}”的{kind}", "no sheet lists a {kind} named '{found}'"),
    "unsure-subjects": (
        "条件“{found}”对这些对象无法判定（缺数据）：{names}",
        "the condition '{found}' cannot be decided, for want of figures, of: {names}",
    ),
    "nobody-matches": ("没有{kind}符合“{found}”", "no {kind} satisfies '{found}'"),
    "which-root": (
        "报表涉及多个单位，请用 of 说明是哪一个：{expected}",
        "the sheets speak of several subjects; say with `of` which: {expected}",
    ),
    "only-set": (
        "{measure} 是等级或是否类指标，不能 {found}，只能 set",
        "{measure} is a ladder, category or yes-or-no: it can be set, not {found}",
    ),
    "nothing-to-change": (
        "{subject} 没有上报 {measure}，无从 {found}；请用 set",
        "{subject} has not reported {measure}, so there is nothing to {found}; use set",
    ),
    "bad-factor": (
        "“{found}”不是倍数；应为 1.1 或 110 % 这样的非负数",
        "'{found}' is not a factor; expected a number such as 1.1 or 110 %, not negative",
    ),
    "amendment-not-in-force": (
        "修订 {found} 自 {date} 起施行，{as_of} 尚未生效",
        "amendment {found} is in force from {date} on, not yet on {as_of}",
    ),
    "bad-as-if": (
        "--as-if {found}：应为 {first} 到 {last} 之间、没有报表的年份",
        "--as-if {found}: expected a year from {first} to {last} that has no sheets",
    ),
    # sweeps
    "bad-sweep": (
        "“{found}”应写成 指标=起:止:步长，起不大于止，步长大于零，例如 beds=300:600:20",
        "'{found}' should read FIGURE=FROM:TO:STEP with FROM <= TO and a STEP above zero, such as beds=300:600:20",
    ),
    "too-many-points": ("共 {found} 个组合，上限 {limit} 个", "{found} combinations; the limit is {limit}"),
    "same-axis": (
        "“{found}”与“{first}”都要改变{subject}的 {measure}",
        "'{found}' and '{first}' both go through {measure} of {subject}",
    ),
    "subject-exists": ("报表里已有名为“{found}”的{kind}", "there already is a {kind} named '{found}'"),
    "closed-already": ("“{found}”（{kind}）已经撤销", "{kind} '{found}' is closed already"),
    "due-of-staged": (
        "“{found}”原是分阶段目标，改成单一目标须写明 due",
        "'{found}' is staged; a single target in its place needs its due year",
    ),
    "set-without-value": (
        "指标 {measure} 要写一个值；情景不能让它缺报",
        "{measure} needs a value; a scenario cannot make it missing",
    ),
    "too-many-axes": ("--sweep 最多两个，给了 {found} 个", "at most two --sweep can be given, not {found}"),
    "no-chinese-font": (
        "本机没有含汉字的字体（如 {expected}），无法画 PNG；可用 -o svg:文件",
        "no installed font has Chinese characters (such as {expected}), so no PNG can be drawn; use -o svg:FILE",
    ),
    # the difference
    "whatif.title": ("{plan} · {year} 年 · 情景推演：{names}", "{plan} · {year} · what if: {names}"),
    "whatif.command-line": ("命令行给出的改变", "changes of the command line"),
    "whatif.figures": ("改变的内容 {count}", "what is changed {count}"),
    "whatif.changed": ("判定变化 {count}", "verdicts that change {count}"),
    "whatif.moved": ("数值变化、判定不变 {count}", "values that move, with the same verdict {count}"),
    "whatif.appeared": ("新出现的后果 {count}", "consequences that appear {count}"),
    "whatif.appeared-money": ("涉及金额 {amount} 元", "{amount} 元 in all"),
    "whatif.vanished-money": ("涉及金额 {amount} 元", "{amount} 元 in all"),
    "whatif.vanished": ("不再出现的后果 {count}", "consequences that vanish {count}"),
    "whatif.still-short": ("仍未达标 {count}", "still short {count}"),
    "whatif.counts": ("合计", "in all"),
    "whatif.subject": ("对象", "subject"),
    "whatif.figure": ("指标", "figure"),
    "whatif.before": ("之前", "before"),
    "whatif.after": ("之后", "after"),
    "whatif.where": ("出处", "where"),
    "whatif.commitment": ("承诺", "commitment"),
    "whatif.was": ("之前", "before"),
    "whatif.is": ("之后", "after"),
    "whatif.target": ("目标", "target"),
    "whatif.why": ("原因", "why"),
    "whatif.level": ("等级", "level"),
    "whatif.verdict": ("判定", "verdict"),
    "whatif.change": ("增减", "change"),
    "whatif.opened": ("新设", "opened"),
    "whatif.closed": ("撤销", "closed"),
    "whatif.text": ("规划文本", "text of the plan"),
    "whatif.gone": ("不再有此项", "no longer there"),
    "whatif.new": ("新增此项", "new"),
    # sweeps in words
    "sweep.title": ("{plan} · {year} 年 · {axes} · {count} 个组合", "{plan} · {year} · {axes} · {count} combinations"),
    "sweep.same": ("判定始终不变的结果 {count}", "findings with the same verdict throughout: {count}"),
    "sweep.no-flip": ("在这一范围内没有判定变化", "no verdict changes within this range"),
    "sweep.flips": ("判定会变化的结果 {count}", "findings whose verdict changes {count}"),
    "sweep.finding": ("承诺", "commitment"),
    "sweep.values": ("数值", "values"),
    "sweep.verdict": ("判定", "verdict"),
    "sweep.marks": ("图例", "marks"),
    "sweep.chart": ("{plan} · {year} 年：判定在哪里变化", "{plan} · {year}: where verdicts change"),
}
