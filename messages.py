"""Every sentence the program says, in Chinese and English, from one catalogue."""

from __future__ import annotations

import locale
import os
from typing import Literal

Lang = Literal["zh", "en"]


def default_lang() -> Lang:
    """Return the language of the user's locale: Chinese if it says so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def say(code: str, lang: str, **details: object) -> str:
    """Fill in one message of the catalogue."""
    zh, en = CATALOGUE[code]
    return (zh if lang == "zh" else en).format(**details)


CATALOGUE: dict[str, tuple[str, str]] = {
    "nearest": ("；是否指“{nearest}”？", "; did you mean '{nearest}'?"),
    "warning-prefix": ("警告：", "warning: "),
    # files
    "unreadable": ("无法读取：{reason}", "cannot be read: {reason}"),
    "too-large": ("文件 {found} 字节，上限 {limit} 字节", "the file has {found} bytes; the limit is {limit}"),
    "empty-file": ("文件是空的", "the file is empty"),
    "not-utf8": ("不是 UTF-8 文本", "not UTF-8 text"),
    "binary-file": ("是二进制文件，不是文本", "a binary file, not text"),
    "yaml-syntax": ("YAML 语法错误：{reason}", "YAML syntax: {reason}"),
    "yaml-alias": ("不接受 YAML 锚点和别名", "YAML anchors and aliases are not accepted"),
    "yaml-tag": ("不接受 YAML 标签 {found}", "YAML tag {found} is not accepted"),
    "several-documents": ("一个文件只能有一个 YAML 文档", "only one YAML document is expected in a file"),
    "too-deep": ("嵌套超过 {limit} 层", "nested deeper than {limit} levels"),
    "text-too-long": ("文本 {found} 字，上限 {limit} 字", "a text of {found} characters; the limit is {limit}"),
    "key-not-text": ("键必须是文本", "a key must be a text"),
    "duplicate-key": ("键“{found}”重复，第一次在第 {first} 行", "duplicate key '{found}', first in line {first}"),
    # shape of a plan
    "unknown-key": ("未知的键“{found}”，可用：{expected}", "unknown key '{found}'; known: {expected}"),
    "missing-key": ("缺少键“{expected}”", "key '{expected}' is missing"),
    "null-value": ("键“{found}”没有值", "key '{found}' has no value"),
    "unknown-choice": ("“{found}”不在可选值中：{expected}", "'{found}' is not one of: {expected}"),
    "expected-mapping": (
        "此处应为键值对（{expected}），实为 {found}",
        "expected a mapping ({expected}), found {found}",
    ),
    "expected-list": ("此处应为列表，实为 {found}", "expected a list, found {found}"),
    "expected-string": ("此处应为文本，实为 {found}", "expected a text, found {found}"),
    "expected-text": (
        "此处应为 {{zh: 中文, en: English}}，实为 {found}",
        "expected {{zh: ..., en: ...}}, found {found}",
    ),
    "expected-integer": ("此处应为整数，实为 {found}", "expected a whole number, found {found}"),
    "expected-boolean": ("此处应为 true 或 false，实为 {found}", "expected true or false, found {found}"),
    "expected-date": ("此处应为日期（YYYY-MM-DD），实为 {found}", "expected a date (YYYY-MM-DD), found {found}"),
    "expected-expression": (
        "此处应为表达式或数值，实为 {found}",
        "expected an expression or a quantity, found {found}",
    ),
    "bad-identifier": (
        "“{found}”不能作名称：小写英文字母开头，只用小写字母、数字和连接号",
        "'{found}' is no name: start with a lower-case letter; use lower-case letters, digits and one joining sign",
    ),
    "bad-register": (
        "名册应为总数、名单或 reported，实为 {found}",
        "a register is a number, a list of names, or 'reported'; found {found}",
    ),
    "bad-due": (
        "时限应为年份、every_year、throughout 或 {{after: 条件}}，实为 {found}",
        "due is a year, every_year, throughout or {{after: condition}}; found {found}",
    ),
    # meaning of a plan
    "no-such-plan": ("没有计划“{found}”，内置计划：{expected}", "no plan '{found}'; shipped plans: {expected}"),
    "no-commitments": ("计划没有任何承诺", "the plan has no commitments"),
    "no-subjects": ("计划没有主体类别", "the plan has no kinds of subject"),
    "other-plan": ("属于计划“{found}”，此处应为“{expected}”", "belongs to plan '{found}', expected '{expected}'"),
    "period-backwards": (
        "起始年 {found} 晚于结束年 {expected}",
        "the period starts in {found}, after its end {expected}",
    ),
    "baseline-late": ("基期年 {found} 晚于规划期", "the baseline year {found} is after the period"),
    "duplicate-id": ("“{found}”重复，第一次在第 {first} 行", "'{found}' is defined twice, first in line {first}"),
    "duplicate-name": ("“{found}”重复", "'{found}' occurs twice"),
    "name-taken": ("“{found}”已是主体类别的名称", "'{found}' is already the name of a kind of subject"),
    "second-root": (
        "“{found}”缺少 in：根类别只能有一个（{expected}）",
        "'{found}' has no 'in'; the only root is {expected}",
    ),
    "unknown-kind": (
        "未知的主体类别“{found}”，可用：{expected}",
        "unknown kind of subject '{found}'; known: {expected}",
    ),
    "unknown-measure": ("未知的指标“{found}”，可用：{expected}", "unknown measure '{found}'; known: {expected}"),
    "unknown-ladder": ("未知的等级“{found}”，可用：{expected}", "unknown ladder '{found}'; known: {expected}"),
    "unknown-step": (
        "“{found}”不是该指标的取值，可用：{expected}",
        "'{found}' is no step of this measure; known: {expected}",
    ),
    "unknown-commitment": ("未知的承诺“{found}”，可用：{expected}", "unknown commitment '{found}'; known: {expected}"),
    "unknown-consequence": (
        "未知的后果“{found}”，可用：{expected}",
        "unknown consequence '{found}'; known: {expected}",
    ),
    "unknown-function": ("未知的函数“{found}”，可用：{expected}", "unknown function '{found}'; known: {expected}"),
    "unknown-unit": ("未知的单位：{found}", "unknown unit: {found}"),
    "measure-sort": (
        "指标须且只须写 unit、ladder、options、yes_no 之一，或写 formula；现有：{found}",
        "a measure has exactly one of unit, ladder, options, yes_no, or else a formula; found: {found}",
    ),
    "range-backwards": ("下限大于上限", "the lower limit is above the upper one"),
    "out-of-range": ("{found} 超出指标 {measure} 的取值范围", "{found} is outside the range of measure {measure}"),
    "expected-number": ("此处应为一个数值，实为“{found}”", "expected a plain quantity, found '{found}'"),
    "bad-number": ("“{found}”不是数值", "'{found}' is not a number"),
    "bare-number": (
        "此处的数字须带单位（如 {expected}）：0.8 与 80 %、0.28 与 2800 不能混淆",
        "write the unit (such as {expected}): a bare number would be ambiguous here",
    ),
    "other-dimension": (
        "单位量纲不同：{found}，应为 {expected}",
        "unit of another dimension: {found}, expected {expected}",
    ),
    "percent-or-points": (
        "百分比与百分点不能混用：水平用 %，增减用 百分点",
        "percent and percentage points are mixed: write a level in %, a difference in 百分点 (pp)",
    ),
    "not-comparable": ("两边不能比较", "the two sides cannot be compared"),
    "no-order": ("类别没有次序，不能用 {found}", "a category has no order; {found} cannot be used"),
    "no-arithmetic": ("此处不能作 {found} 运算", "{found} cannot be applied here"),
    "division-by-zero": ("除数为零", "division by zero"),
    "sum-of-ratio": ("只能汇总数量，不能汇总比率", "only quantities can be summed, not ratios"),
    "lookup-needs-reported": (
        "“{found}”不是直接报送的指标，不能取其他年份的值",
        "'{found}' is not a reported measure; it has no value at another time",
    ),
    "expected-condition": ("此处应为条件（如 beds >= 50）", "expected a condition such as beds >= 50"),
    "expected-value": ("此处应为数值表达式", "expected a quantity"),
    "unexpected-in-expression": ("表达式在“{found}”处无法理解", "the expression is not understood at '{found}'"),
    "expected-in-expression": ("表达式在“{found}”处应有“{expected}”", "expected '{expected}' at '{found}'"),
    "manual-with-test": (
        "人工核查的承诺“{found}”不能写指标或目标",
        "manual commitment '{found}' cannot have a measure or target",
    ),
    "one-test": (
        "“{found}”须且只须有一种目标：比较、staged、direction 或 holds",
        "'{found}' needs exactly one test: a comparator, staged, direction or holds",
    ),
    "no-measure": ("“{found}”没有 measure，也没有 holds", "'{found}' has neither measure nor holds"),
    "between-two": ("between 须有两个值，现有 {found} 个", "between takes two values, found {found}"),
    "bad-cut-off": ("“{found}”不是 0 到 100 % 之间的份额", "'{found}' is not a share between 0 and 100 %"),
    "due-and-staged": ("分期目标的时限就是各期年份，不再写 due", "a staged target is due in its stages; leave out due"),
    "stages-unordered": ("分期年份须递增且不重复", "the years of the stages must rise"),
    "due-outside": ("年份 {found} 不在规划期 {first}–{last} 内", "year {found} is outside the period {first}-{last}"),
    "baseline-twice": ("指标“{found}”已有基期值", "measure '{found}' already has a baseline"),
    "against-without-direction": ("against 只与 direction 同用", "against goes with direction only"),
    "no-baseline": ("“{found}”没有基期值可比", "'{found}' has no baseline to compare with"),
    "too-many-conditions": (
        "后果须有 1 至 {limit} 个条件，现有 {found} 个",
        "a consequence has 1 to {limit} conditions, found {found}",
    ),
    "no-compound": (
        "“{found}”的基期值和目标须为大于零的数，才能按复合增速",
        "compound growth needs a baseline and a target above zero: '{found}'",
    ),
    "empty-condition": (
        "条件须写 commitment、nature 或 consequence",
        "a condition names a commitment, a nature or a consequence",
    ),
    # plan against document
    "section-not-found": ("文件中找不到章节“{found}”", "section '{found}' is not found in the document"),
    "phrase-not-found": ("文件中找不到引文“{found}”", "the phrase '{found}' is not found in the document"),
    "phrase-elsewhere": (
        "引文“{found}”不在“{expected}”，而在文件第 {line} 行",
        "the phrase '{found}' is not in section '{expected}', but in line {line} of the document",
    ),
    "uncited": ("未引用的句子：{found}", "no commitment cites: {found}"),
    "unknown-selection": ("没有承诺、章节或性质名为“{found}”", "no commitment, chapter or nature is named '{found}'"),
    # fact sheets
    "no-sheets": (
        "没有报表（应有 *.facts.yaml，或含 {expected} 的文件夹）",
        "no fact sheets (*.facts.yaml, or a folder with {expected})",
    ),
    "no-sheet-head": ("文件夹缺少 {expected}", "the folder has no {expected}"),
    "unknown-format": (
        "不支持的文件格式“{found}”，可用：{expected}",
        "unknown file format '{found}'; known: {expected}",
    ),
    "year-outside": ("年份 {found} 不在 {first}–{last} 内", "year {found} is outside {first}-{last}"),
    "year-not-reported": ("没有 {found} 年的报表，已有：{expected}", "no sheet is about {found}; reported: {expected}"),
    "bad-register-size": ("应为总数或 complete，实为 {found}", "expected a number or 'complete', found {found}"),
    "bad-fact": (
        "指标 {measure} 的值“{found}”不是数值（单位应为 {expected}）",
        "'{found}' is not a number for {measure} (in {expected})",
    ),
    "bare-fact": (
        "指标 {measure} 的值“{found}”须写单位（{expected}）：0.8 与 80 %、0.28 与 2800 不能混淆",
        "'{found}' for {measure} needs its unit ({expected}): a bare number would be ambiguous",
    ),
    "fact-dimension": (
        "指标 {measure} 的值“{found}”单位不符，应为 {expected}",
        "'{found}' has a unit of another kind; {measure} is in {expected}",
    ),
    "not-whole": ("指标 {measure} 只能是整数，实为“{found}”", "{measure} counts whole things; found '{found}'"),
    "expected-value-of": (
        "指标 {measure} 没有值；缺报请写 {{absent: 原因}}",
        "{measure} has no value; write {{absent: reason}} if it is missing",
    ),
    "value-or-absent": ("指标 {found} 须且只须写 value 或 absent", "{found} needs either value or absent"),
    "derived-fact": (
        "指标“{found}”由公式得出，不能填报",
        "measure '{found}' is derived by a formula and cannot be reported",
    ),
    "duplicate-fact": (
        "指标“{found}”重复填报，第一次在 {first}",
        "measure '{found}' is reported twice, first at {first}",
    ),
    "duplicate-subject": ("“{found}”重复出现，第一次在 {first}", "'{found}' occurs twice, first at {first}"),
    "two-parents": ("“{found}”的上级前后不一（{first}）", "'{found}' is in two places (see {first})"),
    "two-registers": ("各表所报 {found} 的总数不一", "the sheets disagree on how many {found} there are"),
    "no-parent": (
        "“{found}”没有写明所属 {expected}（in）",
        "'{found}' does not say which {expected} it is in (key in)",
    ),
    "unknown-parent": ("没有名为“{found}”的 {kind}", "there is no {kind} named '{found}'"),
    "not-in-register": ("“{found}”不在名册中：{expected}", "'{found}' is not in the register: {expected}"),
    "register-exceeded": (
        "{kind} 列出 {found} 个，名册只有 {expected} 个",
        "{found} subjects of kind {kind} are listed; the register has {expected}",
    ),
    "no-name-column": ("缺少“{expected}”列", "there is no column '{expected}'"),
    "no-parent-column": ("缺少所属列“{expected}”", "there is no column '{expected}'"),
    "no-name": ("缺少名称", "the name is missing"),
    "empty-register": ("表中没有数据行", "the table has no rows"),
    "bad-csv": ("各行的列数不一致", "the rows do not have the same number of columns"),
    # verdicts
    "verdict.met": ("达标", "met"),
    "verdict.shortfall": ("未达标", "shortfall"),
    "verdict.on_track": ("进度正常", "on track"),
    "verdict.behind": ("进度滞后", "behind"),
    "verdict.not_due": ("未到期", "not due"),
    "verdict.not_applicable": ("不适用", "not applicable"),
    "verdict.undetermined": ("无法判定", "undetermined"),
    "verdict.waived": ("豁免", "waived"),
    "nature.binding": ("约束性", "binding"),
    "nature.anticipatory": ("预期性", "anticipatory"),
    "nature.unstated": ("未注明", "unstated"),
    "level.alert": ("警示", "alert"),
    "level.sanction": ("处理", "sanction"),
    "level.status": ("结论", "status"),
    "operator.>=": ("≥ {target}", "≥ {target}"),
    "operator.<=": ("≤ {target}", "≤ {target}"),
    "operator.>": ("＞ {target}", "> {target}"),
    "operator.<": ("＜ {target}", "< {target}"),
    "operator.==": ("= {target}", "= {target}"),
    "absent.late": ("迟报", "late"),
    "absent.not_collected": ("未统计", "not collected"),
    "absent.suppressed": ("保密", "suppressed"),
    "absent.not_applicable": ("不适用", "not applicable"),
    "absent.missing": ("未填报", "not reported"),
    # reports
    "report.title": (
        "{plan}（{version} 版）· {year} 年 · 按 {as_of} 有效的文本",
        "{plan} (version {version}) · {year} · text in force on {as_of}",
    ),
    "report.synthetic": ("注意：报表数据为虚构示例", "note: the figures are made up"),
    "report.amended": ("已计入修订：{names}", "amendments in force: {names}"),
    "report.commitment": ("承诺", "commitment"),
    "report.subject": ("对象", "subject"),
    "report.actual": ("实际", "actual"),
    "report.target": ("目标", "target"),
    "report.expected": ("应达", "expected by now"),
    "report.gap": ("差距", "gap"),
    "report.missing": ("缺少", "missing"),
    "report.nature": ("性质", "nature"),
    "report.clause": ("依据", "clause"),
    "report.more": ("……另有 {count} 条", "... and {count} more"),
    "report.summary": ("合计 {total} 条：{counts}", "{total} findings: {counts}"),
    "report.manual-count": ("人工核查 {count}", "{count} manual"),
    "report.differing": ("同一承诺、读法不同、判定不同", "same promise, other reading, other verdict"),
    "report.same-as": ("另一处", "stated again as"),
    "report.verdict": ("判定", "verdict"),
    "report.consequences": ("后果", "consequences"),
    "report.consequence": ("后果", "consequence"),
    "report.because": ("起因", "because of"),
    "report.none": ("无", "none"),
    "report.manual": ("须人工核查的条款", "clauses to check by hand"),
    "report.waivers": ("豁免", "waivers"),
    "report.waiver": (
        "{commitment} · {subject}：{state}（{authority}，{reason}，至 {expires}）",
        "{commitment} · {subject}: {state} ({authority}, {reason}, until {expires})",
    ),
    "waiver.used": ("已适用", "used"),
    "waiver.expired": ("已过期，不起作用", "expired, of no effect"),
    "waiver.unused": ("无须适用", "nothing to waive"),
    "report.unlisted": ("（未列名）", "(not listed)"),
    "report.spare": ("超 {gap}", "{gap} to spare"),
    "report.short": ("差 {gap}", "{gap} short"),
    "report.reached": ("已达到", "reached"),
    "report.steps": ("差 {steps} 级", "{steps} steps short"),
    "report.subjects": ("{count} 个{kind}", "{count} × {kind}"),
    "report.unmet": ("未满足：{titles}", "not satisfied: {titles}"),
    "report.not-beyond": ("等于目标，须超过", "equal, and it must go beyond"),
    "report.even": ("刚好", "exactly"),
    "report.range": ("{low} 至 {high}", "{low} to {high}"),
    "report.at-least": ("不少于 {low}", "at least {low}"),
    "report.at-most": ("不多于 {high}", "at most {high}"),
    "report.unknown": ("—", "—"),
    "report.and": ("，且 ", " and "),
    # explanations
    "explain.judged": (
        "{title}：{subject} {year} 年为 {actual}，目标 {target}，{gap}：{verdict}。",
        "{title}: {subject} reports {actual} for {year}; the target is {target}; {gap}: {verdict}.",
    ),
    "explain.pace": (
        "{title}：{subject} {year} 年为 {actual}，{due} 年目标 {target}，按进度此时应为 {expected}；距目标{gap}：{verdict}。",
        "{title}: {subject} reports {actual} for {year}; {target} is due in {due}, and {expected} is expected by now; {gap} of the target: {verdict}.",
    ),
    "explain.undetermined": (
        "{title}：{subject} {year} 年无法判定（{actual}，目标 {target}）。",
        "{title}: {subject} cannot be judged for {year} ({actual}, target {target}).",
    ),
    "explain.plain": ("{title}：{subject} {year} 年{verdict}。", "{title}: {subject}, {year}: {verdict}."),
    "explain.clause": ("依据：{section}“{phrase}”", "clause: {section} “{phrase}”"),
    "explain.note": ("文本说明：{note}", "reading of the text: {note}"),
    "explain.reading": (
        "释义：取“{chosen}”，不取“{other}”，因为{why}",
        "reading: {chosen}; not: {other}; because {why}",
    ),
    "explain.baseline": ("基期值：{value}", "baseline: {value}"),
    "explain.pace-figure": ("进度：完成应达进展的 {pace}", "pace: {pace} of the expected progress"),
    "explain.whole": ("折合：{gap}", "in whole units: {gap}"),
    "explain.facts": ("所用数据", "facts used"),
    "explain.measure": ("指标", "measure"),
    "explain.value": ("值", "value"),
    "explain.place": ("出处", "place"),
    "explain.population": (
        "{kind}：确定计入 {counted} 个（{names}），至多 {possible} 个",
        "{kind}: {counted} certainly count ({names}), at most {possible}",
    ),
    "explain.unsure": ("缺数据的：{names}", "for lack of facts unclear: {names}"),
    "explain.unlisted": ("名册中未列名的：{count}", "in the register but not listed: {count}"),
    "explain.endless": ("总数不明", "nobody says how many"),
    "explain.waived": ("原判定为{verdict}，已豁免", "waived; it would be: {verdict}"),
    "reason.before-plan": ("规划期开始之前", "before the plan begins"),
    "reason.event-not-yet": ("前提尚未发生", "what it depends on has not happened yet"),
    "reason.no-path": ("到期前不判进度", "no path is judged before the due year"),
    "reason.no-baseline": ("没有基期值，不能判进度", "without a baseline no pace can be judged"),
    "reason.no-base": ("分母为零，无可衡量", "the denominator is zero: nothing to measure"),
    "reason.nobody": ("没有适用的对象", "there is no subject that it applies to"),
    "reason.unlisted": ("名册中有，报表中没有", "in the register, but in no sheet"),
    "reason.unclear-whether-applies": ("数据不足，不知是否适用", "the facts do not say whether it applies"),
    "explain.no-finding": ("“{found}”没有与此对象相符的结论", "no finding of '{found}' matches that subject"),
    # commands
    "plans.id": ("名称", "name"),
    "plans.title": ("规划", "plan"),
    "plans.period": ("规划期", "period"),
    "plans.commitments": ("承诺", "commitments"),
    "plans.manual": ("人工核查", "manual"),
    "lint.fine": (
        "{plan}：{commitments} 条承诺、{measures} 个指标，没有错误",
        "{plan}: {commitments} commitments, {measures} measures, no errors",
    ),
    "lint.coverage": (
        "文件覆盖：{covered}/{total} 句（{percent} %）",
        "document coverage: {covered} of {total} sentences ({percent} %)",
    ),
    "internal-error": (
        "内部错误：{reason}。请把这条信息和输入文件报给维护者。",
        "internal error: {reason}. Please report this together with the input.",
    ),
    "bad-output": ("无法写入：{reason}", "cannot be written: {reason}"),
    "unknown-report": (
        "未知的输出格式“{found}”，可用：{expected}",
        "unknown output format '{found}'; known: {expected}",
    ),
    "bad-as-of": ("“{found}”不是日期（YYYY-MM-DD）", "'{found}' is not a date (YYYY-MM-DD)"),
    # lint, diff and plan page
    # lint
    "lint.goes-backwards": (
        "“{title_zh}”的目标 {found} 比基期值 {expected} 还退步",
        "'{title_en}': the target {found} is worse than the baseline {expected}",
    ),
    "lint.already-met": (
        "“{title_zh}”的目标 {found} 基期（{expected}）就已达到",
        "'{title_en}': the target {found} was already met in the baseline year ({expected})",
    ),
    "lint.stages-backwards": (
        "“{title_zh}”{year} 年的分期目标 {found} 比 {before} 年的 {expected} 还退步",
        "'{title_en}': the stage of {year} ({found}) is worse than that of {before} ({expected})",
    ),
    "lint.conflict": (
        "“{title_zh}”（{found}）与“{other_zh}”（{expected}，{place}）在 {year} 年不能同时做到",
        "'{title_en}' ({found}) and '{other_en}' ({expected}, {place}) cannot both be kept in {year}",
    ),
    "lint.same-as-differs": (
        "“{title_zh}”（{found}）与同一承诺“{other_zh}”（{expected}，{place}）不一致；选用的读法：{chosen}",
        "'{title_en}' ({found}) differs from '{other_en}' ({expected}, {place}), given as the same promise; "
        "reading chosen: {chosen}",
    ),
    "lint.subset-larger": (
        "“{title_zh}”的分子基期值 {found} 大于分母基期值 {expected}",
        "'{title_en}': in the baseline year the part ({found}) is larger than the whole ({expected})",
    ),
    "lint.unused-measure": (
        "指标“{title_zh}”（{found}）没有任何承诺使用",
        "no commitment uses measure '{title_en}' ({found})",
    ),
    "lint.unreportable-measure": (
        "指标“{title_zh}”（{found}）无人能填报：{kind_zh}名册为 0",
        "nobody can report measure '{title_en}' ({found}): the register of {kind_en} is 0",
    ),
    "lint.no-register": (
        "主体类别“{title_zh}”（{found}）没有名册，“{other_zh}”（{expected}）等 {count} 条承诺却要数它",
        "kind '{title_en}' ({found}) has no register, but {count} commitment(s) count on it, first '{other_en}' ({expected})",
    ),
    "lint.consequence-never": (
        "后果“{title_zh}”不会发生：{found} 不可能为“{expected}”",
        "consequence '{title_en}' can never follow: {found} is never '{expected}'",
    ),
    "lint.trigger-not-cited": (
        "“{title_zh}”的界限 {expected} 不在引文“{found}”里",
        "'{title_en}': the threshold {expected} does not stand in the phrase '{found}'",
    ),
    "lint.total-too-small": (
        "“{title_zh}”要求{kind_zh}逐个做到，合计至少 {expected}；“{other_zh}”（{place}）的目标只有 {found}",
        "'{title_en}' asks for each {kind_en}, {expected} in all; the target of '{other_en}' ({place}) is only {found}",
    ),
    "lint.fraction-of-whole": (
        "“{title_zh}”的目标 {found} 之内没有整数，而指标只取整数",
        "'{title_en}': no whole number satisfies {found}, and the measure only takes whole numbers",
    ),
    "lint.out-of-reach": (
        "“{title_zh}”的目标 {found} 达不到：指标只在 {expected} 之内",
        "'{title_en}': the target {found} is out of reach; the measure lies within {expected}",
    ),
    "lint.cannot-fail": (
        "“{title_zh}”的目标 {found} 不可能落空：指标本来就在 {expected} 之内",
        "'{title_en}': the target {found} cannot be missed; the measure always lies within {expected}",
    ),
    # comparators
    "comparator.at_least": ("不少于 {target}", "at least {target}"),
    "comparator.at_most": ("不超过 {target}", "at most {target}"),
    "comparator.more_than": ("超过 {target}", "more than {target}"),
    "comparator.less_than": ("低于 {target}", "less than {target}"),
    "comparator.exactly": ("等于 {target}", "exactly {target}"),
    "comparator.between": ("{low} 至 {high}", "between {low} and {high}"),
    # end of lint, diff and plan page
}
