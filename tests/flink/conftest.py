"""One cluster for all tests on Flink, and a world with what the in-process runner makes of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from tests.flink import cluster
from tests.flink.install import BOOT_LOGGED

ROOT = Path(__file__).parents[2]
NAMED = ("--run-id", "named", "--as-of", "2026-01-01")  # tables of ids name their run


@pytest.fixture(scope="session")
def flink() -> Iterator[list[str]]:
    """The options that send a run to a cluster, which is ended whatever happens."""
    try:
        ports = cluster.up()
        yield [
            "--runner=PortableRunner",
            f"--job_endpoint=localhost:{ports['job_port']}",
            "--environment_type=PROCESS",
            f"--environment_config={json.dumps({'command': str(BOOT_LOGGED)})}",
            "--environment_cache_millis=60000",
            "--experiments=disable_logging_submission_environment",  # no `pip freeze` a job
            f"--setup_file={ROOT / 'setup.py'}",
        ]
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, flink: list[str]) -> Path:
    """A simulated world and what the in-process runner makes of it.

    It comes after the cluster: in the gate other tests compile the kernels while that is fetched.
    """
    folder = tmp_path_factory.mktemp("flink")
    simulate = ["simulate", folder / "world", "--people", 1000, "--seed", 4, "--files", 6]
    assert main([str(argument) for argument in simulate]) == 0
    config = folder / "world/idweave.yaml"
    config.write_text(
        f"{config.read_text()}\nsplit_bytes: 64KiB\n"
    )  # a split a file, for all slots
    here = ["backfill", str(config), "--output", str(folder / "in_process"), *NAMED]
    assert main(here) == 0
    return folder
