"""The configured limits on what a run with a base changes."""

from typing import Any

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.settings import Checks


def check_churn(checks: Checks, strategies: dict[str, dict[str, Any]]) -> None:
    """Compare the churn of each strategy that has a base with the checks.

    Args:
        strategies: the manifest's.

    Raises:
        CheckFailed: naming the check, its value and what was found.
    """
    for name, facts in strategies.items():
        churn = facts.get("churn")
        if churn is None:
            continue
        live, ended = churn["live_in_base"], churn["merged"] + churn["gone"]
        _compare(name, "max_ended_ids_share", checks.max_ended_ids_share, ended, live,
                 "ids that were live in the base ended")  # fmt: skip
        _compare(name, "max_moved_records_share", checks.max_moved_records_share,
                 churn.get("moved_records", 0), churn.get("records_in_both", 0),
                 "records that both runs have changed their profile")  # fmt: skip


def _compare(
    strategy: str, check: str, limit: float | None, count: int, of: int, what: str
) -> None:
    if limit is not None and of and count / of > limit:
        raise CheckFailed(
            f"checks.{check}: {limit}: {count} of {of} {what} in strategy {strategy} "
            f"({count / of:.4f})"
        )
