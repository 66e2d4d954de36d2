"""Numbers that stand for those of many rows: a text made with them has slots, which the numbers of each row fill.

A slot is the number of one row and behaves like it, but where it would be written a token stands, and how it would have been
written is kept. So those who word one row word all that differ in their numbers alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import truediv
from typing import Any

Step = tuple[int | str, Callable[..., Any], tuple[Any, ...]]


class Slots:
    """The slots of one text, and how each is filled: numbers and texts with names, and what is done with them, step by step."""

    def __init__(self) -> None:
        self._mark = f"Q{secrets.token_hex(8).upper()}X"  # nothing that anybody writes
        self._tokens = re.compile(rf"{self._mark}(\d+)Z")
        self._steps: dict[Step, int] = {}

    @property
    def steps(self) -> Sequence[Step]:
        """All steps by number: what each is done with, what is done, and what else that is told."""
        return list(self._steps)

    def step(self, before: int | str, do: Callable[..., Any], *others: Any) -> int:
        """Return the number of a step: what is done with a number by name, or with what another step makes of one."""
        return self._steps.setdefault((before, do, others), len(self._steps))

    def token(self, step: int) -> str:
        """Return the token of the text that a step makes."""
        return f"{self._mark}{step}Z"

    def split(self, text: str) -> list[str | int]:
        """Split a text into what is the same for all rows and, between, the steps that make the texts of its slots."""
        return [int(part) if at % 2 else part for at, part in enumerate(self._tokens.split(text)) if part]


class Slot(Fraction):
    """The number of one row that stands for those of others; `at` is its name, or the step that makes it."""

    _slots: Slots
    _at: int | str

    def __new__(cls, number: Fraction, slots: Slots, at: int | str) -> Slot:
        """Make the slot of a number."""
        self = super().__new__(cls, number)
        self._slots, self._at = slots, at
        return self

    def __abs__(self) -> Slot:
        return Slot(abs(+self), self._slots, self._slots.step(self._at, abs))

    def __truediv__(self, other: Any) -> Slot:  # type: ignore[override]
        return Slot(+self / other, self._slots, self._slots.step(self._at, truediv, other))

    def __rtruediv__(self, other: Any) -> Slot:  # type: ignore[override]
        return Slot(other / +self, self._slots, self._slots.step(self._at, divide_into, other))

    def write(self, form: Callable[..., str], *others: Any) -> str:
        """Return a token for the text that `form` makes of the number and what else it is told."""
        return self._slots.token(self._slots.step(self._at, form, *others))

    def __str__(self) -> str:
        raise TypeError("a slot is written by its form")

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return str(self)


class WholeSlot(int):
    """The whole number of one row that stands for those of others."""

    _slots: Slots
    _at: int | str

    def __new__(cls, number: int, slots: Slots, at: int | str) -> WholeSlot:
        """Make the slot of a number."""
        self = super().__new__(cls, number)
        self._slots, self._at = slots, at
        return self

    def __abs__(self) -> WholeSlot:
        return WholeSlot(abs(int(self)), self._slots, self._slots.step(self._at, abs))

    def __str__(self) -> str:
        return self._slots.token(self._slots.step(self._at, str))

    def __format__(self, spec: str) -> str:
        return str(self)


def divide_into(number: Fraction, other: Any) -> Any:
    """Return another number divided by one."""
    return other / number
