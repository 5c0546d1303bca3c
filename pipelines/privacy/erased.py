"""Which ids are erased: in the base, in the current run, or by this one; followers included."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.published.parts import reading
from idweave.pipelines.run.base import Base, files_of, pieces_of
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.lasting.id_texts import id_order
from idweave.transforms.columnar.lasting.remember import IdStatus
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import BasePiece, BasePlan, Job

_NONE = pa.table({"profile_id": pa.array([], pa.string())})
ERASED = "erased"  # pieces of `ids` of which only erased ones are read


def erased_before(runs: Sequence[Base]) -> pa.Table:
    """The ids that are erased in runs, under any strategy: profile_id, each once.

    Raises:
        RunFailed: a run is damaged.
    """
    found = [_NONE]
    for path, run in _files([run for run in runs if run.privacy.get("erased_ids")]):
        with reading(run.run_id, [path]), open_file(path) as file:
            parquet = pq.ParquetFile(file)
            for group in range(parquet.num_row_groups):
                status = parquet.read_row_group(group, columns=["status"], use_threads=False)
                is_erased = pc.equal(status["status"], IdStatus.ERASED.name.lower())
                if pc.any(is_erased).as_py():
                    ids = parquet.read_row_group(group, columns=["profile_id"], use_threads=False)
                    found.append(ids.filter(is_erased).cast(_NONE.schema))
    return each_once(pa.concat_tables(found))


def each_once(ids: pa.Table) -> pa.Table:
    """Each `profile_id` once, as it is first seen."""
    return pa.table({"profile_id": pc.unique(ids["profile_id"])})


def with_followers(base: Base | None, erased: pa.Table) -> Hashes:
    """[e, 2] ids, and those that follow them in the base under any strategy, in order.

    Raises:
        RunFailed: the base is damaged.
    """
    if erased.num_rows and base is not None:
        erased = _followers(base, erased)
    words = id_words(erased["profile_id"].combine_chunks().cast(pa.string()))
    return take_rows(words, id_order(words))


_FOLLOWERS = """
WITH RECURSIVE found(profile_id) AS (
    SELECT profile_id FROM erased
    UNION
    SELECT i.profile_id FROM {ids} i JOIN found ON i.current_id = found.profile_id
    WHERE i.status = 'merged'
)
SELECT profile_id FROM found
"""


def _files(runs: Sequence[Base]) -> list[tuple[str, Base]]:
    """The files of `ids` of runs, and whose each is."""
    return [
        (path, run)
        for run in runs
        for table, strategy in run.tables
        if table == "ids"
        for path, _ in files_of(run, table, strategy)
    ]


def _followers(base: Base, erased: pa.Table) -> pa.Table:
    """Ids, and those that follow them in the base."""
    from idweave.pipelines.published.database import as_table, database
    from idweave.pipelines.published.scan import scan

    paths = [path for path, _ in _files([base])]
    if not paths:
        return erased
    with reading(base.run_id, paths), database() as opened:
        opened.register("erased", erased)
        ids = scan(opened, "files of ids", paths)
        return as_table(opened, _FOLLOWERS.format(ids=ids))


def with_erased(job: Job, runs: Sequence[Base], strategy: str) -> Job:
    """The job in which erased ids never come back: every strategy looks its ids up.

    Args:
        runs: from which erased ids are taken over; the base, if there is one, is the first.
        strategy: keeps the erased ids of strategies that this run does not have.
    """
    if job.privacy is None or not job.privacy.erased:
        return job
    names = [plan.name for plan in job.strategies]
    keeper = strategy if strategy in names else names[0]
    erased: dict[str, list[BasePiece]] = {name: [] for name in names}
    for run in (run for run in runs if run.privacy.get("erased_ids")):
        for table, name in run.tables:
            if table == "ids":
                pieces = pieces_of(run, table, name, job.split_rows)
                erased[name if name in erased else keeper] += (
                    piece._replace(table=ERASED) for piece in pieces
                )
    none = BasePlan("", job.as_of, True, ())
    plans = []
    for plan in job.strategies:
        base = plan.base or none
        known = {(piece.path, piece.row_groups) for piece in base.pieces}
        more = [p for p in erased[plan.name] if (p.path, p.row_groups) not in known]
        plans.append(plan._replace(base=base._replace(pieces=(*base.pieces, *more))))
    return job._replace(strategies=tuple(plans))
