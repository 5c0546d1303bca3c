"""Takes suppressed records out of a unit before anything else looks at it (SEMANTICS 12)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.take_rows import places_of_runs, take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.identities.observe import Observed, ObservedChanges, Refused
from idweave.transforms.columnar.identities.text_steps import apply_step
from idweave.transforms.columnar.privacy.find_listed import Hits, Listed, find_listed
from idweave.transforms.columnar.privacy.hashes import IDENTITY, RECORD
from idweave.transforms.columnar.reading.records import Records


class Lists(NamedTuple):
    """What is suppressed, and the key of its hashes."""

    key: bytes
    records: Listed
    identities: Listed


class Found(NamedTuple):
    """``p`` times a record that an entry of a request suppresses."""

    row: Longs  # [p]
    request: Ints  # [p]


class ListedType(NamedTuple):
    """An identity type of which values are listed."""

    name: str
    normalise: tuple[str, ...]  # steps


def find_suppressed(
    lists: Lists, source: str, records: Records, seen: Observed, types: dict[int, ListedType]
) -> Found:
    """Find the records that are listed, or carry a listed identity and are not new.

    A value that a test refuses, as one that is blocked since, counts as carried here.

    Args:
        types: those that are listed; the values of others need no look.
    """
    own = find_listed(lists.records, lists.key, RECORD, source, records.record_id)
    hits = _listed_identities(lists, seen, types)
    row, entry = _carriers(seen, hits, records.event_time, lists.identities.since)
    of_refused, refused = _of_refused(lists, records.event_time, seen.refused, types)
    entry = np.concatenate([entry, refused])
    return Found(
        np.concatenate([own.value, row, of_refused]),
        np.concatenate([lists.records.request[own.entry], lists.identities.request[entry]]),
    )


def _of_refused(
    lists: Lists, time: Longs, refused: Refused, types: dict[int, ListedType]
) -> tuple[Longs, Longs]:
    """Records and entries of listed identities that a test refused, in time."""
    rows, entries = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for kind, of in types.items():
        at = np.flatnonzero(refused.type == kind)
        if not len(at):
            continue
        values = refused.value.take(pa.array(at))
        for step in of.normalise:
            values = apply_step(values, step)
        there = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
        hits = find_listed(lists.identities, lists.key, IDENTITY, of.name, values.drop_null())
        row = refused.row[at[there[hits.value]]].astype(np.int64)
        old = time[row] <= lists.identities.since[hits.entry]
        rows.append(row[old])
        entries.append(hits.entry[old])
    return np.concatenate(rows), np.concatenate(entries)


def _listed_identities(lists: Lists, seen: Observed, types: dict[int, ListedType]) -> Hits:
    """The identities of the unit that are listed."""
    value, entry = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for kind, of in types.items():
        low, high = np.searchsorted(seen.type, (kind, kind + 1)).tolist()
        hits = find_listed(lists.identities, lists.key, IDENTITY, of.name, seen.value[low:high])
        value.append(hits.value + low)
        entry.append(hits.entry)
    return Hits(np.concatenate(value), np.concatenate(entry))


def _carriers(seen: Observed, hits: Hits, time: Longs, since: Longs) -> tuple[Longs, Longs]:
    """Records and entries of the identities that they carry, or change, in time."""
    changes = seen.changes
    row = np.concatenate([seen.carried_row, changes.row, changes.row])
    identity = np.concatenate([seen.carried, changes.old, changes.new])
    count = np.bincount(hits.value, minlength=len(seen.type)) if len(hits.value) else None
    if count is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    is_listed = count > 0
    at = np.flatnonzero((identity >= 0) & is_listed[np.maximum(identity, 0)])
    many = count[identity[at]]
    first = np.cumsum(count)[identity[at]] - many
    entry = hits.entry[places_of_runs(first, many)]
    of_row = np.repeat(row[at], many).astype(np.int64)
    old = time[of_row] <= since[entry]  # no time is the smallest number
    return of_row[old], entry[old]


def without(seen: Observed, inside: Flags) -> Observed:
    """What was observed of some of the records; identities that no other one has are gone."""
    row = (np.cumsum(inside) - 1).astype(np.int32)
    used = np.zeros(len(seen.type), bool)
    start, identity = _entries(seen.start, seen.identity, inside, used)
    changes = seen.changes
    changed = inside[changes.row]
    old, new = changes.old[changed], changes.new[changed]
    for places in (old, new):
        used[places[places >= 0]] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    mask = pa.array(changed)
    none = np.empty(0, np.int32)
    return Observed(
        start=start,
        identity=number.take(identity),
        too_many=seen.too_many[inside],
        type=seen.type[used],
        hash=take_rows(seen.hash, used),
        value=seen.value.filter(pa.array(used)),
        refused=_refused(seen.refused, inside, row),
        changes=ObservedChanges(
            row[changes.row[changed]],
            changes.type[changed],
            changes.type_name.filter(mask),
            changes.text.filter(mask),
            _numbered(old, number),
            _numbered(new, number),
        ),
        carried_row=none,
        carried=none,
    )


@kernel
def _entries(start, identity, inside, used):  # type: ignore[no-untyped-def]
    """The entries of the records inside, and where each one's begin; `used` gets those it has."""
    starts = np.zeros(np.count_nonzero(inside) + 1, np.int64)
    entries = np.empty(len(identity), np.int32)
    rows, size = 0, 0
    for i in range(len(inside)):
        if not inside[i]:
            continue
        for j in range(start[i], start[i + 1]):
            entries[size] = identity[j]
            used[identity[j]] = True
            size += 1
        rows += 1
        starts[rows] = size
    return starts, entries[:size].copy()


def _numbered(places: NDArray[np.int32], number: Ints) -> Ints:
    """Identities by their new numbers; what is below 0 says that there is none."""
    return np.where(places >= 0, number[np.maximum(places, 0)], places).astype(np.int32)


def _refused(refused: Refused, inside: Flags, row: Ints) -> Refused:
    kept = inside[refused.row]
    return Refused(
        row[refused.row[kept]],
        refused.type[kept],
        refused.value.filter(pa.array(kept)),
        refused.rule[kept],
    )
