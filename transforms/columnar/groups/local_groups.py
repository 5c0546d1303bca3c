"""Which profiles of one piece have a value in common, and what that is called (SEMANTICS 11)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.blake2b import text_digests
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.texts import byte_ranks
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.arrays.union_find import flatten, join_edges

_TEXT = pa.large_string()


def group_ids(scopes: pa.Array, name: str, values: pa.Array, key: bytes) -> Hashes:
    """[n, 2] the ids of the groups whose smallest values these are.

    Args:
        scopes: [n] names of scopes.
        name: of the kind of group.
        values: [n] as `fold` gives them, none null.
        key: of keyed ids; empty: none.
    """
    head, kind, zero = (pa.scalar(text, _TEXT) for text in ("group", name, "\0"))
    texts = pc.binary_join_element_wise(head, scopes.cast(_TEXT), kind, values.cast(_TEXT), zero)
    return text_digests(texts, key)


class LocalGroups(NamedTuple):
    """Of ``e`` pairs of a profile and a value that it holds: ``k`` values, ``c`` components."""

    component: Ints  # [e] of each pair
    value: Ints  # [k] the first pair with each value
    smallest: Ints  # [c] a pair with the smallest value of each


def local_groups(profile: Ints, hashes: Hashes, values: pa.Array) -> LocalGroups:
    """Find the components of profiles and the values that they hold.

    Args:
        profile: [e] place of the profile.
        hashes: [e, 2] of the value and its scope.
        values: [e] values, none null.
    """
    code, first = factorise(hashes)
    profiles = int(profile.max(initial=-1)) + 1
    parent = np.arange(profiles + len(first), dtype=np.int32)
    join_edges(parent, profile, code + np.int32(profiles))
    flatten(parent)
    roots, component = np.unique(parent[profile], return_inverse=True)
    return LocalGroups(
        component.astype(np.int32),
        first,
        smallest_in(component, values, len(roots)),
    )


def smallest_in(component: Ints | Longs, values: pa.Array, components: int) -> Ints:
    """[components] a place with the smallest value of each, by its bytes.

    Args:
        component: [e] of each value; each has one at least.
    """
    coded = values.dictionary_encode()
    rank = byte_ranks(coded.dictionary)
    order = np.lexsort((rank[coded.indices.to_numpy()], component))
    begin = np.searchsorted(np.asarray(component)[order], np.arange(components))
    return np.asarray(order[begin], np.int32)
