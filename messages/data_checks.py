"""Sentences about data checks, in plans and in sheets: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # plans
    "data.one-form": (
        "数据核查“{found}”须且只须是一种：measure 加一个比较（可加 within）、measure 加 jump、holds、complete、baselines；现有：{written}",
        "data check '{found}' is one of: measure with one comparator (and within), measure with jump, holds, complete, "
        "baselines; found: {written}",
    ),
    "data.bad-jump": (
        "jump 应为大于 1 的倍数（如 2），实为“{found}”",
        "jump is a factor above 1, such as 2; found '{found}'",
    ),
    "data.jump-needs-number": (
        "“{found}”不是该类主体直接报送的一个数值，不能与上年比倍数",
        "'{found}' is not one reported number of this kind of subject; it has no factor against the year before",
    ),
    "data.jump-signed": (
        "“{found}”可为负，不能与上年比倍数；请用 measure: {found} - last({found})",
        "'{found}' may be negative, so a factor means nothing; use measure: {found} - last({found})",
    ),
    "data.bad-within": (
        "within 应为不小于零的数值，实为“{found}”",
        "within is a number not below zero; found '{found}'",
    ),
    # sheets
    "data.exactly": (
        "{title_zh}：{subject} {year} 年{left_zh}与{right_zh}相差 {gap_zh}{allowed_zh}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} and {right_en} differ by {gap_en}{allowed_en}. {figures_en}{blame_en}",
    ),
    "data.at_least": (
        "{title_zh}：{subject} {year} 年{left_zh}少于{right_zh}，差 {gap_zh}{allowed_zh}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} is less than {right_en}, by {gap_en}{allowed_en}. {figures_en}{blame_en}",
    ),
    "data.at_most": (
        "{title_zh}：{subject} {year} 年{left_zh}多于{right_zh}，差 {gap_zh}{allowed_zh}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} is more than {right_en}, by {gap_en}{allowed_en}. {figures_en}{blame_en}",
    ),
    "data.more_than": (
        "{title_zh}：{subject} {year} 年{left_zh}应多于{right_zh}，差 {gap_zh}{allowed_zh}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} must be more than {right_en}; they differ by {gap_en}{allowed_en}. "
        "{figures_en}{blame_en}",
    ),
    "data.less_than": (
        "{title_zh}：{subject} {year} 年{left_zh}应少于{right_zh}，差 {gap_zh}{allowed_zh}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} must be less than {right_en}; they differ by {gap_en}{allowed_en}. "
        "{figures_en}{blame_en}",
    ),
    "data.step": (
        "{title_zh}：{subject} {year} 年{left_zh}与{right_zh}不符。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, {left_en} does not agree with {right_en}. {figures_en}{blame_en}",
    ),
    "data.holds": (
        "{title_zh}：{subject} {year} 年不满足 {condition}。{figures_zh}{blame_zh}",
        "{title_en}: for {subject} in {year}, this does not hold: {condition}. {figures_en}{blame_en}",
    ),
    "data.jump": (
        "{title_zh}：{subject} {year} 年{left_zh}，上年 {last_zh}，变动 {gap_zh}，超过 {factor} 倍{allowed_zh}。{figures_zh}"
        "无法知道哪一年有误；如数字无误，请在报表中写 confirmed 说明原因",
        "{title_en}: for {subject} in {year}, {left_en}, after {last_en} the year before: a change of {gap_en}, by more than a "
        "factor of {factor}{allowed_en}. {figures_en}Which of the two is wrong cannot be known; if the figure is right, say "
        "why in the sheet (confirmed)",
    ),
    "data.confirmed": (
        "已确认：{title_zh}：{subject} {year} 年{left_zh}，上年 {last_zh}；说明：{reason}",
        "confirmed: {title_en}: for {subject} in {year}, {left_en}, after {last_en} the year before; the sheet says: {reason}",
    ),
    "data.needless": (
        "{subject} {year} 年{measure_zh}写了 confirmed（{reason}），但没有需要确认的异动",
        "{measure_en}{subject} in {year} is confirmed ({reason}), but there is no jump to confirm",
    ),
    "data.complete": (
        "{title_zh}：{subject} {year} 年{kind_zh}名册共 {size} 个，只列出 {listed} 个，缺 {missing} 个{names_zh}",
        "{title_en}: {subject} lists {listed} of {size} in its register of {kind_en} for {year}; {missing} missing{names_en}",
    ),
    "data.baselines": (
        "{title_zh}：{subject} {year} 年{left_zh}，规划所载基期值为 {right_zh}（{stated}），相差 {gap_zh}。无法知道哪一个有误",
        "{title_en}: for {subject} in {year}, {left_en}; the plan states {right_en} for the baseline year ({stated}); they "
        "differ by {gap_en}. Which of them is wrong cannot be known",
    ),
    "data.unmade": (
        "{title_zh}：{subject} {year} 年缺少数字，无法核查",
        "{title_en}: for {subject} in {year}, figures are missing: the check cannot be made",
    ),
    "data.more": (
        "{title_zh}：另有 {count} 处，不再列出",
        "{title_en}: {count} more, not listed",
    ),
    # parts of these sentences
    "data.value": ("{name} {value}", "{name} ({value})"),
    "data.of": ("{name}", "{name} of "),
    "data.quoted": ("“{name}”", "'{name}'"),
    "data.figures": ("涉及：{figures}。", "Figures: {figures}. "),
    "data.figure": ("{name} {value}（{place}）", "{name} {value} ({place})"),
    "data.absent": ("{name}缺报", "{name} not reported"),
    "data.other-figure": ("{subject}{year}{name}", "{name} of {subject}{year}"),
    "data.of-year": (" {year} 年", " in {year}"),
    "data.and": ("；", "; "),
    "data.others": ("等", "; and others"),
    "data.unknown-side": ("无法知道哪一个数字有误", "Which of them is wrong cannot be known"),
    "data.this-figure": ("请核对这个数字", "This figure is to be verified"),
    "data.sum-of": (" {count} 个{kind}的{name}之和", "the sum of {name} over {count} {kind} subjects"),
    "data.count-of": ("{kind}个数", "the number of {kind} subjects"),
    "data.at-least": ("至少{text}", "at least {text}"),
    "data.at-most": ("至多{text}", "at most {text}"),
    "data.from-to": ("{low} 至 {high}", "{low} to {high}"),
    "data.unknown": ("（未知）", "(unknown)"),
    "data.allowed": ("（允许 {within}）", " ({within} is accepted)"),
    "data.allowed-jump": ("（变动不超过 {within} 的不计）", " (changes of up to {within} do not count)"),
    "data.names": ("：{names}", ": {names}"),
    "data.comma": ("、", ", "),
    # outcome
    "data.summary": (
        "数据核查：{made} 处已核查，{failed} 处不符，{confirmed} 处异动已确认，{unmade} 处缺数字无法核查",
        "data checks: {made} made, {failed} failed, {confirmed} confirmed, {unmade} could not be made for want of a figure",
    ),
    # plan page
    "page.checks": ("数据核查", "Data checks"),
    "page.check": ("核查", "check"),
    "page.severity": ("不符时", "if it fails"),
    "page.severity.error": ("报表不予受理", "the sheets are refused"),
    "page.severity.warning": ("提示", "a warning"),
    "page.within": ("（允许相差 {within}）", " (a difference of {within} is accepted)"),
    "page.jump": (
        "{subject}：{value} 与上年相比不超过 {factor} 倍，也不低于其 1/{factor}；否则须在报表中确认",
        "{subject}: {value} within a factor of {factor} of the year before, or else confirmed in the sheet",
    ),
    "page.jump-within": ("（变动不超过 {within} 的不计）", " (changes of up to {within} do not count)"),
    "page.complete": ("名册中的每个{kind}都已列出", "every {kind} of the register is listed"),
    "page.baselines": (
        "{year} 年报表中的数字与规划所载基期值一致",
        "what is reported for {year} equals the baselines the plan states",
    ),
    "page.unmade": ("缺数字时", "if a figure is missing"),
    "page.unmade.warning": ("提示", "a warning"),
    # diff
    "diff.check": ("数据核查", "data check"),
    "diff.key.at_least": ("不少于", "at least"),
    "diff.key.at_most": ("不超过", "at most"),
    "diff.key.more_than": ("超过", "more than"),
    "diff.key.less_than": ("低于", "less than"),
    "diff.key.exactly": ("等于", "exactly"),
    "diff.key.between": ("区间", "between"),
    "diff.key.within": ("允许的差", "accepted difference"),
    "diff.key.holds": ("须成立的条件", "condition that must hold"),
    "diff.key.jump": ("异动倍数", "factor of a jump"),
    "diff.key.complete": ("须列全的名册", "register to be complete"),
    "diff.key.baselines": ("核对基期值", "compared with the baselines"),
    "diff.key.severity": ("轻重", "severity"),
    "diff.key.unmade": ("缺数字时", "if a figure is missing"),
    "diff.severity.error": ("不予受理", "refused"),
    "diff.severity.warning": ("提示", "a warning"),
    "diff.unmade.count": ("计数", "counted"),
    "diff.unmade.warning": ("提示", "a warning"),
    "diff.baselines.true": ("是", "yes"),
    # lint
    "lint.check-cannot-fail": (
        "数据核查“{title_zh}”（{found}）不可能不符：{expected}",
        "data check '{title_en}' ({found}) can never fail: {expected}",
    ),
    "lint.check-cannot-hold": (
        "数据核查“{title_zh}”（{found}）不可能相符：{expected}",
        "data check '{title_en}' ({found}) can never hold: {expected}",
    ),
    "lint.check-never-made": (
        "数据核查“{title_zh}”（{found}）从不进行：规划没有载明任何填报指标的基期值，或不接受 {expected} 年的报表",
        "data check '{title_en}' ({found}) is never made: the plan states no baseline of a reported measure, or accepts no "
        "sheet of {expected}",
    ),
}
