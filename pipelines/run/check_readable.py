"""Fails a run one of whose sources could not be read at all."""

from typing import Any

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.settings import Settings


def check_readable(settings: Settings, manifest: dict[str, Any]) -> None:
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
            f"like; mend the source, or set sources.{name}.allow_unreadable: true"
        )
