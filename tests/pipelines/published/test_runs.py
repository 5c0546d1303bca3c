"""Runs are listed, made current and removed whole."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import RunFolder, write_config


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, each on the one before."""
    folder = tmp_path_factory.mktemp("runs")
    config = str(write_config(folder, small(folder)))
    for number in range(3):
        arguments = [config, "--output", str(folder / "out"), "--run-id", f"r{number}"]
        assert main(["refresh", *arguments, "--as-of", f"2026-01-0{number + 1}"]) == 0
    return folder / "out"


def listed(output: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["runs", str(output), "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_runs_are_listed_with_base_and_churn(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = listed(output, capsys)
    assert [(r["run_id"], r["base"], r["current"]) for r in runs] == [
        ("r2", "r1", True), ("r1", "r0", False), ("r0", None, False)
    ]  # fmt: skip
    assert [(r["input_records"], r["ids_ended"], r["ids_new"]) for r in runs] == [
        (3, 0, 0), (3, 0, 0), (3, None, None)
    ]  # fmt: skip
    assert main(["runs", str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["*", "r1", "r0"]


@pytest.mark.parametrize(
    "asked",
    [["runs"], ["prune", "--keep", "9"], ["diff", "one", "two"], ["report"], ["profile", "who:a"]],
)
def test_beam_is_not_needed_to_look_at_local_runs(
    asked: list[str], output: Path, tmp_path: Path
) -> None:
    script = (
        "import sys\nfrom idweave.pipelines.cli.main import main\n"
        "assert main(sys.argv[1:]) == 0\nassert 'apache_beam' not in sys.modules\n"
    )
    command, *more = asked
    more += {"report": ["--output", str(tmp_path / "r")], "profile": ["--strategy", "one"]}.get(
        command, []
    )
    arguments = [sys.executable, "-c", script, command, str(output), *more]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_refresh_of_the_same_input_changes_no_id(output: Path) -> None:
    first, last = (RunFolder(output / "runs" / f"run_id={name}") for name in ("r0", "r2"))
    assert first.rows("identities", "one") == last.rows("identities", "one")
    assert last.rows("changes/identities", "one") == []
    assert last.rows("id_changes", "one") == []
    assert last.manifest["as_of"] == "2026-01-03T00:00:00+00:00"
    ids = {row["born_run"] for row in last.rows("ids", "one")}
    assert ids == {"r0"}


def test_a_run_is_launched_once_by_its_name_with_or_without_its_base(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(output.parent / "idweave.yaml")
    named = [config, "--output", str(output), "--run-id", "r1"]
    for more in ([], ["--base", "r0"], ["--as-of", "2026-01-02"]):
        assert main(["refresh", *named, *more]) == 0
        assert "nothing to do" in capsys.readouterr().err
    assert main(["refresh", *named, "--base", "r2"]) == 1
    assert "published already, from another base" in capsys.readouterr().err
    assert main(["backfill", *named]) == 1
    assert main(["refresh", *named, "--as-of", "2026-01-09"]) == 1
    assert "published already, from another --as-of" in capsys.readouterr().err


def test_an_unknown_base_is_one_line(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(output.parent / "idweave.yaml")
    capsys.readouterr()
    assert main(["refresh", config, "--output", str(output), "--base", "r9"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors == [f"--base: r9: no such run in {output}/runs; see idweave runs"]


def test_a_dry_run_publishes_nothing(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(output.parent / "idweave.yaml")
    before = listed(output, capsys)
    assert main(["refresh", config, "--output", str(output), "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "kept; new ids: none; 0 of 3 records moved" in said.err
    assert said.err.endswith("dry run: nothing was published\n")
    assert listed(output, capsys) == before


def test_a_run_is_made_current_and_old_ones_go(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = shutil.copytree(output, tmp_path / "out", symlinks=True)
    assert main(["runs", str(output), "--make-current", "r9"]) == 2
    assert main(["runs", str(output), "--make-current", "r0"]) == 0
    assert json.loads((output / "current.json").read_text()) == {"run_id": "r0"}
    assert main(["prune", str(output)]) == 2
    assert main(["prune", str(output), "--older-than", "30x"]) == 2
    assert main(["prune", str(output), "--older-than", "999999d"]) == 0
    assert main(["prune", str(output), "--older-than", "01d"]) == 0
    assert main(["prune", str(output), "--keep", "1", "--dry-run"]) == 0
    assert len(listed(output, capsys)) == 3
    assert main(["prune", str(output), "--keep", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("removed: r1, ")
    assert [r["run_id"] for r in listed(output, capsys)] == ["r2", "r0"]
    assert main(["prune", str(output), "--keep", "0"]) == 0
    assert [r["run_id"] for r in listed(output, capsys)] == ["r0"]
    assert not (output / "_work").exists()
