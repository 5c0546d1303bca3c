"""The command `privacy check`: what published runs still hold of people who asked for erasure."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.privacy.erased import erased_before
from idweave.pipelines.privacy.suppressed import lists_of, without_lifted
from idweave.pipelines.privacy.taken_over import suppressions_of, take_over
from idweave.pipelines.published.list_runs import all_run_ids
from idweave.pipelines.published.run_tables import RunTables, find_run
from idweave.pipelines.run.base import Base, open_base
from idweave.pipelines.run.read_secret import read_secret
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.privacy.find_listed import listed_ids
from idweave.transforms.columnar.privacy.search import Search, columns_of, find_people
from idweave.transforms.exchange.store import open_file

_FOUND = 3  # exit status


class Hit(NamedTuple):
    """What one column of a table of a run shows."""

    run_id: str
    table: str  # its folder
    column: str
    rows: int


def check(known: argparse.Namespace, settings: Settings) -> int:
    """Search the current run, or all, and say what was found; exit status 3 if anything was.

    Raises:
        WrongUsage: no `privacy`, no current run, or another key than that of the run.
    """
    output = known.folder.rstrip("/") or "/"
    if settings.privacy is None:
        raise WrongUsage(f"privacy: {known.config}: is missing; check is about its requests")
    key = read_secret("privacy.key", settings.privacy.key_)
    taken = take_over(settings, output, None, key)
    if taken is None or not taken.runs:
        raise WrongUsage(f"{output}: no run in this folder is current; `idweave runs` lists them")
    (current,) = taken.runs
    suppressions = without_lifted(key, taken.suppressions)
    nobody = pa.array([], pa.string())
    records, identities = lists_of(suppressions, nobody, settings.privacy.accept_new)
    ids = erased_before([current])["profile_id"].combine_chunks()
    types = tuple(current.privacy.get("normalisers", {}))
    search = Search(key, types, identities, records, listed_ids(id_words(ids)))
    runs = sorted(all_run_ids(output)) if known.all_runs else [current.run_id]
    hits = [
        hit
        for run_id in runs
        for hit in _hits(find_run(output, run_id), search, _knows(output, run_id, current))
    ]
    _tell(hits, runs, known.json)
    return _FOUND if hits else 0


def _knows(output: str, run_id: str, current: Base) -> bool:
    """Whether a run suppresses all that the current one does."""
    run = open_base(output, run_id)
    if run is None or run_id == current.run_id:
        return True
    hashes = set(suppressions_of(current)["hash"].to_pylist())
    return hashes <= set(suppressions_of(run)["hash"].to_pylist())


def _hits(run: RunTables, search: Search, knows: bool) -> Iterator[Hit]:
    """What one run shows, by table and column."""
    for of in run.manifest["tables"]:
        shown: Counter[str] = Counter()
        for path in run.files(of["folder"]):
            with open_file(path) as file:
                parquet = pq.ParquetFile(file)
                columns = columns_of(of["table"], parquet.schema_arrow.names, search)
                for group in range(parquet.num_row_groups if columns else 0):
                    rows = parquet.read_row_group(group, columns=columns).combine_chunks()
                    shown.update(find_people(of["table"], rows, search, knows))
        for column, rows_found in sorted(shown.items()):
            yield Hit(run.run_id, of["folder"], column, rows_found)


def _tell(hits: list[Hit], runs: list[str], as_json: bool) -> None:
    if as_json:
        body: dict[str, Any] = {"runs": runs, "hits": [hit._asdict() for hit in hits]}
        say(json.dumps(body, indent=2))
        return
    for hit in hits:
        rows = "row" if hit.rows == 1 else "rows"
        say(f"run {hit.run_id}: {hit.table}: {hit.column}: {hit.rows:,} {rows}")
    found = sorted({hit.run_id for hit in hits})
    if found:
        say(f"{len(found)} of {len(runs)} runs show people who are erased; `idweave prune` removes "
            "runs")  # fmt: skip
    else:
        say(f"{len(runs)} run{'' if len(runs) == 1 else 's'}: nobody who is erased is shown")
