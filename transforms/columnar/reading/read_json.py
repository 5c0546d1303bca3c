"""Reads JSON: one object a line, or in format `json` objects however they are laid out."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.reading.json_columns import collect
from idweave.transforms.columnar.reading.json_elements import elements
from idweave.transforms.columnar.reading.other_case import as_counts
from idweave.transforms.columnar.reading.read_rows import (
    LONGEST_LINE,
    Flat,
    Rows,
    Unreadable,
    flat_columns,
    flat_of,
    raw_text_of,
    unreadable,
    whole_columns,
)
from idweave.transforms.columnar.reading.read_stream import chunks
from idweave.transforms.columnar.reading.read_text import is_unicode, json_text, plain_text
from idweave.transforms.columnar.reading.records import BadFile, SourceReading

_CHUNK = 4 * 2**20  # bytes
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{", b"[\0", b"\0[")
_DEEPEST = 100  # levels of objects and lists, the line's object being the first
_BATCH = 512  # objects held at once
_WIDE = 2**28  # bytes; canonical text is longer than the JSON by less than a factor of 8
_LONG_NUMBER = 4300  # digits; Python reads no longer ones as integers
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class _RefusedError(Exception):
    """A line that is no object; `args[0]` is one of QUARANTINE_REASONS."""


def _no_constant(name: str) -> Any:
    """NaN, Infinity and -Infinity are no JSON."""
    raise _RefusedError("not_json")


_scan = json.JSONDecoder(parse_constant=_no_constant).scan_once  # type: ignore[attr-defined]


class _Block(NamedTuple):
    """The lines of one unit of work."""

    first: int  # position of the first one
    lines: list[bytes]


def read_json(
    source: SourceReading,
    path: str,
    open_file: Callable[[], BinaryIO],
    split_bytes: int,
    split_rows: int,
    partitions: dict[str, str],
) -> Iterator[Rows]:
    """Read a file from its beginning, a unit of work at a time. Raises BadFile.

    A record's position counts lines from 0; in format `json` objects, and what stands in their
    place.
    """
    pieces = _without_bom(chunks(path, open_file, _CHUNK))
    lines = elements(pieces) if source.format == "json" else _lines(pieces)
    for block in _blocks(lines, split_bytes, split_rows):
        yield _rows(source, block, partitions)


def _without_bom(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    while len(head) < len(_BOM) and (piece := next(pieces, b"")):
        head += piece
    if head.startswith(_UTF_16):
        raise BadFile("UTF-16; JSON is UTF-8")
    yield head.removeprefix(_BOM)
    yield from pieces


def _lines(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Cut a file into lines; of one that is too long only the first 16 MiB and a byte are kept."""
    rest, skipping = b"", False
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if skipping and lines:
            lines[0], skipping = lines[0][: LONGEST_LINE + 1], False
        if len(rest) > LONGEST_LINE:
            rest, skipping = rest[: LONGEST_LINE + 1], True
        yield lines
    if rest:
        yield [rest]


def _blocks(pieces: Iterable[list[bytes]], split_bytes: int, split_rows: int) -> Iterator[_Block]:
    """Gather lines into units: full at so many lines, or where the next line is one too many."""
    first, size = 0, 0
    lines: list[bytes] = []
    for piece in pieces:
        for line in piece:  # every line once; the bytes are looked at elsewhere
            if lines and (len(lines) == split_rows or size + len(line) >= split_bytes):
                yield _Block(first, lines)
                first, size, lines = first + len(lines), 0, []
            lines.append(line)
            size += len(line) + 1
    if lines:
        yield _Block(first, lines)


