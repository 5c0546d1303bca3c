"""Writes the keys in docs/configuration.md anew: `python -m tests.configuration_page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from idweave.pipelines.settings.json_schema import json_schema

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- generated: keys -->\n", "<!-- end -->\n"
_DEFS = {  # where a part of the schema stands in a configuration
    "Source": "sources.NAME",
    "Csv": "sources.NAME.csv",
    "RecordId": "sources.NAME.record_id",
    "Time": "sources.NAME.time",
    "Workspace": "sources.NAME.workspace",
    "Request": "sources.NAME.request",
    "FirstOf": "sources.NAME.identities.TYPE",
    "IdentityType": "identities.TYPE",
    "Hub": "strategies.NAME.hubs[]",
    "AttributeRule": "attributes.NAME",
    "Audience": "audiences.NAME",
    "Group": "groups.NAME",
    "Platform": "platforms.NAME",
    "PlatformIdentity": "platforms.NAME.identities.TYPE",
    "PlatformAttribute": "platforms.NAME.attributes[]",
    "Privacy": "privacy",
    "Checks": "checks",
    "Risks": "risks",
}


class Section(NamedTuple):
    """Keys that stand at the same place."""

    place: str  # as `sources.NAME`
    about: str
    keys: dict[str, Any]  # key -> its schema
    required: list[str]


def sections() -> list[Section]:
    """All keys of a configuration, by place."""
    schema = json_schema()
    defs = dict(schema["$defs"])
    found = [_section("", schema)]
    for name, place in _DEFS.items():
        if name == "Hub":
            found += _strategies(defs)
        found.append(_section(place, defs.pop(name)))
    return found


def _strategies(defs: dict[str, Any]) -> Iterator[Section]:
    kinds = defs.pop("Strategy")["oneOf"]
    common = set.intersection(*(set(kind["properties"]) for kind in kinds))
    every = _only(kinds[0], common)
    del every["properties"]["policy"]["const"]
    every["properties"]["policy"]["enum"] = [kind["title"] for kind in kinds]
    yield _section("strategies.NAME", every, "What every policy has.")
    for kind in kinds:
        own = _only(kind, set(kind["properties"]) - common)
        if own["properties"]:
            place = f"strategies.NAME, policy {kind['title']}"
            yield _section(place, own, kind["description"])
    # parts of single policies have no name of their own in the table above
    for name in sorted(set(defs) - set(_DEFS)):
        yield _section(f"strategies.NAME.{name.removesuffix('Keys').lower()}", defs[name])


def _only(schema: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    kept = {key: of for key, of in schema["properties"].items() if key in keys}
    return {"properties": kept, "required": [k for k in schema["required"] if k in kept]}


def _section(place: str, schema: dict[str, Any], about: str = "") -> Section:
    about = about or schema.get("description", "")
    return Section(place, about, schema["properties"], schema.get("required", []))


def keys() -> str:
    """The tables of the page."""
    return "\n".join(line for section in sections() for line in _lines(section))


def _lines(section: Section) -> Iterator[str]:
    yield f"### `{section.place}`" if section.place else "### At the top"
    yield ""
    yield section.about
    yield ""
    yield "| key | says | allowed | default | example |"
    yield "|---|---|---|---|---|"
    for key, of in section.keys.items():
        default = "must be set" if key in section.required else _yaml(of.get("default"))
        about, example = _cell(of["description"]), _yaml(of["examples"][0])
        yield f"| `{key}` | {about} | {_cell(_allowed(of))} | {default} | {example} |"
    yield ""


def _allowed(of: dict[str, Any]) -> str:
    """What may stand at a key, in words."""
    if "const" in of:
        return f"`{of['const']}`"
    if "enum" in of:
        return ", ".join(f"`{_flow(value)}`" for value in of["enum"])
    if "anyOf" in of:
        either = dict.fromkeys(_allowed(part) for part in of["anyOf"])
        words = [words for words in either if words]
        texts = {"number", "whole number", "true or false"}
        return " or ".join(word for word in words if "text" not in words or word not in texts)
    if "$ref" in of or of.get("type") == "object":
        return "keys"
    if of.get("type") == "array":
        inner = _allowed(of["items"]) if "items" in of else ""
        return f"list of {inner}" if inner.startswith("`") else "list"
    if of.get("type") in ("integer", "number"):
        bounds = [f"at least {of['minimum']}"] if "minimum" in of else []
        bounds += [f"at most {of['maximum']:,}"] if of.get("maximum", 2**31) < 2**31 - 1 else []
        kind = "whole number" if of["type"] == "integer" else "number"
        return ", ".join([kind, *bounds]).replace("number, at", "number: at")
    return {"string": "text", "boolean": "true or false"}.get(of.get("type", ""), "")


def _yaml(value: Any) -> str:
    return "" if value is None else f"`{_cell(_flow(value))}`"


def _flow(value: Any) -> str:
    """A value as one writes it in YAML, in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page(text: str) -> str:
    """The page with what is generated put between its markers."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{keys()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
