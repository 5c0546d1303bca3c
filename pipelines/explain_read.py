"""Reads of a published run only what concerns a few identities: filters go down to the files."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from pipelines.errors import WrongUsage
from pipelines.publish import read_manifest, run_folder
from transforms.columnar.normalise import IdentityTests, normalise_values
from transforms.store import open_file
from transforms.write_part import part_folder

Row = dict[str, Any]


class Identity(NamedTuple):
    """A value of an identity type; shown as TYPE:VALUE."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"


class Published:
    """One strategy of a published run."""

    def __init__(self, output: str, run_id: str | None, strategy: str) -> None:
        """Open a run.

        Raises:
            WrongUsage: there is no such run, or it has no such strategy.
        """
        output = output.rstrip("/") or "/"
        self.run_id = run_id or _current(output)
        manifest = read_manifest(output, self.run_id)
        if manifest is None:
            raise WrongUsage(f"--run-id: {self.run_id}: no such run in {output}/runs")
        self._folder = run_folder(output, self.run_id)
        self._configuration: dict[str, Any] = manifest["configuration"]
        self.strategy = strategy
        self.strategies = sorted(manifest["strategies"])
        self._tables = {(table["table"], table["of"]) for table in manifest["tables"]}
        if strategy in self.strategies:
            self.settings: dict[str, Any] = self._configuration["strategies"][strategy]
            self.policy: str = self.settings["policy"]
            self.link_on: list[str] = self.settings["link_on"]
            scopes = self.settings["scopes"] or self._configuration["scopes"] or {"default": []}
            self.scopes = list(scopes)
        self.types = list(self._configuration["identities"])

    def has(self, table: str) -> bool:
        """Whether the run wrote a table of the strategy."""
        return (table, self.strategy) in self._tables

    def normalised(self, identity: Identity) -> Identity | None:
        """What a value becomes under its type's normalisers; None: nothing that could be kept."""
        settings = self._configuration["identities"][identity.type]
        tests = IdentityTests(tuple(settings["normalise"]), (), False, None, 1 << 30)
        value = normalise_values(pa.array([identity.value]), tests).value[0].as_py()
        return None if value is None else Identity(identity.type, value)

    def identities(self, wanted: Iterable[Identity]) -> list[Row]:
        """The rows of `identities` of some identities."""
        columns = ["identity_type", "identity_value", "profile_id", "component_id", "scope"]
        return self._read("identities", _any_of("identity_type", "identity_value", wanted), columns)

    def identities_of(self, component: str) -> list[Row]:
        """The rows of `identities` of a component."""
        columns = ["identity_type", "identity_value", "profile_id"]
        return self._read("identities", pc.field("component_id") == component, columns)

    def linkages(self, component: str) -> list[Row]:
        """The linkages of a component."""
        return self._read("linkages", pc.field("component_id") == component)

    def linkages_of(self, identity: Identity, scope: str) -> list[Row]:
        """The linkages of an identity that no profile holds; reads the whole table."""
        left = _any_of("left_type", "left_value", [identity])
        right = _any_of("right_type", "right_value", [identity])
        return self._read("linkages", (left | right) & (pc.field("scope") == scope))

    def observations(self, component: str) -> list[Row]:
        """The observations of a component, in order."""
        return self._read("observations", pc.field("component_id") == component)

    def drops_of(self, identities: Iterable[Identity]) -> list[Row]:
        """What was dropped of some identities."""
        return self._read("drops", _any_of("identity_type", "identity_value", identities))

    def drops_by(self, records: Iterable[tuple[str, str]]) -> list[Row]:
        """What was dropped of some records, given as (source, record id)."""
        wanted = set(records)
        rows = self._read("drops", _of_records(wanted))
        return [row for row in rows if (row["source"], row["record_id"]) in wanted]

    def assigned(self, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """What became of some records, given as (source, record id)."""
        wanted = set(records)
        columns = ["source", "record_id", "profile_id", "status", "reason"]
        rows = self._read("assignments", _of_records(wanted), columns)
        return {
            (row["source"], row["record_id"]): row
            for row in rows
            if row["status"] != "duplicate" and (row["source"], row["record_id"]) in wanted
        }

    def _read(
        self, table: str, condition: pc.Expression, columns: list[str] | None = None
    ) -> list[Row]:
        if not self.has(table):
            return []
        folder = part_folder(self._folder, table, self.strategy)
        (match,) = FileSystems.match([f"{folder}/*.parquet"])
        rows: list[Row] = []
        for path in sorted(file.path for file in match.metadata_list):
            with open_file(path) as file:
                rows += pq.read_table(file, columns=columns, filters=condition).to_pylist()
        return rows


def _current(output: str) -> str:
    try:
        with open_file(f"{output}/current.json") as file:
            return str(json.loads(file.read())["run_id"])
    except OSError:
        raise WrongUsage(f"{output}: no current run is in this folder; name one by --run-id") from (
            None
        )


def _any_of(type_: str, value: str, wanted: Iterable[Identity]) -> pc.Expression:
    condition = pc.scalar(False)
    for identity in wanted:  # a few
        condition |= (pc.field(type_) == identity.type) & (pc.field(value) == identity.value)
    return condition


def _of_records(records: set[tuple[str, str]]) -> pc.Expression:
    ids = pa.array(sorted({record for _, record in records}), pa.string())
    sources = pa.array(sorted({source for source, _ in records}), pa.string())
    return pc.field("source").isin(sources) & pc.field("record_id").isin(ids)
