"""Iceberg, by pyiceberg: `--to iceberg:CATALOG.NAMESPACE`. Its configuration says the rest."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.update.snapshot import ManageSnapshots
from pyiceberg.types import (
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.load.loaded_tables import comment_of
from idweave.transforms.tables.table import about

TAG = "idweave-"  # before the run's id: the name of a snapshot
FOLDER, DIGEST = "idweave.folder", "idweave.manifest_sha256"  # properties of tables and snapshots
Columns = tuple[tuple[str, ...], ...]
_TYPES = {  # of columns of a run; attributes have no others
    pa.string(): StringType(),
    pa.bool_(): BooleanType(),
    pa.int64(): LongType(),
    pa.float64(): DoubleType(),
    pa.date32(): DateType(),
    pa.timestamp("us", tz="UTC"): TimestamptzType(),
}


@contextlib.contextmanager
def open_iceberg(where: str) -> Iterator["Namespace"]:
    """Open a namespace of a catalog.

    Args:
        where: CATALOG.NAMESPACE; the catalog as pyiceberg's configuration names it.

    Raises:
        WrongUsage: no such catalog is configured.
        RunFailed: the catalog, or its storage, refused something.
    """
    name, _, namespace = where.partition(".")
    if not name or not namespace:
        raise WrongUsage(f"--to: iceberg:{shown(where)}: allowed: iceberg:CATALOG.NAMESPACE")
    try:
        catalog = load_catalog(name)
    except ValueError as error:
        raise WrongUsage(
            f"--to: iceberg:{shown(name)}: pyiceberg knows no such catalog, or not how to open it: "
            f"see ~/.pyiceberg.yaml and PYICEBERG_CATALOG__{name.upper()}__URI"
        ) from error
    try:
        yield Namespace(catalog, namespace)
    except (RunFailed, WrongUsage):
        raise
    except Exception as error:  # drivers of catalogs and storage raise what they like
        raise RunFailed(
            f"--to: iceberg:{where}: refused ({type(error).__name__}); idweave_runs and what it "
            "names are as they were; load again, or with --debug for where"
        ) from error


class Namespace:
    """A namespace of a catalog, with its tables."""

    def __init__(self, catalog: Catalog, name: str) -> None:
        self._catalog = catalog
        self._name = name

    def tables(self) -> dict[str, Table]:
        """All tables by their names."""
        if not self._catalog.namespace_exists(self._name):
            return {}
        found = self._catalog.list_tables(self._name)
        return {identifier[-1]: self._catalog.load_table(identifier) for identifier in found}

    def create(self, name: str, columns: Sequence[pa.Field], folder: str, says: str) -> Transaction:
        """A transaction that makes a table; others see it when it is committed."""
        self._catalog.create_namespace_if_not_exists(self._name)
        properties = {
            "format-version": "2",
            "comment": says,
            FOLDER: folder,
            "commit.retry.num-retries": "0",  # of two loads at once one fails
        }
        for field in columns:  # identity values stay out of metadata
            if about(field, "personal") == "yes":
                properties[f"write.metadata.metrics.column.{field.name}"] = "counts"
        return self._catalog.create_table_transaction(
            f"{self._name}.{name}", schema_of(columns), properties=properties
        )

    def drop(self, name: str) -> None:
        """Drop a table, and its files where the catalog can."""
        self._catalog.purge_table(f"{self._name}.{name}")


def is_ours(table: Table, folder: str) -> bool:
    """Whether a load from a folder made a table."""
    return bool(table.properties.get(FOLDER) == folder)


def loaded_digest(table: Table) -> str:
    """The manifest's digest of the run that a table holds: others may have compacted it since."""
    snapshot = table.current_snapshot()
    while snapshot is not None:
        told = snapshot.summary.additional_properties if snapshot.summary else {}
        if DIGEST in told:
            return str(told[DIGEST])
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else table.snapshot_by_id(parent)
    return ""


def columns_of(schema: Schema) -> Columns:
    """Name, type, and whether null may be there."""
    return tuple(
        (field.name, str(field.field_type), "NO" if field.required else "YES")
        for field in schema.fields
    )


def schema_of(columns: Sequence[pa.Field]) -> Schema:
    """Columns as Iceberg knows them, with comments."""
    ids = itertools.count(1)
    return Schema(
        *(
            NestedField(
                next(ids),
                field.name,
                _type(field.type, ids),
                required=not field.nullable,
                doc=comment_of(field),
            )
            for field in columns
        )
    )


def _type(kind: pa.DataType, ids: Iterator[int]) -> IcebergType:
    if pa.types.is_list(kind):
        element = kind.value_field
        return ListType(next(ids), _type(element.type, ids), not element.nullable)
    if pa.types.is_struct(kind):
        fields = (
            NestedField(next(ids), field.name, _type(field.type, ids), required=not field.nullable)
            for field in kind
        )
        return StructType(*fields)
    return _TYPES[kind]


def fit_columns(transaction: Transaction, columns: Sequence[pa.Field]) -> None:
    """Let a table have these columns; one of another type is made anew."""
    wanted = schema_of(columns)
    now = {column[0]: column for column in columns_of(transaction.table_metadata.schema())}
    then = {column[0]: column for column in columns_of(wanted)}
    if now == then:
        return
    with transaction.update_schema(allow_incompatible_changes=True) as update:
        for name in now:
            if now[name] != then.get(name):
                update.delete_column(name)
        for field in wanted.fields:
            if now.get(field.name) != then[field.name]:
                path = (field.name,)
                update.add_column(path, field.field_type, doc=field.doc, required=field.required)


def name_snapshot(transaction: Transaction, run_id: str, base: str | None) -> None:
    """Tag the new snapshot with its run; of older runs only the base keeps its tag."""
    metadata = transaction.table_metadata
    tags = [
        name
        for name, ref in metadata.refs.items()
        if ref.snapshot_ref_type == SnapshotRefType.TAG and name.startswith(TAG)
    ]
    assert metadata.current_snapshot_id is not None
    with ManageSnapshots(transaction) as manage:
        for name in tags:
            if name not in (f"{TAG}{base}", f"{TAG}{run_id}"):
                manage.remove_tag(name)
        manage.create_tag(metadata.current_snapshot_id, f"{TAG}{run_id}")
