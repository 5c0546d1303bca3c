"""Reads the identities of a strategy once: how many profiles there are of each size and kind."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.run_tables import RunTables
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.profiles.type_counts import TypeCounts, count_types

MOST_VALUES = 6  # of a type; so many or more are one column
LARGEST = 10  # profiles
_MADE_BY_PIECE = ("profiles", "linkages", "observations", "risks")  # then rows lie by profile
_BATCH = 262_144


class IdentityTypes(NamedTuple):
    """What the profiles of a strategy list."""

    profiles: int
    sizes: dict[int, int]  # identities: profiles
    with_type: dict[str, int]  # profiles
    with_both: dict[tuple[str, str], int]  # profiles; types in the order of the configuration
    values: dict[str, list[int]]  # profiles with 0, 1, … and MOST_VALUES or more values
    most_values: dict[str, int]
    largest: list[tuple[str, int]]  # profile, identities


def read_identity_types(run: RunTables, strategy: str, types: Sequence[str]) -> IdentityTypes:
    """Count the identities of all profiles; memory is bounded by a batch where rows lie in order.

    Args:
        types: all identity types, in the order of the configuration; 64 at most.
    """
    in_order = any(run.has(table, strategy) for table in _MADE_BY_PIECE)
    batches = _batches(run, strategy, types)
    total = _Total(types)
    for ids, kinds in batches if in_order else _sorted(batches):
        total.add(ids, count_types(ids, kinds, len(types), MOST_VALUES))
    return total.told()


class _Total:
    """Counts of several batches together."""

    def __init__(self, types: Sequence[str]) -> None:
        self._types = types
        self._sizes: Counter[int] = Counter()
        self._masks: Counter[int] = Counter()
        self._values = np.zeros((len(types), MOST_VALUES + 1), np.int64)
        self._most = np.zeros(len(types), np.int64)
        self._largest: list[tuple[int, str]] = []

    def add(self, ids: Hashes, of: TypeCounts) -> None:
        for counter, values in ((self._sizes, of.size), (self._masks, of.mask)):
            for value, count in zip(*np.unique(values, return_counts=True), strict=True):
                counter[int(value)] += int(count)
        self._values += of.values
        self._most = np.maximum(self._most, of.largest)
        first = np.lexsort((ids[of.start, 0], -of.size))[:LARGEST]
        names = id_texts(ids[of.start[first]]).to_pylist()
        found = zip((-of.size[first]).tolist(), names, strict=True)
        self._largest = sorted([*self._largest, *found])[:LARGEST]

    def told(self) -> IdentityTypes:
        names = list(enumerate(self._types))
        return IdentityTypes(
            profiles=sum(self._sizes.values()),
            sizes=dict(sorted(self._sizes.items())),
            with_type={name: self._with(1 << place) for place, name in names},
            with_both={
                (left, right): self._with(1 << a | 1 << b)
                for (a, left), (b, right) in combinations(names, 2)
            },
            values={name: self._values[place].tolist() for place, name in names},
            most_values={name: int(self._most[place]) for place, name in names},
            largest=[(profile, -size) for size, profile in self._largest],
        )

    def _with(self, bits: int) -> int:
        return sum(count for mask, count in self._masks.items() if mask & bits == bits)


def _batches(run: RunTables, strategy: str, types: Sequence[str]) -> Iterator[tuple[Hashes, Ints]]:
    """Ids and types of whole profiles; one that goes on in the next batch is kept for it."""
    names = pa.array(types, pa.string())
    for path in run.paths("identities", strategy):
        kept, kept_kinds = np.empty((0, 2), np.uint64), np.empty(0, np.int32)
        with opened(path) as file:
            columns = ["profile_id", "identity_type"]
            for batch in pq.ParquetFile(file).iter_batches(_BATCH, columns=columns):
                ids = np.concatenate([kept, id_words(batch["profile_id"].cast(pa.string()))])
                places = pc.index_in(batch["identity_type"].cast(pa.string()), names)
                kinds = np.concatenate([kept_kinds, places.to_numpy().astype(np.int32)])
                goes_on = len(ids)
                while goes_on and (ids[goes_on - 1] == ids[-1]).all():  # one profile's identities
                    goes_on -= 1
                yield ids[:goes_on], kinds[:goes_on]
                kept, kept_kinds = ids[goes_on:], kinds[goes_on:]
        yield kept, kept_kinds


def _sorted(batches: Iterator[tuple[Hashes, Ints]]) -> Iterator[tuple[Hashes, Ints]]:
    """All of it in the order of ids: 20 bytes an identity."""
    ids, kinds = (np.concatenate(column) for column in zip(*batches, strict=True))
    order = np.lexsort((ids[:, 1], ids[:, 0]))
    yield ids[order], kinds[order]
