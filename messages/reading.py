"""Sentences about files of facts: encodings, formats, tables, folders: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "reading.not-utf8": (
        "不是 UTF-8，已按 {found} 读取；请核对名称",
        "not UTF-8; read as {found}. Look at the names",
    ),
    "reading.encoding": (
        "既不是 UTF-8 也不是 GB18030 文本",
        "neither UTF-8 nor GB18030 text",
    ),
    "reading.parquet": ("不是 Parquet 文件，或已损坏", "not a Parquet file, or a damaged one"),
    "reading.column-type": (
        "“{found}”列的类型 {type} 不是数值或文本",
        "column '{found}' has the type {type}, which is neither number nor text",
    ),
    "reading.column": ("未知的列“{found}”，可用：{expected}", "unknown column '{found}'; known: {expected}"),
    "reading.column-twice": ("“{found}”列出现两次", "column '{found}' occurs twice"),
    "reading.two-measures": (
        "编号是 {measure}，名称“{found}”却是 {other}",
        "the id is {measure}, but the title '{found}' is that of {other}",
    ),
    "reading.two-tables": (
        "{found} 与 {other} 是同一类对象的两张表，只能留一张",
        "{found} and {other} are two tables of the same kind; keep one",
    ),
    "reading.lies": (
        "名称是 {expected}，内容却是 {found}；请另存为所需格式，或改正文件名",
        "named {expected}, but it is {found}; save it in a format that is read, or correct its name",
    ),
    "reading.alone": (
        "{found} 表不能单独报送：请放入含 {expected} 的文件夹",
        "a {found} table is no sheet by itself; put it into a folder with {expected}",
    ),
    "reading.progress": ("读取报表", "Reading sheets"),
}
