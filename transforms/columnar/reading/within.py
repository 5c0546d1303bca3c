"""Records within a span of event time."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.reading.records import NO_TIME, Changes, Records, Values


def within(records: Records, since: int | None, until: int | None) -> Records:
    """The records from `since` until before `until`, in microseconds since the epoch.

    Those without a time stay.
    """
    time = records.event_time
    inside = np.ones(len(time), bool)
    if since is not None:
        inside &= (time >= since) | (time == NO_TIME)
    if until is not None:
        inside &= time < until
    return only(records, inside)


def only(records: Records, inside: Flags) -> Records:
    """Some of the records, in their order."""
    if inside.all():
        return records
    row = (np.cumsum(inside) - 1).astype(np.int32)
    mask = pa.array(inside)
    return records._replace(
        position=records.position[inside],
        record_id=records.record_id.filter(mask),
        event_time=records.event_time[inside],
        workspace=None if records.workspace is None else records.workspace.filter(mask),
        request=records.request[inside],
        values=tuple(_values_within(values, inside, row) for values in records.values),
        attributes={name: a.filter(mask) for name, a in records.attributes.items()},
        changes=_changes_within(records.changes, inside, row),
        content=None if records.content is None else take_rows(records.content, inside),
        file=None if records.file is None else records.file[inside],
    )


def _values_within(values: Values, inside: Flags, row: Ints) -> Values:
    """The values of the records inside, with their new rows."""
    kept = inside[values.row]
    return values._replace(
        row=row[values.row[kept]],
        value=values.value.filter(pa.array(kept)),
        wrong=values.wrong[kept],
    )


def _changes_within(changes: Changes, inside: Flags, row: Ints) -> Changes:
    """The changes of the records inside, with their new rows."""
    kept = inside[changes.row]
    mask = pa.array(kept)
    return changes._replace(
        row=row[changes.row[kept]],
        type=changes.type[kept],
        type_name=changes.type_name.filter(mask),
        old=changes.old.filter(mask),
        new=changes.new.filter(mask),
        wrong=take_rows(changes.wrong, kept),
    )
