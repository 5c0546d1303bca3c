"""A working folder is removed when its process is gone, and never before."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idweave.pipelines.log import Log
from idweave.pipelines.published.owner import OWNER, Owned, is_left_behind, this_process
from idweave.pipelines.published.working_folder import handed_over_removed, working_folder
from idweave.transforms.exchange.store import write_file

LONG, SHORT = 3 * 3600.0, 30.0


def signed(folder: Path, **differs: object) -> str:
    """A working folder whose owner says what this process would, but for some facts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OWNER).write_text(json.dumps(this_process() | differs))
    return str(folder)


def test_a_living_process_keeps_its_folder_however_old(tmp_path: Path) -> None:
    assert not is_left_behind(signed(tmp_path / "own"), LONG)


def test_a_process_that_is_gone_or_another_one_by_that_number_leaves_it_behind(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(["sleep", "0"]) as process:
        process.wait()
        gone = signed(tmp_path / "gone", pid=process.pid, started="1")
    assert is_left_behind(gone, 0)
    assert is_left_behind(signed(tmp_path / "reused", started="1"), 0)


def test_a_killed_process_that_nobody_has_waited_for_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        stat = Path(f"/proc/{process.pid}/stat").read_text()
        started = stat.rpartition(")")[2].split()[19]
        folder = signed(tmp_path / "x", pid=process.pid, started=started)
        assert not is_left_behind(folder, LONG)
        process.kill()
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        assert is_left_behind(folder, 0)


def test_of_another_host_only_the_last_sign_of_life_tells(tmp_path: Path) -> None:
    elsewhere = signed(tmp_path / "x", host="elsewhere")
    assert not is_left_behind(elsewhere, SHORT)
    assert is_left_behind(elsewhere, LONG)


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"host": 1}'])
def test_a_folder_without_an_owner_is_left_behind_once_it_is_not_new(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / OWNER).write_text(text)
    assert not is_left_behind(str(tmp_path), SHORT)
    assert is_left_behind(str(tmp_path), LONG)


def test_a_folder_says_while_it_is_in_use_whose_it_is(tmp_path: Path) -> None:
    with Owned(str(tmp_path)):
        assert json.loads((tmp_path / OWNER).read_text()) == this_process()


def test_only_what_nobody_works_in_any_more_is_removed(tmp_path: Path) -> None:
    work = tmp_path / "_work"
    signed(work / "a/gone", started="1")
    signed(work / "b/elsewhere", host="elsewhere")
    signed(work / "b/living")
    (work / "c").mkdir()
    (work / "d").mkdir()
    (work / "d/barrier").write_text("")  # what bars the way of threads that still write
    (work / "d/new").mkdir()
    os.utime(work / "d/barrier", (1, 1))
    with working_folder(str(tmp_path), "now", True, Log()) as own:
        left = {str(path.relative_to(work)) for path in work.glob("*/*")}
        assert left == {"b/elsewhere", "b/living", "d/new", os.path.relpath(own, work)}
        assert {path.name for path in work.iterdir()} == {"b", "d", "now"}
    assert {path.name for path in work.iterdir()} == {"b", "d"}


def test_a_late_worker_does_not_bring_back_the_folder_of_a_run_that_has_ended(
    tmp_path: Path,
) -> None:
    with working_folder(str(tmp_path), "r", False, Log()) as attempt:
        write_file(f"{attempt}/kept/unit/early", b"1")
    with pytest.raises(OSError, match="No such file or directory"):
        write_file(f"{attempt}/kept/unit/late", b"1")
    assert not list(tmp_path.iterdir())


def test_runs_begin_while_others_end(tmp_path: Path) -> None:
    def run(run_id: str) -> None:
        for _ in range(50):
            with working_folder(str(tmp_path), run_id, False, Log()) as attempt:
                assert (Path(attempt) / OWNER).exists()

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, ("a", "b", "b", "c")))
    assert not list(tmp_path.iterdir())


def test_what_was_handed_over_goes_while_the_result_stays(tmp_path: Path) -> None:
    with working_folder(str(tmp_path), "r", False, Log()) as attempt:
        write_file(f"{attempt}/kept/unit/early", b"1")
        write_file(f"{attempt}/result/part", b"2")
        with handed_over_removed(attempt):
            pass
        left = [path.name for path in Path(attempt).rglob("*") if path.is_file()]
        assert sorted(left) == [OWNER, "part"]
    assert not list(tmp_path.iterdir())
