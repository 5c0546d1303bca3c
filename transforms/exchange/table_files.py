"""Tables that wait in the working folder for their ids: Arrow streams, a batch a piece."""

from collections.abc import Iterator
from types import TracebackType

import pyarrow as pa

from idweave.transforms.exchange.store import AtomicFile, Store, kept_here, open_file


def _path(store: Store, strategy: int, shard: int, table: str, name: str) -> str:
    return f"{store.folder}/waiting/{strategy}/{shard}/{table}.{name}.arrows"


class WaitingTable:
    """Writes one table of one shard; the file appears when the block ends well."""

    def __init__(self, store: Store, strategy: int, shard: int, table: str, name: str) -> None:
        self._target = AtomicFile(_path(store, strategy, shard, table, name))
        self._writer: pa.RecordBatchStreamWriter | None = None

    def __enter__(self) -> "WaitingTable":
        self._file = self._target.__enter__()
        return self

    def write(self, piece: pa.Table) -> None:
        """Keep the rows of one piece; strings may come as dictionaries, others in each piece."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, piece.schema)
        kept_here.bytes += piece.nbytes
        batches = piece.combine_chunks().to_batches()
        for batch in batches or [pa.RecordBatch.from_pylist([], schema=piece.schema)]:
            self._writer.write_batch(batch)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()
        self._target.__exit__(kind, error, trace)


def waiting_rows(
    store: Store, strategy: int, shard: int, table: str, name: str
) -> Iterator[pa.Table]:
    """The pieces of a table, one after another; nothing was written: none."""
    with open_file(_path(store, strategy, shard, table, name)) as file:
        if not file.read(1):
            return
        file.seek(0)
        with pa.ipc.open_stream(file) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])
