"""Sentences of seek: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "seek.title": (
        "{plan} · {year} 年 · 未达标或滞后 {count} 项：最少要改变什么",
        "{plan} · {year} · {count} short or behind: the least that mends them",
    ),
    "seek.rule": (
        "每条做法都已代回报表重新判定，确能达标；少一个单位就不能。多条做法任选其一",
        "every way was put back into the sheet and judged: it is met, and with one unit less it is not; any one of several will do",
    ),
    "seek.finding": (
        "{title} · {subject}：{verdict}，实际 {actual}，应 {target}",
        "{title} · {subject}: {verdict}, actual {actual}, wanted {target}",
    ),
    "seek.change": ("做法", "change"),
    "seek.breaks": ("会因此未达标", "falls short instead"),
    "seek.more": (
        "{subject} {title} 增加 {amount}（{before} → {after}）",
        "{subject}, {title}: {amount} more ({before} → {after})",
    ),
    "seek.less": (
        "{subject} {title} 减少 {amount}（{before} → {after}）",
        "{subject}, {title}: {amount} less ({before} → {after})",
    ),
    "seek.step": ("{subject} {title}：{before} → {after}", "{subject}, {title}: {before} → {after}"),
    "seek.none-actionable": (
        "规划说明这些数值不由填报单位左右，仅列出算术上的可能",
        "the plan says that these figures cannot be acted on; this is only what arithmetic allows",
    ),
    "seek.others": (
        "另有 {count} 种算术上可行、但不可操作的做法未列",
        "{count} more that arithmetic allows, but nobody can act on, are left out",
    ),
    "seek.no-way": (
        "没有办法：改变已上报的任何一项数值都不足以达标",
        "no way: no change of the figures reported is enough",
    ),
    "seek.undetermined": (
        "另有 {count} 项因缺数据无法判定，先补报数据",
        "{count} more are undetermined for want of figures: report those first",
    ),
}
