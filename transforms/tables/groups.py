"""The tables `groups/NAME`: profiles that have a value in common."""

import pyarrow as pa

from idweave.transforms.columnar.groups.form_groups import Formed
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.tables.columns import chosen, coded
from idweave.transforms.tables.table import Table, column

_COLUMNS = pa.schema(
    [
        column("group_id", pa.string(), "the group: 32 hexadecimal digits; it does not last",
               stored="sorted_ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("profile_id", pa.string(), "a profile that is in it", stored="ids"),
    ]
)  # fmt: skip


def rows(formed: Formed, profile: Array, scope: Array, scopes: tuple[str, ...]) -> pa.Table:
    """The profiles of groups, in their order.

    Args:
        profile, scope: [m] of the profiles that the groups were formed of.
    """
    return pa.table(
        {
            "group_id": coded(formed.group, id_texts(formed.ids)),
            "scope": chosen(scope[formed.row], scopes),
            "profile_id": id_texts(profile[formed.row]),
        }
    )


TABLE = Table(
    name="groups",
    one_for="name",
    about="a profile that is in a group",
    columns=_COLUMNS,
    key=("profile_id",),
    order="by group (by an attribute: ranges of its id; by an identity type: in each of some "
    "ranges of rows), then profile",
)
