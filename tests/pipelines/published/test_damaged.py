"""A published run that lost something: one line that names the file, and never half an answer."""

import json
import shutil
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.errors import RunFailed
from idweave.pipelines.log import Log
from idweave.pipelines.published.list_runs import NO_MANIFEST, list_runs
from idweave.pipelines.published.parts import REMEDY
from idweave.pipelines.published.prune import prune
from idweave.pipelines.published.run_tables import find_run
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import write_config

READERS = [
    ["profile", "--strategy", "one", "who:a"],
    ["explain", "--strategy", "one", "who:a", "who:b"],
    ["diff", "one", "two"],
    ["report", "--output", "report.html"],
    ["load", "--to", "duckdb:here.db"],
]
LISTS = [["runs"], ["prune", "--keep", "0"]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run, to be copied and broken."""
    folder = tmp_path_factory.mktemp("damaged")
    config = write_config(folder, small(folder))
    assert main(["backfill", str(config), "--output", str(folder / "out"), "--run-id", "r"]) == 0
    return folder


@pytest.fixture
def output(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(published / "out", tmp_path / "out", symlinks=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def damaged(whole: bytes, fault: str) -> bytes:
    """A file of Parquet that was cut, or whose pages were written over behind a whole footer."""
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    return {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "page": whole[:4] + b"\xff" * (footer - 4) + whole[footer:],
    }[fault]


def said(command: list[str], output: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command that fails says."""
    capsys.readouterr()
    assert main([command[0], str(output), *command[1:]]) == 1
    answer, error = capsys.readouterr()
    assert answer == ""
    return error


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": "r"}', '"secret"'])
def test_a_damaged_name_of_the_current_run_is_told_and_written_anew(
    text: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (output / "current.json").write_text(text)
    line = (
        f"{output}/current.json: not what idweave writes: damaged; write it anew by `idweave runs "
        "DIR --make-current RUN_ID`\n"
    )
    for command in [*READERS, LISTS[1]]:
        assert said(command, output, capsys) == line
    assert main(["runs", str(output), "--json"]) == 0
    runs, warned = capsys.readouterr()
    assert [(run["run_id"], run["current"]) for run in json.loads(runs)] == [("r", False)]
    assert warned == f"warning: {line}"
    assert main(["runs", str(output), "--make-current", "r"]) == 0
    assert json.loads((output / "current.json").read_text()) == {"run_id": "r"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run_id": "r", "tables": []}'])
def test_a_damaged_manifest_is_one_line_for_every_command(
    text: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (output / "runs/run_id=r/manifest.json").write_text(text)
    for command in [*READERS, *LISTS, ["runs", "--make-current", "r"]]:
        assert said(command, output, capsys) == (
            f"{output}/runs/run_id=r/manifest.json: not what idweave writes: damaged; {REMEDY}\n"
        )


def test_what_is_left_of_a_lost_run_is_told_and_nothing_is_pruned(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = output / "runs/run_id=whole"
    shutil.copytree(output / "runs/run_id=r", whole)
    (output / "runs/run_id=r/manifest.json").unlink()
    line = (
        f"{output}/current.json: names run r, which is not in {output}/runs; write it anew by "
        "`idweave runs DIR --make-current RUN_ID`\n"
    )
    for command in [*READERS, LISTS[1]]:
        assert said(command, output, capsys) == line
    assert main(["runs", str(output), "--json"]) == 0
    runs, warned = capsys.readouterr()
    assert [run["run_id"] for run in json.loads(runs)] == ["whole"]
    left = f"warning: {output}/runs/run_id=r: {NO_MANIFEST}\n"
    assert warned == f"warning: {line}{left}"
    assert main(["runs", str(output), "--make-current", "whole"]) == 0
    assert main(["profile", str(output), "--strategy", "one", "who:a"]) == 0


@pytest.mark.parametrize("kind", ["format", "tables", "privacy", "rows", "table"])
def test_a_manifest_of_another_version_is_one_line(
    kind: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = output / "runs/run_id=r/manifest.json"
    manifest = json.loads(path.read_text())
    table = manifest["tables"][0]
    new = {"table": "news", "folder": table["folder"], "name": None, "strategy": "one"}
    manifest |= {
        "format": {"format": 2},
        "tables": {"tables": {}},
        "privacy": {"privacy": ["x"]},
        "rows": {"tables": [table | {"rows": "1"}]},
        "table": {"tables": [table | new]},
    }[kind]
    path.write_text(json.dumps(manifest))
    line = {
        "format": f"{path}: format: 2: this version of idweave reads 1; take that which wrote it",
        "table": f"{path.parent}/{table['folder']}: a table that this version of idweave does not",
    }.get(kind, f"{path}: not what idweave writes: damaged; {REMEDY}")
    assert said(["load", "--to", "duckdb:here.db"], output, capsys).startswith(line)


@pytest.mark.parametrize("fault", ["lost", "cut", "empty", "page"])
def test_a_table_that_is_not_whole_gives_no_answer(
    fault: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for table in ("identities", "assignments"):
        part = output / f"runs/run_id=r/{table}/strategy=one/part-00000.parquet"
        whole = part.read_bytes()
        part.unlink()
        line = f"{part.parent}: 0 rows in 0 files, where the manifest of run r tells of "
        if fault != "lost":
            part.write_bytes(damaged(whole, fault))
            line = f"{part}: run r can't be read there (damaged, or removed meanwhile); {REMEDY}\n"
        commands = [c for c in READERS if table == "identities" or c[0] in ("diff", "report")]
        for command in commands:
            assert said(command, output, capsys).startswith(line)
        part.write_bytes(whole)


def test_a_part_of_a_table_that_was_lost_is_noticed_by_its_rows(output: Path) -> None:
    part = output / "runs/run_id=r/observations/strategy=one/part-00000.parquet"
    shutil.copy(part, part.with_name("part-00001.parquet"))
    with pytest.raises(RunFailed, match="6 rows in 2 files, where the manifest of run r tells"):
        find_run(str(output), None).files("observations/strategy=one")


def test_a_run_that_a_link_leads_to_stays_and_that_is_told(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (output / "current.json").unlink()
    run, elsewhere = output / "runs/run_id=r", tmp_path / "elsewhere"
    run.rename(elsewhere)
    run.symlink_to(elsewhere)
    assert main(["prune", str(output), "--keep", "0"]) == 0
    assert capsys.readouterr().err == (
        f"warning: {run}: a link; what it leads to stays: {elsewhere}\n"
    )
    assert not run.is_symlink()
    assert (elsewhere / "manifest.json").exists()


def test_what_was_pruned_is_told_before_a_run_that_can_not_be_removed(output: Path) -> None:
    (run,) = list_runs(str(output), None, Log())  # as if none were current
    (output / "current.json").unlink()
    removing = prune(str(output), [run, run._replace(run_id="gone by another hand")], Log())
    assert next(removing) == run
    assert list((output / "runs").iterdir()) == []
    with pytest.raises(FileNotFoundError):
        next(removing)
    assert not (output / "_work").exists()


def test_a_refresh_where_runs_are_and_none_is_current_says_that_ids_begin_anew(
    published: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (output / "current.json").unlink()
    refresh = ["refresh", str(published / "idweave.yaml"), "--output", str(output), "--quiet"]
    assert main([*refresh, "--dry-run"]) == 0
    assert "runs are published but none is current, so this one" in capsys.readouterr().err
    assert main([*refresh, "--dry-run", "--base", "r"]) == 0
    assert "none is current" not in capsys.readouterr().err
