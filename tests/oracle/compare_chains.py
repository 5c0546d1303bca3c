"""Plays random chains of runs through the product, and compares all tables with the plain reading.

Many worlds share a run, each a scope; strategies share a configuration, one policy each.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from idweave.pipelines.cli.main import main
from tests.oracle import tables
from tests.oracle.changes import Published, apply, by_key, changes
from tests.oracle.compare import configuration, write_records
from tests.oracle.decisions import Decision
from tests.oracle.play import Played, play
from tests.oracle.random_chains import (
    POLICIES,
    Rules,
    Step,
    random_bases,
    random_decisions,
    random_records,
    random_rules,
)
from tests.oracle.world import Row
from tests.pipelines.running import RunFolder, write_config

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_SMALL = {
    "ids": (
        "profile_id", "scope", "status", "current_id", "birth_id", "born_run", "born_at",
        "ended_run", "ended_at",
    ),
    "id_changes": ("profile_id", "scope", "change", "other_id", "run_id", "changed_at"),
    "assignments": tables.ASSIGNMENTS,
    "identities": tables.IDENTITIES,
    "profiles": tables.PROFILES,
    "decisions": (
        "id", "action", "left_type", "left_value", "right_type", "right_value", "scope",
        "strategy", "decided_at", "decided_by", "reason", "outcome",
    ),
}  # fmt: skip
_DROPS = ("source", "record_id", "identity_type", "identity_value", "rule")
_LEFT, _RIGHT = ("left_type", "left_value"), ("right_type", "right_value")


def chain_of(
    seed: int, worlds: int, policy: str, strategies: int, runs: int = 3, decided: bool = False
) -> list[Step]:
    """Some scopes' records and some strategies' rules in one chain; decisions if asked for.

    Args:
        policy: of all strategies; `any`: each policy in turn.
    """
    of = [POLICIES[i % len(POLICIES)] if policy == "any" else policy for i in range(strategies)]
    records = [random_records(seed * 1000 + i, f"w{i:03d}", runs) for i in range(worlds)]
    rules = {f"s{i}": random_rules(seed * 1000 + i, of[i], runs) for i in range(strategies)}
    by_run = [{name: steps[run] for name, steps in rules.items()} for run in range(runs)]
    decisions = _decisions(seed, worlds, by_run) if decided else [[] for _ in by_run]
    bases = random_bases(seed, runs)
    return [
        Step(
            f"run{run}",
            (1 + run) * 86_400_000_000,
            bases[run],
            [record for world in records for record in world[run]],
            by_run[run],
            decisions[run],
        )
        for run in range(runs)
    ]


def _decisions(seed: int, worlds: int, rules: Sequence[Rules]) -> list[list[Decision]]:
    """Rows of decisions, run by run, each for one scope: that of its world."""
    out: list[list[Decision]] = [[] for _ in rules]
    for i in range(worlds):
        scope = f"w{i:03d}"
        of_world = random_decisions(seed * 1000 + i, rules, [scope], f"{scope}-")
        for run, rows in enumerate(of_world):
            out[run] += [row._replace(scope=row.left and scope) for row in rows]
    return out


def moment(micros: int) -> str:
    """A time as files write it."""
    return (EPOCH + datetime.timedelta(microseconds=micros)).isoformat()


def write_decisions(folder: Path, rows: Sequence[Decision]) -> str:
    """Write rows of decisions as JSON lines; returns the path."""
    path = folder / "decisions.jsonl"
    lines = []
    for row in rows:
        body = row.row() | {"decided_at": moment(row.decided_at)}
        lines.append(json.dumps({key: value for key, value in body.items() if value is not None}))
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def run_chain(folder: Path, chain: Sequence[Step], **more: Any) -> list[RunFolder]:
    """Publish every run of a chain, each on its base."""
    published = []
    for step in chain:
        source = folder / step.run_id
        write_records(source, step.records)
        scopes = sorted({record.scope for record in step.records})
        body = configuration(source, scopes, dict(step.rules))
        body["tables"] = [*body["tables"], "ids", "id_changes"]
        for reading in body["sources"].values():
            reading["duplicates"] = "drop"  # records are compared with those of the base
        if step.decisions:
            body["decisions"] = write_decisions(source, step.decisions)
            body["tables"] = [*body["tables"], "decisions"]
        if more.get("tables"):  # records stay where they are if all sources create
            del body["sources"]["updates"]
        body |= more
        config = write_config(source, body)
        arguments = [str(config), "--output", str(folder / "out"), "--run-id", step.run_id]
        arguments += ["--as-of", moment(step.as_of)]
        base = [] if step.base is None else ["--base", chain[step.base].run_id]
        command = "backfill" if step.base is None else "refresh"
        assert main([command, *arguments, *base]) == 0
        published.append(RunFolder(folder / "out" / "runs" / f"run_id={step.run_id}"))
    return published


def differences(folder: Path, chain: Sequence[Step], **more: Any) -> list[str]:
    """Tables of runs in which the product differs from the plain reading."""
    published = run_chain(folder, chain, **more)
    out = []
    for name in chain[0].rules:
        for run, expected in zip(published, play(chain, name, everywhere=True), strict=True):
            out += run_differs(run, name, expected)
    return out


def run_differs(run: RunFolder, name: str, expected: Played) -> list[str]:
    """Tables of one run and strategy that differ."""
    wanted: dict[str, Sequence[Row]] = {
        "ids": expected.lasting.ids,
        "id_changes": expected.lasting.id_changes,
    } | expected.tables
    out = []
    written = {table["table"] for table in run.manifest["tables"]}
    for table, columns in _SMALL.items():
        if table not in written:
            continue
        found = [plain_row(row, columns) for row in run.rows(table, name)]
        rows = [plain_row(row, columns) for row in wanted[table]]
        left, right = sorted(map(repr, found)), sorted(map(repr, rows))
        if left != right:
            first = next((r for r in right if r not in left), None)
            other = next((r for r in left if r not in right), None)
            out.append(f"{expected.step.run_id} {name} {table}: {first} but {other}")
    drops = Counter(
        plain_row(row, _DROPS) for row in (run.rows("drops", name) if "drops" in written else ())
    )
    if "drops" in written and drops != expected.expected.drops:
        out.append(f"{expected.step.run_id} {name} drops: {expected.expected.drops - drops} "
                   f"but {drops - expected.expected.drops}")  # fmt: skip
    links = {
        (plain_row(row, _LEFT), plain_row(row, _RIGHT), row["rule"])
        for row in (run.rows("linkages", name) if "linkages" in written else ())
        if row["status"] == "dropped"
    }
    if "linkages" in written and links != expected.expected.dropped_links:
        out.append(f"{expected.step.run_id} {name} linkages")
    counted = run.manifest["strategies"][name].get("churn")
    if counted != expected.churn:
        out.append(f"{expected.step.run_id} {name} churn: {expected.churn} but {counted}")
    return out


def wrong_changes(folder: Path, chain: Sequence[Step]) -> list[str]:
    """Tables whose `changes` don't make this run's of the base's, or tell more than they must."""
    out = []
    for step in chain:
        if step.base is None:
            continue
        of_base, run = (
            RunFolder(folder / "out" / "runs" / f"run_id={run_id}")
            for run_id in (chain[step.base].run_id, step.run_id)
        )
        out += changes_differ(of_base, run, step.rules)
    return out


