"""The configuration as JSON Schema, for editors.

By hand: `python -m idweave.pipelines.settings.json_schema`.
"""

import json
from typing import Any

from idweave.pipelines.settings.model import Settings
from idweave.pipelines.settings.policy_keys import key_model, preset_key, preset_names
from idweave.transforms.columnar.policies.registry import POLICIES


def json_schema() -> dict[str, Any]:
    """The schema; what a setting means together with others only `idweave validate` tells."""
    schema = Settings.model_json_schema(by_alias=True, mode="validation")
    defs = schema["$defs"]
    common = defs["Strategy"]["properties"]
    kinds = []
    for policy in POLICIES.values():
        own = key_model(policy.keys).model_json_schema(by_alias=True, mode="validation")
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
                "properties": {**common, **keys, "policy": {"const": policy.name}},
                "required": ["policy"],
                "additionalProperties": False,
            }
        )
    defs["Strategy"] = {"oneOf": kinds, "description": defs["Strategy"]["description"]}
    _close(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _close(schema: Any) -> None:
    """Where names follow a pattern no other name is valid."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            _close(inner)
    if isinstance(schema, dict) and "patternProperties" in schema:
        schema["additionalProperties"] = False


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
