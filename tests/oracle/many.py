"""Many random worlds by hand: `python -m tests.oracle.many WORLDS STRATEGIES SEED`."""

import sys
import tempfile
from pathlib import Path

from tests.oracle.compare import differences, run_worlds
from tests.oracle.random_worlds import of_some_sources, random_strategy, random_world
from tests.oracle.test_random_worlds import POLICIES


def main(worlds: int, strategies: int, seed: int) -> int:
    """Compare every policy on that many worlds and strategies; returns how many differ."""
    different = 0
    for policy in POLICIES:
        scopes = [f"w{number:05d}" for number in range(worlds)]
        world = {s: random_world(seed * 1_000_000 + i, s) for i, s in enumerate(scopes)}
        by_name = {
            f"s{i}": random_strategy(seed * 1_000_000 + i, policy) for i in range(strategies)
        }
        for name in list(by_name)[::3]:
            by_name[name] = of_some_sources(seed, by_name[name])
        with tempfile.TemporaryDirectory() as folder:
            run = run_worlds(Path(folder), world, by_name)
            found = [d for name, s in by_name.items() for d in differences(run, name, s, world)]
        print(f"{policy}: {worlds * strategies} worlds, {len(found)} differences {found[:5]}")
        different += len(found)
    return different


if __name__ == "__main__":
    sys.exit(1 if main(*(int(argument) for argument in sys.argv[1:4])) else 0)
