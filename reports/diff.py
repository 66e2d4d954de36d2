"""What changed between two plans, or two days of one, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dabiao.base.messages import catalogue, say
from dabiao.reports.document import Block, Document, Heading, Item, Items, Paragraph
from dabiao.rules.diff import Difference
from dabiao.rules.model import Plan

if TYPE_CHECKING:
    from dabiao.rules.services import ComparedPlans

FORMAT = "dabiao/differences/1"


def document(compared: ComparedPlans, lang: str, most: int | None = None) -> Document:
    """Return every change with both places, whatever `most` is."""
    del most
    return Document(lang, tuple(_blocks(compared, lang)))


def _blocks(compared: ComparedPlans, lang: str) -> Iterator[Block]:
    versions = {"old": _version(compared.old, lang), "new": _version(compared.new, lang)}
    yield Heading(say("diff.title", lang, **versions), 1)
    for about, group in groupby(compared.differences, key=lambda difference: difference.about):
        several = list(group)
        yield Heading(say("diff.group", lang, item=say(f"diff.{about}", lang), count=len(several)))
        lines = []
        for difference in several:
            places = [str(place) for place in (difference.old_where, difference.new_where) if place]
            lines += [Item(say_difference(difference, lang)), Item(" → ".join(dict.fromkeys(places)), nested=True)]
        yield Items(tuple(lines))
    if not compared.differences:
        yield Paragraph(say("diff.nothing", lang))


def say_difference(difference: Difference, lang: str) -> str:
    """Say a difference in one sentence, without its places."""
    item = say(f"diff.{difference.about}", lang)
    name = difference.title[lang]
    named = item if difference.about == "plan" else say("diff.item", lang, item=item, name=name, id=difference.id)
    if name == difference.id:
        named = say("diff.item-by-id", lang, item=item, id=difference.id)
    if difference.change != "changed":
        return say(f"diff.{difference.change}", lang, item=named)
    old, new = (_value(difference.aspect, value, lang) for value in (difference.old, difference.new))
    note = say("diff.same-value", lang) if difference.same_value else ""
    return say("diff.changed", lang, item=named, aspect=_aspect(difference.aspect, lang), old=old, new=new) + note


def _aspect(aspect: str, lang: str) -> str:
    """Name a key; one that is inside another by both names."""
    separator = " · "
    return separator.join(say(f"diff.key.{part}", lang) for part in aspect.split("."))


def _value(aspect: str, value: str | None, lang: str) -> str:
    """Write a value for people: nothing as such, words of the plan language by their meaning, the rest as written."""
    if value is None:
        return say("diff.none", lang)
    code = f"diff.{aspect}.{value}"
    return say(code, lang) if code in catalogue(lang) else value


def as_json(compared: ComparedPlans, lang: str) -> dict[str, Any]:
    """Return what changed as plain values."""
    return {
        "format": FORMAT,
        "old": _plan_json(compared.old),
        "new": _plan_json(compared.new),
        "differences": [_difference_json(difference, lang) for difference in compared.differences],
    }


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.id, "version": plan.version, "amendments": list(plan.amended)}


def _difference_json(difference: Difference, lang: str) -> dict[str, Any]:
    return {
        "about": difference.about,
        "id": difference.id,
        "title": difference.title[lang],
        "change": difference.change,
        "aspect": difference.aspect or None,
        "old": difference.old,
        "new": difference.new,
        "same_value": difference.same_value,
        "old_place": str(difference.old_where) if difference.old_where else None,
        "new_place": str(difference.new_where) if difference.new_where else None,
        "sentence": say_difference(difference, lang),
    }


def _version(plan: Plan, lang: str) -> str:
    amended = say("diff.amended", lang, names=", ".join(plan.amended)) if plan.amended else ""
    return say("diff.version", lang, plan=plan.title[lang], version=plan.version) + amended
