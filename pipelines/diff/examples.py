"""The largest profiles of each kind, with those that they meet on the other side."""

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from idweave.pipelines.diff.compare import KINDS
from idweave.pipelines.diff.read import Side
from idweave.pipelines.published.database import as_table
from idweave.pipelines.published.mask import masked
from idweave.pipelines.published.profile_ids import identities_of, texts_of

EXAMPLES = 10  # of each kind
_OTHERS = 10  # profiles of the other side that an example names
_SHOWN = 5  # identities of a profile


class Profile(NamedTuple):
    """A profile of an example. A few of its identities stand for all; masked."""

    profile_id: str
    records: int
    shared_records: int  # with the profile that the example is about
    identities: tuple[str, ...]


class Example(NamedTuple):
    """A profile, and what it is made of or parted into."""

    kind: str
    about: str  # left | right: whose profile this is
    profile: Profile
    others: tuple[Profile, ...]  # of the other side, those that share most first
    other_profiles: int  # how many there are


def largest(
    database: duckdb.DuckDBPyConnection, left: Side, right: Side
) -> dict[str, list[Example]]:
    """The largest examples of each kind, by records; ties: by id.

    Args:
        database: has the table `shared`.
    """
    found = {kind: _of_kind(database, kind) for kind in KINDS}
    known: dict[str, Mapping[str, list[tuple[str, str]]]] = {}
    for name, side in (("left", left), ("right", right)):
        ids = [
            profile.profile_id
            for examples in found.values()
            for example in examples
            for profile in ([example.profile] if example.about == name else example.others)
        ]
        known[name] = identities_of(side.run, side.strategy, ids) if ids else {}
    return {kind: [_named(example, known) for example in found[kind]] for kind in KINDS}


def _of_kind(database: duckdb.DuckDBPyConnection, kind: str) -> list[Example]:
    about, other = ("left", "right") if kind == "split" else ("right", "left")
    rows = as_table(
        database,
        f"""WITH largest AS (
          SELECT DISTINCT {about}_records, {about}_high, {about}_low FROM shared
          WHERE kind = ? ORDER BY ALL DESC LIMIT {EXAMPLES})
        SELECT {about}_high, {about}_low, {about}_records, {about}_parts,
          {other}_high, {other}_low, {other}_records, records
        FROM shared JOIN largest USING ({about}_records, {about}_high, {about}_low)
        QUALIFY row_number() OVER (PARTITION BY {about}_high, {about}_low
          ORDER BY records DESC, {other}_high, {other}_low) <= {_OTHERS}
        ORDER BY {about}_records DESC, {about}_high, {about}_low,
          records DESC, {other}_high, {other}_low""",
        kind,
    )
    columns = [column.combine_chunks() for column in rows.columns]
    own, others = texts_of(*columns[0:2]).to_pylist(), texts_of(*columns[4:6]).to_pylist()
    records, parts, sizes, shared = (columns[place].to_pylist() for place in (2, 3, 6, 7))
    examples: dict[str, Example] = {}
    for place, profile_id in enumerate(own):  # a hundred at most
        profile = Profile(profile_id, records[place], records[place], ())
        example = examples.get(profile_id, Example(kind, about, profile, (), parts[place]))
        met = Profile(others[place], sizes[place], shared[place], ())
        examples[profile_id] = example._replace(others=(*example.others, met))
    return list(examples.values())


def _named(example: Example, known: Mapping[str, Mapping[str, list[tuple[str, str]]]]) -> Example:
    other = "left" if example.about == "right" else "right"
    return example._replace(
        profile=_with_identities(example.profile, known[example.about]),
        others=tuple(_with_identities(met, known[other]) for met in example.others),
    )


def _with_identities(profile: Profile, known: Mapping[str, list[tuple[str, str]]]) -> Profile:
    some = known.get(profile.profile_id, [])[:_SHOWN]
    return profile._replace(identities=tuple(f"{kind}:{masked(value)}" for kind, value in some))
