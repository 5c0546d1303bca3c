"""Writes what became of decisions, once every strategy is resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.vocabulary import Outcome
from idweave.transforms.exchange.decision_files import OutcomesFile
from idweave.transforms.job import Job, OutputFile, ResolvedShard, Written
from idweave.transforms.running.counts import StrategyCounts, by_word
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables import decisions
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.decided import decisions_of, read_rulings


@dataclass
class WriteDecisions(beam.PTransform[beam.PCollection[ResolvedShard], beam.PCollection[Written]]):
    """A part for each strategy that has decisions."""

    job: Job

    def expand(self, resolved: beam.PCollection[ResolvedShard]) -> beam.PCollection[Written]:
        job = self.job
        own = [n for n, plan in enumerate(job.strategies) if job.graphs[plan.graph].decisions]
        return (
            resolved.pipeline
            | "Strategies" >> Elements(own, int)
            | "Write" >> in_threads(partial(write_strategy, job), Written, resolved)
        )


def write_strategy(job: Job, number: int, resolved: Sequence[ResolvedShard]) -> Iterator[Written]:
    """Write the decisions of one strategy, by id and scope."""
    plan = job.strategies[number]
    graph, rulings = job.graphs[plan.graph], read_rulings(job, plan.graph)
    own = decisions_of(job, graph)
    joined: Flags = np.zeros(len(rulings.decision), bool)
    for shard in resolved:
        if shard.of == number:
            with job.store.open(OutcomesFile.at(number, int(shard.name))) as file:
                joined[file.ruling[:]] = True
    outcome = np.where(joined != rulings.apart, Outcome.HOLDS, Outcome.OVERRULED)
    outcome[~rulings.works] = Outcome.NO_EFFECT
    outcomes = list(Outcome)
    scopes = (*graph.scopes, None)  # the last one for those that are nowhere
    columns = (rulings.decision.tolist(), rulings.scope.tolist(), outcome.tolist())
    told = [(own[at], scopes[scope], outcomes[of]) for at, scope, of in zip(*columns, strict=True)]
    counts = StrategyCounts(decisions=by_word(outcome.astype(np.int8), Outcome))
    files: tuple[OutputFile, ...] = ()
    if "decisions" in job.tables:
        output = output_of(job, "decisions", plan.name)
        files = tuple(write_part(job.result, output, 0, [decisions.rows(job, told)]))
    yield Written(plan.name, files, counts)
