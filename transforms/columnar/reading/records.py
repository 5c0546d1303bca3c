"""The seam between the readers and the dataflow: what a reader gives for a piece of a file."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.reading.other_case import OtherCase
from idweave.transforms.columnar.vocabulary import QuarantineReason, texts

NO_TIME = np.iinfo(np.int64).min  # a record without a time comes before all timed ones

QUARANTINE_REASONS = texts(QuarantineReason)


class CsvForm(NamedTuple):
    """How a source's CSV files are written."""

    delimiter: str | None = None  # one character; None: a comma, in .tsv a tab
    encoding: str = "utf-8"  # a name that Python's codecs know
    backslash: bool = False  # one before a quote, delimiter, line end or backslash makes it text
    header: tuple[str, ...] = ()  # the columns' names; (): they are the first line


class SourceReading(NamedTuple):
    """How one source is read. Columns are paths; types are places in the settings' list."""

    name: str
    format: str  # parquet | jsonl | json | csv
    record_id: tuple[str, ...]  # columns, joined by `|`; (): a hash of the record's content
    time_column: str | None
    time_unit: str | None  # s | ms | us, None: timestamps or ISO 8601 text
    time_constant: int | None  # microseconds since the epoch, UTC
    workspace_column: str | None
    workspace: str  # of all records where there is no workspace_column
    request_column: str | None
    request_map: tuple[tuple[str, str], ...]  # the column's value -> a name of REQUESTS
    request_default: str  # where the column is null, or there is none
    identities: tuple[tuple[int, str], ...]  # (identity type, column), each pair once
    attributes: tuple[tuple[str, str], ...]  # (attribute, column)
    changes: str | None
    type_names: tuple[str, ...]  # of all identity types, for the types that `changes` names
    needs_content: bool  # records want a content hash: `duplicates: drop`, or no record_id
    csv: CsvForm = CsvForm()
    hashes_missing_ids: bool = False  # a record without its record_id: a hash; else quarantine
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (column, texts); all of them must hold
    time_format: str | None = None  # as strptime has it; None: the forms that are known anyway
    time_zone: str | None = None  # IANA name, of texts that say none; None: UTC
    unknown_request_is_default: bool = False  # else quarantine
    first_of: tuple[tuple[int, tuple[str, ...]], ...] = ()  # (identity type, columns): the first
    # column with a value counts; beside `identities`


class Values(NamedTuple):
    """The raw values of one identity type, nulls left out, by row; a row may have several."""

    type: int
    row: Ints  # [v] ascending
    value: pa.Array  # [v] string, as read (integers in decimal)
    wrong: Flags  # [v] of a type that is refused (`wrong_type`); `value` is then its text


class Changes(NamedTuple):
    """The changes of `modify` requests, by row, in order."""

    row: Ints  # [c] ascending
    type: NDArray[np.int16]  # [c] identity type, or -1: no configured one
    type_name: pa.Array  # [c] string, as written
    old: pa.Array  # [c] string or null
    new: pa.Array  # [c] string or null
    wrong: Flags  # [c, 2] old, new: of a type that is refused (`wrong_type`)


class Quarantined(NamedTuple):
    """Records that could not be read."""

    position: Longs  # [q] row or line of the file, from 0
    reason: Bytes  # [q] index into QUARANTINE_REASONS
    raw_text: pa.Array  # [q] string or null, at most 4096 bytes
    file: Ints  # [q] place among the files of the split, ascending


class Records(NamedTuple):
    """``n`` readable records of one unit of work, in the file's order, and what was unreadable."""

    position: Longs  # [n] row or line of the file, from 0, ascending
    record_id: pa.Array  # [n] string, no nulls
    event_time: Longs  # [n] microseconds since the epoch UTC, or NO_TIME
    workspace: pa.DictionaryArray | None  # [n] int32 -> string, null: "default"; None: the constant
    request: Bytes  # [n] index into REQUESTS
    values: tuple[Values, ...]  # one for each type that the source has, ascending by type
    attributes: dict[str, pa.Array]  # attribute -> [n] string or null
    changes: Changes
    content: NDArray[np.uint64] | None  # [n, 2] hash of all columns read, if needs_content
    quarantined: Quarantined
    found: tuple[tuple[str, int], ...] = ()  # values of each column, of unreadable records too
    unfit: tuple[tuple[str, int], ...] = ()  # values of each attribute that its column can't hold
    other_case: OtherCase = ()  # of JSON: keys that differ from wanted ones by case
    filtered: int = 0  # records that the source's `where` left out, in none of the above
    file: Ints | None = None  # [n] place among the files of the split; None: of one file


class BadFile(Exception):
    """The file can't be opened as what it should be; `args[0]` says why, without its contents."""


def bad_file_remedy(source: str) -> str:
    """What can be done about a bad file of a source, to end a line with."""
    return f"mend or remove it, or set sources.{source}.on_bad_file: quarantine"


def no_changes() -> Changes:
    """No request changed anything."""
    text = pa.array([], pa.string())
    wrong = np.empty((0, 2), bool)
    return Changes(np.empty(0, np.int32), np.empty(0, np.int16), text, text, text, wrong)


def none_quarantined() -> Quarantined:
    """Every record was readable."""
    none = pa.array([], pa.string())
    return Quarantined(np.empty(0, np.int64), np.empty(0, np.int8), none, np.empty(0, np.int32))
