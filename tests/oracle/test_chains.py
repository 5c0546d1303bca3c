"""Chains of runs, each on the one before or an older one, against the plain reading."""

from pathlib import Path

import pytest

from tests.oracle.compare_chains import chain_of, differences, wrong_changes
from tests.oracle.random_worlds import TYPES


@pytest.mark.slow
def test_a_chain_of_three_runs_of_every_policy_is_that_of_the_plain_reading(tmp_path: Path) -> None:
    chain = chain_of(7, 30, "any", 5, decided=True)
    assert differences(tmp_path, chain) == []
    assert wrong_changes(tmp_path, chain) == []


def _compare_components(folder: Path, worlds: int, strategies: int) -> None:
    tables = ["assignments", "identities", "ids", "id_changes"]
    chain = [
        step._replace(
            records=[r for r in step.records if r.source == "creates"],
            rules={name: rule._replace(link_on=TYPES) for name, rule in step.rules.items()},
        )
        for step in chain_of(9, worlds, "merge_all", strategies)
    ]
    assert differences(folder, chain, tables=tables) == []
    assert wrong_changes(folder, chain) == []


def test_so_is_one_where_the_component_is_the_profile(tmp_path: Path) -> None:
    _compare_components(tmp_path, 20, 1)
