"""Collects what the stages counted and wrote into one file that the launcher reads."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import apache_beam as beam

from idweave.transforms.exchange.store import write_file
from idweave.transforms.job import (
    Done,
    Edges,
    Job,
    Labelled,
    OutputFile,
    Proved,
    StrategyPlan,
    Unit,
    Written,
)
from idweave.transforms.running.counts import (
    SourceCounts,
    StrategyCounts,
    add_sources,
    add_strategies,
    source_counts,
    strategy_counts,
)
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements

COLLECTED = "collected.json"


class StrategyFacts(NamedTuple):
    """What became of a strategy, and how its components were found."""

    counts: StrategyCounts
    rounds: int  # of contraction
    edges: int  # of all rounds


class Collected(NamedTuple):
    """What the stages counted and wrote."""

    sources: dict[str, SourceCounts]  # of sources that have a unit
    strategies: dict[str, StrategyFacts]
    units: int
    files: list[OutputFile]
    proved: list[Proved]  # files that were searched for people who are erased


@dataclass
class Collect(beam.PTransform[beam.PCollection[Written], beam.PCollection[str]]):
    """Everything small that is known at the end to `collected.json` in the working folder."""

    job: Job
    units: beam.PCollection[Unit]
    edges: beam.PCollection[Edges]
    solved: beam.PCollection[Labelled]
    named: beam.PCollection[Done]

    def expand(self, written: beam.PCollection[Written]) -> beam.PCollection[str]:
        sides = (written, self.units, self.edges, self.solved, self.named)
        return (
            written.pipeline
            | "Once" >> Elements([0], int)
            | "Collect" >> in_threads(partial(collect, self.job), str, *sides)
        )


def collect(
    job: Job,
    once: int,
    written: Sequence[Written],
    units: Sequence[Unit],
    edges: Sequence[Edges],
    solved: Sequence[Labelled],
    named: Sequence[Done],
) -> Iterator[str]:
    """Write the counts; their number is bounded by files, shards and names, not by records."""
    strategies = {}
    for plan in job.strategies:
        top = next(part for part in solved if part.graph == plan.graph and part.solved)
        below = sum(part.edges for part in edges if part.graph == plan.graph)
        counts = _of_strategy(plan, written, named)
        strategies[plan.name] = StrategyFacts(counts, top.level, below)
    sources = {}
    for number, source in enumerate(job.sources):
        if of_source := [unit.counts for unit in units if unit.source == number]:
            sources[source.reading.name] = add_sources(of_source)
    files = sorted(file for one in written for file in one.files)
    proved = sorted(file for one in written for file in one.proved)
    path = f"{job.store.folder}/{COLLECTED}"
    write_file(path, to_json(Collected(sources, strategies, len(units), files, proved)))
    yield path


def _of_strategy(
    plan: StrategyPlan, written: Sequence[Written], named: Sequence[Done]
) -> StrategyCounts:
    """All counts of a strategy together."""
    parts = [one.counts for one in written if one.strategy == plan.name]
    if not plan.moves_no_records:
        return add_strategies(parts)
    # the component is the profile
    counts = add_strategies([*parts, *(done.counts for done in named if done.of == plan.graph)])
    return counts._replace(profiles=counts.components, largest_profile=counts.largest_component)


def to_json(collected: Collected) -> bytes:
    """As the launcher reads it."""
    body: dict[str, Any] = {
        "sources": {name: of._asdict() for name, of in collected.sources.items()},
        "strategies": {
            name: {**facts._asdict(), "counts": facts.counts._asdict()}
            for name, facts in collected.strategies.items()
        },
        "units": collected.units,
        "files": collected.files,
        "proved": collected.proved,
    }
    return json.dumps(body).encode()


def from_json(text: bytes) -> Collected:
    """What `to_json` wrote."""
    body = json.loads(text)
    return Collected(
        sources={name: source_counts(of) for name, of in body["sources"].items()},
        strategies={
            name: StrategyFacts(strategy_counts(of["counts"]), of["rounds"], of["edges"])
            for name, of in body["strategies"].items()
        },
        units=body["units"],
        files=[OutputFile(*file)._replace(digest=tuple(file[-1])) for file in body["files"]],
        proved=[
            Proved(folder, rows, tuple((name, n) for name, n in shown))
            for folder, rows, shown in body["proved"]
        ],
    )
