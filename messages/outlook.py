"""Sentences about pace and outlook over several years: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "outlook.point": ("{year} 年 {value}", "{year}: {value}"),
    "outlook.then": ("，", ", "),
    "outlook.points": ("历年：{points}　{chart}", "by year: {points}  {chart}"),
    "outlook.linear": (
        "进度（线性，完成比例 / 时间比例）：{ratio}，{rating}",
        "pace (linear, share of the distance over share of the time): {ratio}, {rating}",
    ),
    "outlook.compound": (
        "进度（复合增长，实际年增速 / 所需年增速）：{ratio}，{rating}",
        "pace (compound, yearly growth over the growth required): {ratio}, {rating}",
    ),
    "outlook.reaches": (
        "展望：按近年平均变化推算，{year} 年为 {value}，能达到目标（{target}）",
        "outlook: at the mean yearly change so far it is {value} in {year}, which reaches the target ({target})",
    ),
    "outlook.misses": (
        "展望：按近年平均变化推算，{year} 年为 {value}，达不到目标（{target}）",
        "outlook: at the mean yearly change so far it is {value} in {year}, short of the target ({target})",
    ),
    "rating.achieved": ("已达到", "achieved"),
    "rating.on_track": ("进度正常", "on track"),
    "rating.acceleration_needed": ("有进展，需加快", "progress, but it has to be faster"),
    "rating.limited": ("进展有限", "limited progress"),
    "rating.deterioration": ("偏离目标", "moving away"),
    "rating.unable": ("无法评估", "cannot be assessed"),
}
