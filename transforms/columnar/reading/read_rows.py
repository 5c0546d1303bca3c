"""The seam between the formats and the fields: rows as they were read from a file."""

import codecs
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.reading.other_case import OtherCase
from idweave.transforms.columnar.reading.paths import top_of
from idweave.transforms.columnar.reading.read_text import texts
from idweave.transforms.columnar.reading.records import QUARANTINE_REASONS, BadFile, SourceReading

REASON = {name: code for code, name in enumerate(QUARANTINE_REASONS)}
LONGEST_LINE = 16 * 2**20  # bytes
_RAW_TEXT = 4096  # bytes
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"  # how Hive writes null into a folder's name


class Flat(NamedTuple):
    """All values of a column, lists opened and nulls left out."""

    row: Ints  # [v] ascending
    text: pa.Array  # [v] string, no nulls
    wrong: Flags  # [v] of a type that is no identity value


class Unreadable(NamedTuple):
    """A row or line that has no columns."""

    position: int
    reason: int  # index into QUARANTINE_REASONS
    raw_text: str | None
    file: int = 0  # place among the files that are read together


class Rows(NamedTuple):
    """``n`` rows of one unit of work, before they are understood."""

    position: Longs  # [n] row or line of the file, ascending
    whole: dict[str, pa.Array]  # column -> [n] of any type: columns of which a row has one value
    flat: dict[str, Flat]  # column -> its values: columns of identities, of `where`
    raw_text: Callable[[Ints], list[str]]  # what the file says of some rows, for the quarantine
    unreadable: list[Unreadable]
    file: Ints | None = None  # [n] place among the files that are read together; None: of one file
    other_case: OtherCase = ()  # of JSON: keys that differ from wanted ones by case


def whole_columns(source: SourceReading) -> tuple[str, ...]:
    """Name the columns of which a record has one value, each once, sorted."""
    named = {source.time_column, source.workspace_column, source.request_column, source.changes}
    named |= {*source.record_id, *(column for _, column in source.attributes)}
    return tuple(sorted(column for column in named if column is not None))


def flat_columns(source: SourceReading) -> tuple[str, ...]:
    """Name the columns of which a record may have several values, each once, sorted."""
    where = {column for column, _ in source.where}
    first_of = {column for _, columns in source.first_of for column in columns}
    return tuple(sorted({*where, *first_of, *(column for _, column in source.identities)}))


def refuse_twins(names: Sequence[str], wanted: Iterable[str]) -> None:
    """Raise BadFile if a wanted column, or the struct that it is in, stands twice in a file."""
    for column in sorted(wanted):
        for name in (column, top_of(column)):
            if names.count(name) > 1:
                raise BadFile(f"column {name} is there twice, and nothing says which one is meant")


def flat_of(row: Ints, values: pa.Array) -> Flat:
    """Write the values of a column as text; nulls go, and what `texts` finds to be none.

    Args:
        row: [v] the row of each value, ascending.
        values: [v] of any type.
    """
    if values.null_count:
        valid = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
        row, values = row[valid], values.drop_null()
    text, wrong = texts(values)
    if text.null_count:
        valid = np.asarray(text.is_valid().to_numpy(zero_copy_only=False))
        row, text, wrong = row[valid], text.drop_null(), wrong[valid]
    return Flat(row, text, wrong)


def partition_value(partitions: dict[str, str], column: str) -> str | None:
    """Return what the folders say of a column that a file lacks."""
    value = partitions.get(column, partitions.get(top_of(column)))
    return None if value == _NO_PARTITION else value


def constant(value: str | None, count: int) -> pa.Array:
    """Repeat a text, or null, for every row."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def raw_text_of(raw: bytes) -> str:
    """Cut to 4096 bytes of UTF-8 at a code point; other bytes are escaped."""
    head = raw[:_RAW_TEXT]
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    text = decoder.decode(head, final=len(head) == len(raw))
    return text.encode()[:_RAW_TEXT].decode("utf-8", "ignore")


def unreadable(position: int, reason: str, raw: bytes) -> Unreadable:
    """Send a row to the quarantine."""
    return Unreadable(position, REASON[reason], raw_text_of(raw))


def joined(arrays: Iterable[pa.Array]) -> pa.Array:
    """One array of several; offsets of 64 bits where the text has more than 2 GiB."""
    chunks = list(arrays)
    if len(chunks) == 1:
        return chunks[0]
    kind = chunks[0].type
    if sum(chunk.nbytes for chunk in chunks) >= 2**31:
        wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
        kind = wide.get(kind, kind)
    return pa.concat_arrays([chunk.cast(kind) for chunk in chunks])
