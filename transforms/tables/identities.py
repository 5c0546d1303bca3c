"""The table `identities`: which profile holds which identity."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.tables.columns import coded, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("identity_type", pa.string(), "the type, as configured", stored="names"),
        column("identity_value", pa.string(), "the value, as normalised", personal=True),
        column("profile_id", pa.string(), "the profile that holds it", stored="ids"),
        column("component_id", pa.string(), "the component that the profile is made of", null=True,
               stored="sorted_ids"),
        column("scope", pa.string(), "the profile's scope", stored="names"),
        column("linked", pa.bool_(), "whether its type is in the strategy's `link_on`"),
        column("first_seen", TIME, "event time of the profile's first record that carries it",
               null=True, stored="numbers"),
        column("last_seen", TIME, "event time of the last one", null=True, stored="numbers"),
        column("record_count", pa.int64(), "how many of the profile's records carry it",
               stored="numbers"),
    ]
)  # fmt: skip


class IdentityRows(NamedTuple):
    """``n`` identities of profiles."""

    type: pa.Array
    value: pa.Array
    profile: pa.Array
    component: pa.Array
    scope: pa.Array
    linked: Flags
    first: Longs  # NO_SEEN: none
    last: Longs  # NO_TIME: none
    records: Longs


def rows(of: IdentityRows) -> pa.Table:
    """The rows of some identities, in their order."""
    return pa.table(
        {
            "identity_type": of.type,
            "identity_value": of.value,
            "profile_id": of.profile,
            "component_id": of.component,
            "scope": of.scope,
            "linked": pa.array(of.linked),
            "first_seen": times(of.first),
            "last_seen": times(of.last),
            "record_count": np.asarray(of.records, np.int64),
        }
    )


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """What the profiles of a piece list."""
    listed = piece.listed
    place = piece.piece.place[listed.identity]
    component = piece.resolution.profile_component[listed.profile]
    return rows(
        IdentityRows(
            type=piece.types(place),
            value=piece.values(place),
            profile=coded(listed.profile, piece.profile_ids),
            component=piece.components(component),
            scope=piece.scopes_of(component),
            linked=piece.linked,
            first=listed.first,
            last=listed.last,
            records=listed.records,
        )
    )


TABLE = Table(
    name="identities",
    one_for="strategy",
    about="an identity that a profile lists",
    columns=_COLUMNS,
    key=("identity_type", "identity_value", "profile_id"),
    looked_up=("identity_value", "profile_id"),
    order="component, then profile as in `profiles`; of a profile the linked ones, the strongest "
    "first (type by `link_on`, then value), then the others. Where components are profiles and "
    "only `assignments`, `identities` and `drops` are asked for: the unit of work that owns "
    "them, in no stated order there",
    of_piece=of_piece,
)
