"""The writer of the result's files: it refuses rows that are not of their table."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.transforms.columnar.policies.seam import RULE
from idweave.transforms.tables import drops
from idweave.transforms.tables.columns import chosen, same
from idweave.transforms.tables.registry import TABLES, OutputTable
from idweave.transforms.tables.write_part import WrongRows, write_part

DROPS = OutputTable("drops", "one", "", drops.TABLE.columns)
ROWS = drops.rows(
    drops.DropRows(
        source=same("web", 2),
        record_id=pa.array(["r1", "r2"]),
        time=np.array([1_000_000, np.iinfo(np.int64).min]),
        type=chosen(np.array([1, 0]), ("email", "phone")),
        value=pa.array(["12", "null"]),
        rule=np.array([RULE["not_normalisable"], RULE["blocked"]], np.int8),
    )
)


def test_a_part_has_the_columns_of_its_table_and_required_ones_are_written_so(
    tmp_path: Path,
) -> None:
    part = write_part(str(tmp_path), DROPS, 3, [ROWS, ROWS.slice(0, 0), ROWS])
    assert (part.file, part.rows) == ("part-00003.parquet", 4)
    file = pq.ParquetFile(tmp_path / "drops" / "strategy=one" / "part-00003.parquet")
    assert file.schema_arrow.equals(drops.TABLE.columns, check_metadata=False)
    assert [f.nullable for f in file.schema_arrow] == [False, False, True, True, True, False, True]
    assert file.read().to_pylist() == ROWS.to_pylist() * 2


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    write_part(str(tmp_path), DROPS, 0, [])
    file = pq.ParquetFile(tmp_path / "drops" / "strategy=one" / "part-00000.parquet")
    assert file.schema_arrow.equals(drops.TABLE.columns, check_metadata=False)


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (ROWS.drop_columns(["detail"]), "table drops: columns"),
        (ROWS.select(ROWS.schema.names[::-1]), "table drops: columns"),
        (ROWS.set_column(5, "rule", pa.array([1, 2])), "table drops: rule: int64, not string"),
        (
            ROWS.set_column(1, "record_id", pa.array(["secret", None])),
            "table drops: record_id: 1 nulls where none may be",
        ),
    ],
)
def test_rows_of_another_table_are_refused_and_leave_no_file(
    tmp_path: Path, rows: pa.Table, wrong: str
) -> None:
    with pytest.raises(WrongRows, match=wrong) as error:
        write_part(str(tmp_path), DROPS, 0, [ROWS, rows])
    assert "secret" not in str(error.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_says_what_its_columns_mean_and_which_tell_a_row_from_others(
    table: drops.Table,
) -> None:
    assert all(field.metadata[b"comment"] for field in table.columns)
    assert all(not table.columns.field(name).nullable for name in table.key)
    assert table.about
    assert table.order
