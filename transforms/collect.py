"""Collects what the stages counted and wrote into one file that the launcher reads."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam

from idweave.transforms.exchange.store import write_file
from idweave.transforms.job import (
    Counts,
    Done,
    Edges,
    Job,
    Labelled,
    Linked,
    Part,
    ResolvedShard,
    Unit,
)
from idweave.transforms.running.in_threads import in_threads

COLLECTED = "collected.json"


@dataclass
class Collect(beam.PTransform[beam.PCollection[Part], beam.PCollection[str]]):
    """Everything small that is known at the end to `collected.json` in the working folder."""

    job: Job
    units: beam.PCollection[Unit]
    linked: beam.PCollection[Linked]
    edges: beam.PCollection[Edges]
    solved: beam.PCollection[Labelled]
    named: beam.PCollection[Done]
    resolved: beam.PCollection[ResolvedShard]

    def expand(self, parts: beam.PCollection[Part]) -> beam.PCollection[str]:
        sides = (parts, self.units, self.linked, self.edges, self.solved, self.named, self.resolved)
        return (
            parts.pipeline
            | "Once" >> beam.Create([0]).with_output_types(int)
            | "Collect" >> in_threads(partial(collect, self.job), str, *sides)
        )


def collect(
    job: Job,
    once: int,
    parts: Sequence[Part],
    units: Sequence[Unit],
    linked: Sequence[Linked],
    edges: Sequence[Edges],
    solved: Sequence[Labelled],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> Iterator[str]:
    """Write the counts; their number is bounded by files, shards and names, not by records."""
    strategies: dict[str, dict[str, Any]] = {}
    for number, plan in enumerate(job.strategies):
        top = next(part for part in solved if part.graph == plan.graph and part.shard < 0)
        below = [part.edges for part in edges if part.graph == plan.graph]
        counts = _sum(
            [part.counts for part in parts if part.of == plan.name and part.table != "platforms"]
            + [shard.counts for shard in resolved if shard.of == number]
            + [done.counts for done in named if done.of == plan.graph and plan.moves_no_records]
        )
        if plan.moves_no_records:  # the component is the profile
            counts["profiles",] = counts["components",]
            counts["largest profile",] = counts["largest component",]
        strategies[plan.name] = {
            "counts": _nested(counts),
            "rounds": top.level,
            "edges": sum(below),
            "components": counts["components",],
        }
    body = {
        "counts": _nested(_sum(unit.counts for unit in units)),
        "strategies": strategies,
        "units": len(units),
        "parts": [part._replace(counts=()) for part in sorted(parts) if part.name],
    }
    path = f"{job.store.folder}/{COLLECTED}"
    write_file(path, json.dumps(body).encode())
    yield path


def _sum(of_parts: Iterable[Counts]) -> Counter[tuple[str, ...]]:
    """Counts added up; those named `largest …` take the maximum."""
    total: Counter[tuple[str, ...]] = Counter()
    for counts in of_parts:
        for key, n in counts:
            total[key] = max(total[key], n) if key[0].startswith("largest") else total[key] + n
    return total


def _nested(counts: Counter[tuple[str, ...]]) -> list[list[Any]]:
    """Counts as JSON holds them: the name's parts, then the number."""
    return [[*key, n] for key, n in sorted(counts.items())]
