"""The first half of sympy's history, then all of it: which ids last, and what moves."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.run.test_real_input import DATA, IDENTITIES, people
from tests.pipelines.running import Run, RunFolder, write_config


@pytest.mark.slow
def test_ids_last_from_the_first_half_of_a_history_to_all_of_it(tmp_path: Path) -> None:
    events = pq.read_table(DATA / "events.parquet")
    pq.write_table(events.slice(0, 30_000), tmp_path / "part-0.parquet")
    sources = {
        role: people(role) | {"path": "part-*.parquet", "duplicates": "drop"}
        for role in ("author", "committer")
    }
    body = {
        "sources": sources,
        "identities": IDENTITIES,
        "strategies": {"people": {"policy": "merge_all"}},
        "tables": ["assignments", "identities", "ids", "id_changes"],
    }
    arguments = [str(write_config(tmp_path, body)), "--output", str(tmp_path / "out")]
    assert main(["refresh", *arguments, "--run-id", "half"]) == 0
    pq.write_table(events.slice(30_000), tmp_path / "part-1.parquet")
    assert main(["refresh", *arguments, "--run-id", "all"]) == 0
    half, run = RunFolder(tmp_path / "out/runs/run_id=half"), Run(tmp_path / "out")
    churn = run.manifest["strategies"]["people"]["churn"]
    assert churn == {
        "live_in_base": 683, "kept": 682, "merged": 1, "gone": 0, "erased": 0,
        "created": 892, "split": 0, "revived": 0, "records_in_both": 60_000, "moved_records": 16,
    }  # fmt: skip
    before = {
        (r["source"], r["record_id"]): r["profile_id"] for r in half.rows("assignments", "people")
    }
    moved = [
        row
        for row in run.rows("changes/assignments", "people")
        if row["op"] == "update" and before[row["source"], row["record_id"]] != row["profile_id"]
    ]
    assert len(moved) == churn["moved_records"]
