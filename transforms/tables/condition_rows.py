"""What conditions see of profiles: the row of `profiles`, and two columns beside it."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.texts import byte_ranks
from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.tables.profiles import TABLE, of_piece
from idweave.transforms.tables.resolved_piece import ResolvedPiece

_TYPES = pa.list_(pa.field("element", pa.string(), nullable=False))
BESIDE = pa.schema([("identity_types", _TYPES), ("as_of", pa.timestamp("us", tz="UTC"))])


def condition_schema(rules: tuple[AttributeRule, ...]) -> pa.Schema:
    """All columns that conditions may name."""
    attributes = [pa.field(rule.name, rule.column) for rule in rules]
    return pa.schema([*TABLE.columns, *attributes, *BESIDE])


def condition_rows(piece: ResolvedPiece) -> pa.Table:
    """[p] the columns that the strategy's conditions name, and the profile's id and scope."""
    wanted = piece.plan.condition_columns
    table = of_piece(piece)
    table = table.select([n for n in table.column_names if n in {"profile_id", "scope", *wanted}])
    if "identity_types" in wanted:
        table = table.append_column("identity_types", _identity_types(piece))
    if "as_of" in wanted:
        moments = np.full(table.num_rows, piece.job.as_of, np.int64)
        table = table.append_column("as_of", pa.array(moments).cast(BESIDE.field("as_of").type))
    return table


def _identity_types(piece: ResolvedPiece) -> pa.Array:
    """[p] the types that each profile lists, by their bytes."""
    names = pa.array(piece.job.type_names, pa.string())
    kind = byte_ranks(names)[piece.read.type[piece.read.piece.place[piece.listed.identity]]]
    pairs = np.unique(np.stack([piece.listed.profile.astype(np.int64), kind], axis=1), axis=0)
    size = np.bincount(pairs[:, 0], minlength=len(piece.profile_ids))
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
    texts = names.sort().take(pa.array(pairs[:, 1]))
    return pa.ListArray.from_arrays(pa.array(start), texts, type=_TYPES)
