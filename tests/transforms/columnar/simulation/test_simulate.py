"""A simulated world in its folder: files, truth, and a configuration that loads."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.settings import load
from idweave.pipelines.simulate import simulate, write_world
from idweave.transforms.columnar.simulation.simulate_people import CHUNK_PEOPLE


def files_of(folder: Path) -> dict[str, bytes]:
    """The bytes of every file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def read(folder: Path) -> pa.Table:
    return pa.concat_tables(pq.ParquetFile(f).read() for f in sorted(folder.glob("*.parquet")))


def test_a_world_is_the_same_on_any_number_of_workers(tmp_path: Path) -> None:
    people = CHUNK_PEOPLE + 2_000
    for workers in (1, 3):
        write_world(str(tmp_path / str(workers)), people, 3, 5, workers)
    one, three = files_of(tmp_path / "1"), files_of(tmp_path / "3")
    assert list(one) == [
        *(f"crm/part-{i:05d}.parquet" for i in range(2)),
        *(f"events/part-{i:05d}.parquet" for i in range(5)),
        "idweave.yaml",
        *(f"truth/part-{i:05d}.parquet" for i in range(5)),
    ]
    assert {name: one[name] == three[name] for name in one} == dict.fromkeys(one, True)


def test_the_truth_joins_each_event_and_crm_row_once(tmp_path: Path) -> None:
    simulate(str(tmp_path), 500, seed=4)
    truth = read(tmp_path / "truth").to_pydict()
    keys = sorted(zip(truth["source"], truth["record_id"], strict=True))
    events = read(tmp_path / "events")["event_id"].to_pylist()
    crm = read(tmp_path / "crm")["crm_id"].to_pylist()
    assert keys == sorted([("events", i) for i in events] + [("crm", i) for i in crm])
    assert sorted(set(truth["person_id"])) == list(range(500))


@pytest.mark.parametrize(("people", "files"), [(1, 1), (40, 9), (300, 3)])
def test_there_are_as_many_files_of_events_as_asked_for(
    tmp_path: Path, people: int, files: int
) -> None:
    simulate(str(tmp_path), people, seed=-1, files=files)
    names = sorted(path.name for path in (tmp_path / "events").iterdir())
    assert names == [f"part-{i:05d}.parquet" for i in range(files)]


def test_the_rows_don_t_depend_on_the_number_of_files(tmp_path: Path) -> None:
    for files in (1, 4):
        simulate(str(tmp_path / str(files)), 300, seed=5, files=files)
    assert read(tmp_path / "1" / "events").equals(read(tmp_path / "4" / "events"))


def test_the_configuration_is_ready(tmp_path: Path) -> None:
    simulate(str(tmp_path), 50)
    settings = load(str(tmp_path / "idweave.yaml"))
    policies = {name: strategy.policy for name, strategy in settings.strategies.items()}
    assert policies == {
        "everything": "merge_all",
        "strong": "merge_all",
        "brand": "merge_all",
        "careful": "constrained_merge",
        "conversion": "idsync",
        "fair": "no_guess",
    }
    assert list(settings.platforms) == ["google_ads", "meta"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"^\S+: exists already; name a new folder or an"):
        simulate(str(tmp_path), 10)
    assert files_of(tmp_path) == {"mine.txt": b"mine"}
