"""Sentences about limits: code to Chinese and English. `limit` is the name that `--limit` takes."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "unknown-limit": (
        "没有名为 {found} 的上限；应为 {expected} 之一",
        "there is no limit {found}; expected one of {expected}",
    ),
    "bad-limit": (
        "“{found}”不是上限；写法如 file=64MiB、rows=2000000",
        "'{found}' is not a limit; write file=64MiB or rows=2000000",
    ),
    "over-limit": (
        "{what} {found}，上限 {most}；可用 --limit {limit}=… 调整",
        "{what} {found}; the limit is {most}, and --limit {limit}=... sets it",
    ),
}
