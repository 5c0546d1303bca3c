"""Local components: what the records of one unit of work link, for one graph.

Graph words are allowed here: a node is an identity in a scope, by its place in the unit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.arrays.union_find import find, join
from idweave.transforms.columnar.codes import MODIFY, REASON, SEARCH
from idweave.transforms.columnar.reading.records import NO_TIME

TAKES_PART = 0
DUPLICATE_ROW = -1  # a verdict beside the codes of REASONS
_UNKNOWN_WORKSPACE = REASON["unknown_workspace"]
_SOURCE_NOT_USED = REASON["source_not_used"]
_TOO_MANY = REASON["too_many_identities"]
_NO_IDENTITY = REASON["no_identity"]
_REQUEST_NOT_USED = REASON["request_not_used"]
_TWO_VALUES = REASON["two_values_of_unique_type"]


class Entries(NamedTuple):
    """The identities that ``n`` records carry, ``e`` entries, as places in the unit's list."""

    start: Longs  # [n + 1] record i carries identity[start[i]:start[i + 1]]
    identity: Ints  # [e] place in the unit's list of identities
    of_change: Flags  # [e] an old or new value of `modify`: it links, it is not carried
    beside: Flags  # [e] as it was read, it counts as another value: it is only listed; [0]: none


class Nodes(NamedTuple):
    """The identities of linked types, by scope: ``k`` nodes."""

    of_entry: Ints  # [e] node of the entry, or -1: its type isn't linked, or no scope
    identity: Ints  # [k] place in the unit's list of identities
    scope: Ints  # [k]


def number_nodes(entries: Entries, place: NDArray[np.int16], scope: Ints) -> Nodes:
    """Number the pairs of identity and scope that are linked.

    Args:
        entries: of the unit.
        place: [identities] place of the identity's type in `link_on`, or -1.
        scope: [n] scope of the record, or -1.
    """
    row = row_of_entry(entries.start)
    linked = (place[entries.identity] >= 0) & (scope[row] >= 0)
    if len(entries.beside):
        linked &= ~entries.beside
    used = np.flatnonzero(linked)
    identity, of_scope = entries.identity[used], scope[row[used]]
    of_entry = np.full(len(entries.identity), -1, np.int32)
    if len(of_scope) == 0 or of_scope.min() == of_scope.max():
        code, first = _number_few(identity, len(place))
    else:
        code, first = factorise_pairs(identity.astype(np.int64), of_scope.astype(np.int64))
    of_entry[used] = code
    return Nodes(of_entry, identity[first], of_scope[first].astype(np.int32))


def row_of_entry(start: Longs) -> Longs:
    """[e] the record that carries the entry."""
    return np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start))


@kernel
def _number_few(identity, identities):  # type: ignore[no-untyped-def]
    table = np.full(identities, -1, np.int32)
    code = np.empty(len(identity), np.int32)
    first = np.empty(min(identities, len(identity)), np.int32)
    distinct = 0
    for i in range(len(identity)):
        seen = table[identity[i]]
        if seen < 0:
            seen = table[identity[i]] = distinct
            first[distinct] = i
            distinct += 1
        code[i] = seen
    return code, first[:distinct].copy()


class RecordFacts(NamedTuple):
    """What decides about ``n`` records before any policy."""

    scope: Ints  # [n] or -1: its workspace is in no scope
    source_used: bool  # the strategies take records of this source
    request: Bytes  # [n] index into REQUESTS
    duplicate: Flags  # [n]
    too_many: Flags  # [n]


