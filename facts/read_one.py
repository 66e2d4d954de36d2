"""Reads one sheet. All errors are caught and noted here, so that no sheet keeps others from being read."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TypeAlias, cast

from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.facts.formats.csv_folder import Folder, Source, read_folder
from dabiao.facts.formats.detect import format_of
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary

ReadSheet: TypeAlias = "tuple[Sheet | None, list[Problem]]"
"""What comes of one sheet: None if it cannot be used at all, and its problems. It can be pickled, for another process."""


def read_with_problems(source: Source, vocabulary: Vocabulary) -> ReadSheet:
    """Read one sheet, and return it with what is wrong with it."""
    problems = Problems()
    sheet = read_one(source, vocabulary, problems)
    return sheet, list(problems.found)


def read_one(source: Source, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read one sheet (a file or a folder of tables). Notes everything wrong with it; None if it cannot be used at all.

    An exception inside the program is noted as a problem of the sheet, too.
    """
    try:
        if isinstance(source, Folder) or (isinstance(source, Path) and source.is_dir()):
            return read_folder(source, vocabulary, problems)
        return cast("Sheet | None", format_of(source).read(source, vocabulary, problems))
    except Refused as refused:
        problems.extend(refused.problems)
    except MemoryError:
        problems.add("no-memory", Location(str(source)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
        problems.add("internal-error", Location(str(source)), reason=reason)
    return None
