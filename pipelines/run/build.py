"""Puts the stages together: one graph of Beam, whatever the number of strategies."""

from collections.abc import Sequence

import apache_beam as beam

from idweave.transforms.apply_ids import ApplyIds
from idweave.transforms.claim import Claim, ClaimAgain
from idweave.transforms.collect import Collect
from idweave.transforms.compare_tables import CompareTables
from idweave.transforms.decide import Decide
from idweave.transforms.find_common import FindCommon
from idweave.transforms.find_duplicates import FindDuplicates
from idweave.transforms.follow_duplicates import FollowDuplicates
from idweave.transforms.gather import Gather
from idweave.transforms.grant import Grant
from idweave.transforms.hash_rows import HashRows
from idweave.transforms.hold_identities import HoldIdentities
from idweave.transforms.job import Done, Edges, Job, Linked, ResolvedShard, Split, Written
from idweave.transforms.judge_hubs import JudgeHubs
from idweave.transforms.link import Link
from idweave.transforms.merge_identities import MergeIdentities
from idweave.transforms.name_components import NameComponents
from idweave.transforms.name_profiles import NameProfiles
from idweave.transforms.observe import Observe
from idweave.transforms.prove import Prove
from idweave.transforms.read_base import ReadBase
from idweave.transforms.remember_ids import RememberIds
from idweave.transforms.resolve import Resolve
from idweave.transforms.running.spread import Elements
from idweave.transforms.solve_components import SolveComponents
from idweave.transforms.spread_groups import SpreadGroups
from idweave.transforms.tie_groups import CountGroups, TieGroups
from idweave.transforms.views.group_pieces import kinds_of_group
from idweave.transforms.views.profile_writers import remembers
from idweave.transforms.write_assignments import WriteAssignments
from idweave.transforms.write_audiences import WriteAudiences
from idweave.transforms.write_changes import WriteChanges
from idweave.transforms.write_decisions import WriteDecisions
from idweave.transforms.write_groups import WriteGroups
from idweave.transforms.write_identities import WriteIdentities
from idweave.transforms.write_quarantine import WriteQuarantine


def build(pipeline: beam.Pipeline, job: Job, splits: Sequence[Split]) -> None:
    """Add every stage of a run to an empty pipeline; the result is written, not published.

    Args:
        splits: what the workers read; only paths and numbers.
    """
    units = pipeline | "Splits" >> Elements(splits, Split) | "Observe" >> Observe(job)
    duplicates = units | "FindDuplicates" >> FindDuplicates(job)
    decided = None
    if any(graph.decisions for graph in job.graphs):
        decided = units | "Decide" >> Decide(job, duplicates)
    hubs = units | "JudgeHubs" >> JudgeHubs(job, duplicates, decided)
    linked = units | "Link" >> Link(job, duplicates, hubs, decided)
    merged = linked | "MergeIdentities" >> MergeIdentities(job)
    graphs = tuple(range(len(job.graphs)))
    solved = merged | "SolveComponents" >> SolveComponents(job, linked, graphs)
    named = solved | "NameComponents" >> NameComponents(job, linked, merged)
    gathered = linked | "Gather" >> Gather(job, duplicates, hubs, named)
    resolved = linked | "Resolve" >> Resolve(job, gathered)
    lasting = _name(pipeline, job, linked, merged, named, resolved)
    answered = _answered(job, linked, lasting, named, resolved)
    followed = linked | "FollowDuplicates" >> FollowDuplicates(job, duplicates, named, answered)
    parts = [
        linked | "WriteAssignments" >> WriteAssignments(job, named, answered, followed),
        linked | "WriteIdentities" >> WriteIdentities(job, merged, named, answered),
        units | "WriteQuarantine" >> WriteQuarantine(job),
        answered | "Resolved parts" >> beam.Map(_written, job).with_output_types(Written),
    ]
    parts += [*_audiences(job, answered), *_groups(job, answered)]
    if decided is not None:
        parts.append(resolved | "WriteDecisions" >> WriteDecisions(job))
    if lasting is not None:
        parts.append(lasting | "RememberIds" >> RememberIds(job))
    if job.changes:
        parts.append(_changes(job, _together("Parts", parts)))
    if job.privacy is not None and (job.privacy.suppresses or job.privacy.erased):
        parts.append(_together("Shown parts", parts) | "Prove" >> Prove(job))
    _together("All parts", parts) | "Collect" >> Collect(job, units, merged, solved, named)


