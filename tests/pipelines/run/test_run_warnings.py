"""Warnings of a run that is whole, and yet looks wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.run.base import Base
from idweave.pipelines.run.run_warnings import run_warnings
from idweave.transforms.columnar.profiles.listed_counts import appearances, two_largest
from idweave.transforms.columnar.profiles.profile_facts import Listed
from tests.pipelines.running import Run, write_config


def manifest(**more: Any) -> dict[str, Any]:
    records = {"web": {"read": 1000, "quarantined": 0}}
    counts = {"types": {"email": [1000, 5]}, "two_largest": [9, 5]}
    return {
        "base": None,
        "configuration": {"identities": {"email": {}}, "strategies": {"all": {}}},
        "strategies": {"all": {"counts": counts}},
        "sources": {"records": records},
        "tables": [{"table": table, "strategy": "all"} for table in ("identities", "ids")],
    } | more


def test_a_run_that_looks_right_has_no_warnings() -> None:
    assert run_warnings(manifest(), None, lasts=False) == []


@pytest.mark.parametrize(
    ("types", "largest", "said"),
    [
        ({"email": [1000, 21]}, [9, 5], "one value of email is on 21 of the 1,000 records that "
         "have one (2.1%, strategy all): junk that many share? see identities.email.blocked and "
         "strategies.all.hubs"),
        ({"email": [0, 0]}, [9, 5], "no profile has an identity of type email: is its column the "
         "right one?"),
        ({"email": [1000, 5]}, [50, 5], "the largest profile of strategy all has 50 identities, "
         "the next one 5: it may be several people"),
    ],
)  # fmt: skip
def test_what_looks_wrong_in_itself_is_told(
    types: dict[str, list[int]], largest: list[int], said: str
) -> None:
    strategies = {"all": {"counts": {"types": types, "two_largest": largest}}}
    assert run_warnings(manifest(strategies=strategies), None, lasts=False) == [said]


@pytest.mark.parametrize(
    ("types", "largest"),
    [({"email": [2100, 21]}, [9, 5]), ({"email": [100, 20]}, [49, 5]), ({}, []),
     ({"email": [5, 1]}, [50, 0])],
)  # fmt: skip
def test_what_is_at_the_limit_is_not_told(types: dict[str, list[int]], largest: list[int]) -> None:
    strategies = {"all": {"counts": {"types": types, "two_largest": largest}}}
    assert run_warnings(manifest(strategies=strategies), None, lasts=False) == []


def base_of(strategies: list[str], records: dict[str, dict[str, int]]) -> Base:
    return Base("one", 0, "", {}, frozenset(strategies), {}, {}, records)


def test_a_run_is_compared_with_its_base() -> None:
    before = {"web": {"read": 999, "quarantined": 1}, "crm": {"read": 5, "quarantined": 0}}
    records = {"web": {"read": 990, "quarantined": 10}, "crm": {"read": 0, "quarantined": 0},
               "new": {"read": 1, "quarantined": 1}}  # fmt: skip
    assert run_warnings(
        manifest(sources={"records": records}), base_of(["all"], before), lasts=False
    ) == [
        "source web: 1.00% of its records could not be read, 0.10% in the base",
        "source crm fell silent: no record, 5 in the base",
    ]


def test_strategies_that_one_of_run_and_base_lacks_are_told() -> None:
    """They are matched by name: what was renamed has no memory of its ids."""
    counts = manifest()["strategies"]["all"]
    now = manifest(strategies={"all": counts, "new": counts})
    assert run_warnings(now, base_of(["all", "old", "gone"], {}), lasts=False) == [
        "strategy new is not in the base, so its ids begin anew and nothing leads to them from ids "
        "that ended (the base has all, gone, old)",
        "strategy gone of the base is not in this run, whose ids a refresh on it will lack",
        "strategy old of the base is not in this run, whose ids a refresh on it will lack",
    ]
    asked = {"identities": {"email": {}}, "strategies": {"all": {}, "old": {}}}
    some = manifest(strategies={"all": counts}, configuration=asked)
    assert run_warnings(some, base_of(["all", "old"], {}), lasts=False) == []


def test_a_refresh_that_none_can_follow_is_told_at_once() -> None:
    assert run_warnings(manifest(), None, lasts=True) == []
    without_ids = manifest(tables=[{"table": "identities", "strategy": "all"}])
    assert run_warnings(without_ids, None, lasts=True) == [
        "tables: no ids (strategy all), so a refresh on this run does not know the ids that ended "
        "before it; add ids"
    ]
    quarantine = manifest(tables=[{"table": "quarantine"}])
    assert run_warnings(quarantine, None, lasts=True) == [
        "tables: no identities (strategy all), so no refresh can build on this run: ids would "
        "begin anew; add identities and ids"
    ]
    assert run_warnings(quarantine, None, lasts=False) == []


def test_appearances_are_counted_by_type_over_profiles() -> None:
    """Two profiles hold identity 1; identity 3 links nothing, so it is never the commonest."""
    none = np.zeros(5, np.int64)
    listed = Listed(np.array([0, 0, 1, 1, 2], np.int32), np.array([0, 1, 1, 2, 3], np.int32),
                    np.array([4, 2, 3, 1, 9]), none, none)  # fmt: skip
    total, most = appearances(listed, np.array([0, 0, 1, 1], np.int32), 3, 3)
    assert total.tolist() == [9, 10, 0]
    assert most.tolist() == [5, 1, 0]
    assert two_largest(listed.profile) == (2, 2)
    assert two_largest(np.zeros(3, np.int32)) == (3, 0)
    assert two_largest(np.zeros(0, np.int32)) == (0, 0)


def test_warnings_are_in_summary_manifest_answer_and_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"d{min(n, 30)}" for n in range(60)]
    table = pa.table({"id": [str(n) for n in range(60)], "device": rows, "email": [None] * 60})
    pq.write_table(table.cast(pa.schema([(n, pa.string()) for n in table.schema.names])),
                   tmp_path / "in.parquet")  # fmt: skip
    kinds = {"device": "device", "email": "email"}
    body = {"sources": {"web": {"path": "in.parquet", "record_id": "id", "identities": kinds}},
            "identities": {"device": {}, "email": {}},
            "strategies": {"all": {"policy": "merge_all"}}}  # fmt: skip
    config = write_config(tmp_path, body)
    out, page = tmp_path / "out", tmp_path / "page.html"
    assert main(["backfill", str(config), "--output", str(out), "--quiet", "--json"]) == 0
    told = capsys.readouterr()
    common, nobody = Run(out).manifest["warnings"]
    assert common.startswith("one value of device is on 30 of the 60 records that have one (50.0%")
    assert nobody.startswith("no profile has an identity of type email")
    assert told.err.splitlines() == [f"warning: {common}", f"warning: {nobody}"]
    assert json.loads(told.out)["warnings"] == [common, nobody]
    assert main(["report", str(out), "--output", str(page)]) == 0
    assert f"<b>Warning:</b> {common}" in page.read_text()
