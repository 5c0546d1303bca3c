"""The same records in any format give the same rows."""

import bz2
import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.running import Run, backfill

# integers past 2**53, blanks, case, a junk value, an address that is null
ROWS: list[dict[str, Any]] = [
    {
        "id": f"r{number:03d}",
        "ts": 1_700_000_000 + number * 37 % 5000,
        "customer": 2**60 + number % 40 if number % 3 else None,
        "email": f" A{number % 60}@x.com" if number % 4 else None,
        "device": "null" if number % 11 == 0 else f"d{number % 90}",
    }
    for number in range(400)
]


def write(folder: Path, kind: str) -> str:
    """Write the records, half into each of two files."""
    folder.mkdir(parents=True)
    for number, part in enumerate((ROWS[:250], ROWS[250:])):
        if kind == "parquet":
            pq.write_table(pa.Table.from_pylist(part), folder / f"{number}.parquet")
        elif kind == "jsonl.gz":
            with gzip.open(folder / f"{number}.jsonl.gz", "wt") as file:
                file.writelines(json.dumps(row) + "\n" for row in part)
        elif kind == "json.bz2":
            with bz2.open(folder / f"{number}.json.bz2", "wt") as file:
                json.dump(part, file, indent=2)
        else:
            delimiter = "\t" if kind == "TSV" else ","
            with open(folder / f"{number}.{kind}", "w", newline="") as file:
                writer = csv.DictWriter(file, list(part[0]), delimiter=delimiter)
                writer.writeheader()
                writer.writerows(part)
    return f"{folder.name}/*.{kind}"


def run(folder: Path, kind: str) -> Run:
    """Resolve the records of one format."""
    source = {
        "path": write(folder / "in", kind),
        "record_id": "id",
        "time": {"column": "ts", "unit": "s"},
        "identities": {"customer_id": "customer", "email": "email", "device_id": "device"},
    }
    body = {
        "sources": {"log": source},
        "identities": {
            "customer_id": {},
            "email": {"normalise": ["trim", "lower"]},
            "device_id": {},
        },
        "strategies": {
            "all": {"policy": "merge_all"},
            "careful": {"policy": "constrained_merge", "unique": ["customer_id"]},
        },
    }
    return backfill(folder, body)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that others are compared with."""
    return run(tmp_path_factory.mktemp("formats") / "parquet", "parquet")


@pytest.mark.parametrize("kind", ["jsonl.gz", "csv", "json.bz2", "TSV"])
def test_text_gives_the_rows_that_parquet_gives(parquet: Run, tmp_path: Path, kind: str) -> None:
    text = run(tmp_path / "text", kind)
    assert text.digests() == parquet.digests()
    held = {row["identity_value"] for row in text.rows("identities", "all")}
    assert {str(2**60 + 1), "a1@x.com", "d1"} <= held
    assert text.table("drops", "all").num_rows == sum(row["device"] == "null" for row in ROWS)
