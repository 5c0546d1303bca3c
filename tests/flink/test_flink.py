"""A backfill on a real Flink gives what the in-process runner gives: `make test-flink`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flink import cluster
from tests.pipelines.running import Run

pytestmark = pytest.mark.flink
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def flink() -> Iterator[list[str]]:
    """The options that send a run to a cluster, which is ended whatever happens."""
    try:
        ports = cluster.up()
        yield [
            "--runner=PortableRunner",
            f"--job_endpoint=localhost:{ports['job_port']}",
            "--environment_type=PROCESS",
            f"--environment_config={json.dumps({'command': str(cluster.BOOT_LOGGED)})}",
            "--environment_cache_millis=600000",
            f"--setup_file={ROOT / 'setup.py'}",
        ]
    finally:
        cluster.down()


def idweave(*arguments: object) -> None:
    """Run the command as users do."""
    command = [sys.executable, "-m", "pipelines", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated world and what the in-process runner makes of it."""
    folder = tmp_path_factory.mktemp("flink")
    idweave("simulate", folder / "world", "--people", 2000, "--seed", 4)
    idweave("backfill", folder / "world/idweave.yaml", "--output", folder / "in_process")
    return folder


@pytest.mark.parametrize("parallelism", [1, 2, 4])
def test_a_cluster_gives_the_same_rows(world: Path, flink: list[str], parallelism: int) -> None:
    output = world / f"flink_{parallelism}"
    config = world / "world/idweave.yaml"
    idweave("backfill", config, "--output", output, *flink, "--", f"--parallelism={parallelism}")
    there, here = Run(output), Run(world / "in_process")
    assert there.digests() == here.digests()
    for key in ("sources", "strategies", "tables", "units", "metrics"):
        assert there.manifest[key] == here.manifest[key]
    for table, of in here.digests():
        if table == "quarantine":
            assert there.quarantine() == here.quarantine()
        else:
            assert there.table(table, of).equals(here.table(table, of)), (table, of)
