"""SEMANTICS 6: tables `changes/…`, what to do to a base's table to get this run's."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tests.oracle.world import Row

KEYS = {
    "assignments": ("source", "record_id"),
    "identities": ("identity_type", "identity_value", "profile_id"),
    "profiles": ("profile_id",),
    "audiences": ("profile_id",),
}
LEFT_OUT = ("duplicate", "suppressed")  # statuses of assignments that no change tells of
RowKey = tuple[object, ...]


class Published(NamedTuple):
    """A table as a run published it."""

    columns: tuple[str, ...]
    rows: Sequence[Row]


def changes(
    table: str, base: Published | None, now: Published | None, erased: Collection[str] = ()
) -> list[Row] | None:
    """Rows of `changes/TABLE`, by op; none: no such folder.

    `table`: assignments, identities, profiles, platforms or audiences (of one name); `base` is none
    if the base lacks the table, `now` if this run does. `erased`: ids whose `id_changes` say so.
    """
    if now is None:
        return None
    if base is None:
        if table not in ("platforms", "audiences"):
            return None
        base = Published(now.columns, ())
    if set(base.columns) != set(now.columns):
        return None
    if table == "platforms":
        return _of_platform(base.rows, now.rows)
    return _of_keys(table, base.rows, now, erased)


def _of_keys(
    table: str, base_rows: Sequence[Row], now: Published, erased: Collection[str]
) -> list[Row]:
    was, new = by_key(table, base_rows), by_key(table, now.rows)
    named = sorted({row["profile_id"] for row in was.values()} & set(erased))
    nothing = dict.fromkeys(now.columns)
    out = [nothing | {"profile_id": profile_id, "op": "erase"} for profile_id in named]
    was = {key: row for key, row in was.items() if row["profile_id"] not in named}
    for key in sorted(was.keys() | new.keys(), key=repr):
        if key not in new:
            out.append(was[key] | {"op": "delete"})
        elif key not in was:
            out.append(new[key] | {"op": "insert"})
        elif was[key] != new[key]:
            out.append(new[key] | {"op": "update"})
    return out


def by_key(table: str, rows: Sequence[Row]) -> dict[RowKey, Row]:
    """Rows that changes tell of, by their key, which no two share."""
    told = [row for row in rows if table != "assignments" or row["status"] not in LEFT_OUT]
    out = {tuple(row[column] for column in KEYS[table]): row for row in told}
    assert len(out) == len(told), f"{table}: a key twice"
    return out


def _frozen(row: Row) -> RowKey:
    """A row that compares and counts, whatever it holds."""
    return tuple((column, repr(row[column])) for column in sorted(row))


def _of_platform(base_rows: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    content = {_frozen(row): row for row in (*base_rows, *rows)}
    was, new = Counter(map(_frozen, base_rows)), Counter(map(_frozen, rows))
    removed = [content[key] | {"op": "remove"} for key in (was - new).elements()]
    added = [content[key] | {"op": "add"} for key in (new - was).elements()]
    return removed + added


def apply(table: str, base_rows: Sequence[Row], told: Sequence[Row]) -> list[Row]:
    """This run's rows from the base's; a change that does not fit the base's rows is an error.

    Of assignments, rows that changes do not tell of are left out of the result.
    """
    if table == "platforms":
        return _apply_to_platform(base_rows, told)
    rows = by_key(table, base_rows)
    for op in ("erase", "delete", "update", "insert"):
        for change in told:
            if change["op"] != op:
                continue
            row = {column: value for column, value in change.items() if column != "op"}
            if op == "erase":
                erased = row["profile_id"]
                rows = {key: old for key, old in rows.items() if old["profile_id"] != erased}
                continue
            key = tuple(row[column] for column in KEYS[table])
            assert (key in rows) == (op != "insert"), (table, op, key)
            if op == "delete":
                assert rows.pop(key) == row, (table, op, key)
            else:
                rows[key] = row
    return list(rows.values())


def _apply_to_platform(base_rows: Sequence[Row], told: Sequence[Row]) -> list[Row]:
    rows = list(base_rows)
    for op in ("remove", "add"):
        for change in told:
            row = {column: value for column, value in change.items() if column != "op"}
            if change["op"] == op == "remove":
                rows.remove(row)
            elif change["op"] == op:
                rows.append(row)
    return rows
