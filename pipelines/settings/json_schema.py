"""The configuration as JSON Schema, for editors.

By hand: `python -m idweave.pipelines.settings.json_schema`.
"""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from idweave.pipelines.settings.model import Settings
from idweave.pipelines.settings.policy_keys import key_model, preset_key, preset_names
from idweave.transforms.columnar.policies.registry import POLICIES


def json_schema() -> dict[str, Any]:
    """The schema; what a setting means together with others only `idweave validate` tells."""
    schema = _schema_of(Settings)
    defs = schema["$defs"]
    common = defs["Strategy"]["properties"]
    kinds = []
    for policy in POLICIES.values():
        own = _schema_of(key_model(policy.keys))
        defs |= own.pop("$defs", {})
        keys = own.get("properties", {})
        if (preset := preset_key(policy.keys)) is not None:
            either = keys[preset].get("anyOf", [keys[preset]])  # a name alone, or a list beside it
            either[0]["enum"] = preset_names(policy.name)
        kinds.append(
            {
                "title": policy.name,
                "description": policy.words,
                "type": "object",
                "properties": {
                    **common,
                    **keys,
                    "policy": common["policy"] | {"const": policy.name},
                },
                "required": ["policy"],
                "additionalProperties": False,
            }
        )
    defs["Strategy"] = {"oneOf": kinds, "description": defs["Strategy"]["description"]}
    _close(schema)
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class _InOrder(GenerateJsonSchema):
    """A schema whose keys, and those of examples, stand as they were written."""

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        return value


def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True, mode="validation", schema_generator=_InOrder)


def _close(schema: Any) -> None:
    """Where names follow a pattern no other name is valid."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            _close(inner)
    if isinstance(schema, dict) and "patternProperties" in schema:
        schema["additionalProperties"] = False


def _tidy(schema: Any) -> None:
    """Leave out what tells a reader nothing: keys' titles, defaults that are no value."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            _tidy(inner)
    for of in schema.get("properties", {}).values() if isinstance(schema, dict) else ():
        if isinstance(of, dict) and "description" in of:
            of.pop("title", None)
            if of.get("default", None) in (None, {}, []) or isinstance(of["default"], dict):
                of.pop("default", None)


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
