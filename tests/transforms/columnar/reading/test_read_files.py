"""Several small files read as one give what each of them gives."""

import io
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.reading.read_files import (
    FilePart,
    Limits,
    _understood,
    _whole_files,
    read_files,
)
from idweave.transforms.columnar.reading.records import BadFile, Records, SourceReading
from tests.transforms.columnar.reading.helpers import SOURCE, jsonl, parquet, plain, read

WEB = SOURCE._replace(
    time_column="at",
    identities=((0, "who"), (1, "more")),
    attributes=(("x", "x"),),
    changes="c",
    request_column="do",
    workspace_column="app",
    needs_content=True,
)


def rows(file: int) -> list[dict[str, Any]]:
    """Some rows, one of which is a modify, one without an id, one with a bad time."""
    made: list[dict[str, Any]] = [
        {"id": f"{file}-{i}", "at": f"2024-01-0{i + 1}", "who": f"w{i}", "more": ["m", f"{file}"]}
        for i in range(4)
    ]
    made[1] |= {"do": "modify", "c": '[{"type":"email","old":null,"new":"n"}]', "app": "a"}
    made[2] |= {"id": None, "x": "lost"}
    made[3] |= {"at": "no time"} if file % 2 else {"x": f"x{file}", "app": f"app{file}"}
    return made


def files(*contents: tuple[str, bytes]) -> tuple[list[FilePart], dict[str, bytes]]:
    named = {f"f{i:03d}.{format}": data for i, (format, data) in enumerate(contents)}
    parts = [FilePart(path, path[5:], None, (("app", "folder"),)) for path in named]
    return parts, named


def together(
    source: SourceReading, *contents: tuple[str, bytes], most: int = 10**6, quarantines: bool = True
) -> list[Records]:
    parts, named = files(*contents)

    def open_path(path: str) -> BinaryIO:
        return io.BytesIO(named[path])

    return list(read_files(source, parts, open_path, Limits(2**27, most), quarantines))


def by_file(units: list[Records]) -> list[tuple[int, int, str]]:
    """File, position and reason of everything in the quarantine."""
    return [
        (file, position, reason)
        for unit in units
        for file, (position, reason) in zip(
            unit.quarantined.file.tolist(), plain(unit)["quarantined"], strict=True
        )
    ]


def test_several_files_give_what_each_of_them_gives() -> None:
    contents = [jsonl(rows(i)) + b"no json\n" * (i % 2) for i in range(5)]
    (got,) = together(WEB, *[("jsonl", data) for data in contents])
    each = [
        read(WEB._replace(format="jsonl"), data, partitions={"app": "folder"}) for data in contents
    ]
    whole, alone = plain(got), [plain(unit) for unit in each]
    start = np.cumsum([0, *(len(of["position"]) for of in alone)]).tolist()
    for key in ("position", "record_id", "time", "workspace", "request", "content", "quarantined"):
        assert whole[key] == [value for of in alone for value in of[key]], key
    assert whole["attributes"]["x"] == [x for of in alone for x in of["attributes"]["x"]]
    assert sorted(whole["values"]) == sorted(
        (kind, row + at, text, wrong)
        for of, at in zip(alone, start, strict=False)
        for kind, row, text, wrong in of["values"]
    )
    changed = [row + at for of, at in zip(alone, start, strict=False) for row in of["changes"][0]]
    assert whole["changes"][0] == changed
    assert whole["changes"][4] == ["n"] * 5
    expected = [(i, *pair) for i, of in enumerate(alone) for pair in of["quarantined"]]
    assert by_file([got]) == expected
    texts = [text for unit in each for text in unit.quarantined.raw_text.to_pylist()]
    assert got.quarantined.raw_text.to_pylist() == texts
    assert sorted(got.found) == sorted(
        (name, sum(dict(unit.found)[name] for unit in each)) for name, _ in got.found
    )


def test_a_unit_has_so_many_rows_at_most() -> None:
    source = SOURCE._replace(record_id=("id",))
    contents = [("jsonl", jsonl([{"id": f"{i}-{k}"} for k in range(3)])) for i in range(7)]
    units = together(source, *contents, most=7)
    assert [len(unit.position) for unit in units] == [6, 6, 6, 3]
    assert [i for unit in units for i in unit.record_id.to_pylist()] == [
        f"{i}-{k}" for i in range(7) for k in range(3)
    ]


def test_files_of_other_formats_and_types_keep_their_order() -> None:
    contents = [
        ("parquet", parquet(pa.table({"id": pa.array([1], pa.int64()), "who": ["a"]}))),
        ("parquet", parquet(pa.table({"id": ["x"], "who": pa.array([2], pa.int8())}))),
        ("csv", b"id,who\ny,b\n"),
        ("jsonl", b'{"id":"z","who":["c",4]}'),
        ("parquet", parquet(pa.table({"id": ["last"]}))),
    ]
    units = together(SOURCE, *contents)
    ids = [i for unit in units for i in unit.record_id.to_pylist()]
    assert ids == ["1", "x", "y", "z", "last"]
    values = [text for unit in units for text in unit.values[0].value.to_pylist()]
    assert values == ["a", "2", "b", "c", "4"]


BAD = {
    "no Parquet": ("parquet", b"PAR1 and no more"),
    "cut": ("jsonl", b"\x1f\x8b\x08\0"),
    "no header": ("csv", b""),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_row_or_named(kind: str) -> None:
    good = [("jsonl", jsonl([{"id": f"{i}"}])) for i in range(3)]
    contents = [good[0], BAD[kind], good[1], BAD[kind], good[2]]
    units = together(SOURCE, *contents)
    assert [i for unit in units for i in unit.record_id.to_pylist()] == ["0", "1", "2"]
    assert by_file(units) == [(1, 0, "bad_file"), (3, 0, "bad_file")]
    texts = [text for unit in units for text in unit.quarantined.raw_text.to_pylist()]
    assert texts == [None, None]
    with pytest.raises(BadFile, match=f"^f001.{contents[1][0]}: "):
        together(SOURCE, *contents, quarantines=False)


def test_damage_that_shows_when_values_are_looked_at_is_about_its_file() -> None:
    """A place outside its dictionary: Arrow tells it late."""
    table = pa.table({"id": ["a"], "who": ["w"]})
    parts, named = files(*[("parquet", parquet(table))] * 3)
    limits = Limits(2**27, 10**6)
    found = list(_whole_files(SOURCE, parts, lambda path: io.BytesIO(named[path]), limits, True))
    beyond = pa.DictionaryArray.from_arrays(pa.array([7], pa.int32()), pa.array(["w"]), safe=False)
    found[1] = found[1]._replace(whole={"id": beyond})
    unit = _understood(SOURCE, found, parts, True)
    assert unit.record_id.to_pylist() == ["a", "a"]
    assert by_file([unit]) == [(1, 0, "bad_file")]
    with pytest.raises(BadFile, match=r"^f001.parquet: damaged"):
        _understood(SOURCE, found, parts, False)
