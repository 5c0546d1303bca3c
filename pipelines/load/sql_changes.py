"""How a table of a warehouse takes the changes of one part: by MERGE, or by DELETE and INSERT."""

from collections.abc import Iterator, Sequence

from idweave.pipelines.load.loaded_tables import STRATEGY, LoadedTable, Part, columns_of
from idweave.pipelines.load.sql_dialects import Dialect, name_of, text_of
from idweave.pipelines.load.sql_stages import Stages, selected
from idweave.pipelines.load.statements import ADDED, RECORDS, REPLACED
from idweave.transforms.tables.changes import LEFT_OUT

_GONE = ("delete", "remove")


def apply_part(
    of: Dialect, table: LoadedTable, part: Part, schema: str, stages: Stages
) -> Iterator[str]:
    """The statements for one part of one table."""
    name, stage = f"{schema}.{table.name}", stages.name(table, part, changes=True)
    own = f"{name_of(of, STRATEGY.name)} = {text_of(of, part.strategy)}"
    records = table.name == RECORDS
    statuses = f"{name_of(of, 'status')} IN {_texts(of, LEFT_OUT)}"
    if records:  # duplicates: no change tells of them
        yield f"DELETE FROM {name} WHERE {own} AND {statuses}"
    if table.table.name != "platforms":
        yield f"DELETE FROM {name} WHERE {own} AND {_in(of, stage, ('profile_id',), ('erase',))}"
    if of.merges:
        yield _merge(of, table, part, name, stage)
    else:
        yield f"DELETE FROM {name} WHERE {own} AND {_in(of, stage, table.table.key, REPLACED)}"
        yield (
            f"INSERT INTO {name}\nSELECT {selected(of, table, part)}\nFROM {stage} "
            f"WHERE {name_of(of, 'op')} IN {_texts(of, ADDED)}"
        )
    if records:
        yield (
            f"INSERT INTO {name}\nSELECT {selected(of, table, part)}\n"
            f"FROM {stages.name(table, part)} WHERE {statuses}"
        )


def _in(of: Dialect, stage: str, key: Sequence[str], ops: Sequence[str]) -> str:
    """The condition that a row's key is in a stage, with one of some ops."""
    names = ", ".join(name_of(of, name) for name in key)
    left = f"({names})" if len(key) > 1 else names
    return f"{left} IN (SELECT {names} FROM {stage} WHERE {name_of(of, 'op')} IN {_texts(of, ops)})"


def _merge(of: Dialect, table: LoadedTable, part: Part, name: str, stage: str) -> str:
    op, strategy = name_of(of, "op"), name_of(of, STRATEGY.name)
    columns = [name_of(of, field.name) for field in columns_of(table, part)]
    keys = [name_of(of, key) for key in table.table.key]
    same = " AND ".join(f"held.{key} = changed.{key}" for key in keys)
    values = ", ".join(f"changed.{column}" for column in columns)
    updates = ", ".join(f"{of_} = changed.{of_}" for of_ in columns if of_ not in keys)
    lines = [
        f"MERGE INTO {name} AS held",
        f"USING ({_source(of, table, stage)}) AS changed",
        f"ON held.{strategy} = {text_of(of, part.strategy)} AND {same}",
        f"WHEN MATCHED AND changed.{op} IN {_texts(of, _GONE)} THEN DELETE",
        f"WHEN MATCHED AND changed.{op} IN {_texts(of, ADDED)} THEN UPDATE SET {updates}",
        f"WHEN NOT MATCHED AND changed.{op} IN {_texts(of, ADDED)} THEN",
        f"  INSERT ({', '.join([strategy, *columns])})",
        f"  VALUES ({text_of(of, part.strategy)}, {values})",
    ]
    return "\n".join(line for line in lines if not line.endswith("UPDATE SET "))


def _source(of: Dialect, table: LoadedTable, stage: str) -> str:
    """The rows to merge, one of each key: of a platform's changed row only what is added."""
    if table.table.name != "platforms":
        return f"SELECT * FROM {stage}"
    op, key = name_of(of, "op"), name_of(of, "profile_id")
    return (
        f"SELECT * FROM {stage} WHERE {op} = 'add' "
        f"OR {key} NOT IN (SELECT {key} FROM {stage} WHERE {op} = 'add')"
    )


def _texts(of: Dialect, values: Sequence[str]) -> str:
    return f"({', '.join(text_of(of, value) for value in values)})"
