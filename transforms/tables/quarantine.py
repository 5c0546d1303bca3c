"""The table `quarantine`: every record that could not be read."""

import pyarrow as pa

from idweave.transforms.columnar.reading.records import Quarantined
from idweave.transforms.columnar.vocabulary import QuarantineReason, texts
from idweave.transforms.tables.columns import chosen, same
from idweave.transforms.tables.table import Table, column

TABLE = Table(
    name="quarantine",
    one_for="run",
    about="a record that could not be read",
    columns=pa.schema(
        [
            column("source", pa.string(), "its source", stored="names"),
            column("file", pa.string(), "the file's path", stored="names"),
            column("position", pa.int64(), "row or line of the file, from 0", stored="numbers"),
            column("reason", pa.string(), "why: see Words", stored="names"),
            column("raw_text", pa.string(),
                   "what the file says there, at most 4 kB; bytes that are not UTF-8 escaped",
                   null=True, personal=True),
        ]
    ),
    key=("source", "file", "position"),
    order="source, path, position; a file for each unit of work that has any",
    always=True,
)  # fmt: skip


def rows(source: str, paths: tuple[str, ...], quarantined: Quarantined) -> pa.Table:
    """The rows of what could not be read of a unit's files, by file and position."""
    count = len(quarantined.position)
    return pa.table(
        {
            "source": same(source, count),
            "file": chosen(quarantined.file, paths),
            "position": quarantined.position,
            "reason": chosen(quarantined.reason, texts(QuarantineReason)),
            "raw_text": quarantined.raw_text.cast(pa.string()),
        }
    )
