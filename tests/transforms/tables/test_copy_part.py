"""A part that is copied is, byte for byte, the one that this run would have written."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.transforms.tables import suppressions
from idweave.transforms.tables.copy_part import copy_part
from idweave.transforms.tables.registry import OutputTable
from idweave.transforms.tables.write_part import write_part

_RANDOM = random.Random(5)
ROWS = pa.table(
    {
        "kind": ["identity"] * 3000,
        "hash": sorted(_RANDOM.randbytes(32).hex() for _ in range(3000)),
        "request_id": [f"r{_RANDOM.randrange(50)}" for _ in range(3000)],
        "since": pa.array(range(3000), pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        "short_hash": pa.array([None, *range(2999)], pa.int64()),
    }
)


def output(run: str, **more: str) -> OutputTable:
    told = {"idweave.run_id": run, "idweave.table": "suppressions"}
    told |= {f"idweave.{key}": value for key, value in more.items()}
    schema = suppressions.TABLE.columns.with_metadata(told)
    return OutputTable("suppressions", "", "", schema)


@pytest.mark.parametrize("run", ["r2", "idweave.run_id", "x" * 200])
def test_a_copy_is_what_would_be_written(tmp_path: Path, run: str) -> None:
    (before,) = write_part(str(tmp_path / "old"), output("r" * 130), 0, [ROWS])
    written = write_part(str(tmp_path / "new"), output(run), 0, [ROWS])
    path = f"{tmp_path}/old/suppressions/{before.file}"
    copied = copy_part(path, str(tmp_path / "copy"), output(run), before.rows, before.digest)
    assert copied == written
    new, copy = (tmp_path / name / "suppressions" / before.file for name in ("new", "copy"))
    assert copy.read_bytes() == new.read_bytes()
    assert pq.read_metadata(copy).metadata[b"idweave.run_id"] == run.encode()


def test_a_file_of_other_columns_or_of_another_table_is_not_copied(tmp_path: Path) -> None:
    (before,) = write_part(str(tmp_path / "old"), output("r1"), 0, [ROWS])
    path = f"{tmp_path}/old/suppressions/{before.file}"
    fewer = output("r2")
    null = fewer.schema.set(0, fewer.schema.field(0).with_nullable(True))
    for other in (
        output("r2", order="another"),
        fewer._replace(schema=fewer.schema.remove(4)),
        fewer._replace(schema=null),
        fewer._replace(schema=fewer.schema.with_metadata(None)),
    ):
        assert copy_part(path, str(tmp_path / "copy"), other, 3000, (0, 0)) == ()
    assert not (tmp_path / "copy").exists()
