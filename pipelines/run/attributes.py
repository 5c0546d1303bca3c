"""Which attributes profiles have, of which types, and by which rules."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.attributes.cast_texts import TYPES
from idweave.transforms.columnar.attributes.rules import (
    COLLECTED,
    NUMBERS,
    AttributeRule,
    newest_of,
)
from idweave.transforms.columnar.reading.column_type import attribute_type, column_type


def attribute_types(
    settings: Settings, layouts: Sequence[Layout]
) -> tuple[tuple[str, pa.DataType], ...]:
    """The sources' common type of each attribute, else string."""
    seen: dict[str, set[pa.DataType]] = {}
    for name, source in settings.sources.items():
        for attribute, column in source.attributes.items():
            kinds = seen.setdefault(attribute, set())
            for layout in layouts:
                if layout.file.source == name:
                    kinds.add(_type_in(layout, column))
    kinds_of = {name: kinds - {pa.null()} for name, kinds in sorted(seen.items())}
    return tuple(
        (name, next(iter(kinds)) if len(kinds) == 1 else pa.string())
        for name, kinds in kinds_of.items()
    )


def _type_in(layout: Layout, column: str) -> pa.DataType:
    """The type of an attribute in one file; null: the file lacks it."""
    kind = None if layout.schema is None else column_type(layout.schema, column)
    if kind is not None:
        return attribute_type(kind)
    in_folder = column in dict(layout.file.partitions)
    return pa.string() if in_folder or layout.schema is None else pa.null()


def attribute_rules(settings: Settings, layouts: Sequence[Layout]) -> tuple[AttributeRule, ...]:
    """The rule of each attribute that profiles have, by name.

    Raises:
        WrongUsage: a line for each sum of texts: only the files tell that there are no numbers.
    """
    mapped = dict(attribute_types(settings, layouts))
    if wrong := list(_sums_of_texts(settings, mapped)):
        raise WrongUsage("\n".join(wrong))
    made = {name: newest_of(name, kind) for name, kind in mapped.items()}
    sources = sorted(settings.sources)
    for name, of in settings.attributes.items():
        source = of.from_ or (name if name in mapped else None)
        kind = TYPES.get(of.cast_to or "", mapped.get(source or "", pa.string()))
        made[name] = AttributeRule(
            name=name,
            rule=of.rule,
            source=source,
            kind=kind,
            casts=of.cast_to is not None,
            ignore=tuple(sorted({text.strip().casefold() for text in of.ignore})),
            where=tuple(sorted(of.where.items())),
            within=of.within,
            prefer=tuple(dict.fromkeys(sources.index(source) for source in of.prefer or ())),
            limit=of.limit or COLLECTED,
        )
    return tuple(made[name] for name in sorted(made))


def _sums_of_texts(settings: Settings, mapped: dict[str, pa.DataType]) -> Iterator[str]:
    for name, of in settings.attributes.items():
        kind = mapped[of.from_ or name] if of.rule == "sum" else None
        if kind is not None and of.type is None and kind not in NUMBERS:
            key = f"attributes.{name}"
            yield (
                f"{settings.where(key)}{key}: sum of values that are {kind}, no numbers; set type: "
                "int64 or double"
            )
