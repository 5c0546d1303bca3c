"""Makes groups of the profiles of one shard, and attributes of their profiles' (SEMANTICS 11)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.factorise import Factorised, Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.attributes.apply_rule import Made, apply_rule
from idweave.transforms.columnar.attributes.candidates import Records
from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.lasting.id_texts import id_order

ORDERLESS = ("most_frequent", "min", "max", "sum", "count", "any_true", "all_true", "collect")
_BY_VALUE = ("most_frequent", "collect", "sum")  # what comes last, first, or is added in order


class Formed(NamedTuple):
    """``g`` groups by id, and their ``r`` profiles by group, then by id."""

    ids: Hashes  # [g, 2]
    row: Longs  # [r] places of the profiles among those given
    group: Longs  # [r]
    sizes: Longs  # [g]
    too_large: int  # groups that would have too many
    in_too_large: int  # profiles of these


def form_groups(found: Factorised, ids: Hashes, profiles: Hashes, max_size: int) -> Formed:
    """Put profiles into groups; one that would have more than `max_size` is none.

    Args:
        found: which of the `k` groups each of `m` profiles would be in.
        ids: [k, 2] of the groups.
        profiles: [m, 2] ids.
    """
    size = np.bincount(found.code, minlength=len(found.first)).astype(np.int64)
    fits = np.flatnonzero(size <= max_size)
    fits = fits[id_order(take_rows(ids, fits))]
    place = np.full(len(size), -1, np.int64)
    place[fits] = np.arange(len(fits))
    group = place[found.code]
    there = np.flatnonzero(group >= 0)
    there = there[id_order(take_rows(profiles, there))]
    there = there[np.argsort(group[there], kind="stable")]
    return Formed(
        ids=take_rows(ids, fits),
        row=there,
        group=group[there],
        sizes=size[fits],
        too_large=len(size) - len(fits),
        in_too_large=len(group) - len(there),
    )


def group_attribute(group: Longs, groups: int, texts: pa.Array, rule: AttributeRule) -> Made:
    """Make an attribute of groups from their profiles'.

    What § 8 decides by the order of records the order of values decides here: they go from the
    largest down, so the last one is the smallest.

    Args:
        group: [r] the group of each profile.
        texts: [r] their values of the attribute.
    """
    if rule.rule in _BY_VALUE:
        values = texts.cast(rule.kind)
        order = pc.array_sort_indices(values, order="descending")
        group, texts = group.take(order.to_numpy()), texts.take(order)
    none = np.zeros(len(group), np.int64)
    records = Records(
        profile=group.astype(np.int32),
        profiles=groups,
        time=none,
        source=none.astype(np.int32),
        texts={rule.name: texts},
        as_of=0,
    )
    return apply_rule(records, rule)


class Attributes(NamedTuple):
    """Attributes of ``g`` groups by name, and what could not be made of values."""

    values: dict[str, pa.Array]  # [g]
    not_castable: int  # values of profiles
    sums_too_large: int  # groups


def group_attributes(
    formed: Formed, texts: Mapping[str, pa.Array], rules: tuple[AttributeRule, ...]
) -> Attributes:
    """Make all attributes of groups.

    Args:
        texts: [m] by attribute, of the profiles that were given.
    """
    row = pa.array(formed.row)
    made = {
        rule.name: group_attribute(
            formed.group, len(formed.ids), texts[rule.name].take(row).cast(pa.string()), rule
        )
        for rule in rules
    }
    return Attributes(
        {name: of.values for name, of in made.items()},
        sum(len(of.unfit) for of in made.values()),
        sum(of.too_large for of in made.values()),
    )
