"""The profiles that a reader should see: the largest, and those to look at first."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.published.mask import masked
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.profile_ids import identities_of
from idweave.pipelines.published.run_tables import RunTables

FIRST = 10  # profiles of a list
_SHOWN = 8  # identities of a profile
_LONGEST = 60  # characters of a value


class Shown(NamedTuple):
    """A profile as the page shows it."""

    profile_id: str
    identities: int | None  # None: it is not counted here
    why: tuple[str, ...]  # its risks
    some: tuple[str, ...]  # identities, TYPE:VALUE


def riskiest(run: RunTables, strategy: str) -> list[tuple[str, tuple[str, ...]]]:
    """The profiles to look at first, with their risks, as the table `risks` orders them."""
    rows = _read(run, "risks", strategy, ["profile_id", "risk", "measure", "detail"])
    if rows is None or not rows.num_rows:
        return []
    limits = run.manifest["configuration"]["risks"]
    kinds = pa.array(list(limits), pa.string())
    of_kind = pa.array([max(float(limit), 1.0) for limit in limits.values()])
    limit = of_kind.take(pc.index_in(rows["risk"].combine_chunks().cast(pa.string()), kinds))
    beyond = pc.divide(rows["measure"].combine_chunks(), limit)
    grouped = (
        rows.append_column("beyond", beyond)
        .group_by("profile_id")
        .aggregate([("risk", "count_distinct"), ("beyond", "sum")])
    )
    order = [("risk_count_distinct", "descending"), ("beyond_sum", "descending"),
             ("profile_id", "ascending")]  # fmt: skip
    first = grouped.sort_by(order)[:FIRST]["profile_id"].to_pylist()
    own = rows.filter(pc.field("profile_id").isin(pa.array(first, pa.string()))).to_pylist()
    return [(one, tuple(_why(row) for row in own if row["profile_id"] == one)) for one in first]


def _why(row: Mapping[str, Any]) -> str:
    measure = f"{row['measure']:g}"
    about = f" ({row['detail']})" if row["detail"] else ""
    return {
        "many_identities": f"{measure} linked identities",
        "many_values": f"{measure} values of one type{about}",
        "weak_bridge": f"one record alone ties {measure} identities to the rest{about}",
        "busy_identity": f"one identity carries {measure} linkages{about}",
        "dropped_linkages": f"{measure} linkages were dropped",
    }[row["risk"]]


def shown(
    run: RunTables,
    strategy: str,
    largest: Sequence[tuple[str, int]],
    risky: Sequence[tuple[str, tuple[str, ...]]],
    show_values: bool,
) -> tuple[list[Shown], list[Shown]]:
    """The largest and the riskiest with some of their identities, read at once."""
    ids = [profile for profile, _ in (*largest, *risky)]
    known = identities_of(run, strategy, ids) if ids else {}

    def one(profile: str, size: int | None, why: tuple[str, ...]) -> Shown:
        listed = known.get(profile, [])
        some = tuple(
            f"{kind}:{_plain(value) if show_values else masked(value)}"
            for kind, value in listed[:_SHOWN]
        )
        return Shown(profile, len(listed) if size is None and known else size, why, some)

    return [one(p, n, ()) for p, n in largest], [one(p, None, why) for p, why in risky]


def _plain(value: str) -> str:
    """A value as it is; signs that change how others are read are shown as what they are."""
    shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown)


def _read(run: RunTables, table: str, name: str, columns: list[str]) -> pa.Table | None:
    tables = []
    for path in run.paths(table, name):
        with opened(path) as file:
            tables.append(pq.read_table(file, columns=columns, partitioning=None))
    return pa.concat_tables(tables) if tables else None


def counted(run: RunTables, table: str, name: str, by: list[str]) -> dict[tuple[str, ...], int]:
    """Rows of a table by the texts of some columns."""
    rows = _read(run, table, name, by)
    if rows is None or not rows.num_rows:
        return {}
    plain = pa.table({column: rows[column].cast(pa.string()) for column in by})
    found = plain.group_by(by).aggregate([([], "count_all")]).to_pylist()
    return {tuple(row[column] for column in by): row["count_all"] for row in found}


def filled(run: RunTables, platform: str) -> dict[str, int]:
    """Of each column of a platform, how many rows have a value."""
    counts: dict[str, int] = {}
    for path in run.paths("platforms", platform):
        with opened(path) as file:
            for batch in pq.ParquetFile(file).iter_batches(131_072):
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    valid = column.is_valid()
                    if pa.types.is_list(column.type):
                        valid = pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
                    counts[name] = counts.get(name, 0) + (pc.sum(valid).as_py() or 0)
    return counts
