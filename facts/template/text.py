"""Writes a template as text: a YAML skeleton whose measures are comments to fill in, or a CSV folder."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import yaml
from dabiao.base.messages import say, visible
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.spreadsheet import is_formula
from dabiao.base.writing import refuse_output
from dabiao.base.writing import write_folder as write_whole_folder
from dabiao.facts.formats.csv_folder import HEAD
from dabiao.facts.layout import IN, NAME
from dabiao.facts.template.form import Form, Line, Register, clauses_text, definition_text, last_text
from dabiao.facts.vocabulary import Headings

_PLAIN = re.compile(r"[^\W\d_]\w*")
_WORDS = {"null", "yes", "no", "true", "false", "on", "off", "y", "n"}


def yaml_text(form: Form, lang: str, *, subjects: bool = True) -> str:
    """Return the YAML skeleton: known values as keys, and every measure as a comment line.

    Unless it is filled in, it reports nothing. Without `subjects` it is the head of a CSV folder. Raises `Refused` for a
    form without a root subject.
    """
    if not form.subject:
        raise Refused([Problem("template.needs-subject", Location("--subject"))])
    return "\n".join(
        [
            *_write_head(form, lang),
            *_write_registers(form, lang),
            *_write_own(form, lang),
            *_write_below(form, lang, subjects),
            "",
        ]
    )


def write_yaml(form: Form, lang: str, stream: TextIO) -> None:
    """Write the YAML skeleton. Raises `Refused` as `yaml_text` does."""
    stream.write(yaml_text(form, lang))


def _make_comment(text: str, indent: int = 0) -> list[str]:
    """Return a text as comment lines, so that no part of it is read as YAML."""
    return [f"{' ' * indent}# {visible(part)}".rstrip() for part in text.splitlines() if part.strip()]


def _write_head(form: Form, lang: str) -> Iterator[str]:
    plan = form.plan
    yield from _make_comment(
        say("template.yaml.title", lang, title=plan.title[lang], version=plan.version, year=form.year)
    )
    yield from _make_comment(say("template.yaml.help", lang))
    yield ""
    yield f"plan: {plan.id}"
    yield f"subject: {_quote_scalar(form.subject)}"
    yield f"year: {form.year}"
    for key in ("submitted", "source", "nothing"):
        yield f"# {key}:   # {say(f'template.yaml.{key}', lang)}"
    yield ""


def _write_registers(form: Form, lang: str) -> Iterator[str]:
    if not form.registers:
        return
    known = [register for register in form.registers if register.size is not None]
    yield from _make_comment(say("template.yaml.registers", lang))
    yield "registers:"
    if not known:
        yield f"  {{}}  # {say('template.yaml.delete', lang)}"
    for register in form.registers:
        title = visible(register.kind.title[lang])
        said = "" if register.last_size is None else say("template.hint.last-size", lang, size=register.last_size)
        mark, size = ("", f" {register.size}") if register.size is not None else ("# ", "  ")
        yield f"  {mark}{register.kind.id}:{size}  # {title}{said}"
    yield ""


def _write_own(form: Form, lang: str) -> Iterator[str]:
    yield "facts:"
    yield f"  {{}}  # {say('template.yaml.delete', lang)}"
    for chapter, lines in form.chapters.items():
        if chapter or len(form.chapters) > 1:
            yield ""
            yield from _make_comment(f"— {chapter or say('template.no-chapter', lang)} —", 2)
        for line in lines:
            yield from _write_measure(form, line, lang, 2)
    yield ""


def _write_measure(form: Form, line: Line, lang: str, indent: int) -> Iterator[str]:
    """Write one measure: its line to fill in with title, unit and last year's figure, then definition and clauses."""
    yield _make_blank(form, line, None, lang, indent)
    yield from (f"{' ' * indent}{note}" for note in _make_notes(line, lang))


def _make_notes(line: Line, lang: str) -> list[str]:
    """Return definition and clauses with two comment signs: they remain comments when the line above is filled in."""
    texts = [definition_text(line.measure, lang), clauses_text(line, lang)]
    return [f"##   {visible(part)}" for text in texts for part in text.splitlines() if part.strip()]


