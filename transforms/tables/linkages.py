"""The table `linkages`: the evidence, every pair of identities that one record showed together."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.components.linkages import dropped_rules
from idweave.transforms.columnar.vocabulary import LinkageStatus, Rule, texts
from idweave.transforms.tables.columns import chosen, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("left_type", pa.string(), "type of the stronger identity", stored="names"),
        column("left_value", pa.string(), "its value", personal=True),
        column("right_type", pa.string(), "type of the other identity", stored="names"),
        column("right_value", pa.string(), "its value", personal=True),
        column("component_id", pa.string(), "the component that both are in",
               stored="sorted_ids"),
        column("scope", pa.string(), "the component's scope", stored="names"),
        column("first_seen", TIME, "event time of the first record that shows both", null=True,
               stored="numbers"),
        column("last_seen", TIME, "event time of the last one", null=True, stored="numbers"),
        column("record_count", pa.int64(), "records that show both", stored="numbers"),
        column("first_source", pa.string(), "source of the first record that shows both",
               stored="names"),
        column("first_record_id", pa.string(), "id of that record", personal=True),
        column("status", pa.string(), "what the policy did with it: see Words", stored="names"),
        column("rule", pa.string(), "of a dropped one, the first limit that it would have broken",
               null=True, stored="names"),
    ]
)  # fmt: skip


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """The linkages of a piece, in order."""
    found = piece.linkages
    rule = dropped_rules(found, piece.resolution.links)
    left, right = piece.piece.place[found.left], piece.piece.place[found.right]
    component = piece.piece.identities.component[found.left]
    row = piece.piece.order[found.first_row]
    status = np.where(rule == Rule.NONE, LinkageStatus.KEPT, LinkageStatus.DROPPED)
    return pa.table(
        {
            "left_type": piece.types(left),
            "left_value": piece.values(left),
            "right_type": piece.types(right),
            "right_value": piece.values(right),
            "component_id": piece.components(component),
            "scope": piece.scopes_of(component),
            "first_seen": times(found.first),
            "last_seen": times(found.last),
            "record_count": found.records,
            "first_source": piece.sources(row),
            "first_record_id": piece.record_ids(row),
            "status": chosen(status.astype(np.int8), texts(LinkageStatus)),
            "rule": chosen(rule, texts(Rule), null=Rule.NONE),
        }
    )


TABLE = Table(
    name="linkages",
    one_for="strategy",
    about="a pair of identities that a record showed together",
    columns=_COLUMNS,
    key=("scope", "left_type", "left_value", "right_type", "right_value"),
    order="component, left identity, right identity, the strongest first",
    of_piece=of_piece,
)
