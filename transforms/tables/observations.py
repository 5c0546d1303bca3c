"""The table `observations`: what the policy saw."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.vocabulary import Request, texts
from idweave.transforms.tables.columns import chosen, coded, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_PAIR = pa.struct(
    [
        column("type", pa.string(), "the type, as configured", stored="names"),
        column("value", pa.string(), "the value, as normalised", personal=True),
    ]
)
_PAIRS = pa.list_(pa.field("element", _PAIR, nullable=False))
_COLUMNS = pa.schema(
    [
        column("component_id", pa.string(), "the component of its identities", null=True,
               stored="sorted_ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("source", pa.string(), "the record's source", stored="names"),
        column("record_id", pa.string(), "its id in the source", personal=True,
               stored="keys"),
        column("event_time", TIME, "when it happened", null=True, stored="numbers"),
        column("request", pa.string(), "what it asked for: see Words", stored="names"),
        column("identities", _PAIRS, "what it carries, the strongest first", personal=True),
    ]
)  # fmt: skip


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """The observations of a piece, in order."""
    observations, order = piece.piece.observations, piece.piece.order
    place = piece.piece.place[observations.identity]
    pairs = pa.StructArray.from_arrays(
        [piece.types(place).cast(pa.string()), piece.values(place)], fields=list(_PAIR)
    )
    starts = pa.array(observations.start.astype(np.int32))
    return pa.table(
        {
            "component_id": coded(observations.component, piece.component_ids),
            "scope": chosen(piece.read.scope[order], piece.scopes),
            "source": piece.sources(order),
            "record_id": piece.record_ids(order),
            "event_time": times(piece.time),
            "request": chosen(observations.request, texts(Request)),
            "identities": pa.ListArray.from_arrays(starts, pairs, type=_PAIRS),
        }
    )


TABLE = Table(
    name="observations",
    one_for="strategy",
    about="a record that took part in the policy",
    columns=_COLUMNS,
    key=("source", "record_id"),
    but="sources with `duplicates: keep`",
    order="component, then the order of observations: event time (none first), source, record id",
    of_piece=of_piece,
)
