"""A rival: SQL alone, in DuckDB, which spills to disk where memory is short.

    python -m benchmarks.duckdb_sql DATA OUT

A node is a 64-bit hash of type and value (the run fails where two collide), so no text is joined.
Components: every node adopts the smallest hash around it, links are rewritten, until none is left;
then the labels are composed from the last round back.
"""

import sys
from pathlib import Path

import duckdb

from benchmarks.generate import TYPES

_OF_CRM = TYPES[:3]
_SOURCES = (
    ("web", "events", "event_id", "ts", TYPES),
    ("crm", "crm", "crm_id", "updated_at", _OF_CRM),
)


def main(data: str, out: str) -> None:
    """Read, normalise, drop junk, link, find components, write both tables."""
    Path(out).mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute(f"SET threads = 2; SET temp_directory = '{out}/spilled'")
    db.execute("SET preserve_insertion_order = false")
    for source, folder, record_id, time, kinds in _SOURCES:
        values = ", ".join(f"{_clean(kind)} AS {kind}" for kind in kinds)
        keys = ", ".join(f"{_key(kind)} AS k{TYPES.index(kind)}" for kind in kinds)
        db.execute(
            f"""CREATE TEMP TABLE {source} AS SELECT record_id, time, {keys} FROM (
                SELECT {record_id} AS record_id, {time} AS time, {values}
                FROM '{data}/{folder}/*.parquet')"""
        )
    _nodes(db, data)
    _links(db)
    _components(db)
    _write(db, out)


def _clean(kind: str) -> str:
    value = f"lower(trim({kind}))" if kind == "email" else kind
    return f"CASE WHEN {value} NOT IN ('unknown', 'guest') THEN {value} END"


def _key(kind: str) -> str:
    return f"CASE WHEN {kind} IS NOT NULL THEN hash({kind}, {TYPES.index(kind)}) END"


def _nodes(db: duckdb.DuckDBPyConnection, data: str) -> None:
    """The distinct identities with their texts; a collision of hashes ends the run."""
    parts = []
    for place, kind in enumerate(TYPES):
        files = [f"{data}/events/*.parquet"] + [f"{data}/crm/*.parquet"] * (kind in _OF_CRM)
        read = f"read_parquet({files}, union_by_name = true)"
        parts.append(
            f"SELECT {place}::TINYINT AS kind, value, hash(value, {place}) AS k FROM "
            f"(SELECT DISTINCT {_clean(kind)} AS value FROM {read}) WHERE value IS NOT NULL"
        )
    db.execute("CREATE TEMP TABLE node AS " + " UNION ALL ".join(parts))
    found = db.execute("SELECT count(*), count(DISTINCT k) FROM node").fetchone()
    if found is None or found[0] != found[1]:
        raise SystemExit("two identities have one 64-bit hash")


def _links(db: duckdb.DuckDBPyConnection) -> None:
    """Each record's first identity with each of its others, and what is known of identities."""
    pairs, facts = [], []
    for source, _, _, _, kinds in _SOURCES:
        keys = [f"k{TYPES.index(kind)}" for kind in kinds]
        facts += [
            f"SELECT {k} AS k, min(time) AS low, max(time) AS high, count(*) AS n FROM {source} "
            f"WHERE {k} IS NOT NULL GROUP BY 1"
            for k in keys
        ]
        for place in range(1, len(keys)):
            first = f"coalesce({', '.join([*keys[:place], 'NULL'])})"
            pairs.append(
                f"SELECT {first} AS a, {keys[place]} AS b FROM {source} "
                f"WHERE b IS NOT NULL AND a IS NOT NULL"
            )
    db.execute(f"CREATE TEMP TABLE edge AS SELECT DISTINCT a, b FROM ({' UNION ALL '.join(pairs)})")
    db.execute(
        f"""CREATE TEMP TABLE facts AS SELECT k, min(low) AS low, max(high) AS high,
            sum(n)::BIGINT AS n FROM ({" UNION ALL ".join(facts)}) GROUP BY 1"""
    )


def _components(db: duckdb.DuckDBPyConnection) -> None:
    """Contract round by round, then compose the labels."""
    db.execute("CREATE TEMP TABLE e0 AS SELECT a, b FROM edge UNION ALL SELECT b, a FROM edge")
    rounds = 0
    while db.execute(f"SELECT 1 FROM e{rounds} LIMIT 1").fetchone():
        now, after = rounds, rounds + 1
        db.execute(
            f"""CREATE TEMP TABLE r{now} AS
                SELECT a AS k, least(a, min(b)) AS label FROM e{now} GROUP BY a;
            CREATE TEMP TABLE e{after} AS SELECT DISTINCT l.label AS a, r.label AS b
                FROM e{now} e JOIN r{now} l ON e.a = l.k JOIN r{now} r ON e.b = r.k
                WHERE l.label <> r.label;
            DROP TABLE e{now}"""
        )
        rounds = after
    for above in range(rounds - 1, 0, -1):
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE r{above - 1} AS
                SELECT a.k, coalesce(b.label, a.label) AS label
                FROM r{above - 1} a LEFT JOIN r{above} b ON a.label = b.k"""
        )
    db.execute(
        """CREATE TEMP TABLE labels AS
            SELECT kind, value, node.k, coalesce(label, node.k) AS label
            FROM node LEFT JOIN r0 ON node.k = r0.k"""
    )


def _write(db: duckdb.DuckDBPyConnection, out: str) -> None:
    name = "lpad(to_hex(label), 32, '0')"
    kinds = "[" + ", ".join(f"'{kind}'" for kind in TYPES) + "]"
    db.execute(
        f"""COPY (SELECT {kinds}[kind + 1] AS identity_type, value AS identity_value,
                {name} AS profile_id, {name} AS component_id, 'default' AS scope, true AS linked,
                low AS first_seen, high AS last_seen, n AS record_count
            FROM labels JOIN facts USING (k)) TO '{out}/identities.parquet'"""
    )
    for source, _, _, _, kinds_of in _SOURCES:
        first = f"coalesce({', '.join(f'k{TYPES.index(kind)}' for kind in kinds_of)})"
        db.execute(
            f"""COPY (SELECT '{source}' AS source, record_id, time AS event_time,
                    'default' AS scope, CASE WHEN label IS NOT NULL THEN {name} END AS profile_id,
                    CASE WHEN label IS NULL THEN 'unassigned' ELSE 'assigned' END AS status,
                    CASE WHEN label IS NULL THEN 'no_identity' END AS reason
                FROM {source} LEFT JOIN labels ON labels.k = {first})
                TO '{out}/assignments-{source}.parquet'"""
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
