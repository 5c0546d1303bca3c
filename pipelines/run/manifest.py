"""The manifest of a run: what went in, what came out, counted; and the configured checks."""

import datetime
import importlib.metadata
from typing import Any, NamedTuple

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.settings import Checks, Settings, Source
from idweave.transforms.columnar.arrays.row_digest import add_digests
from idweave.transforms.job import Part


class Collected(NamedTuple):
    """What the stages counted and wrote, see `transforms/collect.py`."""

    counts: list[list[Any]]
    strategies: dict[str, dict[str, Any]]
    units: int
    parts: list[Part]


def make_manifest(
    run_id: str,
    began: float,
    settings: Settings,
    files: list[InputFile],
    asked: dict[str, Any],
    collected: Collected,
    metrics: dict[str, int],
) -> dict[str, Any]:
    """Everything about a run, for programs; the times are all that differs between two runs."""
    return {
        "run_id": run_id,
        "started_at": _iso(began),
        "ended_at": _iso(datetime.datetime.now(datetime.UTC).timestamp()),
        "code_version": importlib.metadata.version("idweave"),
        "configuration_sha256": settings.digest(),
        "configuration": settings.resolved(),
        "asked": asked,
        "inputs": [
            {"source": f.source, "path": f.path, "bytes": f.size, "digest": f.digest} for f in files
        ],
        "tables": _tables(collected.parts),
        "sources": _sources(settings, files, collected.counts),
        "strategies": {
            name: {**facts, "counts": _tree(facts["counts"])}
            for name, facts in collected.strategies.items()
        },
        "units": collected.units,
        "metrics": metrics,
    }


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


def _tables(parts: list[Part]) -> list[dict[str, Any]]:
    """Rows and digest of each table and strategy."""
    tables: dict[tuple[str, str], tuple[int, tuple[int, int], int]] = {}
    for part in parts:
        rows, digest, count = tables.get((part.table, part.of), (0, (0, 0), 0))
        digest = add_digests(digest, (part.digest[0], part.digest[1]))
        tables[part.table, part.of] = rows + part.rows, digest, count + 1
    return [
        {"table": table, "of": of, "rows": rows, "files": count,
         "digest": f"{digest[0]:016x}{digest[1]:016x}"}
        for (table, of), (rows, digest, count) in sorted(tables.items())
    ]  # fmt: skip


def _sources(settings: Settings, files: list[InputFile], counts: list[list[Any]]) -> dict[str, Any]:
    """What was counted of each source: zeros where it has no records."""
    tree = _tree(counts)
    records, found = tree.get("records", {}), tree.pop("columns", {})
    none = {"read": 0, "outside": 0, "filtered": 0, "quarantined": 0}
    tree["records"] = {name: records.get(name, none) for name in settings.sources}
    tree["columns no record has"] = missing = {}
    for name in sorted({file.source for file in files if file.format in ("json", "jsonl")}):
        keys = _keys(settings.sources[name])
        if lacks := [column for column, values in found.get(name, {}).items() if not values]:
            missing[name] = {column: keys[column] for column in lacks}
    return tree


def _keys(source: Source) -> dict[str, list[str]]:
    """The configuration's keys that name each column of a source."""
    keys: dict[str, list[str]] = {}
    for key, column in source.named_columns():
        keys.setdefault(column, []).append(key)
    return keys


def _tree(counts: list[list[Any]]) -> dict[str, Any]:
    """`[a, b, n]` becomes `{a: {b: n}}`."""
    tree: dict[str, Any] = {}
    for *names, count in counts:
        inner = tree
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
        inner[names[-1]] = count
    return tree


def total(counts: list[list[Any]], *names: str) -> int:
    """The sum of the counts whose name begins and ends so, `*` standing for anything."""
    return sum(
        count
        for *parts, count in counts
        if len(parts) == len(names)
        and all(want in ("*", part) for want, part in zip(names, parts, strict=True))
    )


def check(checks: Checks, collected: Collected) -> None:
    """Compare the run with the configured checks.

    Raises:
        CheckFailed: naming the check, its value and what was found.
    """
    quarantined = total(collected.counts, "records", "*", "quarantined")
    read = total(collected.counts, "records", "*", "read")
    share = quarantined / max(1, read + quarantined)
    if checks.max_quarantined_share is not None and share > checks.max_quarantined_share:
        raise CheckFailed(
            f"checks.max_quarantined_share: {checks.max_quarantined_share}: {quarantined} of "
            f"{read + quarantined} records could not be read ({share:.4f})"
        )
    if checks.min_records is not None and read < checks.min_records:
        raise CheckFailed(f"checks.min_records: {checks.min_records}: only {read} were read")
    if checks.max_profile_identities is not None:
        for name, facts in collected.strategies.items():
            largest = largest_profile(facts["counts"])
            if largest > checks.max_profile_identities:
                raise CheckFailed(
                    f"checks.max_profile_identities: {checks.max_profile_identities}: the largest "
                    f"profile of strategy {name} has {largest} identities"
                )


def largest_profile(counts: list[list[Any]]) -> int:
    """Identities of the largest profile: where the component is the profile, of that."""
    by_name = {tuple(names): count for *names, count in counts}
    return int(by_name.get(("largest profile",), by_name.get(("largest component",), 0)))
