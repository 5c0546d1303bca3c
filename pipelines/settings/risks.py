"""Where the risks of profiles begin."""

from idweave.pipelines.settings.kinds import Part, key
from idweave.transforms.columnar.profiles.risks import RiskLimits

_MOST = 2**31 - 1


class Risks(Part):
    """Limits beyond which a profile is risky."""

    many_identities: int = key("more linked identities than this", 100, 50, ge=0, le=_MOST)
    many_values: int = key("more values of one type than this", 10, 5, ge=0, le=_MOST)
    weak_bridge: int = key(
        "a linkage that one record alone showed parts it into at least so many identities each",
        5, 3, ge=1, le=_MOST,
    )  # fmt: skip
    busy_identity: int = key(
        "one identity carries more linkages than this, and than `busy_share` of all", 20, 10,
        ge=0, le=_MOST,
    )  # fmt: skip
    busy_share: float = key("of the profile's linkages", 0.8, 0.5, ge=0, le=1)
    dropped_linkages: int = key(
        "more linkages of its identities were dropped than this", 3, 0, ge=0, le=_MOST
    )

    def limits(self) -> RiskLimits:
        """As the workers get them."""
        return RiskLimits(**dict(self))
