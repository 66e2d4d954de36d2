"""Writes a document as a Word file, A4, to be edited and printed: the same document gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time
from typing import IO, TYPE_CHECKING, Any

from dabiao.base.archive import write_archive
from dabiao.base.libraries import require_library
from dabiao.base.messages import say
from dabiao.reports.document import Document, Heading, in_words, one_line

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_NO_DAY = date(1980, 1, 1)
_THUMBNAIL = "/thumbnail"  # of the empty page that the library begins with


def write(document: Document, stream: IO[bytes]) -> None:
    """Write a document, its summary under the title. Raises `Refused` if python-docx is not installed."""
    with require_library("docx"):
        import docx
    from dabiao.reports.word_blocks import WordBlocks

    file = docx.Document()
    _say_nothing_of_the_machine(file, document)
    blocks = WordBlocks(file, document.lang)
    shown = list(in_words(document.blocks))
    titled = bool(shown) and isinstance(shown[0], Heading) and shown[0].level == 1
    for block in shown[:titled]:
        blocks.add(block)
    for line in document.summary:
        blocks.add_summary(line)
    for block in shown[titled:]:
        blocks.add(block)
    made = io.BytesIO()
    file.save(made)
    with zipfile.ZipFile(made) as archive:
        write_archive({member.filename: archive.read(member) for member in archive.infolist()}, stream)


def _say_nothing_of_the_machine(file: WordFile, document: Document) -> None:
    """Give the file its title and the day it speaks of, and neither an author nor the time of writing."""
    properties = file.core_properties
    title = next((block.text for block in document.blocks if isinstance(block, Heading)), "")
    properties.title, properties.language = one_line(title)[:255], say("language.tag", document.lang)
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.revision = 1
    day = datetime.combine(document.as_of or _NO_DAY, time(), UTC)
    properties.created = properties.modified = day
    relations: Any = file.part.package.rels if file.part.package else {}
    for name in [name for name, one in relations.items() if one.reltype.endswith(_THUMBNAIL)]:
        del relations[name]
