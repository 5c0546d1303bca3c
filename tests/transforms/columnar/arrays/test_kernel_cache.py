"""Compiled kernels last, are found by content, and are never taken from a folder of others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
_USE = """
import warnings
warnings.simplefilter("always")
import numpy as np
from idweave.transforms.columnar.arrays import factorise
codes = factorise.factorise(np.array([[5, 1], [7, 1], [5, 1]], np.uint64))
from idweave.transforms.columnar.arrays.compile import compiled
print(compiled(), codes[0].tolist())
"""


def use(folder: Path | str, **more: str) -> tuple[int, str, str]:
    """Compile or load a kernel in a process of its own: misses, what it gives, what it says."""
    environment = {**os.environ, "IDWEAVE_CACHE_DIR": str(folder), **more}
    done = subprocess.run(
        [sys.executable, "-c", _USE], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    misses, _, gives = done.stdout.partition(" ")
    return int(misses), gives, done.stderr


def kept(folder: Path) -> list[Path]:
    """All files of a cache folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    first, gives, said = use(tmp_path / "kept")
    assert first > 0
    assert gives == "[0, 1, 0]\n"
    assert said == ""
    assert use(tmp_path / "kept") == (0, gives, "")


def test_a_damaged_file_is_compiled_again_and_mended(tmp_path: Path) -> None:
    first, gives, _ = use(tmp_path)
    for path in kept(tmp_path):
        path.write_bytes(path.read_bytes()[:-1])
    assert use(tmp_path) == (first, gives, "")
    assert use(tmp_path) == (0, gives, "")


def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path: Path) -> None:
    folder, temporary = tmp_path / "open", tmp_path / "temporary"
    temporary.mkdir()
    folder.mkdir()
    folder.chmod(0o777)
    first, _, said = use(folder, TMPDIR=str(temporary))
    assert first > 0
    assert "can be written to by others; set IDWEAVE_CACHE_DIR" in said
    assert kept(folder) == []
    assert kept(temporary)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_read(tmp_path: Path) -> None:
    _, gives, _ = use(tmp_path)
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o500)
    assert use(tmp_path) == (0, gives, "")


def test_without_a_home_a_temporary_folder_serves(tmp_path: Path) -> None:
    said = use("", HOME="/", XDG_CACHE_HOME="", TMPDIR=str(tmp_path))[2]
    assert "there is no home folder; set IDWEAVE_CACHE_DIR" in said
    assert kept(tmp_path)
