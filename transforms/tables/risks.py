"""The table `risks`: profiles that a reader should look at, and why."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.vocabulary import Risk, texts
from idweave.transforms.tables.columns import chosen, coded
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import Table, column

_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "the profile", stored="ids"),
        column("scope", pa.string(), "its scope", stored="names"),
        column("risk", pa.string(), "what is risky: see Words", stored="names"),
        column("measure", pa.float64(), "how much of it: identities, values, identities of the "
               "smaller part, linkages of the identity, dropped linkages"),
        column("detail", pa.string(), "the type that it is about; of a linkage both, the stronger "
               "one first, as `email, device_id`", null=True, stored="names"),
    ]
)  # fmt: skip


def of_piece(piece: ResolvedPiece) -> pa.Table:
    """The risks of a piece, the profile to look at first first."""
    found, names = piece.risks, piece.job.type_names
    details = [*names, *(f"{left}, {right}" for left in names for right in names)]
    pair = len(names) * (1 + found.left_type) + found.right_type
    detail = np.where(found.right_type < 0, found.left_type, pair)
    return pa.table(
        {
            "profile_id": coded(found.profile, piece.profile_ids),
            "scope": piece.scopes_of(piece.resolution.profile_component[found.profile]),
            "risk": chosen(found.risk, texts(Risk)),
            "measure": found.measure.astype(np.float64),
            "detail": coded(detail, pa.array(details, pa.string())),
        }
    )


TABLE = Table(
    name="risks",
    one_for="strategy",
    about="what is risky about a profile",
    columns=_COLUMNS,
    key=(),
    order="of the profiles that were resolved at once (500,000 records, or one whole component): "
    "the one with the most kinds of risk first, then the one farthest beyond the limits",
    of_piece=of_piece,
)
