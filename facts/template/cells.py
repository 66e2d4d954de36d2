"""Cells of a template: how they look, what may be typed into them, and texts that can never become formulas."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from dabiao.base.messages import all_words, join_list, say
from dabiao.base.quantities import in_unit
from dabiao.facts.layout import COMPLETE, REASONS
from dabiao.facts.model import Fact
from dabiao.facts.template.form import Entry, entry_of, exact_decimal, last_text, reason_text
from dabiao.rules.model import Measure
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

Look = Literal["banner", "hint", "key", "head", "chapter", "label", "text", "small", "last", "entry", "words", "name"]

MAX_CELL = 32_767  # characters, a limit of the format
MAX_PROMPT = 250
MAX_TITLE = 32
POINTS_A_LINE = 15.0
MAX_HEIGHT = 400.0
PERCENT = "0.0###%"
WHOLE, DECIMAL = "#,##0", "General"

_INK, _DEEP, _SOFT, _ENTRY, _GREY, _LINE = "1F2D3D", "1F5C7A", "DCEAF2", "FFF8DC", "EEEEEE", "B8C4CE"
TABS = {"cover": _DEEP, "help": "9AA5B1", "root": "C8862B", "kind": "3E8E7E", "lists": "9AA5B1"}


def add_styles(book: Workbook) -> None:
    """Give a workbook the looks of a template's cells. Only entry cells are unlocked."""
    thin = Side(style="thin", color=_LINE)
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    font = {
        "banner": Font(name="Arial", size=16, bold=True, color=_DEEP), "hint": Font(name="Arial", size=9, color="5F6B76"),
        "key": Font(name="Arial", size=8, color="9AA5B1"), "head": Font(name="Arial", size=10, bold=True, color="FFFFFF"),
        "chapter": Font(name="Arial", size=11, bold=True, color=_DEEP),
        "label": Font(name="Arial", size=11, bold=True, color=_INK),
        "small": Font(name="Arial", size=8, color="5F6B76"), "last": Font(name="Arial", size=10, color="5F6B76"),
    }  # fmt: skip
    fill = {"head": _DEEP, "chapter": _SOFT, "label": _SOFT, "small": "F7F9FA", "last": _GREY, "entry": _ENTRY, "words": _ENTRY,
            "name": _ENTRY}  # fmt: skip
    indented = {"label", "text", "entry", "words", "name", "last", "chapter", "hint"}
    right, middle = {"last", "entry"}, {"head", "key"}
    for look in (
        "banner",
        "hint",
        "key",
        "head",
        "chapter",
        "label",
        "text",
        "small",
        "last",
        "entry",
        "words",
        "name",
    ):
        style = NamedStyle(name=f"dabiao {look}")
        style.font = font.get(look, Font(name="Arial", size=10, color=_INK))
        if look in fill:
            style.fill = PatternFill("solid", fgColor=fill[look])
        if look not in ("banner", "hint", "key", "chapter"):
            style.border = box
        side = "right" if look in right else "center" if look in middle else "left"
        style.alignment = Alignment(
            horizontal=side,
            vertical="center",
            wrap_text=look not in ("banner", "chapter", "key", "last"),
            shrink_to_fit=look == "last",
            indent=int(look in indented),
        )
        style.protection = Protection(locked=look not in ("entry", "words", "name"))
        book.add_named_style(style)


def put(sheet: Worksheet, row: int, column: int, value: str | float, look: Look, form: str | None = None) -> Any:
    """Write one cell. A text is always a text: nothing in it becomes a formula, now or when it is edited later."""
    cell: Any = sheet.cell(row, column)
    cell.style = f"dabiao {look}"
    if isinstance(value, str):
        if value:
            cell.value = cell_text(value)
            cell.data_type = "s"
            if value.lstrip()[:1] in {"=", "+", "-", "@"}:
                cell.quotePrefix = True
    else:
        cell.value = value
    if form:
        cell.number_format = form
    return cell


def band(sheet: Worksheet, row: int, text: str, columns: int) -> None:
    """Write a heading across the sheet."""
    for column in range(1, columns + 1):
        put(sheet, row, column, text if column == 1 else "", "chapter")
    sheet.row_dimensions[row].height = 24


