"""The table `evidence`: from which record each attribute of a profile is."""

import json

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.attributes.apply_rule import Made
from idweave.transforms.columnar.reading.read_text import texts
from idweave.transforms.tables.columns import chosen, coded, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "the profile", stored="ids"),
        column("attribute", pa.string(), "the attribute", stored="names"),
        column("value", pa.string(), "its value as text, of `collect` a JSON list of texts; null: "
               "a sum that 64 bits can't hold", null=True, personal=True),
        column("rule", pa.string(), "by which it was made", stored="names"),
        column("candidates", pa.int64(), "values that counted", stored="numbers"),
        column("source", pa.string(), "source of the record that it is from; null: of no single "
               "one", null=True, stored="names"),
        column("record_id", pa.string(), "id of that record", null=True, personal=True,
               stored="keys"),
        column("event_time", TIME, "when it happened", null=True, stored="numbers"),
    ]
)  # fmt: skip


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """What the attributes of a piece's profiles are from: by profile, then by attribute."""
    rules = piece.job.attribute_rules
    made = [piece.attributes[rule.name] for rule in rules]
    if not made:
        return _COLUMNS.empty_table()
    there = [np.flatnonzero(of.candidates) for of in made]
    profile = np.concatenate(there)
    number = np.repeat(np.arange(len(made), dtype=np.int32), [len(of) for of in there])
    order = np.lexsort((number, profile))
    names = tuple(rule.name for rule in rules)
    row = np.concatenate([of.row[p] for of, p in zip(made, there, strict=True)])[order]
    value = pa.concat_arrays([_as_texts(of, p) for of, p in zip(made, there, strict=True)])
    count = np.concatenate([of.candidates[p] for of, p in zip(made, there, strict=True)])
    return pa.table(
        {
            "profile_id": coded(profile[order], piece.profile_ids),
            "attribute": chosen(number[order], names),
            "value": value.take(pa.array(order)),
            "rule": chosen(number[order], tuple(rule.rule for rule in rules)),
            "candidates": count[order],
        }
        | _records(piece, row)
    )


def _as_texts(made: Made, profile: Longs) -> pa.Array:
    """The values of some profiles as texts."""
    values = made.values.take(pa.array(profile))
    if not pa.types.is_list(values.type):
        return texts(values).text.cast(pa.string())
    items = texts(values.flatten()).text
    # a list of texts for each profile, of at most `limit` items
    lists = pa.ListArray.from_arrays(values.offsets, items) if len(values) else values
    return pa.array([json.dumps(of, ensure_ascii=False) for of in lists.to_pylist()], pa.string())


def _records(piece: ResolvedPiece, row: Longs) -> dict[str, pa.Array]:
    """The columns of the records at some places; -1 is none."""
    none = row < 0
    place = piece.piece.order[np.where(none, 0, row)]
    time = np.where(none, np.iinfo(np.int64).max, piece.read.time[place])
    names = tuple(source.reading.name for source in piece.job.sources)
    source = np.where(none, -1, piece.read.source[place])
    ids = piece.read.record_id.take(pa.array(place, mask=none))
    return {
        "source": chosen(source, names, null=-1),
        "record_id": ids.cast(pa.string()),
        "event_time": times(time),
    }


TABLE = Table(
    name="evidence",
    one_for="strategy",
    about="an attribute of a profile, with the record that it is from",
    columns=_COLUMNS,
    key=("profile_id", "attribute"),
    order="as `profiles`, then attribute",
    of_piece=of_piece,
)
