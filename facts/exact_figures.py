"""Figures that no float holds, by measure and position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

Cell = tuple[str, int]  # measure and position


class ExactFigures(Mapping[Cell, Fraction]):
    """Exact figures by measure and position: single ones, and columns of texts that are read when one is asked for."""

    def __init__(
        self, single: Mapping[Cell, Fraction] | None = None, columns: Mapping[str, pl.Series] | None = None
    ) -> None:
        self._single, self._columns = dict(single or {}), columns or {}

    def __getitem__(self, cell: Cell) -> Fraction:
        if cell in self._single:
            return self._single[cell]
        measure, at = cell
        text = self._columns[measure][at] if measure in self._columns else None
        if text is None:
            raise KeyError(cell)
        return Fraction(text)

    def __iter__(self) -> Iterator[Cell]:
        yield from self._single
        for measure, texts in self._columns.items():
            rows = texts.is_not_null().arg_true().to_list()
            yield from ((measure, at) for at in rows if (measure, at) not in self._single)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def measures(self) -> set[str]:
        """The measures with such a figure."""
        filled = {name for name, texts in self._columns.items() if texts.null_count() < len(texts)}
        return filled | {measure for measure, _ in self._single}

    def extended(self, more: int) -> ExactFigures:
        """Return the figures with so many rows behind them that have none."""
        return ExactFigures(
            self._single, {name: texts.extend_constant(None, more) for name, texts in self._columns.items()}
        )

    def gathered(self, rows: list[int]) -> ExactFigures:
        """Return the figures of some rows, which are numbered anew."""
        new = {old: at for at, old in enumerate(rows)}
        single = {(measure, new[row]): value for (measure, row), value in self._single.items() if row in new}
        return ExactFigures(single, {name: texts.gather(rows) for name, texts in self._columns.items()})
