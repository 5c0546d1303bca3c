"""SEMANTICS 3.4 and 3.5: demote_weakest and no_guess; decisions as in § 7."""

from tests.oracle.prepare import Observation
from tests.oracle.world import (
    Apart,
    Expected,
    Identity,
    Key,
    Record,
    Strategy,
    counterparts,
    holds_both,
)


class Profile:
    """A profile while it is replayed."""

    def __init__(self, record: Record, number: int, anonymous: bool = False) -> None:
        self.key: Key = ("record", record.scope, *record.key)
        self.number = number  # order of creation
        self.held: set[Identity] = set()
        self.anonymous = anonymous
        self.records: list[Record] = []


def _publish(profiles: list[Profile], expected: Expected) -> None:
    for profile in profiles:
        expected.held[profile.key] = set(profile.held)
        expected.known[profile.key] = False
        expected.linked_from[profile.key] = None
        for record in profile.records:
            expected.assign(record, profile.key)


def _fits(identities: set[Identity], limits: dict[str, int]) -> bool:
    return all(sum(k == kind for k, _ in identities) <= most for kind, most in limits.items())


def demote_weakest(
    observations: list[Observation],
    strategy: Strategy,
    expected: Expected,
    apart: Apart = frozenset(),
) -> None:
    """Replay the observations of one scope, in order."""
    limits = {kind: 5 if place else 1 for place, kind in enumerate(strategy.link_on)}
    limits |= strategy.params.get("max_values", {})
    most = strategy.params.get("max_profile_values")
    profiles: list[Profile] = []
    for record, own in observations:
        ids = list(own)
        while True:
            holding = [p for p in profiles if p.held & set(ids)]
            union = set(ids).union(*(p.held for p in holding))
            if _fits(union, limits) and not holds_both(union, apart):
                break
            expected.drop(record, ids.pop(), "demoted")
        if not holding:
            if not record.create:
                expected.refuse(record, "unassigned", "update_only")
                continue
            into = Profile(record, len(profiles))
            profiles.append(into)
            _fill(into, record, ids, most, expected)
        else:
            into = min(holding, key=lambda p: p.number)
            if most is not None and len(union) > most:
                for identity in ids:
                    if identity not in into.held:
                        expected.drop(record, identity, "profile_full")
            else:
                for other in holding:
                    if other is not into:
                        into.records += other.records
                        other.held, other.records = set(), []
                into.held = union
        into.records.append(record)
    _publish([p for p in profiles if p.held], expected)


def _fill(
    new: Profile, record: Record, ids: list[Identity], most: int | None, expected: Expected
) -> None:
    new.held = set(ids if most is None else ids[:most])
    for identity in ids[len(new.held) :]:
        expected.drop(record, identity, "profile_full")


def no_guess(
    observations: list[Observation],
    strategy: Strategy,
    expected: Expected,
    apart: Apart = frozenset(),
) -> None:
    """Replay the observations of one scope, in order."""
    world = _NoGuess(strategy, expected, apart)
    for record, own in observations:
        world.take(record, own)
    _publish([p for p in world.profiles if p.held], expected)


class _NoGuess:
    def __init__(self, strategy: Strategy, expected: Expected, apart: Apart) -> None:
        self.unique = set(strategy.params.get("unique", ()))
        self.apart = apart
        self.expected = expected
        self.profiles: list[Profile] = []
        self.anonymous: dict[Identity, Profile] = {}
        self.created = 0

    def shared(self, identity: Identity) -> bool:
        holding = [p for p in self.profiles if identity in p.held]
        return len(holding) > 1 or any(p.anonymous for p in holding)

    def create(self, record: Record, anonymous: bool = False) -> Profile | None:
        if not record.create:
            return None
        profile = Profile(record, self.created, anonymous)
        self.created += 1
        self.profiles.append(profile)
        return profile

    def anonymous_of(self, record: Record, identity: Identity) -> Profile | None:
        if identity not in self.anonymous:
            profile = self.create(record, anonymous=True)
            if profile is None:
                return None
            self.anonymous[identity] = profile
        return self.anonymous[identity]

    def take(self, record: Record, ids: list[Identity]) -> None:
        free = [identity for identity in ids if not self.shared(identity)]
        profile, added = self.decide(record, ids, free)
        if profile is None:
            self.expected.refuse(record, "unassigned", "update_only")
            return
        kept_out = {i for i in added if counterparts(i, self.apart) & profile.held}
        profile.held |= set(added) - kept_out
        profile.records.append(record)
        for identity in ids:
            if identity not in added:
                self.expected.drop(record, identity, "unique_type_filled")
            elif identity in kept_out:
                self.expected.drop(record, identity, "apart")
            elif identity in free and self.shared(identity):
                self.expected.drop(record, identity, "contested")

    def decide(
        self, record: Record, ids: list[Identity], free: list[Identity]
    ) -> tuple[Profile | None, list[Identity]]:
        if not free:
            return self.anonymous_of(record, ids[0]), ids
        holding = sorted((p for p in self.profiles if p.held & set(free)), key=lambda p: p.number)
        union = set(ids).union(*(p.held for p in holding))
        if _fits(union, dict.fromkeys(self.unique, 1)) and not holds_both(union, self.apart):
            if not holding:
                return self.create(record), ids
            into, *others = holding
            for other in others:
                into.held |= other.held
                into.records += other.records
                self.profiles.remove(other)
            return into, ids
        deciding = next((i for i in ids if i[0] in self.unique), None)
        if deciding is None:
            return self.anonymous_of(record, ids[0]), ids
        for profile in holding:
            if deciding in profile.held:
                filled = {kind for kind, _ in profile.held if kind in self.unique}
                return profile, [i for i in ids if i in profile.held or i[0] not in filled]
        return self.create(record), ids
