"""What the search of a run's tables for erased people found: nothing, or it is not published."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from idweave.pipelines.errors import RunFailed
from idweave.transforms.job import Proved


def check_proof(proved: Sequence[Proved]) -> None:
    """Refuse a run that shows somebody who is erased.

    Raises:
        RunFailed: a line for each table and column.
    """
    shown: Counter[tuple[str, str]] = Counter()
    for file in proved:
        for column, rows in file.shown:
            shown[file.folder, column] += rows
    if shown:
        raise RunFailed(
            "\n".join(
                f"privacy: table {folder}: {column}: {rows} of its rows show people who are "
                "erased; nothing was published, please report this"
                for (folder, column), rows in sorted(shown.items())
            )
        )


def proof(proved: Sequence[Proved]) -> dict[str, Any]:
    """What the manifest says of a search that found nothing."""
    return {"files": len(proved), "rows": sum(file.rows for file in proved)}
