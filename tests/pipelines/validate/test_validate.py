"""A sample of each source is read as a run would, and what it holds is told without values."""

import gzip
from pathlib import Path

import pytest

from idweave.pipelines.errors import CheckFailed, RunFailed
from idweave.pipelines.settings import load
from idweave.pipelines.validate.command import validate
from idweave.pipelines.validate.shapes import masked, shape_of
from tests.pipelines.running import write_config

ROWS = """\
id,email,uid,ts
1,jane.roe@example.org,u1,2024-05-01
2,,u2,2024-05-02
3,guest,u3,2024-05-03
4,max@example.org,,yesterday
"""


def write(folder: Path, **source: object) -> str:
    """A feed with a missing value, junk, and a time that can't be read."""
    (folder / "in.csv").write_text(ROWS)
    columns = {"email": "email", "customer_id": "uid"}
    web = {"path": "in.csv", "record_id": "id", "time": "ts", "identities": columns}
    body = {
        "sources": {"web": web | source},
        "identities": {"customer_id": {}, "email": {}},
        "strategies": {"all": {"policy": "merge_all"}},
    }
    return str(write_config(folder, body))


def test_shares_refusals_and_shapes_are_told_by_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(load(write(tmp_path)), False, 1000)
    assert capsys.readouterr().out == (
        "web: 1 file, 0.0 MB; the first 4 records:\n"
        "  unreadable: 25.0 % unreadable_time, like 9,aaa@aaaaaaa.aaa,,aaaaaaaaa\n"
        "  email: email: 66.7 % filled, 33.3 % empty; refused 1 blocked (1 as aaaaa)"
        "; 1 as aaaaa, 1 as aaaa.aaa@aaaaaaa.aaa\n"
        "  customer_id: uid: 100.0 % filled, 0.0 % empty; 3 as a9\n"
    )


def test_the_sample_is_as_long_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    validate(load(write(tmp_path)), False, 2)
    assert capsys.readouterr().out.splitlines()[0].endswith("the first 2 records:")


def test_a_source_of_which_nothing_can_be_read_fails(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed) as error:
        validate(load(write(tmp_path, time="id")), False, 1000)
    assert str(error.value) == (
        "sources.web: none of the first 4 records can be read (unreadable_time); "
        "say how its times are written: sources.web.time: {column, format, zone}, "
        "or set sources.web.allow_unreadable: true"
    )


def test_the_resolved_configuration_stands_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(load(write(tmp_path)), True, 1000)
    printed = capsys.readouterr()
    assert printed.out.startswith("version: 1\n")
    assert "web: 1 file" in printed.err
    assert "web: 1 file" not in printed.out


def test_a_mask_keeps_what_a_value_looks_like() -> None:
    assert masked("Jane_7@Example.org") == "Aaaa_9@Aaaaaaa.aaa"
    assert masked("Zoë\n12") == "Aaa?99"
    assert shape_of("Aaaa_9@Aaaaaaa.aaa") == "Aa_9@Aa.a"
    assert len(masked("x" * 500)) == 41


def test_all_sources_that_can_not_be_read_are_told_with_a_remedy(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.jsonl").write_text('[\n {"id": "1",\n  "who": "a"}\n]\n')
    (tmp_path / "b.jsonl").write_text('{"id": null, "who": "b"}\n')
    source = {"record_id": "id", "identities": {"who": "who"}}
    body = {
        "sources": {name: source | {"path": f"{name}.jsonl"} for name in "ab"},
        "identities": {"who": {}},
        "strategies": {"one": {"policy": "merge_all"}},
    }
    with pytest.raises(CheckFailed) as error:
        validate(load(str(write_config(tmp_path, body))), False, 1000)
    assert str(error.value).splitlines() == [
        "sources.a: none of the first 4 records can be read (not_json); where a record spans "
        "lines, or all are one array, set sources.a.format: json, or set "
        "sources.a.allow_unreadable: true",
        "sources.b: none of the first 1 records can be read (no_record_id); name other columns, "
        "or sources.b.record_id: {column, missing: hash}, or set sources.b.allow_unreadable: true",
    ]


def test_a_file_that_would_stop_the_run_is_an_error_after_all_sources_were_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, path="in")
    (tmp_path / "in").mkdir()
    packed = gzip.compress(ROWS.encode())
    (tmp_path / "in/a.csv").write_text(ROWS)
    (tmp_path / "in/b.jsonl.gz").write_bytes(packed[:-9])
    with pytest.raises(RunFailed) as error:
        validate(load(config), False, 1000)
    assert str(error.value) == (
        f"{tmp_path}/in/b.jsonl.gz: truncated or damaged gzip data; "
        "mend or remove it, or set sources.web.on_bad_file: quarantine"
    )
    assert "the first 4 records" in capsys.readouterr().out
    validate(load(write(tmp_path, path="in", on_bad_file="quarantine")), False, 1000)
    assert f"can't be read: {tmp_path}/in/b.jsonl.gz" in capsys.readouterr().out
