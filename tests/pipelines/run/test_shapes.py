"""Shapes that break identity graphs: long paths, hubs, giant components, many rounds."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.pipelines.running import Run, backfill

MANY = 250_000


def run(folder: Path, left: np.ndarray, right: np.ndarray, **more: Any) -> Run:
    """Records that tie a left to a right identity of one type, in one file."""
    rows = len(left)
    pairs = pa.FixedSizeListArray.from_arrays(
        pc.binary_join_element_wise(
            "k", pa.array(np.stack([left, right], 1).ravel()).cast(pa.string()), ""
        ),
        2,
    )
    record = pc.binary_join_element_wise("r", pa.array(np.arange(rows)).cast(pa.string()), "")
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table({"id": record, "keys": pairs.cast(pa.list_(pa.string()))})
    pq.write_table(table, folder / "in.parquet", row_group_size=max(1, rows // 16))
    source = {"path": "in.parquet", "record_id": "id", "identities": {"key": "keys"}}
    body = {
        "sources": {"log": source | {"duplicates": "keep"}},
        "identities": {"key": {}},
        "strategies": {"one": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
        "shards": 2,
    }
    return backfill(folder, body | more)


def profiles(found: Run) -> int:
    """Distinct profiles of the assigned records; every record is assigned."""
    assigned = found.table("assignments", "one")
    assert pc.all(pc.equal(assigned["status"], "assigned")).as_py()
    return len(pc.unique(assigned["profile_id"]))


@pytest.mark.slow
def test_a_path_of_very_many_hops_is_one_profile(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(MANY)
    found = run(tmp_path, order, order + 1)
    assert profiles(found) == 1
    assert found.table("identities", "one").num_rows == MANY + 1


@pytest.mark.slow
def test_a_hub_of_very_many_records_is_one_profile(tmp_path: Path) -> None:
    found = run(tmp_path, np.zeros(MANY, np.int64), np.arange(1, MANY + 1))
    assert profiles(found) == 1
    hub = found.table("identities", "one").filter(pc.field("identity_value") == "k0")
    assert hub["record_count"].to_pylist() == [MANY]


def test_many_rounds_of_contraction_give_the_same_rows(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    order = chance.permutation(20_000)
    left, right = order, order + (order % 100 != 99)  # paths of a hundred
    small = {"split_rows": 4_000}
    walked = run(tmp_path / "walked", left, right, solve_limit=400, **small)
    solved = run(tmp_path / "solved", left, right, **small)
    assert walked.manifest["strategies"]["one"]["rounds"] >= 2
    assert solved.manifest["strategies"]["one"]["rounds"] == 0
    assert profiles(walked) == 200
    assert walked.digests() == solved.digests()


@pytest.mark.slow
def test_every_policy_finishes_on_a_component_with_a_third_of_all_identities(
    tmp_path: Path,
) -> None:
    rows, chance = 60_000, np.random.default_rng(3)
    person = chance.integers(0, rows // 10, rows)
    glued = person < rows // 30  # a third of all people use one device

    def text(prefix: str, number: np.ndarray) -> pa.Array:
        return pc.binary_join_element_wise(prefix, pa.array(number).cast(pa.string()), "")

    table = pa.table(
        {
            "id": text("r", np.arange(rows)),
            "ts": pa.array(chance.integers(0, 10**12, rows), pa.timestamp("us", tz="UTC")),
            "who": text("w", person),
            "device": text("d", np.where(glued, -1, person)),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=rows // 4)
    types = {"who": {}, "device": {}}
    source = {"path": "in.parquet", "record_id": "id", "time": "ts"}
    body = {
        "sources": {"log": source | {"identities": {kind: kind for kind in types}}},
        "identities": types,
        "strategies": {
            "all": {"policy": "merge_all"},
            "constrained": {"policy": "constrained_merge", "unique": ["who"]},
            "replayed": {"policy": "idsync", "preset": "profile_conversion", "login": ["who"]},
            "demoted": {"policy": "demote_weakest"},
            "guarded": {"policy": "no_guess", "unique": ["who"]},
        },
        "tables": ["assignments", "identities", "profiles"],
    }
    found = backfill(tmp_path, body)
    assert max(found.table("profiles", "all")["identity_count"].to_pylist()) > rows // 40
    for strategy in body["strategies"]:
        assigned = found.table("assignments", strategy)
        assert pc.all(pc.equal(assigned["status"], "assigned")).as_py()
        assert assigned.num_rows == rows
    people = len(np.unique(person))
    for strategy in ("constrained", "replayed", "demoted"):
        assert found.table("profiles", strategy).num_rows == people
