"""Blocks of a programme: what no row joins can be solved apart, and the answers put together are exact."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from dabiao.budget.affine import Affine
from dabiao.budget.programme import Programme, Row

T = TypeVar("T")


@dataclass
class _Group:
    """Variables that rows join, those rows, and the block they make as long as nothing is added."""

    variables: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    block: Block | None = None


class _Groups:
    """Variables in groups that have no row in common."""

    def __init__(self) -> None:
        self.parents: dict[int, int] = {}
        self.heads: dict[int, _Group] = {}  # by the variable that stands for all of the group

    def add_variable(self, variable: int) -> None:
        """Add a variable that no row joins to others yet."""
        self.parents[variable] = variable
        self.heads[variable] = _Group([variable])

    def add_row(self, row: Row) -> None:
        """Add a row on variables that were added."""
        head, *others = {self.find_head(variable) for variable in row.factors}
        for other in others:
            head = self._join(head, other)
        self.heads[head].rows.append(row)
        self.heads[head].block = None

    def find_head(self, variable: int) -> int:
        """Return the variable that stands for the group of a variable."""
        parents = self.parents
        while parents[variable] != variable:
            parents[variable] = parents[parents[variable]]
            variable = parents[variable]
        return variable

    def _join(self, one: int, other: int) -> int:
        """Join two groups, the smaller to the larger; return the variable that stands for both."""
        if len(self.heads[one].variables) < len(self.heads[other].variables):
            one, other = other, one
        joined = self.heads.pop(other)
        self.parents[other] = one
        self.heads[one].variables += joined.variables
        self.heads[one].rows += joined.rows
        return one


@dataclass(frozen=True, eq=False)
class Block:
    """Variables in the order in which they were added, and all rows on them. A block is equal to itself only."""

    variables: tuple[int, ...]
    rows: tuple[Row, ...]
    _groups: dict[int, tuple[Affine, _Groups]] = field(default_factory=dict)  # by objective

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
        self._follow(ahead, known, found)
        return sorted(known), list(found.values())

    def find_near(self, objective: Affine, variables: Iterable[int]) -> tuple[list[int], list[Row]]:
        """Return those of what an objective needs that rows join to some variables, and what these need.

        All others are as they are best if nothing is asked of the variables.
        """
        if id(objective) not in self._groups:
            groups = _Groups()
            needed, rows = self.find_needed(objective.factors, ())
            for variable in needed:
                groups.add_variable(variable)
            for row in rows:
                groups.add_row(row)
            self._groups[id(objective)] = objective, groups
        _, groups = self._groups[id(objective)]
        known: set[int] = set()
        found: dict[int, Row] = {}
        beyond = self._follow(list(variables), known, found, groups.parents)
        for head in {groups.find_head(variable) for variable in beyond}:
            known.update(groups.heads[head].variables)
            found.update((id(row), row) for row in groups.heads[head].rows)
        return sorted(known), list(found.values())

    def _follow(self, ahead: list[int], known: set[int], found: dict[int, Row], end: Container[int] = ()) -> set[int]:
        """Add what variables mean to those known and to the rows found; return the variables at which it ends."""
        beyond: set[int] = set()
        while ahead:
            variable = ahead.pop()
            if variable in end:
                beyond.add(variable)
            elif variable not in known:
                known.add(variable)
                for row in self._rows_of.get(variable, ()):
                    if id(row) not in found:
                        found[id(row)] = row
                        ahead.extend(row.factors)
        return beyond


class Blocks:
    """The blocks of a programme that may grow. A block stays the same object as long as nothing is added to it."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._groups = _Groups()
        self._rows = 0  # how many rows are taken in
        self._impossible = False
        self._homes: list[Block] | None = None  # the block of each variable

    @property
    def size(self) -> tuple[int, int]:
        """How many variables and rows the programme has: blocks are the same as long as it is."""
        return len(self._programme.lower), len(self._programme.rows)

    @property
    def impossible(self) -> bool:
        """Whether a row without variables does not hold."""
        self._take_in()
        return self._impossible

    def find(self) -> list[Block]:
        """Return all blocks, each with a variable at least."""
        self._take_in()
        return [self._make_block(group) for group in self._groups.heads.values()]

    def find_touched(self, variables: Iterable[int]) -> list[Block]:
        """Return the blocks of some variables, each once."""
        self._take_in()
        heads = dict.fromkeys(self._groups.find_head(variable) for variable in variables)
        return [self._make_block(self._groups.heads[head]) for head in heads]

    def split(self, numbers: Mapping[int, T]) -> dict[Block, dict[int, T]]:
        """Return numbers of variables by block."""
        self._take_in()
        if self._homes is None:
            self._homes = [None] * len(self._groups.parents)  # type: ignore[list-item]
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
        known = len(self._groups.parents)
        if (known, self._rows) == self.size:
            return
        self._homes = None
        for variable in range(known, len(self._programme.lower)):
            self._groups.add_variable(variable)
        for row in self._programme.rows[self._rows :]:
            if row.factors:
                self._groups.add_row(row)
            else:
                self._impossible |= not row.holds({})
        self._rows = len(self._programme.rows)


def join_blocks(blocks: Iterable[Block]) -> Block:
    """Return several blocks as one."""
    blocks = tuple(blocks)
    variables = sorted(variable for block in blocks for variable in block.variables)
    return Block(tuple(variables), tuple(row for block in blocks for row in block.rows))
