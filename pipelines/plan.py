"""Turns settings and input files into what the workers get: one Job and its Splits."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from pipelines.errors import RunFailed, WrongUsage
from pipelines.inputs import InputFile, inputs_digest
from pipelines.settings import Settings, Source, Strategy
from transforms.columnar.normalise import IdentityTests
from transforms.columnar.normalise_platform import kind_of
from transforms.columnar.platform_rows import PlatformColumn
from transforms.columnar.policies import POLICIES
from transforms.columnar.read_records import (
    columns_of,
    missing_columns,
    parquet_layout,
    peek_columns,
)
from transforms.columnar.records import BadFile, SourceReading
from transforms.columnar.rules import MergeAll
from transforms.job import Graph, Hub, Job, PlatformPlan, SourcePlan, Split, StrategyPlan
from transforms.store import Store, open_file

_EXCHANGE_SHARDS = 16  # 4, 16 or 64 are within the noise of each other (benchmarks/README.md)
_PIECE_ROWS = 500_000  # records that a replay holds at once, unless one component has more
_READ_LEVEL_TABLES = {"assignments", "identities", "drops"}  # they need no records moved


class Layout(NamedTuple):
    """What the launcher learned of a file without reading it."""

    file: InputFile
    lacks: frozenset[str] | None  # columns that the source reads and the file lacks
    schema: pa.Schema | None
    rows: tuple[int, ...]  # of each row group of a Parquet file
    bytes: tuple[int, ...]


def source_reading(name: str, source: Source, settings: Settings) -> SourceReading:
    """How the workers read one source."""
    types = list(settings.identities)
    return SourceReading(
        name=name,
        format=source.format or "",
        record_id=source.record_id,
        time_column=source.time.column,
        time_unit=source.time.unit,
        time_constant=source.time.constant_us,
        workspace_column=source.workspace.column,
        workspace=source.workspace.constant,
        request_column=source.request.column,
        request_map=tuple(source.request.map.items()),
        request_default=source.request.default,
        identities=tuple(
            (types.index(kind), column)
            for kind, columns in source.identities.items()
            for column in columns
        ),
        attributes=tuple(source.attributes.items()),
        changes=source.changes,
        type_names=tuple(types),
        needs_content=source.duplicates == "drop" or source.record_id is None,
    )


def make_job(
    settings: Settings,
    files: Sequence[InputFile],
    layouts: Sequence[Layout],
    folder: str,
    strategies: Sequence[str],
    since: int | None,
    until: int | None,
) -> Job:
    """What every worker knows of the run.

    Args:
        folder: for temporary files.
        strategies: names of those to run.
        since, until: bounds of event time in microseconds.
    """
    names = sorted(settings.sources)
    types = list(settings.identities)
    sources = tuple(_source_plan(name, settings) for name in names)
    graphs: list[Graph] = []
    plans = tuple(
        _strategy_plan(name, settings.strategies[name], settings, types, graphs)
        for name in strategies
    )
    rows, values = _estimate(layouts, settings)
    return Job(
        store=Store(f"{folder}/kept"),
        result=f"{folder}/result",
        run_key=hashlib.blake2b(
            f"{settings.digest()} {inputs_digest(files)}".encode(), digest_size=32
        ).digest(),
        sources=sources,
        type_names=tuple(types),
        tests=tuple(
            IdentityTests(t.normalise, t.blocked, t.blocked_defaults, t.pattern, t.max_length)
            for t in settings.identities.values()
        ),
        attributes=_attribute_types(settings, layouts),
        graphs=tuple(graphs),
        strategies=plans,
        tables=tuple(settings.tables),
        shards=settings.shards,
        pieces=max(1, math.ceil(rows / settings.shards / _PIECE_ROWS)),
        exchange_shards=_EXCHANGE_SHARDS,
        split_bytes=settings.split_bytes,
        split_rows=settings.split_rows,
        most_identities=settings.max_identities_per_record,
        solve_limit=settings.solve_limit,
        component_bytes=settings.component_bytes,
        rounds=_rounds(values, settings.solve_limit),
        since=since,
        until=until,
    )


def _source_plan(name: str, settings: Settings) -> SourcePlan:
    source = settings.sources[name]
    return SourcePlan(
        source_reading(name, source, settings),
        source.create,
        source.duplicates == "keep",
        source.on_bad_file == "quarantine",
    )


def _strategy_plan(
    name: str, strategy: Strategy, settings: Settings, types: list[str], graphs: list[Graph]
) -> StrategyPlan:
    """One strategy; its graph is added to `graphs` unless an equal one is there."""
    policy = POLICIES[strategy.policy]
    scopes = strategy.scopes or settings.scopes
    link_on = tuple(types.index(kind) for kind in strategy.link_on)
    unique = tuple(sorted(link_on[place] for place in getattr(strategy.rules, "unique", ())))
    graph = Graph(
        scopes=tuple(scopes) if scopes else ("default",),
        workspaces=tuple((w, i) for i, ws in enumerate(scopes.values()) for w in ws)
        if scopes
        else None,
        link_on=link_on,
        hubs=tuple(
            Hub(types.index(hub.type), types.index(hub.linked_type), hub.more_than)
            for hub in strategy.hubs
        ),
        unique=unique if policy.refuses_two_values else (),
        all_requests=policy.all_requests,
    )
    if graph not in graphs:
        graphs.append(graph)
    platforms = tuple(
        _platform_plan(platform, settings, types)
        for platform, of in settings.platforms.items()
        if of.strategy == name and "platforms" in settings.tables
    )
    stays = (
        strategy.rules == MergeAll()
        and set(settings.tables) <= _READ_LEVEL_TABLES
        and (len(link_on) == len(types) or "identities" not in settings.tables)
        and all(source.create for source in settings.sources.values())
    )
    return StrategyPlan(
        name, strategy.policy, strategy.rules, graphs.index(graph), stays, platforms
    )


def _platform_plan(name: str, settings: Settings, types: list[str]) -> PlatformPlan:
    platform = settings.platforms[name]
    columns = tuple(
        PlatformColumn(
            type=types.index(kind),
            name=str(column.as_),
            normalise=column.normalise,
            kind=kind_of(kind, str(column.as_), column.region),
            encoding=str(column.encoding),
            region=column.region,
            pick=column.pick,
            hashed=settings.identities[kind].hashed,
            other=kind.startswith("other"),
        )
        for kind, column in platform.identities.items()
    )
    require = tuple(
        "any" if kind == "any" else types.index(kind) for kind in platform.require or ()
    )
    attributes = tuple((a.name, a.normalise) for a in platform.attributes)
    return PlatformPlan(name, columns, require, attributes)


def _estimate(layouts: Sequence[Layout], settings: Settings) -> tuple[int, int]:
    """At most how many records and identity values there may be."""
    rows = values = 0
    for layout in layouts:
        columns = sum(len(c) for c in settings.sources[layout.file.source].identities.values())
        of_file = sum(layout.rows) if layout.schema is not None else layout.file.size // 8 + 1
        rows += of_file
        values += of_file * max(1, columns)
    return rows, values


def _rounds(values: int, limit: int) -> int:
    """Rounds of contraction that may be needed: a round leaves at most some 0.75 of the edges."""
    if values <= limit:
        return 0
    return min(40, math.ceil(math.log(values / limit) / -math.log(0.75)))


def _attribute_types(
    settings: Settings, layouts: Sequence[Layout]
) -> tuple[tuple[str, pa.DataType], ...]:
    """The sources' common type of each attribute, else string."""
    seen: dict[str, set[pa.DataType]] = {}
    for name, source in settings.sources.items():
        for attribute, column in source.attributes.items():
            kinds = seen.setdefault(attribute, set())
            for layout in layouts:
                if layout.file.source == name:
                    kinds.add(_plain_type(layout.schema, column))
    kinds_of = {name: kinds - {pa.null()} for name, kinds in sorted(seen.items())}
    return tuple(
        (name, next(iter(kinds)) if len(kinds) == 1 else pa.string())
        for name, kinds in kinds_of.items()
    )


