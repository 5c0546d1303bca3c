"""Errors are one line, and exit statuses say what happened."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.commands import COMMANDS, parser
from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import backfill, command, write_config

SECRET = "jane.secret@example.com"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit status and standard error."""
    status = main(list(arguments))
    return status, capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--runer=X"], "--runer"),
        (["--direct_num_wrkers=2"], "--direct_num_workers"),
        (["--strategy", "thre"], "one, two"),
        (["--from", "yesterday"], "yesterday"),
        (["--run-id", "../up"], "../up"),
        (["--set", "sources.web.pth=x"], "did you mean path"),
        (["--set", "sources.web.path=none/*.parquet"], "no file"),
        (["--set", "sources.web.identities.who=nobody"], "sources.web.identities.who: nobody"),
        (["--set", "sources.web.time=dvice"], "sources.web.time: dvice: no such column in "),
        (["--set", "sources.web.attributes={a: dvice}"], "did you mean device?"),
        (["--set", "sources.wb.path=x"], "no such source wb; did you mean web?"),
        (["--runner=Nope"], "--runner: Nope: no such runner"),
        (["--runner=FlinkRuner"], "did you mean FlinkRunner?"),
        (["--from", "2026-02-01", "--until", "2026-02-01"], "not before --until 2026-02-01"),
    ],
)
def test_wrong_usage_is_one_line_that_names_what_is_wrong(
    more: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    arguments = ["backfill", str(config), "--output", str(tmp_path / "out"), *more]
    status, error = run(*arguments, capsys=capsys)
    assert status == 2
    assert named in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "current.json").exists()


def test_validate_prints_the_resolved_configuration_if_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    assert main(["validate", str(config), "--resolved"]) == 0
    printed = capsys.readouterr()
    assert "solve_limit: 100000000" in printed.out
    assert "null" not in printed.out
    assert printed.err.startswith("web: 1 file")
    assert not (tmp_path / "out").exists()
    again = tmp_path / "again.yaml"
    again.write_text(printed.out)
    assert main(["validate", str(again), "--resolved"]) == 0
    assert capsys.readouterr().out == printed.out
    assert main(["validate", str(config), "--sample", "0"]) == 2
    assert capsys.readouterr().err == "--sample: 0: at least 1\n"
    assert main(["validate", str(config)]) == 0
    assert capsys.readouterr().out == printed.err


def test_init_writes_a_configuration_that_is_valid_and_no_second_one_over_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "people.csv").write_text("id,email\n1,a@example.com\n2,b@example.com\n")
    config = str(tmp_path / "first.yaml")
    asked = ["init", str(tmp_path / "people.csv"), "--output", config]
    assert main(asked) == 0
    assert capsys.readouterr().out == f"{config}\n"
    assert main(["validate", config]) == 0
    assert main(asked) == 2
    assert "first.yaml: exists already" in capsys.readouterr().err


def test_schema_prints_where_the_schema_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "$schema" in json.loads(Path(capsys.readouterr().out.strip()).read_text())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    actions = parser()._subparsers._group_actions[0].choices[name]._actions  # type: ignore
    assert [action.dest for action in actions if not action.help] == []


@pytest.mark.parametrize("asked", [["--version"], ["--help"], ["backfill", "--help"]])
def test_what_needs_no_data_imports_nothing_of_weight(asked: list[str]) -> None:
    script = (
        "import sys\n"
        "from idweave.pipelines.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'apache_beam', 'pyarrow', 'numpy', 'numba', 'pydantic', 'yaml'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *asked], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("idweave 0." if asked == ["--version"] else "usage: idweave ")


def test_neither_beam_nor_kernels_are_needed_to_validate_local_files(tmp_path: Path) -> None:
    config = write_config(tmp_path, small(tmp_path))
    script = (
        "import sys\nfrom idweave.pipelines.cli.main import main\n"
        "assert main(['validate', sys.argv[1]]) == 0\n"
        "heavy = {'apache_beam', 'numba'} & set(sys.modules)\nassert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(config)], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_help_tells_of_beam_and_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["backfill", "--help"])
    printed = capsys.readouterr().out
    for words in ("Beam options:", "after a bare --", "exit status:", "configuration file, too"):
        assert words in " ".join(printed.split())


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("resolve", capsys=capsys)[0] == 2


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [[], ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]]
)
def test_standard_error_has_no_line_but_our_own(tmp_path: Path, more: list[str]) -> None:
    config = write_config(tmp_path, small(tmp_path))
    arguments = command(config, tmp_path / "out", *more)
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    ours = re.compile(
        "reading |read |source web: |strategy (one|two): |  [0-9]+ records: |  values left out"
        "|[0-9,]+ batch(es)?, |kernels were compiled |[0-9,]+ records in "
    )
    assert [line for line in done.stderr.splitlines() if not ours.match(line)] == []
