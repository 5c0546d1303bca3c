"""Errors are one line, and exit statuses say what happened."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from idweave.pipelines.cli.commands import COMMANDS, parser
from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import command, write_config

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


@pytest.mark.slow
def test_standard_error_has_no_line_but_our_own(tmp_path: Path) -> None:
    """Nor from worker processes: tests/pipelines/run/test_same_rows.py."""
    config = write_config(tmp_path, small(tmp_path))
    arguments = command(config, tmp_path / "out")
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    ours = re.compile(
        "reading |read |source web: |strategy (one|two): |  [0-9]+ records: |  values left out"
        "|[0-9,]+ batch(es)?, |kernels were compiled |[0-9,]+ records in "
    )
    assert [line for line in done.stderr.splitlines() if not ours.match(line)] == []
