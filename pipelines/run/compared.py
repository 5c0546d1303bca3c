"""Which tables are compared with the base's, and why others are not."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.run.base import Base, files_of
from idweave.pipelines.settings import Settings
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import BasePiece, ChangePlan, Job, StrategyPlan
from idweave.transforms.tables.registry import TABLES, OutputTable, of_strategy

_APPEAR = ("platforms", "audiences")  # all of one that the base lacks is new
_RECORDS = "assignments"


def compare_with(job: Job, base: Base | None, settings: Settings) -> tuple[Job, dict[str, str]]:
    """The job with the tables that it compares, and why others are not, by folder.

    Raises:
        RunFailed: files of the base are missing.
    """
    if base is None:
        return job, {}
    plans: list[ChangePlan] = []
    left_out: dict[str, str] = {}
    for output, plan in _wanted(job, settings):
        name = output.name or output.strategy
        if plan.base is None:
            left_out[output.folder] = f"base run {base.run_id} has no strategy {plan.name}"
            continue
        if output.table == _RECORDS and any(
            source.duplicates == "keep" for source in settings.sources.values()
        ):
            left_out[output.folder] = "a source says `duplicates: keep`, so records have no key"
            continue
        files = []
        if (output.table, name) in base.tables:
            files = files_of(base, output.table, name)
        elif output.table not in _APPEAR:
            left_out[output.folder] = f"base run {base.run_id} has no such table"
            continue
        if files and not _same_columns(output.schema, files[0][0]):
            left_out[output.folder] = f"base run {base.run_id} has other columns there"
            continue
        pieces = tuple(
            BasePiece(output.table, path, (group,))
            for path, groups in files
            for group in range(len(groups))
        )
        plans.append(ChangePlan(output.table, output.strategy, output.name, pieces))
    return job._replace(changes=tuple(plans)), left_out


def _wanted(job: Job, settings: Settings) -> Iterator[tuple[OutputTable, StrategyPlan]]:
    """The tables that are to be compared, where their strategy has a base."""
    asked = set(settings.changes if settings.changes is not None else settings.tables)
    for plan in job.strategies:
        for output in of_strategy(job, plan):
            if f"changes/{output.table}" in TABLES and output.table in asked:
                yield output, plan


def _same_columns(schema: pa.Schema, path: str) -> bool:
    with open_file(path) as file:
        found = pq.read_schema(file)
    return [(f.name, f.type) for f in found] == [(f.name, f.type) for f in schema]
