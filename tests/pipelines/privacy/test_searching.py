"""The search for values finds what it must, wherever it hides."""

import base64
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.privacy.parquet_pages import pages
from tests.pipelines.privacy.searching import found_in

VALUE = "vera.erased@secret.example"


@pytest.mark.parametrize("lead", ["", "x", "xy", "xyz"])
def test_base64_is_found_wherever_the_value_begins(lead: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(base64.b64encode(f"{lead}{VALUE} and more".encode()))
    assert [value for _, value in found_in([file], [VALUE, "somebody@else.example"])] == [VALUE]


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le"])
def test_plain_and_wide_texts_are_found_in_any_case(code: str, tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"\x01" + VALUE.upper().encode(code) + b"\x02")
    assert len(found_in([file], [VALUE])) == 1


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["zstd", "snappy", "none", "gzip"])
def test_a_dictionary_that_holds_what_no_row_has_is_found(
    compression: str, version: str, tmp_path: Path
) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int32()), [VALUE, "other"])
    lists = pa.array([["a"], ["b"]])
    file = tmp_path / "a.parquet"
    times = pa.array([1, None], pa.timestamp("us", "UTC"))
    table = pa.table({"mail": values, "list": lists, "time": times, "flag": [True, None]})
    pq.write_table(table, file, compression=compression, data_page_version=version)
    assert VALUE not in repr(pq.read_table(file).column("mail").to_pylist())
    assert len([page for page in pages(file) if page]) >= 6
    assert len(found_in([file], [VALUE])) == 1


def test_statistics_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"mail": [VALUE, "zz"]}), file, compression="zstd")
    assert len(found_in([file], [VALUE])) == 1
