"""Sentences of `dabiao lint`: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
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
}
