"""The table `profiles`: every profile with what is known of it."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.profiles.profile_facts import orphans, profile_facts
from idweave.transforms.job import Job
from idweave.transforms.tables.columns import coded, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "its id: 32 hexadecimal digits, decisions/ids.md",
               stored="ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("first_seen", TIME, "event time of its first record", null=True, stored="numbers"),
        column("last_seen", TIME, "event time of its last record", null=True, stored="numbers"),
        column("record_count", pa.int64(), "records assigned to it", stored="numbers"),
        column("identity_count", pa.int64(),
               "identities that `identities` lists under it, linked or not", stored="numbers"),
        column("known", pa.bool_(), "whether it holds a value of a login type"),
        column("orphaned", pa.bool_(), "whether it lost all its identities"),
        column("linked_from", pa.string(), "the profile that a new login would have gone to",
               null=True, stored="ids"),
    ]
)  # fmt: skip


def _attributes(job: Job, strategy: str) -> list[pa.Field]:
    """A column for each configured attribute."""
    return [
        column(rule.name, rule.column, f"attribute: {rule.rule}", null=True, personal=True)
        for rule in job.attribute_rules
    ]


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """The profiles of a piece with their attributes.

    In the merging policies none is orphaned: each has the identity that it was born with.
    """
    resolution, ids = piece.resolution, piece.profile_ids
    facts = profile_facts(resolution.profile, piece.time, len(ids))
    identities = np.bincount(piece.listed.profile, minlength=len(ids)).astype(np.int64)
    columns = {
        "profile_id": ids,
        "scope": piece.scopes_of(resolution.profile_component),
        "first_seen": times(facts.first),
        "last_seen": times(facts.last),
        "record_count": facts.records,
        "identity_count": identities,
        "known": pa.array(resolution.known),
        "orphaned": pa.array(orphans(resolution)),
        "linked_from": coded(resolution.linked_from, ids),
    }
    return pa.table(columns | {name: made.values for name, made in piece.attributes.items()})


TABLE = Table(
    name="profiles",
    one_for="strategy",
    about="a profile",
    columns=_COLUMNS,
    key=("profile_id",),
    looked_up=("profile_id",),
    order="component, then: merging policies, the strongest identity; replays, the creating record",
    more="the attributes, by name",
    more_columns=_attributes,
    of_piece=of_piece,
)
