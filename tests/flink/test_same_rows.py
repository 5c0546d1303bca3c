"""A backfill on a real Flink gives what the in-process runner gives: `make test-flink`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.flink.conftest import NAMED
from tests.pipelines.running import Run, command

pytestmark = pytest.mark.flink
NEXT = ("--run-id", "next", "--as-of", "2026-02-01")


@pytest.mark.parametrize("parallelism", [1, 4])
def test_a_cluster_gives_the_same_rows(world: Path, flink: list[str], parallelism: int) -> None:
    output = world / f"flink_{parallelism}"
    arguments = command(world / "world/idweave.yaml", output, *NAMED, *flink)
    subprocess.run([*arguments, "--", f"--parallelism={parallelism}"], check=True)
    compare(Run(output), Run(world / "in_process"))


def test_a_refresh_on_a_cluster_gives_the_same_ids_and_changes(
    world: Path, flink: list[str]
) -> None:
    """Fewer types are linked than before, so that ids end, split and begin."""
    config = world / "world/idweave.yaml"
    less = ["--set", "strategies.everything.link_on=[customer_id, email]", *NEXT]
    runs = []
    for name, options in (("here", []), ("there", [*flink, "--", "--parallelism=2"])):
        output = world / f"refreshed_{name}"
        shutil.copytree(world / "in_process", output, symlinks=True)
        arguments = command(config, output, *less, *options)
        subprocess.run([part.replace("backfill", "refresh") for part in arguments], check=True)
        runs.append(Run(output))
    here, there = runs
    compare(there, here)
    assert there.manifest["strategies"]["everything"]["churn"]["split"] > 0
    for table in ("ids", "id_changes", "changes/assignments", "changes/identities"):
        assert there.table(table, "everything").equals(here.table(table, "everything")), table


def compare(there: Run, here: Run) -> None:
    assert there.digests() == here.digests()
    for key in ("sources", "strategies", "tables", "units", "metrics"):
        assert there.manifest[key] == here.manifest[key]
    for table, of in here.digests():
        if table == "quarantine":
            assert there.quarantine() == here.quarantine()
        else:
            assert there.table(table, of).equals(here.table(table, of)), (table, of)
