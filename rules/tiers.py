"""The tier of a commitment: what sort of promise it is, told by what it looks at and by the verb of its phrase."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dabiao.rules.algebra import Leaf
from dabiao.rules.model import Commitment, Measure
from dabiao.rules.triggers import carries_figures
from dabiao.rules.walks import variables
from dabiao.rules.written import Cite, Tier

IMPROVING = (
    "完善", "健全", "加强", "强化", "优化", "深化", "发挥", "巩固", "提升", "提高", "推进", "推动", "落实", "鼓励", "支持",
    "引导", "加大", "促进", "改善", "改进", "规范", "增强", "做好", "坚持", "注重", "贯彻", "倡导", "激发", "拓展", "丰富",
    "弘扬", "营造", "保障", "抓好",
)  # fmt: skip
"""Verbs of improving or strengthening: what they name existed before, and its mere existence proves nothing."""

MAKING = (
    "建立", "制定", "制订", "修订", "出台", "印发", "编制", "颁布", "建成", "新建", "改建", "扩建", "创建", "组建", "筹建",
    "成立", "设立", "开设", "开通", "上线", "搭建", "发布", "举办", "签订", "打造", "形成",
)  # fmt: skip
"""Verbs of making a named thing: somebody can ask to see it."""

MANNERS = (
    "进一步", "继续", "不断", "持续", "全面", "积极", "大力", "切实", "有效", "逐步", "稳步", "着力", "深入", "加快", "努力",
    "充分", "扎实", "严格", "认真", "依法", "协同", "统筹", "统一", "重点", "全力", "有序", "及时", "着重", "确保", "要",
    "将", "须",
)  # fmt: skip
"""Words of manner that may stand before the verb."""

_LEADING = re.compile(rf"(?:{'|'.join(MANNERS)}|[\s“”‘’\"'、，,·（）()]|地)*(?:{'|'.join(IMPROVING)})")
_MAKING = re.compile("|".join(MAKING))
_ROW = re.compile(r"表|行\d")


def derive_tier(c: Commitment, root: str, measures: Mapping[tuple[str, str], Measure]) -> Tier:
    """Return the tier of a commitment whose plan does not say it; `root` is the kind that sheets are about.

    indicator: a number of the root kind (an amount, a count, a share) with a target or stages whose figure the document
    gives: in the phrase, or as a row of a table. 全覆盖, 应保尽保 and 一批 give none.
    effort: a clause that nobody can compute; and a step of a ladder or a yes of the root kind (or a condition on nothing else)
    whose cited phrase leads with a verb of improving, words of manner aside, and has no verb of making.
    task: everything else. What is judged subject by subject, a direction without a number, what is owed once something has
    happened, an event, and a named product.
    """
    if c.manual:
        return "effort"
    if c.kind != root or c.direction or (c.due and c.due.kind == "after"):
        return "task"
    if c.value is not None and not c.value.steps:
        return "indicator" if _has_figure(c.cite) else "task"
    looked_at = variables(*c.forms())
    stands = all(isinstance(one, Leaf) and measures[one.kind, one.measure].steps for one in looked_at)
    return "effort" if stands and _only_improves(c.cite.phrase) else "task"


def _has_figure(cite: Cite) -> bool:
    """Whether the document itself gives a figure: in the phrase, or in a row of a table."""
    return carries_figures(cite.phrase) or _ROW.search(cite.section) is not None


def _only_improves(phrase: str) -> bool:
    return bool(_LEADING.match(phrase)) and not _MAKING.search(phrase)
