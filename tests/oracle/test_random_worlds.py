"""The product against the plain reading, on random worlds through the whole pipeline.

A few hundred here; many thousands by `python -m tests.oracle.many WORLDS STRATEGIES SEED`.
"""

from pathlib import Path

import pytest

from tests.oracle.compare import differences, run_worlds
from tests.oracle.random_worlds import of_some_sources, random_strategy, random_world

POLICIES = ("merge_all", "constrained_merge", "idsync", "demote_weakest", "no_guess")


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
def test_random_worlds_come_out_as_the_semantics_say(policy: str, tmp_path: Path) -> None:
    worlds = {f"w{i:03d}": random_world(i, f"w{i:03d}") for i in range(60)}
    strategies = {f"s{i}": random_strategy(i, policy) for i in range(6)}
    strategies |= {f"o{i}": of_some_sources(i, random_strategy(i, policy)) for i in range(2)}
    run = run_worlds(tmp_path, worlds, strategies)
    for name, strategy in strategies.items():
        assert differences(run, name, strategy, worlds) == []
