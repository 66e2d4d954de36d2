"""Reads one reported text as an exact value of its measure in base units, or notes a problem."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from dabiao.base.messages import all_words
from dabiao.base.names import find_hidden_mark
from dabiao.base.problems import Location, Problems, Term, nearest
from dabiao.base.quantities import (
    MAX_DIGITS,
    BadNumber,
    LongNumber,
    Quantity,
    decimal_text,
    normalise,
    parse_quantity,
    range_text,
    split_mark,
)
from dabiao.base.units import ONE_TO, PLAIN, Unit, UnknownUnit
from dabiao.facts.layout import REASONS
from dabiao.facts.model import ABSENT, Absent
from dabiao.rules.model import Measure

Percentages = Literal["percent", "fraction"]

YES_NO_WORDS = {
    normalise(word).casefold(): answer
    for answer, code in enumerate(("words.no", "words.yes"))
    for word in all_words(code)
}
_ANSWERS = frozenset(("y", "n", "√", "✓", "×", *YES_NO_WORDS))
_ABSENT_WORDS: dict[str, Absent] = {normalise(word): reason for reason in ABSENT for word in (reason, *REASONS[reason])}
_ABSENT = tuple(f"{normalise(word)}:" for word in all_words("words.absent"))
_BLANK_WORDS = "|".join(re.escape(normalise(word)) for word in all_words("words.blank"))
_NO_NAMES = ("0", *all_words("words.blank"), *_ABSENT_WORDS)
NO_NAMES = frozenset(way(word) for word in _NO_NAMES for way in (str, str.lower, str.upper, str.title))
"""Words without unusual characters that name nothing, as they are written."""
_SEVERAL = re.compile(r"\d\s*[-—–~～至]\s*\d|左右|上下|约|多\s*\w?$|余\s*\w?$")  # a range, or a rough number
_SHOWN = 60
_ONE_PERCENT = Fraction(1, 100)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"\d{{4}}([-/.年])\d{{1,2}}([-/.月]\d{{1,2}}日?([T日]?\d.*)?|月)|\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}-({_MONTHS})|({_MONTHS})-\d{{2}}",
    re.IGNORECASE,
)
CONVERTED = (
    r"^\s*(?:[0-9]{4}(?:[-/.][0-9]{1,2}[-/.][0-9]{1,2}|年[0-9]{1,2}月(?:[0-9]{1,2}日)?)(?:[T ]?[0-9]{1,2}:[0-9]{2}[0-9:.]*)?"
    rf"|[0-9]{{1,2}}月[0-9]{{1,2}}日|(?i:[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{2}})"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9](?:\.[0-9]+)?[Ee][+-]?[0-9]+)\s*$"
)
"""A pattern of what spreadsheet programs make of names such as 3-1, SEPT1 and 1E5: dates, times, and numbers with exponents."""
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)
_REMARKED = re.compile(r"[-+]?\d[\d,.]*[^\d(\[,;。、:]{0,6}[(,;。、:].*[^\W\d_]{2}.*")  # a number, and words behind it
_WRAPPED = re.compile(r'=\s*"((?:[^"]|"")*)"')
_BLANK = re.compile(rf"[-—―─_~.·。/\\|*?×]+|[(（]?({_BLANK_WORDS})[)）]?", re.IGNORECASE)


def holds_figure(text: str) -> bool:
    """Whether a text may be reported data: one with a digit, or a yes or no."""
    flat = normalise(text).casefold()
    return flat in _ANSWERS or any(sign.isdigit() for sign in flat)


def is_blank_mark(text: str) -> bool:
    """Whether a text marks a missing figure without a valid reason: — / 无 暂无 N/A … Such a mark is not a zero."""
    flat = normalise(text)
    return bool(_BLANK.fullmatch(flat)) or flat in _ABSENT_WORDS


def is_no_name(text: str) -> bool:
    """Whether a text that stands for a name names nothing: a blank mark, an error value, the 0 of an empty cell."""
    flat = normalise(text)
    return flat == "0" or is_blank_mark(text) or bool(_ERROR.fullmatch(flat))


def absent_reason(text: str) -> Absent | None:
    """Return the reason a text gives for a missing figure (absent:late, 缺:未统计), or None if it gives none."""
    flat = normalise(text)
    for prefix in _ABSENT:
        if flat.startswith(prefix):
            return _ABSENT_WORDS.get(flat.removeprefix(prefix))
    return None


def unwrap(text: str) -> str:
    """Return the text in ="…", which keeps spreadsheet programs from turning 001 into 1; any other text as it is."""
    found = _WRAPPED.fullmatch(text) if text[:1] == "=" else None
    return found[1].replace('""', '"').strip() if found else text


def note_wrapped(text: str, location: Location, problems: Problems, *, is_name: bool = False) -> str:
    """Return what `unwrap` does, with a warning if that is another text. A name may not be another formula."""
    if text[:1] != "=":
        return text
    if (plain := unwrap(text)) != text:
        problems.warn("wrapped-text", location, found=text, read=plain)
    elif is_name:
        problems.add("formula-name", location, found=text)
    return plain


def note_hidden_mark(text: str, location: Location, problems: Problems) -> bool:
    """Note an invisible mark of a text, which keeps it from being what it looks like; returns whether there is one."""
    if sign := find_hidden_mark(text):
        problems.add("hidden-mark", location, found=text[:_SHOWN], mark=sign)
    return bool(sign)


def read_value(
    text: str,
    measure: Measure,
    location: Location,
    problems: Problems,
    percentages: Percentages | None = None,
    column_unit: Unit | None = None,
) -> Fraction | None:
    """Return the exact value a text reports for a measure, in base units, or None after noting what is wrong.

    `percentages` says what a bare number means for a percentage; `column_unit` is the unit in a table's header.
    A footnote mark behind the value is ignored, with a warning that gives the text without it.
    """
    text = note_wrapped(text.strip(), location, problems)
    if measure.steps:
        return _read_step(text, measure, location, problems)
    written, mark = split_mark(text)
    value = _read_number(written, text, measure, location, problems, percentages, column_unit)
    if mark and value is not None:
        problems.warn("footnote-mark", location, found=text, measure=measure.title, mark=mark, read=written)
    return value


def expected_entry(measure: Measure) -> object:
    """Return what is to be entered for a measure, as a part of a message: a number in its unit, or one of its steps."""
    if measure.steps:
        return tuple(step.title for step in measure.steps)
    unit = measure.unit
    if unit.symbol == "%":
        return Term("expected.percent")
    if unit == ONE_TO:
        return Term("expected.ratio")
    sort = "whole" if measure.whole else "number"
    return Term(f"expected.{sort}-of", {"unit": unit.symbol}) if unit.symbol else Term(f"expected.{sort}")


def is_bare_number(text: str) -> bool:
    """Whether a text is a number without a unit."""
    try:
        return _parse_again(text).unit is None
    except (BadNumber, UnknownUnit):
        return False


class SmallPercentages:
    """Warns of bare figures of one table or sheet that are read as less than 1 %: 0.475 where 47.5 % may be meant.

    A bare 1 is warned of if there are such figures beside it: among 0.91 and 0.85 it is hardly 1 %.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._found = False
        self._ones: list[tuple[str, Measure, Location]] = []

    def look(self, text: str, value: Fraction, measure: Measure, location: Location) -> None:
        """Look at a figure that has been read, with its text."""
        if measure.unit.symbol != "%" or not 0 < abs(value.numerator) * 100 <= value.denominator:
            return
        quantity = _parse_again(text)
        if quantity.unit is not None or quantity.number != value * 100:
            return
        if abs(value) == _ONE_PERCENT:
            self._ones.append((text, measure, location))
        else:
            self._found = True
            self._warn(text, measure, location)

    def finish(self) -> None:
        """Warn of each bare 1 among fractions."""
        for text, measure, location in self._ones if self._found else ():
            self._warn(text, measure, location)

    def _warn(self, text: str, measure: Measure, location: Location) -> None:
        times = decimal_text(_parse_again(text).number * 100)
        self._problems.warn("small-percentage", location, label=measure.title, found=text, times=times)


