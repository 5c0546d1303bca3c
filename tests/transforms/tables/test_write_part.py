"""The writer of the result's files: it refuses rows that are not of their table."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.transforms.columnar.codes import RULE
from idweave.transforms.columnar.reading.records import Quarantined
from idweave.transforms.tables import drops, observations, profiles, quarantine
from idweave.transforms.tables.columns import chosen, same
from idweave.transforms.tables.parquet_options import parquet_options
from idweave.transforms.tables.registry import TABLES, OutputTable
from idweave.transforms.tables.write_part import WrongRows, write_empty, write_part

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
    (part,) = write_part(str(tmp_path), DROPS, 3, [ROWS, ROWS.slice(0, 0), ROWS])
    assert (part.file, part.rows) == ("part-00003.parquet", 4)
    file = pq.ParquetFile(tmp_path / "drops" / "strategy=one" / "part-00003.parquet")
    assert file.schema_arrow.equals(drops.TABLE.columns, check_metadata=False)
    assert [f.nullable for f in file.schema_arrow] == [False, False, True, True, True, False, True]
    assert file.read().to_pylist() == ROWS.to_pylist() * 2


def test_only_a_table_without_rows_has_a_file_without_rows(tmp_path: Path) -> None:
    assert write_part(str(tmp_path), DROPS, 0, [ROWS.slice(0, 0)]) == ()
    assert list(tmp_path.rglob("*")) == []
    assert write_empty(str(tmp_path), DROPS).rows == 0
    file = pq.ParquetFile(tmp_path / "drops" / "strategy=one" / "part-00000.parquet")
    assert file.schema_arrow.equals(drops.TABLE.columns, check_metadata=False)


def test_a_file_tells_its_run_its_strategy_and_the_order_of_its_rows(tmp_path: Path) -> None:
    told = {"idweave.run_id": "r1", "idweave.strategy": "one", "idweave.order": drops.TABLE.order}
    output = DROPS._replace(schema=DROPS.schema.with_metadata(told))
    write_part(str(tmp_path), output, 0, [ROWS])
    write_empty(str(tmp_path / "empty"), output)
    for path in sorted(tmp_path.rglob("*.parquet")):
        found = pq.read_metadata(path).metadata
        assert {key.decode(): value.decode() for key, value in found.items()} == told


@pytest.mark.parametrize(
    ("pieces", "groups"),
    [
        ([30_000] * 6, [150_000, 30_000]),
        ([131_072], [131_072]),
        ([262_144], [131_072, 131_072]),
        ([300_001], [150_001, 150_000]),
        ([131_071, 1, 7], [131_072, 7]),
    ],
)
def test_row_groups_of_large_parts_are_neither_small_nor_large(
    tmp_path: Path, pieces: list[int], groups: list[int]
) -> None:
    many = pa.concat_tables([ROWS] * 150_001).combine_chunks()
    (part,) = write_part(str(tmp_path), DROPS, 0, [many.slice(0, rows) for rows in pieces])
    path = tmp_path / "drops" / "strategy=one" / "part-00000.parquet"
    found = pq.read_metadata(path)
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == groups
    assert pq.ParquetFile(path).read().slice(0, 4).to_pylist() == ROWS.to_pylist() * 2
    assert part.rows == sum(pieces)


def test_large_parts_have_bloom_filters_of_what_is_looked_up(tmp_path: Path) -> None:
    output = OutputTable("profiles", "one", "", pa.schema([profiles.TABLE.columns.field(0)]))
    rows = pa.table({"profile_id": pa.array(np.arange(300_000)).cast(pa.string())})
    write_part(str(tmp_path), output, 0, [rows])
    write_part(str(tmp_path), output, 1, [rows.slice(0, 1000)])
    large, small = sorted(map(str, tmp_path.rglob("*.parquet")))
    told = "SELECT DISTINCT path_in_schema FROM parquet_metadata(?) WHERE bloom_filter_offset > 0"
    assert duckdb.execute(told, [large]).fetchall() == [("profile_id",)]
    assert duckdb.execute(told, [small]).fetchall() == []
    probe = "SELECT bloom_filter_excludes FROM parquet_bloom_probe(?, 'profile_id', ?)"
    assert duckdb.execute(probe, [large, "299999"]).fetchall() == [(True,), (False,)]


_OF_ONE = np.zeros(2, np.int32)  # both records are of the first file


def test_pieces_with_other_dictionaries_may_share_a_row_group(tmp_path: Path) -> None:
    output = OutputTable("quarantine", "", "", quarantine.TABLE.columns)
    unreadable = Quarantined(
        np.array([4, 2]), np.array([9, 0], np.int8), pa.array(["x", None]), _OF_ONE
    )
    pieces = [quarantine.rows("web", ("a.csv",), unreadable)]
    pieces += [quarantine.rows("crm", ("b",), unreadable)]
    write_part(str(tmp_path), output, 0, pieces)
    file = pq.ParquetFile(tmp_path / "quarantine" / "part-00000.parquet")
    assert file.num_row_groups == 1
    assert file.read().to_pylist() == pa.concat_tables(pieces).to_pylist()


def test_columns_are_stored_as_their_kind_is_stored_best() -> None:
    options = parquet_options(observations.TABLE.columns)
    assert options["compression"]["component_id"] == "none"
    assert options["compression"]["identities.list.element.value"] == "zstd"
    assert options["use_dictionary"] == [
        "scope",
        "source",
        "request",
        "identities.list.element.type",
    ]
    assert options["column_encoding"] == {
        "record_id": "DELTA_BYTE_ARRAY",
        "event_time": "DELTA_BINARY_PACKED",
    }


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (ROWS.drop_columns(["detail"]), "table drops/strategy=one: columns"),
        (ROWS.select(ROWS.schema.names[::-1]), "table drops/strategy=one: columns"),
        (
            ROWS.set_column(5, "rule", pa.array([1, 2])),
            "table drops/strategy=one: rule: int64, not string",
        ),
        (
            ROWS.set_column(1, "record_id", pa.array(["secret", None])),
            "table drops/strategy=one: record_id: 1 nulls where none may be",
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
    if not table.name.startswith("changes/"):  # an erased profile's row has its id alone
        assert table.but or all(not table.columns.field(name).nullable for name in table.key)
    assert table.about
    assert table.order


def test_ids_by_which_rows_are_in_order_have_statistics() -> None:
    """What a reader needs to skip the row groups of other components, or of other ids."""
    ordered = {
        (name, field.name)
        for name, table in TABLES.items()
        for field in table.columns
        if field.name in parquet_options(table.columns)["write_statistics"]
        and field.name.endswith("_id")
        and field.name not in ("record_id", "first_record_id")
    }
    assert {
        ("identities", "component_id"),
        ("linkages", "component_id"),
        ("observations", "component_id"),
        ("ids", "profile_id"),
        ("ids", "current_id"),
        ("id_changes", "profile_id"),
    } <= ordered
