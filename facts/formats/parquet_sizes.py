"""How much a Parquet file unpacks to, as its footer and the headers of its pages say, before anything in it is unpacked.

Both are structs of Thrift's compact protocol. What decodes a page takes as much memory as the header of the page says.
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from struct import unpack_from
from typing import Any, TypeAlias

_MAGIC = b"PAR1"
_TAIL = 8  # length of the footer, and the magic bytes
_DEEPEST = 32
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_WIDTHS = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}
_ROW_GROUPS, _COLUMNS, _META = 4, 1, 3  # numbers of fields
_PACKED, _DATA, _INDEX, _DICTIONARY = 7, 9, 10, 11
_PAGE_UNPACKED, _PAGE_PACKED = 2, 3

_Fields: TypeAlias = dict[int, Any]
Bytes: TypeAlias = bytes | mmap
"""The bytes of a file, in memory or on disk."""


def unpacked_bytes(data: Bytes, most: int) -> int:
    """Return how many bytes the pages of a Parquet file unpack to; no further than `most` is counted.

    Raises `ValueError` for what is no Parquet file, or cannot be what it says.
    """
    footer = _read_footer(data)
    total = 0
    for group in _structs(footer, _ROW_GROUPS):
        for column in _structs(group, _COLUMNS):
            for size in _pages(data, _struct(column, _META)):
                total += size
                if total > most:
                    return total
    return total


def footer_bytes(data: Bytes) -> int:
    """Return how long the footer is. Raises `ValueError` for what is no Parquet file."""
    if len(data) < _TAIL + len(_MAGIC) or data[:4] != _MAGIC or data[-4:] != _MAGIC:
        raise ValueError("no Parquet file")
    size = int(unpack_from("<I", data, len(data) - _TAIL)[0])
    if size + _TAIL + len(_MAGIC) > len(data):
        raise ValueError("the footer is longer than the file")
    return size


def _read_footer(data: Bytes) -> _Fields:
    return _Reader(data, len(data) - _TAIL - footer_bytes(data), len(data) - _TAIL).struct()


def _pages(data: Bytes, chunk: _Fields) -> Iterator[int]:
    """Iterate over the unpacked sizes of the pages of a column."""
    starts = [offset for name in (_DATA, _DICTIONARY, _INDEX) if (offset := _number(chunk, name, 0)) > 0]
    if not starts:
        raise ValueError("a column begins nowhere")
    position = min(starts)
    end = position + _number(chunk, _PACKED)
    if end > len(data):
        raise ValueError("a column ends behind the file")
    while position < end:
        reader = _Reader(data, position, end)
        page = reader.struct()
        size, packed = _number(page, _PAGE_UNPACKED), _number(page, _PAGE_PACKED)
        if size < 0 or packed < 0 or reader.position + packed > end:
            raise ValueError("a page ends behind its column")
        yield size
        position = reader.position + packed


def _number(fields: _Fields, name: int, default: int | None = None) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int):
        raise ValueError(f"field {name} is no number")  # noqa: TRY004 - of a file, not of a call
    return value


def _struct(fields: _Fields, name: int) -> _Fields:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"field {name} is no struct")  # noqa: TRY004
    return value


def _structs(fields: _Fields, name: int) -> Iterator[_Fields]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise ValueError(f"field {name} is no list")  # noqa: TRY004
    for one in value:
        if not isinstance(one, dict):
            raise ValueError(f"field {name} is no list of structs")  # noqa: TRY004
        yield one


class _Reader:
    """Reads one struct; texts are passed over, numbers and structs are kept by the numbers of their fields."""

    def __init__(self, data: Bytes, position: int, end: int) -> None:
        self.position = position
        self._data, self._end = data, end

    def struct(self, depth: int = 0) -> _Fields:
        """Read the fields of a struct."""
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        fields: _Fields = {}
        name = 0
        while head := self._byte():
            delta, kind = divmod(head, 16)
            name = name + delta if delta else self._signed()
            fields[name] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (4, 5, 6):
            return self._signed()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            size, of = divmod(self._byte(), 16)
            return self._values(self._varint() if size == 15 else size, of, depth + 1)
        if kind == _MAP:
            if count := self._varint():
                kinds = divmod(self._byte(), 16)
                for _ in range(count):
                    self._values(1, kinds[0], depth + 1)
                    self._values(1, kinds[1], depth + 1)
            return None
        self._skip(self._varint() if kind == _BINARY else _WIDTHS.get(kind, -1))
        return None

    def _values(self, count: int, kind: int, depth: int) -> list[Any]:
        kind = _BYTE if kind in (_TRUE, _FALSE) else kind
        return [self._value(kind, depth) for _ in range(count)]

    def _skip(self, size: int) -> None:
        if size < 0 or size > self._end - self.position:
            raise ValueError("the file is cut off")
        self.position += size

    def _byte(self) -> int:
        if self.position >= self._end:
            raise ValueError("the file is cut off")
        self.position += 1
        return self._data[self.position - 1]

    def _varint(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7
        raise ValueError("a number that is too long")

    def _signed(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)
