"""The shape of privacy requests, and what is checked between their keys and the others."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.kinds import Column, Flag, Part, Some, key
from idweave.transforms.columnar.policies.registry import POLICIES

if TYPE_CHECKING:
    from idweave.pipelines.settings.model import Settings

NEEDED = ("assignments", "identities", "drops")  # tables that requests are resolved against
OBSERVATIONS = "observations"
SECRET = r"^(env|file):.+$"


def needs_observations(policy: str, decides: bool) -> bool:
    """Whether only `observations` tell which records carry an identity.

    Where a component is a profile, a record carries what its profile holds; decisions that two
    values are apart end that.
    """
    return not POLICIES[policy].component_is_profile or decides


class Privacy(Part):
    """What people ask of their own data."""

    requests: Some = key("JSON lines of requests: a file, folder, glob or list", "requests/*.jsonl")
    strategy: str = key("whose profiles requests are about", "careful")
    by: Annotated[Some, Field(max_length=100)] = key(
        "identity types that prove who asks; not a cookie, not a device", ["customer_id", "email"]
    )
    key_: str = key(
        "the key under which what is suppressed is remembered, 32 bytes or more: env:NAME or "
        "file:PATH",
        "env:IDWEAVE_PRIVACY_KEY",
        alias="key",
        pattern=SECRET,
    )
    exports: Column | None = key(
        "the folder of what people get of their own data, outside of the output folder",
        "/secure/exports",
        None,
    )
    accept_new: Flag = key(
        "whether a record after an erasure is a new person's; false: it is suppressed, too",
        False,
        True,
    )


def check_privacy(settings: "Settings") -> Iterator[Wrong]:
    """What is wrong between `privacy` and the other keys."""
    privacy = settings.privacy
    if privacy is None:
        return
    if privacy.strategy not in settings.strategies:
        known = nearest(privacy.strategy, settings.strategies)
        yield Wrong("privacy.strategy", privacy.strategy, "no such strategy", known)
    for place, kind in enumerate(privacy.by):
        if kind not in settings.identities:
            known = nearest(kind, settings.identities)
            yield Wrong("privacy.by", kind, "no such identity type", known, item=place)
        elif kind in privacy.by[:place]:
            yield Wrong("privacy.by", kind, "stands twice", "keep one", item=place)
    needed = [*NEEDED, "ids"]
    strategy = settings.strategies.get(privacy.strategy)
    policy = strategy.policy if strategy else ""  # "": what is wrong with it is told
    if policy and needs_observations(policy, settings.decisions is not None):
        needed.append(OBSERVATIONS)
    lacks = [table for table in needed if table not in settings.tables]
    if lacks:
        wrong = f"privacy reads {', '.join(lacks)} of the run before"
        yield Wrong("tables", None, wrong, "add them, or leave tables out: all are written")
