"""Puts the stages together: one graph of Beam, whatever the number of strategies."""

from collections.abc import Sequence

import apache_beam as beam

from idweave.transforms.collect import Collect
from idweave.transforms.find_duplicates import FindDuplicates
from idweave.transforms.follow_duplicates import FollowDuplicates
from idweave.transforms.gather import Gather
from idweave.transforms.job import Job, ResolvedShard, Split, Written
from idweave.transforms.judge_hubs import JudgeHubs
from idweave.transforms.link import Link
from idweave.transforms.merge_identities import MergeIdentities
from idweave.transforms.name_components import NameComponents
from idweave.transforms.observe import Observe
from idweave.transforms.resolve import Resolve
from idweave.transforms.solve_components import SolveComponents
from idweave.transforms.write_assignments import WriteAssignments
from idweave.transforms.write_identities import WriteIdentities
from idweave.transforms.write_quarantine import WriteQuarantine


def build(pipeline: beam.Pipeline, job: Job, splits: Sequence[Split]) -> None:
    """Add every stage of a run to a pipeline; the result's parts are written, not published.

    Args:
        pipeline: an empty one.
        job: what the workers know.
        splits: what they read; only paths and numbers.
    """
    units = (
        pipeline
        | "Splits" >> beam.Create(list(splits)).with_output_types(Split)
        | "Observe" >> Observe(job)
    )
    duplicates = units | "FindDuplicates" >> FindDuplicates(job)
    hubs = units | "JudgeHubs" >> JudgeHubs(job, duplicates)
    linked = units | "Link" >> Link(job, duplicates, hubs)
    merged = linked | "MergeIdentities" >> MergeIdentities(job)
    solved = merged | "SolveComponents" >> SolveComponents(job, linked)
    named = solved | "NameComponents" >> NameComponents(job, linked, merged)
    gathered = linked | "Gather" >> Gather(job, duplicates, hubs, named)
    resolved = linked | "Resolve" >> Resolve(job, gathered)
    followed = linked | "FollowDuplicates" >> FollowDuplicates(job, duplicates, named, resolved)
    parts = (
        linked | "WriteAssignments" >> WriteAssignments(job, named, resolved, followed),
        linked | "WriteIdentities" >> WriteIdentities(job, merged, named),
        units | "WriteQuarantine" >> WriteQuarantine(job),
        resolved | "Resolved parts" >> beam.Map(_written, job).with_output_types(Written),
    )
    all_parts = parts | "Parts" >> beam.Flatten().with_output_types(Written)
    all_parts | "Collect" >> Collect(job, units, merged, solved, named)


def _written(shard: ResolvedShard, job: Job) -> Written:
    return Written(job.strategies[shard.of].name, shard.files, shard.counts)
