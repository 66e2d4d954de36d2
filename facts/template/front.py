"""Writes the first two sheets of a template: the cover with its stamp, and the instructions."""

from __future__ import annotations

from collections.abc import Mapping

from dabiao.base.messages import join_list, say
from dabiao.facts import layout
from dabiao.facts.template.cells import (
    Lists,
    Look,
    add_validation,
    make_choice,
    make_day_rule,
    make_size_rule,
    put,
    put_band,
    row_height,
)
from dabiao.facts.template.form import Form, Register
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet


class Front:
    """Writes cover and instructions; `names` are the names of the kinds' sheets."""

    def __init__(self, form: Form, lang: str, names: Mapping[str, str], lists: Lists) -> None:
        self._form, self._lang, self._names, self._lists = form, lang, names, lists

    def _say(self, code: str, **details: object) -> str:
        return say(f"template.{code}", self._lang, **details)

    def _label(self, key: str) -> str:
        return layout.COVER[key].say(self._lang)

    def write_cover(self, sheet: Worksheet) -> None:
        """Write the cover."""
        form, plan = self._form, self._form.plan
        for column, wide in (("A", 30), ("B", 42), ("C", 62)):
            sheet.column_dimensions[column].width = wide
        put(sheet, 1, 1, plan.title[self._lang], "banner")
        put_band(sheet, 2, self._say("banner", year=form.year, subject=form.subject), 3)
        sheet.row_dimensions[1].height = 34
        row = 4
        stamp: dict[str, str | int] = {
            "plan": plan.id,
            "version": plan.version,
            "template": layout.TEMPLATE,
            "year": form.year,
        }
        for key, value in stamp.items():
            self._write_pair(sheet, row, self._label(key), value, "text", "")
            sheet.row_dimensions[row].hidden = key in ("plan", "template")  # they are for the machine
            row += 1
        self._write_pair(
            sheet,
            row,
            self._label("subject"),
            form.subject,
            "text" if form.subject else "words",
            self._say("hint.subject"),
        )
        names = plan.root.register.names if plan.root.register else ()
        if not form.subject and names:
            prompt = self._say("prompt.steps")
            add_validation(sheet, make_choice(self._lists.of(names), "", prompt, prompt), f"B{row}")
        if scope := self._list_scope():
            row += 1
            self._write_pair(sheet, row, layout.HEADS["scope"].say(self._lang), scope, "text", "")
        for key in ("number", "issuer"):
            row += 1
            self._write_pair(sheet, row, layout.HEADS[key].say(self._lang), "", "words", self._say("hint.head"))
        row += 2
        for key in ("filler", "checker"):
            self._write_pair(sheet, row, layout.HEADS[key].say(self._lang), "", "words", self._say("hint.signed"))
            row += 1
        self._write_pair(sheet, row, self._label("submitted"), "", "words", self._say("hint.submitted"))
        sheet.cell(row, 2).number_format = "yyyy-mm-dd"
        add_validation(sheet, make_day_rule(form.year, self._lang), f"B{row}")
        for key in ("source", "nothing"):
            row += 1
            self._write_pair(sheet, row, self._label(key), "", "words", self._say(f"hint.{key}"))
        row += 2
        if form.registers:
            put_band(sheet, row, self._say("registers"), 3)
        for register in form.registers:
            row = self._write_size(sheet, row + 1, register)

    def _list_scope(self) -> str:
        """Say what the form is confined to, empty if it is to nothing."""
        tiers = [say(f"tier.{tier}", self._lang) for tier in self._form.tiers]
        return join_list([*self._form.offices, *tiers], self._lang)

    def _write_size(self, sheet: Worksheet, row: int, register: Register) -> int:
        """Write how many subjects of a kind there are, or the cell to enter it, and where the plan knows it a cell for the
        reason of another number. Returns the last row.
        """
        label = layout.REGISTER.say(self._lang).format(title=register.kind.title[self._lang])
        named = any(subject.fixed for subject in register.subjects)
        value: str | int = "" if register.size is None else register.size
        hint = self._say("hint.named" if named else "hint.counted" if register.size is not None else "hint.register")
        if register.last_size is not None:
            hint += self._say("hint.last-size", size=register.last_size)
        self._write_pair(sheet, row, label, value, "words", hint)
        add_validation(sheet, make_size_rule(f"B{row}", self._lang), f"B{row}")
        if register.size is None:
            return row
        reason = self._say("hint.register-confirmed")
        if register.last_reason:
            reason += self._say("hint.last-reason", reason=register.last_reason)
        label = layout.REGISTER_CONFIRMED.say(self._lang).format(title=register.kind.title[self._lang])
        self._write_pair(sheet, row + 1, label, "", "words", reason)
        return row + 1

    def _write_pair(self, sheet: Worksheet, row: int, label: str, value: str | int, look: Look, hint: str) -> None:
        put(sheet, row, 1, label, "label")
        cell = put(sheet, row, 2, value, look)
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
        put(sheet, row, 3, hint, "hint")
        sheet.row_dimensions[row].height = row_height([(label, 30), (str(value), 42), (hint, 68)], 24)

    def write_instructions(self, sheet: Worksheet) -> None:
        """Write the instructions."""
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 108
        put(sheet, 1, 1, self._say("help.title"), "banner")
        sheet.row_dimensions[1].height = 34
        row = 2
        for section in ("fill", "blank", "reasons", "colours", "check"):
            row += 1
            put_band(sheet, row, self._say(f"help.{section}"), 2)
            for label, text, look in self._make_advice(section):
                row += 1
                put(sheet, row, 1, label, look)
                put(sheet, row, 2, text, "text")
                sheet.row_dimensions[row].height = row_height([(label, 22), (text, 108)], 24)
            row += 1

    def _make_advice(self, section: str) -> list[tuple[str, str, Look]]:
        """Return the lines of one section: a label, a sentence, and the look of the label."""
        plan, form = self._form.plan, self._form
        if section == "reasons":
            return [
                (words.say(self._lang), self._say(f"help.reason.{key}"), "label")
                for key, words in layout.REASONS.items()
            ]
        if section == "colours":
            looks: tuple[Look, ...] = ("entry", "last", "text", "head") if form.with_last else ("entry", "text", "head")
            return [("", self._say(f"help.colour.{look}"), look) for look in looks]
        details = {"plan": plan.id, "root": self._names[plan.root.id], "year": form.year}
        keys = {"fill": ("cover", "root", "number", "percent", "choice", "kind", "names", "confirmed", "evidence"),
                "blank": ("empty", "zero", "row", "cell", "nothing"),
                "check": ("command", "marked", "fix", "structure")}[section]  # fmt: skip
        kept = [key for key in keys if form.registers or key not in ("kind", "names", "row", "cell")]
        return [
            (self._say(f"help.{key}.label", **details), self._say(f"help.{key}", **details), "label") for key in kept
        ]
