"""What warehouses call types and how they write what is not the same everywhere. By the book."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pyarrow as pa

Field = tuple[str, str]  # name and type of one of a struct


class Dialect(NamedTuple):
    """One warehouse's SQL."""

    name: str  # as sqlglot knows it
    title: str
    quotes: str  # before and after a name
    types: Mapping[pa.DataType, str]
    moment: str  # the type of a time with a zone
    local_time: str  # of one without
    decimal: str  # with {p} and {s}
    list_type: Callable[[str], str]
    struct_type: Callable[[list[Field]], str]
    stage: str  # makes {stage} hold the rows of {files}, {columns} are those of the files
    files: str  # what {files} is, of a {folder}
    before: str  # what must be there, for a person to do
    begin: str = ""
    commit: str = ""
    backslashes: bool = True  # in texts, they escape
    upper_case: bool = False  # names that nobody quoted are in capitals
    merges: bool = True
    staged_moment: str = ""  # the type of times in a stage, where another; {name} to a moment:
    from_staged: str = "{name}"
    column: str = "{name} {type}{required}"
    required: str = " NOT NULL"
    nullable: str = "{type}"  # a type that may be null
    table: str = "CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n)"
    comments: str = ""  # statement for a column, where not a part of {column}
    replace: str = "DELETE FROM {table} WHERE TRUE;\nINSERT INTO {table}\n{rows}"
    drop_stage: str = "DROP TABLE {stage}"
    note: str = ""  # what readers see meanwhile


_STANDARD: Mapping[pa.DataType, str] = {
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.date32(): "DATE",
}


def _angles(fields: list[Field]) -> str:
    return f"STRUCT<{', '.join(f'`{name}` {kind}' for name, kind in fields)}>"


BIGQUERY = Dialect(
    name="bigquery",
    title="BigQuery",
    quotes="``",
    types={pa.string(): "STRING", pa.bool_(): "BOOL", pa.int64(): "INT64",
           pa.float64(): "FLOAT64", pa.date32(): "DATE"},
    moment="TIMESTAMP",
    local_time="DATETIME",
    decimal="NUMERIC({p}, {s})",
    list_type=lambda of: f"ARRAY<{of}>",
    struct_type=_angles,
    stage="CREATE OR REPLACE EXTERNAL TABLE {stage}\n"
    "OPTIONS (format = 'PARQUET', enable_list_inference = TRUE, uris = [{files}])",
    files="{folder}/*.parquet",
    before="The run lies in a bucket of Cloud Storage.",
    begin="BEGIN TRANSACTION",
    commit="COMMIT TRANSACTION",
    column="{name} {type}{required} OPTIONS (description = {comment})",
    table="CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n)\nOPTIONS (description = {comment})",
    drop_stage="DROP EXTERNAL TABLE {stage}",
    note="One transaction: readers see one run whole.",
)  # fmt: skip

SNOWFLAKE = Dialect(
    name="snowflake",
    title="Snowflake",
    quotes='""',
    types={**_STANDARD, pa.string(): "VARCHAR", pa.float64(): "DOUBLE"},
    moment="TIMESTAMP_LTZ",
    local_time="TIMESTAMP_NTZ",
    decimal="NUMBER({p}, {s})",
    list_type=lambda of: "ARRAY",
    struct_type=lambda fields: "OBJECT",
    stage="CREATE OR REPLACE TEMPORARY TABLE {stage} (\n  {columns}\n);\n"
    "COPY INTO {stage} FROM {files}\n"
    "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)\n"
    "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE",
    files="@idweave/{below}/",
    before="`idweave` is an external stage whose URL is the folder of the runs.",
    begin="BEGIN TRANSACTION",
    commit="COMMIT",
    upper_case=True,
    column="{name} {type}{required} COMMENT {comment}",
    table="CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n)\nCOMMENT = {comment}",
    note="One transaction: readers see one run whole.",
)

