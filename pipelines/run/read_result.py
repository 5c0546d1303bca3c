"""What the stages left for the launcher, and the tables that it writes itself."""

from collections.abc import Sequence

from idweave.pipelines.privacy.prepare import Prepared
from idweave.pipelines.privacy.write_tables import write_requests
from idweave.transforms.collect import COLLECTED, Collected, from_json
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import Job, OutputFile
from idweave.transforms.tables.registry import of_run
from idweave.transforms.tables.write_part import write_empty


def read_result(job: Job, folder: str, people: Prepared | None) -> Collected:
    """What was counted and written in the working folder, with a file for every table."""
    with open_file(f"{folder}/kept/{COLLECTED}") as file:
        collected = from_json(file.read())
    files = [*collected.files]
    if people is not None:
        files += [*people.files, *write_requests(job, people.requests)]
    return collected._replace(files=[*files, *_empty_tables(job, files)])


def _empty_tables(job: Job, files: Sequence[OutputFile]) -> list[OutputFile]:
    """Tables without rows get a file with their schema."""
    there = {(file.table, file.strategy, file.name) for file in files}
    return [
        write_empty(job.result, output)
        for output in of_run(job)
        if (output.table, output.strategy, output.name) not in there
    ]
