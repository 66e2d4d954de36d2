"""Writes a template as a workbook, laid out as `layout.py` says: a cover, instructions, the root's measures, the registers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from dabiao.base.limits import limits
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Refused, say_part
from dabiao.facts import layout
from dabiao.facts.model import Fact
from dabiao.facts.template.cells import (
    TABS,
    Lists,
    Look,
    add_styles,
    add_validation,
    cell_text,
    make_choice,
    make_validation,
    put,
    put_band,
    put_entry,
    put_last,
    row_height,
    text_width,
)
from dabiao.facts.template.counters import Counters, count_answered, count_filled
from dabiao.facts.template.form import (
    Form,
    Line,
    Register,
    baseline_text,
    clauses_text,
    definition_text,
    entry_of,
    note_text,
    owners_text,
)  # fmt: skip
from dabiao.facts.template.front import Front
from dabiao.facts.template.pages import set_up_pages
from dabiao.facts.template.timing import find_timing
from dabiao.rules.model import Kind, Plan
from openpyxl import Workbook
from openpyxl.styles import Alignment, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

MAX_SHEET_NAME = 31
PAGE = 190  # columns of text that can still be read on one landscape page

_BAD_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^'|'$")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_TITLES = re.compile(rb'(name="_xlnm.Print_Titles"[^>]*>)([^<]*!\$\d+:\$\d+),([^<]*!\$[A-Z]+:\$[A-Z]+)<')
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)

# columns of the root sheet: key of the layout, width, look of its cells; those that no line fills are left out
_ROOT: tuple[tuple[str, int, Look], ...] = (
    ("number", 5, "number"), ("title", 30, "text"), ("unit", 9, "text"), ("timing", 9, "text"), ("definition", 22, "small"),
    ("clause", 26, "small"), ("owner", 13, "small"), ("baseline", 10, "last"), ("last", 10, "last"), ("expected", 12, "grey"),
    ("target", 15, "grey"), ("value", 15, "entry"), ("reason", 11, "words"), ("confirmed", 15, "words"),
    ("evidence", 13, "words"), ("note", 15, "words"), ("id", 24, "key"),
)  # fmt: skip
_OPTIONAL = ("timing", "definition", "owner", "baseline", "expected", "target")
_ROW_WIDTHS = {"reason": 12, "nothing": 22, "confirmed": 20, "evidence": 18, "note": 24}


def write_book(form: Form, lang: str, stream: IO[bytes]) -> None:
    """Write the workbook. The same form always gives the same bytes.

    Raises `Refused` if it would have more cells than a workbook may have to be read again.
    """
    _check_size(form)
    made = io.BytesIO()
    built = _Book(form, lang)
    built.book.save(made)
    sheets = {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(built.book.sheetnames, 1)}
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the time of the run
                content = _MODIFIED.sub(rb"\g<1>%d-01-01T00:00:00Z" % form.year, content)
            if name == "xl/workbook.xml":  # columns first, as Excel does: LibreOffice misreads the other order
                content = _TITLES.sub(rb"\1\3,\2<", content)
            if name in sheets:
                content = built.counters.put_results(sheets[name], content)
            member = zipfile.ZipInfo(name, _ZIP_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            new.writestr(member, content)


def _check_size(form: Form) -> None:
    cells = sum(
        (len(r.subjects) + r.blank + 6) * (len(r.lines) * (2 if form.with_last else 1) + len(layout.ROW) + 2)
        for r in form.registers
    )
    if cells > limits().cells:
        raise Refused([Problem("template.too-big", Location("--output"), {"found": cells, "limit": limits().cells})])


def sheet_names(plan: Plan, lang: str) -> dict[str, str]:
    """Return the name of each kind's sheet: its title, or its id where a sheet cannot have that name."""
    special = (layout.COVER_SHEET, layout.HELP_SHEET, layout.LISTS_SHEET, layout.FINDINGS_SHEET)
    taken = {word.casefold() for words in special for word in words}
    names: dict[str, str] = {}
    for kind in plan.kinds.values():
        title = kind.title[lang].strip()
        bad = (
            _BAD_IN_NAMES.search(title)
            or len(title.encode("utf-16-le")) > 2 * MAX_SHEET_NAME
            or title.casefold() == "history"
        )
        names[kind.id] = kind.id if bad or not title or title.casefold() in taken else title
        taken.add(names[kind.id].casefold())
    return names


