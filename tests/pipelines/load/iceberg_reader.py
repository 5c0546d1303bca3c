"""Somebody who reads an Iceberg catalog while others load, by the snapshots of one run."""

import json
from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.table import DataScan

Rows = dict[str, list[str]]


class IcebergReader:
    """Each place is a namespace of the catalog `here`, which the environment configures."""

    def __init__(self) -> None:
        self._catalog = load_catalog("here")

    def options(self, place: str) -> list[str]:
        """Of `load`, to load into a place of the database."""
        return ["--to", f"iceberg:here.{place}"]

    def tables(self, place: str) -> list[str]:
        """The names of the tables of the run that a place holds."""
        return sorted(self._held(place)[1])

    def counts(self, place: str, tables: Sequence[str]) -> tuple[str, tuple[int, ...]] | None:
        """What the snapshots hold that the run names."""
        run, snapshots = self._held(place)
        return run, tuple(self._scan(place, name, snapshots[name]).count() for name in tables)

    def rows(self, place: str) -> Rows:
        """All rows of these snapshots."""
        _, snapshots = self._held(place)
        return {
            name: _texts(self._scan(place, name, snapshot).to_arrow())
            for name, snapshot in sorted(snapshots.items())
        }

    def is_at_rest(self) -> bool:
        """There is no server."""
        return True

    def _held(self, place: str) -> tuple[str, dict[str, int]]:
        """The run that a place holds, and of each of its tables the snapshot."""
        runs = self._catalog.load_table(f"{place}.idweave_runs").scan().to_arrow()
        (row,) = runs.to_pylist()
        told = json.loads(row["tables"])
        return row["run_id"], {name: of["snapshot_id"] for name, of in told.items()}

    def _scan(self, place: str, name: str, snapshot: int) -> DataScan:
        return self._catalog.load_table(f"{place}.{name}").scan(snapshot_id=snapshot)


def _texts(rows: pa.Table) -> list[str]:
    return sorted(map(repr, rows.select(sorted(rows.schema.names)).to_pylist()))
