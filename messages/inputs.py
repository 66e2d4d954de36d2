"""Sentences of files, of YAML and of its keys: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "nearest": ("；是否指“{nearest}”？", "; did you mean '{nearest}'?"),
    "warning-prefix": ("警告：", "warning: "),
    # files
    "unreadable": ("无法读取：{reason}", "cannot be read: {reason}"),
    "too-large": ("文件 {found} 字节，上限 {limit} 字节", "the file has {found} bytes; the limit is {limit}"),
    "empty-file": ("文件是空的", "the file is empty"),
    "not-utf8": ("不是 UTF-8 文本", "not UTF-8 text"),
    "binary-file": ("是二进制文件，不是文本", "a binary file, not text"),
    "yaml-syntax": ("YAML 语法错误：{reason}", "YAML syntax: {reason}"),
    "yaml-alias": ("不接受 YAML 锚点和别名", "YAML anchors and aliases are not accepted"),
    "yaml-tag": ("不接受 YAML 标签 {found}", "YAML tag {found} is not accepted"),
    "several-documents": ("一个文件只能有一个 YAML 文档", "only one YAML document is expected in a file"),
    "too-deep": ("嵌套超过 {limit} 层", "nested deeper than {limit} levels"),
    "text-too-long": ("文本 {found} 字，上限 {limit} 字", "a text of {found} characters; the limit is {limit}"),
    "key-not-text": ("键必须是文本", "a key must be a text"),
    "duplicate-key": ("键“{found}”重复，第一次在第 {first} 行", "duplicate key '{found}', first in line {first}"),
    # shape of a plan
    "unknown-key": ("未知的键“{found}”，可用：{expected}", "unknown key '{found}'; known: {expected}"),
    "missing-key": ("缺少键“{expected}”", "key '{expected}' is missing"),
    "null-value": ("键“{found}”没有值", "key '{found}' has no value"),
    "unknown-choice": ("“{found}”不在可选值中：{expected}", "'{found}' is not one of: {expected}"),
    "expected-mapping": (
        "此处应为键值对（{expected}），实为 {found}",
        "expected a mapping ({expected}), found {found}",
    ),
    "expected-string": ("此处应为文本，实为 {found}", "expected a text, found {found}"),
    "expected-text": (
        "此处应为 {{zh: 中文, en: English}}，实为 {found}",
        "expected {{zh: ..., en: ...}}, found {found}",
    ),
    "expected-integer": ("此处应为整数，实为 {found}", "expected a whole number, found {found}"),
    "expected-boolean": ("此处应为 true 或 false，实为 {found}", "expected true or false, found {found}"),
    "expected-date": ("此处应为日期（YYYY-MM-DD），实为 {found}", "expected a date (YYYY-MM-DD), found {found}"),
    "expected-expression": (
        "此处应为表达式或数值，实为 {found}",
        "expected an expression or a quantity, found {found}",
    ),
    "bad-identifier": (
        "“{found}”不能作名称：小写英文字母开头，只用小写字母、数字和连接号",
        "'{found}' is no name: start with a lower-case letter; use lower-case letters, digits and one joining sign",
    ),
    "bad-register": (
        "名册应为总数、名单或 reported，实为 {found}",
        "a register is a number, a list of names, or 'reported'; found {found}",
    ),
    "bad-due": (
        "时限应为年份、every_year、throughout 或 {{after: 条件}}，实为 {found}",
        "due is a year, every_year, throughout or {{after: condition}}; found {found}",
    ),
}
