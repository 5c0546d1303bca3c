"""Takes wanted columns out of objects of JSON."""

from collections import Counter
from typing import Any

from idweave.transforms.columnar.reading.other_case import count_other_case
from idweave.transforms.columnar.reading.paths import Name, Path, found_in, path_of, top_of
from idweave.transforms.columnar.reading.read_rows import partition_value


def collect(
    columns: dict[str, list[Any]],
    batch: list[dict[str, Any]],
    partitions: dict[str, str],
    other_case: Counter[tuple[str, str]],
) -> None:
    """Take the wanted columns out of some objects, and count keys that miss them by case alone."""
    for name, values in columns.items():
        absent = partition_value(partitions, name)
        path = path_of(name)
        if path == (Name(name),):
            values += [value.get(name, absent) for value in batch]
        else:
            values += [_field(value, name, path, absent) for value in batch]
    count_other_case(other_case, columns, batch, partitions)


def _field(value: dict[str, Any], name: str, path: Path, absent: str | None) -> Any:
    if name in value:
        return value[name]
    return found_in(value, path) if top_of(name) in value else absent
