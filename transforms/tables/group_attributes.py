"""The tables `group_attributes/NAME`: what is known of groups of profiles."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.groups.form_groups import Formed
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Job
from idweave.transforms.tables.columns import chosen
from idweave.transforms.tables.plans import GroupPlan
from idweave.transforms.tables.table import Table, column

_COLUMNS = pa.schema(
    [
        column("group_id", pa.string(), "the group", stored="sorted_ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("profile_count", pa.int64(), "profiles that are in it", stored="numbers"),
    ]
)  # fmt: skip


def _plan_of(job: Job, name: str) -> GroupPlan:
    return next(of for plan in job.strategies for of in plan.groups if of.name == name)


def _attributes(job: Job, name: str) -> list[pa.Field]:
    """A column for each attribute of the groups."""
    return [
        column(rule.name, rule.column, f"attribute: {rule.rule}", null=True, personal=True)
        for rule in _plan_of(job, name).rules
    ]


def rows(
    formed: Formed, scope: Array, scopes: tuple[str, ...], attributes: Mapping[str, pa.Array]
) -> pa.Table:
    """The groups, in their order.

    Args:
        scope: [m] of the profiles that the groups were formed of.
        attributes: [g] by name.
    """
    begin = np.searchsorted(formed.group, np.arange(len(formed.ids)))
    return pa.table(
        {
            "group_id": id_texts(formed.ids),
            "scope": chosen(scope[formed.row[begin]], scopes),
            "profile_count": formed.sizes,
        }
        | dict(attributes)
    )


TABLE = Table(
    name="group_attributes",
    one_for="name",
    about="a group",
    columns=_COLUMNS,
    key=("group_id",),
    order="as `groups`",
    more="the attributes of the groups, in the order of the configuration",
    more_columns=_attributes,
)
