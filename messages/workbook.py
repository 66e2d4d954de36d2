"""Sentences about workbooks and the cells of tables: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # cells of every format
    "blank-mark": (
        "指标 {measure} 的值“{found}”既不是数，也不是零：请填数或选项（{expected}），确无为 0；没有数的，写 缺:迟报、缺:未统计、缺:保密 或 缺:不适用，表格中也可填在缺报原因栏",
        "'{found}' for {measure} is no value and no zero: give a value (in {expected}), 0 if there was none, or say why there is none: absent:late, absent:not_collected, absent:suppressed or absent:not_applicable, in a workbook in the column of reasons",
    ),
    "footnote-mark": (
        "指标 {measure} 的值“{found}”读作“{read}”，“{mark}”视为脚注标记",
        "'{found}' for {measure} is read as '{read}'; '{mark}' is taken for a footnote mark",
    ),
    # files
    "not-a-workbook": ("不是 XLSX 工作簿", "not an XLSX workbook"),
    "workbook-old": (
        "是旧式 .xls 文件：请用“另存为”存成 .xlsx",
        "an old .xls file: save it as .xlsx",
    ),
    "workbook-locked": (
        "工作簿设有打开密码，无法读取：请取消密码后再报",
        "the workbook is encrypted: remove the password to open it",
    ),
    # cells of a workbook
    "error-cell": (
        "“{label}”的单元格是错误值 {found}，应为 {expected}",
        "the cell of '{label}' has the error {found}; expected {expected}",
    ),
    "uncomputed-formula": (
        "“{label}”的公式没有算出结果：请用 Excel、WPS 或 LibreOffice 打开后保存一次，或直接填数",
        "the formula of '{label}' has not been worked out: open the file in a spreadsheet program and save it once, or enter the value",
    ),
    "date-not-number": (
        "“{label}”的单元格是日期或时间 {found}，应为 {expected}：请把单元格设为文本或常规，重新填写",
        "the cell of '{label}' is a date or time, {found}; expected {expected}: format it as text or as a number and enter the value again",
    ),
    "time-not-ratio": (
        "“{label}”的单元格被改写成日期或时间 {found}，原意可能是 {nearest_ratio}：请把单元格设为文本，再填 {nearest_ratio}",
        "the cell of '{label}' was turned into a date or time, {found}; probably {nearest_ratio} was meant: format the cell as text and enter {nearest_ratio}",
    ),
    "odd-format": (
        "“{label}”的单元格存的是 {found}，但数字格式“{form}”显示的是另一个数：请改为常规格式，核对数值和单位",
        "the cell of '{label}' stores {found}, but its number format '{form}' shows another figure: format it as General and check value and unit",
    ),
    "small-percentage": (
        "“{label}”填的是 {found}，按单位读作 {found} %：若本意是 {times} %，请改填",
        "'{label}' has {found}, which is {found} % by its unit; if {times} % was meant, enter that",
    ),
    "value-in-title": (
        "“{label}”的名称格里填了“{found}”，看来是数值填错了格：应为“{expected}”",
        "the title cell of '{label}' has '{found}', which looks like a value in the wrong cell; expected '{expected}'",
    ),
    "merged-entry": (
        "合并单元格 {found} 跨多个指标或对象（{label}），不知属于哪一个：请取消合并，逐格填写",
        "merged cells {found} span several measures or subjects ({label}): unmerge them and fill in each cell",
    ),
    "hidden-figures": (
        "隐藏的行或列中有数，已照常读取：{found}",
        "hidden rows or columns hold figures, which were read: {found}",
    ),
    "hidden-sheet": ("工作表“{found}”是隐藏的，已照常读取", "sheet '{found}' is hidden; it was read"),
    # rows and columns
    "label-contradicts": (
        "编号“{found}”与名称“{title}”不是同一指标：按编号应为“{expected}”",
        "id '{found}' and title '{title}' are not the same measure: by its id it is '{expected}'",
    ),
    "label-renamed": (
        "编号 {found} 的名称是“{title}”，规划中是“{expected}”；按编号读取",
        "{found} is titled '{title}' here and '{expected}' in the plan; it was read by its id",
    ),
    "unknown-column": (
        "列“{found}”不是本规划的指标，却填有数据（{first}）；可用：{expected}",
        "column '{found}' is no measure of the plan, but holds figures ({first}); known: {expected}",
    ),
    "ignored-column": (
        "列“{found}”不是本规划的指标，其中没有数，未读取",
        "column '{found}' is no measure of the plan and holds no figures; it was not read",
    ),
    "duplicate-column": ("列“{found}”重复，第一次在 {first}", "column '{found}' occurs twice, first at {first}"),
    "duplicate-line": ("指标“{found}”有两行，第一行在 {first}", "measure '{found}' has two rows, first at {first}"),
    "figure-without-label": (
        "有数“{found}”，但这一行没有指标编号或名称",
        "there is a figure, '{found}', but the row has no id and no title of a measure",
    ),
    "stray-figure": (
        "“{found}”填在不属于任何一栏的单元格里：请移到对应的栏",
        "'{found}' stands in a cell of no known column: move it to the one it belongs to",
    ),
    "totals-row": (
        "“{found}”是合计行或说明行，不是{expected}，其中却填有数：请删去此行",
        "'{found}' is a totals row or a remark, not a {expected}, but has figures: delete the row",
    ),
    "other-year": (
        "标题“{found}”的年份与所报年度 {expected} 不同：请核对这是不是当年的表",
        "the title '{found}' speaks of another year than the one stated, {expected}: is this the right form?",
    ),
    "totals-name": (
        "“{found}”是合计行或说明行的名称，不是{expected}：请删去此行",
        "'{found}' is the name of a totals row or a remark, not of a {expected}: delete the row",
    ),
    "ignored-row": ("“{found}”不是数据行，未读取", "'{found}' is no row of data; it was not read"),
    "unknown-reason": (
        "“{label}”的缺报原因“{found}”不在可选值中：{expected}",
        "the reason '{found}' for '{label}' is not one of: {expected}",
    ),
    "value-and-reason": (
        "“{label}”既有值“{found}”又有缺报原因“{reason}”，只能填一项",
        "'{label}' has both a value, '{found}', and a reason why it is missing, '{reason}'; give one",
    ),
    # sheets and cover
    "no-headings": (
        "工作表“{found}”中找不到标题行（应有 {expected}）",
        "sheet '{found}' has no row of headings (expected {expected})",
    ),
    "which-kind": (
        "工作表“{found}”可能是 {expected} 中任何一类的名册：请用类别名称命名工作表",
        "sheet '{found}' may be the register of any of {expected}: name it after the kind",
    ),
    "ignored-sheet": (
        "工作表“{found}”不属于本规划的表式，未读取；可用的表名：{expected}",
        "sheet '{found}' is none that the plan asks for; it was not read; known sheets: {expected}",
    ),
    "no-tables": (
        "工作簿中没有可识别的指标表或名册：应有工作表 {expected}",
        "the workbook has no list of measures and no register that can be recognised; expected sheets: {expected}",
    ),
    "cover-missing": (
        "封面（或任一工作表）没有写明“{expected}”",
        "neither the cover nor any other sheet gives '{expected}'",
    ),
    "cover-twice": (
        "“{label}”填了两个不同的值：“{found}”和“{other}”（{first}）",
        "'{label}' has two values: '{found}', and '{other}' at {first}",
    ),
    "cover-value": ("“{label}”填的是“{found}”，应为{expected}", "'{label}' is '{found}'; expected {expected}"),
    "cover-label": (
        "标签“{found}”（填的是“{value}”）无法识别，未读取",
        "label '{found}' (with '{value}') is not known; it was not read",
    ),
    "no-plan-stamp": (
        "工作簿没有写明规划编号，按 {expected} 读取",
        "the workbook does not name its plan; it was read for {expected}",
    ),
    "other-version": (
        "工作簿按规划的 {found} 版填报，现行版本是 {expected}",
        "the workbook was made for version {found} of the plan; this is version {expected}",
    ),
    "other-template": (
        "表式版本是 {found}，应为 {expected}：请用 dabiao template 重新生成表式，再填入数据",
        "the template has version {found}, expected {expected}: make a new one with dabiao template and copy the figures",
    ),
    "workbook.year": ("年份，如 2023", "a year, such as 2023"),
    "workbook.day": ("日期，如 2024-03-15", "a day, such as 2024-03-15"),
    "workbook.yes-no": ("是或否", "yes or no"),
    "workbook.size": ("总数，或“全部列出”", "a number, or 'complete'"),
    "workbook.text": ("文本", "a text"),
}
