"""Many random chains with requests, and groups, by hand: `python -m tests.oracle.many_private N`.

The seed of the first, and how many: chains of four runs, 8 worlds and 5 strategies each, then a
run of 20 worlds with groups of each policy.
"""

import sys
import tempfile
from pathlib import Path

from tests.oracle.compare_groups import body_of, groups_differ
from tests.oracle.compare_private import differences
from tests.oracle.random_chains import POLICIES
from tests.oracle.random_requests import private_chain, random_privacy
from tests.pipelines.running import backfill


def main(first: int, chains: int, worlds: int = 8, strategies: int = 5) -> int:
    """Compare chains; returns how many differ."""
    different = 0
    for seed in range(first, first + chains):
        with tempfile.TemporaryDirectory() as folder:
            chain = private_chain(seed, worlds, strategies)
            found = differences(Path(folder) / "chain", chain, random_privacy(seed))
            body = body_of(Path(folder) / "groups/in", seed, 20, POLICIES)
            found += groups_differ(backfill(Path(folder) / "groups", body), body["groups"])
        compared = worlds * strategies * len(chain)
        print(f"{seed}: {compared} worlds, {len(found)} differences", flush=True)
        print("".join(f"  {line[:1500]}\n" for line in found[:8]), end="", flush=True)
        different += bool(found)
    return different


if __name__ == "__main__":
    sys.exit(1 if main(*(int(argument) for argument in sys.argv[1:])) else 0)
