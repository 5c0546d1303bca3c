"""Sets single keys of a configuration from the command line: `--set KEY=VALUE`."""

from typing import Any

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.document import NULLS, Document
from idweave.pipelines.settings.environment import expanded
from idweave.pipelines.settings.errors import SettingsError, Wrong

_NAMED = {  # keys over named parts; a name that is not there is not made by --set
    "sources": "source",
    "identities": "identity type",
    "strategies": "strategy",
    "platforms": "platform",
}
_FLOW = ("[", "{", '"', "'", "!")  # a value that begins so is YAML; any other is the text it is


def overridden(body: dict[str, Any], override: str) -> tuple[dict[str, Any], str]:
    """A configuration with one key set, and the key; the configuration given stays as it is.

    Raises:
        Wrong: no KEY=VALUE, not YAML, or a part that is not there.
    """
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise Wrong("--set", override, "no value", "allowed: KEY=VALUE, as sources.web.path=x")
    *parents, last = key.split(".")
    if len(parents) > 1 and parents[0] in _NAMED:
        known, name = body.get(parents[0]), parents[1]
        if isinstance(known, dict) and name not in known:
            wrong = f"no such {_NAMED[parents[0]]} {name}"
            raise Wrong(f"--set {key}", None, wrong, nearest(name, known))
    body = dict(body)
    inner = body
    for name in parents:
        below = inner.get(name)
        if below is not None and not isinstance(below, dict):
            raise Wrong(f"--set {key}", None, f"{name} has no keys")
        inner[name] = dict(below or {})  # aliases share what they name: nobody else's changes
        inner = inner[name]
    inner[last] = _value(key, text)
    return body, key


def _value(key: str, text: str) -> Any:
    """The value of an override: YAML as it is written there, else the text itself."""
    if not text.startswith(_FLOW):
        return None if text in NULLS else expanded(text, f"--set {key}")
    try:
        document = Document(f"value: {text}", "--set")
    except SettingsError:
        raise Wrong(f"--set {key}", text, "not YAML", "put it in quotes if it is a text") from None
    for wrong in document.problems:
        raise Wrong(f"--set {key}", None, str(wrong))
    return document.body["value"]
