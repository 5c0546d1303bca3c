"""Plays chains of profiles through the pure functions of lasting ids."""

import hashlib
import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.lasting.claims import (
    GRANTED,
    answers,
    claim,
    flags_of,
    follow,
    grant,
    still_open,
)
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.lasting.name_profiles import Named, NewIds, name_profiles
from idweave.transforms.columnar.lasting.overlaps import (
    Births,
    Holdings,
    Relations,
    find_common,
    relate,
)
from idweave.transforms.columnar.lasting.remember import (
    Followers,
    IdChange,
    IdRows,
    IdStatus,
    Live,
    ThisRun,
    remember,
)
from tests.oracle.claims import Profile
from tests.oracle.lasting import Base, Lasting, This
from tests.oracle.world import Row

LINK_ON = ("customer_id", "email", "device")


NONE = "0" * 32


def hex_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def words(ids: Sequence[str]) -> np.ndarray:
    return id_words(pa.array(list(ids), pa.string()))


def texts(ids: np.ndarray) -> list[str]:
    return id_texts(ids).to_pylist()


def hashes(identities: Sequence[tuple[str, ...]]) -> np.ndarray:
    return words([hex_of("\0".join(identity)) for identity in identities])


class Names:
    """Texts by their places."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def place(self, text: str | None) -> int:
        if text is None:
            return -1
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def places(self, given: Sequence[str | None]) -> Ints:
        return np.array([self.place(text) for text in given], np.int32)


def id_rows(rows: Sequence[Row], names: Names) -> IdRows:
    kinds = [status.name.lower() for status in IdStatus]
    return IdRows(
        id=words([r["profile_id"] for r in rows]),
        scope=names.places([r["scope"] for r in rows]),
        status=np.array([kinds.index(r["status"]) for r in rows], np.int8),
        current=words([r["current_id"] or NONE for r in rows]),
        birth=words([r["birth_id"] or NONE for r in rows]),
        born_run=names.places([r["born_run"] for r in rows]),
        born_at=np.array([r["born_at"] for r in rows], np.int64),
        ended_run=names.places([r["ended_run"] for r in rows]),
        ended_at=np.array([r["ended_at"] or 0 for r in rows], np.int64),
    )


def relations_of(
    profiles: Sequence[Profile], base: Base | None, old_rows: Sequence[Row]
) -> Relations:
    held = [(p.birth_id, (p.scope, *i), LINK_ON.index(i[0])) for p in profiles
            for i in sorted(p.identities)]  # fmt: skip
    listed = [
        (r["profile_id"], (r["scope"], r["identity_type"], r["identity_value"]))
        for r in (base.identities if base else ())
        if r["linked"] and r["identity_type"] in LINK_ON
    ]
    common = find_common(
        Holdings(hashes([h[1] for h in held]), words([h[0] for h in held])),
        np.array([h[2] for h in held], np.int16),
        Holdings(hashes([h[1] for h in listed]), words([h[0] for h in listed])),
    )
    live = [row for row in old_rows if row["status"] == "live"]
    births = Births(words([r["birth_id"] for r in live]), words([r["profile_id"] for r in live]))
    return relate(words([p.birth_id for p in profiles]), common, births)


def play(
    profiles: Sequence[Profile], this: This, base: Base | None
) -> tuple[dict[str, str], list[Row], list[Row]]:
    """One run by the product's functions, all in one shard."""
    old_rows = list(base.ids or ()) if base else []
    relations = relations_of(profiles, base, old_rows)
    count = len(profiles)
    codes = {old: i for i, old in enumerate(dict.fromkeys(texts(relations.old_id)))}
    old = np.array([codes[text] for text in texts(relations.old_id)], np.int32)
    everything = np.ones(len(old), bool)
    first = claim(relations, count, everything)
    answer = answers(old, grant(relations, old, len(codes), flags_of(first, len(old))))
    second = claim(relations, count, still_open(relations, count, answer))
    granted = grant(relations, old, len(codes), flags_of(second, len(old)))
    rows = (answer == GRANTED) | flags_of(granted, len(old))
    births = words([p.birth_id for p in profiles])
    names = Names()
    own = id_rows(old_rows, names)
    taken = own.id[(own.status == IdStatus.LIVE) | (own.status == IdStatus.ERASED)]
    new_ids = NewIds(base.run_id if base else "", b"")
    named = name_profiles(births, taken, relations, rows, first, new_ids)
    of_birth = dict(zip(texts(births), texts(named.lasting), strict=True))
    following = follow(relations, old, len(codes), named.lasting[relations.new])
    followed = following[following >= 0]
    by = Followers(relations.old_id[followed], named.lasting[relations.new[followed]])
    live = _live(named, births, profiles, names)
    merged = own.at(own.status == IdStatus.MERGED)
    this_run = ThisRun(names.place(this.run_id), this.as_of)
    ids, changes = remember(own, merged, named.lasting, live, by, this_run)
    return of_birth, _ids(ids, names), _changes(changes, names, this)


def _live(named: Named, births: np.ndarray, profiles: Sequence[Profile], names: Names) -> Live:
    scope = names.places([p.scope for p in profiles])
    return Live(named.lasting, births, scope, named.first, named.has_first)


def _ids(rows: IdRows, names: Names) -> list[Row]:
    out = []
    for i, (profile_id, current, birth) in enumerate(
        zip(texts(rows.id), texts(rows.current), texts(rows.birth), strict=True)
    ):
        status = IdStatus(int(rows.status[i]))
        live = status == IdStatus.LIVE
        out.append({
            "profile_id": profile_id,
            "scope": names.texts[rows.scope[i]],
            "status": status.name.lower(),
            "current_id": current if status in (IdStatus.LIVE, IdStatus.MERGED) else None,
            "birth_id": birth if live else None,
            "born_run": names.texts[rows.born_run[i]],
            "born_at": int(rows.born_at[i]),
            "ended_run": None if live else names.texts[rows.ended_run[i]],
            "ended_at": None if live else int(rows.ended_at[i]),
        })  # fmt: skip
    return out


def _changes(rows, names: Names, this: This) -> list[Row]:  # type: ignore[no-untyped-def]
    return [
        {
            "profile_id": profile_id,
            "scope": names.texts[rows.scope[i]],
            "change": IdChange(int(rows.change[i])).name.lower(),
            "other_id": other if rows.has_other[i] else None,
            "run_id": this.run_id,
            "changed_at": this.as_of,
        }
        for i, (profile_id, other) in enumerate(zip(texts(rows.id), texts(rows.other), strict=True))
    ]


def random_profiles(rng: random.Random, before: Sequence[Profile]) -> list[Profile]:
    """Profiles of a few scopes with a few values; births often those of the run before."""
    births = [p for p in before if rng.random() < 0.7]
    births += [
        Profile(hex_of(f"birth {rng.randrange(14)} {scope}"), scope, frozenset())
        for scope in ("w", "v")
        for _ in range(rng.randrange(6))
    ]
    out = {}
    for profile in births:
        kept = {i for i in profile.identities if rng.random() < 0.7}
        for kind in LINK_ON:
            if rng.random() < 0.5:
                kept.add((kind, str(rng.randrange(6))))
        out[profile.birth_id] = profile._replace(identities=frozenset(kept))
    return list(out.values())


def listed(profiles: Sequence[Profile], lasting: Lasting) -> list[Row]:
    return [
        {"profile_id": lasting.of_birth[p.birth_id], "scope": p.scope, "identity_type": kind,
         "identity_value": value, "linked": True}
        for p in profiles
        for kind, value in p.identities
    ]  # fmt: skip