@kernel
def verdicts(start, of_entry, of_change, type_of_node, refusing, facts, all_requests):  # type: ignore[no-untyped-def]
    """Say of each record whether it takes part (SEMANTICS 1, "Verdicts in this order").

    Args:
        start: [n + 1], of_entry: [e] node or -1, of_change: [e]
        type_of_node: [k] place in `link_on`
        refusing: [kinds, len(link_on)] two values of the type refuse the record for one kind of
            strategy; here it is refused if it is for all
        facts: RecordFacts
        all_requests: search and modify take part, and search may have two values

    Returns:
        [n] TAKES_PART, DUPLICATE_ROW or an index into REASONS.
    """
    out = np.zeros(len(start) - 1, np.int8)
    refused = np.zeros(len(refusing), np.bool_)
    for row in range(len(out)):
        usable = False
        last = -1
        refused[:] = False
        for e in range(start[row], start[row + 1]):
            node = of_entry[e]
            if node < 0 or of_change[e]:
                continue
            usable = True
            place = type_of_node[node]
            if place == last:
                refused |= refusing[:, place]
            last = place
        out[row] = _verdict(row, facts, usable, refused.all(), all_requests)
    return out


@kernel
def _verdict(row, facts, usable, refused, all_requests):  # type: ignore[no-untyped-def]
    """The first that fits."""
    request = facts.request[row]
    if facts.duplicate[row]:
        return DUPLICATE_ROW
    if facts.scope[row] < 0:
        return _UNKNOWN_WORKSPACE
    if not facts.source_used:
        return _SOURCE_NOT_USED
    if facts.too_many[row]:
        return _TOO_MANY
    if not usable:
        return _NO_IDENTITY
    if not all_requests and request in (SEARCH, MODIFY):
        return _REQUEST_NOT_USED
    if refused and not (all_requests and request == SEARCH):
        return _TWO_VALUES
    return TAKES_PART


class Components(NamedTuple):
    """Local components, ``c`` of them, numbered by their first record in the unit."""

    of_node: Ints  # [k] or -1: no record that takes part carries it
    of_row: Ints  # [n] or -1
    number: int


def local_components(entries: Entries, of_entry: Ints, verdict: Bytes, nodes: int) -> Components:
    """Join the identities of each record that takes part (union by index, path halving)."""
    of_node, of_row, count = _local_components(entries.start, of_entry, verdict, nodes)
    return Components(of_node, of_row, int(count))


@kernel
def _local_components(start, of_entry, verdict, nodes):  # type: ignore[no-untyped-def]
    parent = np.arange(nodes).astype(np.int32)
    present = np.zeros(nodes, np.bool_)
    n = len(start) - 1
    for row in range(n):
        if verdict[row] != TAKES_PART:
            continue
        first = -1
        for e in range(start[row], start[row + 1]):
            node = of_entry[e]
            if node < 0:
                continue
            present[node] = True
            if first < 0:
                first = node
            else:
                join(parent, first, node)
    number = np.full(nodes, -1, np.int32)
    of_row = np.full(n, -1, np.int32)
    count = 0
    for row in range(n):
        if verdict[row] != TAKES_PART:
            continue
        e = start[row]
        while of_entry[e] < 0:
            e += 1
        root = find(parent, of_entry[e])
        if number[root] < 0:
            number[root] = count
            count += 1
        of_row[row] = number[root]
    of_node = np.full(nodes, -1, np.int32)
    for node in range(nodes):
        if present[node]:
            of_node[node] = number[find(parent, node)]
    return of_node, of_row, count


NO_SEEN = np.iinfo(np.int64).max  # the neutral element of a minimum


@kernel
def seen(start, of_entry, verdict, event_time, nodes):  # type: ignore[no-untyped-def]
    """Count the records of each node and bound their times.

    Returns:
        [nodes] records, the smallest event time (NO_SEEN where none), the largest (NO_TIME).
    """
    count = np.zeros(nodes, np.int64)
    first = np.full(nodes, NO_SEEN, np.int64)
    last = np.full(nodes, NO_TIME, np.int64)
    for row in range(len(start) - 1):
        if verdict[row] != TAKES_PART:
            continue
        time = event_time[row]
        for e in range(start[row], start[row + 1]):
            node = of_entry[e]
            if node < 0:
                continue
            count[node] += 1
            if time != NO_TIME:
                first[node] = min(first[node], time)
            last[node] = max(last[node], time)
    return count, first, last
