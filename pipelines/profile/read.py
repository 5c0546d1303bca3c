"""Finds profiles in the tables of a run: whoever holds an identity, or has (had) an id."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import duckdb

from idweave.pipelines.published.identity import Identity
from idweave.pipelines.published.run_tables import RunTables
from idweave.pipelines.published.scan import literal, literals, rows_of, scan

Row = dict[str, Any]
MOST = 100  # profiles that are shown; how many there are is told
_OF_STRATEGY = ("identities", "profiles", "evidence", "ids", "aliases")
NAMED = ("audiences", "groups", "group_attributes", "platforms")  # a table for each name


class Found(NamedTuple):
    """What was found."""

    profile_ids: tuple[str, ...]  # the first ones, sorted
    in_all: int
    id: Row | None = None  # the row of `ids` that was asked for
    component_ids: tuple[str, ...] = ()  # that they are made of, if they are known to be all


class Lookup:
    """The tables of one strategy of a run."""

    def __init__(self, database: duckdb.DuckDBPyConnection, run: RunTables, strategy: str) -> None:
        self._database, self._run, self.strategy = database, run, strategy

    def names(self, table: str) -> list[str]:
        """The platforms, audiences or groups of the strategy that the run wrote."""
        settings: Row = self._run.manifest["configuration"]
        key = "groups" if table == "group_attributes" else table
        of = settings.get(key) or {}
        return [
            name
            for name in of
            if of[name]["strategy"] == self.strategy and self._run.has(table, name)
        ]

    def has(self, table: str) -> bool:
        """Whether the run wrote a table of the strategy."""
        return self._run.has(table, self.strategy)

    def rows(self, table: str, where: str, name: str = "", columns: str = "*") -> list[Row]:
        """Some rows of a table; none where the run has no such table."""
        paths = self._run.paths(table, name or self.strategy)
        if not paths:
            return []
        source = scan(self._database, f"{table}/{name}", paths)
        return rows_of(self._database, f"SELECT {columns} FROM {source} WHERE {where}")

    def holders(self, asked: Sequence[Identity], scope: str | None) -> Found:
        """The profiles that list an identity, of the first of some spellings that any lists."""
        values = [one.value for one in asked]
        where = f"identity_value IN ({literals(values)})"
        where += f" AND identity_type = {literal(asked[0].type)}"
        if scope is not None:
            where += f" AND scope = {literal(scope)}"
        columns = (
            f"identity_value, count(*) AS in_all, min(profile_id, {MOST}) AS first, "
            f"CASE WHEN count(*) = count(component_id) AND count(*) <= {MOST} "
            "THEN list(DISTINCT component_id) END AS components"
        )
        rows = self.rows("identities", f"{where} GROUP BY identity_value", columns=columns)
        by_value = {row["identity_value"]: row for row in rows}
        for one in asked:
            if row := by_value.get(one.value):
                return Found(
                    tuple(row["first"]), row["in_all"], None, tuple(row["components"] or ())
                )
        return Found((), 0)

    def of_id(self, profile_id: str, scope: str | None) -> Found:
        """The profile that has an id, or that follows the one that had it."""
        where = f"profile_id = {literal(profile_id)}"
        known = self.rows("ids", where)
        if not self.has("ids"):
            table = "profiles" if self.has("profiles") else "identities"
            rows = self.rows(table, where, columns="profile_id, scope")[:1]
            known = [row | {"status": "live", "current_id": profile_id} for row in rows]
        known = [row for row in known if scope in (None, row["scope"])]
        if not known:
            return Found((), 0)
        current = known[0]["current_id"]
        return Found((current,), 1, known[0]) if current else Found((), 0, known[0])

    def described(self, found_ids: Found) -> list[Row]:
        """All that the tables say of some profiles, in the order of the ids."""
        if not (ids := found_ids.profile_ids):
            return []
        among = f"= {literals(ids)}" if len(ids) == 1 else f"IN ({literals(ids)})"
        profile = f"profile_id {among}"
        where = dict.fromkeys(_OF_STRATEGY, profile)
        if found_ids.component_ids:  # rows are in their order: most row groups are skipped
            where["identities"] += f" AND component_id IN ({literals(found_ids.component_ids)})"
        found = {table: self.rows(table, where[table]) for table in _OF_STRATEGY}
        for table, column in (("ids", "current_id"), ("aliases", "alias_id")):
            # on its own: a condition with OR reads all row groups
            more = self.rows(table, f"{column} {among}")
            found[table] += [row for row in more if row not in found[table]]
        named = {
            table: {name: self.rows(table, profile, name) for name in self.names(table)}
            for table in NAMED
            if table != "group_attributes"
        }
        groups = {row["group_id"] for rows in named["groups"].values() for row in rows}
        named["group_attributes"] = {
            name: self.rows("group_attributes", f"group_id IN ({literals(sorted(groups))})", name)
            for name in self.names("group_attributes")
            if groups
        }
        settings: Row = self._run.manifest["configuration"]["strategies"][self.strategy]
        found["identities"].sort(key=partial(_strength, settings["link_on"]))
        return [_profile(one, found, named) for one in ids]


def _profile(of: str, found: dict[str, list[Row]], named: dict[str, dict[str, list[Row]]]) -> Row:
    """One profile, of the rows of all."""
    own = {
        table: [row for row in rows if row.get("profile_id") == of] for table, rows in found.items()
    }
    facts = next(iter(own["profiles"]), {})
    held = own["identities"]
    scope = [row["scope"] for row in (*own["profiles"], *held, *own["ids"])]
    profile = {"profile_id": of, "scope": scope[0] if scope else None}
    profile |= {key: facts[key] for key in FACTS if key in facts}
    profile["identities"] = [{key: row[key] for key in IDENTITY} for row in held]
    profile["attributes"] = _attributes(facts, own["evidence"])
    profile["audiences"] = _by_name(named["audiences"], of)
    profile["groups"] = _groups(named, of)
    profile["aliases"] = sorted(
        (row for row in found["aliases"] if of in (row["profile_id"], row["alias_id"])),
        key=lambda row: (row["from_time"], row["alias_id"], row["profile_id"]),
    )
    profile["platforms"] = _by_name(named["platforms"], of)
    past = [row for row in found["ids"] if row["current_id"] == of and row["profile_id"] != of]
    keys = ("profile_id", "status", "born_run", "born_at", "ended_run", "ended_at")
    past.sort(key=lambda row: (row["ended_at"], row["profile_id"]))
    profile["past_ids"] = [{key: row[key] for key in keys} for row in past]
    return profile


FACTS = (
    "first_seen",
    "last_seen",
    "record_count",
    "identity_count",
    "known",
    "orphaned",
    "linked_from",
)
IDENTITY = ("identity_type", "identity_value", "linked", "first_seen", "last_seen", "record_count")
_EVIDENCE = ("rule", "candidates", "source", "record_id", "event_time")


def _strength(link_on: Sequence[str], row: Row) -> tuple[Any, ...]:
    """The order of a profile's identities in the tables: linked ones first, the strongest first."""
    type_ = row["identity_type"]
    place = link_on.index(type_) if row["linked"] else len(link_on)
    return place, type_, row["identity_value"].encode()


def _attributes(facts: Row, evidence: Sequence[Row]) -> dict[str, Row]:
    """Each attribute's value, with the record that it is from."""
    made = {row["attribute"]: row for row in evidence}
    names = [key for key in facts if key not in (*FACTS, "profile_id", "scope")]
    names += [name for name in made if name not in names]
    return {
        name: {"value": facts[name] if name in facts else made[name]["value"]}
        | {key: made[name][key] for key in _EVIDENCE if name in made}
        for name in names
    }


def _by_name(tables: dict[str, list[Row]], of: str) -> dict[str, Row]:
    """The row that each of some tables has of a profile, where there is one."""
    return {
        name: {key: row[key] for key in row if key not in ("profile_id", "scope")}
        for name, rows in tables.items()
        for row in rows
        if row["profile_id"] == of
    }


def _groups(named: dict[str, dict[str, list[Row]]], of: str) -> dict[str, Row]:
    """The group of each kind that a profile is in, with what is known of it."""
    groups = _by_name(named["groups"], of)
    for name, group in groups.items():
        for row in named["group_attributes"].get(name, []):
            if row["group_id"] == group["group_id"]:
                group |= {key: row[key] for key in row if key != "scope"}
    return groups
