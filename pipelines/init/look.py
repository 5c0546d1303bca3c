"""Looks at files without a configuration: their columns, and texts of the first records."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from idweave.pipelines.run.first_records import first_records
from idweave.pipelines.run.inputs import InputFile
from idweave.transforms.columnar.reading.read_csv import csv_header
from idweave.transforms.columnar.reading.read_records import parquet_layout
from idweave.transforms.columnar.reading.read_stream import chunks
from idweave.transforms.columnar.reading.records import BadFile, CsvForm, SourceReading
from idweave.transforms.columnar.vocabulary import Request
from idweave.transforms.exchange.store import open_file

RECORDS = 1000  # that are looked at
_DELIMITERS = ";\t|"
_IDENTIFIES = re.compile(r"[^@\s]+@[^@\s]+\.\w+|(?=.*[0-9])[0-9a-fA-F-]{16,}")  # no name is so
_COUNTS = re.compile(r"(?=.*[0-9])[-+0-9.,:/ ()TZ]+")  # numbers, times, telephone numbers
_NO_NAMES = (
    "its first line looks like a record, and init needs names of columns there; "
    "add a line of names, or write the configuration by hand, with csv: {header: […]}"
)


class Look(NamedTuple):
    """What the first records of a file hold."""

    columns: dict[str, pa.Array]  # column, nested ones with dots -> texts, null where absent
    types: dict[str, pa.DataType]  # of Parquet columns
    delimiter: str | None  # of CSV, where it is none of the usual ones


def look(file: InputFile) -> Look:
    """Read the first records of a file with every column as text. Raises BadFile."""
    opened = partial(open_file, file.path)
    types: dict[str, pa.DataType] = {}
    delimiter = None
    if file.format == "parquet":
        types = dict(_leaves(parquet_layout(opened).schema))
        names = list(types)
    elif file.format == "csv":
        named, delimiter = _csv_columns(file)
        names = [name for name in named if name.strip()]  # delimiters at the end name nothing
        if _is_record(names):
            raise BadFile(_NO_NAMES)
    else:
        names = list(_json_columns(file))
    names += [name for name, _ in file.partitions if name not in names]
    reading = _everything(file, names)._replace(csv=CsvForm(delimiter))
    records = first_records(reading, file, RECORDS)
    if records is not None:
        return Look(dict(records.attributes), types, delimiter)
    return Look({name: pa.array([], pa.string()) for name in names}, types, delimiter)


def _is_record(header: Sequence[str]) -> bool:
    """Whether what should be names are values: one that identifies, or mostly numbers and times."""
    names = [name.strip() for name in header if name.strip()]
    counts = sum(_COUNTS.fullmatch(name) is not None for name in names)
    return any(map(_IDENTIFIES.fullmatch, names)) or 2 * counts > len(names)


def _everything(file: InputFile, names: Iterable[str]) -> SourceReading:
    """A reading that takes every column as an attribute."""
    return SourceReading(
        name=file.source,
        format=file.format,
        record_id=(),
        time_column=None,
        time_unit=None,
        time_constant=None,
        workspace_column=None,
        workspace="default",
        request_column=None,
        request_map=(),
        request_default=Request.IDENTIFY.text,
        identities=(),
        attributes=tuple((name, name) for name in names),
        changes=None,
        type_names=(),
        needs_content=True,
    )


def _leaves(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[tuple[str, pa.DataType]]:
    """The columns of a schema that hold no others; lists of structs are left out."""
    for field in fields:
        name = f"{prefix}{field.name}"
        if pa.types.is_struct(field.type):
            inner = (field.type.field(i) for i in range(field.type.num_fields))
            yield from _leaves(inner, f"{name}.")
        elif not _holds_structs(field.type):
            yield name, field.type


def _holds_structs(kind: pa.DataType) -> bool:
    if pa.types.is_map(kind):
        return True
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else None
    return inner is not None and (pa.types.is_struct(inner) or _holds_structs(inner))


def _csv_columns(file: InputFile) -> tuple[list[str], str | None]:
    """The names in the header, and a delimiter that is likelier than the usual one."""
    header = list(csv_header(CsvForm(), file.path, partial(open_file, file.path)))
    if len(header) == 1:
        counts = {delimiter: header[0].count(delimiter) for delimiter in _DELIMITERS}
        best = max(counts, key=lambda delimiter: counts[delimiter])
        if counts[best]:
            return [name.strip('"') for name in header[0].split(best)], best
    return header, None


def _json_columns(file: InputFile) -> Iterator[str]:
    """Paths to scalars in the first lines."""
    seen: dict[str, None] = {}
    stream = chunks(file.path, partial(open_file, file.path), 1 << 20)
    text = b"".join(_first_chunk(stream)).decode(errors="replace")
    for body in _objects(text):
        seen |= dict.fromkeys(_scalars(body))
    return iter(seen)


def _objects(text: str) -> Iterator[dict[str, object]]:
    """The first whole objects of a text, one after the other or in an array."""
    scan, at = json.JSONDecoder(), 0
    for _ in range(RECORDS):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            body, at = scan.raw_decode(text, at)
        except ValueError:
            at += 1  # a line that is no JSON, or the end of what was read
            continue
        yield body


def _first_chunk(stream: Iterable[bytes]) -> list[bytes]:
    return [chunk for chunk, _ in zip(stream, range(2), strict=False)]


def _scalars(body: dict[str, object], prefix: str = "") -> Iterator[str]:
    """Dotted paths of an object's values that are no objects, nor lists of them."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _scalars(value, f"{prefix}{name}.")
        elif not (isinstance(value, list) and value and isinstance(value[0], dict | list)):
            yield f"{prefix}{name}"
