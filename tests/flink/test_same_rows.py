"""A refresh on a real Flink gives what the in-process runner gives: `make test-flink`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from tests.flink.comparing import compare
from tests.flink.everything import write_everything
from tests.pipelines.running import Run, command

pytestmark = pytest.mark.flink
NEXT = ("--run-id", "next", "--as-of", "2026-02-01")


def test_a_refresh_on_a_cluster_gives_the_same_ids_changes_and_profiles(
    world: Path, flink: list[str]
) -> None:
    """Fewer types are linked than before, so that ids end and split; people decide and ask."""
    config = write_everything(world, Run(world / "in_process"))
    outputs = [world / "refreshed_here", world / "refreshed_there"]
    for output in outputs:
        shutil.copytree(world / "in_process", output, symlinks=True)
    assert main(["refresh", str(config), "--output", str(outputs[0]), *NEXT]) == 0
    arguments = command(config, outputs[1], *NEXT, *flink, "--", "--parallelism=2")
    subprocess.run([part.replace("backfill", "refresh") for part in arguments], check=True)
    here, there = map(Run, outputs)
    compare(there, here)
    assert there.manifest["strategies"]["everything"]["churn"]["split"] > 0
    for table in ("ids", "id_changes", "changes/assignments", "changes/identities"):
        assert there.table(table, "everything").equals(here.table(table, "everything")), table
    outcomes = {row["outcome"] for row in there.rows("decisions", "strong")}
    assert "holds" in outcomes
    assert {row["status"] for row in there.rows_of("requests")} == {"completed"}
    for table, of in (("audiences", "paying"), ("groups", "number"), ("aliases", "conversion")):
        assert there.table(table, of).num_rows > 0, table
