"""The yardstick: the same task as one hand-written script, pyarrow and scipy, two threads.

python -m benchmarks.script DATA OUT
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.generate import TYPES

JUNK = pa.array(["unknown", "guest"])
SOURCES = (("web", "events", "event_id", "ts"), ("crm", "crm", "crm_id", "updated_at"))


def main(data: str, out: str) -> None:
    """Read, normalise, drop junk, link, find components, write both tables."""
    tables = [pq.read_table(f"{data}/{folder}") for _, folder, _, _ in SOURCES]
    with ThreadPoolExecutor(2) as pool:
        coded = list(pool.map(lambda kind: _codes(tables, kind), TYPES))
    base, values, links = 0, [], []
    for codes, of_kind in coded:
        links.append(np.where(codes >= 0, codes + base, -1))
        values.append(of_kind)
        base += len(of_kind)
    carried = np.stack(links, axis=1)
    rows = len(carried)
    first = np.full(rows, -1, np.int64)
    left, right = [], []
    for column in carried.T:
        there = column >= 0
        both = there & (first >= 0)
        left.append(first[both])
        right.append(column[both])
        first = np.where(there & (first < 0), column, first)
    edges = np.concatenate(left), np.concatenate(right)
    graph = coo_matrix((np.ones(len(edges[0]), np.int8), edges), shape=(base, base))
    count, label = connected_components(graph, directed=False)
    _write(out, tables, carried, values, first, label.astype(np.int32), count)


def _codes(tables: list[pa.Table], kind: str) -> tuple[np.ndarray, pa.Array]:
    """Codes of a type's values over all rows, -1 where there is none, and the values."""
    chunks = []
    for table in tables:
        if kind in table.column_names:
            chunks += table[kind].chunks
        else:
            chunks.append(pa.nulls(table.num_rows, pa.string()))
    column = pa.chunked_array(chunks)
    if kind == "email":
        column = pc.ascii_lower(pc.utf8_trim_whitespace(column))
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    junk = pc.is_in(pc.ascii_lower(coded.dictionary), JUNK).to_numpy(zero_copy_only=False)
    new = np.where(junk, -1, np.cumsum(~junk) - 1)
    old = coded.indices.fill_null(len(new)).to_numpy(zero_copy_only=False)
    return np.append(new, -1)[old], coded.dictionary.filter(pa.array(~junk))


def _hex(label: np.ndarray) -> pa.Array:
    """Text ids of components: 32 digits, as the product's have."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    words = np.zeros((len(label), 16), np.uint8)
    words[:, 8:] = label.astype(">i8").view(np.uint8).reshape(-1, 8)
    text = np.stack([digits[words >> 4], digits[words & 15]], axis=2).reshape(-1)
    start = np.arange(len(label) + 1, dtype=np.int32) * 32
    buffers = [None, pa.py_buffer(start), pa.py_buffer(np.ascontiguousarray(text))]
    return pa.Array.from_buffers(pa.string(), len(label), buffers)


def _write(out, tables, carried, values, first, label, count):  # type: ignore[no-untyped-def]
    Path(out).mkdir(parents=True, exist_ok=True)
    names = _hex(np.arange(count))
    times = [
        table[time].cast(pa.int64()).to_numpy()
        for table, (_, _, _, time) in zip(tables, SOURCES, strict=True)
    ]
    time = np.concatenate(times)
    seen = np.zeros(len(label), np.int64)
    low = np.full(len(label), np.iinfo(np.int64).max)
    high = np.full(len(label), np.iinfo(np.int64).min)
    for column in carried.T:
        there = np.flatnonzero(column >= 0)
        seen += np.bincount(column[there], minlength=len(label))
        np.minimum.at(low, column[there], time[there])
        np.maximum.at(high, column[there], time[there])
    profile = names.take(pa.array(label))
    kinds = np.repeat(np.arange(len(TYPES), dtype=np.int8), [len(v) for v in values])
    identities = pa.table(
        {
            "identity_type": pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(TYPES)),
            "identity_value": pa.concat_arrays([v.cast(pa.string()) for v in values]),
            "profile_id": profile,
            "component_id": profile,
            "first_seen": pa.array(low).cast(pa.timestamp("us", tz="UTC")),
            "last_seen": pa.array(high).cast(pa.timestamp("us", tz="UTC")),
            "record_count": seen,
        }
    )
    _write_table(identities, f"{out}/identities.parquet")
    at = 0
    for table, (source, _, record_id, when) in zip(tables, SOURCES, strict=True):
        rows = first[at : at + table.num_rows]
        at += table.num_rows
        codes = np.where(rows >= 0, label[np.maximum(rows, 0)], 0)
        ids = names.take(pa.array(codes, mask=rows < 0))
        flag = pa.array((rows < 0).astype(np.int8))
        status = pa.DictionaryArray.from_arrays(flag, pa.array(["assigned", "unassigned"]))
        constant = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(len(rows), np.int8)), pa.array([source])
        )
        assignments = pa.table(
            {
                "source": constant,
                "record_id": table[record_id],
                "event_time": table[when],
                "profile_id": ids,
                "status": status,
            }
        )
        _write_table(assignments, f"{out}/assignments-{source}.parquet")


def _write_table(table: pa.Table, path: str) -> None:
    low = [n for n in ("source", "status", "identity_type") if n in table.column_names]
    pq.write_table(table, path, use_dictionary=low, store_schema=False)


if __name__ == "__main__":
    pa.set_cpu_count(2)
    main(sys.argv[1], sys.argv[2])
