"""Profiles of a published run: whose records are, what they list, ids as numbers."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.run_tables import RunTables
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.vocabulary import Status


def words_of(texts: pa.Array) -> Hashes:
    """[n, 2] ids as two numbers that sort as their texts do."""
    return id_words(texts).byteswap()


def texts_of(high: pa.Array, low: pa.Array) -> pa.Array:
    """[n] the ids' texts."""
    words = np.column_stack([high.to_numpy(zero_copy_only=False), low.to_numpy()])
    return id_texts(words.astype(np.uint64).byteswap())


def profile_ids(path: str) -> pa.Array:
    """[rows] the profile of each record that counts, else null."""
    with opened(path) as file:
        table = pq.read_table(file, columns=["profile_id", "status"], partitioning=None)
    ids = table["profile_id"].cast(pa.string()).combine_chunks()
    counts = pc.equal(table["status"].combine_chunks(), Status.ASSIGNED.text)
    return pc.if_else(counts, ids, pa.scalar(None, pa.string()))


def ids_row_by_row(run: RunTables, strategies: Sequence[str]) -> Iterator[list[pa.Array]]:
    """[strategies][rows] the profiles of the same records, a part of `assignments` at a time.

    Raises:
        RunFailed: the strategies have other files or rows.
    """
    paths = [run.paths("assignments", strategy) for strategy in strategies]
    names = [[path.rpartition("/")[2] for path in of] for of in paths]
    if any(of != names[0] for of in names):
        raise RunFailed(f"{run.folder}: assignments of the strategies have other files")
    for of_part in zip(*paths, strict=True):
        ids = [profile_ids(path) for path in of_part]
        for path, rows in zip(of_part, ids, strict=True):
            if len(rows) != len(ids[0]):
                raise RunFailed(f"{path}: it has other rows than {of_part[0]}")
        yield ids


def identities_of(
    run: RunTables, strategy: str, ids: Sequence[str]
) -> Mapping[str, list[tuple[str, str]]]:
    """The identities of some profiles, linked types first, the most frequent first."""
    found: dict[str, list[tuple[bool, int, str, str]]] = {}
    wanted = pc.field("profile_id").isin(pa.array(sorted(set(ids)), pa.string()))
    columns = ["profile_id", "identity_type", "identity_value", "linked", "record_count"]
    for path in run.paths("identities", strategy):
        with opened(path) as file:
            table = pq.read_table(file, columns=columns, filters=wanted, partitioning=None)
        for row in table.to_pylist():  # of a few profiles
            place = (not row["linked"], -row["record_count"])
            of = (*place, row["identity_type"], row["identity_value"])
            found.setdefault(row["profile_id"], []).append(of)
    return {profile: [of[2:] for of in sorted(rows)] for profile, rows in found.items()}
