"""Makes records of rows: ids, times, requests, values; the same for every format."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Bytes, Flags
from idweave.transforms.columnar.codes import MODIFY, REQUESTS
from idweave.transforms.columnar.reading.content_hash import content_ids, hash_content
from idweave.transforms.columnar.reading.parse_time import Times, parse_times
from idweave.transforms.columnar.reading.read_attributes import attribute_of
from idweave.transforms.columnar.reading.read_changes import parse_changes
from idweave.transforms.columnar.reading.read_rows import REASON, Rows
from idweave.transforms.columnar.reading.read_text import texts
from idweave.transforms.columnar.reading.read_values import values_of
from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    Changes,
    Quarantined,
    Records,
    SourceReading,
    no_changes,
)
from idweave.transforms.columnar.reading.within import only

_FINE = -1  # no reason for the quarantine
_FILTERED = -2  # by the source's `where`: nobody asks whether the record could be read


def records_of(source: SourceReading, rows: Rows) -> Records:
    """Understand the rows of one unit of work."""
    count = len(rows.position)
    reason = np.where(_where(source, rows), _FINE, _FILTERED).astype(np.int8)
    time = _times(source, rows)
    content = None
    if source.needs_content:
        content = hash_content(rows, source.time_column, time.time)
    record_id = _record_ids(source, rows, content)
    request, unknown = _requests(source, rows)
    if record_id.null_count:
        _refuse(reason, _mask(record_id.is_null()), "no_record_id")
    _refuse(reason, time.unreadable, "unreadable_time")
    _refuse(reason, unknown, "unknown_request")
    changes = no_changes()
    if source.changes is not None:
        changes = _changes(source, rows, request, reason)
    attributes = {name: attribute_of(rows.whole[column]) for name, column in source.attributes}
    everything = Records(
        position=rows.position,
        record_id=record_id,
        event_time=time.time,
        workspace=_workspaces(source, rows),
        request=request,
        values=values_of(source, rows.flat),
        attributes={name: attribute.text for name, attribute in attributes.items()},
        changes=changes,
        content=content,
        quarantined=_quarantined(rows, reason),
        found=_found(rows) if count else (),
        other_case=rows.other_case,
        filtered=int((reason == _FILTERED).sum()),
        unfit=tuple(
            (name, int((attribute.unfit & (reason == _FINE)).sum()))
            for name, attribute in attributes.items()
        ),
        file=rows.file,
    )
    return everything if (reason == _FINE).all() else only(everything, reason == _FINE)


def _found(rows: Rows) -> tuple[tuple[str, int], ...]:
    """How many values each column has: in JSON lines only reading tells that there are none."""
    counts = {name: len(values) - values.null_count for name, values in rows.whole.items()}
    for name, values in rows.flat.items():
        counts[name] = counts.get(name, 0) + len(values.row)
    return tuple(sorted(counts.items()))


def _where(source: SourceReading, rows: Rows) -> Flags:
    """[n] rows that have one of the values asked for in every column of `where`."""
    kept = np.ones(len(rows.position), bool)
    for column, wanted in source.where:
        flat = rows.flat[column]
        fits = pc.is_in(flat.text, pa.array(wanted, flat.text.type))
        found = np.zeros(len(kept), bool)
        found[flat.row[_mask(fits)]] = True
        kept &= found
    return kept


def _mask(flags: pa.Array) -> Flags:
    return np.asarray(flags.to_numpy(zero_copy_only=False))


def _refuse(reason: Bytes, flags: Flags, name: str) -> None:
    """Give a reason to rows that have none yet."""
    if flags.any():
        reason[flags & (reason == _FINE)] = REASON[name]


def _times(source: SourceReading, rows: Rows) -> Times:
    count = len(rows.position)
    if source.time_column is not None:
        column = rows.whole[source.time_column]
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if not _is_time(column.type, source.time_format is not None):
            column = texts(column).text
        return parse_times(column, source.time_unit, source.time_format, source.time_zone)
    time = NO_TIME if source.time_constant is None else source.time_constant
    return Times(np.full(count, time, np.int64), np.zeros(count, bool))


def _is_time(kind: pa.DataType, has_format: bool) -> bool:
    """Say whether times are read from values as they are; of other types the text is read."""
    number = not has_format and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    return number or pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def _record_ids(source: SourceReading, rows: Rows, content: Hashes | None) -> pa.Array:
    """The texts of the ids; an empty one is none, in every format as in CSV.

    Those that are hashes of the content are empty where nobody asked for it.
    """
    if source.record_id:
        parts = [_without_empty(texts(rows.whole[column]).text) for column in source.record_id]
        text = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "|")
        if source.hashes_missing_ids and text.null_count:
            text = pc.coalesce(text, _hashed_ids(rows, content).cast(text.type))
        return text
    return _hashed_ids(rows, content)


def _hashed_ids(rows: Rows, content: Hashes | None) -> pa.Array:
    return pa.repeat("", len(rows.position)) if content is None else content_ids(content)


def _without_empty(text: pa.Array) -> pa.Array:
    """Texts, those that are empty as null."""
    empty = pc.equal(pc.binary_length(text), 0)
    return pc.if_else(empty, pa.scalar(None, text.type), text) if pc.any(empty).as_py() else text


def _requests(source: SourceReading, rows: Rows) -> tuple[Bytes, Flags]:
    """Codes of the requests, and which of them nobody knows."""
    count = len(rows.position)
    default = REQUESTS.index(source.request_default)
    if source.request_column is None:
        return np.full(count, default, np.int8), np.zeros(count, bool)
    column = texts(rows.whole[source.request_column]).text.dictionary_encode()
    names = {name: name for name in REQUESTS} | dict(source.request_map)
    codes = {name: code for code, name in enumerate(REQUESTS)} | {"": default}
    # The distinct names of a unit, a handful.
    of_name = [codes.get(names.get(name, name), -1) for name in column.dictionary.to_pylist()]
    table = np.array([*of_name, default], np.int8)
    places = column.indices.fill_null(len(of_name)).to_numpy(zero_copy_only=False)
    code = table[places]
    unknown = code < 0
    if source.unknown_request_is_default:
        return np.where(unknown, np.int8(default), code), np.zeros(count, bool)
    return np.where(unknown, np.int8(default), code), unknown


def _workspaces(source: SourceReading, rows: Rows) -> pa.DictionaryArray | None:
    if source.workspace_column is None:
        return None
    text = texts(rows.whole[source.workspace_column]).text.cast(pa.string())
    names = text.dictionary_encode()
    if pc.is_in(pa.scalar(""), names.dictionary).as_py():  # empty is null, as in CSV
        names = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        return names.dictionary_encode()
    return names


def _changes(source: SourceReading, rows: Rows, request: Bytes, reason: Bytes) -> Changes:
    """Changes of `modify` requests; rows whose changes can't be read get their reason."""
    modify = np.flatnonzero((request == MODIFY) & (reason == _FINE)).astype(np.int32)
    if source.changes is None or not len(modify):
        return no_changes()
    written = texts(rows.whole[source.changes].take(pa.array(modify))).text.to_pylist()
    changes, bad = parse_changes(modify, written, source.type_names)
    reason[bad] = REASON["unreadable_changes"]
    return changes


def _quarantined(rows: Rows, reason: Bytes) -> Quarantined:
    """Rows without columns and rows that are no records, by file and position."""
    refused = np.flatnonzero(reason >= 0).astype(np.int32)
    texts_of: list[str | None] = [row.raw_text for row in rows.unreadable]
    texts_of += rows.raw_text(refused) if len(refused) else []
    position = np.array([row.position for row in rows.unreadable], np.int64)
    position = np.concatenate([position, rows.position[refused]])
    file = np.zeros(len(rows.position), np.int32) if rows.file is None else rows.file
    file = np.concatenate([np.array([r.file for r in rows.unreadable], np.int32), file[refused]])
    codes = np.array([row.reason for row in rows.unreadable], np.int8)
    codes = np.concatenate([codes, reason[refused]])
    wide = 4 * sum(len(text or "") for text in texts_of) >= 2**31  # bytes, at most
    raw = pa.array(texts_of, pa.large_string() if wide else pa.string())
    order = np.lexsort((position, file))
    return Quarantined(position[order], codes[order], raw.take(pa.array(order)), file[order])
