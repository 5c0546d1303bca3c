"""SEMANTICS 3.3: idsync; decisions as in § 7."""

from collections.abc import Iterable

from tests.oracle.prepare import Observation
from tests.oracle.world import (
    BAD,
    Apart,
    Expected,
    Identity,
    Key,
    Record,
    Strategy,
    counterparts,
    strength,
)


class Profile:
    """A profile while it is replayed."""

    def __init__(self, record: Record) -> None:
        self.key: Key = ("record", record.scope, *record.key)
        self.held: set[Identity] = set()
        self.used = -1
        self.linked_from: Key | None = None


class Replay:
    """One scope."""

    def __init__(self, strategy: Strategy, expected: Expected, apart: Apart) -> None:
        params = strategy.params
        self.strategy, self.expected, self.apart = strategy, expected, apart
        self.login = set(params.get("login", ()))
        self.direct = [kind for kind in strategy.link_on if kind in strategy.direct]
        self.unique = set(params.get("unique", ())) | set(self.direct)
        self.immutable = set(params.get("immutable", ()))
        self.on_new_login = params.get("on_new_login", "add")
        self.on_logout = params.get("on_logout", "create")
        self.search_requires_immutable = params.get("search_requires_immutable", False)
        self.profiles: list[Profile] = []
        self.now = 0

    def known(self, profile: Profile) -> bool:
        return any(kind in self.login for kind, _ in profile.held)

    def holding(self, identity: Identity) -> list[Profile]:
        return [p for p in self.profiles if identity in p.held]

    def kept_apart(self, profile: Profile, identity: Identity) -> bool:
        return bool(counterparts(identity, self.apart) & profile.held)

    def eligible(self, profile: Profile, ids: list[Identity]) -> bool:
        if any(self.kept_apart(profile, i) for i in ids):
            return False
        logins = {i for i in profile.held if i[0] in self.login}
        if logins and not logins & set(ids):
            return False
        fixed = {i for i in profile.held if i[0] in self.immutable}
        if fixed and not fixed & set(ids):
            return False
        kinds = {kind for kind, _ in fixed}
        return not any(i[0] in kinds and i not in fixed for i in ids)

    def resolve(self, ids: list[Identity], anonymous_only: bool = False) -> Profile | None:
        for kind in self.direct:
            keys = [i for i in ids if i[0] == kind]
            if keys:
                found = self.holding(keys[0])
                found = [p for p in found if not any(self.kept_apart(p, i) for i in ids)]
                if anonymous_only:
                    found = [p for p in found if not self.known(p)]
                return found[0] if found else None
        pool = [p for p in self.profiles if not (anonymous_only and self.known(p))]
        candidates: list[Profile] | None = None
        for kind in self.strategy.link_on:
            values = {i for i in ids if i[0] == kind}
            hits = [p for p in pool if p.held & values and self.eligible(p, ids)]
            if not hits:
                continue
            if candidates is None:
                candidates = hits
            else:
                candidates = [p for p in candidates if p in hits] or candidates
            if len(candidates) == 1:
                break
        return max(candidates, key=lambda p: p.used) if candidates else None

    def take(self, record: Record, own: list[Identity]) -> None:
        self.now += 1
        if record.request in ("search", "modify"):
            self.look_up(record, own)
        elif record.request == "logout":
            self.log_out(record, own)
        else:
            self.identify(record, own)

    def look_up(self, record: Record, own: list[Identity]) -> None:
        profile = self.resolve(own)
        if record.request == "search" and self.search_requires_immutable and profile:
            fixed = {i for i in profile.held if i[0] in self.immutable}
            profile = profile if fixed & set(own) else None
        if profile is None:
            self.expected.refuse(record, "unassigned", "not_found")
            return
        if record.request == "modify":
            fault = self.modify(record, profile)
            if fault:
                self.expected.refuse(record, "refused", fault)
                return
            profile.used = self.now
        self.expected.assign(record, profile.key)

    def log_out(self, record: Record, own: list[Identity]) -> None:
        for identity in own:
            if identity[0] in self.login:
                self.expected.drop(record, identity, "login_id_on_logout")
        ids = [i for i in own if i[0] not in self.login]
        if not ids:
            self.expected.refuse(record, "unassigned", "no_identity")
            return
        profile = None
        if self.on_logout == "return_anonymous":
            profile = self.resolve(ids, anonymous_only=True)
        self.finish(record, ids, profile, None)

    def identify(self, record: Record, ids: list[Identity]) -> None:
        logins = {i for i in ids if i[0] in self.login}
        if record.request == "login" and self.login and not logins:
            self.expected.refuse(record, "refused", "login_without_login_id")
            return
        profile = self.resolve(ids)
        new_login = any(not self.holding(i) for i in logins)
        if any(kind in self.direct for kind, _ in ids):
            new_login = False
        linked_from = None
        if self.on_new_login != "add" and new_login:
            if profile is None or not profile.held & logins:
                if self.on_new_login == "create_linked" and profile:
                    linked_from = profile.key
                profile = None
        self.finish(record, ids, profile, linked_from)

    def finish(
        self, record: Record, ids: list[Identity], profile: Profile | None, linked_from: Key | None
    ) -> None:
        created = profile is None
        if profile is None:
            if not record.create:
                self.expected.refuse(record, "unassigned", "update_only")
                return
            profile = Profile(record)
            profile.linked_from = linked_from
        for identity in ids:
            if identity in profile.held:
                continue
            kind = identity[0]
            if kind in self.unique and self.holding(identity):
                self.expected.drop(record, identity, "unique_value_taken")
            elif kind in self.unique and any(k == kind for k, _ in profile.held):
                self.expected.drop(record, identity, "unique_type_filled")
            elif self.kept_apart(profile, identity):
                self.expected.drop(record, identity, "apart")
            else:
                profile.held.add(identity)
        if created:
            if not profile.held:
                self.expected.refuse(record, "unassigned", "all_identities_taken")
                return
            self.profiles.append(profile)
        profile.used = self.now
        self.expected.assign(record, profile.key)

    def modify(self, record: Record, profile: Profile) -> str | None:
        """Try on copies; a fault leaves everything as it was."""
        before = {id(p): set(p.held) for p in self.profiles}
        drops = []
        added: list[Identity] = []
        fault = None
        for kind, old, new in record.changes:
            old, new = old or None, new or None
            if kind not in self.strategy.link_on:
                if old or new:
                    drops.append((kind, new or old, "not_linked"))
                continue
            if old is None and new is None:
                continue
            fault = self.fault(profile, kind, old, new)
            if fault:
                break
            if old:
                profile.held.discard((kind, old))
            if new:
                added.append((kind, new))
                profile.held.add((kind, new))
        if fault:
            for p in self.profiles:
                p.held = before[id(p)]
            return fault
        for identity in dict.fromkeys(added):
            if identity[0] in self.unique and identity in profile.held:
                for other in self.holding(identity):
                    if other is not profile:
                        other.held.discard(identity)
                        drops.append((*identity, "moved"))
        for kind, value, rule in drops:
            self.expected.drop(record, (kind, str(value)), rule)
        return None

    def fault(self, profile: Profile, kind: str, old: str | None, new: str | None) -> str | None:
        if BAD in (old, new):
            return "value_refused"
        if kind in self.immutable:
            if any(k == kind for k, _ in profile.held):
                return "immutable"
            if new and any(p is not profile for p in self.holding((kind, new))):
                return "immutable"
        if old and (kind, old) not in profile.held:
            return "old_value_not_held"
        if new and kind in self.unique:
            others = {v for k, v in profile.held if k == kind} - {old, new}
            if others:
                return "unique_type_filled"
        if new and counterparts((kind, new), self.apart) & (profile.held - {(kind, old)}):
            return "apart"
        return None


def idsync(
    observations: Iterable[Observation],
    strategy: Strategy,
    expected: Expected,
    apart: Apart = frozenset(),
) -> None:
    """Replay the observations of one scope, in order."""
    replay = Replay(strategy, expected, apart)
    for record, own in observations:
        replay.take(record, sorted(own, key=lambda i: strength(strategy, i)))
    for profile in replay.profiles:
        expected.held[profile.key] = set(profile.held)
        expected.known[profile.key] = replay.known(profile)
        expected.linked_from[profile.key] = profile.linked_from
