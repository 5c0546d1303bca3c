"""SEMANTICS 6: ids that last: claims, tables `ids` and `id_changes`, churn."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.oracle.claims import (
    NO_OVERLAP,
    Listed,
    Old,
    Profile,
    claim,
    find_followers,
    find_overlaps,
)
from tests.oracle.world import Identity, Key, Row


class Base(NamedTuple):
    """What a run takes from its base, for one strategy."""

    run_id: str
    as_of: Any  # of its manifest, else its start
    identities: Sequence[Row]
    ids: Sequence[Row] | None  # none: the base has no such table


class This(NamedTuple):
    """The run that is made."""

    run_id: str
    as_of: Any
    link_on: Sequence[str]


class Lasting(NamedTuple):
    """What the memory of a run is made of."""

    of_birth: dict[str, str]  # birth id: lasting id
    ids: list[Row]
    id_changes: list[Row]


def digest(text: str, key: bytes = b"") -> str:
    """BLAKE2b-128 in hex, keyed or not."""
    return hashlib.blake2b(text.encode(), digest_size=16, key=key).hexdigest()


def birth_id(profile: Key, key: bytes = b"") -> str:
    """What § 3 calls the profile id."""
    return digest("\0".join(profile), key)


def last(
    profiles: Sequence[Profile],
    this: This,
    base: Base | None = None,
    *,
    erased: Collection[str] = (),
    erased_rows: Sequence[Row] = (),
    key: bytes = b"",
) -> Lasting:
    """The lasting ids of this run's profiles, and what the next run must remember.

    `erased`: ids that this run's requests erase; `erased_rows`: rows of status `erased` in the
    current run's `ids`, which stand where the base has none. Followers of both are erased, too.
    """
    before = {row["profile_id"]: row for row in _remembered(base)}
    live_before = {i for i, row in before.items() if row["status"] == "live"}
    statuses = {i: row["status"] for i, row in before.items()}
    before = {row["profile_id"]: row for row in erased_rows} | before
    gone_for_good = set(erased) | {row["profile_id"] for row in erased_rows}
    gone_for_good |= {i for i, row in before.items() if row["status"] == "erased"}
    gone_for_good |= {i for i, row in before.items() if row["current_id"] in gone_for_good}
    listed = _listed(base)
    old = _base_profiles(base, listed, gone_for_good)
    new = {profile.birth_id: profile for profile in profiles}
    assert len(new) == len(profiles), "a birth id twice"
    overlaps = find_overlaps(new, old, listed, this.link_on)
    first, granted = claim(new, old, overlaps)
    taken = live_before | gone_for_good
    again = f"\0{base.run_id if base else ''}"
    of_birth = {
        n: granted.get(n) or (n if n not in taken else digest(f"again\0{n}{again}", key))
        for n in new
    }
    follower = find_followers(new, old, overlaps, of_birth)
    births = {lasting: n for n, lasting in of_birth.items()}
    ids = [_live(this, i, new[n], before) for i, n in births.items()]
    for i in before.keys() - births.keys():
        ids.append(_ended(this, before[i], i in gone_for_good, births, follower))
    claimed = {of_birth[n]: b for n, b in first.items() if overlaps[n, b] > NO_OVERLAP}
    changes = [_change(this, row, statuses, claimed) for row in _sorted(ids)]
    return Lasting(of_birth, _sorted(ids), [row for row in changes if row])


def _remembered(base: Base | None) -> list[Row]:
    """The base's `ids`, or what stands for it."""
    if base is None:
        return []
    if base.ids is not None:
        return list(base.ids)
    scopes = {row["profile_id"]: row["scope"] for row in base.identities}
    born = {"born_run": base.run_id, "born_at": base.as_of, "ended_run": None, "ended_at": None}
    return [
        {"profile_id": i, "scope": scope, "status": "live", "current_id": i, "birth_id": i} | born
        for i, scope in scopes.items()
    ]


def _listed(base: Base | None) -> Listed:
    return {
        (row["profile_id"], row["scope"], (row["identity_type"], row["identity_value"]))
        for row in (base.identities if base else ())
        if row["linked"]
    }


