"""The command `privacy check`: what published runs still hold of people who asked for erasure."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.privacy.erased import erased_before
from idweave.pipelines.privacy.suppressed import lists_of, without_lifted
from idweave.pipelines.privacy.taken_over import suppressions_of, take_over
from idweave.pipelines.published.list_runs import NO_MANIFEST, all_run_ids, without_manifest
from idweave.pipelines.published.parts import reading
from idweave.pipelines.published.run_tables import RunTables, find_run
from idweave.pipelines.run.base import open_base
from idweave.pipelines.run.read_secret import read_secret
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.privacy.find_listed import listed_ids
from idweave.transforms.columnar.privacy.search import Search
from idweave.transforms.views.search_file import search_file

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
    hashes = set(taken.suppressions["hash"].to_pylist()) if known.all_runs else set()
    knows = partial(_knows, output, current.run_id, hashes)
    for folder in without_manifest(output) if known.all_runs else ():
        raise RunFailed(f"{folder}: {NO_MANIFEST}: nobody knows what it shows")
    runs = sorted(all_run_ids(output)) if known.all_runs else [current.run_id]
    hits = [
        hit for run_id in runs for hit in _hits(find_run(output, run_id), search, knows(run_id))
    ]
    _tell(hits, runs, known.json)
    return _FOUND if hits else 0


def _knows(output: str, current: str, hashes: set[str], run_id: str) -> bool:
    """Whether a run suppresses all that the current one does."""
    run = None if run_id == current else open_base(output, run_id)
    return run is None or hashes <= set(suppressions_of(run)["hash"].to_pylist())


def _hits(run: RunTables, search: Search, knows: bool) -> Iterator[Hit]:
    """What one run shows, by table and column."""
    for of in run.manifest["tables"]:
        shown: Counter[str] = Counter()
        for path in run.files(of["folder"]):
            with reading(run.run_id, [path]):
                shown.update(search_file(path, of["table"], search, knows).shown)
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
