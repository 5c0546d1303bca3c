"""`idweave load --to postgresql://…`, on a server of Debian's packages that the tests start."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.load.postgres import open_postgres
from tests.pipelines.load.conftest import RUNS
from tests.pipelines.load.kills import kill_loads
from tests.pipelines.load.readers import PostgresReader
from tests.pipelines.running import RunFolder

adbc = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="pip install idweave[postgres]")


def load(output: Path, url: str, schema: str, run_id: str) -> int:
    return main(["load", str(output), "--to", url, "--schema", schema, "--run-id", run_id])


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def tables(url: str, schema: str) -> dict[str, list[str]]:
    """All rows as texts, in one order, but for those that tell of the load."""
    found = {}
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT tablename::text FROM pg_tables WHERE schemaname = '{schema}'")
        for (name,) in cursor.fetchall():
            if name != "idweave_runs":
                cursor.execute(f'SELECT t::text FROM {schema}."{name}" AS t')
                found[name] = sorted(text for (text,) in cursor.fetchall())
    return found


def test_loads_by_changes_end_in_the_rows_of_whole_loads(chain: Path, server: str) -> None:
    for place, run_id in enumerate(RUNS):
        assert load(chain, server, "followed", run_id) == 0
        ((held, how),) = asked(server, "SELECT run_id, loaded FROM followed.idweave_runs")
        assert (held, how) == (run_id, "by changes" if place else "whole")
        assert load(chain, server, f"whole_{run_id}", run_id) == 0
        found = tables(server, "followed")
        assert found == tables(server, f"whole_{run_id}")
        assert ("platforms_mail" in found) == (place < 3)
        told = RunFolder(chain / f"runs/run_id={run_id}").manifest["tables"]
        count = {name: len(rows) for name, rows in found.items()}
        assert count["assignments"] == sum(
            of["rows"] for of in told if of["table"] == "assignments"
        )
    assert load(chain, server, "followed", "r1") == 0  # back: emptied, not dropped
    assert tables(server, "followed") == tables(server, "whole_r1")
    run = RunFolder(chain / "runs/run_id=r3")
    columns = "identity_type, identity_value, profile_id, component_id, scope, linked, "
    query = f"SELECT {columns} first_seen, last_seen, record_count FROM whole_r3.identities"
    there = asked(server, f"{query} WHERE strategy = 'careful'")
    assert sorted(map(str, there)) == sorted(
        str(tuple(row.values())) for row in run.rows("identities", "careful")
    )
    (one,) = asked(server, "SELECT identities->0->>'type' FROM whole_r3.observations LIMIT 1")
    assert one[0] in ("email", "device")


def test_rows_that_go_out_in_pieces_arrive_as_they_are(server: str) -> None:
    numbers = range(40_000)
    pairs = pa.list_(pa.struct([("type", pa.string())]))
    rows = pa.table(
        {
            "n": pa.array(numbers, pa.int64()),
            "even": [None if n % 3 == 0 else n % 2 == 0 for n in numbers],
            "texts": [None if n % 5 == 0 else [str(n)] * (n % 4) for n in numbers],
            "pairs": pa.array([[{"type": str(n)}] * (n % 3) for n in numbers], pairs),
        }
    )
    with open_postgres(server) as database, database.transaction():
        kinds = {field.name: database.type_name(field.type) for field in rows.schema}
        columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        database.execute("CREATE SCHEMA pieces")
        database.execute(f"CREATE TABLE pieces.t ({columns})")
        database.insert('"pieces"."t"', rows.schema, iter(rows.to_batches()))
    found = asked(server, "SELECT n, even, texts, pairs::text FROM pieces.t ORDER BY n")
    assert found == [
        (of["n"], of["even"], of["texts"], json.dumps(of["pairs"], separators=(",", ":")))
        for of in rows.to_pylist()
    ]


def test_keys_indexes_and_comments_are_there(chain: Path, server: str) -> None:
    assert load(chain, server, "told", "r0") == 0
    query = "SELECT indexdef::text FROM pg_indexes WHERE schemaname = 'told' ORDER BY indexname"
    made = [text.partition(" ON told.")[2] for (text,) in asked(server, query)]
    assert {
        "assignments USING btree (profile_id)",
        "assignments USING hash (record_id)",
        "identities USING btree (profile_id)",
        "identities USING hash (identity_value)",
        "profiles USING btree (strategy, profile_id)",
        "ids USING btree (strategy, profile_id)",
    } <= set(made)
    of_column = "SELECT col_description('told.identities'::regclass, 3)"
    assert asked(server, of_column) == [("the value, as normalised (personal data)",)]


def test_what_is_not_as_load_left_it_is_one_line_and_nothing_is_touched(
    chain: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(chain, server, "by_hand", "r0") == 0
    before = tables(server, "by_hand")
    with adbc.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE by_hand.profiles ADD COLUMN mine int")
        cursor.execute("CREATE SCHEMA others")
        cursor.execute("CREATE VIEW others.profiles AS SELECT 1 AS x")
        connection.commit()
    for schema, status, line in (
        ("by_hand", 1, "table profiles: column mine was changed since it was loaded; load into"),
        ("others", 2, "table profiles: it is there already and not from idweave load; load into"),
    ):
        capsys.readouterr()
        assert load(chain, server, schema, "r1") == status
        said = capsys.readouterr().err.splitlines()
        assert [one[: len(line)] for one in said] == [line]
    assert {n: len(r) for n, r in tables(server, "by_hand").items()} == {
        name: len(found) for name, found in before.items()
    }
    assert tables(server, "others") == {}


def test_passwords_and_servers_that_are_not_there_are_one_line(
    chain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for url, status, line in (
        ("postgresql://me:secret@h/d", 2, "--to: a password; others see the command line: set PG"),
        ("postgresql://h/d?password=secret", 2, "--to: a password; others see the command line:"),
        ("postgresql://me@127.0.0.1:1/d", 1, "--to: postgresql://127.0.0.1/d: no connection: "),
    ):
        capsys.readouterr()
        assert main(["load", str(chain), "--to", url]) == status
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith(line)
        assert "secret" not in said


def test_readers_see_one_run_whole_while_loads_are_killed(chain: Path, server: str) -> None:
    """At two moments; `python -m tests.pipelines.load.kills` does it at twenty."""
    reader = PostgresReader(server, "--tables", "assignments,identities,profiles,ids")
    moments = list(kill_loads(reader, chain, RUNS[:3], 2))
    assert sum(moment.reads for moment in moments) > 2
