"""Platforms by preset: what each takes, as files in `configs/platforms`."""

import functools
import importlib.resources
from typing import Any

import yaml

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.model import Inputs

_FILES = importlib.resources.files("idweave.configs") / "platforms"
_MEANINGS = ("email", "phone")  # entries for what a type is, whatever its name


@functools.cache
def presets() -> dict[str, dict[str, Any]]:
    """All presets by name."""
    files = sorted(_FILES.iterdir(), key=lambda file: file.name)
    loader = yaml.BaseLoader  # texts, as in a configuration
    return {
        file.name.removesuffix(".yaml"): yaml.load(file.read_text(encoding="utf-8"), loader)
        for file in files
        if file.name.endswith(".yaml")
    }


def with_preset(key: str, given: Any, inputs: Inputs | None) -> Any:
    """What a platform says, with what its preset says where it says nothing.

    An entry of the preset is for the identity type of its name; `email` and `phone` without one
    are for the first type that is such.

    Raises:
        Wrong: no such preset, or no identity type that it takes.
    """
    if not isinstance(given, dict) or given.get("preset") is None:
        return given
    name = given["preset"]
    if not isinstance(name, str) or name not in presets():
        raise Wrong(f"{key}.preset", name, "no such preset", nearest(str(name), presets()))
    preset = presets()[name]
    said = given.get("identities") or {}
    if inputs is None or not isinstance(said, dict):
        return given | {"identities": said or preset["identities"]}
    identities: dict[str, Any] = {}
    for entry, of in preset["identities"].items():
        kind = _type_of(entry, said, inputs)
        if kind is not None:
            own = said.get(kind)
            identities[kind] = of | own if isinstance(own, dict) else of if own is None else own
    identities |= {kind: of for kind, of in said.items() if kind not in identities}
    if not identities:
        wrong = "takes none of the identity types"
        raise Wrong(f"{key}.preset", name, wrong, f"it takes {', '.join(preset['identities'])}")
    require = [_type_of(entry, said, inputs) or entry for entry in preset["require"]]
    return {"require": require} | given | {"identities": identities}


def _type_of(entry: str, said: dict[str, Any], inputs: Inputs) -> str | None:
    """The identity type that an entry of a preset is for."""
    if entry in inputs.identities:
        return entry
    if entry not in _MEANINGS:
        return None
    kinds = [*(kind for kind in said if kind in inputs.identities), *inputs.identities]
    return next((kind for kind in kinds if inputs.meaning_of(kind) == entry), None)
