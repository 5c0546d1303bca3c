"""The tables `changes/…`: what to do to the base's table to get this run's."""

import pyarrow as pa

from idweave.transforms.tables.table import Table, column

CHANGEABLE = ("assignments", "identities", "profiles", "platforms", "audiences")
OF_PLATFORM = ("platforms",)  # tables of which a changed row is removed and added
OPS = ("insert", "update", "delete", "erase", "add", "remove")
LEFT_OUT = ("duplicate", "suppressed")  # statuses of `assignments` that no change tells of


def change_columns(columns: pa.Schema) -> pa.Schema:
    """The columns of `changes` of a table: any of them may be null, and what to do comes last."""
    op = column("op", pa.string(), "what to do: `insert`, `update` (same key: this row instead), "
                "`delete`, `erase` (all of the profile); platforms: `add`, `remove`",
                stored="names")  # fmt: skip
    return pa.schema([*(field.with_nullable(True) for field in columns), op])


def changes_of(table: Table) -> Table:
    """The table `changes/…` of a table."""
    return table._replace(
        name=f"changes/{table.name}",
        about=f"something to do to the base's `{table.name}`",
        columns=change_columns(table.columns),
        key=() if table.name in OF_PLATFORM else table.key,
        order="by file of the base, then of this run; in a file by its order",
        looked_up=(),
        more_columns=lambda job, name: [],
        of_piece=None,
    )