def _rows(source: SourceReading, block: _Block, partitions: dict[str, str]) -> Rows:
    """Read a unit's lines. Loops over lines and values: at most `split_rows` of them."""
    names = sorted({*whole_columns(source), *flat_columns(source)})
    columns: dict[str, list[Any]] = {name: [] for name in names}
    place: list[int] = []
    bad: list[Unreadable] = []
    batch: list[dict[str, Any]] = []
    other_case: Counter[tuple[str, str]] = Counter()
    for at, line in enumerate(block.lines):
        try:
            value = _parse(line)
        except _RefusedError as reason:
            bad.append(unreadable(block.first + at, reason.args[0], line))
            continue
        if value is not None:
            place.append(at)
            batch.append(value)
            if len(batch) == _BATCH:
                collect(columns, batch, partitions, other_case)
                batch = []
    collect(columns, batch, partitions, other_case)
    kind = pa.large_string() if sum(map(len, block.lines)) > _WIDE else pa.string()
    return Rows(
        position=np.array(place, np.int64) + block.first,
        whole={name: _whole(columns[name], kind) for name in whole_columns(source)},
        flat={name: _flat(columns[name], kind) for name in flat_columns(source)},
        raw_text=lambda row: [raw_text_of(block.lines[place[i]]) for i in row.tolist()],
        unreadable=bad,
        other_case=as_counts(other_case),
    )


def _parse(line: bytes) -> dict[str, Any] | None:
    """Read one line, None: it is blank. Raises _RefusedError."""
    if len(line) > LONGEST_LINE:
        raise _RefusedError("line_too_long")
    if line.count(b"{") + line.count(b"[") > _DEEPEST and _depth(line) > _DEEPEST:
        raise _RefusedError("too_deep")
    try:
        text = line.decode().strip(" \t\r\n")
    except UnicodeDecodeError:
        raise _RefusedError("not_utf8") from None
    if not text:
        return None
    value = _loads(text)
    if not isinstance(value, dict):
        raise _RefusedError("not_an_object")
    if b"\\u" in line and _SURROGATE.search(line) and not is_unicode(json_text(value)):
        raise _RefusedError("not_utf8")  # half a character, written as an escape
    return value


def _loads(text: str) -> Any:
    """Do what `json.loads` does in half the time."""
    try:
        value, end = _scan(text, 0)
    except (StopIteration, json.JSONDecodeError):
        raise _RefusedError("not_json") from None
    except ValueError:
        return _loads_slowly(text)
    if end != len(text):
        raise _RefusedError("not_json")
    return value


def _loads_slowly(text: str) -> Any:
    """Read what has integers that are longer than Python's."""
    try:
        return json.loads(text, parse_int=_whole_number, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise _RefusedError("not_json") from None


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONG_NUMBER else digits


def _depth(line: bytes) -> int:
    """Count the levels of brackets outside strings, in time linear in the line."""
    code = np.frombuffer(_STRINGS.sub(b"", line), np.uint8) | 32  # [ and {, ] and } become one
    step = (code == ord("{")).astype(np.int32) - (code == ord("}"))
    return int(np.cumsum(step, dtype=np.int32).max(initial=0))


def _whole(values: list[Any], kind: pa.DataType) -> pa.Array:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return pa.array(values, kind)
    if kinds <= {str, int, type(None)}:
        return pa.array([None if value is None else str(value) for value in values], kind)
    return pa.array([plain_text(value)[0] for value in values], kind)


def _flat(values: list[Any], kind: pa.DataType) -> Flat:
    if set(map(type, values)) <= {str, int, type(None)}:
        return flat_of(np.arange(len(values), dtype=np.int32), _whole(values, kind))
    rows: list[int] = []
    texts: list[str] = []
    wrong: list[bool] = []
    for at, value in enumerate(values):
        for item in _items(value) if isinstance(value, list) else (value,):
            text, is_wrong = plain_text(item)
            if text is not None:
                rows.append(at)
                texts.append(text)
                wrong.append(is_wrong)
    return Flat(np.array(rows, np.int32), pa.array(texts, kind), np.array(wrong, bool))


def _items(values: list[Any]) -> Iterator[Any]:
    """The items of a list and of the lists in it."""
    for value in values:
        yield from _items(value) if isinstance(value, list) else (value,)
