"""Says what is wrong with a text that is no YAML, or not the YAML that was meant, in the words of the catalogue."""

from __future__ import annotations

import re

import yaml
from dabiao.base.names import describe_sign
from dabiao.base.problems import Location, Problem, Term

_SHOWN = 60
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD_SPACE = r"[^\S \t\r\n]"  # a no-break or a full-width one, which YAML takes for a letter
_JOINED = re.compile(rf"[^\s:：]+?\s*(：|:)(?![:：])(?=\S|$|({_ODD_SPACE}))")
_SPACED = re.compile(rf"^\s*(?:[^\s:#\"'：-][^:#\"'：]*(?P<colon>:)|(?P<dash>-)){_ODD_SPACE}")
_PLAIN = {"：": ":", "，": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "｛": "{", "｝": "}", "［": "[", "］": "]"}
_WIDE = re.compile(
    r"""^[\s-]*[^\s:#"'：]+?\s*(?P<sign>：)|[{\[,，][^:"',，：}]*(?P<other>：)"""
    r"""|:\s*(?P<start>[“‘｛［])|[{\[][^}\]"]*(?P<comma>，)"""
)
_DASH = re.compile(r"^\s*(-[^\s\d.-][^:]*:)(?:\s|$)")  # an item whose dash has no space behind it
_REASONS = (  # what libyaml and PyYAML say, each in its words
    ("could not find expected ':'", "yaml.no-colon"),
    ("mapping values are not allowed", "yaml.second-colon"),
    ("unexpected ':'", "yaml.second-colon"),
    ("expected ',' or", "yaml.no-end"),
    ("a tab character", "yaml.tab"),
    ("scanning a block scalar", "yaml.bad-start"),
    ("scanning a directive", "yaml.bad-start"),
    ("scanning an a", "yaml.bad-start"),  # an anchor or an alias
    ("a tag", "yaml.bad-start"),
    ("cannot start any token", "yaml.bad-start"),
    ("node content", "yaml.bad-start"),
    ("entries are not allowed", "yaml.list-here"),
    ("expected key", "yaml.indent"),
    ("expected '-' indicator", "yaml.indent"),
    ("expected <block end>", "yaml.indent"),
    ("expected '<document start>'", "yaml.behind-end"),
    ("did not find expected <document start>", "yaml.behind-end"),
    ("unexpected end of stream", "yaml.open-quote"),
    ("escape", "yaml.escape"),
    ("hexdecimal", "yaml.escape"),
)
_BEGUN = ("simple key", "quoted scalar", "block scalar", "directive", "an alias", "an anchor", "a tag")
"""What the parser names with the place where it began, which says more than the one where it became impossible."""


def find_syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem of a text that the parser gave up, at the place where its cause begins if that is known."""
    said = f"{error.problem or ''} {error.context or ''}"
    code = next((code for part, code in _REASONS if part in said), "yaml.other")
    mark = error.context_mark if said.endswith(_BEGUN) else error.problem_mark
    at = error.problem_mark
    begun = error.context_mark
    if code == "yaml.no-end" and at and begun and at.line == begun.line and text[at.index : at.index + 1] == ":":
        code = "yaml.second-colon"
    mark = mark or error.problem_mark or error.context_mark
    if mark is None:
        return Problem("yaml-syntax", Location(file), {"reason": Term("yaml.other")})
    if wide := _find_wide_sign(text, file, (error.problem_mark or mark).line):
        return wide
    if at and (dash := _DASH.match(text.splitlines()[at.line : at.line + 1][0] if at.index < len(text) else "")):
        return Problem("yaml-dash", Location(file, at.line + 1, dash.start(1) + 1), {"found": dash[1][:_SHOWN]})
    reason = Term(code, {"found": text[mark.index :][:1].strip() or "⏎"})
    return Problem("yaml-syntax", Location(file, mark.line + 1, mark.column + 1), {"reason": reason})


def _find_wide_sign(text: str, file: str, last: int) -> Problem | None:
    """Return the problem of a full-width sign that stands where YAML needs a plain one, up to the line where it stopped."""
    lines = text.splitlines()[: last + 1]
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].split(" #")[0]
        if found := _WIDE.search(line):
            name = found.lastgroup or ""
            at, sign = found.start(name), found[name]
            details = {"line": number + 1, "found": sign, "expected": _PLAIN[sign]}
            return Problem("yaml-wide-sign", Location(file, number + 1, at + 1), details)
        if found := _SPACED.match(line):
            at = found.end() - 1
            return _note_space(found[found.lastgroup or 0], line[at], Location(file, number + 1, at + 1))
        indent = line[: len(line) - len(line.lstrip())]
        if odd := indent.replace(" ", "")[:1]:
            code = "yaml-tab" if odd == "\t" else "yaml-wide-space"
            return Problem(code, Location(file, number + 1, indent.index(odd) + 1), {"line": number + 1})
        if number < last and line.strip() and not line.startswith((" ", "-", "\t")):
            break  # another key of the file: what stands above it was read
    return None


def find_bad_character(text: str, file: str) -> Problem:
    """Return the problem of a character that YAML does not allow, with its location, which the parser does not give."""
    if sign := _NOT_YAML.search(text):
        start = text.rfind("\n", 0, sign.start()) + 1
        location = Location(file, text.count("\n", 0, sign.start()) + 1, sign.start() - start + 1)
        found = text[start : sign.end()].strip()[-_SHOWN:]
        return Problem("hidden-mark", location, {"found": found, "mark": describe_sign(sign[0])})
    return Problem("yaml-syntax", Location(file, 1), {"reason": Term("yaml.other")})


def _note_space(sign: str, space: str, location: Location) -> Problem:
    details = {"line": location.line, "found": sign, "mark": describe_sign(space)}
    return Problem("yaml-odd-space", location, details)


def find_slip(text: str, location: Location, *, spread: bool = False) -> tuple[Problem, int] | None:
    """Return what is wrong with a text that was meant to be a key with its value, and where its colon is.

    The colon is a full-width one, or has no space behind it, or one that YAML takes for a letter. Of a text over several
    lines only the beginning has a place.
    """
    if not (slip := _JOINED.match(text)):
        return None
    if slip[2] and not spread:
        return _note_space(":", slip[2], location.shifted(slip.end())), slip.start(1)
    if slip[1] == ":":
        return Problem("yaml-no-space", location, {"found": text[:_SHOWN]}), slip.start(1)
    place = location if spread else location.shifted(slip.start(1))
    return Problem("yaml-wide-sign", place, {"line": location.line, "found": slip[1], "expected": ":"}), slip.start(1)
