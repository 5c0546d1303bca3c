"""What every worker knows of suppression; the lists themselves lie in the working folder."""

from typing import NamedTuple


class PrivacyPlan(NamedTuple):
    """How suppressed records and identities are recognised."""

    key: bytes  # of the hashes; prints as nothing, reaches no file
    types: tuple[int, ...]  # identity types of which values are suppressed, ascending
    suppresses: bool  # whether anything is
    erased: int  # how many ids are
