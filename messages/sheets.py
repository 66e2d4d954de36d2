"""Sentences about fact sheets: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
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
}
