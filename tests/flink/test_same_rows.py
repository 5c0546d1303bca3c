"""A backfill on a real Flink gives what the in-process runner gives: `make test-flink`."""

import subprocess
from pathlib import Path

import pytest

from tests.pipelines.running import Run, command

pytestmark = pytest.mark.flink


@pytest.mark.parametrize("parallelism", [1, 2, 4])
def test_a_cluster_gives_the_same_rows(world: Path, flink: list[str], parallelism: int) -> None:
    output = world / f"flink_{parallelism}"
    arguments = command(world / "world/idweave.yaml", output, *flink)
    subprocess.run([*arguments, "--", f"--parallelism={parallelism}"], check=True)
    there, here = Run(output), Run(world / "in_process")
    assert there.digests() == here.digests()
    for key in ("sources", "strategies", "tables", "units", "metrics"):
        assert there.manifest[key] == here.manifest[key]
    for table, of in here.digests():
        if table == "quarantine":
            assert there.quarantine() == here.quarantine()
        else:
            assert there.table(table, of).equals(here.table(table, of)), (table, of)
