"""The bytes of Parquet pages as they are before compression: dictionaries hold what no row has."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_BYTES, _LIST, _SET, _STRUCT = 8, 9, 10, 12  # types of Thrift's compact protocol
_TRUE, _FALSE, _BYTE, _DOUBLE = 1, 2, 3, 7
_SECOND = 8  # field of a header: the header of a data page of the second version


class _Header:
    """A page's header, read as Thrift's compact protocol."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place
        self.numbers: dict[int, int] = {}  # of the outermost struct, by field
        self.second: dict[int, int] = {}  # of a data page of the second version
        self._struct(self.numbers)

    def _varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.data[self.place]
            self.place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def _struct(self, numbers: dict[int, int] | None = None) -> None:
        field = 0
        while head := self.data[self.place]:
            self.place += 1
            kind, delta = head & 15, head >> 4
            field = field + delta if delta else self._zigzag()
            if kind == _STRUCT and numbers is self.numbers and field == _SECOND:
                self._struct(self.second)
                continue
            value = self._value(kind)
            if numbers is not None and value is not None:
                numbers[field] = value
        self.place += 1

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _value(self, kind: int) -> int | None:
        """Of flags and integers; others are passed over."""
        if kind in (_FALSE, _TRUE):
            return int(kind == _TRUE)
        if kind == _BYTE:
            self.place += 1
        elif kind == _DOUBLE:
            self.place += 8
        elif kind == _BYTES:
            size = self._varint()
            self.place += size
        elif kind in (_LIST, _SET):
            head = self.data[self.place]
            self.place += 1
            for _ in range(self._varint() if head >> 4 == 15 else head >> 4):
                self._value(head & 15)
        elif kind == _STRUCT:
            self._struct()
        else:
            return self._zigzag()
        return None


def pages(file: Path) -> Iterator[bytes]:
    """Every page of every column of a file, dictionaries too."""
    data = file.read_bytes()
    footer = pq.read_metadata(file)
    for group in range(footer.num_row_groups):
        for number in range(footer.num_columns):
            column = footer.row_group(group).column(number)
            place = column.data_page_offset
            if column.has_dictionary_page:
                place = min(place, column.dictionary_page_offset)
            end = place + column.total_compressed_size
            while place < end:
                header = _Header(data, place)
                size, packed = header.numbers[2], header.numbers[3]
                body = data[header.place : header.place + packed]
                levels = header.second.get(5, 0) + header.second.get(6, 0)  # never compressed
                yield body[:levels]
                is_packed = header.second.get(7, 1)
                compression = column.compression if is_packed else "UNCOMPRESSED"
                yield _unpacked(body[levels:], size - levels, compression)
                place = header.place + packed


def _unpacked(body: bytes, size: int, compression: str) -> bytes:
    if compression == "UNCOMPRESSED" or not size:
        return body
    return pa.Codec(compression.lower()).decompress(body, size, asbytes=True)
