"""Reads YAML as it is written: every value a text, every key with its line.

YAML's own types would turn `no` into false, `007` into 7 and `12:30:45` into 45045. Here only the
key that a value belongs to decides what it is.
"""

import re
from typing import Any, NamedTuple

import yaml

from idweave.pipelines.settings.environment import expanded
from idweave.pipelines.settings.errors import SettingsError, Wrong

NULLS = ("", "~", "null", "Null", "NULL")
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
)
_ITEM = re.compile(r"\[([0-9]{1,9})\]\.?")


class Entry(NamedTuple):
    """A key with its value."""

    line: int
    value: yaml.Node


class Document:
    """A YAML file: what it says as plain dicts, tuples, texts and None, and where it says so.

    Null is a null without quotes that a key has for its value; in a list it is a text as any other.
    What aliases share is made once, so a few lines can't grow without bound.
    """

    def __init__(self, text: str, name: str) -> None:
        """Parse a text.

        Args:
            name: of the file, for errors.

        Raises:
            SettingsError: it is not YAML, or has no keys at the top.
        """
        try:
            root = yaml.compose(text, yaml.BaseLoader)
        except yaml.YAMLError as error:
            raise SettingsError(
                f"{name}{_where(error, text)}: not YAML: {_problem(error)}"
            ) from None
        self.problems: list[Wrong] = []
        self._entries: dict[int, dict[str, Entry]] = {}
        self._made: dict[int, Any] = {}
        self._making: set[int] = set()
        if not isinstance(root, yaml.MappingNode):
            wrong = "not a configuration; allowed: YAML with keys at the top"
            raise SettingsError(f"{name}: {wrong}")
        self._root: yaml.Node = root
        self.body: dict[str, Any] = self._mapping(root, "")

    def line_of(self, key: str) -> int:
        """The line of a key such as `strategies.one.hubs[0].type`, or of what is nearest to it."""
        return self._line(self._root, key, self._root.start_mark.line + 1)[1]

    def _line(self, node: yaml.Node, rest: str, line: int) -> tuple[int, int]:
        """How many characters of a key are left over, and the line of what is there of it."""
        if isinstance(node, yaml.SequenceNode) and (match := _ITEM.match(rest)):
            if (place := int(match[1])) < len(node.value):
                item = node.value[place]
                return self._line(item, rest[match.end() :], item.start_mark.line + 1)
        if not isinstance(node, yaml.MappingNode):
            return len(rest), line
        found = [(len(rest), line)]
        for name, entry in self._entries.get(id(node), {}).items():
            tail = rest.removeprefix(name)
            if rest.startswith(name) and tail[:1] in ("", ".", "["):
                found.append(self._line(entry.value, tail.removeprefix("."), entry.line))
        return min(found, key=lambda place: place[0])

    def _value(self, node: yaml.Node, key: str) -> Any:
        if id(node) in self._making:
            self._tell(key, node, "an alias that holds itself", "write the value out")
            return None
        if id(node) not in self._made:
            self._making.add(id(node))
            self._made[id(node)] = self._new(node, key)
            self._making.discard(id(node))
        return self._made[id(node)]

    def _new(self, node: yaml.Node, key: str) -> Any:
        if node.tag not in _PLAIN_TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._tell(key, node, f"the tag {tag}", "values have no tags")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._value(item, f"{key}[{i}]") for i, item in enumerate(node.value))
        try:
            return expanded(node.value, key)
        except Wrong as wrong:
            self.problems.append(wrong)
            return ""

    def _mapping(self, node: yaml.MappingNode, key: str) -> dict[str, Any]:
        """What a mapping says; at the top, keys that begin with `x-` only hold what others name."""
        return {
            name: None
            if is_null(entry.value)
            else self._value(entry.value, f"{key}.{name}" if key else name)
            for name, entry in self._keys(node, key).items()
            if key or not name.startswith("x-")
        }

    def _keys(self, node: yaml.MappingNode, key: str) -> dict[str, Entry]:
        """The keys of a mapping, those that it merges (`<<`) first, its own before theirs."""
        if id(node) in self._entries:
            return self._entries[id(node)]
        self._entries[id(node)] = {}  # what merges itself finds nothing
        merged: dict[str, Entry] = {}
        own: dict[str, Entry] = {}
        for name_node, value in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode):
                shown = self._value(name_node, key)
                self._tell(key or "a key", name_node, "no key", "allowed: texts", shown)
            elif name_node.value == "<<" and name_node.style is None:
                merged = {**merged, **self._merged(value, key)}
            elif name_node.value in own:
                first = own[name_node.value].line
                full = f"{key}.{name_node.value}" if key else name_node.value
                wrong = f"stands twice, in line {first}, too"
                self._tell(full, name_node, wrong, "keep one")
            else:
                own[name_node.value] = Entry(line, value)
        self._entries[id(node)] = {**merged, **own}
        return self._entries[id(node)]

    def _merged(self, node: yaml.Node, key: str) -> dict[str, Entry]:
        """What `<<` names: a mapping, or a list of them, the first of which counts most."""
        if isinstance(node, yaml.MappingNode):
            return self._keys(node, key)
        merged: dict[str, Entry] = {}
        for item in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(item, yaml.MappingNode):
                merged = {**merged, **self._keys(item, key)}
            else:
                wrong = "nothing to merge"
                self._tell(f"{key}.<<" if key else "<<", item, wrong, "allowed: keys, as *name")
        return merged

    def _tell(
        self, key: str, node: yaml.Node, wrong: str, remedy: str, value: object = None
    ) -> None:
        self.problems.append(Wrong(key, value, wrong, remedy, line=node.start_mark.line + 1))


def is_null(node: yaml.Node) -> bool:
    """Whether a value is a null without quotes; loaders in C tell of no style by an empty one."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NULLS


def _where(error: yaml.YAMLError, text: str) -> str:
    """`:LINE` of an error, if it says where it is."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f":{mark.line + 1}"
    place = getattr(error, "position", None)
    return "" if place is None else f":{text.count(chr(10), 0, place) + 1}"


def _problem(error: yaml.YAMLError) -> str:
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return " ".join(str(reason).split())