def _plain_type(schema: pa.Schema | None, column: str) -> pa.DataType:
    """A column's type, widened to what can be read back from text; null: the file lacks it."""
    if schema is None:
        return pa.string()
    field: pa.DataType = pa.struct(list(schema))
    for part in column.split("."):
        if not pa.types.is_struct(field) or field.get_field_index(part) < 0:
            return pa.null()
        field = field.field(field.get_field_index(part)).type
    if pa.types.is_dictionary(field):
        field = field.value_type
    if pa.types.is_integer(field) and field != pa.uint64():
        return pa.int64()
    if pa.types.is_floating(field):
        return pa.float64()
    if pa.types.is_timestamp(field):
        return pa.timestamp("us", tz="UTC")
    return field if pa.types.is_boolean(field) or pa.types.is_date32(field) else pa.string()


def read_layouts(settings: Settings, files: Sequence[InputFile]) -> list[Layout]:
    """Look at every file's footer or header, several at once.

    Raises:
        RunFailed: a file can't be opened, and its source says `on_bad_file: fail`.
        WrongUsage: a column that no file of its source has.
    """
    with ThreadPoolExecutor(4) as pool:
        layouts = list(pool.map(partial(_layout, settings), files))
    for name, source in settings.sources.items():
        of_source = [layout for layout in layouts if layout.file.source == name]
        missing = [layout.lacks for layout in of_source if layout.lacks is not None]
        if missing and len(missing) == len(of_source):
            nowhere = frozenset.intersection(*missing)
            if nowhere:
                column = sorted(nowhere)[0]
                raise WrongUsage(
                    f"sources.{name}: column {column}: no file of {', '.join(source.path)} has "
                    f"it; name a column that is there"
                )
    return layouts


