"""What a run id that was launched before means for this launch."""

import datetime
from typing import Any, Literal, NamedTuple

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.published.runs import LONGEST_ID, read_manifest
from idweave.pipelines.settings import Settings

IfPublished = Literal["skip", "error", "new"]
_OTHER = {
    "configuration": "another configuration",
    "inputs": "other inputs",
    "strategies": "other strategies",
    "from": "another --from",
    "until": "another --until",
    "base": "another base",
    "as_of": "another --as-of",
}


class Named(NamedTuple):
    """The run id to publish under, or the run that stands for this launch already."""

    run_id: str
    manifest: dict[str, Any] | None  # of a run that is published; None: to be run
    differs: str | None  # what it was published from instead, if that was let pass


def facts_of(
    settings: Settings, inputs: str, strategies: list[str], since: int | None, until: int | None
) -> dict[str, Any]:
    """What makes two launches the same run; it is in the manifest as `asked`."""
    return {
        "configuration": settings.digest(),
        "inputs": inputs,
        "strategies": sorted(strategies),
        "from": since,
        "until": until,
    }


def facts_of_memory(lasts: bool, base: str | None, as_of: int | None) -> dict[str, Any]:
    """The same of a run's memory: what was said of it; a refresh may leave its base open.

    Args:
        lasts: whether it has a base, if there is one.
    """
    facts: dict[str, Any] = {} if as_of is None else {"as_of": as_of}
    if not lasts or base is not None:
        facts["base"] = base
    return facts


def new_run_id() -> str:
    """A run id for a launch that names none: the moment, in UTC."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%fZ")


def find_name(output: str, run_id: str, facts: dict[str, Any], if_published: IfPublished) -> Named:
    """Whether a run id is free, or taken by the very same run.

    Args:
        if_published: what to do if it is taken by another one: `skip` takes that for this one,
            `new` looks for a free ID.2, ID.3, ….

    Raises:
        RunFailed: it is taken by another one.
        WrongUsage: there is no name for another one.
    """
    name, number = run_id, 1
    while (manifest := read_manifest(output, name)) is not None:
        other = _difference(manifest, facts)
        if other is None or if_published == "skip":
            return Named(name, manifest, other)
        if if_published == "error":
            raise RunFailed(
                f"--run-id: {run_id}: published already, from {other}; choose another id, or "
                "--if-published skip or new"
            )
        number += 1
        name = f"{run_id}.{number}"
        if len(name) > LONGEST_ID:
            raise WrongUsage(
                f"--run-id: {run_id}: too long for --if-published new to add .{number}; at most "
                f"{LONGEST_ID} letters"
            )
    return Named(name, None, None)


def _difference(manifest: dict[str, Any], facts: dict[str, Any]) -> str | None:
    """What a published run was made from instead."""
    asked = manifest.get("asked", {})
    return next((_OTHER[key] for key, value in facts.items() if asked.get(key) != value), None)
