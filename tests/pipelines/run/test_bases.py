"""A refresh on a base that is not what it should be, or that others build on at the same time."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import Run, RunFolder, beside, state, write_config


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run, to be copied and broken."""
    folder = tmp_path_factory.mktemp("bases")
    config = write_config(folder, small(folder))
    assert main(["backfill", str(config), "--output", str(folder / "out"), "--run-id", "b"]) == 0
    return folder


def no_manifest(run: Path) -> str:
    (run / "manifest.json").unlink()
    return f"{run.parents[1]}/current.json: names run b, which is not in {run.parent}; write it"


def no_json(run: Path) -> str:
    (run / "manifest.json").write_text("{")
    return f"{run}/manifest.json: not what idweave writes: damaged; bring the file back"


def of_another_project(run: Path) -> str:
    (run / "manifest.json").write_text('{"nodes": []}')
    return f"{run}/manifest.json: not what idweave writes: damaged; bring the file back"


def current_of_another_project(run: Path) -> str:
    (run.parents[1] / "current.json").write_text('["b"]')
    return f"{run.parents[1]}/current.json: not what idweave writes: damaged; write it anew"


def part_lost(run: Path) -> str:
    (run / "identities/strategy=one/part-00000.parquet").unlink()
    return (
        f"{run}/identities/strategy=one: 0 rows in 0 files, where the manifest of run b tells of 4"
    )


def part_cut(run: Path) -> str:
    part = run / "identities/strategy=one/part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    return f"{part}: run b can't be read there (damaged, or removed meanwhile); bring the"


def part_damaged(run: Path) -> str:
    part = run / "ids/strategy=one/part-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:4] + bytes(200) + whole[204:])
    return f"{part}: "


def not_asked_for(run: Path) -> str:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["tables"] = [t for t in manifest["tables"] if t["table"] != "identities"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    shutil.rmtree(run / "identities")
    return "base run b: has no table `identities` of strategy one, which says whose ids are whose"


@pytest.mark.parametrize(
    "fault",
    [
        no_manifest, no_json, of_another_project, current_of_another_project, part_lost, part_cut,
        part_damaged, not_asked_for,
    ],
)  # fmt: skip
def test_a_faulty_base_is_one_line_and_changes_nothing(
    fault: Callable[[Path], str], first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    shutil.copytree(first / "out", output, symlinks=True)
    line = fault(output / "runs/run_id=b")
    before = state(output)
    capsys.readouterr()
    assert main(["refresh", str(first / "idweave.yaml"), "--output", str(output)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(line)
    assert state(output) == before


def test_a_base_without_ids_stands_for_those_of_its_identities(first: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    shutil.copytree(first / "out", output, symlinks=True)
    run = output / "runs/run_id=b"
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["tables"] = [t for t in manifest["tables"] if t["table"] not in ("ids", "id_changes")]
    (run / "manifest.json").write_text(json.dumps(manifest))
    shutil.rmtree(run / "ids")
    shutil.rmtree(run / "id_changes")
    more = ["--set", "strategies.new={policy: merge_all}", "--set", "changes=[profiles]"]
    assert main(["refresh", str(first / "idweave.yaml"), "--output", str(output), *more]) == 0
    old, new = RunFolder(first / "out/runs/run_id=b"), Run(output)
    assert new.manifest["tables_without_changes"] == {
        "profiles/strategy=new": "base run b has no strategy new"
    }
    assert len(new.manifest["warnings"]) == 1
    assert "strategy new is not in the base" in new.manifest["warnings"][0]
    assert new.rows("id_changes", "one") == []
    assert new.rows("identities", "one") == old.rows("identities", "one")
    of_base = [row | {"born_at": None} for row in old.rows("ids", "one")]
    assert [row | {"born_at": None} for row in new.rows("ids", "one")] == of_base


def test_of_two_refreshes_on_one_base_the_later_fails(first: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    shutil.copytree(first / "out", output, symlinks=True)
    arguments = ["refresh", str(first / "idweave.yaml"), "--output", str(output), "--run-id"]
    with beside([*arguments, "c"]) as other:
        assert main([*arguments, "d"]) == 0
        other.send_signal(signal.SIGCONT)
        errors = other.communicate()[1]
    assert other.returncode == 1
    line = f"{output}/current.json: run d became current while this run was made on b;"
    assert errors.splitlines()[-1].startswith(line)
    assert not (output / "runs/run_id=c").exists()
    assert (Run(output).manifest["run_id"], Run(output).manifest["base"]) == ("d", "b")
    assert not (output / "_work").exists()


def test_a_base_before_the_last_is_as_good_as_that(first: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    shutil.copytree(first / "out", output, symlinks=True)
    arguments = ["refresh", str(first / "idweave.yaml"), "--output", str(output)]
    assert main([*arguments, "--run-id", "near"]) == 0
    assert main([*arguments, "--run-id", "far", "--base", "b"]) == 0
    far, near = Run(output), RunFolder(output / "runs/run_id=near")
    assert far.manifest["base"] == "b"
    for table in ("assignments", "identities", "ids", "id_changes"):
        assert far.rows(table, "two") == near.rows(table, "two"), table
