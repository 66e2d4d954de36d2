"""Recognises the head of a data set, and lists the files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dabiao.base.contents import BEGINNING
from dabiao.base.files import first_bytes
from dabiao.base.nodes import read_yaml
from dabiao.base.problems import Problems, Refused
from dabiao.rules.shape import read

_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?[\"']?dataset[\"']?[ \t]*:", re.MULTILINE)


def is_data_set(file: object) -> bool:
    """Whether a file on disk is the head of a data set."""
    if not isinstance(file, Path) or not re.search(r"\.facts\.ya?ml$", file.name.lower()):
        return False
    return bool(_KEY.search(first_bytes(file, BEGINNING)))


def data_files(head: Path) -> Iterator[Path]:
    """Iterate over the files of a data set beside its head; those that cannot be found are passed over."""
    from dabiao.facts.datasets.pieces import list_files
    from dabiao.facts.datasets.written import DataSet

    try:
        written = read(DataSet, read_yaml(head, problems := Problems()), problems)
    except Refused:
        return
    for table in written.dataset if written else ():
        yield from list_files(head.parent, table.files)
