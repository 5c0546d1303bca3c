"""The tables of the result: a new one is a module beside this one and a line here."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from idweave.transforms.job import ChangePlan, Job, StrategyPlan
from idweave.transforms.tables import (
    aliases,
    assignments,
    audiences,
    decisions,
    drops,
    evidence,
    group_attributes,
    groups,
    id_changes,
    identities,
    ids,
    linkages,
    observations,
    platforms,
    profiles,
    quarantine,
    requests,
    risks,
    suppressions,
)
from idweave.transforms.tables.changes import CHANGEABLE, change_columns, changes_of
from idweave.transforms.tables.plans import AudiencePlan, GroupPlan
from idweave.transforms.tables.row_hashes import Compared
from idweave.transforms.tables.table import Table

TABLES: dict[str, Table] = {
    module.TABLE.name: module.TABLE
    for module in (
        assignments,
        identities,
        profiles,
        linkages,
        observations,
        drops,
        evidence,
        aliases,
        ids,
        id_changes,
        risks,
        decisions,
        quarantine,
        platforms,
        audiences,
        groups,
        group_attributes,
        suppressions,
        requests,
    )
}


TABLES |= {f"changes/{name}": changes_of(TABLES[name]) for name in CHANGEABLE}


class OutputTable(NamedTuple):
    """One table of a run: of a strategy, of a platform, or of the run itself."""

    table: str
    strategy: str  # "": of no strategy
    name: str  # of the platform, say; "": the strategy's own
    schema: pa.Schema
    compared: Compared | None = None  # with the base's, by hashes of its rows
    owner_only: bool = False  # nobody but the run's user reads its files, where files have owners

    @property
    def folder(self) -> str:
        """Where its files are, from the folder of the run."""
        return TABLES[self.table].folder(self.name or self.strategy)


def output_of(job: Job, table: str, strategy: str = "") -> OutputTable:
    """One table of a strategy, or of the run."""
    return _output(job, table, strategy, "")


def _output(
    job: Job, table: str, strategy: str, name: str, columns: pa.Schema | None = None
) -> OutputTable:
    """A table with what its files tell of themselves beside their columns."""
    facts = {"run_id": job.run_id, "table": table, "strategy": strategy, "name": name}
    facts["order"] = TABLES[table].order
    told = {f"idweave.{key}": value for key, value in facts.items() if value}
    if columns is None:
        columns = TABLES[table].schema(job, name or strategy)
    places = {(plan.table, plan.strategy, plan.name): n for n, plan in enumerate(job.changes)}
    place = places.get((table, strategy, name))
    compared = None if place is None else compared_with(job, place)
    owner_only = job.privacy is not None
    return OutputTable(table, strategy, name, columns.with_metadata(told), compared, owner_only)


def compared_with(job: Job, change: int) -> Compared:
    """How one table is compared with the base's."""
    key = TABLES[job.changes[change].table].key
    return Compared(job.store, change, job.exchange_shards, key)


def of_strategy(job: Job, plan: StrategyPlan) -> Iterator[OutputTable]:
    """The tables of a strategy that were asked for, its platforms' too."""
    for table in TABLES.values():
        if table.one_for == "strategy" and table.name in job.tables and table.made_for(job):
            yield output_of(job, table.name, plan.name)
    for platform in plan.platforms:
        yield _output(job, platforms.TABLE.name, plan.name, platform.name)
    if audiences.TABLE.name in job.tables:
        for audience in plan.audiences:
            yield audience_output(job, plan, audience)
    for group in plan.groups:
        yield from group_outputs(job, plan, group)


def group_outputs(job: Job, plan: StrategyPlan, group: GroupPlan) -> Iterator[OutputTable]:
    """The tables of one kind of group that were asked for."""
    for table in (groups.TABLE.name, group_attributes.TABLE.name):
        if table in job.tables:
            yield _output(job, table, plan.name, group.name)


def audience_output(job: Job, plan: StrategyPlan, audience: AudiencePlan) -> OutputTable:
    """The table of one audience."""
    return _output(job, audiences.TABLE.name, plan.name, audience.name)


def changes_output(job: Job, plan: ChangePlan) -> OutputTable:
    """The table `changes/…` of one that is compared with the base's."""
    columns = change_columns(TABLES[plan.table].schema(job, plan.name or plan.strategy))
    return _output(job, f"changes/{plan.table}", plan.strategy, plan.name, columns)


def of_run(job: Job) -> Iterator[OutputTable]:
    """All tables of a run that were asked for, or are always written."""
    for table in TABLES.values():
        asked = table.always or table.name in job.tables
        if table.one_for == "run" and asked and table.made_for(job):
            yield output_of(job, table.name)
    for plan in job.strategies:
        yield from of_strategy(job, plan)
    for change in job.changes:
        yield changes_output(job, change)
