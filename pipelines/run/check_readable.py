"""Fails a run one of whose sources could not be read at all."""

from collections.abc import Mapping
from typing import Any

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.settings import Settings

_REMEDIES = {
    "not_json": "where a record spans lines, or all are one array, set sources.{0}.format: json",
    "unreadable_time": "say how its times are written: sources.{0}.time: {{column, format, zone}}",
    "unknown_request": "map them: sources.{0}.request: {{column, map}}, or with unknown: default",
    "no_record_id": "name other columns, or sources.{0}.record_id: {{column, missing: hash}}",
    "wrong_column_count": "say how its cells are parted: sources.{0}.csv: {{delimiter}}",
}


def remedy(source: str, reason: str) -> str:
    """What to do about a source none of whose records can be read."""
    found = _REMEDIES.get(reason, "mend the source").format(source)
    return f"{found}, or set sources.{source}.allow_unreadable: true"


def check_readable(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Every source that has records must have one that could be read, unless it need not.

    Args:
        manifest: of the run that is about to be published.

    Raises:
        CheckFailed: naming the source, how many records it has and why most of them are left out.
    """
    sources = manifest["sources"]
    for name, source in settings.sources.items():
        counts = sources["records"][name]
        if counts["read"] or not counts["quarantined"] or source.allow_unreadable:
            continue
        reasons: dict[str, int] = sources["quarantine"][name]
        reason = max(reasons, key=lambda one: (reasons[one], one))
        raise CheckFailed(
            f"sources.{name}: none of its {counts['quarantined']:,} records could be read, "
            f"{reasons[reason]:,} because of {reason}; `idweave validate` shows what they look "
            f"like; {remedy(name, reason)}"
        )
