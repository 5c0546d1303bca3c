"""The table `id_changes`: what this run did to ids."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.lasting.remember import ChangeRows, IdChange
from idweave.transforms.job import Job
from idweave.transforms.tables.columns import chosen
from idweave.transforms.tables.ids import ids_or_null, moments, named
from idweave.transforms.tables.table import TIME, Table, column

_CHANGES = tuple(change.name.lower() for change in IdChange)
_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "the id", stored="sorted_ids"),
        column("scope", pa.string(), "the scope of its profile", stored="names"),
        column("change", pa.string(), "`created`, `split`, `revived`, `merged`, `gone` or "
               "`erased`", stored="names"),
        column("other_id", pa.string(), "`merged`: the id that it follows; `split`, `revived`: the "
               "id that its profile claimed first", null=True, stored="ids"),
        column("run_id", pa.string(), "this run", stored="names"),
        column("changed_at", TIME, "the moment that the run stands for", stored="numbers"),
    ]
)  # fmt: skip


def rows(of: ChangeRows, names: pa.Array, job: Job) -> pa.Table:
    """The rows of some changes, in their order.

    Args:
        names: of scopes.
    """
    size = len(of.change)
    return pa.table(
        {
            "profile_id": id_texts(of.id),
            "scope": named(of.scope, names),
            "change": chosen(of.change, _CHANGES),
            "other_id": ids_or_null(of.other, of.has_other),
            "run_id": chosen(np.zeros(size, np.int32), (job.run_id,)),
            "changed_at": moments(np.full(size, job.as_of, np.int64)),
        }
    )


TABLE = Table(
    name="id_changes",
    one_for="strategy",
    about="what the run did to an id",
    columns=_COLUMNS,
    key=("profile_id",),
    order="as `ids`",
)
