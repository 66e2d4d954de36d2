"""Units with exact rational factors: defined in `units.txt`, parsed by Pint, and stored as a table in `units.json`."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from dabiao.base.problems import nearest

Dimension = tuple[tuple[str, int], ...]

SCALES = {
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
_FOLDER = Path(__file__).parent
_SIGNS = {"%": "percent", "‰": "permille"}
_NAMED = {name: sign for sign, name in _SIGNS.items()}
_MEANT = {  # words that people write, which are no units
    "张": ("床", "床位"),
    "人": ("people", "人员", "人数"),
    "平方米": ("squaremetre", "squaremetres", "squaremeter", "squaremeters", "sqm", "平方"),
    "米": ("m", "metres", "meters"),
    "公里": ("km",),
    "元": ("rmb", "人民币", "块钱"),
    "小时": ("h", "hr", "hrs", "钟头"),
    "分钟": ("min", "mins"),
    "秒": ("s", "sec", "secs"),
}
_WHOLE = re.compile(r"\[(\w+)\].*# whole$")
_UNIT = re.compile(r"[^\W\d][\w²]*([*/·][^\W\d][\w²]*)*")


class UnknownUnit(ValueError):  # noqa: N818
    """A text that names no unit; `nearest` is the closest known one."""

    def __init__(self, text: str, close: str) -> None:
        super().__init__(text)
        self.nearest = close


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as written, its exact factor to the base unit of its dimension, and that dimension.

    `made` marks the unit of a quotient that nobody wrote: 万个/万人 for 万个 divided by 万人.
    """

    symbol: str
    factor: Fraction
    dimension: Dimension
    made: bool = field(default=False, compare=False)

    @property
    def is_percentage(self) -> bool:
        """Whether a bare number would be ambiguous: 0.8 or 80."""
        return self.symbol in _SIGNS

    @property
    def is_points(self) -> bool:
        """Whether it is the unit of a difference between percentages."""
        return not self.dimension and ("百分点" in self.symbol or self.symbol == "pp")

    @property
    def is_scaled(self) -> bool:
        """Whether a scale word is part of it, as in 万人, so that a bare number would be ambiguous."""
        return self.symbol[:1] in SCALES and bool(self.dimension) and self.factor >= 100

    @property
    def counts_wholes(self) -> bool:
        """Whether it counts indivisible things: beds, homes, people."""
        return len(self.dimension) == 1 and self.dimension[0] in {(name, 1) for name in _load_tables()["whole"]}


PLAIN = Unit("", Fraction(1), ())
PERCENT = Unit("%", Fraction(1, 100), ())
ONE_TO = Unit("1:n", Fraction(1), ())
"""Unit of a ratio written as 1:4, and shown that way."""


@lru_cache(4096)
def parse_unit(text: str) -> Unit:
    """Return the unit a text names, such as 张, 万人, 张/千人 or %.

    Raises `UnknownUnit` with the nearest known name.
    """
    symbol = unicodedata.normalize("NFKC", text).strip().replace("每", "/") if text else ""
    symbol = _NAMED.get(symbol, symbol)
    if symbol in _SIGNS:
        return Unit(symbol, Fraction(1, 100 if symbol == "%" else 1000), ())
    if not _UNIT.fullmatch(symbol):
        raise UnknownUnit(text, _suggest(symbol))
    factor, powers = Fraction(1), dict[str, int]()
    over, _, under = symbol.partition("/")  # 元/人·月 means yuan per person and month
    parts = [(part, 1) for part in re.split("[·*]", over)] + [(part, -1) for part in re.split("[·*/]", under) if part]
    for part, sign in parts:
        if part not in _load_units():
            raise UnknownUnit(text, _suggest(symbol))
        single, dimension = _load_units()[part]
        factor *= single**sign
        for name, power in dimension.items():
            powers[name] = powers.get(name, 0) + sign * power
    return Unit(symbol, factor, tuple(sorted((name, power) for name, power in powers.items() if power)))


def _suggest(symbol: str) -> str:
    """Return the unit that a word is likely to mean: the unit of what it names, else the name most like it."""
    word = symbol.casefold().replace(" ", "")
    return next((unit for unit, words in _MEANT.items() if word in words), "") or nearest(symbol, known_units())


def dimension_text(dimension: Dimension) -> str:
    """Write a dimension by its base units: 元·人, 张/人; empty for a plain number."""
    base: dict[str, str] = {}
    for name, (factor, powers) in _load_units().items():
        if factor == 1 and len(powers) == 1:
            base.setdefault(next(iter(powers)), name)
    over, under = ("·".join(base[n] for n, p in dimension for _ in range(sign * p)) for sign in (1, -1))
    return f"{over or ('1' if under else '')}{'/' if under else ''}{under}"


@cache
def _load_tables() -> dict[str, Any]:
    """Return the content of `units.json`: the names of whole units, and every unit with its factor and dimension."""
    tables: dict[str, Any] = json.loads((_FOLDER / "units.json").read_text(encoding="utf-8"))
    return tables


@cache
def _load_units() -> dict[str, tuple[Fraction, dict[str, int]]]:
    """Return the factor and the dimension of every unit by name."""
    return {name: (Fraction(factor), dimension) for name, (factor, dimension) in _load_tables()["units"].items()}


def make_units_table() -> str:
    """Return the table of units in `units.txt` as Pint parses it. It is committed as `units.json`: no run waits for Pint."""
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry(None, non_int_type=Fraction)
    written = (_FOLDER / "units.txt").read_text(encoding="utf-8").splitlines()
    whole = [found[1] for line in written if (found := _WHOLE.search(line))]
    lines = [line for text in written if (line := text.partition("#")[0].strip())]
    registry.load_definitions(lines)
    base = [name for line in lines if "=" in line and "- =" not in line for name in _read_names(line)]
    scales = [line.split("-")[0] for line in lines if "- =" in line]
    table = {}
    for name in [*base, *(scale + name for name in base if not name.isascii() for scale in scales)]:
        parsed = registry.parse_units(name)
        factor, _ = registry.get_base_units(parsed)
        powers = {part.strip("[]"): int(str(power)) for part, power in parsed.dimensionality.items()}
        table[name] = [str(Fraction(str(factor))), powers]
    return json.dumps({"whole": whole, "units": table}, ensure_ascii=False, indent=0) + "\n"


def _read_names(line: str) -> list[str]:
    """Return the name and the aliases that one line of `units.txt` defines."""
    name, _, *aliases = (part.strip() for part in line.split("="))
    return [name, *(alias for alias in aliases if alias != "_")]


@cache
def known_units() -> tuple[str, ...]:
    """Return the names of all units, for suggestions in messages."""
    return (*_load_units(), *_SIGNS)
