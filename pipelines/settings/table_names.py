"""The tables that a configuration can ask for."""

from typing import Literal, get_args

Table = Literal[
    "assignments",
    "identities",
    "profiles",
    "linkages",
    "drops",
    "observations",
    "platforms",
    "ids",
    "id_changes",
    "evidence",
    "aliases",
    "risks",
    "audiences",
    "groups",
    "group_attributes",
    "decisions",
    "suppressions",
    "requests",
]
Changeable = Literal["assignments", "identities", "profiles", "platforms", "audiences"]
ALL_TABLES: tuple[Table, ...] = get_args(Table)
