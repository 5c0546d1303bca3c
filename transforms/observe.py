"""Reads splits and keeps their observations in the working folder, a unit at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.siphash import hash_strings
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.codes import IDENTIFY
from idweave.transforms.columnar.components.merge import Partitioned, partition, shard_of
from idweave.transforms.columnar.identities.observe import Observed, observe, type_key
from idweave.transforms.columnar.reading.read_fields import records_of
from idweave.transforms.columnar.reading.read_files import Limits, bad_file, read_files
from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    BadFile,
    Records,
    bad_file_remedy,
    no_changes,
    none_quarantined,
)
from idweave.transforms.columnar.reading.within import within
from idweave.transforms.columnar.vocabulary import QuarantineReason, Rule
from idweave.transforms.exchange.store import open_file
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Job, Split, Unit
from idweave.transforms.running.counts import SourceCounts, by_word, tally
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.decided import linked_rows
from idweave.transforms.views.suppressed import without_suppressed


@dataclass
class Observe(beam.PTransform[beam.PCollection[Split], beam.PCollection[Unit]]):
    """Splits to units. Every record of a split is in a unit, in its quarantine, or outside."""

    job: Job

    def expand(self, splits: beam.PCollection[Split]) -> beam.PCollection[Unit]:
        return splits | "Observe" >> in_threads(partial(observe_split, self.job), Unit)


def observe_split(job: Job, split: Split) -> Iterator[Unit]:
    """Read one split and keep each of its units. A file that is broken fails, or is one row.

    What people link is a unit, too, of no file; what its records carry is decided for each graph.
    """
    if split.source == job.decided_source:
        yield keep_unit(job, split, 0, _linked(job))._replace(counts=SourceCounts())
        return
    source = job.sources[split.source]
    units: list[Unit] = []
    try:
        limits = Limits(job.split_bytes, job.split_rows)
        pieces = read_files(
            source.reading, split.files, open_file, limits, source.quarantines_bad_files
        )
        for number, records in enumerate(pieces):
            units.append(keep_unit(job, split, number, records))
    except BadFile as error:
        if not source.quarantines_bad_files:
            raise BadFile(f"{error.args[0]}; {bad_file_remedy(source.reading.name)}") from None
        # what was read before the damage showed is not counted: the file is one row
        units = [keep_unit(job, split, 0, records_of(source.reading, bad_file(source.reading)))]
    yield from units


def _linked(job: Job) -> Records:
    """What people link, as records that carry nothing yet."""
    ids = [job.decisions[place].id for place, _ in linked_rows(job)] if job.decisions else []
    rows = len(ids)
    return Records(
        position=np.arange(rows),
        record_id=pa.array(ids, pa.string()),
        event_time=np.full(rows, NO_TIME),
        workspace=None,
        request=np.full(rows, IDENTIFY, np.int8),
        values=(),
        attributes={},
        changes=no_changes(),
        content=None,
        quarantined=none_quarantined(),
    )


def keep_unit(job: Job, split: Split, number: int, records: Records) -> Unit:
    """Observe the records of one unit, keep them, and say what was kept."""
    read = len(records.position)
    records = within(records, job.since, job.until)
    outside = read - len(records.position)
    keys = {i: type_key(job.run_key, name) for i, name in enumerate(job.type_names)}
    seen = observe(records, dict(enumerate(job.tests)), keys, job.most_identities)
    name = f"{split.name}-u{number:06d}"
    if job.privacy is not None:
        records, seen = without_suppressed(job, split, name, records, seen)
    job.store.write(UnitFile.at(name), _contents(job, split, records, seen))
    return Unit(
        name,
        split.source,
        len(records.position),
        len(records.quarantined.position),
        _counts(read, outside, records, seen),
    )


def _counts(read: int, outside: int, records: Records, seen: Observed) -> SourceCounts:
    """What was read, and what was left out when it was."""
    return SourceCounts(
        read=read,
        outside=outside,
        filtered=records.filtered,
        quarantined=len(records.quarantined.position),
        quarantine=by_word(records.quarantined.reason, QuarantineReason),
        refused_values=by_word(seen.refused.rule, Rule),
        column_values=tuple(sorted(records.found)),
        other_case=records.other_case,
        unfit_attribute_values=tally(records.unfit),
    )


def _contents(job: Job, split: Split, records: Records, seen: Observed) -> UnitFile:
    """Everything that later stages may need of a unit."""
    by_id, hashes, content = _by_id(job, job.sources[split.source].trusted_ids, records)
    workspace, names = _workspaces(records.workspace)
    return UnitFile(
        start=seen.start,
        identity=seen.identity,
        too_many=seen.too_many,
        record_id=records.record_id,
        time=records.event_time,
        request=records.request,
        workspace=workspace,
        workspace_name=names,
        attribute=records.attributes,
        type=seen.type,
        hash=seen.hash,
        value=seen.value,
        refused_row=seen.refused.row,
        refused_type=seen.refused.type,
        refused_value=seen.refused.value,
        refused_rule=seen.refused.rule,
        change_row=seen.changes.row,
        change_type=seen.changes.type,
        change_type_name=seen.changes.type_name,
        change_text=seen.changes.text,
        change_old=seen.changes.old,
        change_new=seen.changes.new,
        by_id_start=by_id.start,
        by_id_row=by_id.order.astype(np.int32),
        by_id_hash=take_rows(hashes, by_id.order),
        by_id_time=records.event_time[by_id.order],
        by_id_content=take_rows(content, by_id.order),
        quarantine_path=pa.array([file.path for file in split.files], pa.string()),
        quarantine_file=records.quarantined.file,
        quarantine_position=records.quarantined.position,
        quarantine_reason=records.quarantined.reason,
        quarantine_text=records.quarantined.raw_text,
    )


def _by_id(job: Job, trusted: bool, records: Records) -> tuple[Partitioned, Hashes, Hashes]:
    """The records whose ids are to be compared, by shard: all, or none where ids are trusted.

    Returns:
        Their order, then hashes of ids and contents, not in that order.
    """
    ids, content = records.record_id, records.content
    if content is None or trusted:
        ids, content = ids[:0], np.empty((0, 2), np.uint64)
    hashes = hash_strings(ids, type_key(job.run_key, "record id"))
    shard = shard_of(hashes[:, 0], job.exchange_shards)
    return partition(shard, job.exchange_shards), hashes, content


def _workspaces(workspace: pa.DictionaryArray | None) -> tuple[Ints, pa.Array]:
    """The place of each record's workspace among the names; both empty for a constant."""
    if workspace is None:
        return np.empty(0, np.int32), pa.array([], pa.string())
    names = concat_texts([workspace.dictionary, pa.array(["default"])])
    codes = workspace.indices.fill_null(len(names) - 1)
    return codes.to_numpy().astype(np.int32), names
