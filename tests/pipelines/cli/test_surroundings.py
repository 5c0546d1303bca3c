"""Services, containers and schedulers give less than a shell does: it works, or says what lacks.

Tests of streams and users are processes of their own.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from idweave.transforms.columnar.arrays import kernel_cache
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import Run, command, write_config

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
CAP_DAC_READ_SEARCH = 2
SOME_OTHER = 54321  # a user number that no system has a name for


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A small run of one strategy."""
    body = small(tmp_path, strategies={"one": {"policy": "merge_all"}})
    return command(write_config(tmp_path, body), tmp_path / "out", "--run-id", "a")


def launch(arguments: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run it, with what is given to `subprocess.run`."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run(arguments, text=True, check=False, timeout=900, **streams)


def warnings(said: str) -> list[str]:
    """The warnings on standard error."""
    return [line for line in said.splitlines() if line.startswith("warning: ")]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A run that is there, and the launch of it once more: only the answer is left to be told."""
    folder = tmp_path_factory.mktemp("published")
    body = small(folder, strategies={"one": {"policy": "merge_all"}})
    output = folder / "größe"
    arguments = command(write_config(folder, body), output, "--run-id", "a")
    assert main(arguments[arguments.index("backfill") :]) == 0
    return output / "runs/run_id=a", arguments


def test_a_full_standard_output_is_a_warning_as_the_run_is_published(
    published: tuple[Path, list[str]],
) -> None:
    folder, arguments = published
    with open("/dev/full", "w") as full:
        done = launch(arguments, stdout=full)
    assert done.returncode == 0
    told = f"No space left on device; the run is published: {folder}"
    assert warnings(done.stderr) == [f"warning: standard output: {told}"]
    assert "Exception ignored" not in done.stderr


def test_a_standard_output_whose_reader_is_gone_is_a_warning(
    published: tuple[Path, list[str]],
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = launch(published[1], stdout=writing)
    os.close(writing)
    assert done.returncode == 0, done.stderr
    (warned,) = warnings(done.stderr)
    told = f"Broken pipe (whoever read this is gone); the run is published: {published[0]}"
    assert warned == f"warning: standard output: {told}"


def test_a_standard_output_that_is_closed_is_a_warning(
    arguments: list[str], tmp_path: Path
) -> None:
    done = launch(["sh", "-c", 'exec "$@" >&-', "sh", *arguments])
    assert done.returncode == 0, done.stderr
    (warned,) = warnings(done.stderr)
    assert warned.split(";")[1] == f" the run is published: {tmp_path}/out/runs/run_id=a"
    assert Run(tmp_path / "out").manifest["run_id"] == "a"


@pytest.mark.parametrize("to", [">/dev/full", ">&-"])
def test_a_standard_error_that_is_gone_stops_nothing(
    to: str, arguments: list[str], tmp_path: Path
) -> None:
    done = launch(["sh", "-c", f'exec "$@" 2{to}', "sh", *arguments])
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path}/out/runs/run_id=a\n"
    assert Run(tmp_path / "out").manifest["run_id"] == "a"


def refuse(*_: object, **__: object) -> None:
    """What a system call does that a file system doesn't have."""
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_that_can_do_less_is_enough(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module, name in ((os, "symlink"), (os, "link"), (fcntl, "flock")):
        monkeypatch.setattr(module, name, refuse)
    assert main(arguments[arguments.index("backfill") :]) == 0
    (warned,) = warnings(capsys.readouterr().err)
    assert "Operation not permitted; there is no such link to the run, " in warned
    assert Run(tmp_path / "out").manifest["run_id"] == "a"
    assert not (tmp_path / "out/current").exists()


def test_a_terminal_of_ascii_shows_every_name(published: tuple[Path, list[str]]) -> None:
    folder, arguments = published
    done = launch(arguments, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == str(folder).encode("ascii", "backslashreplace").decode() + "\n"


def reads_all() -> bool:
    """Whether this process has what is passed on; some containers' root has not."""
    has = re.search(r"^CapEff:\s*(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return has is not None and bool(int(has[1], 16) >> CAP_DAC_READ_SEARCH & 1)


def as_other(tmp_path: Path) -> list[str]:
    """What makes a command one of another user, who may read everything and write `tmp_path`."""
    if os.geteuid() != 0 or not shutil.which("setpriv") or not reads_all():
        pytest.skip("only root, with all that it may do, can become such a user")
    for folder in (tmp_path, *tmp_path.rglob("*")):
        os.chown(folder, SOME_OTHER, SOME_OTHER)
    user = [f"--reuid={SOME_OTHER}", f"--regid={SOME_OTHER}", "--clear-groups"]
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["env", "-i", f"TMPDIR={tmp_path}", "setpriv", *user, *reads]


def test_without_home_name_and_a_writable_install_validate_warns_of_nothing(
    arguments: list[str], tmp_path: Path
) -> None:
    config = str(tmp_path / "idweave.yaml")
    prefix = as_other(tmp_path)
    done = launch([*prefix, sys.executable, "-m", "idweave", "validate", config], cwd=ROOT)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert warnings(done.stderr) == []


def test_without_home_name_and_a_writable_install_a_run_reads_kernels_that_others_compiled(
    arguments: list[str], tmp_path: Path
) -> None:
    prefix = as_other(tmp_path)
    with tempfile.TemporaryDirectory(dir="/tmp") as kernels:  # above `tmp_path` only root may look
        half_written = shutil.ignore_patterns("*.tmp")  # by tests that run beside this one
        shutil.copytree(kernel_cache.folder(), kernels, ignore=half_written, dirs_exist_ok=True)
        os.chown(kernels, SOME_OTHER, SOME_OTHER)
        for path in Path(kernels).rglob("*"):
            os.chown(path, SOME_OTHER, SOME_OTHER)
        prefix.insert(2, f"IDWEAVE_CACHE_DIR={kernels}")
        done = launch([*prefix, *arguments], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert warnings(done.stderr) == []
    assert Run(tmp_path / "out").manifest["run_id"] == "a"


def test_json_is_one_object_with_the_folder_and_quiet_says_nothing_else(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments[arguments.index("backfill") :], "--json", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    told = json.loads(said.out)
    manifest = Run(tmp_path / "out").manifest
    assert told == {
        "folder": str(tmp_path / "out/runs/run_id=a"),
        "published": True,
        "current": True,
        "warnings": [],
        **{
            key: manifest[key]
            for key in (
                "run_id",
                "base",
                "as_of",
                "started_at",
                "ended_at",
                "sources",
                "strategies",
                "tables",
            )
        },
    }


def test_an_output_folder_that_is_not_utf8_is_named_escaped(arguments: list[str]) -> None:
    arguments[arguments.index("--output") + 1] = os.fsdecode(b"/tmp/\xe4")
    done = launch(arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("--output: /tmp/\\udce4: not UTF-8; name another folder")


def test_an_answer_that_nobody_can_read_is_an_error_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(write_config(tmp_path, small(tmp_path)))
    for arguments in (["validate", config], ["validate", config, "--resolved"], ["schema"]):
        with open("/dev/full", "w") as full, contextlib.redirect_stdout(full):
            assert main(arguments) == 1
        said = capsys.readouterr().err.splitlines()
        assert said[-1] == "standard output: No space left on device"
    with contextlib.redirect_stdout(None):
        assert main(["validate", config]) == 1
    assert capsys.readouterr().err == "standard output: closed\n"
