"""Reads what the base's profiles are and hold, hashed as this run hashes, by shard."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import NoId, id_words
from idweave.transforms.columnar.arrays.siphash import hash_strings
from idweave.transforms.columnar.arrays.take_rows import in_places, take_rows
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.identities.observe import type_key
from idweave.transforms.columnar.lasting.id_texts import shard_of_id
from idweave.transforms.columnar.lasting.remember import IdRows, IdStatus, first_of_each
from idweave.transforms.columnar.reading.records import BadFile
from idweave.transforms.exchange.lasting_files import OldBirthsFile, OldHeldFile, OldIdsFile
from idweave.transforms.exchange.store import open_file
from idweave.transforms.exchange.working_file import Address
from idweave.transforms.job import BasePiece, BasePlan, Done, Graph, Job
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.erased_ids import are_erased, rows_of_erased
from idweave.transforms.views.unit_graph import scope_hashes

_HELD = ("identity_type", "identity_value", "profile_id", "scope", "linked")
_FEW_NAMES = {
    "identities": ("identity_type", "scope"),
    "ids": ("scope", "status", "born_run", "ended_run"),
    "erased": ("scope", "status", "born_run", "ended_run"),
}
_STATUSES = tuple(status.name.lower() for status in IdStatus)
_NO_ID = "0" * 32


class _Piece(NamedTuple):
    """A piece of the base of one strategy."""

    strategy: int
    number: int
    of: BasePiece


@dataclass
class ReadBase(beam.PTransform[beam.Pipeline, beam.PCollection[Done]]):
    """The base's tables `identities` and `ids` to hashes of identities and to rows, by shard."""

    job: Job

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[Done]:
        elements = [
            _Piece(number, place, piece)
            for number, plan in enumerate(self.job.strategies)
            if plan.base is not None
            for place, piece in enumerate(plan.base.pieces)
        ]
        return (
            pipeline
            | "Pieces" >> Elements(elements, _Piece)
            | "Read" >> in_threads(partial(read_piece_of_base, self.job), Done)
        )


def read_piece_of_base(job: Job, piece: _Piece) -> Iterator[Done]:
    """Read some row groups.

    Raises:
        BadFile: they can't be read, or are not what a run of this project writes.
    """
    plan = job.strategies[piece.strategy]
    base = plan.base
    assert base is not None
    try:
        if piece.of.table != "identities":
            rows, names = _id_rows(_read(piece.of, None))
            if piece.of.table == "erased":
                rows = rows.at(rows.status == IdStatus.ERASED)
            _keep_ids(job, piece, rows, names)
        else:
            table = _read(piece.of, _HELD)
            _keep_held(job, piece, table, job.graphs[plan.graph])
            if not base.has_ids:
                rows, names = _rows_of_listed(table, base)
                _keep_ids(job, piece, rows, names)
    except (pa.ArrowException, NoId, KeyError, OSError, ValueError) as error:
        raise BadFile(
            f"{piece.of.path}: the base run {base.run_id} can't be read there (damaged, or removed "
            "meanwhile); take another one by --base"
        ) from error
    yield Done(piece.strategy, str(piece.number))


def _read(piece: BasePiece, columns: tuple[str, ...] | None) -> pa.Table:
    with open_file(piece.path) as file:
        parquet = pq.ParquetFile(file, read_dictionary=list(_FEW_NAMES[piece.table]))
        table = parquet.read_row_groups(
            list(piece.row_groups), columns=columns and list(columns), use_threads=False
        )
    return table.combine_chunks()


def _array(table: pa.Table, name: str) -> pa.Array:
    """A column in one chunk."""
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else pa.array([], column.type)


