"""Start the program without Python: `dabiao` with arguments; the page where there are none, as a double click starts it."""

import sys
import warnings
from multiprocessing import freeze_support

# what cleans up behind processes is this program, too, and is started with options for Python: it is to be silent, and without
# their being noted it would not be known for what it is
warnings.filterwarnings("ignore", category=UserWarning, module=r"multiprocessing\.resource_tracker")
sys.warnoptions += [word[2:] for word in sys.argv[1:] if word.startswith("-W")]
freeze_support()  # a process that reads sheets is this program again: here it turns to its work, and goes no further

import os  # noqa: E402 - what follows is not for such a process
from collections.abc import Container  # noqa: E402
from pathlib import Path  # noqa: E402

from dabiao.__main__ import run  # noqa: E402
from dabiao.cli import COMMANDS  # noqa: E402


def give_back_paths() -> None:
    """Let programs that this one starts (a browser, ssh-keygen, openssl) find their own libraries, not those in this folder."""
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        before = os.environ.pop(f"{name}_ORIG", None)
        if before is not None:
            os.environ[name] = before
        elif os.environ.get(name) == getattr(sys, "_MEIPASS", ""):
            del os.environ[name]


def words_of_a_click(commands: Container[str]) -> list[str]:
    """Return what a double click asks for: the page, with its submissions in the user's folder, not in that of the program."""
    if "serve" not in commands:
        return ["--help"]
    try:
        documents = Path.home() / "Documents"
        folder = (documents if documents.is_dir() else documents.parent) / "Dabiao"
        folder.mkdir(exist_ok=True)
    except (OSError, RuntimeError):  # no home, or one that nothing can be written to
        return ["serve"]
    return ["serve", str(folder)]


def stay() -> None:
    """Keep the window that a double click opened until somebody has read it."""
    if sys.platform == "win32" and sys.stdin is not None and sys.stdin.isatty():
        os.system("pause")  # in the language of the system


if __name__ == "__main__":
    give_back_paths()
    clicked = not sys.argv[1:]
    if clicked:
        sys.argv += words_of_a_click(COMMANDS)
    run(stay if clicked else None)