def _make_blank(form: Form, line: Line, subject: str | None, lang: str, indent: int) -> str:
    measure = line.measure
    unit = "" if measure.steps else measure.unit.symbol
    said = measure.title[lang] + (f" [{unit}]" if unit else "")
    if fact := form.last_fact(measure, subject) if form.with_last and subject != "" else None:
        said += say("template.yaml.last", lang, value=last_text(fact, measure, lang))
        if fact.confirmed:
            said += say("template.yaml.confirmed", lang, why=fact.confirmed)
    return f"{' ' * indent}# {measure.id}: {unit}  # {visible(' '.join(said.split()))}"


def _write_below(form: Form, lang: str, subjects: bool) -> Iterator[str]:
    """Write the subjects of each kind: those with known names, and one to copy."""
    if not form.registers:
        return
    if not subjects:
        yield from _make_comment(say("template.yaml.csv", lang))
        for register in form.registers:
            yield ""
            yield from _make_comment(f"— {register.kind.id}.csv: {register.kind.title[lang]} —")
            for line in register.lines:
                yield from _write_measure(form, line, lang, 0)
        return
    yield from _make_comment(say("template.yaml.subjects", lang))
    yield "subjects:"
    if not any(register.subjects for register in form.registers):
        yield f"  []  # {say('template.yaml.delete', lang)}"
    for register in form.registers:
        yield ""
        yield from _make_comment(f"— {register.kind.title[lang]} —", 2)
        yield from _write_example(form, register, lang)
        for subject in register.subjects:
            yield f"  - kind: {register.kind.id}"
            yield f"    name: {_quote_scalar(subject.name)}"
            if _has_parent(form, register):
                yield (
                    f"    in: {_quote_scalar(subject.parent)}" if subject.parent else f"    # in:   # {IN.say(lang)}"
                )
            yield "    facts:"
            yield f"      {{}}  # {say('template.yaml.delete', lang)}"
            yield from (_make_blank(form, line, subject.name, lang, 6) for line in register.lines)


def _write_example(form: Form, register: Register, lang: str) -> Iterator[str]:
    """Write a subject to copy, all in comments, with definitions and clauses."""
    yield f"  # - kind: {register.kind.id}"
    yield "  #   name:"
    if _has_parent(form, register):
        yield "  #   in:"
    yield "  #   facts:"
    for line in register.lines:
        yield f"  #     {_make_blank(form, line, '', lang, 0).removeprefix('# ')}"
        yield from (f"  #     {note}" for note in _make_notes(line, lang))


def _has_parent(form: Form, register: Register) -> bool:
    return register.kind.parent != form.plan.root.id


def _quote_scalar(text: str) -> str:
    """Write a text so that YAML reads back exactly the same text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9).strip()


def write_folder(form: Form, lang: str, folder: Path) -> None:
    """Write the CSV folder, completely or not at all.

    Raises `Refused` if the folder is not empty or cannot be written, and for a name that a spreadsheet program would run
    as a formula: a CSV file cannot mark it as text.
    """
    files = {HEAD: yaml_text(form, lang, subjects=False)}
    problems = Problems()
    for register in form.registers:
        files[f"{register.kind.id}.csv"] = "\ufeff" + _write_csv(form, register, lang, problems)
    problems.refuse()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused([Problem("template.not-empty", Location(str(folder)))])
    except OSError as error:
        raise refuse_output(str(folder), error) from None
    write_whole_folder(folder, files)


def _write_csv(form: Form, register: Register, lang: str, problems: Problems) -> str:
    """Return one register: titles with units as headings, the known names, and empty cells."""
    inside, known = _has_parent(form, register), Headings(form.plan, register.kind.id)
    words = [words.say(lang) for words in ((NAME, IN) if inside else (NAME,))]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*words, *(_make_heading(line, known, lang) for line in register.lines)])
    for subject in register.subjects:
        cells: Sequence[str] = [subject.name, subject.parent or ""] if inside else [subject.name]
        for cell in cells:
            if is_formula(cell):
                problems.add("template.formula", Location("--format"), found=cell, expected=register.kind.title[lang])
        writer.writerow([*cells, *[""] * len(register.lines)])
    return stream.getvalue()


def _make_heading(line: Line, known: Headings, lang: str) -> str:
    """Return the title of a measure with its unit, or its id where the title would not be read as this measure."""
    measure = line.measure
    unit = "" if measure.steps or not measure.unit.symbol else f" [{measure.unit.symbol}]"
    titled = " ".join(measure.title[lang].split()) + unit
    return titled if known.heading(titled).measure is measure else f"{measure.id}{unit}"