class _Book:
    """The workbook while it is built."""

    def __init__(self, form: Form, lang: str) -> None:
        self._form, self._lang = form, lang
        self.book = Workbook()
        add_styles(self.book)
        self._names = sheet_names(form.plan, lang)
        self.counters = Counters(lang)
        cover = self.book.active
        assert isinstance(cover, Worksheet)
        cover.title = layout.COVER_SHEET.say(lang)
        helper = self.book.create_sheet(layout.HELP_SHEET.say(lang))
        root = self.book.create_sheet(self._names[form.plan.root.id])
        registers = [(self.book.create_sheet(self._names[r.kind.id]), r) for r in form.registers]
        lists = self.book.create_sheet(layout.LISTS_SHEET.say(lang))
        lists.sheet_state = "hidden"
        self._lists = Lists(lists)
        self._reasons = self._lists.of([words.say(lang) for words in layout.REASONS.values()])
        front = Front(form, lang, self._names, self._lists)
        front.write_instructions(helper)
        for sheet, tab in (
            (cover, "cover"),
            (helper, "help"),
            (root, "root"),
            (lists, "lists"),
            *((s, "kind") for s, _ in registers),
        ):
            self._finish(sheet, tab)
        self._write_root(root)
        for sheet, register in registers:
            self._write_register(sheet, register)
        front.write_cover(cover)
        self.counters.write_whole(cover["C2"])
        self.book.security = WorkbookProtection(lockStructure=True)
        self._set_properties()

    def _say(self, code: str, **details: object) -> str:
        return say(f"template.{code}", self._lang, **details)

    # the root's measures

    def _write_root(self, sheet: Worksheet) -> None:
        form, lang = self._form, self._lang
        lines = [line for group in form.chapters.values() for line in group]
        texts = {line.measure.id: self._describe(line) for line in lines}
        columns = [
            column
            for column in _ROOT
            if (column[0] != "last" or form.with_last)
            and (column[0] not in _OPTIONAL or any(column[0] in found for found in texts.values()))
        ]
        place = {key: number for number, (key, _, _) in enumerate(columns, 1)}
        self._write_banner(sheet, form.plan.root)
        for key, number in place.items():
            words = layout.NUMBERING if key == "number" else layout.LIST[key]
            put(sheet, 3, number, words.say(lang), "head")
            sheet.column_dimensions[get_column_letter(number)].width = columns[number - 1][1]
        sheet.row_dimensions[3].height = 30
        row, number, chapters = 3, 0, []
        for chapter, group in form.chapters.items():
            if chapter or len(form.chapters) > 1:
                row += 1
                chapters.append(row)
                put_band(sheet, row, chapter or self._say("no-chapter"), len(columns))
                asked = count_answered(place["value"], place["reason"], row + 1, row + len(group))
                self.counters.write(sheet.cell(row, place["clause"]), len(group), asked, len(group))
            for line in group:
                row, number = row + 1, number + 1
                self._write_line(sheet, row, line, {"number": str(number), **texts[line.measure.id]}, columns)
        if row > 3:
            reason = get_column_letter(place["reason"])
            add_validation(sheet, self._make_reason_rule(), f"{reason}4:{reason}{row}")
        answered = count_answered(place["value"], place["reason"], 4, max(row, 4))
        self._write_counter(sheet, len(lines), answered, len(lines), "hint.root")
        sheet.column_dimensions[get_column_letter(place["id"])].hidden = True
        sheet.freeze_panes = f"{get_column_letter(place['title'] + 1)}4"
        sheet.print_title_rows = "3:3"
        sheet.print_area = f"A1:{get_column_letter(place['note'])}{row}"  # ids are for the machine
        set_up_pages(sheet, [wide for key, wide, _ in columns if key != "id"], 3, chapters, row)

    def _describe(self, line: Line) -> dict[str, str]:
        """Return the texts of a row by column, without those that are empty."""
        measure, lang = line.measure, self._lang
        aim, timing = self._form.aim(measure), find_timing(measure, line.commitments)
        texts = {
            "title": measure.title[lang], "unit": measure.unit.symbol, "definition": definition_text(measure, lang),
            "timing": self._say(f"timing.{timing}") if timing else "", "clause": clauses_text(line, lang),
            "owner": owners_text(self._form, line), "baseline": baseline_text(measure, lang), "id": measure.id,
            "expected": str(say_part(aim.expected, lang)), "target": str(say_part(aim.target, lang)),
            "note": note_text(self._form, [line], None, lang),
        }  # fmt: skip
        return {key: text for key, text in texts.items() if text}

    def _write_line(
        self,
        sheet: Worksheet,
        row: int,
        line: Line,
        texts: Mapping[str, str],
        columns: Sequence[tuple[str, int, Look]],
    ) -> None:
        """Write the row of one measure."""
        measure, lang = line.measure, self._lang
        place = {key: number for number, (key, _, _) in enumerate(columns, 1)}
        for key, _, look in columns:
            put(sheet, row, place[key], texts.get(key, ""), look)
        if "last" in place:
            put_last(sheet, row, place["last"], self._form.last_fact(measure), measure, lang)
        if "baseline" in place and measure.baseline is not None:
            put_last(sheet, row, place["baseline"], Fact(measure.baseline, measure.location, ""), measure, lang)
        put_entry(sheet, row, place["value"], measure)
        cell = f"{get_column_letter(place['value'])}{row}"
        add_validation(sheet, make_validation(measure, cell, self._lists, lang, reasons=False), cell)
        small = ("small", "grey")
        sheet.row_dimensions[row].height = max(
            row_height([(texts.get(key, ""), wide) for key, wide, look in columns if look not in (*small, "key")]),
            row_height([(texts.get(key, ""), wide * 1.2) for key, wide, look in columns if look in small], line=11.5),
        )

    def _make_reason_rule(self) -> DataValidation:
        prompt = self._say("prompt.reason")
        return make_choice(self._reasons, layout.REASON.say(self._lang), prompt, prompt)

    def _write_banner(self, sheet: Worksheet, kind: Kind) -> None:
        title = self._say("sheet", kind=kind.title[self._lang], year=self._form.year, subject=self._form.subject)
        put(sheet, 1, 1, title, "banner")
        sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 30, 18

    def _write_counter(self, sheet: Worksheet, count: str | int, filled: str, now: int, hint: str) -> None:
        """Write how many figures a sheet asks for and has, and what is to be known."""
        cell = put(sheet, 2, 1, "", "hint")
        cell.alignment = Alignment(horizontal="left", vertical="center")
        behind = self._say("counter-hint", hint=self._say(hint))
        self.counters.write(cell, count, filled, now, behind=behind)
        self.counters.add(sheet, count, filled, now)

    # registers

    def _write_register(self, sheet: Worksheet, register: Register) -> None:
        form, lang, kind = self._form, self._lang, register.kind
        inside = kind.parent is not None and kind.parent != form.plan.root.id
        columns = self._make_columns(register, inside)
        self._write_banner(sheet, kind)
        definitions = [self._explain(c.line) if c.line and not c.last else "" for c in columns]
        clauses = [clauses_text(c.line, lang, 2) if c.line and not c.last else "" for c in columns]
        for number, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width
            for row, text in ((3, definitions[number - 1]), (4, clauses[number - 1])):
                put(sheet, row, number, text, "small")
            put(sheet, 5, number, column.key, "key")
            put(sheet, 6, number, column.title, "head")
        for row, key, texts in ((3, "definition", definitions), (4, "clause", clauses)):
            put(sheet, row, 1, layout.LIST[key].say(self._lang), "small")
            wide = [(text, column.width * 1.3) for text, column in zip(texts, columns, strict=True)]
            sheet.row_dimensions[row].height = min(92, row_height(wide, 14, 11.5))
        sheet.row_dimensions[6].height = min(80, row_height([(c.title, c.width * 0.9) for c in columns], 30))
        last = 6 + len(register.subjects) + register.blank
        for position in range(last - 6):
            self._write_subject(sheet, 7 + position, register, position, columns)
        listed = any(subject.fixed for subject in register.subjects)
        below = last + (0 if listed else layout.BELOW)
        if last > 6:
            self._add_validations(sheet, register, columns, below)
        if below > last:
            self._open_columns(sheet, columns)
        sheet.row_dimensions[5].hidden = True  # ids are for the machine
        sheet.row_dimensions[3].hidden = not any(definitions)
        asked = [number for number, column in enumerate(columns, 1) if column.line and not column.last]
        count, filled = f"COUNTA(A7:A{below})*{len(asked)}", count_filled(asked, 7, below)
        self._write_counter(
            sheet, count, filled, len(register.subjects) * len(asked), "hint.listed" if listed else "hint.kind"
        )
        fixed = 2 if inside else 1
        sheet.freeze_panes = f"{get_column_letter(fixed + 1)}7"
        sheet.print_title_rows = "3:6"
        sheet.print_title_cols = f"A:{get_column_letter(fixed)}"
        sheet.page_setup.fitToWidth = max(1, round(sum(column.width for column in columns) / PAGE))

    def _explain(self, line: Line) -> str:
        """Return what stands above a column: when its figures are of, how they are counted, and the target."""
        texts = self._describe(line)
        own = self._form.aim(line.measure).own
        target = self._say("target", target=texts["target"]) if own and "target" in texts else ""
        return "\n".join(text for text in (texts.get("timing"), texts.get("definition"), target) if text)

    def _open_columns(self, sheet: Worksheet, columns: Sequence[_Column]) -> None:
        """Let people write below the last row that is laid out."""
        for number, column in enumerate(columns, 1):
            if not column.last:
                dimension = sheet.column_dimensions[get_column_letter(number)]
                dimension.protection = Protection(locked=False)
                if column.line and entry_of(column.line.measure) in ("steps", "ratio"):
                    dimension.number_format = "@"

    def _make_columns(self, register: Register, inside: bool) -> list[_Column]:
        """Return the columns of a register, in order."""
        names = [subject.name for subject in register.subjects]
        columns = [_Column("name", layout.NAME.say(self._lang), _fit_width(names, 22, 40), "name")]
        if inside:
            parents = [subject.parent or "" for subject in register.subjects]
            columns.append(_Column("in", layout.IN.say(self._lang), _fit_width(parents, 16, 30), "name"))
        for line in register.lines:
            title = line.measure.title[self._lang]
            unit = f" [{line.measure.unit.symbol}]" if line.measure.unit.symbol and not line.measure.steps else ""
            choices = [step.title[self._lang] for step in line.measure.steps]
            if self._form.with_last:
                before = layout.LAST_OF.say(self._lang).format(title=title)
                columns.append(
                    _Column(
                        layout.LAST + line.measure.id,
                        before + unit,
                        _fit_width(choices, 12, 20),
                        "last",
                        line,
                        last=True,
                    )
                )
            columns.append(
                _Column(line.measure.id, title + unit, _fit_width([title[:12], *choices], 14, 22), "entry", line)
            )
        columns += [_Column(key, words.say(self._lang), _ROW_WIDTHS[key], "words") for key, words in layout.ROW.items()]
        return columns

    def _write_subject(
        self, sheet: Worksheet, row: int, register: Register, position: int, columns: Sequence[_Column]
    ) -> None:
        """Write the row of one subject, or a blank one."""
        known = register.subjects[position] if position < len(register.subjects) else None
        note = note_text(self._form, register.lines, known.name, self._lang) if known and self._form.with_last else ""
        texts = {"name": known.name, "in": known.parent or "", "note": note} if known else {}
        for number, column in enumerate(columns, 1):
            if column.line is None:
                locked = column.key == "name" and known is not None and known.fixed
                put(sheet, row, number, texts.get(column.key, ""), "text" if locked else column.look)
            elif column.last:
                fact = self._form.last_fact(column.line.measure, known.name) if known else None
                put_last(sheet, row, number, fact, column.line.measure, self._lang)
            else:
                put_entry(sheet, row, number, column.line.measure)
        sheet.row_dimensions[row].height = row_height(
            [(texts.get(column.key, ""), column.width) for column in columns], 20
        )

    def _add_validations(self, sheet: Worksheet, register: Register, columns: Sequence[_Column], last: int) -> None:
        """Restrict the input of each column."""
        for number, column in enumerate(columns, 1):
            letter = get_column_letter(number)
            cells = f"{letter}7:{letter}{last}"
            if column.key == "in" and column.line is None:
                prompt = self._say(
                    "prompt.in", kind=self._form.plan.kinds[register.kind.parent or ""].title[self._lang]
                )
                add_validation(
                    sheet, make_choice(self._find_parent_cells(register), column.title, prompt, prompt), cells
                )
            elif column.key == "reason" and column.line is None:
                add_validation(sheet, self._make_reason_rule(), cells)
            elif column.line is not None and not column.last:
                add_validation(
                    sheet,
                    make_validation(column.line.measure, f"{letter}7", self._lists, self._lang, reasons=True),
                    cells,
                )

    def _find_parent_cells(self, register: Register) -> str:
        """Return the reference of the names of possible parents, on their own sheet: new ones are offered, too."""
        above = next(r for r in self._form.registers if r.kind.id == register.kind.parent)
        sheet = quote_sheetname(self._names[above.kind.id])
        return f"{sheet}!$A$7:$A${6 + max(1, len(above.subjects) + above.blank)}"

    # the whole

    def _finish(self, sheet: Worksheet, tab: str) -> None:
        """Set colours, protection and print of a sheet."""
        sheet.sheet_properties.tabColor = TABS[tab]
        sheet.sheet_view.showGridLines = False
        protection = sheet.protection
        protection.sheet = True
        protection.formatCells = protection.formatColumns = protection.formatRows = False  # False: users may
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToHeight = 1 if tab in ("cover", "help") else 0
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.4
        margins.top, margins.bottom, margins.footer = 0.5, 0.75, 0.35
        title = cell_text(self._form.plan.title[self._lang]).replace("&", "&&")[:120]
        footer: Any = sheet.oddFooter
        footer.left.text = title
        footer.center.text = self._say("page")
        footer.right.text = sheet.title.replace("&", "&&")
        for part in (footer.left, footer.center, footer.right):
            part.size = 8

    def _set_properties(self) -> None:
        form, properties = self._form, self.book.properties
        properties.creator = "dabiao"
        properties.title = cell_text(f"{form.plan.title[self._lang]} {form.year}")
        properties.subject = cell_text(form.subject)
        properties.keywords = cell_text(f"{form.plan.id} {form.plan.version} {form.year}")
        properties.language = say("language.tag", self._lang)
        properties.created = datetime(form.year, 1, 1)


class _Column:
    """A column of a register."""

    def __init__(
        self, key: str, title: str, wide: float, look: Look, line: Line | None = None, *, last: bool = False
    ) -> None:
        self.key, self.title, self.width, self.look, self.line, self.last = key, title, wide, look, line, last


def _fit_width(texts: Sequence[str], least: int, most: int) -> int:
    return min(most, max([least, *(text_width(text) + 3 for text in texts)]))
