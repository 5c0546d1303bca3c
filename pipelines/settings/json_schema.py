"""The configuration as JSON Schema, for editors.

By hand: `python -m idweave.pipelines.settings.json_schema`.
"""

import json
from typing import Any

from idweave.pipelines.settings.model import Settings
from idweave.pipelines.settings.policy_keys import POLICY_KEYS, preset_names


def json_schema() -> dict[str, Any]:
    """The schema; what a setting means together with others only `idweave validate` tells."""
    schema = Settings.model_json_schema(by_alias=True, mode="validation")
    defs = schema["$defs"]
    common = defs["Strategy"]["properties"]
    kinds = []
    for policy, (model, _) in POLICY_KEYS.items():
        own = model.model_json_schema(by_alias=True, mode="validation")
        defs |= own.pop("$defs", {})
        keys = own.get("properties", {})
        if "preset" in keys:
            keys["preset"]["enum"] = preset_names(policy)
        if "order" in keys:
            keys["order"]["anyOf"][0]["enum"] = preset_names(policy)
        kinds.append(
            {
                "title": policy,
                "type": "object",
                "properties": {**common, **keys, "policy": {"const": policy}},
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
