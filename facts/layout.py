"""How facts are laid out in workbooks and tables: what the template writes and the reader looks for, in both languages.

A workbook has a cover, one sheet for the root subject, and one for each kind of subject below it.

- The **cover** has a label and, in the next cell to the right, its value: `COVER`, and one line a kind of subject with the
  size of its register (`REGISTER`).
- The **root sheet** is a list: one row a measure, with the columns `LIST`. It is named after the root kind. Rows above the
  titles are free text; a row in which only `chapter` is filled is a heading.
- A **kind's sheet** is a register: one row a subject, a column `name`, a column `in` where the kind is not directly under the
  root, one column a measure, and the columns `ROW`, which speak of the whole row: `reason` holds for each of its empty cells.
  Above the titles stands a row of ids (a measure's id, `LAST` + id for last year's figure, or the key of a column), and above
  that free text: a banner, definitions, clauses. A title gives the unit in brackets: 床位 [张].
- Sheets are named by the title of their kind, or its id. The last row of headings is the one right above the data.
- `LISTS_SHEET` is hidden and holds what the drop-downs offer; it says nothing.
- `FINDINGS_SHEET` is what a returned workbook is given: what was found in it. It says nothing when it is submitted again.
"""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATE = "1"  # version of this layout; a workbook that says another one is refused by name

Words = tuple[str, str]  # Chinese, English

COVER_SHEET: Words = ("封面", "Cover")
HELP_SHEET: Words = ("填报说明", "Instructions")
LISTS_SHEET: Words = ("选项", "Lists")
FINDINGS_SHEET: Words = ("核查结果", "Findings")
LAST = "last:"
LAST_TITLE: Words = ("{title}（上年）", "{title} (last year)")  # title of such a column on a kind's sheet
ANY_REASON: Words = ("缺报原因", "reason if missing")

COVER: Mapping[str, Words] = {
    "plan": ("规划", "plan"),
    "version": ("规划版本", "plan version"),
    "template": ("表式版本", "template version"),
    "year": ("年度", "year"),
    "subject": ("报送单位", "reporting unit"),
    "submitted": ("报送日期", "date of submission"),
    "source": ("数据来源", "source"),
    "nothing": ("确认无可报内容（说明）", "confirmed: nothing to report (why)"),
    "synthetic": ("虚构数据", "made-up figures"),
}
REGISTER: Words = ("{kind}总数", "number of: {kind}")  # a whole number, or 全部列出 / complete
COMPLETE: Words = ("全部列出", "complete")

LIST: Mapping[str, Words] = {
    "chapter": ("章节", "chapter"),
    "id": ("编号", "id"),
    "title": ("指标", "measure"),
    "unit": ("单位", "unit"),
    "definition": ("口径", "definition"),
    "clause": ("规划条款", "clause"),
    "last": ("上年值", "last year"),
    "value": ("本年值", "value"),
    "reason": ANY_REASON,
    "confirmed": ("异动确认（说明）", "confirmed (why)"),
    "evidence": ("佐证", "evidence"),
    "note": ("备注", "note"),
}
NAME: Words = ("名称", "name")
IN: Words = ("所属", "in")
ROW: Mapping[str, Words] = {
    "reason": ANY_REASON,
    "nothing": ("确认无可报内容（说明）", "confirmed: nothing to report (why)"),
    "confirmed": LIST["confirmed"],
    "evidence": LIST["evidence"],
    "note": LIST["note"],
}
REASONS: Mapping[str, Words] = {
    "late": ("迟报", "late"),
    "not_collected": ("未统计", "not collected"),
    "suppressed": ("保密", "suppressed"),
    "not_applicable": ("不适用", "not applicable"),
}
