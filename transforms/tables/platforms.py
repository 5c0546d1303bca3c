"""The tables `platforms/NAME`: the profiles as a platform takes them."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.components.link import NO_SEEN
from idweave.transforms.columnar.profiles.normalise_platform import names
from idweave.transforms.columnar.profiles.platform_rows import VALUES, Held, platform_rows
from idweave.transforms.columnar.reading.records import NO_TIME
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Job
from idweave.transforms.tables.columns import coded
from idweave.transforms.tables.plans import PlatformPlan
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import Table, column

_AUDIENCES = column(
    "audiences", VALUES, "those of the platform's audiences that the profile is in, sorted"
)


def _columns(job: Job, name: str) -> list[pa.Field]:
    """A column for each accepted identity type, then the attributes."""
    platform = next(p for plan in job.strategies for p in plan.platforms if p.name == name)
    kinds = {rule.name: rule.column for rule in job.attribute_rules}
    identities = [
        column(c.name, VALUES if c.pick == "all" else pa.string(), "as the platform takes it",
               null=True, personal=True)
        for c in platform.columns
    ]  # fmt: skip
    attributes = [
        column(name, pa.string() if is_name else kinds[name], "attribute", null=True, personal=True)
        for name, is_name in platform.attributes
    ]
    return [*identities, *attributes, *([_AUDIENCES] if platform.audiences else [])]


TABLE = Table(
    name="platforms",
    one_for="name",
    about="a profile that the platform takes",
    columns=pa.schema([column("profile_id", pa.string(), "the profile", stored="ids")]),
    key=("profile_id",),
    order="as `profiles`",
    more="a column for each accepted identity, then the attributes; last, of a platform that names "
    "audiences, `audiences`: those that the profile is in, sorted",
    more_columns=_columns,
)


class PlatformTable(NamedTuple):
    """A platform's rows of a piece, and what it did not take."""

    rows: pa.Table  # but for the column `audiences`
    profile: Ints  # [r] of each row, ascending
    refused: tuple[Ints, Array]  # profile, and place of the value, that the normaliser can't take
    left_out: int  # profiles without a row


def rows(piece: ResolvedPiece, platform: PlatformPlan) -> PlatformTable:
    """The rows of a platform, in the order of the profiles."""
    read, listed, ids = piece.read, piece.listed, piece.profile_ids
    place = read.piece.place[listed.identity]
    held = Held(
        listed.profile,
        read.type[place],
        piece.values(place),
        np.where(listed.first == NO_SEEN, NO_TIME, listed.first),
        listed.last,
    )
    found = platform_rows(held, platform.columns, platform.require, len(ids))
    profile = pa.array(found.profile)
    columns = {"profile_id": coded(found.profile, ids)} | found.columns
    for name, is_name in platform.attributes:
        values = piece.attributes[name].values.take(profile)
        columns[name] = names(pc.cast(values, pa.string())) if is_name else values
    refused = found.refused.profile, place[found.refused.held]
    return PlatformTable(pa.table(columns), found.profile, refused, found.left_out)
