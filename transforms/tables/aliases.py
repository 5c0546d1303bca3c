"""The table `aliases`: anonymous profiles that are the past of known ones."""

import pyarrow as pa

from idweave.transforms.tables.columns import coded, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("alias_id", pa.string(), "the anonymous profile", stored="ids"),
        column("profile_id", pa.string(), "the known profile whose past it is", stored="ids"),
        column("scope", pa.string(), "the scope of both", stored="names"),
        column("from_time", TIME, "when the alias begins, included", stored="numbers"),
        column("to_time", TIME, "when it ends, included: the record that tells", stored="numbers"),
        column("identity_type", pa.string(), "type of the identity that both carry",
               stored="names"),
        column("identity_value", pa.string(), "its value", personal=True),
        column("source", pa.string(), "source of the record that tells", stored="names"),
        column("record_id", pa.string(), "id of that record", personal=True, stored="keys"),
        column("record_count", pa.int64(), "records of the anonymous profile in that time",
               stored="numbers"),
    ]
)  # fmt: skip


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """The aliases of a piece; none where the strategy asks for none."""
    found = piece.aliases
    if found is None:
        return _COLUMNS.empty_table()
    ids = piece.profile_ids
    row = piece.piece.order[found.observation]
    place = piece.piece.place[found.identity]
    return pa.table(
        {
            "alias_id": coded(found.alias, ids),
            "profile_id": coded(found.profile, ids),
            "scope": piece.scopes_of(piece.resolution.profile_component[found.profile]),
            "from_time": times(found.begin),
            "to_time": times(found.end),
            "identity_type": piece.types(place),
            "identity_value": piece.values(place),
            "source": piece.sources(row),
            "record_id": piece.record_ids(row),
            "record_count": found.records,
        }
    )


TABLE = Table(
    name="aliases",
    one_for="strategy",
    about="a time in which an anonymous profile is the past of a known one",
    columns=_COLUMNS,
    key=("alias_id", "to_time", "source", "record_id"),
    order="component, order of observations, strength of the identity",
    of_piece=of_piece,
)
