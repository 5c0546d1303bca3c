"""Which profiles of the base requests are about, and what of them others have, too.

Everything is asked of the base's tables by DuckDB, which keeps what is large on the disk; what
comes back grows with the requests, not with the base.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from idweave.pipelines.privacy.request import Request
from idweave.pipelines.published.parts import reading
from idweave.pipelines.run.base import Base, files_of
from idweave.pipelines.settings.privacy import NEEDED, OBSERVATIONS, needs_observations
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.columnar.vocabulary import PrivacyRequest, Rule

if TYPE_CHECKING:
    import duckdb

_CARRIED = (Rule.HUB.text, Rule.APART.text)  # left out of a record before a policy saw it


class Resolved(NamedTuple):
    """What the base says of ``r`` requests; they are named by their places."""

    ambiguous: frozenset[int]
    profiles: pa.Table  # request, profile_id: of those that are not ambiguous
    records: pa.Table  # request, source, record_id: assigned to those profiles
    identities: pa.Table  # request, type, value, kept: of erasures; kept: others have it, too


def can_resolve(base: Base, strategy: str) -> bool:
    """Whether the base has what requests need."""
    needed = list(NEEDED)
    of = base.configuration.get("strategies", {}).get(strategy, {})
    decides = base.configuration.get("decisions") is not None
    if of.get("policy") not in POLICIES or needs_observations(of["policy"], decides):
        needed.append(OBSERVATIONS)
    return all((table, strategy) in base.tables for table in needed)


def resolve(
    base: Base, strategy: str, requests: Sequence[Request], erased_before: pa.Table
) -> Resolved:
    """Resolve requests against the base.

    Args:
        erased_before: profile_id: of earlier runs; whoever is erased is no "other".

    Raises:
        RunFailed: the base is damaged.
    """
    from idweave.pipelines.published.database import as_table, database
    from idweave.pipelines.published.scan import scan

    read: list[str] = []
    with reading(base.run_id, read), database() as opened:
        for table in (*NEEDED, OBSERVATIONS):
            source = _NO_OBSERVATIONS
            if (table, strategy) in base.tables:
                paths = [path for path, _ in files_of(base, table, strategy)]
                read += paths
                source = f"SELECT * FROM {scan(opened, f'files of {table}', paths)}"
            opened.execute(f"CREATE VIEW base_{table} AS {source}")
        opened.register("asked", _asked(requests))
        opened.register("erased_before", erased_before)
        opened.execute(_FOUND)
        several = {int(row[0]) for row in opened.execute(_SEVERAL).fetchall()}
        opened.execute(_ERASED)
        return Resolved(
            frozenset(several),
            as_table(opened, "SELECT request, profile_id FROM about ORDER BY ALL"),
            as_table(opened, _RECORDS),
            _identities(opened),
        )


def _asked(requests: Sequence[Request]) -> pa.Table:
    """A row for each identity that a request names."""
    rows = [
        (place, request.type == PrivacyRequest.ERASURE.text, kind, value)
        for place, request in enumerate(requests)
        for kind, value in request.identities
    ]
    columns: Iterator[Sequence[object]] = iter(zip(*rows, strict=True)) if rows else iter([[]] * 4)
    names = {"request": pa.int32(), "erases": pa.bool_(), "type": pa.string(), "value": pa.string()}
    return pa.table(
        {name: pa.array(of, kind) for (name, kind), of in zip(names.items(), columns, strict=True)}
    )


_NO_OBSERVATIONS = """
SELECT '' AS source, '' AS record_id, []::STRUCT("type" VARCHAR, "value" VARCHAR)[] AS identities
WHERE false
"""
_FOUND = """
CREATE TABLE found AS
SELECT DISTINCT asked.request, asked.erases, i.profile_id, i.scope
FROM asked JOIN base_identities i ON i.identity_type = asked.type AND i.identity_value = asked.value
"""
_SEVERAL = """
SELECT request FROM found GROUP BY request, scope HAVING count(*) > 1
"""
_ERASED = f"""
CREATE TABLE about AS
SELECT DISTINCT request, erases, profile_id FROM found WHERE request NOT IN ({_SEVERAL});
CREATE TABLE erased AS
SELECT DISTINCT profile_id FROM about WHERE erases UNION SELECT profile_id FROM erased_before;
"""
_RECORDS = """
SELECT DISTINCT about.request, a.source, a.record_id
FROM about JOIN base_assignments a USING (profile_id)
ORDER BY ALL
"""
_CANDIDATES = f"""
CREATE TABLE candidates AS
SELECT about.request, i.identity_type AS type, i.identity_value AS value
FROM about JOIN base_identities i USING (profile_id) WHERE about.erases AND i.linked
UNION
SELECT request, type, value FROM asked WHERE erases AND request NOT IN ({_SEVERAL});
CREATE TABLE values_ AS SELECT DISTINCT type, value FROM candidates;
"""
_CARRIERS = f"""
CREATE TABLE carriers AS
SELECT v.type, v.value, o.source, o.record_id
FROM (SELECT source, record_id, unnest(identities) AS identity FROM base_observations) o
JOIN values_ v ON o.identity.type = v.type AND o.identity.value = v.value
UNION
SELECT v.type, v.value, d.source, d.record_id
FROM base_drops d JOIN values_ v ON d.identity_type = v.type AND d.identity_value = v.value
WHERE d.rule IN {_CARRIED};
"""
_KEPT = """
CREATE TABLE kept AS
SELECT v.type, v.value
FROM values_ v JOIN base_identities i ON i.identity_type = v.type AND i.identity_value = v.value
WHERE i.profile_id NOT IN (SELECT profile_id FROM erased)
UNION
SELECT c.type, c.value FROM carriers c JOIN base_assignments a USING (source, record_id)
WHERE a.profile_id IS NOT NULL AND a.profile_id NOT IN (SELECT profile_id FROM erased);
"""


def _identities(opened: "duckdb.DuckDBPyConnection") -> pa.Table:
    """What erasures would suppress, and whether others have it."""
    from idweave.pipelines.published.database import as_table

    opened.execute(_CANDIDATES)
    opened.execute(_CARRIERS)
    opened.execute(_KEPT)
    return as_table(
        opened,
        "SELECT request, type, value, (type, value) IN (SELECT (type, value) FROM kept) AS kept "
        "FROM candidates ORDER BY ALL",
    )
