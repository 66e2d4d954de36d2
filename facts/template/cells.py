"""Cells of a template: their styles, the restrictions of their input, and texts that never become formulas."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any, Literal, get_args

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

Look = Literal[
    "banner", "hint", "key", "head", "chapter", "label", "text", "small", "last", "entry", "words", "name", "grey", "number",
]  # fmt: skip

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
    """Add the cell styles of a template to a workbook. Only entry cells are unlocked."""
    named: Any = book
    named._named_styles["Normal"].font = Font(name="Arial", size=10)  # what widths of columns are counted in
    thin = Side(style="thin", color=_LINE)
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    font = {
        "banner": Font(name="Arial", size=16, bold=True, color=_DEEP), "hint": Font(name="Arial", size=9, color="5F6B76"),
        "key": Font(name="Arial", size=8, color="9AA5B1"), "head": Font(name="Arial", size=10, bold=True, color="FFFFFF"),
        "chapter": Font(name="Arial", size=11, bold=True, color=_DEEP),
        "label": Font(name="Arial", size=11, bold=True, color=_INK),
        "small": Font(name="Arial", size=8, color="5F6B76"), "last": Font(name="Arial", size=10, color="5F6B76"),
        "grey": Font(name="Arial", size=9, color="5F6B76"), "number": Font(name="Arial", size=8, color="5F6B76"),
    }  # fmt: skip
    fill = {"head": _DEEP, "chapter": _SOFT, "label": _SOFT, "small": "F7F9FA", "last": _GREY, "entry": _ENTRY, "words": _ENTRY,
            "name": _ENTRY, "grey": _GREY}  # fmt: skip
    indented = {"label", "text", "entry", "words", "name", "last", "chapter", "hint"}
    right, middle = {"last", "entry", "grey"}, {"head", "key", "number"}
    for look in get_args(Look):
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
            wrap_text=look not in ("banner", "chapter", "last"),
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


def put_band(sheet: Worksheet, row: int, text: str, columns: int) -> None:
    """Write a heading across the sheet."""
    for column in range(1, columns + 1):
        put(sheet, row, column, text if column == 1 else "", "chapter")
    sheet.row_dimensions[row].height = 24


def add_validation(sheet: Worksheet, rule: DataValidation, cells: str) -> None:
    """Apply a data validation to a range of cells."""
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
    """Write one empty cell in which a figure is entered."""
    entry = entry_of(measure)
    forms = {"percent": PERCENT, "ratio": "@", "steps": "@", "number": WHOLE if _is_count(measure) else DECIMAL}
    cell = put(sheet, row, column, "", "entry", forms[entry])
    if entry == "steps":
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)


def _is_count(measure: Measure) -> bool:
    """Whether a measure takes only whole numbers in its unit."""
    return measure.whole and measure.unit.factor == 1


class Lists:
    """The hidden sheet with the choices of drop-downs: one column per list, each list once."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._known: dict[tuple[str, ...], str] = {}

    def of(self, choices: Sequence[str]) -> str:
        """Return the reference of a list, writing it if it is new."""
        key = tuple(choices)
        if key not in self._known:
            column = len(self._known) + 1
            for row, make_choice in enumerate(key, 1):
                put(self._sheet, row, column, make_choice, "text")
            letter = get_column_letter(column)
            self._known[key] = f"{quote_sheetname(self._sheet.title)}!${letter}$1:${letter}${len(key)}"
        return self._known[key]


def make_validation(measure: Measure, first: str, lists: Lists, lang: str, *, reasons: bool) -> DataValidation:
    """Make the validation for cells of a measure; `first` is the first cell of the range to which it will be added.

    With `reasons`, it accepts reasons such as 缺:未统计 as well.
    """
    entry = entry_of(measure)
    title = measure.title[lang]
    if entry == "steps":
        extra = (
            [say("template.absent", lang, reason=reason_text(reason, lang)) for reason in REASONS] if reasons else []
        )
        found = DataValidation(type="list", formula1=lists.of([*(step.title[lang] for step in measure.steps), *extra]))
        return _add_messages(found, title, say("template.prompt.steps", lang), say("template.error.steps", lang))
    prompt = _make_prompt(measure, entry, lang, reasons=reasons)
    low, high = (None if end is None else in_unit(end, measure.unit) for end in (measure.low, measure.high))
    if entry == "percent":
        low, high = measure.low, measure.high
    if entry == "ratio":
        return _add_messages(DataValidation(), title, prompt, "")
    error = say("template.error.number", lang, prompt=prompt)
    if reasons:
        tests = [
            f"ISNUMBER({first})",
            *_find_ends(first, low, high),
            *([f"{first}=INT({first})"] if _is_count(measure) else []),
        ]
        prefixes = [word + colon for word in all_words("words.absent") for colon in ":："]
        words = [f'LEFT({first},{len(word)})="{word}"' for word in prefixes]
        formula = f"OR(AND({','.join(tests)}),{','.join(words)})"
        return _add_messages(DataValidation(type="custom", formula1=formula), title, prompt, error)
    sort: Literal["whole", "decimal"] = "whole" if _is_count(measure) else "decimal"
    low = Fraction(-(10**14)) if low is None and high is None else low
    if low is not None and high is not None:
        found = DataValidation(
            type=sort, operator="between", formula1=_write_decimal(low), formula2=_write_decimal(high)
        )
    elif low is not None:
        found = DataValidation(type=sort, operator="greaterThanOrEqual", formula1=_write_decimal(low))
    else:
        found = DataValidation(type=sort, operator="lessThanOrEqual", formula1=_write_decimal(high or Fraction(0)))
    return _add_messages(found, title, prompt, error)


