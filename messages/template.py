"""Sentences of templates, and of what is wrong when one is asked for: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # problems
    "template.last-year": ("上年报表应为 {expected} 年，实为 {found} 年", "expected a sheet of {expected}, the year before; this one is about {found}"),
    "template.last-subject": (
        "上年报表报送单位为 {expected}，没有“{found}”",
        "the sheets of last year are about {expected}, not about '{found}'",
    ),
    "template.whose": (
        "上年报表有多个报送单位（{expected}），请用 --subject 指定一个",
        "the sheets of last year are about several units ({expected}); choose one with --subject",
    ),
    "template.needs-subject": (
        "YAML 和 CSV 模板须用 --subject 写明报送单位",
        "a template in YAML or CSV needs --subject: the unit that reports",
    ),
    "template.bad-name": ("名册中的“{found}”含有单元格不能容纳的字符", "the register has a name that no cell can hold: '{found}'"),
    "template.too-big": (
        "工作簿将有 {found} 个单元格，上限 {limit}；请改用 --format csv，或用 --limit cells 提高上限",
        "the workbook would have {found} cells; the limit is {limit}: use --format csv, or raise it with --limit cells",
    ),
    "template.suffix": (
        "无法由“{found}”判断格式；可写 {expected}",
        "'{found}' does not say the format; write {expected}",
    ),
    "template.exists": ("文件已存在；填过的报表不应被覆盖，确要覆盖请加 --force", "the file exists, and may be filled in; add --force to replace it"),
    "template.not-empty": ("文件夹已存在且不是空的", "the folder is there already, and is not empty"),
    "template.formula": (
        "{expected} 名称“{found}”会被表格软件当作公式，CSV 无法避免；请用 xlsx 或 yaml",
        "the {expected} '{found}' would be run as a formula by spreadsheet programs, which CSV cannot prevent; use xlsx or yaml",
    ),
    "template.written": ("已写出 {found}", "wrote {found}"),
    # words of all forms
    "template.absent": ("缺:{reason}", "absent:{reason}"),
    "template.clause": ("{section}：{title}", "{section}: {title}"),
    "template.more-clauses": ("另有 {count} 处", "and {count} more"),
    "template.confirmed": ("上年已确认：{why}", "last year confirmed: {why}"),
    "template.confirmed-of": ("上年已确认（{measure}）：{why}", "last year confirmed ({measure}): {why}"),
    "template.no-chapter": ("其他指标", "Other measures"),
    # cover
    "template.banner": ("{year} 年度报送表　{subject}", "Report for {year}　{subject}"),
    "template.sheet": ("{kind}　{year} 年　{subject}", "{kind}　{year}　{subject}"),
    "template.registers": ("各类对象总数", "How many there are"),
    "template.page": ("第 &P 页，共 &N 页", "page &P of &N"),
    "template.hint.subject": ("报送本表的单位", "the unit this report is about"),
    "template.hint.submitted": ("填写日期，如 2024-01-15", "a date, such as 2024-01-15"),
    "template.hint.source": ("如：区民政局年报", "for example: annual report of the bureau"),
    "template.hint.nothing": ("只有全年确无可报内容时才填，并写明原因", "only if there is nothing to report for the whole year: say why"),
    "template.hint.named": ("规划列有名单，已按名单预填", "the plan names them; they are filled in"),
    "template.hint.counted": ("规划规定的总数；如有变动请改正", "as the plan says; correct it if it has changed"),
    "template.hint.register": (
        "应有多少，包括没有列出的；如已全部列在表中，填“全部列出”",
        "how many there are, with those that are not listed; if all are listed, write 'complete'",
    ),
    "template.hint.last-size": ("（上年：{size}）", " (last year: {size})"),
    "template.hint.root": (
        "只填浅黄色格子。没有数据请留空并选缺报原因；确实为零请填 0。",
        "Fill in the light yellow cells only. Leave a cell empty and choose a reason if there is no figure; write 0 for a true zero.",
    ),
    "template.hint.kind": (
        "一行一个。只填浅黄色格子；多余的行留空，已不存在的清空名称。",
        "One row each. Fill in the light yellow cells only; leave spare rows empty, and clear the name of what no longer exists.",
    ),
    # what is shown at a cell
    "template.prompt.steps": ("请从下拉列表中选择。", "Choose from the list."),
    "template.prompt.percent": ("直接键入百分比，如 47.5%。", "Type the percentage with its sign, such as 47.5%."),
    "template.prompt.ratio": ("键入比值，如 1:7，或小数。", "Type a ratio such as 1:7, or a decimal."),
    "template.prompt.whole": ("键入整数，单位：{unit}（不写单位）。", "Type a whole number in {unit}, without the unit."),
    "template.prompt.number": ("键入数值，单位：{unit}（不写单位）。", "Type a number in {unit}, without the unit."),
    "template.prompt.between": ("{low} 至 {high}。", "From {low} to {high}."),
    "template.prompt.from": ("不小于 {low}。", "At least {low}."),
    "template.prompt.to": ("不大于 {high}。", "At most {high}."),
    "template.prompt.reasons": ("没有数据可填 缺:未统计 等。", "If there is none, write absent:not_collected or the like."),
    "template.prompt.reason": ("没有数据时，从列表中选择原因。", "If there is no figure, choose why."),
    "template.prompt.register": ("填整数，或“全部列出”。", "Write a whole number, or 'complete'."),
    "template.prompt.day": ("填日期，如 2024-01-15。", "Write a date, such as 2024-01-15."),
    "template.prompt.in": ("选择所属{kind}。", "Choose the {kind} it is in."),
    "template.error.steps": ("请从下拉列表中选择一项，或留空。", "Choose one from the list, or leave the cell empty."),
    "template.error.number": ("这个格子不能这样填。{prompt}没有数据请留空。", "That does not fit here. {prompt} Leave the cell empty if there is no figure."),
    # instructions
    "template.help.title": ("填报说明", "How to fill in this workbook"),
    "template.help.fill": ("一、怎么填", "1. Filling in"),
    "template.help.cover.label": ("先填封面", "Cover first"),
    "template.help.cover": (
        "填报送日期、数据来源和各类对象总数。规划、版本、年度已经填好，不要改动。",
        "Enter the date of submission, the source, and how many subjects there are of each kind. Plan, version and year are filled in: leave them.",
    ),
    "template.help.root.label": ("再填“{root}”", "Then '{root}'"),
    "template.help.root": ("一行一个指标，按章节排列，数值填在“本年值”一列。", "One row a measure, by chapter; the figure goes into the column 'value'."),
    "template.help.number.label": ("数值", "Numbers"),
    "template.help.number": (
        "按“单位”列（或列标题方括号中的单位）填写，只写数，不写单位。单位是“万人”时，2800 人填 0.28。",
        "In the unit of the column 'unit' (or in the brackets of the heading), and without writing it: in 万人 (ten thousand people), 2,800 people are 0.28.",
    ),
    "template.help.percent.label": ("百分比和比值", "Percentages and ratios"),
    "template.help.percent": (
        "百分比键入 47.5%；比值键入 1:7，格子已设为文本，不会变成时间。",
        "Type a percentage as 47.5%. Type a ratio as 1:7; its cell holds text, so that it does not become a time of day.",
    ),
    "template.help.choice.label": ("等级、类别、是否", "Grades, kinds, yes or no"),
    "template.help.choice": ("从下拉列表中选择。", "Choose from the drop-down list."),
    "template.help.kind.label": ("然后填其余各表", "Then the other sheets"),
    "template.help.kind": ("一行一个对象，一列一个指标。", "One row a subject, one column a measure."),
    "template.help.names.label": ("名称", "Names"),
    "template.help.names": (
        "同一张表中名称不能重复，请与上年写法一致。新增的写在空白行；本年已不存在的，清空名称。",
        "No name twice on one sheet; write it as last year. New ones go into the blank rows; clear the name of what no longer exists.",
    ),
    "template.help.confirmed.label": ("异动确认", "Confirmed"),
    "template.help.confirmed": (
        "数值与上年相差很大、但确实无误时，在“异动确认”中写明原因。",
        "If a figure is far from last year's and right all the same, say why in 'confirmed'.",
    ),
    "template.help.evidence.label": ("佐证和备注", "Evidence and notes"),
    "template.help.evidence": ("佐证写明数据可在哪里核对，如“附件3”。备注随意。", "Evidence says where the figure can be verified, such as 'annex 3'. Notes are free."),
    "template.help.blank": ("二、空白是什么意思", "2. What an empty cell means"),
    "template.help.empty.label": ("空白", "Empty"),
    "template.help.empty": (
        "没有填，表示没有报：既不是零，也不算达标，有关承诺记为“无法判定”。",
        "Nothing was reported: neither zero nor a pass. What depends on it stays undetermined.",
    ),
    "template.help.zero.label": ("零", "Zero"),
    "template.help.zero": ("确实一个都没有时，填 0。", "If there truly are none, write 0."),
    "template.help.row.label": ("整行的原因", "Reason of a row"),
    "template.help.row": ("各类对象的表中，“缺报原因”适用于这一行所有空白格。", "On the sheets of subjects the reason holds for every empty cell of its row."),
    "template.help.cell.label": ("单个格子的原因", "Reason of a cell"),
    "template.help.cell": ("只有一格没有数据时，可直接在格中填 缺:未统计。", "If one cell only has no figure, write absent:not_collected into it."),
    "template.help.nothing.label": ("确认无可报内容", "Nothing to report"),
    "template.help.nothing": (
        "全年（或某一对象）确无可报内容时写明原因。这与没有报送不同。",
        "If there is nothing to report for the whole year, or for one subject, say why. That is not the same as not reporting.",
    ),
    "template.help.reasons": ("三、缺报原因", "3. Reasons for a missing figure"),
    "template.help.reason.late": ("数据有，但还没有拿到，以后补报。", "The figure exists, but has not come in yet; it will follow."),
    "template.help.reason.not_collected": ("没有统计这个数。", "Nobody counted it."),
    "template.help.reason.suppressed": ("有数据，但不能公开。", "The figure exists, but may not be disclosed."),
    "template.help.reason.not_applicable": ("对本单位（对象）没有意义。", "It means nothing for this unit or subject."),
    "template.help.colours": ("四、颜色", "4. Colours"),
    "template.help.colour.entry": ("在这里填写", "fill in here"),
    "template.help.colour.last": ("上年值，供对照，已锁定", "last year's figure, to compare with; locked"),
    "template.help.colour.text": ("预填内容，已锁定", "filled in for you; locked"),
    "template.help.colour.head": ("列标题，已锁定", "headings; locked"),
    "template.help.check": ("五、核查和报送", "5. Checking and handing in"),
    "template.help.command.label": ("核查", "Check"),
    "template.help.command": (
        "dabiao check {plan} 本文件.xlsx    （每个问题都会指出是哪张表、哪个格子）",
        "dabiao check {plan} THIS-FILE.xlsx    (every problem is named with its sheet and cell)",
    ),
    "template.help.fix.label": ("修改", "Mend"),
    "template.help.fix": ("按提示改正，直到没有错误，再报送本文件。文件名可以更改。", "Mend what it names until there are no errors, then hand in this file. The file may be renamed."),
    "template.help.structure.label": ("不要改动", "Leave as it is"),
    "template.help.structure": (
        "工作表名称、编号行和编号列供核查程序识别，请保留。列宽、行高、字体可以调整。",
        "Names of sheets and ids are how the check finds its way. Widths, heights and fonts may be changed.",
    ),
    # YAML skeleton
    "template.yaml.title": ("{title}（版本 {version}）{year} 年度报送表", "{title} (version {version}): report for {year}"),
    "template.yaml.help": (
        "填写：去掉一行开头的“# ”，在冒号后写数值和单位，并删去它上方写着“删去本行”的一行。\n"
        "不填的行保持不动：没有填表示没有报，不是零；确实为零请写 0。\n"
        "缺报原因：{{absent: late}} 迟报、not_collected 未统计、suppressed 保密、not_applicable 不适用。\n"
        "数值与上年相差很大但无误：{{value: 500 张, confirmed: 原因}}。",
        "To fill in: take the '# ' from the beginning of a line, write number and unit after the colon, and delete the line above that says so.\n"
        "Leave other lines alone: what is not filled in is not reported, which is not zero; write 0 for a true zero.\n"
        "A reason for a missing figure: {{absent: late}}, not_collected, suppressed or not_applicable.\n"
        "A figure that is far from last year's and right: {{value: 500 张, confirmed: why}}.",
    ),
    "template.yaml.submitted": ("报送日期，如 2024-01-15", "day of submission, such as 2024-01-15"),
    "template.yaml.source": ("数据来源", "where the figures come from"),
    "template.yaml.nothing": ("只有全年确无可报内容时才写，并说明原因", "only if there is nothing to report all year: why"),
    "template.yaml.registers": (
        "各类对象总数：整数；如已全部列出，写 complete",
        "how many there are of each kind: a whole number, or complete if all are listed",
    ),
    "template.yaml.delete": ("填写第一项时删去本行", "delete this line when you fill in the first one"),
    "template.yaml.last": ("，上年：{value}", "; last year: {value}"),
    "template.yaml.confirmed": ("（上年已确认：{why}）", " (last year confirmed: {why})"),
    "template.yaml.subjects": ("各类对象，一段一个；新增的照样复制一段", "the subjects, one block each; copy a block for a new one"),
    "template.yaml.csv": ("各 CSV 文件的列：编号、名称、单位、口径、条款。没有该类对象的，请删去其文件。",
                          "The columns of the CSV files: id, title, unit, definition, clause. Delete the file of a kind of which there is none."),
}  # fmt: skip
