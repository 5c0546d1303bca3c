"""Published runs as they lie in the output folder."""

import json
import os
from typing import Any

from idweave.transforms.exchange.store import file_systems, is_local, open_file

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
    """The manifest of a published run, or None if there is no such run."""
    path = f"{run_folder(output, run_id)}/manifest.json"
    if not exists(path):
        return None
    with open_file(path) as file:
        manifest: dict[str, Any] = json.loads(file.read())
        return manifest


def exists(path: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(path) if is_local(path) else bool(file_systems().exists(path))
