"""What a run takes over of privacy: of the current run and of its base, whatever the command."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.published.current import current_run
from idweave.pipelines.published.parts import reading
from idweave.pipelines.run.base import Base, files_of, open_base
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.privacy.hashes import key_check
from idweave.transforms.exchange.store import open_file
from idweave.transforms.tables.requests import TABLE as REQUESTS
from idweave.transforms.tables.suppressions import TABLE as SUPPRESSIONS
from idweave.transforms.tables.table import plain

FINAL = ("completed", "not_found", "cancelled")


class TakenOver(NamedTuple):
    """What earlier runs did for people who asked."""

    runs: tuple[Base, ...]  # the base, then the current run; each once
    suppressions: pa.Table  # of all of them, a row once
    requests: pa.Table  # what became of requests: of each id one row


def take_over(
    settings: Settings, output: str, base: Base | None, key: bytes | None
) -> TakenOver | None:
    """Read it; None: the configuration has no `privacy`, and needs none.

    Raises:
        WrongUsage: the configuration would bring back what is suppressed.
        RunFailed: a run is damaged.
    """
    try:
        current = base if base and base.run_id == current_run(output) else open_base(output, None)
    except RunFailed:
        if settings.privacy is not None:
            raise
        return None  # nobody knows what it suppressed, and nobody asks
    runs = tuple({run.run_id: run for run in (base, current) if run is not None}.values())
    for run in runs:
        _check(run, settings, key)
    if settings.privacy is None:
        return None
    parts = [suppressions_of(run) for run in runs]
    answered = [_table(run, REQUESTS.name, REQUESTS.columns) for run in runs]
    suppressions = parts[0] if len(parts) == 1 else once(parts)  # one run's are so already
    return TakenOver(runs, suppressions, _first(answered))


def _first(parts: Sequence[pa.Table]) -> pa.Table:
    """Of each request the first row, those before others that are done for good."""
    rows = pa.concat_tables([plain(REQUESTS.columns).empty_table(), *parts])
    if len(parts) < 2:
        return rows  # of a run a request is one row
    done = pc.is_in(rows["status"], pa.array(FINAL)).to_numpy()
    rank = np.arange(len(done)) + len(done) * ~done
    ranked = pa.table({"request_id": rows["request_id"], "rank": rank})
    first = ranked.group_by("request_id").aggregate([("rank", "min")])["rank_min"].to_numpy()
    return rows.take(pa.array(np.sort(first % max(1, len(done)))))


def suppressions_of(run: Base) -> pa.Table:
    """The rows of `suppressions` of one run."""
    return _table(run, SUPPRESSIONS.name, SUPPRESSIONS.columns)


def done_before(taken: TakenOver) -> set[str]:
    """The ids of requests that no run looks at again."""
    done = pc.is_in(taken.requests["status"], pa.array(FINAL))
    return set(taken.requests.filter(done)["request_id"].to_pylist())


def once(parts: Sequence[pa.Table]) -> pa.Table:
    """The rows of suppressions, each once, in order."""
    empty = plain(SUPPRESSIONS.columns).empty_table()
    rows = pa.concat_tables([empty, *parts])
    names = list(SUPPRESSIONS.key)
    first = rows.append_column("place", pa.array(np.arange(rows.num_rows)))
    kept = first.group_by(names).aggregate([("place", "min")])["place_min"]
    return rows.take(kept).sort_by([(name, "ascending") for name in names])


def _table(run: Base | None, table: str, columns: pa.Schema) -> pa.Table:
    """A table of a run; without rows if it has none. Raises RunFailed."""
    schema = plain(columns)
    if run is None or (table, "") not in run.tables:
        return schema.empty_table()
    parts = [schema.empty_table()]
    for path, groups in files_of(run, table, ""):
        with reading(run.run_id, [path]), open_file(path) as file:
            parquet = pq.ParquetFile(file)
            for place in range(len(groups)):  # all at once takes twice the time
                rows = parquet.read_row_group(place, columns=schema.names, use_threads=False)
                parts.append(rows.cast(schema))
    return pa.concat_tables(parts)


def _check(run: Base, settings: Settings, key: bytes | None) -> None:
    """Whether what a run suppresses is still recognised. Raises WrongUsage."""
    told: Mapping[str, Any] = run.privacy
    if not told.get("suppressions") and not told.get("erased_ids"):
        return
    who = f"run {run.run_id} suppresses people who asked for it"
    if settings.privacy is None or key is None:
        raise WrongUsage(
            f"privacy: is missing, and {who}: without it they would be back; add it, with the "
            "same key"
        )
    if told["key_check"] != key_check(key):
        raise WrongUsage(
            f"privacy.key: {settings.privacy.key_}: not the key under which {who}; use that one"
        )
    for kind, steps in told["normalisers"].items():
        if kind not in settings.identities:
            raise WrongUsage(f"identities.{kind}: is missing, and {who} by this type; add it")
        now = list(settings.identities[kind].normalise)
        if now != steps:
            was = f"[{', '.join(steps)}]"
            raise WrongUsage(
                f"identities.{kind}.normalise: [{', '.join(now)}]: other normalisers than those "
                f"with which {who}; set {was}, or name the new way as a type of its own"
            )
