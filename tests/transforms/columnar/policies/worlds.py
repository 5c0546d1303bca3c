"""Random small worlds that shrink, and what a plain reading makes of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from idweave.transforms.columnar.policies.constrained_merge.rules import AttributionKeys
from idweave.transforms.columnar.policies.keys import Linked
from idweave.transforms.columnar.policies.registry import POLICIES
from tests.oracle.merging import ORDERS
from tests.oracle.prepare import taking_part
from tests.oracle.random_worlds import DIRECT, random_strategy
from tests.oracle.world import (
    BAD,
    DECISIONS,
    Apart,
    Expected,
    Identity,
    Record,
    Strategy,
    counterparts,
    linked,
)
from tests.transforms.columnar.policies.small import Small, resolved, small, told

Reading = Callable[..., None]
IDENTITIES: tuple[Identity, ...] = (
    *(("customer_id", value) for value in "ABC"),
    *(("email", value) for value in "xyz"),
    *(("device", value) for value in "de"),
    ("mpid", "m"),
)
_REQUESTS = ("identify", "login", "logout", "search", "modify", "feed")


class World(NamedTuple):
    """Records of one scope in order, a strategy, and pairs that are apart."""

    records: list[Record]
    strategy: Strategy
    apart: Apart


@st.composite
def worlds(draw: st.DrawFn, policy: str) -> World:
    """Up to a dozen records, dense with conflicts; what people made stands before all others."""
    strategy = random_strategy(draw(st.integers(0, 5000)), policy)
    pairs = st.lists(st.sampled_from(IDENTITIES), min_size=2, max_size=2, unique=True)
    apart = frozenset(map(frozenset, draw(st.lists(pairs, max_size=3))))
    together = draw(st.lists(pairs, max_size=2))
    made = [_record(DECISIONS, place, "identify", ids) for place, ids in enumerate(together)]
    rows = draw(st.lists(_rows(policy), min_size=1, max_size=12))
    own = [
        _record("s", place, request, ids, create, changes)
        for place, (request, ids, create, changes) in enumerate(rows)
    ]
    return World(made + own, strategy, apart)


def _rows(policy: str) -> st.SearchStrategy[Any]:
    value = st.sampled_from([None, BAD, *{value for _, value in IDENTITIES}])
    change = st.tuples(st.sampled_from(["customer_id", "email", "device"]), value, value)
    return st.tuples(
        st.sampled_from(_REQUESTS if policy == "idsync" else _REQUESTS[:1]),
        st.lists(st.sampled_from(IDENTITIES), min_size=1, max_size=4, unique=True),
        st.sampled_from([True, True, False]),
        st.lists(change, max_size=3) if policy == "idsync" else st.just([]),
    )


def _record(
    source: str,
    place: int,
    request: str,
    ids: list[Identity],
    create: bool = True,
    changes: list[Any] | None = None,
) -> Record:
    changed = tuple(changes or ()) if request == "modify" else ()
    name = f"r{place:02d}"
    return Record(source, name, place, "w", request, create, tuple(sorted(ids)), changed)


def compared(world: World, read: Reading) -> tuple[Expected, Expected]:
    """What a plain reading and the policy make of a world."""
    plain = Expected()
    left = list(taking_part(_usable(world), world.strategy, Expected()))
    read(left, world.strategy, plain, world.apart)
    if not left:
        return plain, Expected()
    seen: Small = small(left, world.strategy, world.apart)
    return plain, told(seen, resolved(seen, world.strategy.policy, rules_of(world.strategy)))


def _usable(world: World) -> list[tuple[Record, list[Identity]]]:
    """Records with what is left of them: the weaker of two that are apart is left out."""
    login = world.strategy.params.get("login", ()) if world.strategy.policy == "idsync" else ()
    out = []
    for record in world.records:
        taken: list[Identity] = []
        for identity in linked(world.strategy, record):
            free = record.request == "logout" and identity[0] in login
            stronger = {i for i in taken if not (record.request == "logout" and i[0] in login)}
            if free or not counterparts(identity, world.apart) & stronger:
                taken.append(identity)
        out.append((record, taken))
    return out


def rules_of(strategy: Strategy) -> Any:
    """The rules of a policy, from the words of the configuration."""
    policy, params = POLICIES[strategy.policy], dict(strategy.params)
    if isinstance(params.get("order"), str):
        params["order"] = ORDERS[params["order"]]
    keys = {name: _frozen(value) for name, value in params.items()}
    if "attribution" in keys:
        keys["attribution"] = AttributionKeys(**keys["attribution"])
    return policy.rules(
        policy.keys(**keys), Linked(strategy.link_on, DIRECT, {"order": ORDERS["newest_owner"]})
    )


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return {k: _frozen(v) for k, v in value.items()} if isinstance(value, dict) else value


thorough = settings(deadline=None, derandomize=True, max_examples=200)


_SHORT = {"c": "customer_id", "e": "email", "d": "device"}
LINK_ON = tuple(_SHORT.values())


def short(text: str) -> Identity:
    """`c1` is the customer id 1, `e1` an e-mail, `d1` a device."""
    return _SHORT[text[0]], text[1:]


def answered(
    policy: str, *rows: str, apart: tuple[str, ...] = (), create: bool = True, **params: Any
) -> tuple[dict[str, str], list[str]]:
    """What a policy makes of records r00, r01, …, each a text of its identities.

    Returns:
        What the profile of each record holds (or the reason why it has none); what was dropped.
    """
    strategy = Strategy(policy, LINK_ON, params=params)
    pairs = frozenset(frozenset(map(short, pair.split())) for pair in apart)
    records = [
        _record("s", place, "identify", [short(text) for text in row.split()], create)
        for place, row in enumerate(rows)
    ]
    seen = small([(record, linked(strategy, record)) for record in records], strategy, pairs)
    out = told(seen, resolved(seen, policy, rules_of(strategy)))
    names = {identity: text for row in rows for text in row.split() for identity in [short(text)]}
    profiles = {
        record: " ".join(names[i] for i in sorted(out.held[key])) if key else str(reason)
        for (_, record), (key, _, reason) in out.assignments.items()
    }
    dropped = [
        f"{record} {names[kind, str(value)]} {rule}" for _, record, kind, value, rule in out.drops
    ]
    links = [f"{names[left]} {names[right]} {rule}" for left, right, rule in out.dropped_links]
    return profiles, sorted(dropped + links)