def allow(sheet: Worksheet, rule: DataValidation, cells: str) -> None:
    """Put a rule in force for a range of cells."""
    rule.add(cells)
    sheet.add_data_validation(rule)


def cell_text(text: str) -> str:
    """Return a text as a cell can hold it."""
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:MAX_CELL]


def put_last(sheet: Worksheet, row: int, column: int, fact: Fact | None, measure: Measure, lang: str) -> None:
    """Write last year's figure exactly: as a number shown with all its decimals where a cell can hold it, else as text."""
    if fact is None or fact.value is None or entry_of(measure) in ("steps", "ratio"):
        put(sheet, row, column, last_text(fact, measure, lang) if fact else "", "last")
        return
    percent = entry_of(measure) == "percent"
    shown = exact_decimal(in_unit(fact.value, measure.unit))
    number = float(fact.value if percent else in_unit(fact.value, measure.unit))
    if (
        shown is None
        or len(shown.strip("-0.").replace(".", "")) > 15
        or Fraction(repr(number)) != (fact.value if percent else in_unit(fact.value, measure.unit))
    ):
        put(sheet, row, column, last_text(fact, measure, lang), "last")
        return
    places = len(shown.partition(".")[2])
    decimals = "." + "0" * places if places else ""
    put(sheet, row, column, number, "last", f"0{decimals}%" if percent else f"#,##0{decimals}")


def put_entry(sheet: Worksheet, row: int, column: int, measure: Measure) -> None:
    """Make one cell in which a figure is entered."""
    entry = entry_of(measure)
    forms = {"percent": PERCENT, "ratio": "@", "steps": "@", "number": WHOLE if _counts(measure) else DECIMAL}
    cell = put(sheet, row, column, "", "entry", forms[entry])
    if entry == "steps":
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)


def _counts(measure: Measure) -> bool:
    """Whether only whole numbers of its unit occur."""
    return measure.whole and measure.unit.factor == 1