def _together(label: str, parts: Sequence[beam.PCollection[Written]]) -> beam.PCollection[Written]:
    """Parts of several stages. Flink's runner takes no Flatten of a Flatten of a Flatten."""
    return parts | label >> beam.Flatten().with_output_types(Written)


def _audiences(
    job: Job, answered: beam.PCollection[ResolvedShard]
) -> list[beam.PCollection[Written]]:
    """The tables of audiences, if there are any."""
    if not any(plan.audiences for plan in job.strategies) or "audiences" not in job.tables:
        return []
    return [answered | "WriteAudiences" >> WriteAudiences(job)]


def _groups(job: Job, answered: beam.PCollection[ResolvedShard]) -> list[beam.PCollection[Written]]:
    """The tables of groups, if there are any; those by identity type are components."""
    kinds = kinds_of_group(job)
    if not kinds:
        return []
    spread = None
    if graphs := tuple(kind.graph for kind in kinds if kind.graph >= 0):
        counted = answered | "CountGroups" >> CountGroups(job)
        tied = counted | "TieGroups" >> TieGroups(job)
        solved = tied | "SolveGroups" >> SolveComponents(job, counted, graphs)
        spread = solved | "SpreadGroups" >> SpreadGroups(job, counted)
    return [answered | "WriteGroups" >> WriteGroups(job, spread)]


def _answered(
    job: Job,
    linked: beam.PCollection[Linked],
    lasting: beam.PCollection[Done] | None,
    named: beam.PCollection[Done],
    resolved: beam.PCollection[ResolvedShard],
) -> beam.PCollection[ResolvedShard]:
    """What is resolved, with lasting ids where there is a base."""
    if lasting is None or not _has_base(job):
        return resolved
    applied = lasting | "ApplyIds" >> ApplyIds(job, linked, named, resolved)
    return (resolved, applied) | "Answers" >> beam.Flatten().with_output_types(ResolvedShard)


def _changes(job: Job, parts: beam.PCollection[Written]) -> beam.PCollection[Written]:
    """What the tables of the run changed in the base's."""
    hashed = parts.pipeline | "HashRows" >> HashRows(job)
    compared = hashed | "CompareTables" >> CompareTables(job, parts)
    return compared | "WriteChanges" >> WriteChanges(job, parts)


def _name(
    pipeline: beam.Pipeline,
    job: Job,
    linked: beam.PCollection[Linked],
    merged: beam.PCollection[Edges],
    named: beam.PCollection[Done],
    resolved: beam.PCollection[ResolvedShard],
) -> beam.PCollection[Done] | None:
    """Lasting ids; None: nobody asks, and there is no base."""
    if not any(remembers(job, plan) for plan in job.strategies):
        return None
    base = granted = None
    if _has_base(job):
        granted = base = pipeline | "ReadBase" >> ReadBase(job)
    if base is not None and any(plan.claims for plan in job.strategies):
        held = linked | "HoldIdentities" >> HoldIdentities(job, merged, named)
        common = base | "FindCommon" >> FindCommon(job, held, resolved)
        claimed = common | "Claim" >> Claim(job, base, named, resolved)
        first = claimed | "Grant" >> Grant(job, 1)
        again = first | "ClaimAgain" >> ClaimAgain(job, named, resolved)
        granted = again | "GrantAgain" >> Grant(job, 2)
    return named | "NameProfiles" >> NameProfiles(job, resolved, granted)


def _has_base(job: Job) -> bool:
    return any(plan.base is not None for plan in job.strategies)


def _written(shard: ResolvedShard, job: Job) -> Written:
    return Written(job.strategies[shard.of].name, shard.files, shard.counts)
