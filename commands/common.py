"""What all commands share: an exit code and a message for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from dabiao.base.ending import speak
from dabiao.base.exits import EXIT_INTERNAL
from dabiao.base.messages import default_lang, say, visible
from dabiao.base.problems import Problem, Refused


def command_line(run: Callable[..., int]) -> Callable[..., None]:
    """Turn what can go wrong into a message and an exit code: no traceback ever reaches a user."""

    @wraps(run)
    def command(*args: Any, **options: Any) -> None:
        lang = options["lang"] = options.get("lang") or default_lang()
        speak(lang)
        try:
            code = run(*args, **options)
            sys.stdout.flush()
        except Refused as refused:
            tell(refused.problems, lang)
            code = refused.exit_code
        except Exception as error:
            if os.environ.get("DABIAO_DEBUG"):
                raise
            code = _tell_unexpected(error, lang)
        sys.exit(code)

    return command


def _tell_unexpected(error: Exception, lang: str) -> int:
    """Print an unexpected exception: an `OSError` about a file is the user's to solve, anything else is an internal error."""
    from dabiao.base.writing import find_refusal  # few runs come here

    if (refused := find_refusal(error)) is not None:
        tell(refused.problems, lang)
        return refused.exit_code
    sys.stderr.write(say("internal-error", lang, reason=visible(f"{type(error).__name__}: {error}")) + "\n")
    return EXIT_INTERNAL


def tell(problems: Sequence[Problem], lang: str) -> None:
    """Print problems to standard error, one a line."""
    for problem in problems:
        sys.stderr.write(problem.text(lang) + "\n")
