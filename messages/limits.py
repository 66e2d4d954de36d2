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
    "limit-too-high": ("“{found}”太高，最多 {most}", "'{found}' is too high; at most {most}"),
    "over-limit": (
        "{what} {found}，上限 {most}；可用 --limit {limit}=… 调整",
        "{what} {found}; the limit is {most}, and --limit {limit}=... sets it",
    ),
    "limit.file": ("文件字节数", "bytes in the file:"),
    "limit.register": ("文件字节数", "bytes in the file:"),
    "limit.unpacked": ("解压后字节数", "bytes when unpacked:"),
    "limit.members": ("压缩包内文件数", "files in the archive:"),
    "limit.depth": ("嵌套层数", "levels of nesting:"),
    "limit.text": ("文本字数", "characters in one text:"),
    "limit.name": ("名称字数", "characters in a name:"),
    "limit.rows": ("行数", "rows:"),
    "limit.columns": ("列数", "columns:"),
    "limit.cells": ("单元格（值）个数", "cells or values:"),
    "limit.problems": ("问题个数", "problems:"),
    "more-problems": (
        "另有 {found} 个问题未列出；可用 --limit {limit}=… 调整",
        "and {found} more problems; --limit {limit}=... sets how many are told",
    ),
    # names and marks
    "hidden-mark": (
        "“{found}”中有看不见的控制符 {mark}，请删去",
        "'{found}' has a hidden mark, {mark}; remove it",
    ),
    "near-duplicate": (
        "“{found}”与“{other}”（{first}）看起来是同一名称，只差全角半角、空格或不可见字符",
        "'{found}' looks the same as '{other}' at {first}: they differ in width, spaces or invisible marks only",
    ),
    "bad-year": ("年份 {found} 不是公历年份（1 至 9999）", "{found} is not a year of the calendar (1 to 9999)"),
    # files and archives
    "no-memory": ("内存不足，无法读取", "cannot be read: there is not enough memory"),
    "not-a-file": ("是{what}，不是普通文件", "{what}, not a file"),
    "kind.folder": ("文件夹", "a folder"),
    "kind.pipe": ("管道", "a pipe"),
    "kind.device": ("设备", "a device"),
    "kind.socket": ("套接字", "a socket"),
    "bad-archive": ("不是完好的 ZIP 压缩包：{reason}", "not a sound ZIP archive: {reason}"),
    "archive-path": (
        "压缩包内的文件名“{found}”指向包外，不予接受",
        "the archive names '{found}', which leads out of it",
    ),
    "archive-twice": ("压缩包内有两个文件都叫“{found}”", "the archive has two files named '{found}'"),
    "archive-overlap": ("压缩包内的文件“{found}”与另一文件重叠", "file '{found}' of the archive overlaps another"),
    "archive-locked": ("压缩包内的文件“{found}”已加密", "file '{found}' of the archive is encrypted"),
    "archive-damaged": ("压缩包内的文件“{found}”已损坏", "file '{found}' of the archive is damaged"),
    "xml-entity": (
        "“{found}”含 DOCTYPE 或实体声明，不予接受",
        "'{found}' declares a document type or entities, which is not accepted",
    ),
}
