"""The tables `audiences/NAME`: the profiles for which a condition holds."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.tables.columns import chosen, times
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "the profile", stored="sorted_ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("member_since", TIME, "the moment of the first run since which it has been a member "
               "in every run, along the bases", stored="numbers"),
    ]
)  # fmt: skip


def rows(ids: Array, scope: Ints, scopes: tuple[str, ...], since: Longs) -> pa.Table:
    """The members of an audience, in their order.

    Args:
        ids: [n, 2]
        since: [n] microseconds.
    """
    return pa.table(
        {
            "profile_id": id_texts(np.ascontiguousarray(ids)),
            "scope": chosen(scope, scopes),
            "member_since": times(since),
        }
    )


TABLE = Table(
    name="audiences",
    one_for="name",
    about="a profile that is in the audience",
    columns=_COLUMNS,
    key=("profile_id",),
    order="by ranges of the id, in a range by id",
)
