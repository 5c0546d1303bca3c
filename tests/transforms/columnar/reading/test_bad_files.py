"""Whatever a reader throws is about its file; how a file is packed is told by its first bytes."""

import bz2
import datetime
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.transforms.columnar.reading.read_records import Limits, parquet_layout, read_split
from idweave.transforms.columnar.reading.records import BadFile, SourceReading
from tests.transforms.columnar.reading.helpers import SOURCE, jsonl, packed, parquet, plain

ROWS = [{"id": f"r{i}", "who": f"w{i % 3}"} for i in range(20)]
PARQUET = SOURCE._replace(format="parquet")


def read(source: SourceReading, data: bytes, path: str = "x") -> list[dict[str, Any]]:
    pieces = read_split(source, path, lambda: io.BytesIO(data), None, Limits(2**27, 10**6), {})
    return [plain(unit) for unit in pieces]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "zstd": lambda data: packed(data, ".zst"),
    "zstd after a frame to skip": lambda data: (
        b"\x50\x2a\x4d\x18\x04\x00\x00\x00size" + packed(data, ".zst")
    ),
    "bzip2": bz2.compress,
    "two of bzip2": lambda data: bz2.compress(data[:100], 1) + bz2.compress(data[100:]),
    "nothing": lambda data: data,
}


@pytest.mark.parametrize("path", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst", "x.bz2", "x"])
@pytest.mark.parametrize("packer", PACKERS)
def test_packing_is_told_by_the_first_bytes(packer: str, path: str) -> None:
    data = jsonl(ROWS)
    assert read(SOURCE, PACKERS[packer](data), path) == read(SOURCE, data)


@pytest.mark.parametrize("packer", ["gzip", "zstd", "bzip2"])
def test_parquet_that_is_packed_as_a_whole_is_read(packer: str) -> None:
    data = parquet(ROWS)
    assert read(PARQUET, PACKERS[packer](data)) == read(PARQUET, data)


@pytest.mark.parametrize("format", ["jsonl", "json", "csv"])
@pytest.mark.parametrize("packer", ["nothing", "gzip"])
def test_parquet_that_is_called_text_is_a_bad_file(format: str, packer: str) -> None:
    with pytest.raises(BadFile, match="Parquet, not text; set format: parquet"):
        read(SOURCE._replace(format=format), PACKERS[packer](parquet(ROWS)))


def test_text_that_begins_like_something_else_is_text() -> None:
    for head in ("PAR1", "BZh9", "BZhx", "PK"):
        source = SOURCE._replace(format="csv", record_id=(head,), identities=())
        (unit,) = read(source, f"{head},b\n1,2\n".encode())
        assert unit["record_id"] == ["1"]


def test_int96_reaches_from_year_1_to_9999() -> None:
    """Written by Spark's rules: 12 bytes, of which Arrow makes nanoseconds unless told."""
    years = (2024, 5, 1), (9999, 12, 31), (1, 1, 1)
    data = (Path(__file__).parents[3] / "data/int96.parquet").read_bytes()
    source = PARQUET._replace(identities=(), time_column="ts")
    (unit,) = read(source, data)
    epoch, tick = datetime.datetime(1970, 1, 1), datetime.timedelta(microseconds=1)
    assert unit["time"] == [(datetime.datetime(*year) - epoch) // tick for year in years]


def test_a_page_whose_checksum_is_wrong_is_a_bad_file() -> None:
    table = pa.table({"id": [f"r{i}" for i in range(50)], "who": ["w"] * 50})
    file = io.BytesIO()
    pq.write_table(table, file, write_page_checksum=True, compression="none", use_dictionary=False)
    data = file.getvalue()
    assert read(PARQUET, data)[0]["record_id"][7] == "r7"
    with pytest.raises(BadFile):
        read(PARQUET, data.replace(b"r7\x02", b"r9\x02"))
    with pytest.raises(BadFile):
        read(PARQUET, data.replace(b"r7", b"r9", 1))


def test_a_damaged_file_is_read_or_a_bad_file_and_nothing_else() -> None:
    table = pa.table(
        {
            "id": [f"r{i}" for i in range(200)],
            "who": pa.array([f"w{i % 7}" for i in range(200)]).dictionary_encode(),
            "at": pa.array(range(200), pa.timestamp("us")),
            "more": [[{"a": i}, {"a": None}] for i in range(200)],
        }
    )
    source = PARQUET._replace(time_column="at", identities=((0, "who"), (1, "more.a")))
    rng = random.Random(1)
    whole = parquet(table)
    bad = 0
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            parquet_layout(lambda data=data: io.BytesIO(bytes(data)))
            read(source, bytes(data))
        except BadFile:
            bad += 1
    assert bad > 100


class _Failing(io.RawIOBase):
    """A file that can't be read on after a line."""

    def __init__(self) -> None:
        self.parts = iter([jsonl(ROWS[:1]) * 5])

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        for part in self.parts:
            return part
        raise OSError(5, "Input/output error")


def _failing() -> BinaryIO:
    return cast(BinaryIO, _Failing())


@pytest.mark.parametrize("format", ["jsonl", "json", "csv", "parquet"])
def test_a_file_that_can_not_be_opened_or_read_on_is_a_bad_file(format: str) -> None:
    source = SOURCE._replace(format=format)

    def refused() -> BinaryIO:
        raise PermissionError(13, "Permission denied", "x")

    with pytest.raises(BadFile, match="Permission denied"):
        list(read_split(source, "x", refused, None, Limits(2**27, 10), {}))
    with pytest.raises(BadFile):
        list(read_split(source, "x", _failing, None, Limits(2**27, 10), {}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "^empty: not Parquet, which has a footer at least$"),
        (b"PAR1secret" + bytes(20) + b"PARE", "^encrypted Parquet; write it without encryption$"),
        (b"ORC\nsecret" + bytes(20), "^not Parquet but ORC; write it as Parquet$"),
        (b"Obj\x01secret" + bytes(20), "^not Parquet but Avro; write it as Parquet$"),
        (b"ARROW1\0\0secret" + bytes(20), "^not Parquet but an Arrow file; write it as Parquet$"),
    ],
)
def test_what_a_file_is_instead_is_told_by_its_bytes(data: bytes, said: str, tmp_path: Path):
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(BadFile, match=said):
        parquet_layout(lambda: io.BytesIO(data))
    with pytest.raises(BadFile, match=said):
        parquet_layout(lambda: (tmp_path / "a.parquet").open("rb"))
