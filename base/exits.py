"""Exit codes, with one meaning whatever the command and its options."""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FELL_SHORT = 1
EXIT_REFUSED = 2
EXIT_UNDECIDED = 3
EXIT_INTERNAL = 4
