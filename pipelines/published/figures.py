"""What checks limit and reports draw: each figure of a run is read from its manifest here alone."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

ENDED_IDS = ("merged", "gone", "erased")  # what became of ids that were live in the base
NEW_IDS = ("created", "split", "revived")
_ENDED_BY_ITSELF = ("merged", "gone")  # what is erased was asked for

Counts = Mapping[str, int]


class Share(NamedTuple):
    """A part of a whole, counted."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """From 0 to 1; of none: 0."""
        return self.part / max(1, self.whole)


def quarantined(*sources: Counts) -> Share:
    """Of the records of some sources, those that could not be read."""
    count = sum(counts["quarantined"] for counts in sources)
    return Share(count, count + sum(counts["read"] for counts in sources))


def ended_ids(strategy: Mapping[str, Any]) -> Share | None:
    """Of the ids that were live in the base, those that ended unasked; None: there is no base."""
    if (churn := strategy.get("churn")) is None:
        return None
    return Share(sum(churn[key] for key in _ENDED_BY_ITSELF), churn["live_in_base"])


def moved_records(strategy: Mapping[str, Any]) -> Share | None:
    """Of the records that the base has, too, those of another profile; None: nobody compared."""
    churn = strategy.get("churn", {})
    if "records_in_both" not in churn:
        return None
    return Share(churn["moved_records"], churn["records_in_both"])


def risky_profiles(strategy: Mapping[str, Any]) -> Share | None:
    """Of the profiles, those with a risk; None: nobody looked for risks."""
    counts = strategy["counts"]
    risks = counts.get("risks")
    return Share(risks["profiles"], counts["profiles"]) if risks else None


def shares(
    strategies: Mapping[str, Any], figure: Callable[[Mapping[str, Any]], Share | None]
) -> dict[str, float]:
    """A figure of each strategy that has it.

    Args:
        strategies: the manifest's.
    """
    found = {name: figure(facts) for name, facts in strategies.items()}
    return {name: share.value for name, share in found.items() if share is not None}
