"""The configured checks: what a run must keep to be published."""

from collections.abc import Mapping
from typing import Any

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.published.figures import (
    Share,
    ended_ids,
    moved_records,
    quarantined,
    risky_profiles,
)
from idweave.pipelines.run.check_readable import check_readable
from idweave.pipelines.settings import Checks, Settings

Manifest = Mapping[str, Any]


def check_limits(settings: Settings, manifest: Manifest) -> None:
    """Compare a run that is about to be published with the configured checks.

    What was read comes first and churn last, as what could not be read changes all the rest.

    Raises:
        CheckFailed: the first that is broken, with its limit, what was found and the remedy.
    """
    checks = settings.checks
    _check_records(checks, manifest)
    _check_profiles(checks, manifest)
    check_readable(settings, manifest)
    _check_churn(checks, manifest)


def _check_records(checks: Checks, manifest: Manifest) -> None:
    records = list(manifest["sources"]["records"].values())
    unread, limit = quarantined(*records), checks.max_quarantined_share
    _check_share("max_quarantined_share", limit, unread, "records could not be read")
    read = sum(counts["read"] for counts in records)
    if checks.min_records is not None and read < checks.min_records:
        raise _broken("min_records", checks.min_records, f"only {read} were read")


def _check_profiles(checks: Checks, manifest: Manifest) -> None:
    strategies, most = manifest["strategies"], checks.max_profile_identities
    for name, facts in strategies.items():
        largest = facts["counts"]["largest_profile"]
        if most is not None and largest > most:
            found = f"the largest profile of strategy {name} has {largest} identities"
            raise _broken("max_profile_identities", most, found)
    for name, facts in strategies.items():
        limit, said = checks.max_risky_profiles_share, f"profiles of strategy {name} are risky"
        _check_share("max_risky_profiles_share", limit, risky_profiles(facts), said)


def _check_churn(checks: Checks, manifest: Manifest) -> None:
    for name, facts in manifest["strategies"].items():
        limit, said = checks.max_ended_ids_share, "ids that were live in the base ended"
        _check_share("max_ended_ids_share", limit, ended_ids(facts), f"{said} in strategy {name}")
        limit, said = checks.max_moved_records_share, "records that both runs have changed their"
        said = f"{said} profile in strategy {name}"
        _check_share("max_moved_records_share", limit, moved_records(facts), said)


def _check_share(check: str, limit: float | None, share: Share | None, said: str) -> None:
    if limit is not None and share is not None and share.value > limit:
        found = f"{share.part} of {share.whole} {said} ({share.value:.4f})"
        raise _broken(check, limit, found)


def _broken(check: str, limit: float, found: str) -> CheckFailed:
    remedy = f"if that is right, launch again with --set checks.{check}=…"
    return CheckFailed(f"checks.{check}: {limit}: {found}; {remedy}")
