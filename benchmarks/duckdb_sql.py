"""A rival: SQL alone, in DuckDB; components by labels that shrink until nothing changes.

python -m benchmarks.duckdb_sql DATA OUT
"""

import sys
from pathlib import Path

import duckdb

from benchmarks.generate import TYPES


def main(data: str, out: str) -> None:
    """Read, normalise, drop junk, link, find components, write both tables."""
    Path(out).mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute("SET threads = 2; SET preserve_insertion_order = false")
    email = "lower(trim(email)) AS email"
    rest = ", ".join(f"NULL::VARCHAR AS {kind}" for kind in TYPES[3:])
    others = ", ".join(kind for kind in TYPES if kind != "email")
    db.execute(
        f"""
        CREATE TABLE records AS SELECT row_number() OVER () AS row, * FROM (
            SELECT 'web' AS source, event_id AS record_id, ts, {email}, {others}
            FROM '{data}/events/*.parquet'
            UNION ALL BY NAME
            SELECT 'crm' AS source, crm_id AS record_id, updated_at AS ts, {email},
                customer_id, phone, {rest} FROM '{data}/crm/*.parquet')"""
    )
    pairs = " UNION ALL ".join(
        f"SELECT row, {place}::TINYINT AS kind, {kind} AS value FROM records "
        f"WHERE {kind} NOT IN ('unknown', 'guest')"
        for place, kind in enumerate(TYPES)
    )
    db.execute(f"CREATE TABLE carried AS {pairs}")
    db.execute(
        """
        CREATE TABLE identities AS SELECT row_number() OVER () - 1 AS id, * FROM (
            SELECT kind, value, min(ts) AS first_seen, max(ts) AS last_seen,
                count(*) AS record_count
            FROM carried JOIN records USING (row) GROUP BY kind, value)"""
    )
    db.execute(
        """
        CREATE TABLE ids AS SELECT row, id FROM carried JOIN identities USING (kind, value);
        CREATE TABLE firsts AS SELECT row, min(id) AS first FROM ids GROUP BY row;
        CREATE TABLE edges AS SELECT DISTINCT first AS a, id AS b
            FROM ids JOIN firsts USING (row) WHERE first <> id"""
    )
    _components(db)
    name = "lpad(to_hex(label), 32, '0')"
    kinds = "[" + ", ".join(f"'{kind}'" for kind in TYPES) + "]"
    db.execute(
        f"""
        COPY (SELECT {kinds}[kind + 1] AS identity_type, value AS identity_value,
                {name} AS profile_id, {name} AS component_id, first_seen, last_seen, record_count
              FROM identities JOIN labels USING (id)) TO '{out}/identities.parquet';
        COPY (SELECT source, record_id, ts AS event_time,
                CASE WHEN label IS NOT NULL THEN {name} END AS profile_id,
                CASE WHEN label IS NULL THEN 'unassigned' ELSE 'assigned' END AS status
              FROM records LEFT JOIN firsts USING (row) LEFT JOIN labels ON id = first)
        TO '{out}/assignments.parquet'"""
    )


def _components(db: duckdb.DuckDBPyConnection) -> None:
    """Labels take the smallest of their neighbours', then that label's label, to the fixpoint."""
    db.execute("CREATE TABLE labels AS SELECT id, id AS label FROM identities")
    db.execute("CREATE TABLE ways AS SELECT a, b FROM edges UNION ALL SELECT b, a FROM edges")
    while True:
        db.execute(
            """
            CREATE OR REPLACE TABLE smaller AS
            SELECT l.id, least(l.label, min(n.label)) AS label
            FROM labels l LEFT JOIN ways ON l.id = a LEFT JOIN labels n ON n.id = b
            GROUP BY l.id, l.label;
            CREATE OR REPLACE TABLE jumped AS
            SELECT s.id, t.label FROM smaller s JOIN smaller t ON s.label = t.id"""
        )
        row = db.execute(
            "SELECT count(*) FROM jumped j JOIN labels l USING (id) WHERE j.label <> l.label"
        ).fetchone()
        db.execute("CREATE OR REPLACE TABLE labels AS SELECT * FROM jumped")
        if row is None or row[0] == 0:
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