def _parse_again(text: str) -> Quantity:
    return parse_quantity(split_mark(unwrap(text.strip()))[0])


def _read_number(
    written: str,
    text: str,
    measure: Measure,
    location: Location,
    problems: Problems,
    percentages: Percentages | None,
    column_unit: Unit | None,
) -> Fraction | None:
    """Read a text without its footnote mark; `text` is what messages show."""
    try:
        quantity = parse_quantity(written)
    except (BadNumber, UnknownUnit) as error:
        _note_no_number(written, text, measure, location, problems, error)
        return None
    unit = quantity.unit or column_unit or bare_unit(measure, percentages)
    if unit is None and not quantity.number:  # zero is zero in every unit
        unit = measure.unit
    if (
        quantity.scale != 1 and (unit or measure.unit).is_scaled
    ):  # 1.2万 where 万人 is meant: the scale word says it all
        unit = Unit("", Fraction(1), measure.dimension)
    if unit is None or (quantity.scale != 1 and measure.unit.is_percentage):
        problems.add("bare-fact", location, found=text, measure=measure.title, expected=expected_entry(measure))
        return None
    if unit.dimension != measure.dimension or unit.is_points != measure.unit.is_points:
        problems.add("fact-dimension", location, found=text, measure=measure.title, expected=expected_entry(measure))
        return None
    return check_range(quantity.number * quantity.scale * unit.factor, text, measure, location, problems)


