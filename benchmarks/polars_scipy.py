"""A rival: Polars for tables, scipy for components.

python -m benchmarks.polars_scipy DATA OUT
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.generate import TYPES


def main(data: str, out: str) -> None:
    """Read, normalise, drop junk, link, find components, write both tables."""
    web = pl.scan_parquet(f"{data}/events/*.parquet").select(
        pl.lit("web").alias("source"), pl.col("event_id").alias("record_id"), "ts", *TYPES
    )
    crm = pl.scan_parquet(f"{data}/crm/*.parquet").select(
        pl.lit("crm").alias("source"),
        pl.col("crm_id").alias("record_id"),
        pl.col("updated_at").alias("ts"),
        "customer_id",
        "email",
        "phone",
        *(pl.lit(None, pl.String).alias(kind) for kind in TYPES[3:]),
    )
    rows = pl.concat([web, crm]).with_row_index("row")
    rows = rows.with_columns(pl.col("email").str.strip_chars().str.to_lowercase())
    junk = ["unknown", "guest"]
    rows = rows.with_columns(
        pl.when(~pl.col(kind).is_in(junk)).then(pl.col(kind)).alias(kind) for kind in TYPES
    ).collect()
    parts, base = [], 0
    codes = []
    for kind in TYPES:
        values = rows.select("row", "ts", value=pl.col(kind)).drop_nulls("value")
        found = values.group_by("value", maintain_order=True).agg(
            first_seen=pl.col("ts").min(), last_seen=pl.col("ts").max(), record_count=pl.len()
        )
        found = found.with_row_index("code", offset=base).with_columns(identity_type=pl.lit(kind))
        coded = values.join(found.select("value", "code"), on="value")
        of_row = np.full(len(rows), -1, np.int64)
        of_row[coded["row"].to_numpy()] = coded["code"].to_numpy()
        codes.append(of_row)
        parts.append(found)
        base += len(found)
    first = np.full(len(rows), -1, np.int64)
    left, right = [], []
    for column in codes:
        both = (column >= 0) & (first >= 0)
        left.append(first[both])
        right.append(column[both])
        first = np.where((column >= 0) & (first < 0), column, first)
    edges = np.concatenate(left), np.concatenate(right)
    graph = coo_matrix((np.ones(len(edges[0]), np.int8), edges), shape=(base, base))
    _, label = connected_components(graph, directed=False)
    _write(out, rows, pl.concat(parts), first, label)


def _write(out, rows, identities, first, label):  # type: ignore[no-untyped-def]
    Path(out).mkdir(parents=True, exist_ok=True)
    names = pl.format("{}", pl.col("label").cast(pl.String).str.zfill(32))
    identities.with_columns(label=label).with_columns(profile_id=names, component_id=names).drop(
        "label", "code"
    ).write_parquet(f"{out}/identities.parquet", compression="snappy")
    of_row = np.where(first >= 0, label[np.maximum(first, 0)], -1)
    rows.select("source", "record_id", "ts").with_columns(label=of_row).with_columns(
        profile_id=pl.when(pl.col("label") >= 0).then(names),
        status=pl.when(pl.col("label") >= 0)
        .then(pl.lit("assigned"))
        .otherwise(pl.lit("unassigned")),
    ).drop("label").write_parquet(f"{out}/assignments.parquet", compression="snappy")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
