"""The closing summary of a run, read from its manifest."""

import datetime
from typing import Any, TextIO


def print_summary(manifest: dict[str, Any], log: TextIO) -> None:
    """Say what came in, what went out and what was left out, a strategy a line."""
    records = manifest["sources"].get("records", {})
    for source, counts in records.items():
        line = ", ".join(f"{counts[key]:,} {key}" for key in ("read", "quarantined", "outside"))
        log.write(f"source {source}: {line}\n")
    rows = {(t["table"], t["of"]): t["rows"] for t in manifest["tables"]}
    for name, facts in manifest["strategies"].items():
        log.write(f"strategy {name}: {_strategy(facts)}\n")
        for rule, count in _drops(manifest, facts["counts"]):
            log.write(f"  dropped, {rule}: {count:,}\n")
    for (table, of), count in rows.items():
        if table == "platforms":
            log.write(f"platform {of}: {count:,} profiles\n")
    seconds = _seconds(manifest)
    total = sum(counts["read"] for counts in records.values())
    metrics = manifest["metrics"]
    if metrics:  # not every runner has them
        log.write(
            f"{metrics.get('batches', 0):,} batches, {_bytes(metrics.get('bytes shuffled', 0))} "
            f"shuffled, largest component has {metrics.get('largest component', 0):,} identities\n"
        )
    log.write(
        f"{total:,} records in {seconds:.1f} s ({total / max(seconds, 0.001):,.0f} a second)\n"
    )


def _strategy(facts: dict[str, Any]) -> str:
    counts = facts["counts"]
    statuses: dict[str, int] = {}
    for by_status in counts.get("records", {}).values():
        for status, by_reason in by_status.items():
            statuses[status] = statuses.get(status, 0) + sum(by_reason.values())
    said = [f"{statuses[status]:,} {status}" for status in sorted(statuses)]
    profiles = counts.get("profiles", facts["components"])
    largest = counts.get("largest profile", counts.get("largest component", 0))
    said += [f"{profiles:,} profiles", f"largest has {largest:,} identities"]
    return ", ".join(said)


def _drops(manifest: dict[str, Any], counts: dict[str, Any]) -> list[tuple[str, int]]:
    """Dropped values by rule: those of the strategy, else those refused when read."""
    if "drops" in counts:
        return sorted(counts["drops"].items())
    refused: dict[str, int] = {}
    for by_rule in manifest["sources"].get("refused values", {}).values():
        for rule, count in by_rule.items():
            refused[rule] = refused.get(rule, 0) + count
    return sorted(refused.items())


def _seconds(manifest: dict[str, Any]) -> float:
    began, ended = (
        datetime.datetime.fromisoformat(manifest[key]) for key in ("started_at", "ended_at")
    )
    return (ended - began).total_seconds()


def _bytes(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"
