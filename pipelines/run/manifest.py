"""The manifest of a run: what went in, what came out, counted."""

import datetime
import importlib.metadata
from collections.abc import Mapping
from typing import Any

from idweave.pipelines.published.runs import FORMAT
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.settings import Settings, Source
from idweave.transforms.collect import Collected, StrategyFacts
from idweave.transforms.columnar.arrays.row_digest import add_digests
from idweave.transforms.job import OutputFile
from idweave.transforms.running.counts import SourceCounts
from idweave.transforms.tables.registry import TABLES

_OTHER_CASE = ("column", "key", "records")
_RECORDS = ("read", "outside", "filtered", "quarantined")


def make_manifest(
    settings: Settings, files: list[InputFile], asked: dict[str, Any], collected: Collected
) -> dict[str, Any]:
    """Everything about a run, for programs, but what its launch knows: id, moments, metrics."""
    return {
        "format": FORMAT,
        "ended_at": datetime.datetime.now(datetime.UTC).isoformat(),
        "code_version": importlib.metadata.version("idweave"),
        "configuration_sha256": settings.digest(),
        "configuration": settings.resolved(),
        "asked": asked,
        "inputs": [
            {"source": f.source, "path": f.path, "bytes": f.size, "digest": f.digest} for f in files
        ],
        "tables": _tables(collected.files),
        "sources": _sources(settings, files, collected.sources),
        "strategies": {name: _strategy(facts) for name, facts in collected.strategies.items()},
        "units": collected.units,
    }


def _tables(files: list[OutputFile]) -> list[dict[str, Any]]:
    """Rows and digest of each table of each strategy and platform."""
    tables: dict[tuple[str, str, str], tuple[int, tuple[int, int], int]] = {}
    for file in files:
        key = file.table, file.strategy, file.name
        rows, digest, count = tables.get(key, (0, (0, 0), 0))
        tables[key] = rows + file.rows, add_digests(digest, file.digest), count + 1
    return [
        {
            "table": table,
            "strategy": strategy or None,
            "name": name or None,
            "folder": TABLES[table].folder(name or strategy),
            "rows": rows,
            "files": count,
            "digest": f"{digest[0]:016x}{digest[1]:016x}",
        }
        for (table, strategy, name), (rows, digest, count) in sorted(tables.items())
    ]


def _strategy(facts: StrategyFacts) -> dict[str, Any]:
    """What became of records and identities under a strategy, by name."""
    records: dict[str, dict[str, dict[str, int]]] = {}
    for source, status, reason, n in facts.counts.records:
        records.setdefault(source, {}).setdefault(status, {})[reason] = n
    counts = {
        **facts.counts._asdict(),
        "records": records,
        "drops": dict(facts.counts.drops),
        "sums_too_large": dict(facts.counts.sums_too_large),
        "risks": dict(facts.counts.risks),
        "types": {name: [total, most] for name, total, most in facts.counts.types},
        "platforms": {name: of._asdict() for name, of in facts.counts.platforms},
    }
    churn = dict(counts.pop("churn"))
    decisions = dict(counts.pop("decisions"))
    groups = {name: of._asdict() for name, of in counts.pop("groups")}
    told = {"counts": counts, "rounds": facts.rounds, "edges": facts.edges}
    told |= {"groups": groups} if groups else {}
    told |= {"decisions": decisions} if decisions else {}
    return told | ({"churn": churn} if churn else {})


def _sources(
    settings: Settings, files: list[InputFile], counts: Mapping[str, SourceCounts]
) -> dict[str, Any]:
    """What was counted of each source: zeros where it has no records."""
    of = {name: counts.get(name, SourceCounts()) for name in settings.sources}
    missing = {}
    tells_late = {file.source for file in files if file.format in ("jsonl", "json")}
    for name in sorted(tells_late & set(settings.sources)):
        keys = _keys(settings.sources[name])
        if lacks := [column for column, values in of[name].column_values if not values]:
            missing[name] = {column: keys[column] for column in lacks}
    return {
        "records": {
            name: {key: getattr(found, key) for key in _RECORDS} for name, found in of.items()
        },
        "quarantine": {name: dict(found.quarantine) for name, found in of.items()},
        "refused_values": {name: dict(found.refused_values) for name, found in of.items()},
        "unfit_attribute_values": {
            name: dict(found.unfit_attribute_values) for name, found in of.items()
        },
        "columns_no_record_has": missing,
        "keys_in_other_case": {
            name: [dict(zip(_OTHER_CASE, told, strict=True)) for told in found.other_case]
            for name, found in of.items()
            if found.other_case
        },
    }


def _keys(source: Source) -> dict[str, list[str]]:
    """The configuration's keys that name each column of a source."""
    keys: dict[str, list[str]] = {}
    for key, column in source.named_columns():
        keys.setdefault(column, []).append(key)
    return keys
