"""Keys of JSON, or of its folders, that differ from a wanted one by case alone: told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from idweave.transforms.columnar.reading.paths import top_of

OtherCase = tuple[tuple[str, str, int], ...]  # column, the key that is there instead, records


def count_other_case(
    seen: Counter[tuple[str, str]],
    columns: Mapping[str, Sequence[Any]],
    objects: Sequence[dict[str, Any]],
    folders: Mapping[str, str],
) -> None:
    """Count those of some objects that lack a wanted key and have it in another case.

    Args:
        seen: (column, key) -> objects so far; it is added to.
        columns: column -> its values so far, those of `objects` last.
        folders: what `key=value` folders say of all of them.
    """
    size = len(objects)
    lacking = [name for name, of in columns.items() if size and None in of[-size:]]
    keys = set(folders).union(*objects) if lacking else set[str]()
    for name in lacking:
        wanted = (name, top_of(name))
        folded = {of.lower() for of in wanted}
        for key in keys.difference(wanted):
            if key.lower() in folded:
                seen[name, key] += sum(
                    (key in of or key in folders) and name not in of and wanted[1] not in of
                    for of in objects
                )


def as_counts(seen: Mapping[tuple[str, str], int]) -> OtherCase:
    """What was counted, sorted by column and key."""
    return tuple(sorted((*names, count) for names, count in seen.items() if count))


def add_other_case(counts: Sequence[OtherCase]) -> OtherCase:
    """Several counts together."""
    total: Counter[tuple[str, str]] = Counter()
    for of in counts:
        for column, key, count in of:
            total[column, key] += count
    return as_counts(total)
