"""What is kept of a unit of work: everything that later stages may need of its records."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import NamedTexts, Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class UnitFile(WorkingFile):
    """The records of one unit and its distinct identities, as they were read and tested.

    n records with e entries of k identities; r values refused, c changes of `modify`, q unreadable
    records. d = n where records of the source may repeat each other, else 0; v = n where the source
    has a column of workspaces, else 0, with w names.
    """

    start: Offsets = Offsets("[n + 1]", "entries of each record", into="e")
    identity: Numbers[np.int32] = Numbers("[e]", "identity, ascending and once in a record")
    too_many: Numbers[np.bool_] = Numbers("[n]", "has more identities than allowed: no entries")
    record_id: Texts = Texts("[n]", "id of the record in its source")
    time: Numbers[np.int64] = Numbers("[n]", "event time in µs since the epoch, or NO_TIME")
    request: Numbers[np.int8] = Numbers("[n]", "index into REQUESTS")
    workspace: Numbers[np.int32] = Numbers("[v]", "place among the workspaces' names")
    workspace_name: Texts = Texts("[w]", "names of workspaces, `default` for null")
    attribute: NamedTexts = NamedTexts("[n]", "attributes as read, by attribute")

    type: Numbers[np.int16] = Numbers("[k]", "identity type, ascending")
    hash: Numbers[np.uint64] = Numbers("[k, 2]", "keyed hash of type and value")
    value: Texts = Texts("[k]", "normalised value")

    refused_row: Numbers[np.int32] = Numbers("[r]", "record of a refused value, ascending")
    refused_type: Numbers[np.int16] = Numbers("[r]", "its identity type")
    refused_value: Texts = Texts("[r]", "the value as read")
    refused_rule: Numbers[np.int8] = Numbers("[r]", "index into RULES")

    change_row: Numbers[np.int32] = Numbers("[c]", "record of a change, ascending")
    change_type: Numbers[np.int16] = Numbers("[c]", "identity type, -1: none that is configured")
    change_type_name: Texts = Texts("[c]", "identity type as written", nulls=True)
    change_text: Texts = Texts("[c]", "the new value, else the old one", nulls=True)
    change_old: Numbers[np.int32] = Numbers("[c]", "identity, or NO_VALUE, BAD_VALUE")
    change_new: Numbers[np.int32] = Numbers("[c]", "identity, or NO_VALUE, BAD_VALUE")

    by_id_start: Offsets = Offsets("[shards + 1]", "records by shard of their id", into="d")
    by_id_row: Numbers[np.int32] = Numbers("[d]", "record")
    by_id_hash: Numbers[np.uint64] = Numbers("[d, 2]", "keyed hash of the record id")
    by_id_time: Numbers[np.int64] = Numbers("[d]", "event time")
    by_id_content: Numbers[np.uint64] = Numbers("[d, 2]", "hash of all columns that are read")

    quarantine_path: Texts = Texts("[f]", "paths of the files that the unit is of")
    quarantine_file: Numbers[np.int32] = Numbers("[q]", "its file's place among them")
    quarantine_position: Numbers[np.int64] = Numbers("[q]", "row or line of the file, from 0")
    quarantine_reason: Numbers[np.int8] = Numbers("[q]", "index into QUARANTINE_REASONS")
    quarantine_text: Texts = Texts("[q]", "the record, or its beginning", nulls=True)

    @classmethod
    def at(cls, unit: str) -> Address[Self]:
        """Of one unit."""
        return Address(cls, f"unit/{unit}")
