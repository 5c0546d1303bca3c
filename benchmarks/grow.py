"""How time and memory grow with the input, in process or on the small Flink of the tests.

    python -m benchmarks.grow CONFIG.yaml DATA ...                    in process
    python -m benchmarks.grow CONFIG.yaml --flink 2x1 DATA ...        two task managers of one slot

DATA are folders of `benchmarks.generate`. On Flink, memory is the largest resident set of a
Python worker, and CPU is that of the workers and of the task managers, until the job ends; `start`
is the part of the job until the workers have started, which they do for each job.
"""

import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.compare import measure
from tests.flink import cluster, install

TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


class Point(NamedTuple):
    """One run."""

    records: int
    wall: float  # seconds, start of the command to its end
    job: float  # seconds; on Flink of the job alone
    start: float  # seconds of it until the workers have started
    cpu: float  # seconds
    memory: float  # GB
    java: float  # GB, of the largest task manager


def in_process(config: str, data: str, out: str) -> Point:
    """Run on the in-process runner."""
    line = [sys.executable, "-m", "idweave", "backfill", f"{data}/{config}", "--output", out]
    cost = measure(line)
    return Point(records(out), cost.wall, cost.wall, 0.0, cost.cpu, cost.memory, 0.0)


def on_flink(config: str, data: str, out: str, parallelism: int) -> Point:
    """Run on the cluster, watching the processes below its task managers."""
    watch = Watch()
    ports = cluster.state()
    line = [
        sys.executable, "-m", "idweave", "backfill", f"{data}/{config}", "--output", out,
        "--runner=PortableRunner", f"--job_endpoint=localhost:{ports['job_port']}",
        "--environment_type=PROCESS", "--environment_cache_millis=60000",
        f"--environment_config={json.dumps({'command': str(install.BOOT_LOGGED)})}",
        f"--setup_file={install.ROOT / 'setup.py'}", "--", f"--parallelism={parallelism}",
    ]  # fmt: skip
    began = time.monotonic()
    watch.start()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - began
    watch.stop()
    job, start = cluster.last_job_seconds(), cluster.last_start_seconds()
    return Point(records(out), wall, job, start, *watch.result())


class Watch:
    """Samples the processes of the task managers: what is theirs and of all below them."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._cpu: dict[int, float] = {}
        self._before: dict[int, float] = {}
        self._python = self._java = 0.0
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin to watch; what was used before doesn't count."""
        self._sample()
        self._before, self._python, self._java = dict(self._cpu), 0.0, 0.0
        self._thread.start()

    def stop(self) -> None:
        """End watching."""
        self._stopped.set()
        self._thread.join()

    def result(self) -> tuple[float, float, float]:
        """CPU seconds, GB of the largest worker, GB of the largest task manager."""
        cpu = sum(t - self._before.get(pid, 0.0) for pid, t in self._cpu.items())
        return cpu, self._python, self._java

    def _run(self) -> None:
        while not self._stopped.wait(0.1):
            self._sample()

    def _sample(self) -> None:
        for name, pid in cluster.state().items():
            if not name.startswith("task"):
                continue
            for member in cluster.members(pid):
                try:
                    fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
                    command = Path(f"/proc/{member}/comm").read_text()
                except OSError:
                    continue  # it has ended
                self._cpu[member] = (int(fields[11]) + int(fields[12])) / TICKS
                size = int(fields[21]) * PAGE / 2**30
                if command.startswith("java"):
                    self._java = max(self._java, size)
                else:
                    self._python = max(self._python, size)


def records(out: str) -> int:
    """Records that a run read."""
    manifest = json.loads((Path(out) / "current" / "manifest.json").read_text())
    read: int = manifest["metrics"]["records_read"]
    return read


def main(config: str, shape: str | None, folders: list[str]) -> None:
    """Measure and print, with the exponents from the smallest to the largest."""
    points = []
    print("| records | wall s | job s | start s | CPU s | RSS GB | JVM GB |")
    print("|---|---|---|---|---|---|---|")
    warm = [] if shape is None else folders[:1]  # the first job compiles the kernels
    for number, data in enumerate([*warm, *folders]):
        with tempfile.TemporaryDirectory() as folder:
            out = f"{folder}/out"
            if shape is None:
                point = in_process(config, data, out)
            else:
                managers, slots = map(int, shape.split("x"))
                point = on_flink(config, data, out, managers * slots)
        if number < len(warm):
            continue
        points.append(point)
        print(f"| {point.records:,} | " + " | ".join(f"{v:.2f}" for v in point[1:]) + " |")
    for what in ("wall", "cpu"):
        for first, last in itertools.pairwise(points):
            grown = math.log(getattr(last, what) / getattr(first, what))
            exponent = grown / math.log(last.records / first.records)
            print(f"{what}: exponent {first.records:,} to {last.records:,}: {exponent:.2f}")


if __name__ == "__main__":
    given = sys.argv[1:]
    shape = None
    if "--flink" in given:
        at = given.index("--flink")
        shape = given[at + 1]
        del given[at : at + 2]
        managers, slots = map(int, shape.split("x"))
        cluster.up(managers, slots)
    try:
        main(given[0], shape, given[1:])
    finally:
        if shape is not None:
            cluster.down()
