"""Removes what only one stage reads, once that stage is done: the disk and its cache have it back.

A cache that has to grow costs more than what is written (benchmarks/README.md). In this process
only: elsewhere a runner may do an element of the stage again, long after.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from idweave.transforms.exchange.store import remove_folder
from idweave.transforms.job import Job
from idweave.transforms.running.spread import Elements, shares_process


@dataclass
class ReadOnce(beam.PTransform[beam.PCollection[Any], beam.PCollection[Any]]):
    """What a stage gave, passed on when all of it is there and what it read is being removed."""

    job: Job
    folders: Sequence[str]  # of working files that no other stage reads
    kind: Any  # of the elements

    def expand(self, given: beam.PCollection[Any]) -> beam.PCollection[Any]:
        little = self.job.shards == 1  # a stage more takes longer than it saves
        if little or not shares_process(given.pipeline):
            return given
        read = [f"{self.job.store.folder}/{folder}" for folder in self.folders]
        remove = beam.FlatMap(_remove, read, beam.pvalue.AsList(given)).with_output_types(self.kind)
        return given.pipeline | "Once" >> Elements([0], int) | "Remove" >> remove


def _remove(_: int, folders: list[str], given: list[Any]) -> list[Any]:
    """Nobody waits for the disk."""
    for folder in folders:
        threading.Thread(target=remove_folder, args=(folder,), daemon=True).start()
    return given