def changes_differ(of_base: RunFolder, run: RunFolder, names: Iterable[str]) -> list[str]:
    """The same of one run."""
    written = set(run.digests())
    return [
        wrong
        for table in ("assignments", "identities", "profiles")
        for name in names
        if (table, name) in written
        for wrong in _wrong(table, name, of_base, run)
    ]


def _wrong(table: str, name: str, of_base: RunFolder, run: RunFolder) -> list[str]:
    columns = tuple(run.table(table, name).column_names)
    was, now = of_base.rows(table, name), run.rows(table, name)
    told = run.rows(f"changes/{table}", name)
    ended = {r["profile_id"] for r in run.rows("id_changes", name) if r["change"] == "erased"}
    wanted = changes(table, Published(columns, was), Published(columns, now), ended)
    out = []
    if sorted(map(_text, told)) != sorted(map(_text, wanted or [])):
        out.append(f"{run.folder} changes/{table} {name}")
    after = apply(table, was, told)
    if sorted(map(_text, after)) != sorted(map(_text, by_key(table, now).values())):
        out.append(f"{run.folder} {table} {name} from its base")
    return out


def _text(row: Row) -> str:
    return repr(sorted(row.items()))


def plain_row(row: Row, columns: Sequence[str]) -> tuple[Any, ...]:
    """A row's values, times as microseconds."""
    return tuple(_value(row[column]) for column in columns)


def _value(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // datetime.timedelta(microseconds=1)
    return value
