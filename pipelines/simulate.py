"""`idweave simulate`: a believable world with its truth, and a configuration that is ready to run.

People have several devices and two e-mails, share the household's tablet, sign up, in and out;
browsers forget cookies, forms hold slips and defaults, the CRM lists people twice, and what was
offline arrives late.
"""

import importlib.resources
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.simulation.simulate_chunk import Chunk, make_chunk
from idweave.transforms.columnar.simulation.simulate_people import CHUNK_PEOPLE

_SPANS = 4  # files that a chunk's events are spread over, so that people's events cross files
_UNIQUE = {"event_id", "crm_id", "record_id"}  # a dictionary would not make these smaller


def simulate(out: str, people: int, seed: int = 1, files: int = 4) -> None:
    """Write `events`, `crm`, `truth` (Parquet) and `idweave.yaml` into a folder.

    The same people, seed and files give the same rows. Memory is bounded by a few chunks.

    Args:
        out: folder, new or empty.
        people: at least 1.
        seed: any whole number.
        files: of events, at least 1.

    Raises:
        FileExistsError: the folder holds something already.
    """
    write_world(out, people, seed, files, workers=2)


def write_world(out: str, people: int, seed: int, files: int, workers: int) -> None:
    """`simulate` with a number of threads, which changes no row."""
    if os.path.exists(out) and (not os.path.isdir(out) or os.listdir(out)):
        raise FileExistsError(f"{out}: exists already; name a new folder or an empty one")
    chunks = -(-people // CHUNK_PEOPLE)
    spans = max(min(files, _SPANS), -(-files // chunks))
    with _Writers(out) as writers:
        for place, chunk in enumerate(_chunks(people, seed, chunks, workers)):
            rows = chunk.events.num_rows
            for span in range(spans):
                file = (place * spans + span) % files
                start, stop = rows * span // spans, rows * (span + 1) // spans
                writers.write("events", file, chunk.events.slice(start, stop - start))
                writers.write("truth", file, chunk.events_truth.slice(start, stop - start))
            writers.write("crm", place % files, chunk.crm)
            writers.write("truth", place % files, chunk.crm_truth)
    template = importlib.resources.files("idweave.configs") / "simulate.yaml"
    with open(os.path.join(out, "idweave.yaml"), "wb") as config:
        config.write(template.read_bytes())


def _chunks(people: int, seed: int, chunks: int, workers: int) -> Iterator[Chunk]:
    """All chunks in order, made ahead in threads: NumPy and Arrow release the lock."""
    waiting: deque[Future[Chunk]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for place in range(chunks):
            waiting.append(pool.submit(make_chunk, people, seed % 2**64, place))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Writers:
    """The open files, each made at its first rows."""

    def __init__(self, out: str) -> None:
        self._out = out
        self._open: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> "_Writers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for writer in self._open.values():
            writer.close()

    def write(self, table: str, file: int, rows: pa.Table) -> None:
        """Append a row group to a table's file."""
        path = os.path.join(self._out, table, f"part-{file:05d}.parquet")
        if path not in self._open:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            columns = [name for name in rows.schema.names if name not in _UNIQUE]
            self._open[path] = pq.ParquetWriter(
                path, rows.schema, compression="zstd", use_dictionary=columns
            )
        self._open[path].write_table(rows)
