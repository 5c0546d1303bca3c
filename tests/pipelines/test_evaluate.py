"""Precision and recall over pairs of records, on examples small enough to count by hand."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.evaluate import Evaluation, evaluate, find_pair, main
from tests.pipelines.running import backfill

SOURCES = {"e": "events", "c": "crm"}
TRUTH = pa.schema(
    {"source": pa.string(), "record_id": pa.string(), "person_id": pa.int64(), "brand": pa.string()}
)


def write_truth(folder: Path, **people: int) -> None:
    """The truth: the person of each record, in two files; records of the CRM start with c."""
    folder.mkdir()
    for part in range(2):
        mine = dict(list(people.items())[part::2])
        table = {
            "source": [SOURCES[record[0]] for record in mine],
            "record_id": list(mine),
            "person_id": list(mine.values()),
            "brand": ["retail"] * len(mine),
        }
        pq.write_table(pa.table(table, TRUTH), folder / f"part-{part:05d}.parquet")


def write_strategy(run: Path, name: str, **records: str) -> None:
    """Assignments: of each record `scope profile`, or its status."""
    folder = run / "assignments" / f"strategy={name}"
    folder.mkdir(parents=True)
    found = [of.split() for of in records.values()]
    table = {
        "source": [SOURCES[record[0]] for record in records],
        "record_id": list(records),
        "event_time": pa.nulls(len(records), pa.timestamp("us", "UTC")),
        "scope": [of[0] if len(of) == 2 else "default" for of in found],
        "profile_id": pa.array([of[1] if len(of) == 2 else None for of in found], pa.string()),
        "status": ["assigned" if len(of) == 2 else of[0] for of in found],
        "reason": pa.nulls(len(records), pa.string()),
    }
    pq.write_table(pa.table(table), folder / "part-00000.parquet")


def test_a_record_without_a_profile_has_missed_its_pairs(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth", e1=1, e2=1, e3=1, c1=1, e4=2, e5=2, e6=3)
    write_strategy(
        tmp_path / "run",
        "everything",
        e1="default p", e2="default p", e3="default q", c1="unassigned",
        e4="default p", e5="default r", e6="refused",
    )  # fmt: skip
    # together: e1 e2 e4, so 3 pairs, 1 of them right; real: e1 e2 e3 c1 and e4 e5, so 7 pairs
    assert evaluate(str(tmp_path / "run"), str(tmp_path / "truth")) == [
        Evaluation("everything", 1 / 3, 1 / 7, 3, 3)
    ]


def test_pairs_across_scopes_are_not_missed(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth", e1=1, e2=1, e3=1, e4=1)
    write_strategy(
        tmp_path / "run",
        "brand",
        e1="retail p", e2="retail p", e3="courier q", e4="courier q",
    )  # fmt: skip
    write_strategy(
        tmp_path / "run",
        "all",
        e1="default p", e2="default p", e3="default q", e4="default q",
    )  # fmt: skip
    assert evaluate(str(tmp_path / "run"), str(tmp_path / "truth")) == [
        Evaluation("all", 1.0, 1 / 3, 2, 2),
        Evaluation("brand", 1.0, 1.0, 2, 2),
    ]


def test_the_same_record_id_in_two_sources_is_two_records(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth", e1=1, c1=2)
    folder = tmp_path / "run" / "assignments" / "strategy=s"
    folder.mkdir(parents=True)
    table = {
        "source": ["events", "crm"],
        "record_id": ["e1", "e1"],
        "scope": ["default"] * 2,
        "profile_id": ["p", "p"],
        "status": ["assigned"] * 2,
    }
    pq.write_table(pa.table(table), folder / "part-00000.parquet")
    # the truth doesn't know the CRM's e1
    assert evaluate(str(tmp_path / "run"), str(tmp_path / "truth")) == [
        Evaluation("s", 1.0, 1.0, 1, 1)
    ]


def test_without_an_assigned_record_nothing_is_wrong_and_all_is_missed(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth", e1=1, e2=1)
    write_strategy(tmp_path / "run", "none", e1="unassigned", e2="refused")
    assert evaluate(str(tmp_path / "run"), str(tmp_path / "truth")) == [
        Evaluation("none", 1.0, 0.0, 0, 0)
    ]


def test_the_command_prints_an_aligned_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_truth(tmp_path / "truth", e1=1, e2=1, e3=2)
    write_strategy(tmp_path / "run", "everything", e1="default p", e2="default p", e3="default p")
    assert main([str(tmp_path / "run"), str(tmp_path / "truth")]) == 0
    assert capsys.readouterr().out.startswith(
        "strategy    precision  recall      profiles  largest_records\n"
        "everything     0.3333  1.0000             1                3\n"
        "precision: of the pairs of records in one profile, how many are of one person. "
    )


def test_folders_without_results_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, truth = str(tmp_path / "run"), str(tmp_path / "truth")
    assert main([run, truth]) == 2
    assert capsys.readouterr().err == f"{truth}: no Parquet files\n"
    write_truth(tmp_path / "truth", e1=1)
    assert main([run, truth]) == 2
    assert capsys.readouterr().err == f"{run}: no assignments; name the folder of a published run\n"
    assert main([run]) == 2
    assert capsys.readouterr().err == (
        "usage: python -m idweave.pipelines.evaluate RUN TRUTH [STRATEGY]\n"
    )


def test_an_example_of_the_run_is_explained_by_a_command_that_can_be_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": "e1", "who": "a", "tab": ["t1", "t 2"]}, {"id": "e2", "who": "b"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"path": "in.jsonl", "record_id": "id", "identities": {"who": "who", "tab": "tab"}}
    body = {
        "sources": {"events": source},
        "identities": {"who": {}, "tab": {}},
        "strategies": {"one": {"policy": "merge_all"}},
    }
    run = str(backfill(tmp_path, body).folder)
    write_truth(tmp_path / "truth", e1=1, e2=2)
    assert find_pair(run, "one") == ("tab:t 2", "tab:t1")
    capsys.readouterr()
    assert main([run, str(tmp_path / "truth"), "one"]) == 0
    told = capsys.readouterr().out
    assert f"/idweave explain {run} --strategy one 'tab:t 2' tab:t1\n" in told
    assert "tab:t 2 and tab:t1 are TOGETHER in scope default\n" in told
    assert main([run, str(tmp_path / "truth"), "two"]) == 2
    assert capsys.readouterr().err.endswith("identities/strategy=two: no Parquet files\n")
