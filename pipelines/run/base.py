"""The base of a run: an earlier run in the same folder, from which ids last."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.log import Log
from idweave.pipelines.published.current import current_run, names_no_run
from idweave.pipelines.published.list_runs import all_run_ids
from idweave.pipelines.published.parts import REMEDY, Part, parts_of
from idweave.pipelines.published.runs import exists, read_manifest, run_folder
from idweave.pipelines.run.shards_and_rounds import with_base_of
from idweave.pipelines.settings.values import microseconds
from idweave.transforms.job import BasePiece, BasePlan, Job
from idweave.transforms.tables.plans import AudiencePlan

_ELSE = "take another run by --base RUN_ID, or begin new ids by backfill"


class Base(NamedTuple):
    """A published run, as far as this run builds on it."""

    run_id: str
    as_of: int  # microseconds
    folder: str
    tables: dict[tuple[str, str], dict[str, Any]]  # the manifest's, by (table, name)
    strategies: frozenset[str]
    privacy: dict[str, Any]  # what the manifest tells of it
    configuration: dict[str, Any]
    records: dict[str, dict[str, int]]  # of each source, as the manifest counts them


def open_base(output: str, run_id: str | None) -> Base | None:
    """Find the base: the run that is named, else the current one, else none.

    Raises:
        WrongUsage: there is no such run.
        RunFailed: it is damaged, or no run of this project.
    """
    named = run_id is not None
    run_id = run_id if named else current_run(output)
    if run_id is None:
        return None
    folder = run_folder(output, run_id)
    manifest = read_manifest(output, run_id)
    if manifest is None and named:
        raise WrongUsage(f"--base: {shown(run_id)}: no such run in {output}/runs; see idweave runs")
    if manifest is None:
        raise names_no_run(output, run_id)
    tables = {(t["table"], t.get("name") or t.get("strategy") or t.get("of") or ""): t
              for t in manifest["tables"]}  # fmt: skip
    return Base(
        run_id=run_id,
        as_of=microseconds(manifest.get("as_of") or manifest["started_at"]),
        folder=folder,
        tables=tables,
        strategies=frozenset(manifest["strategies"]),
        privacy=manifest.get("privacy") or {},
        configuration=manifest.get("configuration") or {},
        records=manifest.get("sources", {}).get("records", {}),
    )


def say_new_ids(output: str, lasts: bool, log: Log) -> None:
    """Tell, before a run without a base, that ids begin anew in a folder that has runs.

    Args:
        lasts: whether it would have a base if a run were current.
    """
    if not lasts and exists(f"{output}/current.json"):
        log.lines([f"{output} has runs already: backfill begins new ids, refresh keeps the old"])
    if lasts and all_run_ids(output):
        log.warn(
            f"{output}: runs are published but none is current, so this one begins new ids; to "
            "keep the old: --base RUN_ID, or `idweave runs DIR --make-current RUN_ID` before"
        )


def on_base(job: Job, base: Base | None, run_id: str, as_of: int) -> Job:
    """The job with what it takes from the base.

    Raises:
        RunFailed: the base lacks a table that it must have, or files of it.
    """
    plans = tuple(
        plan._replace(
            base=_plan(base, plan.name, job.split_rows),
            audiences=tuple(_audience(base, plan.name, audience) for audience in plan.audiences),
        )
        if base is not None and plan.name in base.strategies
        else plan
        for plan in job.strategies
    )
    rows = max((table["rows"] for table in base.tables.values()), default=0) if base else 0
    return job._replace(
        strategies=plans,
        run_id=run_id,
        as_of=as_of,
        exchange_shards=with_base_of(job.exchange_shards, rows),
    )


def _plan(base: Base, strategy: str, most_rows: int) -> BasePlan:
    if ("identities", strategy) not in base.tables:
        raise RunFailed(
            f"base run {base.run_id}: has no table `identities` of strategy {strategy}, which says "
            f"whose ids are whose; {_ELSE}"
        )
    has_ids = ("ids", strategy) in base.tables
    pieces: list[BasePiece] = []
    for table in ("identities", "ids") if has_ids else ("identities",):
        pieces += pieces_of(base, table, strategy, most_rows)
    return BasePlan(base.run_id, base.as_of, has_ids, tuple(pieces))


def pieces_of(base: Base, table: str, strategy: str, most_rows: int) -> list[BasePiece]:
    """A table of the base in pieces of some rows. Raises RunFailed as `files_of` does."""
    return [
        BasePiece(table, path, rows)
        for path, groups in files_of(base, table, strategy)
        for rows in _split(groups, most_rows)
    ]


def _audience(base: Base, strategy: str, audience: AudiencePlan) -> AudiencePlan:
    """An audience with the files in which the base has it, if it is of the same strategy there."""
    told = base.tables.get(("audiences", audience.name))
    if told is None or told["strategy"] != strategy:
        return audience
    files = files_of(base, "audiences", audience.name)
    return audience._replace(base=tuple(path for path, _ in files))


def files_of(base: Base, table: str, name: str) -> list[Part]:
    """The files of a table of the base.

    Raises:
        RunFailed: not all rows that its manifest tells of are there.
    """
    remedy = REMEDY if base.privacy else f"{REMEDY}, or begin new ids by backfill"
    return parts_of(base.folder, base.tables[table, name], base.run_id, remedy)


def _split(groups: Sequence[int], most_rows: int) -> list[tuple[int, ...]]:
    """Row groups one after another, as many at once as make some `most_rows` rows."""
    out: list[tuple[int, ...]] = []
    taken: list[int] = []
    rows = 0
    for place, size in enumerate(groups):
        if taken and rows + size > most_rows:
            out.append(tuple(taken))
            taken, rows = [], 0
        taken.append(place)
        rows += size
    return [*out, tuple(taken)] if taken else out
