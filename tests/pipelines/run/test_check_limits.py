"""The configured checks, on a manifest written by hand."""

from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.errors import CheckFailed
from idweave.pipelines.run.check_limits import check_limits
from idweave.pipelines.settings.load import load
from tests.pipelines.running import write_config

BODY = {
    "sources": {"web": {"path": "in.jsonl", "identities": {"email": "email"}}},
    "identities": {"email": {}},
    "strategies": {"all": {"policy": "merge_all"}},
}
CHURN = {"live_in_base": 5, "merged": 2, "gone": 1, "erased": 2, "records_in_both": 99,
         "moved_records": 2}  # fmt: skip
CASES = [  # check, a limit that holds, one that doesn't, what is said
    ("max_quarantined_share", 0.01, 0.009, "1 of 101 records could not be read (0.0099)"),
    ("min_records", 100, 101, "only 100 were read"),
    ("max_profile_identities", 7, 6, "the largest profile of strategy all has 7 identities"),
    ("max_risky_profiles_share", 0.25, 0.2, "1 of 4 profiles of strategy all are risky (0.2500)"),
    ("max_ended_ids_share", 0.6, 0.5, "3 of 5 ids that were live in the base ended in strategy "
     "all (0.6000)"),
    ("max_moved_records_share", 0.03, 0.01, "2 of 99 records that both runs have changed their "
     "profile in strategy all (0.0202)"),
]  # fmt: skip


def checked(folder: Path, checks: dict[str, Any], churn: dict[str, int], read: int = 100) -> None:
    """Check a run of 101 records and four profiles; raises as `check_limits` does."""
    counts = {"largest_profile": 7, "profiles": 4, "risks": {"profiles": 1, "many_values": 1}}
    records = {"web": {"read": read, "quarantined": 1}}
    sources = {"records": records, "quarantine": {"web": {"not_json": 1}}}
    facts = {"counts": counts} | ({"churn": churn} if churn else {})
    settings = load(str(write_config(folder, BODY | {"checks": checks})))
    check_limits(settings, {"sources": sources, "strategies": {"all": facts}})


@pytest.mark.parametrize(("check", "holds", "broken", "said"), CASES)
def test_a_limit_holds_to_the_last_and_its_error_says_what_to_do(
    tmp_path: Path, check: str, holds: float, broken: float, said: str
) -> None:
    checked(tmp_path, {check: holds}, CHURN)
    with pytest.raises(CheckFailed) as error:
        checked(tmp_path, {check: broken}, CHURN)
    remedy = f"if that is right, launch again with --set checks.{check}=…"
    assert str(error.value) == f"checks.{check}: {broken}: {said}; {remedy}"


def test_churn_is_not_looked_at_without_a_base_and_comes_after_what_could_not_be_read(
    tmp_path: Path,
) -> None:
    none_may_end = {"max_ended_ids_share": 0.0, "max_moved_records_share": 0.0}
    checked(tmp_path, none_may_end, {})
    with pytest.raises(CheckFailed, match=r"sources\.web: none of its 1 records could be read"):
        checked(tmp_path, none_may_end, CHURN, read=0)
