"""What only one stage reads is gone when it is done, and stays where it may be read again."""

import threading
from pathlib import Path
from typing import NamedTuple, cast

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from idweave.pipelines.run.worker_processes import WorkerProcesses
from idweave.transforms.exchange.store import Store, remove_folder
from idweave.transforms.job import Job
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements


class Given(NamedTuple):
    """What the stage knows of a job."""

    store: Store
    shards: int


def read(path: str) -> str:
    """Of a stage that reads a file: its contents."""
    return Path(path).read_text()


def kept(folder: Path) -> list[str]:
    """The folders that are left, once nobody removes any more."""
    for thread in threading.enumerate():
        if remove_folder.__name__ in thread.name:  # as Python names it by what it does
            thread.join()
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("runner", "shards", "left"),
    [
        (FnApiRunner(), 16, ["again"]),
        (FnApiRunner(), 1, ["again", "once"]),  # little: nothing to save
        (WorkerProcesses(debug=False), 16, ["again", "once"]),  # an element may be done again
    ],
)
def test_what_one_stage_reads_is_removed_once_all_of_it_is_read(
    tmp_path: Path, runner: beam.runners.PipelineRunner, shards: int, left: list[str]
) -> None:
    files = [tmp_path / name / str(number) for name in ("once", "again") for number in range(3)]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text(file.name)
    job = cast(Job, Given(Store(str(tmp_path)), shards))
    with beam.Pipeline(runner=runner) as pipeline:
        paths = pipeline | "Paths" >> Elements([str(file) for file in files], str)
        given = paths | beam.Map(read).with_output_types(str)
        passed = given | ReadOnce(job, ["once", "none"], str)
        assert passed.element_type is str
        assert_that(passed, equal_to(["0", "1", "2"] * 2))
    assert kept(tmp_path) == left