def _note_no_number(
    written: str, text: str, measure: Measure, location: Location, problems: Problems, error: BadNumber | UnknownUnit
) -> None:
    """Note why a text is not one number with a unit."""
    if note_hidden_mark(text, location, problems):
        return
    flat = normalise(written)
    details = {"found": text, "measure": measure.title, "expected": expected_entry(measure)}
    if _DATE.fullmatch(flat):
        problems.add("date-not-number", location, **details)
    elif _ERROR.fullmatch(flat):
        problems.add("error-cell", location, **details, label=measure.title)
    elif isinstance(error, LongNumber):
        problems.add("long-number", location, **details, most=MAX_DIGITS)
    elif flat.startswith("="):
        problems.add("uncomputed-formula", location, label=measure.title)
    elif is_blank_mark(written):
        problems.add("blank-mark", location, **details)
    elif isinstance(error, UnknownUnit) and _SEVERAL.search(written):
        problems.add("not-one-number", location, **details)
    elif _REMARKED.fullmatch(flat):
        problems.add("remark-in-fact", location, **details)
    elif isinstance(error, UnknownUnit):
        problems.add("unknown-unit", location, **details, nearest=error.nearest)
    else:
        problems.add("bad-fact", location, **details)


def check_range(
    value: Fraction, text: str, measure: Measure, location: Location, problems: Problems
) -> Fraction | None:
    """Return the value, or None after noting that the measure cannot have it: out of range, or not a whole number."""
    if (measure.low is not None and value < measure.low) or (measure.high is not None and value > measure.high):
        expected = range_text(measure.low, measure.high, measure.unit)
        problems.add("out-of-range", location, found=text, measure=measure.title, expected=expected)
        return None
    if measure.whole and value.denominator != 1:
        problems.add("not-whole", location, found=text, measure=measure.title, expected=expected_entry(measure))
        return None
    return value


def bare_unit(measure: Measure, percentages: Percentages | None) -> Unit | None:
    """Return the unit of a bare number, or None where it would be ambiguous."""
    if measure.unit.is_percentage:
        return {"percent": measure.unit, "fraction": PLAIN, None: None}[percentages]
    return None if measure.unit.is_scaled else measure.unit


def _read_step(text: str, measure: Measure, location: Location, problems: Problems) -> Fraction | None:
    if (value := find_step(text, measure)) is not None:
        return value
    written, mark = split_mark(text)
    if mark and (value := find_step(written, measure)) is not None:
        problems.warn("footnote-mark", location, found=text, measure=measure.title, mark=mark, read=written)
        return value
    if note_hidden_mark(text, location, problems):
        return None
    expected = tuple(step.title for step in measure.steps)
    if is_blank_mark(written):
        problems.add("blank-mark", location, found=text, measure=measure.title, expected=expected)
        return None
    known, titled = [step.id for step in measure.steps], [title for titles in expected for title in titles]
    close = nearest(normalise(text), known) or nearest(normalise(text), titled)
    problems.add("unknown-step", location, found=text, nearest=close, expected=expected)
    return None


def find_step(text: str, measure: Measure) -> Fraction | None:
    """Return the position of the step that a text names by its id or title, or None. Notes nothing."""
    flat = normalise(text)
    if measure.yes_no and flat.casefold() in YES_NO_WORDS:
        return Fraction(YES_NO_WORDS[flat.casefold()])
    for position, step in enumerate(measure.steps):
        if flat in (step.id, *map(normalise, step.title)):
            return Fraction(position)
    return None
