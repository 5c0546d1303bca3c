"""Which files of a folder are read: each once, hidden ones never, skipped ones told."""

import os
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.run.inputs import list_files
from tests.pipelines.running import Run, write_config


def make(folder: Path, *names: str) -> None:
    """Files with a record each, whose id is the file's name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'{{"id": "{name}", "who": "a"}}\n')


def found(folder: Path, path: str = "in", format: str | None = None) -> list[str]:
    """The files of a source, relative to the folder, each with its format."""
    listed = list_files("web", [str(folder / path)], format, "metadata")
    return [f"{os.path.relpath(file.path, folder)} {file.format}" for file in listed.files]


def skipped(folder: Path, path: str = "in", format: str | None = None) -> dict[str, int]:
    listed = list_files("web", [str(folder / path)], format, "metadata")
    return listed.skipped.get("web", {})


def test_suffixes_say_the_format_in_any_case(tmp_path: Path) -> None:
    names = ["a.JSONL", "b.json", "c.tsv.GZ", "d.Csv.zst", "e.ndjson.bz2", "f.PARQUET", "g.txt"]
    make(tmp_path / "in", *names)
    formats = ["jsonl", "json", "csv", "csv", "jsonl", "parquet"]
    expected = [f"in/{name} {kind}" for name, kind in zip(names, formats, strict=False)]
    assert found(tmp_path) == expected
    assert skipped(tmp_path) == {"unknown_suffix": 1}


def test_with_a_format_every_file_of_a_folder_counts_but_hidden_ones(tmp_path: Path) -> None:
    make(tmp_path / "in", "a.jsonl.1", "b", "_SUCCESS", ".c.crc", "_delta_log/d", "e/.f/g", "e/h")
    assert found(tmp_path, format="jsonl") == ["in/a.jsonl.1 jsonl", "in/b jsonl", "in/e/h jsonl"]
    assert skipped(tmp_path, format="jsonl") == {}


@pytest.mark.parametrize("pattern", ["t/*/*.jsonl", "t/**/*.jsonl", "t/**", "t", "t/*"])
def test_what_is_hidden_below_the_root_is_in_no_glob(tmp_path: Path, pattern: str) -> None:
    make(tmp_path / "t", "dt=1/a.jsonl", "_delta_log/b.jsonl", ".tmp/c.jsonl", "dt=1/_d.jsonl")
    assert found(tmp_path, pattern) == ["t/dt=1/a.jsonl jsonl"]


def test_what_is_named_outright_is_not_hidden(tmp_path: Path) -> None:
    make(tmp_path / "_in", ".a.jsonl", "b.jsonl")
    assert found(tmp_path, "_in/.a.jsonl") == ["_in/.a.jsonl jsonl"]
    assert found(tmp_path, "_in/*") == ["_in/b.jsonl jsonl"]


def test_link_loops_end_and_a_file_counts_once(tmp_path: Path) -> None:
    make(tmp_path / "in", "z/a.jsonl")
    links = {"loop": ".", "z/up": "..", "b": "z", "c.jsonl": "z/a.jsonl"}
    for link, target in links.items():
        (tmp_path / "in" / link).symlink_to(target)
    for pattern in ("in", "in/**", "in/**/*.jsonl", "in/*"):
        assert found(tmp_path, pattern) == ["in/z/a.jsonl jsonl"], pattern
    assert skipped(tmp_path)["linked_twice"] == 1  # c.jsonl; folders are gone through once


def test_a_link_to_a_file_elsewhere_counts_under_its_own_name(tmp_path: Path) -> None:
    make(tmp_path, "store/x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.csv").symlink_to("../store/x")
    (tmp_path / "in/more").symlink_to("../store")
    assert found(tmp_path) == ["in/x.csv csv"]


@pytest.mark.parametrize("target", ["nowhere", "x.jsonl"])
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, target: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.jsonl").symlink_to(target)
    with pytest.raises(RunFailed, match=r"in/x.jsonl: (No such file|Too many levels)"):
        found(tmp_path)


def test_only_what_the_configuration_says_is_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "run[1]"
    make(folder, "ev/a.jsonl", "ev/b[2].jsonl")
    make(tmp_path / "run1", "ev/other.jsonl")
    for path, ids in (
        ("ev/*.jsonl", ["ev/a.jsonl", "ev/b[2].jsonl"]),
        ("ev", ["ev/a.jsonl", "ev/b[2].jsonl"]),
        ("ev/b[2].jsonl", ["ev/b[2].jsonl"]),
        ("ev/[a].jsonl", ["ev/a.jsonl"]),
    ):
        name = ids[-1].replace("/", "") + str(len(ids))
        body = {
            "sources": {"web": {"path": path, "record_id": "id", "identities": {"who": "who"}}},
            "identities": {"who": {}},
            "strategies": {"s": {"policy": "merge_all"}},
        }
        config = write_config(folder, body)
        assert main(["backfill", str(config), "--output", str(tmp_path / name)]) == 0
        rows = Run(tmp_path / name).rows("assignments", "s")
        assert sorted(row["record_id"] for row in rows) == ids


def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path: Path) -> None:
    make(tmp_path, "in/a.jsonl")
    os.rename(tmp_path / "in/a.jsonl", os.fsencode(tmp_path) + b"/in/kund\xe4.jsonl")
    with pytest.raises(RunFailed, match=r"in/kund\\xe4.jsonl: a name that is not UTF-8; rename it"):
        found(tmp_path)
    with pytest.raises(RunFailed, match=r"in/kund\\xe4.jsonl: a name that is not UTF-8"):
        found(tmp_path, "in/*")


def test_folders_give_columns_percent_decoded(tmp_path: Path) -> None:
    make(tmp_path, "in/app=web%3Aeu/a%20b=San%20Jos%C3%A9/x=%E4/a=1%.jsonl")
    (file,) = list_files("web", [str(tmp_path / "in")], None, "metadata").files
    assert file.partitions == (("app", "web:eu"), ("a b", "San José"), ("x", "%E4"))


def test_a_folder_without_a_file_of_a_known_suffix_is_an_error(tmp_path: Path) -> None:
    make(tmp_path / "in", "a.txt", "b", "_c.csv")
    with pytest.raises(WrongUsage, match="no file is there but 2 with other suffixes; set format"):
        found(tmp_path)
    with pytest.raises(WrongUsage, match="no file is there; allowed"):
        found(tmp_path, "in/_*")


def test_what_is_no_file_is_skipped_and_counted(tmp_path: Path) -> None:
    make(tmp_path / "in", "a.jsonl")
    os.mkfifo(tmp_path / "in/pipe.jsonl")
    assert found(tmp_path) == ["in/a.jsonl jsonl"]
    assert skipped(tmp_path) == {"not_a_file": 1}
    assert found(tmp_path, "in/*.jsonl") == ["in/a.jsonl jsonl"]
    assert skipped(tmp_path, "in/*.jsonl") == {"not_a_file": 1}


@pytest.mark.parametrize("name", ["pipe.jsonl", "device.jsonl"])
def test_a_path_that_names_a_pipe_or_device_is_an_error_not_a_wait(
    name: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "device.jsonl").symlink_to("/dev/zero")
    with pytest.raises(RunFailed, match=f"{name}: a pipe or device; write what it gives to a file"):
        found(tmp_path, name)
