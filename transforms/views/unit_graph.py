"""What one unit of work looks like to one graph: its nodes and the verdict on each record."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.codes import MODIFY
from idweave.transforms.columnar.components.link import (
    Entries,
    Nodes,
    RecordFacts,
    number_nodes,
    verdicts,
)
from idweave.transforms.columnar.identities.observe import type_key
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Graph, Job
from idweave.transforms.views.decided import touched


class UnitGraph(NamedTuple):
    """``n`` records with ``e`` entries of ``k`` nodes."""

    entries: Entries
    nodes: Nodes
    verdict: Bytes  # [n] link.TAKES_PART, link.DUPLICATE_ROW or an index into REASONS
    scope: Ints  # [n] or -1
    request: Bytes  # [n]
    type: NDArray[np.int16]  # [identities] of the unit
    place: NDArray[np.int16]  # [identities] place of the type in `link_on`, or -1
    hub_entry: Longs  # entries that lost their identity to a hub rule


def read_unit_graph(
    job: Job, graph: Graph, source: int, unit: UnitFile, duplicates: Ints, hubs: Ints | None
) -> UnitGraph:
    """Number the nodes of a unit and judge its records.

    Args:
        source: of the unit.
        unit: opened.
        duplicates: rows that another record with the same id replaces.
        hubs: nodes that link nothing; None where that isn't judged yet.
    """
    start, identity = unit.start[:], unit.identity[:]
    request, kind = unit.request[:], unit.type[:]
    scope = read_scopes(job, graph, source, unit, len(request))
    place = place_of_types(graph.link_on, len(job.type_names))[kind]
    decided = touched(unit)
    beside = np.empty(0, bool) if decided is None else decided.beside
    entries = Entries(start, identity, np.zeros(len(identity), bool), beside)
    if graph.all_requests:
        entries = _with_changes(entries, unit, request)
    duplicate = flags(len(request), duplicates)
    used = graph.sources is None or source in graph.sources
    nodes = number_nodes(entries, place, scope if used else np.full_like(scope, -1))
    hub_entry = np.empty(0, np.int64)
    if hubs is not None and len(hubs):
        cut = flags(len(nodes.identity), hubs)
        hub_entry = np.flatnonzero((nodes.of_entry >= 0) & cut[nodes.of_entry] & ~entries.of_change)
        nodes.of_entry[hub_entry] = -1
    refusing = np.array([[t in types for t in graph.link_on] for types in graph.refusing], bool)
    verdict = verdicts(
        entries.start,
        nodes.of_entry,
        entries.of_change,
        place[nodes.identity],
        refusing,
        RecordFacts(scope, used, request, duplicate, unit.too_many[:]),
        graph.all_requests,
    )
    return UnitGraph(entries, nodes, verdict, scope, request, kind, place, hub_entry)


def flags(size: int, places: Sequence[int] | Ints) -> Flags:
    """[size] True at some places."""
    out = np.zeros(size, bool)
    out[np.asarray(places, np.int64)] = True
    return out


def place_of_types(link_on: Sequence[int], types: int) -> NDArray[np.int16]:
    """[types] place of each identity type in `link_on`, or -1."""
    place = np.full(types, -1, np.int16)
    place[np.array(link_on, np.int64)] = np.arange(len(link_on))
    return place


def read_scopes(job: Job, graph: Graph, source: int, unit: UnitFile, rows: int) -> Ints:
    """[rows] the scope of each record, or -1 where its workspace is in none."""
    if source == job.decided_source:
        decided = touched(unit)
        return np.full(rows, -1, np.int32) if decided is None else decided.scope
    if graph.workspaces is None:
        return np.zeros(rows, np.int32)
    scope_of = dict(graph.workspaces)
    names = unit.workspace_name[:].to_pylist()  # bounded by the distinct workspaces
    if not names:  # the source has no column of them
        constant = job.sources[source].reading.workspace
        return np.full(rows, scope_of.get(constant, -1), np.int32)
    return np.array([scope_of.get(name, -1) for name in names], np.int32)[unit.workspace[:]]


def _with_changes(entries: Entries, unit: UnitFile, request: Bytes) -> Entries:
    """Entries with the linked values of changes after each record's own."""
    row, kind = unit.change_row[:], unit.change_type[:]
    if not len(row):
        return entries
    values = np.stack([unit.change_old[:], unit.change_new[:]], axis=1)
    used = (values >= 0) & (kind >= 0)[:, None] & (request[row] == MODIFY)[:, None]
    change_row, changed = np.repeat(row, 2)[used.ravel()], values.ravel()[used.ravel()]
    own_row = np.repeat(np.arange(len(request)), np.diff(entries.start))
    rows = np.concatenate([own_row, change_row])
    order = np.argsort(rows, kind="stable")
    start = np.zeros(len(request) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(request)), out=start[1:])
    identity = np.concatenate([entries.identity, changed])[order].astype(np.int32)
    of_change = np.concatenate([entries.of_change, np.ones(len(changed), bool)])[order]
    beside = entries.beside
    if len(beside):
        beside = np.concatenate([beside, np.zeros(len(changed), bool)])[order]
    return Entries(start, identity, of_change, beside)


def scope_hashes(job: Job, graph: Graph, hashes: Hashes, scope: Ints) -> Hashes:
    """Hashes of identities made different for each scope of the graph."""
    if len(graph.scopes) == 1:
        return hashes
    keys = [type_key(job.run_key, f"scope {name}") for name in graph.scopes]
    return hashes ^ take_rows(np.array(keys, np.uint64), scope)
