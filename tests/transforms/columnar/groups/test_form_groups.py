"""Groups and their attributes against plain readings of SEMANTICS 11."""

import hashlib
from collections import Counter, defaultdict
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.arrays.factorise import factorise
from idweave.transforms.columnar.attributes.fold import fold
from idweave.transforms.columnar.attributes.rules import FLAGS, AttributeRule
from idweave.transforms.columnar.groups.form_groups import (
    ORDERLESS,
    form_groups,
    group_attribute,
    group_attributes,
)
from idweave.transforms.columnar.groups.local_groups import group_ids, local_groups, smallest_in
from idweave.transforms.columnar.reading.read_text import texts

TEXT = st.sampled_from(["", "a", "b", "B", "ä", "zz", "true", "0"])
VALUES: dict[pa.DataType, Any] = {
    pa.string(): TEXT,
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    pa.float64(): st.sampled_from([0.5, -2.25, 3.0, 1e300, 0.125]),
    pa.bool_(): st.booleans(),
}


def words(count: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """[count, 2] ids, all different."""
    return np.random.default_rng(seed).integers(0, 2**64, (count, 2), np.uint64)


def expected(rule: str, values: list[Any]) -> Any:
    """An attribute of one group; `values`: those of its profiles that are not null."""
    if rule == "count":
        return len(values)
    if rule in FLAGS:
        flags = [str(v).lower() in ("true", "1") for v in values if _is_flag(v)]
        return (any if rule == "any_true" else all)(flags) if flags else None
    if not values:
        return None
    ordered = sorted(values, key=lambda v: v.encode() if isinstance(v, str) else v)
    if rule in ("min", "max"):
        return ordered[0 if rule == "min" else -1]
    if rule == "sum":
        total = sum(reversed(ordered))
        return total if isinstance(total, float) or -(2**63) <= total < 2**63 else None
    if rule == "most_frequent":
        counts = Counter(values)
        return next(v for v in ordered if counts[v] == max(counts.values()))
    return list(dict.fromkeys(ordered))[:10]


def _is_flag(value: Any) -> bool:
    return str(value).lower() in ("true", "false", "0", "1")


@pytest.mark.parametrize("rule", ORDERLESS)
@settings(deadline=None)
@given(data=st.data())
def test_attributes_of_groups_follow_each_rule_whatever_the_order(
    rule: str, data: st.DataObject
) -> None:
    kinds = [pa.int64(), pa.float64()] if rule == "sum" else list(VALUES)
    kind = data.draw(st.sampled_from(kinds))
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=30))
    group = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    flags = rule in FLAGS
    given_rule = AttributeRule("x", rule, "x", pa.bool_() if flags else kind, casts=flags)
    held = texts(pa.array(values, kind)).text
    made = group_attribute(np.array(group, np.int64), 4, held, given_rule)
    by_group = [[v for g, v in zip(group, values, strict=True) if g == n and v is not None]
                for n in range(4)]  # fmt: skip
    assert made.values.type == given_rule.column
    assert made.values.to_pylist() == [expected(rule, of) for of in by_group]
    unfit = [v for of in by_group for v in of if flags and not _is_flag(v)]
    assert len(made.unfit) == len(unfit)
    too_large = [of for of in by_group if rule == "sum" and of and expected(rule, of) is None]
    assert made.too_large == len(too_large)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 6))
def test_groups_have_at_most_so_many_profiles_and_lie_by_id_then_profile(
    code: list[int], most: int
) -> None:
    ids, profiles = words(6), words(len(code), 1)
    keys = ids[np.array(code, np.int64)]
    found = factorise(keys)
    formed = form_groups(found, keys[found.first], profiles, most)
    members = defaultdict(list)
    for group, profile in zip(code, profiles, strict=True):
        members[ids[group].tobytes()].append(profile.tobytes())
    fits = {group: sorted(of) for group, of in sorted(members.items()) if len(of) <= most}
    told = [
        (formed.ids[g].tobytes(), profiles[row].tobytes())
        for g, row in zip(formed.group, formed.row, strict=True)
    ]
    assert told == [(group, profile) for group, of in fits.items() for profile in of]
    assert formed.sizes.tolist() == [len(of) for of in fits.values()]
    assert formed.too_large == len(members) - len(fits)
    assert formed.in_too_large == len(code) - len(told)


def test_what_can_not_be_made_of_values_is_counted() -> None:
    keys = words(1).repeat(2, axis=0)
    formed = form_groups(factorise(keys), keys[:1], words(2, 1), 2)
    rules = (
        AttributeRule("n", "sum", "n", pa.int64(), casts=False),
        AttributeRule("dog", "any_true", "dog", pa.bool_(), casts=True),
    )
    values = {"n": pa.array([str(2**63 - 1), "1"]), "dog": pa.array(["perhaps", "1"])}
    made = group_attributes(formed, values, rules)
    assert {name: of.to_pylist() for name, of in made.values.items()} == {
        "n": [None],
        "dog": [True],
    }
    assert (made.not_castable, made.sums_too_large) == (1, 1)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=40))
def test_components_of_profiles_and_values_are_those_of_networkx(
    pairs: list[tuple[int, int]],
) -> None:
    names = [f"v{value:02}" for _, value in pairs]
    hashes = words(13)[np.array([value for _, value in pairs], np.int64)]
    profile = np.array([one for one, _ in pairs], np.int32)
    found = local_groups(profile, hashes, pa.array(names, pa.string()))
    graph = nx.Graph([(one, name) for (one, _), name in zip(pairs, names, strict=True)])
    of = {node: place for place, part in enumerate(nx.connected_components(graph)) for node in part}
    same = {(int(c), of[int(one)]) for c, one in zip(found.component, profile, strict=True)}
    assert len(same) == len(set(of.values())) == len(found.smallest)
    assert sorted({names[place] for place in found.value}) == sorted(set(names))
    for component, place in enumerate(found.smallest):
        own = [n for n, c in zip(names, found.component, strict=True) if c == component]
        assert names[place] == min(own)


def test_the_smallest_value_is_so_by_its_bytes() -> None:
    values = pa.array(["b", "\U0001f600", "\uffee", "B", "ä"])
    assert smallest_in(np.array([0, 1, 1, 0, 2]), values, 3).tolist() == [3, 2, 4]


def test_an_id_is_a_digest_of_scope_kind_and_value() -> None:
    values, key = fold(pa.array([" Straße 1", "STRASSE 1\u00a0"])), b"k" * 32
    scopes = pa.array(["retail", "ä"])
    for secret in (b"", key):
        found = group_ids(scopes, "household", values, secret)
        for place, scope in enumerate(("retail", "ä")):
            message = f"group\0{scope}\0household\0strasse 1".encode()
            told = hashlib.blake2b(message, digest_size=16, key=secret).digest()
            assert found[place].tobytes() == told
    assert group_ids(scopes[:0], "household", values[:0], b"").shape == (0, 2)