def _base_profiles(base: Base | None, listed: Listed, gone_for_good: set[str]) -> dict[str, Old]:
    held: dict[str, set[Identity]] = defaultdict(set)
    for profile_id, _, identity in listed:
        held[profile_id].add(identity)
    return {
        row["profile_id"]: Old(row["birth_id"], row["scope"], frozenset(held[row["profile_id"]]))
        for row in _remembered(base)
        if row["status"] == "live" and row["profile_id"] not in gone_for_good
    }


def _live(this: This, profile_id: str, profile: Profile, before: Mapping[str, Row]) -> Row:
    born = before.get(profile_id, {"born_run": this.run_id, "born_at": this.as_of})
    return {
        "profile_id": profile_id,
        "scope": profile.scope,
        "status": "live",
        "current_id": profile_id,
        "birth_id": profile.birth_id,
        "born_run": born["born_run"],
        "born_at": born["born_at"],
        "ended_run": None,
        "ended_at": None,
    }


def _ended(
    this: This, row: Row, erased: bool, live: Collection[str], follower: Mapping[str, str]
) -> Row:
    """The row of an id that is not live: it ends in this run, or what it followed may have."""
    current = row["current_id"]
    if row["status"] == "live":
        row = row | {"ended_run": this.run_id, "ended_at": this.as_of, "birth_id": None}
    if current not in live:
        current = follower.get(current)
    if erased:
        return row | {"status": "erased", "current_id": None}
    return row | {"status": "merged" if current else "gone", "current_id": current}


def _change(
    this: This, row: Row, statuses: Mapping[str, str], claimed: Mapping[str, str]
) -> Row | None:
    """What the run did to an id, by its status in the base; none: nothing."""
    profile_id, now = row["profile_id"], row["status"]
    before = statuses.get(profile_id)
    other = claimed.get(profile_id)
    if before == now or (before is None and now != "live"):
        return None
    change = now
    if now == "live" and before is None:
        change = "split" if other else "created"
    elif now == "live":
        change = "revived"
    return {
        "profile_id": profile_id,
        "scope": row["scope"],
        "change": change,
        "other_id": row["current_id"] if now == "merged" else other,
        "run_id": this.run_id,
        "changed_at": this.as_of,
    }


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["profile_id"])


def churn(
    base: Base,
    lasting: Lasting,
    base_assignments: Sequence[Row] | None = None,
    assignments: Sequence[Row] | None = None,
) -> dict[str, int]:
    """The figures of the manifest; records only with both tables of assignments."""
    live = {row["profile_id"] for row in _remembered(base) if row["status"] == "live"}
    changes = [
        row["change"]
        for row in lasting.id_changes
        if row["profile_id"] in live or row["change"] in ("created", "split", "revived")
    ]
    kinds = ("merged", "gone", "erased", "created", "split", "revived")
    out = {kind: changes.count(kind) for kind in kinds}
    out["live_in_base"] = len(live)
    out["kept"] = len(live & set(lasting.of_birth.values()))
    if base_assignments is not None and assignments is not None:
        was, now = _profile_of_record(base_assignments), _profile_of_record(assignments)
        out["records_in_both"] = len(was.keys() & now.keys())
        out["moved_records"] = sum(was[key] != now[key] for key in was.keys() & now.keys())
    return out


def _profile_of_record(rows: Iterable[Row]) -> dict[tuple[str, str], str | None]:
    return {
        (row["source"], row["record_id"]): row["profile_id"]
        for row in rows
        if row["status"] not in ("duplicate", "suppressed")
    }


def ended_ids_share(figures: Mapping[str, int]) -> float:
    """What `max_ended_ids_share` limits."""
    ended = figures["merged"] + figures["gone"]
    return ended / figures["live_in_base"] if figures["live_in_base"] else 0.0


def moved_records_share(figures: Mapping[str, int]) -> float:
    """What `max_moved_records_share` limits."""
    both = figures["records_in_both"]
    return figures["moved_records"] / both if both else 0.0
