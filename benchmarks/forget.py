"""What suppression costs: a run that nobody asked anything of, and one that forgets many people.

    python -m benchmarks.forget CONFIG.yaml WORLD [PAIRS] [PEOPLE]

A small run of PEOPLE (100,000) made-up people with ten identities each, of five types, all of whom
ask for erasure in the run after it, is kept in WORLD. One in eleven devices of CONFIG's records is
theirs (those whose hash is smallest). The runs that are compared are CONFIG's, with `drops` and
`ids`, in turn: into an empty folder without `privacy`, and into one whose current run suppresses
all those identities, for requests that are done. What resolving them took is told, too.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.compare import Cost, measure

TYPES = ("customer_id", "email", "phone", "cookie", "device_id")  # two values of each
KEY = "the key of a benchmark, which is no secret"
ASKED, ERASED = "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"


def make(config: Path, world: Path, people: int) -> None:
    """Write the people, their requests, the configurations, and the two runs that erase them."""
    import duckdb

    body = yaml.safe_load(config.read_text())
    events = config.parent / body["sources"]["events"]["path"]
    cookie = next(kind for kind in body["identities"] if kind.startswith("cookie"))
    devices = duckdb.execute(
        f"SELECT DISTINCT device_id FROM '{events}/*.parquet' WHERE length(device_id) > 9 "
        "ORDER BY md5(device_id)"
    ).fetchall()
    kinds = [cookie if kind == "cookie" else kind for kind in TYPES]
    columns: dict[str, Any] = {"id": [f"person-{n}" for n in range(people)]}
    for kind in kinds:
        columns[kind] = [[f"{kind}-{n}-{i}@nobody" for i in range(2)] for n in range(people)]
    for values, (device,) in zip(columns["device_id"], devices[: len(devices) // 11], strict=False):
        values[0] = device
    world.mkdir(parents=True)
    pq.write_table(pa.table(columns), world / "people.parquet")
    with (world / "requests.jsonl").open("w") as file:
        for number, values in enumerate(columns["customer_id"]):
            named = [{"type": "customer_id", "value": values[0]}]
            request = {"request_id": f"request-{number}", "type": "erasure"}
            file.write(json.dumps(request | {"submitted_at": ASKED, "identities": named}) + "\n")
    (world / "key").write_text(KEY)
    (world / "none.jsonl").write_text("")
    for source in body["sources"].values():
        source["path"] = str((config.parent / source["path"]).resolve())
    body["tables"] = ["assignments", "identities", "drops", "ids"]
    privacy = {"strategy": next(iter(body["strategies"])), "by": ["customer_id"], "key": "file:key"}
    people_only = {"path": "people.parquet", "record_id": "id", "identities": {k: k for k in kinds}}
    small = body | {"sources": {"people": people_only}}
    _write(world / "without.yaml", body)
    _write(world / "with.yaml", body | {"privacy": privacy | {"requests": "requests.jsonl"}})
    _write(world / "base.yaml", small | {"privacy": privacy | {"requests": "none.jsonl"}})
    _write(world / "erase.yaml", small | {"privacy": privacy | {"requests": "requests.jsonl"}})
    for command, name in (("backfill", "base"), ("refresh", "erase")):
        cost = run(command, world / f"{name}.yaml", world / "out", "--as-of", ERASED)
        print(f"{name}: {_told(cost)}", flush=True)


def _write(path: Path, body: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(body, sort_keys=False))


def run(command: str, config: Path, out: Path, *more: str) -> Cost:
    """Run it to its end."""
    line = [sys.executable, "-m", "idweave", command, str(config), "--output", str(out), *more]
    return measure([*line, "--quiet"])


def _told(cost: Cost) -> str:
    return f"{cost.cpu:.1f} s of CPU, {cost.wall:.1f} s, {cost.memory:.2f} GB"


def compare(world: Path, pairs: int) -> None:
    """Run both in turn, each into a folder of its own."""
    for number in range(pairs):
        costs = []
        for name in ("without", "with"):
            out = world / f"out_{name}"
            shutil.rmtree(out, ignore_errors=True)
            if name == "with":
                shutil.copytree(world / "out", out, symlinks=True)
            costs.append(run("backfill", world / f"{name}.yaml", out, "--run-id", "measured"))
            print(f"pair {number + 1} {name}: {_told(costs[-1])}", flush=True)
        print(f"pair {number + 1}: {costs[1].cpu / costs[0].cpu:.2f} times the CPU, "
              f"{costs[1].memory - costs[0].memory:+.2f} GB", flush=True)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Make the world unless it is there, then compare."""
    config, world = Path(arguments[0]), Path(arguments[1])
    pairs = int(arguments[2]) if len(arguments) > 2 else 2
    if not world.exists():
        make(config, world, int(arguments[3]) if len(arguments) > 3 else 100_000)
    compare(world, pairs)


if __name__ == "__main__":
    main(sys.argv[1:])