def _layout(settings: Settings, file: InputFile) -> Layout:
    """Read what a file tells of itself; JSON lines tell nothing, broken files neither."""
    source = settings.sources[file.source]
    reading = source_reading(file.source, source, settings)._replace(format=file.format)
    partitions = dict(file.partitions)
    try:
        if file.format == "parquet":
            layout = parquet_layout(partial(open_file, file.path))
            lacks = frozenset(missing_columns(reading, layout.schema, partitions))
            return Layout(file, lacks, layout.schema, layout.rows, layout.bytes)
        header = peek_columns(reading, file.path, partial(open_file, file.path))
        needed = frozenset(columns_of(reading)) - set(partitions)
        return Layout(file, None if header is None else needed - header, None, (), ())
    except BadFile as error:
        if source.on_bad_file == "fail":
            raise RunFailed(
                f"{file.path}: {error.args[0]}; mend or remove it, or set "
                f"sources.{file.source}.on_bad_file: quarantine"
            ) from None
        return Layout(file, None, None, (), ())


def make_splits(job: Job, layouts: Sequence[Layout]) -> Iterator[Split]:
    """Cut the files into what one worker reads: row groups of Parquet, whole files of text."""
    places = {source.reading.name: i for i, source in enumerate(job.sources)}
    for number, layout in enumerate(sorted(layouts, key=lambda layout: layout.file)):
        source = places[layout.file.source]
        groups = list(_groups(job, layout)) if layout.schema is not None else [None]
        for part, row_groups in enumerate(groups):
            yield Split(
                f"s{source:03d}-f{number:07d}-{part:05d}",
                source,
                layout.file.path,
                layout.file.format,
                row_groups,
                layout.file.partitions,
            )


def _groups(job: Job, layout: Layout) -> Iterator[tuple[int, ...]]:
    """Neighbouring row groups within `split_rows` and `split_bytes`, at least one each."""
    groups: list[int] = []
    rows = size = 0
    for group, (of_rows, of_bytes) in enumerate(zip(layout.rows, layout.bytes, strict=True)):
        over = rows + of_rows > job.split_rows or size + of_bytes > job.split_bytes
        if groups and over:
            yield tuple(groups)
            groups, rows, size = [], 0, 0
        groups.append(group)
        rows, size = rows + of_rows, size + of_bytes
    yield tuple(groups)
