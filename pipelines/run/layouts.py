"""Looks at footers and headers of the input files: columns, types, rows, what is lacking."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.nearest import nearest
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.run.time_columns import check_time_columns
from idweave.pipelines.settings import Settings, Source
from idweave.transforms.columnar.reading.paths import parse_path
from idweave.transforms.columnar.reading.read_records import (
    columns_of,
    missing_columns,
    parquet_layout,
    peek_columns,
    what_is_meant,
)
from idweave.transforms.columnar.reading.records import (
    BadFile,
    CsvForm,
    SourceReading,
    bad_file_remedy,
)
from idweave.transforms.exchange.store import open_file


class Layout(NamedTuple):
    """What the launcher learned of a file without reading it."""

    file: InputFile
    lacks: frozenset[str] | None  # columns that the source reads and the file lacks
    schema: pa.Schema | None
    rows: tuple[int, ...]  # of each row group of a Parquet file
    bytes: tuple[int, ...]
    columns: frozenset[str] = frozenset()  # that it has, nested ones with dots
    wanted: tuple[str, ...] = ()  # columns that the source reads
    doubt: str | None = None  # what is likely meant if what seems a header may be none


def source_reading(name: str, source: Source, settings: Settings) -> SourceReading:
    """How the workers read one source."""
    types = list(settings.identities)
    named = [(kind, of) for kind, columns in source.identities.items() for of in columns]
    return SourceReading(
        name=name,
        format=source.format or "",
        record_id=source.record_id.columns,
        time_column=source.time.column,
        time_unit=source.time.unit,
        time_constant=source.time.constant_us,
        workspace_column=source.workspace.column,
        workspace=source.workspace.constant,
        request_column=source.request.column,
        request_map=tuple(source.request.map.items()),
        request_default=source.request.default,
        identities=tuple((types.index(kind), of) for kind, of in named if isinstance(of, str)),
        attributes=tuple(source.attributes.items()),
        changes=source.changes,
        type_names=tuple(types),
        needs_content=source.duplicates == "drop" or source.record_id.may_be_hash(),
        csv=CsvForm(
            source.csv.delimiter,
            source.csv.encoding,
            source.csv.escape == "backslash",
            source.csv.header,
        ),
        hashes_missing_ids=source.record_id.missing == "hash",
        where=tuple(source.where.items()),
        time_format=source.time.format,
        time_zone=source.time.zone,
        unknown_request_is_default=source.request.unknown == "default",
        first_of=tuple(
            (types.index(kind), of.first_of) for kind, of in named if not isinstance(of, str)
        ),
    )


def read_layouts(settings: Settings, files: Sequence[InputFile]) -> list[Layout]:
    """Look at every file's footer or header, several at once.

    Raises:
        RunFailed: a file can't be opened, and its source says `on_bad_file: fail`.
        WrongUsage: a line for each column that no file of its source has, and each time column of
            numbers without a unit.
    """
    with ThreadPoolExecutor(4) as pool:
        layouts = list(pool.map(partial(_layout, settings), files))
    wrong: list[str] = []
    for name, source in settings.sources.items():
        of_source = [layout for layout in layouts if layout.file.source == name]
        wrong += _no_columns(name, source, of_source, settings)
        schemas = [(x.file.path, x.schema) for x in of_source if x.schema is not None]
        try:
            check_time_columns(source_reading(name, source, settings), schemas)
        except WrongUsage as error:
            wrong.append(f"{settings.where(f'sources.{name}.time')}{error}")
    if wrong:
        raise WrongUsage("\n".join(wrong))
    return layouts


def _no_columns(
    name: str, source: Source, layouts: Sequence[Layout], settings: Settings
) -> Iterator[str]:
    """A line for each column that is nowhere; one for all where the header is the doubt."""
    missing = [layout.lacks for layout in layouts if layout.lacks is not None]
    if not missing or len(missing) < len(layouts):
        return
    nowhere = frozenset.intersection(*missing)
    named = [(key, column) for key, column in source.named_columns() if column in nowhere]
    for key, column in named if any(x.doubt is None for x in layouts) else named[:1]:
        key = f"sources.{name}.{key}"
        yield f"{settings.where(key)}{_no_column(key, column, layouts)}"


def _no_column(key: str, column: str, layouts: Sequence[Layout]) -> str:
    """Which key names a column that is nowhere, and what may have been meant."""
    files = [layout.file.path for layout in layouts]
    others = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    doubts = [layout.doubt for layout in layouts if layout.doubt is not None]
    known = [layout.columns for layout in layouts if layout.doubt is None]
    hint = nearest(column, frozenset.union(*known)) if known else doubts[0]
    try:
        parse_path(column)
    except ValueError as error:  # what is no path is a name as it stands, and that is not there
        hint = f"read as a path it breaks off: {error}; {hint}"
    return f"{key}: {column}: no such column in {files[0]}{others}; {hint}"


def _named(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[str]:
    """The columns of a schema, nested ones as paths."""
    for field in fields:
        name, kind = f"{prefix}{field.name}", field.type
        yield name
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            name, kind = f"{name}[]", kind.value_type
        if pa.types.is_map(kind):
            yield f"{name}.KEY"
        if pa.types.is_struct(kind):
            yield from _named(list(kind), f"{name}.")


def _layout(settings: Settings, file: InputFile) -> Layout:
    """Read what a file tells of itself; JSON lines tell nothing, broken files neither."""
    source = settings.sources[file.source]
    reading = source_reading(file.source, source, settings)._replace(format=file.format)
    partitions = dict(file.partitions)
    try:
        if file.format == "parquet":
            layout = parquet_layout(partial(open_file, file.path))
            lacks = frozenset(missing_columns(reading, layout.schema, partitions))
            columns = frozenset((*_named(layout.schema), *partitions))
            wanted = columns_of(reading)
            return Layout(file, lacks, layout.schema, layout.rows, layout.bytes, columns, wanted)
        header = peek_columns(reading, file.path, partial(open_file, file.path))
        needed = frozenset(columns_of(reading)) - set(partitions)
        if header is None:
            return Layout(file, None, None, (), ())
        doubt = None if reading.csv.header else what_is_meant(header, needed)
        columns = frozenset((*header, *partitions))
        wanted = columns_of(reading)
        return Layout(file, needed.difference(header), None, (), (), columns, wanted, doubt)
    except BadFile as error:
        if source.on_bad_file == "fail":
            remedy = bad_file_remedy(file.source)
            raise RunFailed(f"{file.path}: {error.args[0]}; {remedy}") from None
        return Layout(file, None, None, (), ())
