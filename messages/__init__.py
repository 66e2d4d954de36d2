"""Every sentence the program says, in Chinese and English, from one catalogue: each module here holds a part of it."""

from __future__ import annotations

import locale
import os
import unicodedata
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

Lang = Literal["zh", "en"]

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))

CATALOGUE: dict[str, tuple[str, str]] = {
    code: words
    for module in iter_modules(__path__)
    for code, words in import_module(f"{__name__}.{module.name}").MESSAGES.items()
}


def default_lang() -> Lang:
    """Return the language of the user's locale: Chinese if it says so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def say(code: str, lang: str, **details: object) -> str:
    """Fill in one message of the catalogue."""
    zh, en = CATALOGUE[code]
    return (zh if lang == "zh" else en).format(**details)


def visible(text: str) -> str:
    """Write out what a terminal or a log would act on instead of showing: control characters, line ends, direction marks."""
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSEEN else char for char in text
    )