REDSHIFT = Dialect(
    name="redshift",
    title="Redshift",
    quotes='""',
    types={**_STANDARD, pa.string(): "VARCHAR(65535)", pa.float64(): "DOUBLE PRECISION"},
    moment="TIMESTAMPTZ",
    local_time="TIMESTAMP",
    decimal="NUMERIC({p}, {s})",
    list_type=lambda of: "SUPER",
    struct_type=lambda fields: "SUPER",
    stage="CREATE TEMPORARY TABLE {stage} (\n  {columns}\n);\n"
    "COPY {stage} FROM {files} IAM_ROLE default FORMAT AS PARQUET SERIALIZETOJSON",
    files="{folder}/",
    before="The run lies in S3, in the cluster's region; the cluster's default IAM role may read "
    "it.",
    begin="BEGIN",
    commit="COMMIT",
    backslashes=False,
    merges=False,  # its MERGE takes no conditions on what is merged
    staged_moment="TIMESTAMP",
    from_staged="{name} AT TIME ZONE 'UTC'",
    comments="COMMENT ON COLUMN {table}.{name} IS {comment}",
    note="One transaction: readers see one run whole. Its MERGE can't tell insert from delete, so "
    "keys are removed and rows added.",
)

DATABRICKS = Dialect(
    name="databricks",
    title="Databricks",
    quotes="``",
    types={**_STANDARD, pa.string(): "STRING", pa.float64(): "DOUBLE"},
    moment="TIMESTAMP",
    local_time="TIMESTAMP_NTZ",
    decimal="DECIMAL({p}, {s})",
    list_type=lambda of: f"ARRAY<{of}>",
    struct_type=lambda fields: f"STRUCT<{', '.join(f'{name}: {kind}' for name, kind in fields)}>",
    stage="CREATE OR REPLACE TEMPORARY VIEW {stage} AS\nSELECT * FROM parquet.{files}",
    files="{folder}",
    before="The run lies in an external location that the catalog may read.",
    column="{name} {type}{required} COMMENT {comment}",
    table="CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n)\nCOMMENT {comment}",
    replace="INSERT OVERWRITE TABLE {table}\n{rows}",
    drop_stage="DROP VIEW {stage}",
    note="Each statement is atomic, all together are not: `idweave_runs` is written last.",
)

CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    quotes='""',
    types={pa.string(): "String", pa.bool_(): "Bool", pa.int64(): "Int64",
           pa.float64(): "Float64", pa.date32(): "Date32"},
    moment="DateTime64(6, 'UTC')",
    local_time="DateTime64(6)",
    decimal="Decimal({p}, {s})",
    list_type=lambda of: f"Array({of})",
    struct_type=lambda fields: f"Tuple({', '.join(f'{name} {kind}' for name, kind in fields)})",
    stage="CREATE OR REPLACE TABLE {stage} (\n  {columns}\n)\n"
    "ENGINE = MergeTree ORDER BY tuple();\n"
    "INSERT INTO {stage} SELECT {names} FROM s3({files}, 'Parquet')",
    files="{folder}/*.parquet",
    before="The server may read the bucket of the run.",
    merges=False,
    column="{name} {type} COMMENT {comment}",
    required="",
    nullable="Nullable({type})",
    table="CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n)\n"
    "ENGINE = MergeTree ORDER BY ({key}) COMMENT {comment}",
    replace="CREATE OR REPLACE TABLE {table}_new AS {table};\nINSERT INTO {table}_new\n{rows};\n"
    "EXCHANGE TABLES {table} AND {table}_new;\nDROP TABLE {table}_new",
    note="A whole load swaps one table at a time. By changes readers see removed keys missing "
    "until their rows are added; `idweave_runs` is written last.",
)  # fmt: skip

DIALECTS = {of.name: of for of in (BIGQUERY, SNOWFLAKE, REDSHIFT, DATABRICKS, CLICKHOUSE)}


def type_name(of: Dialect, kind: pa.DataType) -> str:
    """What a warehouse calls a type."""
    if pa.types.is_timestamp(kind):
        return of.moment if kind.tz else of.local_time
    if pa.types.is_list(kind):
        return of.list_type(type_name(of, kind.value_type))
    if pa.types.is_struct(kind):
        return of.struct_type([(field.name, type_name(of, field.type)) for field in kind])
    if pa.types.is_decimal(kind):
        return of.decimal.format(p=kind.precision, s=kind.scale)
    if pa.types.is_integer(kind):
        return of.types[pa.int64()]
    return of.types[pa.float64() if pa.types.is_floating(kind) else kind]


def name_of(of: Dialect, name: str) -> str:
    """A name in a statement."""
    return of.quotes[0] + (name.upper() if of.upper_case else name) + of.quotes[1]


def text_of(of: Dialect, value: str) -> str:
    """A text in a statement."""
    if of.backslashes:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + value.replace("'", "''") + "'"
