"""Reads the rows of decision files as they are written: every value a text."""

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import yaml

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.inputs import InputFile, named
from idweave.pipelines.settings.document import is_null
from idweave.transforms.columnar.reading.read_text import is_unicode
from idweave.transforms.exchange.store import open_file


class Row(NamedTuple):
    """A row of a file: what stands under each key; what is null or empty is left out."""

    path: str
    number: int  # from 1
    values: dict[str, str]

    def wrong(self, key: str, text: str) -> str:
        """A line about a key; it never shows a value."""
        return f"{self.name}: {key}: {text}"

    @property
    def name(self) -> str:
        """What an error begins with."""
        return f"{named(self.path)}: row {self.number}"


class WrongRow(Exception):
    """What can't be read; the text names file and row."""


def read_rows(file: InputFile) -> list[Row]:
    """All rows of a file.

    Raises:
        WrongUsage: it can't be opened or read; the text names file and row.
    """
    try:
        with open_file(file.path) as opened:
            text = opened.read().decode("utf-8-sig")
    except OSError as error:
        raise WrongUsage(f"{named(file.path)}: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise WrongUsage(f"{named(file.path)}: not UTF-8; save it as UTF-8") from None
    try:
        found = list(_READERS[file.format](text))
        return [
            Row(file.path, number, _texts(of, number)) for number, of in enumerate(found, start=1)
        ]
    except WrongRow as wrong:
        raise WrongUsage(f"{named(file.path)}: {wrong}") from None


def _texts(of: Any, number: int) -> dict[str, str]:
    """A row's values as texts; whole numbers in decimal."""
    if not isinstance(of, dict):
        raise WrongRow(f"row {number}: no decision; allowed: keys with values, as id and action")
    out = {}
    for key, value in of.items():
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise WrongRow(f"row {number}: {named(str(key))}: no text; allowed: texts, in quotes")
        if not is_unicode(f"{key}{value}"):
            raise WrongRow(
                f"row {number}: half a character, written as \\ud800 to \\udfff; mend it"
            )
        out[str(key)] = str(value)
    return out


def _json_lines(text: str) -> Iterator[Any]:
    rows = (line for line in text.split("\n") if line.strip())
    for number, line in enumerate(rows, start=1):
        try:
            yield json.loads(line, object_pairs_hook=partial(_once, number))
        except (ValueError, RecursionError):
            raise WrongRow(f"row {number}: not JSON; allowed: an object on each line") from None


def _once(number: int, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object none of whose keys stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise WrongRow(f"row {number}: a key stands twice; keep one")
    return found


def _csv(text: str) -> Iterator[Any]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        header = next(rows, [])
        if len(set(header)) < len(header):
            raise WrongRow("row 0: header: a column stands twice; keep one")
        for number, cells in enumerate((cells for cells in rows if cells), start=1):
            if len(cells) != len(header):
                raise WrongRow(
                    f"row {number}: {len(cells)} cells, where the header has {len(header)}"
                )
            yield dict(zip((name.strip() for name in header), cells, strict=True))
    except csv.Error as error:
        raise WrongRow(f"row {number + 1}: not CSV: {error}") from None


def _yaml(text: str) -> Iterator[Any]:
    try:
        root = yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise WrongRow(f"{where}not YAML; allowed: a list of decisions") from None
    except RecursionError:
        raise WrongRow("not a list of decisions: nested too deeply") from None
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        raise WrongRow("no list; allowed: a YAML list of decisions, each with its keys")
    for number, node in enumerate(root.value, start=1):
        yield _mapping(node, number)


def _mapping(node: yaml.Node, number: int) -> Any:
    """A row as it is written: `no` and `007` are texts, a null without quotes is nothing."""
    if not isinstance(node, yaml.MappingNode):
        return None
    pairs = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise WrongRow(f"row {number}: a key that is no text")
        pairs.append((key.value, None if is_null(value) else value.value))
    return _once(number, pairs)


_READERS = {"jsonl": _json_lines, "csv": _csv, "yaml": _yaml}
