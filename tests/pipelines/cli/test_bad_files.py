"""Broken files, hostile lines and too large components are one line, or rows of the quarantine."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.cli.test_command_line import SECRET, run
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import backfill, write_config


@pytest.mark.parametrize("broken", [b"", b"PAR1 no parquet at all", b"\x00" * 1000])
def test_a_broken_file_stops_the_run_with_its_name(
    broken: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    (tmp_path / "in.parquet").write_bytes(broken)
    arguments = ["backfill", str(config), "--output", str(tmp_path / "out")]
    status, error = run(*arguments, capsys=capsys)
    assert status == 1
    assert str(tmp_path / "in.parquet") in error
    assert len(error.strip().splitlines()) == 1


def test_a_file_that_breaks_off_while_it_is_read_stops_the_run_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = small(tmp_path)
    body["sources"]["web"]["path"] = "in.jsonl.gz"
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(b'{"id": "1", "who": "a"}\n')[:-9])
    arguments = [str(write_config(tmp_path, body)), "--output", str(tmp_path / "out"), "--quiet"]
    assert run("backfill", *arguments, capsys=capsys) == (
        1,
        f"{tmp_path}/in.jsonl.gz: truncated or damaged gzip data; mend or remove it, or set "
        "sources.web.on_bad_file: quarantine (nothing was published)\n",
    )


@pytest.mark.slow
def test_a_broken_file_becomes_a_row_if_the_source_says_so(tmp_path: Path) -> None:
    body = small(tmp_path)
    body["sources"]["web"] |= {"path": "*.parquet", "on_bad_file": "quarantine"}
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    result = backfill(tmp_path, body)
    assert result.quarantine() == [
        {
            "source": "web",
            "file": str(tmp_path / "broken.parquet"),
            "position": 0,
            "reason": "bad_file",
            "raw_text": None,
        }
    ]
    assert len(result.rows("assignments", "one")) == 3


@pytest.mark.slow
def test_hostile_lines_are_rows_of_the_quarantine_and_nothing_else_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        json.dumps({"id": "1", "who": "a"}).encode(),
        b"\xff\xfe" + SECRET.encode(),
        b"[" * 100_000,
        b'{"id": "4", "who": "' + b"x" * 20_000_000 + b'"}',
        b'{"id": 5, "who": 9007199254740993}',
        SECRET.encode(),
        json.dumps({"who": SECRET}).encode(),
        json.dumps({"id": "8", "who": 1.5}).encode(),
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    source = {"path": "in.jsonl", "record_id": "id", "identities": {"who": "who"}}
    body = {
        "sources": {"log": source},
        "identities": {"who": {}},
        "strategies": {"one": {"policy": "merge_all"}},
    }
    result = backfill(tmp_path, body)
    rows = [(row["record_id"], row["status"]) for row in result.rows("assignments", "one")]
    assert rows == [("1", "assigned"), ("5", "assigned"), ("8", "unassigned")]
    values = {row["identity_value"] for row in result.rows("identities", "one")}
    assert values == {"a", "9007199254740993"}
    found = [(row["position"], row["reason"]) for row in result.quarantine()]
    assert found == [
        (1, "not_utf8"),
        (2, "too_deep"),
        (3, "line_too_long"),
        (5, "not_json"),
        (6, "no_record_id"),
    ]
    drops = [(row["record_id"], row["rule"]) for row in result.rows("drops", "one")]
    assert drops == [("8", "wrong_type")]
    assert SECRET not in capsys.readouterr().err


@pytest.mark.slow
def test_too_many_edges_are_a_clear_error_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from idweave.pipelines.run import plan

    monkeypatch.setattr(plan, "rounds_for", lambda values, limit: 0)
    table = pa.table(
        {"id": [str(i) for i in range(400)], "who": [f"w{i % 100}" for i in range(400)]}
    )
    config = write_config(tmp_path, small(tmp_path) | {"split_rows": 50, "solve_limit": 5})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=50)
    narrow = [
        "--set",
        "sources.web.identities={who: who}",
        "--set",
        "strategies={one: {policy: merge_all}}",
    ]
    status, error = run(
        "backfill", str(config), "--output", str(tmp_path / "out"), *narrow, capsys=capsys
    )
    assert status == 1
    assert "solve_limit: 5" in error


@pytest.mark.slow
def test_a_component_too_large_to_replay_is_refused_before_it_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    arguments = ["backfill", str(config), "--output", str(tmp_path / "out")]
    status, error = run(*arguments, "--set", "component_bytes=100", capsys=capsys)
    assert status == 1
    assert error.splitlines()[-1].startswith(
        "component_bytes: 100: strategy one has a component of"
    )
