"""Files are found by the names that a pattern gives them, whatever the folder is called."""

from pathlib import Path
from threading import Thread

import pytest

from idweave.transforms.exchange.store import Found, files_in, write_file


def test_a_pattern_is_of_the_names_in_a_folder_and_not_of_its_own_name(tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*"
    for name, size in (("b/m.json", 3), ("a/m.json", 2), ("a/deep/x.parquet", 5), ("y.parquet", 1)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"-" * size)
    found = {
        pattern: [
            Found(f.path.removeprefix(f"{folder}/"), f.bytes)
            for f in files_in(str(folder), pattern)
        ]
        for pattern in ("*.parquet", "*/m.json", "**")
    }
    assert found == {
        "*.parquet": [("y.parquet", 1)],
        "*/m.json": [("a/m.json", 2), ("b/m.json", 3)],
        "**": [("a/deep/x.parquet", 5), ("a/m.json", 2), ("b/m.json", 3), ("y.parquet", 1)],
    }


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert files_in(str(tmp_path / "none"), "**") == []


def test_files_that_are_removed_meanwhile_are_not_found_and_stop_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:05}" for number in range(1000)]
    for path in paths:
        path.touch()
    removing = Thread(target=lambda: [path.unlink() for path in paths])
    removing.start()
    while found := files_in(str(tmp_path), "**"):
        assert {file.path for file in found} <= set(map(str, paths))
    removing.join()


def test_a_file_is_written_where_one_stands_by_its_name_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_file("page.html", b"<html>")
    write_file("new/page.html", b"<p>")
    assert (tmp_path / "page.html").read_bytes() == b"<html>"
    assert (tmp_path / "new/page.html").read_bytes() == b"<p>"
