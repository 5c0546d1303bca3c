"""The yardstick: the same task as one hand-written script, for whoever has the memory.

    python -m benchmarks.script DATA OUT

Arrow reads the columns as dictionaries, so a distinct value is normalised once a row group; codes
are NumPy's, distinct links are Polars', components scipy's; two threads. All of the input is held.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.generate import TYPES

Longs = NDArray[np.int64]
Codes = NDArray[np.int32]
_JUNK = pa.array(["unknown", "guest"])
_SOURCES = {"events": ("web", "event_id", "ts"), "crm": ("crm", "crm_id", "updated_at")}
_UTC = pa.timestamp("us", tz="UTC")


class File(NamedTuple):
    """One input file in memory."""

    source: str
    record_id: pa.ChunkedArray
    time: Longs
    table: pa.Table  # the identity columns, as dictionaries


class Coded(NamedTuple):
    """The values of one type, and by file their codes, -1 for none."""

    values: pa.Array
    codes: dict[int, Codes]


def main(data: str, out: str) -> None:
    """Read, normalise, drop junk, link, find components, write both tables."""
    Path(out).mkdir(parents=True, exist_ok=True)
    paths = [path for kind in _SOURCES for path in sorted(Path(data, kind).glob("*.parquet"))]
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(_read, paths))
        coded = list(pool.map(lambda kind: _encode(kind, files), TYPES))
        base = np.cumsum([0, *(len(of_type.values) for of_type in coded)])
        linked = list(pool.map(lambda i: _link(coded, base, i), range(len(files))))
        edges = pl.concat([edges for _, edges in linked]).unique().to_numpy()
        ends = (edges >> 32).astype(np.int32), edges.astype(np.int32)
        size = int(base[-1])
        graph = coo_matrix((np.ones(len(edges), np.int8), ends), shape=(size, size)).tocsr()
        count, label = connected_components(graph, directed=False)
        names = _hex(count)
        jobs = [
            pool.submit(_write_assignments, out, i, file, linked[i][0], label, names)
            for i, file in enumerate(files)
        ]
        jobs += [
            pool.submit(_write_identities, out, kind, of_type, files, label[low:], names)
            for kind, of_type, low in zip(TYPES, coded, base.tolist(), strict=False)
        ]
        for job in jobs:
            job.result()


def _read(path: Path) -> File:
    source, record_id, time = _SOURCES[path.parent.name]
    kinds = [kind for kind in TYPES if kind in pq.read_schema(path).names]
    file = pq.ParquetFile(path, read_dictionary=kinds)
    table = file.read(columns=[record_id, time, *kinds], use_threads=False)
    times = table[time].cast(pa.int64()).combine_chunks().to_numpy()
    return File(source, table[record_id], times, table.select(kinds))


def _encode(kind: str, files: list[File]) -> Coded:
    """Normalise the dictionaries, number their values over all files, code every row."""
    chunks = [
        (i, chunk)
        for i, file in enumerate(files)
        if kind in file.table.column_names
        for chunk in file.table[kind].chunks
    ]
    clean = pa.chunked_array([_normalise(kind, chunk.dictionary) for _, chunk in chunks])
    numbered = clean.dictionary_encode()
    values = numbered.chunk(numbered.num_chunks - 1).dictionary
    codes: dict[int, list[Codes]] = {}
    for (i, chunk), of_chunk in zip(chunks, numbered.chunks, strict=True):
        number = np.append(of_chunk.indices.fill_null(-1).to_numpy().astype(np.int32), np.int32(-1))
        rows = chunk.indices.fill_null(len(number) - 1).to_numpy()
        codes.setdefault(i, []).append(number[rows])
    return Coded(values, {i: np.concatenate(parts) for i, parts in codes.items()})


def _normalise(kind: str, values: pa.Array) -> pa.Array:
    if kind == "email":
        values = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    return pc.if_else(pc.is_in(values, value_set=_JUNK), pa.scalar(None, pa.string()), values)


def _link(coded: list[Coded], base: Longs, i: int) -> tuple[Longs, pl.Series]:
    """Of one file the first identity of each record, and the distinct links to the others."""
    first = None
    pairs = [np.empty(0, np.int64)]
    for of_type, low in zip(coded, base.tolist(), strict=False):
        if i not in of_type.codes:
            continue
        codes = of_type.codes[i]
        node = np.where(codes >= 0, codes + np.int64(low), -1)
        if first is None:
            first = node
            continue
        both = np.flatnonzero((node >= 0) & (first >= 0))
        pairs.append(first[both] << 32 | node[both])
        first = np.where(first >= 0, first, node)
    assert first is not None
    return first, pl.Series(np.concatenate(pairs)).unique()


def _hex(count: int) -> pa.Array:
    """Text ids of components: 32 digits, as the product's have."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    words = np.zeros((count, 16), np.uint8)
    words[:, 8:] = np.arange(count, dtype=">i8").view(np.uint8).reshape(-1, 8)
    text = np.empty((count, 32), np.uint8)
    text[:, 0::2], text[:, 1::2] = digits[words >> 4], digits[words & 15]
    start = np.arange(count + 1, dtype=np.int32) * 32
    return pa.Array.from_buffers(
        pa.string(), count, [None, pa.py_buffer(start), pa.py_buffer(text)]
    )


def _constant(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int8), pa.array([text]))


def _write_assignments(
    out: str, i: int, file: File, first: Longs, label: Codes, names: pa.Array
) -> None:
    rows, none = len(first), first < 0
    label = np.where(none, 0, label[np.maximum(first, 0)])
    flag = none.astype(np.int8)
    reason = pa.array(np.zeros(rows, np.int8), mask=~none)
    table = pa.table(
        {
            "source": _constant(file.source, rows),
            "record_id": file.record_id,
            "event_time": pa.array(file.time).cast(_UTC),
            "scope": _constant("default", rows),
            "profile_id": names.take(pa.array(label, mask=none)),
            "status": pa.DictionaryArray.from_arrays(flag, pa.array(["assigned", "unassigned"])),
            "reason": pa.DictionaryArray.from_arrays(reason, pa.array(["no_identity"])),
        }
    )
    low = ["source", "scope", "status", "reason"]
    pq.write_table(table, f"{out}/assignments-{i:05d}.parquet", use_dictionary=low)


def _write_identities(
    out: str, kind: str, coded: Coded, files: list[File], label: Codes, names: pa.Array
) -> None:
    size = len(coded.values)
    low = np.full(size, np.iinfo(np.int64).max)
    high, seen = np.full(size, np.iinfo(np.int64).min), np.zeros(size, np.int64)
    for i, codes in coded.codes.items():
        there = np.flatnonzero(codes >= 0)
        code, time = codes[there], files[i].time[there]
        np.minimum.at(low, code, time)
        np.maximum.at(high, code, time)
        seen += np.bincount(code, minlength=size)
    ids = names.take(pa.array(label[:size]))
    table = pa.table(
        {
            "identity_type": _constant(kind, size),
            "identity_value": coded.values,
            "profile_id": ids,
            "component_id": ids,
            "scope": _constant("default", size),
            "linked": pa.array(np.ones(size, bool)),
            "first_seen": pa.array(low).cast(_UTC),
            "last_seen": pa.array(high).cast(_UTC),
            "record_count": seen,
        }
    )
    low_columns = ["identity_type", "scope"]
    pq.write_table(table, f"{out}/identities-{kind}.parquet", use_dictionary=low_columns)


if __name__ == "__main__":
    pa.set_cpu_count(2)
    main(sys.argv[1], sys.argv[2])