class Lists:
    """The hidden sheet with what drop-downs offer: a column each, every list once."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._known: dict[tuple[str, ...], str] = {}

    def of(self, choices: Sequence[str]) -> str:
        """Return the reference of a list, writing it if it is new."""
        key = tuple(choices)
        if key not in self._known:
            column = len(self._known) + 1
            for row, choice in enumerate(key, 1):
                put(self._sheet, row, column, choice, "text")
            letter = get_column_letter(column)
            self._known[key] = f"{quote_sheetname(self._sheet.title)}!${letter}$1:${letter}${len(key)}"
        return self._known[key]


def validation(measure: Measure, first: str, lists: Lists, lang: str, *, reasons: bool) -> DataValidation:
    """Say what may be typed into the cells of a measure; `first` is the first cell it will be added to.

    With `reasons`, 缺:未统计 is accepted as well.
    """
    entry = entry_of(measure)
    title = measure.title[lang]
    if entry == "steps":
        extra = (
            [say("template.absent", lang, reason=reason_text(reason, lang)) for reason in REASONS] if reasons else []
        )
        found = DataValidation(type="list", formula1=lists.of([*(step.title[lang] for step in measure.steps), *extra]))
        return _told(found, title, say("template.prompt.steps", lang), say("template.error.steps", lang))
    prompt = _prompt(measure, entry, lang, reasons=reasons)
    low, high = (None if end is None else in_unit(end, measure.unit) for end in (measure.low, measure.high))
    if entry == "percent":
        low, high = measure.low, measure.high
    if entry == "ratio":
        return _told(DataValidation(), title, prompt, "")
    error = say("template.error.number", lang, prompt=prompt)
    if reasons:
        tests = [
            f"ISNUMBER({first})",
            *_ends(first, low, high),
            *([f"{first}=INT({first})"] if _counts(measure) else []),
        ]
        prefixes = [word + colon for word in all_words("words.absent") for colon in ":："]
        words = [f'LEFT({first},{len(word)})="{word}"' for word in prefixes]
        formula = f"OR(AND({','.join(tests)}),{','.join(words)})"
        return _told(DataValidation(type="custom", formula1=formula), title, prompt, error)
    sort: Literal["whole", "decimal"] = "whole" if _counts(measure) else "decimal"
    low = Fraction(-(10**14)) if low is None and high is None else low
    if low is not None and high is not None:
        found = DataValidation(type=sort, operator="between", formula1=_decimal(low), formula2=_decimal(high))
    elif low is not None:
        found = DataValidation(type=sort, operator="greaterThanOrEqual", formula1=_decimal(low))
    else:
        found = DataValidation(type=sort, operator="lessThanOrEqual", formula1=_decimal(high or Fraction(0)))
    return _told(found, title, prompt, error)


def _ends(cell: str, low: Fraction | None, high: Fraction | None) -> list[str]:
    ends = [f"{cell}>={_decimal(low)}"] if low is not None else []
    return [*ends, f"{cell}<={_decimal(high)}"] if high is not None else ends


def _decimal(number: Fraction) -> str:
    return exact_decimal(number) or repr(float(number))


def _prompt(measure: Measure, entry: Entry, lang: str, *, reasons: bool) -> str:
    """Say in one or two sentences what to type."""
    if entry in ("percent", "ratio"):
        said = [say(f"template.prompt.{entry}", lang)]
    elif _counts(measure):
        said = [say("template.prompt.whole", lang, unit=measure.unit.symbol)]
    else:
        said = [say("template.prompt.number", lang, unit=measure.unit.symbol)]
    low, high = measure.low, measure.high
    usual = low == 0 and (high is None or (entry == "percent" and high == 1))
    if not usual and entry != "ratio" and (low is not None or high is not None):
        sign = "%" if entry == "percent" else ""
        ends = [None if end is None else _decimal(in_unit(end, measure.unit)) + sign for end in (low, high)]
        code = (
            "template.prompt.between"
            if None not in ends
            else "template.prompt.from"
            if ends[0]
            else "template.prompt.to"
        )
        said.append(say(code, lang, low=ends[0], high=ends[1]))
    if reasons:
        said.append(say("template.prompt.reasons", lang))
    return join_list(said, lang, "sentences")


def choice(choices: str, title: str, prompt: str, error: str) -> DataValidation:
    """Offer the cells of a reference in a drop-down."""
    return _told(DataValidation(type="list", formula1=choices), title, prompt, error)


def size_of_register(cell: str, lang: str) -> DataValidation:
    """Accept a whole number, or the word that all subjects are listed."""
    words = ",".join(f'{cell}="{word}"' for word in COMPLETE)
    formula = f"OR(AND(ISNUMBER({cell}),{cell}>=0,{cell}=INT({cell})),{words})"
    prompt = say("template.prompt.register", lang)
    return _told(DataValidation(type="custom", formula1=formula), "", prompt, prompt)


def day(year: int, lang: str) -> DataValidation:
    """Accept a day from the beginning of a year on."""
    prompt = say("template.prompt.day", lang)
    found = DataValidation(type="date", operator="greaterThanOrEqual", formula1=f"DATE({year},1,1)")
    return _told(found, "", prompt, prompt)


def _told(found: DataValidation, title: str, prompt: str, error: str) -> DataValidation:
    """Add what is shown before and after typing."""
    found.allow_blank = True
    found.showInputMessage = True
    found.promptTitle = _cut(title, MAX_TITLE) or None
    found.prompt = _cut(prompt, MAX_PROMPT)
    if error:
        found.showErrorMessage = True
        found.errorStyle = "stop"
        found.errorTitle = _cut(title, MAX_TITLE) or None
        found.error = _cut(error, MAX_PROMPT)
    return found


def _cut(text: str, most: int) -> str:
    text = cell_text(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def height(texts: Sequence[tuple[str, float]], least: float = 21.0, line: float = POINTS_A_LINE) -> float:
    """Return the height in points of a row whose cells hold these texts in columns of these widths."""
    lines = [
        sum(max(1, ceil(width(part) / max(wide - 1.5, 1))) for part in text.split("\n")) for text, wide in texts if text
    ]
    return min(MAX_HEIGHT, max([least, *(count * line + 5 for count in lines)]))
