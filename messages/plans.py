"""Sentences about the meaning of a plan, and a plan against its document: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
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
    "out-of-range": (
        "{found} 超出指标 {measure} 的取值范围（应为 {expected}）",
        "{found} is outside the range of measure {measure} (expected {expected})",
    ),
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
    "never-joins": (
        "{found}的结果与{expected}无从对应：两类对象互不包含，这条后果永远不会发生",
        "a finding of a {found} can never meet one of a {expected}: neither kind contains the other, so this never follows",
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
}
