"""Published runs as they lie in the output folder."""

import json
import os
from collections.abc import Mapping
from typing import Any

from idweave.pipelines.errors import RunFailed, shown
from idweave.pipelines.published.parts import REMEDY
from idweave.transforms.exchange.store import file_systems, is_local, open_file

LONGEST_ID = 200  # letters of a run id
FORMAT = 1  # of the manifest: readers of another one should stop
_NEEDED = {
    "run_id": str,
    "started_at": str,
    "strategies": dict,
    "tables": list,
    "configuration": dict,
}
_KNOWN: dict[str, type | tuple[type, ...]] = {
    "ended_at": str,
    "sources": dict,
    "asked": dict,
    "privacy": (dict, type(None)),
}
_OF_TABLE = {"table": str, "folder": str, "rows": int}


def is_run_id(text: str) -> bool:
    """Whether a text may name a run: letters, digits and . _ -, neither . nor - first."""
    return 0 < len(text) <= LONGEST_ID and text[0] not in ".-" and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in text
    )  # fmt: skip


def run_folder(output: str, run_id: str) -> str:
    """Where a published run is."""
    return f"{output}/runs/run_id={run_id}"


def read_manifest(output: str, run_id: str) -> dict[str, Any] | None:
    """The manifest of a published run, or None if there is no such run.

    Raises:
        RunFailed: it is damaged.
    """
    folder = run_folder(output, run_id)
    return manifest_in(folder) if exists(f"{folder}/manifest.json") else None


def manifest_in(folder: str) -> dict[str, Any]:
    """The manifest of a run's folder. Raises RunFailed: it is damaged, or of a newer version."""
    path = f"{folder}/manifest.json"
    found = read_json(path, REMEDY)
    if isinstance(found, dict) and found.get("format", FORMAT) != FORMAT:
        raise RunFailed(
            f"{path}: format: {shown(found['format'])}: this version of idweave reads {FORMAT}; "
            f"take that which wrote it, or another run: {REMEDY.partition('run: ')[2]}"
        )
    if not _is_manifest(found):
        raise RunFailed(f"{path}: not what idweave writes: damaged; {REMEDY}")
    manifest: dict[str, Any] = found
    return manifest


def _is_manifest(found: Any) -> bool:
    """Whether what all readers need is there, each of its kind."""
    return (
        _has(found, _NEEDED)
        and _has(found, {key: kind for key, kind in _KNOWN.items() if key in found})
        and all(_has(table, _OF_TABLE) for table in found["tables"])
    )


def _has(found: Any, kinds: Mapping[str, type | tuple[type, ...]]) -> bool:
    return isinstance(found, dict) and all(
        isinstance(found.get(key), kind) for key, kind in kinds.items()
    )


def read_json(path: str, remedy: str) -> Any:
    """What a file of ours holds. Raises RunFailed: it is no JSON."""
    try:
        with open_file(path) as file:
            return json.loads(file.read())
    except IsADirectoryError as error:
        raise RunFailed(f"{path}: a folder, where a file should be: remove it; {remedy}") from error
    except (ValueError, RecursionError) as error:
        raise RunFailed(f"{path}: not what idweave writes: damaged; {remedy}") from error


def exists(path: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(path) if is_local(path) else bool(file_systems().exists(path))