def _coded(table: pa.Table, name: str, known: tuple[str, ...]) -> Ints:
    """[n] the place of each text of a column among those known, or -1; also of null."""
    column = _array(table, name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    places = {text: place for place, text in enumerate(known)}
    of_code = [places.get(text, -1) for text in column.dictionary.to_pylist()]  # few names
    code = column.indices.fill_null(len(of_code)).to_numpy(zero_copy_only=False)
    return np.array([*of_code, -1], np.int32)[code]


def _keep_held(job: Job, piece: _Piece, table: pa.Table, graph: Graph) -> None:
    """The linked identities of types that this run links, too, in scopes that it has."""
    types = tuple(job.type_names[place] for place in graph.link_on)
    kind, scope = _coded(table, "identity_type", types), _coded(table, "scope", graph.scopes)
    linked = _array(table, "linked").to_numpy(zero_copy_only=False).astype(bool)
    gone = rows_of_erased(job, table)
    rows = np.flatnonzero(linked & (kind >= 0) & (scope >= 0) & (gone is None or ~gone))
    taken = table.select(["identity_value", "profile_id"])
    if len(rows) < len(kind):
        taken = taken.take(pa.array(rows)).combine_chunks()
    hashes = _hashes(job, types, kind[rows], _array(taken, "identity_value"))
    hashes = scope_hashes(job, graph, hashes, scope[rows])
    by_shard = partition(shard_of(hashes[:, 0], job.exchange_shards), job.exchange_shards)
    ids = id_words(_array(taken, "profile_id"))
    order = by_shard.order
    file = OldHeldFile(
        start=by_shard.start, identity=take_rows(hashes, order), id=take_rows(ids, order)
    )
    job.store.write(OldHeldFile.at(piece.strategy, piece.number), file)


def _hashes(job: Job, types: tuple[str, ...], kind: Ints, values: pa.Array) -> Hashes:
    """[n, 2] the hashes that this run has for the same type and value."""
    order, hashes = [np.empty(0, np.int64)], [np.empty((0, 2), np.uint64)]
    for place, name in enumerate(types):
        order.append(np.flatnonzero(kind == place))
        hashes.append(hash_strings(values.take(pa.array(order[-1])), type_key(job.run_key, name)))
    return in_places(np.concatenate(hashes), np.concatenate(order))


def _id_rows(table: pa.Table) -> tuple[IdRows, pa.Array]:
    """Rows of the base's `ids`; -1 and zeros stand for null."""
    columns = (_array(table, column) for column in ("scope", "born_run", "ended_run"))
    unique = {text for column in columns for text in pc.unique(column).to_pylist()}  # few names
    names = sorted(text for text in unique if text is not None)
    known = tuple(names)
    status = _coded(table, "status", _STATUSES)
    if (status < 0).any():
        raise ValueError("a status")
    rows = IdRows(
        id=id_words(_array(table, "profile_id")),
        scope=_coded(table, "scope", known),
        status=status.astype(np.int8),
        current=id_words(_array(table, "current_id").fill_null(_NO_ID)),
        birth=id_words(_array(table, "birth_id").fill_null(_NO_ID)),
        born_run=_coded(table, "born_run", known),
        born_at=_micros(_array(table, "born_at")),
        ended_run=_coded(table, "ended_run", known),
        ended_at=_micros(_array(table, "ended_at")),
    )
    return rows, pa.array(names, pa.string())


def _micros(times: pa.Array) -> Longs:
    values = times.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).fill_null(0)
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _rows_of_listed(table: pa.Table, base: BasePlan) -> tuple[IdRows, pa.Array]:
    """What stands for the `ids` of a base without them: live, each born in that run."""
    names = pc.unique(_array(table, "scope")).to_pylist()
    ids = id_words(_array(table, "profile_id"))
    size = len(ids)
    rows = IdRows(
        id=ids,
        scope=_coded(table, "scope", tuple(names)),
        status=np.full(size, IdStatus.LIVE, np.int8),
        current=ids,
        birth=ids,
        born_run=np.full(size, len(names), np.int32),
        born_at=np.full(size, base.as_of, np.int64),
        ended_run=np.full(size, -1, np.int32),
        ended_at=np.zeros(size, np.int64),
    )
    return first_of_each(rows), pa.array([*names, base.run_id], pa.string())


def _keep_ids(job: Job, piece: _Piece, rows: IdRows, names: pa.Array) -> None:
    shards = job.exchange_shards
    place = piece.strategy, piece.number
    _keep_rows(job, OldIdsFile.own(*place), rows, shard_of_id(rows.id, shards), names)
    merged = rows.at(rows.status == IdStatus.MERGED)
    shard = shard_of_id(merged.current, shards)
    _keep_rows(job, OldIdsFile.following(*place), merged, shard, names)
    live = rows.at((rows.status == IdStatus.LIVE) & ~are_erased(job, rows.id))
    by_shard = partition(shard_of_id(live.birth, shards), shards)
    order = by_shard.order
    file = OldBirthsFile(
        start=by_shard.start, birth=take_rows(live.birth, order), id=take_rows(live.id, order)
    )
    job.store.write(OldBirthsFile.at(*place), file)


def _keep_rows(
    job: Job, address: Address[OldIdsFile], rows: IdRows, shard: Longs, names: pa.Array
) -> None:
    by_shard = partition(shard, job.exchange_shards)
    columns = rows.at(by_shard.order)._asdict()
    job.store.write(address, OldIdsFile(names=names, start=by_shard.start, **columns))
