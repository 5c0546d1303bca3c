"""Writes a synthetic world: events, CRM rows, the truth, and a configuration that is ready to run."""

import importlib.resources
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.columnar.simulate_world import PEOPLE, simulate_world

_PROCESSES = 2


def simulate(out: str, people: int, seed: int = 1, files: int = 4) -> None:
    """Write a world into an empty or new folder; the same for the same seed.

    Args:
        out: gets `events/`, `crm/`, `truth/` and `idweave.yaml`.
        people: how many.
        files: of events; each holds whole chunks of people.

    Raises:
        FileExistsError: the folder has something in it.
    """
    if os.path.exists(out) and (not os.path.isdir(out) or os.listdir(out)):
        raise FileExistsError(f"{out}: is there already and not empty; name a new folder")
    for table in ("events", "crm", "truth"):
        os.makedirs(f"{out}/{table}")
    chunks = range(-(-people // PEOPLE))
    files = min(files, len(chunks))
    jobs = [(out, number, list(chunks[number::files]), seed, people) for number in range(files)]
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write_file, jobs))
    template = importlib.resources.files("configs") / "simulate.yaml"
    with open(f"{out}/idweave.yaml", "w", encoding="utf-8") as file:
        file.write(template.read_text("utf-8"))


def _write_file(job: tuple[str, int, list[int], int, int]) -> None:
    """Write one file of each table, a chunk at a time."""
    out, number, chunks, seed, people = job
    writers: dict[str, pq.ParquetWriter] = {}
    for chunk in chunks:
        world = simulate_world(seed, chunk, people)
        for table, rows in world._asdict().items():
            if table not in writers:
                path = f"{out}/{table}/part-{number:05d}.parquet"
                writers[table] = pq.ParquetWriter(path, rows.schema)
            writers[table].write_table(pa.Table.from_batches(rows.to_batches()))
    for writer in writers.values():
        writer.close()
