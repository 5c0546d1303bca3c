"""The tables of one piece of a resolved strategy, ready to be written."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.components.birth import hex_texts
from idweave.transforms.columnar.components.linkages import dropped_rules, find_linkages
from idweave.transforms.columnar.gathering.piece import texts_of
from idweave.transforms.columnar.policies.seam import REQUESTS, RULES, Ints, Resolution
from idweave.transforms.columnar.profiles.profile_facts import (
    Listed,
    list_identities,
    newest,
    orphans,
    profile_facts,
)
from idweave.transforms.exchange.store import Array
from idweave.transforms.job import Job, StrategyPlan
from idweave.transforms.tables.resolved_platforms import platform_table
from idweave.transforms.tables.schemas import chosen, coded, times
from idweave.transforms.views.read_piece import Read

_KEPT_OR_DROPPED = ("kept", "dropped")


class Resolved(NamedTuple):
    """A policy's answer on a piece, and the ids of its profiles."""

    resolution: Resolution
    digest: Array  # [p, 2] uint64
    scope: Ints  # [components]


def tables(
    job: Job, plan: StrategyPlan, read: Read, resolved: Resolved, counts: Counter[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Every table that was asked for, under (table, strategy or platform)."""
    asked = set(job.tables)
    ids = hex_texts(resolved.digest.view(np.uint8).reshape(-1, 16))
    components = hex_texts(read.piece.digest.view(np.uint8).reshape(-1, 16))
    scopes = job.graphs[plan.graph].scopes
    drops = [_policy_drops(job, read, resolved)]
    if asked & {"identities", "profiles", "platforms"}:
        time = read.time[read.piece.order]
        listed = list_identities(read.piece, time, resolved.resolution)
        largest = int(np.bincount(listed.profile).max(initial=0))
        counts["largest profile",] = max(counts["largest profile",], largest)
        if "identities" in asked:
            table = _identities(job, read, resolved, listed, ids, components, scopes)
            yield ("identities", plan.name), table
        attributes = _attributes(job, read, resolved.resolution)
        if "profiles" in asked:
            table = _profiles(job, read, resolved, listed, ids, scopes)
            yield ("profiles", plan.name), _with(table, attributes)
        for platform in plan.platforms:
            table, refused = platform_table(platform, read, listed, ids, attributes, counts)
            yield ("platforms", platform.name), table
            drops.append(_platform_drops(job, read, resolved, platform.name, refused))
    if "linkages" in asked:
        yield ("linkages", plan.name), _linkages(job, read, resolved, components, scopes)
    if "observations" in asked:
        yield ("observations", plan.name), _observations(job, read, components, scopes)
    table = pa.concat_tables(drops)
    for rule in table["rule"].value_counts().to_pylist():  # at most one for each rule
        counts["drops", rule["values"]] += rule["counts"]
    if "drops" in asked:
        yield ("drops", plan.name), table


def _with(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


def _identities(
    job: Job,
    read: Read,
    resolved: Resolved,
    listed: Listed,
    ids: pa.Array,
    components: pa.Array,
    scopes: tuple[str, ...],
) -> pa.Table:
    place = read.piece.place[listed.identity]
    component = resolved.resolution.profile_component[listed.profile]
    linked = listed.identity < len(read.piece.identities.component)
    return pa.table(
        {
            "identity_type": chosen(read.type[place], job.type_names),
            "identity_value": read.value.take(pa.array(place)).cast(pa.string()),
            "profile_id": coded(listed.profile, ids),
            "component_id": coded(component, components),
            "scope": chosen(resolved.scope[component], scopes),
            "linked": pa.array(linked),
            "first_seen": times(listed.first),
            "last_seen": times(listed.last),
            "record_count": listed.records,
        }
    )


def _profiles(
    job: Job,
    read: Read,
    resolved: Resolved,
    listed: Listed,
    ids: pa.Array,
    scopes: tuple[str, ...],
) -> pa.Table:
    resolution = resolved.resolution
    count = len(ids)
    facts = profile_facts(resolution.profile, read.time[read.piece.order], count)
    # in the merging policies no profile is ever orphaned: each has the identity it was born with
    return pa.table(
        {
            "profile_id": ids,
            "scope": chosen(resolved.scope[resolution.profile_component], scopes),
            "first_seen": times(facts.first),
            "last_seen": times(facts.last),
            "record_count": facts.records,
            "identity_count": np.bincount(listed.profile, minlength=count).astype(np.int64),
            "known": pa.array(resolution.known),
            "orphaned": pa.array(orphans(resolution)),
            "linked_from": coded(resolution.linked_from, ids),
        }
    )


def _attributes(job: Job, read: Read, resolution: Resolution) -> dict[str, pa.Array]:
    """The newest value of each attribute of each profile."""
    out = {}
    for name, kind in job.attributes:
        values = read.attributes[name].take(pa.array(read.piece.order))
        valid = values.is_valid().to_numpy(zero_copy_only=False)
        row = newest(resolution.profile, valid, len(resolution.profile_component))
        out[name] = texts_of(values, row).cast(pa.string()).cast(kind)
    return out


def _linkages(
    job: Job, read: Read, resolved: Resolved, components: pa.Array, scopes: tuple[str, ...]
) -> pa.Table:
    observations = read.piece.observations
    time = read.time[read.piece.order]
    found = find_linkages(observations.start, observations.identity, time)
    rule = dropped_rules(found, resolved.resolution.links)
    left, right = read.piece.place[found.left], read.piece.place[found.right]
    component = read.piece.identities.component[found.left]
    row = read.piece.order[found.first_row]
    return pa.table(
        {
            "left_type": chosen(read.type[left], job.type_names),
            "left_value": read.value.take(pa.array(left)).cast(pa.string()),
            "right_type": chosen(read.type[right], job.type_names),
            "right_value": read.value.take(pa.array(right)).cast(pa.string()),
            "component_id": coded(component, components),
            "scope": chosen(resolved.scope[component], scopes),
            "first_seen": times(found.first),
            "last_seen": times(found.last),
            "record_count": found.records,
            "first_source": _sources(job, read, row),
            "first_record_id": read.record_id.take(pa.array(row)).cast(pa.string()),
            "status": chosen((rule > 0).astype(np.int8), _KEPT_OR_DROPPED),
            "rule": chosen(rule, RULES, null=0),
        }
    )


def _sources(job: Job, read: Read, row: Array) -> pa.Array:
    names = tuple(source.reading.name for source in job.sources)
    return chosen(read.source[row], names)


def _observations(job: Job, read: Read, components: pa.Array, scopes: tuple[str, ...]) -> pa.Table:
    observations = read.piece.observations
    order = read.piece.order
    place = read.piece.place[observations.identity]
    pairs = pa.StructArray.from_arrays(
        [
            chosen(read.type[place], job.type_names).cast(pa.string()),
            read.value.take(pa.array(place)).cast(pa.string()),
        ],
        names=["type", "value"],
    )
    starts = pa.array(observations.start.astype(np.int32))
    return pa.table(
        {
            "component_id": coded(observations.component, components),
            "scope": chosen(read.scope[order], scopes),
            "source": _sources(job, read, order),
            "record_id": read.record_id.take(pa.array(order)).cast(pa.string()),
            "event_time": times(read.time[order]),
            "request": chosen(observations.request, REQUESTS),
            "identities": pa.ListArray.from_arrays(starts, pairs),
        }
    )


def _policy_drops(job: Job, read: Read, resolved: Resolved) -> pa.Table:
    """What the policy left out, in the order of observations."""
    dropped = resolved.resolution.drops
    order = np.lexsort((dropped.rule, dropped.change, dropped.identity, dropped.observation))
    observation, identity = dropped.observation[order], dropped.identity[order]
    change, rule = dropped.change[order], dropped.rule[order]
    row = read.piece.order[observation]
    of_change = (change >= 0) & (identity < 0)
    none = np.full(len(row), -1, np.int64)
    given, place = none.copy(), none.copy()
    given[of_change] = read.piece.change[change[of_change]]
    place[identity >= 0] = read.piece.place[identity[identity >= 0]]
    kind = chosen(np.where(place >= 0, read.type[place] if len(place) else 0, 0), job.type_names)
    kinds = pc.if_else(
        pa.array(of_change), texts_of(read.change_type_name, given), kind.cast(pa.string())
    )
    values = pc.if_else(
        pa.array(of_change),
        texts_of(read.change_text, given).cast(pa.string()),
        texts_of(read.value, place).cast(pa.string()),
    )
    return _drops(job, read, row, kinds, values, rule, None)


def _platform_drops(
    job: Job, read: Read, resolved: Resolved, platform: str, refused: tuple[Ints, Array]
) -> pa.Table:
    """Values that a platform's normaliser can't take, told of the profile's first record."""
    profile, place = refused
    resolution = resolved.resolution
    first = np.full(len(resolution.profile_component), -1, np.int64)
    has = np.flatnonzero(resolution.profile >= 0)[::-1]
    first[resolution.profile[has]] = has
    born = np.where(first < 0, resolution.birth_observation, first)
    row = read.piece.order[born[profile]]
    kind = chosen(read.type[place], job.type_names).cast(pa.string())
    rule = np.full(len(row), RULES.index("platform_not_normalisable"), np.int8)
    values = read.value.take(pa.array(place)).cast(pa.string())
    return _drops(job, read, row, kind, values, rule, platform)


def _drops(
    job: Job,
    read: Read,
    row: Array,
    kind: pa.Array,
    value: pa.Array,
    rule: Array,
    detail: str | None,
) -> pa.Table:
    return pa.table(
        {
            "source": _sources(job, read, row).cast(pa.string()),
            "record_id": read.record_id.take(pa.array(row)).cast(pa.string()),
            "event_time": times(read.time[row]),
            "identity_type": kind,
            "identity_value": value,
            "rule": chosen(rule, RULES).cast(pa.string()),
            "detail": pa.array([detail], pa.string()).take(pa.array(np.zeros(len(row), np.int64))),
        }
    )
