"""Random small worlds, dense with conflicts, and random strategies."""

import random
from typing import Any

from tests.oracle.world import BAD, Record, Strategy

TYPES = ("customer_id", "email", "device", "mpid")
DIRECT = ("mpid",)
VALUES = {"customer_id": "ABC", "email": "xyz", "device": "de", "mpid": "m"}
_REQUESTS = ("identify", "login", "logout", "search", "modify", "feed")
PRESETS: dict[str, dict[str, Any]] = {
    "default": {"login": ["customer_id"], "unique": ["customer_id"], "immutable": ["customer_id"]},
    "profile_conversion": {},
    "profile_link": {
        "login": ["customer_id", "email"],
        "unique": ["customer_id", "email"],
        "on_new_login": "create_linked",
    },
    "profile_isolation": {
        "login": ["customer_id", "email"],
        "unique": ["customer_id", "email"],
        "on_new_login": "create",
        "on_logout": "return_anonymous",
    },
    "best_match": {"login": [], "unique": []},
}


def random_world(seed: int, scope: str) -> list[Record]:
    """3 to 25 records of one scope: few values, equal and missing times, all requests."""
    rng = random.Random(f"world {seed}")
    types = TYPES[: rng.choice((2, 3, 3, 4))]
    only_identify = rng.random() < 0.3
    records = []
    for number in range(rng.randint(3, 25)):
        source = rng.choice(("creates", "creates", "creates", "updates"))
        request = "identify" if only_identify else rng.choice(_REQUESTS)
        identities = set()
        for kind in types:
            if rng.random() < (0.25 if kind == "mpid" else 0.6):
                most = 2 if rng.random() < 0.15 else 1
                identities |= {(kind, rng.choice(VALUES[kind])) for _ in range(most)}
        changes = []
        if request == "modify":
            for _ in range(rng.randint(0, 3)):
                kind = rng.choice(types)
                changes.append((kind, _value(rng, kind), _value(rng, kind)))
        time = None if rng.random() < 0.1 else rng.randint(0, 12)
        records.append(
            Record(
                source,
                f"{scope}-{rng.randint(0, 99):02d}-{number:02d}",
                time,
                scope,
                request,
                source == "creates",
                tuple(sorted(identities)),
                tuple(changes),
            )
        )
    return records


def _value(rng: random.Random, kind: str) -> str | None:
    if rng.random() < 0.35:
        return None
    return BAD if rng.random() < 0.05 else rng.choice(VALUES[kind])


def random_strategy(seed: int, policy: str) -> Strategy:
    """A strategy of a policy, with random limits and switches that fit together."""
    rng = random.Random(f"strategy {policy} {seed}")
    link_on = list(rng.sample(TYPES, rng.choice((2, 3, 4, 4))))
    if rng.random() < 0.6:
        link_on = [kind for kind in TYPES if kind in link_on]
    hubs = ()
    if rng.random() < 0.25:
        hubs = ((*rng.sample(link_on, 2), rng.randint(1, 2)),)
    params = _PARAMS[policy](rng, link_on)
    return Strategy(policy, tuple(link_on), hubs, params, DIRECT)


def of_some_sources(seed: int, strategy: Strategy) -> Strategy:
    """The strategy, using one of the sources only."""
    rng = random.Random(f"sources {seed}")
    return strategy._replace(sources=(rng.choice(("creates", "creates", "updates")),))


def _some(rng: random.Random, kinds: list[str], least: int = 0) -> list[str]:
    return rng.sample(kinds, rng.randint(least, max(least, len(kinds) - 1)))


def _merge_all(rng: random.Random, link_on: list[str]) -> dict[str, Any]:
    return {}


def _constrained_merge(rng: random.Random, link_on: list[str]) -> dict[str, Any]:
    params: dict[str, Any] = {"unique": _some(rng, link_on)}
    if rng.random() < 0.3:
        params["max_values"] = {rng.choice(link_on): rng.randint(1, 3)}
    if rng.random() < 0.2:
        params["exclusive"] = [rng.sample(link_on, 2)]
    if rng.random() < 0.2:
        params["max_profile_values"] = rng.randint(1, 5)
    keys = ["newest_observation", "strength", "newest", "oldest"]
    presets = ["adobe", "newest_owner", "first_owner", "strongest"]
    params["order"] = rng.choice([*presets, rng.sample(keys, rng.randint(1, 3))])
    if rng.random() < 0.5:
        params["attribution"] = {
            "mode": rng.choice(("last_auth", "device_split", "anonymous_last_auth")),
            "device": _some(rng, link_on, 1),
            "person": _some(rng, link_on, 1),
        }
    return params


def _idsync(rng: random.Random, link_on: list[str]) -> dict[str, Any]:
    params: dict[str, Any] = {"preset": rng.choice(list(PRESETS))}
    own = [kind for kind in link_on if kind not in DIRECT]
    params |= {"on_new_login": "add", "on_logout": "create", "immutable": []}
    params |= PRESETS[params["preset"]]
    for key in ("login", "unique", "immutable"):
        params[key] = [kind for kind in params.get(key, []) if kind in link_on]
    if params["preset"] == "profile_conversion":
        params["login"] = _some(rng, own, 0 if rng.random() < 0.2 else 1)
        params["unique"] = list(params["login"])
    if rng.random() < 0.4:
        params["login"] = _some(rng, own)
        params["unique"] = _some(rng, link_on)
        both = [kind for kind in params["login"] if kind in params["unique"]]
        params["immutable"] = _some(rng, both) if rng.random() < 0.5 else []
        params["on_new_login"] = rng.choice(("add", "create", "create_linked"))
        params["on_logout"] = rng.choice(("create", "return_anonymous"))
    if params["immutable"] and rng.random() < 0.3:
        params["search_requires_immutable"] = True
    return params


def _demote_weakest(rng: random.Random, link_on: list[str]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if rng.random() < 0.7:
        params["max_values"] = {kind: rng.randint(1, 2) for kind in _some(rng, link_on)}
    if rng.random() < 0.3:
        params["max_profile_values"] = rng.randint(1, 4)
    return params


def _no_guess(rng: random.Random, link_on: list[str]) -> dict[str, Any]:
    return {"unique": _some(rng, link_on)}


_PARAMS = {
    "merge_all": _merge_all,
    "constrained_merge": _constrained_merge,
    "idsync": _idsync,
    "demote_weakest": _demote_weakest,
    "no_guess": _no_guess,
}
