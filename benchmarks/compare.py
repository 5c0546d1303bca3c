"""Runs idweave beside its rivals on one world, interleaved, and compares the partitions.

    python -m benchmarks.compare DATA [RUNS [TOOL ...]]        idweave script duckdb
    python -m benchmarks.compare DATA RUNS CONFIG.yaml ...     configurations of idweave

Each run is a process of its own: wall and CPU seconds (of all its processes) and peak resident
memory (of the largest). Medians, and ratios to the script, or to the first configuration.
"""

import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

RIVALS = {
    "script": "benchmarks.script",
    "duckdb": "benchmarks.duckdb_sql",
}


class Cost(NamedTuple):
    """What one run took."""

    wall: float  # seconds
    cpu: float  # seconds
    memory: float  # GB


def measure(command: list[str]) -> Cost:
    """Run a command to its end."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def command(tool: str, data: str, out: str) -> list[str]:
    """How a tool is run."""
    if tool in RIVALS:
        return [sys.executable, "-m", RIVALS[tool], data, out]
    config = "merge_all.yaml" if tool == "idweave" else tool
    return [sys.executable, "-m", "idweave", "backfill", f"{data}/{config}", "--output", out]


def partition(tool: str, out: str) -> tuple[int, str]:
    """Records, and a digest of which of them share a profile, whatever the order of the rows.

    Each record is hashed by source and id; a profile is known by the smallest hash of its records.
    Some 40 bytes a record.
    """
    if tool in RIVALS:
        files = sorted(Path(out).glob("assignments*.parquet"))
    else:
        (folder,) = (Path(out) / "current" / "assignments").iterdir()
        files = sorted(folder.glob("*.parquet"))
    parts = [_hashed(file) for file in files]
    record, profile = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.argsort(profile)
    starts = np.flatnonzero(np.diff(profile[order], prepend=~profile[order[:1]]))
    smallest = np.minimum.reduceat(record[order], starts)
    of_profile = np.repeat(smallest, np.diff(starts, append=len(order)))
    of_profile[profile[order] == 0] = 0  # without a profile
    mixed = (record[order] ^ (of_profile << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
    digest = np.sum(mixed ^ (mixed >> np.uint64(29)), dtype=np.uint64)
    return len(order), f"{int(digest):016x}"


def _hashed(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the records and of their profiles, 0 where there is none."""
    table = pl.read_parquet(file, columns=["source", "record_id", "profile_id"])
    table = table.cast(pl.String)  # a dictionary is hashed by its codes
    record = table["record_id"].hash(1) ^ table["source"].hash(2)
    profile = table.select(
        pl.when(pl.col("profile_id").is_null()).then(0).otherwise(pl.col("profile_id").hash(3))
    ).to_series()
    return record.to_numpy(), profile.cast(pl.UInt64).to_numpy()


def main(data: str, runs: int, tools: list[str]) -> None:
    """Measure and print."""
    costs: dict[str, list[Cost]] = {tool: [] for tool in tools}
    partitions = {}
    for number in range(runs):
        for tool in tools:
            with tempfile.TemporaryDirectory() as folder:
                costs[tool].append(measure(command(tool, data, f"{folder}/out")))
                if number == 0 and not tool.endswith(".yaml"):
                    # elsewhere: what this process holds would count as memory of the next tool
                    with multiprocessing.get_context("spawn").Pool(1) as pool:
                        partitions[tool] = pool.apply(partition, (tool, f"{folder}/out"))
                shutil.rmtree(folder, ignore_errors=True)
                os.makedirs(folder)
    base = "script" if "script" in tools else tools[0]
    print(f"| {'':<22} | wall s | CPU s | RSS GB | wall ratio | CPU ratio |")
    print("|---|---|---|---|---|---|")
    medians = {
        t: Cost(*(statistics.median(v) for v in zip(*c, strict=True))) for t, c in costs.items()
    }
    for tool, cost in medians.items():
        wall, cpu = cost.wall / medians[base].wall, cost.cpu / medians[base].cpu
        print(
            f"| {tool:<22} | {cost.wall:6.1f} | {cost.cpu:5.1f} | {cost.memory:6.2f} "
            f"| {wall:10.2f} | {cpu:9.2f} |"
        )
    reference = next(iter(partitions.values()), None)
    for tool, found in partitions.items():
        if found != reference:
            raise SystemExit(f"{tool}: another partition")
    if reference:
        print(f"{reference[0]:,} records: the partitions of {', '.join(partitions)} are equal")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    arguments = sys.argv[1:]
    chosen = arguments[2:] or ["idweave", *RIVALS]
    main(arguments[0], int(arguments[1]) if len(arguments) > 1 else 3, chosen)
