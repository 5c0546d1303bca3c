"""A small world of people who ask, and its runs."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, write_config

KEY = "a key of the test, which has forty bytes"
ASKED = "2026-02-01T00:00:00Z"


def record(record_id: str, day: str, **identities: str | None) -> dict[str, Any]:
    """A record of a day of 2026, as `01-31`; empty: without a time."""
    ts = f"2026-{day}T00:00:00Z" if day else None
    return {"id": record_id, "ts": ts, "uid": None, "email": None, "device": None} | identities


def erasure(request_id: str, **identities: str) -> dict[str, Any]:
    """A request of the first of February."""
    named = [{"type": kind, "value": value} for kind, value in identities.items()]
    return {
        "request_id": request_id,
        "type": "erasure",
        "submitted_at": ASKED,
        "identities": named,
    }


class World:
    """An output folder with its inputs, and the runs in it."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.output = folder / "out"
        (folder / "key").write_text(KEY)
        self.body: dict[str, Any] = {
            "sources": {
                "web": {
                    "path": "in.jsonl",
                    "record_id": "id",
                    "time": "ts",
                    "identities": {"uid": "uid", "email": "email", "device": "device"},
                }
            },
            "identities": {"uid": {}, "email": {"normalise": ["trim", "lower"]}, "device": {}},
            "strategies": {"one": {"policy": "merge_all"}},
            "privacy": {
                "requests": "requests.jsonl",
                "strategy": "one",
                "by": ["uid", "email"],
                "key": "file:key",
            },
        } | changes

    def write(self, records: Sequence[dict[str, Any]], *requests: dict[str, Any] | str) -> None:
        """What the next run reads."""
        lines = [one if isinstance(one, str) else json.dumps(one) for one in requests]
        (self.folder / "requests.jsonl").write_text("\n".join([*lines, ""]))
        (self.folder / "in.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))

    def launch(self, command: str, run_id: str, day: str, *more: str) -> int:
        """Run a command, as of a day of 2026; its exit status."""
        config = write_config(self.folder, self.body)
        as_of = f"2026-{day}T00:00:00Z"
        named = ["--run-id", run_id, "--as-of", as_of]
        return main([command, str(config), "--output", str(self.output), *named, *more])

    def current(self) -> Run:
        """The current run."""
        return Run(self.output)

    def changed(self, changes: dict[str, Any]) -> "World":
        """The same world with another configuration."""
        other = copy.copy(self)
        other.body = copy.deepcopy(self.body)
        privacy, identities = other.body["privacy"], other.body["identities"]
        if "privacy" in changes:
            del other.body["privacy"]
        if "key" in changes:
            (self.folder / "other").write_text(str(changes["key"]))
            privacy["key"] = "file:other"
        if "normalise" in changes:
            identities["email"] = {"normalise": changes["normalise"]}
        if "exports" in changes:
            privacy["exports"] = changes["exports"]
        if "type" in changes:
            identities[changes["type"]] = identities.pop("email")
            privacy["by"] = ["uid"]
            of_web = other.body["sources"]["web"]["identities"]
            of_web[changes["type"]] = of_web.pop("email")
            del other.body["decisions"]
        return other

    def run(self, command: str, run_id: str, day: str, *more: str) -> Run:
        """A run that is published."""
        assert self.launch(command, run_id, day, *more) == 0
        return Run(self.output)


def of_run(run: Run, table: str) -> list[dict[str, Any]]:
    """The rows of a table that is of no strategy."""
    files = sorted((run.folder / table).glob("*.parquet"))
    rows: list[dict[str, Any]] = pa.concat_tables(
        pq.ParquetFile(file).read() for file in files
    ).to_pylist()
    return rows
