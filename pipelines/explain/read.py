"""Reads of a published run only what concerns a few identities: filters go down to the files."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.published.database import connect
from idweave.pipelines.published.identity import Identity, normalised
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.run_tables import find_run
from idweave.pipelines.published.scan import literal, literals, rows_of, scan

Row = dict[str, Any]
Record = tuple[str, str]  # source, record id
_VALUES = "identities.list.element.value"
_NOT_LOOKED_AT = (  # the policy sees no such record
    "unknown_workspace",
    "too_many_identities",
    "no_identity",
    "request_not_used",
    "two_values_of_unique_type",
)


def identity_of(row: Row) -> Identity:
    """The identity of a row of `identities` or `drops`."""
    return Identity(row["identity_type"], row["identity_value"])


def order_of(row: Row) -> tuple[Any, ...]:
    """The order of observations: without a time first, then by time, source and record id."""
    time = row["event_time"]
    return time is not None, time or 0, row["source"].encode(), row["record_id"].encode()


def place_of(row: Row) -> Row:
    """What tells a record from others."""
    return {key: row[key] for key in ("source", "record_id", "event_time")}


def key_of(row: Row) -> Record:
    """The record's source and id."""
    return row["source"], row["record_id"]


def carried_by(row: Row) -> list[Identity]:
    """The identities of an observation."""
    return [Identity(pair["type"], pair["value"]) for pair in row["identities"]]


class Published:
    """One strategy of a published run."""

    def __init__(self, output: str, run_id: str | None, strategy: str | None) -> None:
        """Open a run; the strategy may be left out where there is only one.

        Raises:
            WrongUsage: there is no such run or strategy, or it has several and none is named.
        """
        self._run = find_run(output, run_id)
        manifest = self._run.manifest
        self.run_id: str = manifest["run_id"]
        self.strategy = self._run.strategy(strategy)
        self._counts: dict[str, Any] = manifest["strategies"][self.strategy].get("counts", {})
        self._known: dict[Identity, list[Row]] = {}
        self._database = connect()
        self._configuration: dict[str, Any] = manifest["configuration"]
        self.settings: dict[str, Any] = self._configuration["strategies"][self.strategy]
        self.policy: str = self.settings["policy"]
        self.link_on: list[str] = self.settings["link_on"]
        self.scopes = self._run.scopes(self.strategy)
        self.types = list(self._configuration["identities"])

    def reading(self) -> AbstractContextManager[None]:
        """Around what reads its files. Raises RunFailed: it failed because one is damaged."""
        return self._run.reading()

    def check_tables(self, tables: Sequence[str], command: str) -> None:
        """Refuse a run without tables of the strategy that a command reads. Raises WrongUsage."""
        self._run.check_tables(tables, self.strategy, command)

    def check_scope(self, named: str | None) -> None:
        """Refuse a scope that the strategy doesn't have. Raises WrongUsage."""
        self._run.check_scope(self.strategy, named)

    def normalised(self, identity: Identity) -> Identity | None:
        """What a value becomes under its type's normalisers; None: nothing that could be kept."""
        return normalised(identity, self._configuration)

    def identities(self, wanted: Iterable[Identity]) -> list[Row]:
        """The rows of `identities` of some identities."""
        wanted = list(wanted)
        columns = "identity_type, identity_value, profile_id, component_id, scope"
        if new := [identity for identity in wanted if identity not in self._known]:
            found = self._read("identities", _any_of(new), columns)
            for identity in new:
                self._known[identity] = [row for row in found if identity_of(row) == identity]
        return [row for identity in wanted for row in self._known[identity]]

    def identities_of(self, component: str) -> list[Row]:
        """The rows of `identities` of a component."""
        columns = "identity_type, identity_value, profile_id"
        return self._read("identities", _of_component(component), columns)

    def decisions(self) -> list[Row]:
        """What became of people's decisions, if the run had any."""
        return self._read("decisions", "true")

    def linkages(self, component: str) -> list[Row]:
        """The linkages of a component."""
        return self._read("linkages", _of_component(component))

    def observations(self, component: str) -> list[Row]:
        """The observations of a component, in order."""
        return self._read("observations", _of_component(component))

    def observations_of(self, identity: Identity, scope: str) -> list[Row]:
        """The observations that carry an identity; reads the values of the whole table."""
        rows: list[Row] = []
        for path in self._paths("observations"):
            with opened(path) as file:
                parquet = pq.ParquetFile(file)
                for group in range(parquet.num_row_groups):
                    lists = parquet.read_row_group(group, [_VALUES])["identities"].combine_chunks()
                    same = pc.equal(pc.struct_field(lists.flatten(), "value"), identity.value)
                    if pc.any(same).as_py():
                        place = pc.list_parent_indices(lists).filter(same).unique()
                        rows += parquet.read_row_group(group).take(place).to_pylist()
        return [row for row in rows if row["scope"] == scope and identity in carried_by(row)]

    def not_looked_at(self, type_: str) -> list[Row]:
        """Records without a profile that may carry an identity of a type, though no table says."""
        fates: dict[tuple[str, str | None], int] = {}
        for by_status in self._counts.get("records", {}).values():
            if suppressed := sum(by_status.get("suppressed", {}).values()):
                fates["suppressed", None] = fates.get(("suppressed", None), 0) + suppressed
            for status in ("unassigned", "refused"):
                for reason, count in by_status.get(status, {}).items():
                    if reason in _NOT_LOOKED_AT or type_ not in self.link_on:
                        fates[status, reason] = fates.get((status, reason), 0) + count
        return [{"status": s, "reason": r, "records": n} for (s, r), n in sorted(fates.items())]

    def drops_of(self, identities: Iterable[Identity]) -> list[Row]:
        """What was dropped of some identities."""
        wanted = set(identities)
        return [row for row in self._read("drops", _any_of(wanted)) if identity_of(row) in wanted]

    def drops_by(self, records: Iterable[tuple[str, str]]) -> list[Row]:
        """What was dropped of some records, given as (source, record id)."""
        wanted = set(records)
        rows = self._read("drops", _of_records(wanted))
        return [row for row in rows if (row["source"], row["record_id"]) in wanted]

    def assigned(self, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """What became of some records, given as (source, record id)."""
        wanted = set(records)
        columns = "source, record_id, profile_id, status, reason"
        rows = self._read("assignments", _of_records(wanted), columns)
        return {
            (row["source"], row["record_id"]): row
            for row in rows
            if row["status"] != "duplicate" and (row["source"], row["record_id"]) in wanted
        }

    def _read(self, table: str, where: str, columns: str = "*") -> list[Row]:
        """Some rows of a table, in its order; none where the run has no such table."""
        if not (paths := self._paths(table)):
            return []
        source = scan(self._database, table, paths)
        return rows_of(self._database, f"SELECT {columns} FROM {source} WHERE {where}")

    def _paths(self, table: str) -> list[str]:
        return self._run.paths(table, self.strategy)


def _of_component(component: str) -> str:
    return f"component_id = {literal(component)}"


def _any_of(wanted: Iterable[Identity]) -> str:
    """A condition that rows of some identities fulfil, and few others."""
    values = sorted({identity.value for identity in wanted})
    return f"identity_value IN ({literals(values)})" if values else "false"


def _of_records(records: set[Record]) -> str:
    """A condition that rows of some records fulfil, and few others."""
    ids = sorted({record_id for _, record_id in records})
    return f"record_id IN ({literals(ids)})" if ids else "false"
