"""Reads one piece of whole components from what the units gathered."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.lookup import hash_places
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.components.birth import text_of
from idweave.transforms.columnar.gathering.piece import Gathered, Piece, put_together
from idweave.transforms.exchange.profile_files import GatheredFile
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Job, Linked
from idweave.transforms.views.decided import named_identities, read_rulings
from idweave.transforms.views.unit_graph import place_of_types, scope_hashes

_FIRST = np.int32(np.iinfo(np.int32).min)  # people's records come before all sources, by row


class Read(NamedTuple):
    """A piece with what its tables need; arrays are as gathered, `piece.order` sorts records."""

    piece: Piece
    unit: Ints  # [m] place of the unit
    row: Ints  # [m] row of the unit
    time: Array  # [m]
    source: Ints  # [m]
    scope: Ints  # [m]
    record_id: pa.Array  # [m]
    hash: Array  # [i, 2] of the identity and its scope
    decided: Flags  # [m] people made it
    type: Array  # [i] identity type
    value: pa.Array  # [i]
    change_type_name: pa.Array  # [c] as written
    change_text: pa.Array  # [c]
    attributes: dict[str, pa.Array]  # [m]


def read_piece(job: Job, graph: int, units: Sequence[Linked], number: int) -> Read | None:
    """Read piece `number` of a graph from all its units; None if no record is in it."""
    part = _of_units(job, units, number)
    if part is None:
        return None
    place = place_of_types(job.graphs[graph].link_on, len(job.type_names) + 1)
    decided = part.source == job.decided_source
    given = Gathered(
        digest=part.digest,
        time=part.time,
        source=np.where(decided, part.row + _FIRST, part.source),
        record_id=text_of(part.record_id),
        request=part.request,
        creates=np.array([source.creates for source in job.sources])[part.source],
        entry_start=_starts(part.entries),
        entry=part.entry,
        change_start=_starts(part.changes),
        change_place=place[part.change_type],
        old=part.change_old,
        new=part.change_new,
        hash=part.identity_hash,
        place=np.where(_beside(job, graph, part.identity_hash), -1, place[part.identity_type]),
        value=text_of(part.identity_value),
    )
    return Read(
        piece=put_together(given),
        unit=part.unit,
        row=part.row,
        time=part.time,
        source=part.source,
        scope=part.scope,
        record_id=part.record_id,
        hash=part.identity_hash,
        decided=decided,
        type=part.identity_type,
        value=part.identity_value,
        change_type_name=part.change_type_name,
        change_text=part.change_text,
        attributes=part.attributes,
    )


def _beside(job: Job, graph: int, hashes: Hashes) -> Flags:
    """[i] whether an identity counts as another one in its scope: then it is only listed."""
    if not job.graphs[graph].decisions:
        return np.zeros(len(hashes), bool)
    rulings, named = read_rulings(job, graph), named_identities(job, job.graphs[graph])
    tied = scope_hashes(
        job, job.graphs[graph], take_rows(named.hash, rulings.tied), rulings.tied_scope
    )
    return hash_places(hashes, tied) >= 0


class _Part(NamedTuple):
    """Records of a piece: of one unit, or of all of them one after another."""

    unit: Ints  # [m] place of the unit
    row: Ints  # [m] row of the unit
    time: Longs  # [m]
    source: Ints  # [m]
    request: Bytes  # [m]
    scope: Ints  # [m]
    record_id: pa.Array  # [m]
    digest: Hashes  # [m, 2] of the component
    entries: Longs  # [m] how many
    entry: Ints  # [e] place among the identities of all units
    identity_hash: Hashes  # [i, 2]
    identity_type: NDArray[np.int16]  # [i]
    identity_value: pa.Array  # [i]
    changes: Longs  # [m] how many
    change_type: NDArray[np.int16]  # [c]
    change_type_name: pa.Array  # [c]
    change_text: pa.Array  # [c]
    change_old: Ints  # [c] as `entry`, or NO_VALUE, BAD_VALUE
    change_new: Ints  # [c]
    attributes: dict[str, pa.Array]  # [m]


def _of_units(job: Job, units: Sequence[Linked], number: int) -> _Part | None:
    """The records of a piece from all units; None if there is none."""
    parts: list[_Part] = []
    identities = 0
    for place, unit in enumerate(units):
        with job.store.open(GatheredFile.at(unit.graph, unit.unit)) as file:
            low, high = file.piece_start.span(number)
            if low == high:
                continue
            parts.append(_of_unit(job, unit, place, number, identities, file))
        identities += len(parts[-1].identity_type)
    if not parts:
        return None
    *columns, attributes = zip(*parts, strict=True)
    joined = {name: _joined(column) for name, column in zip(_Part._fields, columns, strict=False)}
    names = attributes[0]
    return _Part(
        **joined, attributes={name: concat_texts([a[name] for a in attributes]) for name in names}
    )


def _joined(arrays: tuple[Any, ...]) -> Any:
    """Numbers or texts one after another."""
    if isinstance(arrays[0], np.ndarray):
        return np.concatenate(arrays)
    return concat_texts(list(arrays))


def _of_unit(
    job: Job, unit: Linked, place: int, number: int, identities: int, file: GatheredFile
) -> _Part:
    """One unit's records of a piece, after those of units with some `identities`."""
    low, high = file.piece_start.span(number)
    first, last = file.identity_start.span(number)
    entry_start, change_start = file.entry_start[low : high + 1], file.change_start[low : high + 1]
    begin, end = int(change_start[0]), int(change_start[-1])
    entry = file.entry[int(entry_start[0]) : int(entry_start[-1])]
    none = pa.nulls(high - low, pa.string())
    return _Part(
        unit=np.full(high - low, place, np.int32),
        row=file.row[low:high],
        time=file.time[low:high],
        source=np.full(high - low, unit.source, np.int32),
        request=file.request[low:high],
        scope=file.scope[low:high],
        record_id=file.record_id[low:high],
        digest=file.digest[low:high],
        entries=np.diff(entry_start),
        entry=entry + np.int32(identities),
        identity_hash=file.identity_hash[first:last],
        identity_type=file.identity_type[first:last],
        identity_value=file.identity_value[first:last],
        changes=np.diff(change_start),
        change_type=file.change_type[begin:end],
        change_type_name=file.change_type_name[begin:end],
        change_text=file.change_text[begin:end],
        change_old=_shifted(file.change_old[begin:end], identities),
        change_new=_shifted(file.change_new[begin:end], identities),
        attributes={
            name: file.attribute[name][low:high] if name in file.attribute else none
            for name, _ in job.attributes
        },
    )


def _shifted(values: Ints, identities: int) -> Ints:
    """Places after some identities; NO_VALUE and BAD_VALUE stay."""
    return np.where(values >= 0, values + identities, values).astype(np.int32)


def _starts(counts: Longs) -> Longs:
    """[n + 1] where each of n begins."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
