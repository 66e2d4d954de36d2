"""Blocks of a programme: what no row joins can be solved apart, and the answers put together are exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from dabiao.budget.programme import Programme, Row

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Block:
    """Variables in the order in which they were added, and all rows on them. A block is equal to itself only."""

    variables: tuple[int, ...]
    rows: tuple[Row, ...]

    @cached_property
    def _rows_of(self) -> dict[int | None, list[Row]]:
        """The rows that say what a variable means, by variable; under None those that always hold."""
        found: dict[int | None, list[Row]] = {None: []}
        for row in self.rows:
            for variable in row.of or (None,):
                found.setdefault(variable, []).append(row)
        return found

    def find_needed(self, variables: Iterable[int], rows: Sequence[Row]) -> tuple[list[int], list[Row]]:
        """Return the variables and rows that have a part in a question about some variables, within further rows.

        All others can be filled in afterwards: what they mean follows from the decisions.
        """
        found = {id(row): row for row in (*self._rows_of[None], *rows)}
        ahead = [*variables, *(variable for row in found.values() for variable in row.factors)]
        known: set[int] = set()
        while ahead:
            variable = ahead.pop()
            if variable in known:
                continue
            known.add(variable)
            for row in self._rows_of.get(variable, ()):
                if id(row) not in found:
                    found[id(row)] = row
                    ahead.extend(row.factors)
        return sorted(known), list(found.values())


@dataclass
class _Group:
    """The variables and rows of a block that may still grow, and the block they make as long as it does not."""

    variables: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    block: Block | None = None


class Blocks:
    """The blocks of a programme that may grow. A block stays the same object as long as nothing is added to it."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._parents: list[int] = []
        self._groups: dict[int, _Group] = {}  # by the variable that stands for all of the group
        self._rows = 0  # how many rows are taken in
        self._impossible = False
        self._homes: list[Block] | None = None  # the block of each variable

    @property
    def impossible(self) -> bool:
        """Whether a row without variables does not hold."""
        self._take_in()
        return self._impossible

    def find(self) -> list[Block]:
        """Return all blocks, each with a variable at least."""
        self._take_in()
        return [self._make_block(group) for group in self._groups.values()]

    def find_touched(self, variables: Iterable[int]) -> list[Block]:
        """Return the blocks of some variables, each once."""
        self._take_in()
        heads = dict.fromkeys(self._find_head(variable) for variable in variables)
        return [self._make_block(self._groups[head]) for head in heads]

    def split(self, numbers: Mapping[int, T]) -> dict[Block, dict[int, T]]:
        """Return numbers of variables by block."""
        self._take_in()
        if self._homes is None:
            self._homes = [None] * len(self._parents)  # type: ignore[list-item]
            for block in self.find():
                for variable in block.variables:
                    self._homes[variable] = block
        found: dict[Block, dict[int, T]] = {}
        for variable, number in numbers.items():
            found.setdefault(self._homes[variable], {})[variable] = number
        return found

    def _make_block(self, group: _Group) -> Block:
        if group.block is None:
            group.variables.sort()
            group.block = Block(tuple(group.variables), tuple(group.rows))
        return group.block

    def _take_in(self) -> None:
        """Take in the variables and rows that were added to the programme since."""
        if (len(self._parents), self._rows) == (len(self._programme.lower), len(self._programme.rows)):
            return
        self._homes = None
        for variable in range(len(self._parents), len(self._programme.lower)):
            self._parents.append(variable)
            self._groups[variable] = _Group([variable])
        for row in self._programme.rows[self._rows :]:
            if not row.factors:
                self._impossible |= not row.holds({})
                continue
            head, *others = {self._find_head(variable) for variable in row.factors}
            for other in others:
                head = self._join(head, other)
            self._groups[head].rows.append(row)
            self._groups[head].block = None
        self._rows = len(self._programme.rows)

    def _find_head(self, variable: int) -> int:
        parents = self._parents
        while parents[variable] != variable:
            parents[variable] = parents[parents[variable]]
            variable = parents[variable]
        return variable

    def _join(self, one: int, other: int) -> int:
        """Join two groups, the smaller to the larger; return the variable that stands for both."""
        if len(self._groups[one].variables) < len(self._groups[other].variables):
            one, other = other, one
        joined = self._groups.pop(other)
        self._parents[other] = one
        self._groups[one].variables += joined.variables
        self._groups[one].rows += joined.rows
        return one


def join_blocks(blocks: Iterable[Block]) -> Block:
    """Return several blocks as one."""
    blocks = tuple(blocks)
    variables = sorted(variable for block in blocks for variable in block.variables)
    return Block(tuple(variables), tuple(row for block in blocks for row in block.rows))
