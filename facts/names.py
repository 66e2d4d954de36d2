"""The names of subjects in a set of sheets: no hidden marks, not too long, and no two that look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dabiao.base.limits import limits, over
from dabiao.base.messages import any_pattern
from dabiao.base.names import PLAIN, folded, hidden, spelt
from dabiao.base.problems import Location, Problems

if TYPE_CHECKING:
    import polars as pl
    from dabiao.facts.model import Block, Sheet
    from dabiao.rules.model import Plan

_SHOWN = 60
_SUMMING = f"(?i:{any_pattern('pattern.maybe-total')})"  # every name of a totals row without rare characters has one
_LINE_ENDS = str.maketrans("\t\n\r", "   ")
_Place = tuple[str, Location]


def check_names(sheets: Iterable[Sheet], plan: Plan, problems: Problems) -> None:
    """Note every name that hides something, is too long, is that of a total, or looks like another one of its kind and root.

    Names of one root are compared over all years: a home that is written in two ways would lose its past. Places are
    those of the subjects.
    """
    sheets = list(sheets)
    _alike([(sheet.subject, sheet.location) for sheet in sheets], [], problems)
    _totals(sheets, plan, problems)
    groups: dict[tuple[str, str], tuple[list[_Place], list[Block]]] = {}
    for sheet in sheets:
        for row in sheet.rows:
            groups.setdefault((sheet.subject, row.kind), ([], []))[0].append((row.name, row.location))
        for block in sheet.blocks:
            groups.setdefault((sheet.subject, block.kind), ([], []))[1].append(block)
    for (root, _), (places, blocks) in groups.items():
        others = [place for place in places if place[0] != root]  # roots have been looked at
        _alike(others, blocks, problems)


def _totals(sheets: list[Sheet], plan: Plan, problems: Problems) -> None:
    """Note rows of totals and remarks: taken as one more subject, such a row counts every figure twice."""
    odd: list[tuple[str, str, Location]] = []
    for sheet in sheets:
        odd += ((row.kind, row.name, row.location) for row in sheet.rows)
        for block in sheet.blocks:
            mask = ~block.names.str.contains(f"^{PLAIN}$") | block.names.str.contains(_SUMMING)
            odd += ((block.kind, name, location) for name, location in _at(block, mask))
    if not odd:
        return
    from dabiao.facts.xlsx.names import is_total  # one list of words for all formats

    for kind, name, location in odd:
        if kind != plan.root.id and kind in plan.kinds and is_total(name, plan.kinds[kind]):
            problems.add("totals-name", location, found=name[:_SHOWN], expected=f"{plan.kinds[kind].title.zh} ({kind})")


def _alike(places: list[_Place], blocks: list[Block], problems: Problems) -> None:
    """Check names one by one; of tables only those with rare characters, and what these look like."""
    most = limits().name
    once = list(dict(reversed(places)).items())[::-1]  # each name at its first place
    rare = [place for block in blocks for place in _rare(block, most)]
    forms: set[str] = set()
    for name, location in (*once, *rare):
        if len(name) > most:
            problems.found.append(over("name", location, len(name)))
        # a long name wraps in its cell: a line end in it is a space
        if sign := hidden(name.translate(_LINE_ENDS), name=True):
            problems.add("hidden-mark", location, found=name[:_SHOWN], mark=sign)
        if (form := folded(name)) != name:
            forms.add(form)
    if not forms:  # names that are their own folded form differ to the eye
        return
    seen: dict[str, _Place] = {}
    plain = [place for block in blocks for place in _at(block, block.names.is_in(list(forms)))]
    for name, location in (*once, *plain, *rare):
        other, first = seen.setdefault(folded(name), (name, location))
        if other != name:
            problems.add("near-duplicate", location, found=spelt(name), other=spelt(other), first=first)


def _rare(block: Block, most: int) -> Iterator[_Place]:
    """Iterate over the names of a table that are long, or have more than plain letters, digits and Chinese characters."""
    usual = block.names.str.contains(f"^{PLAIN}$") & (block.names.str.len_chars() <= most)
    yield from _at(block, ~usual)


def _at(block: Block, mask: pl.Series) -> Iterator[_Place]:
    for position in mask.fill_null(value=False).arg_true().to_list():
        yield block.names[position], Location(block.file, block.lines[position])
