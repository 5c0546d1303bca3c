"""Published runs as they lie in the output folder."""

import json
import os
from collections.abc import Sequence
from typing import Any

from idweave.pipelines.errors import RunFailed
from idweave.transforms.exchange.store import file_systems, is_local, open_file

_IN_MANIFEST = ("run_id", "started_at", "strategies", "tables")
LONGEST_ID = 200  # letters of a run id


def is_run_id(text: str) -> bool:
    """Whether a text may name a run: letters, digits and . _ -, neither . nor - first."""
    return 0 < len(text) <= LONGEST_ID and text[0] not in ".-" and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in text
    )  # fmt: skip


def run_folder(output: str, run_id: str) -> str:
    """Where a published run is."""
    return f"{output}/runs/run_id={run_id}"


def read_manifest(output: str, run_id: str) -> dict[str, Any] | None:
    """The manifest of a published run, or None if there is no such run. Raises RunFailed."""
    return manifest_in(run_folder(output, run_id))


def manifest_in(folder: str) -> dict[str, Any] | None:
    """The manifest in a run's own folder, or None if it is no run's. Raises RunFailed."""
    path = f"{folder}/manifest.json"
    return read_written(path, _IN_MANIFEST, "name another run, or remove this one's folder")


def read_written(path: str, keys: Sequence[str], remedy: str) -> dict[str, Any] | None:
    """A JSON file as this project writes it, or None where there is none.

    Raises:
        RunFailed: it is no JSON, or an object that lacks one of the keys.
    """
    if not exists(path):
        return None
    with open_file(path) as file:
        try:
            found = json.loads(file.read())
        except ValueError:  # nothing of its text in the error
            found = None
    if not isinstance(found, dict) or any(key not in found for key in keys):
        raise RunFailed(f"{path}: not what idweave writes: damaged; {remedy}")
    return found


def exists(path: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(path) if is_local(path) else bool(file_systems().exists(path))
