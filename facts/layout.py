"""Layout of facts in workbooks and tables. A template writes it in one language; the readers accept every language.

A workbook has a cover, one sheet for the root subject, and one for each kind of subject below it.

- The **cover** has labels (`COVER`) with their values in the next cell to the right, and one line per kind of subject with
  the size of its register (`REGISTER`), and one for the reason where it is not the plan's (`REGISTER_CONFIRMED`). The lines
  `HEADS` are remarks for people; of `scope` the tiers are read, to know what a form asked for.
- The **root sheet** is a list: one row a measure, with the columns `LIST`. It is named after the root kind. Rows above the
  titles are free text; a row in which only the first column is filled is the heading of a chapter. Columns of what the
  plan says (`baseline`, `expected`, `target`, `timing`, `owner`) are for people; the column of ids is hidden.
- A **kind's sheet** is a register: one row a subject, a column `name`, a column `in` where the kind is not directly under the
  root, one column a measure, and the columns `ROW`, which apply to the whole row: `reason` holds for each of its empty cells.
  Above the titles stands a hidden row of ids (a measure's id, `LAST` + id for last year's figure, or the key of a column), and
  above that free text: a banner, definitions, clauses. A title gives the unit in brackets: 床位 [张].
- Sheets are named by the title of their kind, or its id. The last row of headings is the one right above the data.
- `LISTS_SHEET` is hidden and holds the choices of the drop-downs; readers ignore it.
- `FINDINGS_SHEET` is added to a returned workbook and lists its findings; readers ignore it when it is submitted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dabiao.base.messages import LANGS, all_words, words
from dabiao.rules.shape import Text

TEMPLATE = "2"  # version of this layout
READABLE = ("1", TEMPLATE)  # 1 has visible ids and fewer columns; a workbook that states another version is refused


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one item of the layout: written in one language, read in any."""

    code: str

    def say(self, lang: str) -> str:
        """Return the word that is written."""
        return words(self.code, lang)[0]

    def titled(self, title: Text) -> tuple[str, ...]:
        """Return the words with a title filled in, each in its own language, such as `REGISTER` with that of a kind."""
        return tuple(word.format(title=title[lang]) for lang in LANGS for word in words(self.code, lang))

    def __iter__(self) -> Iterator[str]:
        return iter(all_words(self.code))


def _make_words(place: str, *keys: str) -> dict[str, Words]:
    return {key: Words(f"layout.{place}.{key}") for key in keys}


COVER_SHEET, HELP_SHEET = Words("layout.sheet.cover"), Words("layout.sheet.help")
LISTS_SHEET, FINDINGS_SHEET = Words("layout.sheet.lists"), Words("layout.sheet.findings")
BELOW = 1000  # rows below those laid out in which more subjects may be written
LAST = "last:"
LAST_OF = Words("layout.last-of")  # title of such a column on a kind's sheet
NAME, NAME_OF, IN, IN_OF = Words("layout.name"), Words("layout.name-of"), Words("layout.in"), Words("layout.in-of")
REASON = Words("layout.reason")
NUMBERING = Words("layout.numbering")
COMPLETE = Words("layout.complete")
REGISTER = Words("layout.register")  # a whole number, or `COMPLETE`
REGISTER_CONFIRMED = Words("layout.register-confirmed")  # why it is not the plan's number

_SAID: dict[str, Words] = {key: Words(f"layout.{key}") for key in ("confirmed", "evidence", "note")}
_NOTHING = {"nothing": Words("layout.nothing")}
COVER: Mapping[str, Words] = {
    **_make_words("cover", "plan", "version", "template", "year", "subject", "submitted", "source"),
    **_NOTHING,
    **_make_words("cover", "synthetic"),
}
LIST: Mapping[str, Words] = {
    **_make_words("list", "chapter", "id", "title", "unit", "timing", "definition", "clause", "owner", "baseline"),
    **_make_words("list", "last", "expected", "target", "value"),
    "reason": REASON,
    **_SAID,
}
HEADS: Mapping[str, Words] = _make_words("head", "number", "issuer", "scope", "filler", "checker")
ROW: Mapping[str, Words] = {"reason": REASON, **_NOTHING, **_SAID}
REASONS: Mapping[str, Words] = _make_words("reason", "late", "not_collected", "suppressed", "not_applicable")
