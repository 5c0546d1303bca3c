"""Strategies that share what is gathered give what each gives alone, components included."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.oracle.compare import run_worlds
from tests.oracle.random_worlds import random_world
from tests.oracle.world import Strategy
from tests.pipelines.running import Run

LINK_ON = ("customer_id", "email", "device")
SIDE_BY_SIDE: dict[str, list[dict[str, Any]]] = {
    "constrained_merge": [{"unique": ["customer_id"]}, {"unique": ["email", "device"]}, {}],
    "no_guess": [{"unique": ["customer_id"]}, {"unique": ["device"]}],
    "idsync": [
        {"preset": "profile_conversion", "login": ["customer_id"]},
        {"preset": "profile_isolation", "login": ["email"], "unique": ["email", "device"]},
        {"preset": "best_match"},
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("policy", SIDE_BY_SIDE)
def test_strategies_with_other_unique_types_give_the_same_rows_beside_each_other(
    policy: str, tmp_path: Path
) -> None:
    worlds = {f"w{i:03d}": random_world(i, f"w{i:03d}") for i in range(60)}
    strategies = {
        f"s{i}": Strategy(policy, LINK_ON, params=params)
        for i, params in enumerate(SIDE_BY_SIDE[policy])
    }
    together = run_worlds(tmp_path / "together", worlds, strategies)
    for name, strategy in strategies.items():
        alone = run_worlds(tmp_path / name, worlds, {name: strategy})
        for table in ("assignments", "identities", "profiles", "linkages", "drops"):
            assert _rows(together, table, name) == _rows(alone, table, name)
        assert (
            together.manifest["strategies"][name]["counts"]
            == alone.manifest["strategies"][name]["counts"]
        )
        linkages = together.table("linkages", name).filter(pa.compute.field("scope") == "w000")
        assert linkages["component_id"].to_pylist() == sorted(linkages["component_id"].to_pylist())


def _rows(run: Run, table: str, name: str) -> list[str]:
    return sorted(map(repr, run.rows(table, name)))