def _find_ends(cell: str, low: Fraction | None, high: Fraction | None) -> list[str]:
    ends = [f"{cell}>={_write_decimal(low)}"] if low is not None else []
    return [*ends, f"{cell}<={_write_decimal(high)}"] if high is not None else ends


def _write_decimal(number: Fraction) -> str:
    return exact_decimal(number) or repr(float(number))


def _make_prompt(measure: Measure, entry: Entry, lang: str, *, reasons: bool) -> str:
    """Write the prompt for a measure: which input is expected, in one or two sentences."""
    if entry in ("percent", "ratio"):
        sentences = [say(f"template.prompt.{entry}", lang)]
    elif _is_count(measure):
        sentences = [say("template.prompt.whole", lang, unit=measure.unit.symbol)]
    else:
        sentences = [say("template.prompt.number", lang, unit=measure.unit.symbol)]
    low, high = measure.low, measure.high
    usual = low == 0 and (high is None or (entry == "percent" and high == 1))
    if not usual and entry != "ratio" and (low is not None or high is not None):
        sign = "%" if entry == "percent" else ""
        ends = [None if end is None else _write_decimal(in_unit(end, measure.unit)) + sign for end in (low, high)]
        code = "between" if None not in ends else "from" if ends[0] else "to"
        sentences.append(say(f"template.prompt.{code}", lang, low=ends[0], high=ends[1]))
    if reasons:
        sentences.append(say("template.prompt.reasons", lang))
    return join_list(sentences, lang, "sentences")


def make_choice(choices: str, title: str, prompt: str, error: str) -> DataValidation:
    """Make a drop-down that offers the cells of a reference."""
    return _add_messages(DataValidation(type="list", formula1=choices), title, prompt, error)


def make_size_rule(cell: str, lang: str) -> DataValidation:
    """Make the validation for the size of a register: a whole number, or the word for "all subjects are listed"."""
    words = ",".join(f'{cell}="{word}"' for word in COMPLETE)
    formula = f"OR(AND(ISNUMBER({cell}),{cell}>=0,{cell}=INT({cell})),{words})"
    prompt = say("template.prompt.register", lang)
    return _add_messages(DataValidation(type="custom", formula1=formula), "", prompt, prompt)


def make_day_rule(year: int, lang: str) -> DataValidation:
    """Make the validation for a day: 1 January of a year or later."""
    prompt = say("template.prompt.day", lang)
    found = DataValidation(type="date", operator="greaterThanOrEqual", formula1=f"DATE({year},1,1)")
    return _add_messages(found, "", prompt, prompt)


def _add_messages(found: DataValidation, title: str, prompt: str, error: str) -> DataValidation:
    """Add the prompt, and the error for invalid input."""
    found.allow_blank = True
    found.showInputMessage = True
    found.promptTitle = _cut_text(title, MAX_TITLE) or None
    found.prompt = _cut_text(prompt, MAX_PROMPT)
    if error:
        found.showErrorMessage = True
        found.errorStyle = "stop"
        found.errorTitle = _cut_text(title, MAX_TITLE) or None
        found.error = _cut_text(error, MAX_PROMPT)
    return found


def _cut_text(text: str, most: int) -> str:
    text = cell_text(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def text_width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def row_height(texts: Sequence[tuple[str, float]], least: float = 21.0, line: float = POINTS_A_LINE) -> float:
    """Return the height in points of a row whose cells hold these texts in columns of these widths."""
    lines = [
        sum(max(1, ceil(text_width(part) / max(wide - 1.5, 1))) for part in text.split("\n"))
        for text, wide in texts
        if text
    ]
    return min(MAX_HEIGHT, max([least, *(count * line + 5 for count in lines)]))
