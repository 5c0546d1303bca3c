"""Searches rows of tables for people who are erased: by ids, identities and records."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.texts import is_text
from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.columnar.privacy.find_listed import Listed, are_listed_texts, find_listed
from idweave.transforms.columnar.privacy.hashes import IDENTITY, RECORD
from idweave.transforms.columnar.reading.records import NO_TIME

IDS = ("profile_id", "linked_from", "alias_id", "alias_profile_id")
WITHOUT_PEOPLE = ("ids", "id_changes")  # tables that remember erased ids
_TOLD = ("erase", "remove")  # what `changes` must say of erased profiles
_VALUES = {  # table: columns of type and value, and the moment of a record that carries it
    "identities": (("identity_type", "identity_value", "first_seen"),),
    "linkages": (("left_type", "left_value", "first_seen"),
                 ("right_type", "right_value", "first_seen")),
    "drops": (("identity_type", "identity_value", "event_time"),),
    "aliases": (("identity_type", "identity_value", "to_time"),),
}  # fmt: skip
_RECORDS = {  # table: columns of source and record id
    "assignments": ("source", "record_id"),
    "observations": ("source", "record_id"),
    "drops": ("source", "record_id"),
    "evidence": ("source", "record_id"),
    "aliases": ("source", "record_id"),
    "linkages": ("first_source", "first_record_id"),
}


class Search(NamedTuple):
    """What is looked for."""

    key: bytes
    types: tuple[str, ...]  # of the identities that are listed
    identities: Listed
    records: Listed | None  # None: records are not looked for
    erased: Listed  # ids, as `listed_ids` gives them


def columns_of(table: str, names: list[str], search: Search) -> list[str]:
    """The columns of a table that a search reads; none: it has nothing to find there."""
    if table in WITHOUT_PEOPLE:
        return []
    wanted = set(IDS) if len(search.erased.short) else set()
    if len(search.identities.short):
        wanted |= {name for of in _VALUES.get(table, ()) for name in of}
        wanted |= {"identities", "event_time"} if table == "observations" else set()
        wanted |= {"record_count"} if table == "identities" else set()
    if search.records is not None and len(search.records.short):
        wanted |= set(_RECORDS.get(table, ()))
    found = [name for name in names if name in wanted]
    return [*found, "op"] if found and "op" in names else found


def columns_of_types(table: str) -> list[str]:
    """The columns that are best read as dictionaries."""
    return [kind for kind, _, _ in _VALUES.get(table, ())]


def find_people(table: str, rows: pa.Table, search: Search, vouched: bool) -> dict[str, int]:
    """How many rows show somebody who is erased, by column; zeros are left out.

    A listed identity is nobody's who is erased if the records that carry it are new.

    Args:
        rows: of one chunk a column, those of `columns_of`.
        vouched: the rows are of a run that suppresses all that is listed: then an identity that
            no record of its profile carries came by a request that was not suppressed.
    """
    if "op" in rows.column_names:
        told = pc.is_in(rows["op"].cast(pa.string()), pa.array(_TOLD))
        rows = rows.filter(pc.invert(told)).combine_chunks()
    ids = [name for name in IDS if name in rows.schema.names]
    found = {name: int(_erased(rows[name], search.erased).sum()) for name in ids}
    if len(search.identities.short):
        found |= dict(_of_identities(table, rows, search, vouched))
    if search.records is not None and table in _RECORDS:
        source, name = _RECORDS[table]
        found[name] = int(_of_records(rows[source], rows[name], search.key, search.records).sum())
    return {name: count for name, count in found.items() if count}


def _erased(ids: pa.ChunkedArray, erased: Listed) -> Flags:
    """[n] whether an id that is there is an erased one."""
    return are_listed_texts(erased, _texts(ids))


def _of_identities(
    table: str, rows: pa.Table, search: Search, vouched: bool
) -> Iterator[tuple[str, int]]:
    if table == "observations":
        lists = rows["identities"].combine_chunks()
        parent = pc.list_parent_indices(lists).to_numpy()
        pairs = pc.list_flatten(lists)
        moment = _moments(rows["event_time"])[parent]
        kind, value = pairs.field("type"), pairs.field("value")
        hits = _old(kind, value, moment, search)
        yield "identities", len(np.unique(parent[hits]))
    for kind, value, moment in _VALUES.get(table, ()):
        kinds, values = rows[kind].combine_chunks(), _texts(rows[value])
        hits = _old(kinds, values, _moments(rows[moment]), search)
        if table == "identities" and vouched:
            hits &= rows["record_count"].to_numpy() > 0
        yield value, int(hits.sum())


def _old(kind: pa.Array, value: pa.Array, moment: Longs, search: Search) -> Flags:
    """[n] whether an identity is listed, and the record that carries it is not new."""
    out = np.zeros(len(value), bool)
    coded = kind if pa.types.is_dictionary(kind.type) else kind.dictionary_encode()
    code = coded.indices.fill_null(-1).to_numpy()
    for place, name in enumerate(coded.dictionary.to_pylist()):  # few
        if name not in search.types:
            continue
        at = np.flatnonzero(code == place)
        if not len(at):
            continue
        first, last = int(at[0]), int(at[-1])
        together = last - first < len(at)  # as the writers of many rows put them
        texts = value.slice(first, len(at)) if together else value.take(pa.array(at))
        if texts.null_count:
            at = at[texts.is_valid().to_numpy(zero_copy_only=False)]
            texts = texts.drop_null()
        hits = find_listed(search.identities, search.key, IDENTITY, name, texts)
        row = at[hits.value]
        out[row[moment[row] <= search.identities.since[hits.entry]]] = True
    return out


def _of_records(source: pa.ChunkedArray, ids: pa.ChunkedArray, key: bytes, of: Listed) -> Flags:
    """[n] whether a record is listed."""
    sources, texts = _texts(source), _texts(ids)
    out = np.zeros(len(texts), bool)
    for name in pc.unique(sources.drop_null()).to_pylist():  # few
        at = np.flatnonzero(pc.equal(sources, name).fill_null(False).to_numpy(zero_copy_only=False))
        out[at[find_listed(of, key, RECORD, name, texts.take(pa.array(at))).value]] = True
    return out


def _texts(values: pa.ChunkedArray) -> pa.Array:
    one = values.combine_chunks()
    return one if is_text(one.type) else one.cast(pa.large_string())


def _moments(values: pa.ChunkedArray) -> Longs:
    """[n] microseconds; null is before all."""
    one = values.combine_chunks().cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(one.fill_null(NO_TIME).to_numpy())
