"""Texts of ids, their order and shards; new ids for births that can't be."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.blake2b import text_digests
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.components.birth import hex_texts

_BYTES = 16


def id_texts(words: Hashes) -> pa.Array:
    """[n] the ids' texts."""
    return hex_texts(np.ascontiguousarray(words).view(np.uint8).reshape(-1, _BYTES))


def shard_of_id(words: Hashes, shards: int) -> Longs:
    """[n] the shard of each id: a range of ids, so shards keep the order of the texts."""
    first = words[:, 0].byteswap() >> np.uint64(32)
    return (first * np.uint64(shards) >> np.uint64(32)).astype(np.int64)


def id_order(words: Hashes) -> Longs:
    """[n] places in the order of the ids' texts."""
    swapped = words.byteswap()
    return np.lexsort((swapped[:, 1], swapped[:, 0])).astype(np.int64)


def again(births: Hashes, base_run: str, key: bytes) -> Hashes:
    """[n, 2] ids of profiles that can't have their birth ids.

    Args:
        base_run: id of the base run; empty: there is none.
    """
    texts = pc.binary_join_element_wise("again\0", id_texts(births), f"\0{base_run}", "")
    return text_digests(texts, key)


def find_ids(known: Hashes, wanted: Hashes) -> NDArray[np.int64]:
    """[w] the place of each wanted id among those known, or -1; of equal ones the first."""
    if not len(wanted):
        return np.empty(0, np.int64)
    found = factorise(np.concatenate([known, wanted]))
    place = found.first[found.code[len(known) :]].astype(np.int64)
    return np.where(place < len(known), place, -1)
