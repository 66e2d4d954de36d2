"""All texts of the program: one JSON file per language (`zh.json`, `en.json`), with a table of codes and texts per topic.

To add a language, add its file. The tests require the same codes with the same placeholders in every language.
"""

from __future__ import annotations

import json
import locale
import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

_FOLDER = Path(__file__).parent
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_NO_CHARACTERS = "\ufffe\uffff"  # which XML cannot hold either

Lang = str
LANGS: tuple[Lang, ...] = tuple(sorted((file.stem for file in _FOLDER.glob("*.json")), reverse=True))
FALLBACK: Lang = "en"


class _Forms(Formatter):
    """Fills in texts with singular and plural forms."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return the form of a number where the text has two, else the value."""
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if str(value) == "1" else many
        return format(value, format_spec)


_FORMS = _Forms()
_QUOTED = re.compile(r"“{(\w+)}”")
_INNER = str.maketrans("“”‘’", "‘’“”")


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """Return the texts of one language by code. Raises `KeyError` for a language that has no file."""
    if lang not in LANGS:
        raise KeyError(lang)
    topics = json.loads((_FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return {code: text for topic in topics.values() for code, text in topic.items()}


def default_lang() -> Lang:
    """Return the language of the user's locale if there is a file for it, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return _find_language(value)
    return _find_language(locale.getlocale()[0] or "")


def _find_language(name: str) -> Lang:
    """Return the language of a locale such as `zh_CN.UTF-8`, or of Windows' `Chinese (Simplified)_China.936`."""
    folded = name.lower()
    return next((lang for lang in LANGS if folded.startswith((lang, say("language.windows", lang)))), FALLBACK)


def say(code: str, lang: Lang, **details: object) -> str:
    """Fill in one message of the catalogue. `{count:finding|findings}` is the first form for one, the second for others."""
    text = catalogue(lang)[code]
    for name in _QUOTED.findall(text):
        details[name] = _quote_inside(details[name])
    return _FORMS.format(text, **details) if "|" in text else text.format(**details)


def _quote_inside(part: object) -> object:
    """Return a part of a message as it stands in quotation marks: its own become those of a quotation within one."""
    if not isinstance(part, str) or "“" not in part or part.count("“") != part.count("”"):
        return part
    return part.translate(_INNER)


def words(code: str, lang: Lang) -> tuple[str, ...]:
    """Return the words of a text, which separates them by "|": the first is written, all of them are accepted when read."""
    return tuple(catalogue(lang)[code].split("|"))


@cache
def all_words(code: str) -> tuple[str, ...]:
    """Return the words of a code in all languages, each once: a sheet in one language is read under any other."""
    return tuple(dict.fromkeys(word for lang in LANGS for word in words(code, lang)))


def any_pattern(code: str) -> str:
    """Return a regular expression that matches what the patterns of any language match."""
    return "|".join(catalogue(lang)[code] for lang in LANGS)


def join_list(parts: Iterable[str], lang: Lang, sort: str = "items") -> str:
    """Join texts with the language's separator; `sort` is one of items, phrases, clauses and sentences."""
    return say(f"list.{sort}", lang).join(parts)


def bracket(text: str, lang: Lang) -> str:
    """Put a text in the language's brackets, with a space before them where the language has one."""
    return say("bracket", lang, text=text)


def visible(text: str) -> str:
    """Escape what a terminal or a log would interpret: control characters, line ends, direction marks, what is no character."""
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in _UNSEEN or char in _NO_CHARACTERS
        else char
        for char in text
    )
