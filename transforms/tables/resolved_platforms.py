"""One platform's table of one piece of a resolved strategy."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.components.link import NO_SEEN
from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.columnar.profiles.normalise_platform import names
from idweave.transforms.columnar.profiles.platform_rows import Held, platform_rows
from idweave.transforms.columnar.profiles.profile_facts import Listed
from idweave.transforms.columnar.reading.records import NO_TIME
from idweave.transforms.exchange.store import Array
from idweave.transforms.job import PlatformPlan
from idweave.transforms.tables.schemas import coded
from idweave.transforms.views.read_piece import Read


def platform_table(
    platform: PlatformPlan,
    read: Read,
    listed: Listed,
    ids: pa.Array,
    attributes: dict[str, pa.Array],
    counts: Counter[tuple[str, ...]],
) -> tuple[pa.Table, tuple[Ints, Array]]:
    """The rows of a platform, and (profile, place of the value) of what it can't take.

    Args:
        listed: the identities of the profiles.
        ids: [p] of the profiles.
        attributes: [p] each.
        counts: gets the rows, the profiles and the values that are left out.
    """
    place = read.piece.place[listed.identity]
    held = Held(
        listed.profile,
        read.type[place],
        read.value.take(pa.array(place)).cast(pa.string()),
        np.where(listed.first == NO_SEEN, NO_TIME, listed.first),
        listed.last,
    )
    rows = platform_rows(held, platform.columns, platform.require, len(ids))
    profile = pa.array(rows.profile)
    columns = {"profile_id": coded(rows.profile, ids)} | rows.columns
    for name, is_name in platform.attributes:
        values = attributes[name].take(profile)
        columns[name] = names(pc.cast(values, pa.string())) if is_name else values
    counts["platforms", platform.name, "written"] += len(rows.profile)
    counts["platforms", platform.name, "left out"] += rows.left_out
    counts["platforms", platform.name, "not normalisable"] += len(rows.refused.profile)
    return pa.table(columns), (rows.refused.profile, place[rows.refused.held])
