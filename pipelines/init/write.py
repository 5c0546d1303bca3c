"""The command `init`: a first configuration from what is in the files, for people to check."""

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow.compute as pc

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.init.guess import TYPES, Guess, guess
from idweave.pipelines.init.look import Look, look
from idweave.pipelines.run.inputs import list_files
from idweave.pipelines.validate.shapes import masked
from idweave.pipelines.wording import number
from idweave.transforms.columnar.reading.records import BadFile

_NORMALISE = {"email": "[trim, lower]", "phone": "[digits]"}
_CRM = re.compile(r"crm|customer|contact|account|member|client|profile|user", re.IGNORECASE)
_PLAIN = re.compile(r"^[A-Za-z_][\w./-]*$")
_LOGINS = {"login": r"(?i)^(log|sign)[ _-]?(in|on)$", "logout": r"(?i)^(log|sign)[ _-]?(out|off)$"}


class Found(NamedTuple):
    """One source of the configuration to be."""

    name: str
    path: str
    looked: Look
    guess: Guess


def initial_configuration(paths: Sequence[str], folder: str) -> tuple[str, list[str]]:
    """Write a configuration for some files, folders or globs, each a source.

    Args:
        folder: where the configuration will lie; paths are relative to it.

    Returns:
        The text in YAML, and what to check.

    Raises:
        WrongUsage: nothing is there. RunFailed: a file can't be read.
    """
    found = [_found(path, folder) for path in paths]
    names = _names([source.name for source in found])
    found = [source._replace(name=name) for source, name in zip(found, names, strict=True)]
    types = [kind for kind in TYPES if any(kind in source.guess.identities for source in found)]
    if not types:
        columns = ", ".join(
            f"{number(len(source.looked.columns), 'column')} in {shown(source.path)}"
            for source in found
        )
        raise WrongUsage(
            f"init: no column looks like an identity: {columns}; "
            "write the configuration by hand, after docs/configuration.md"
        )
    return "\n".join(_text(found, types)) + "\n", list(_checks(found, types))


def _found(path: str, folder: str) -> Found:
    files = list_files("init", [path], None, "metadata").files
    try:
        looked = look(files[0])
    except BadFile as error:
        raise RunFailed(f"{files[0].path}: {error.args[0]}") from None
    stem = re.split(r"[.*?]", os.path.basename(os.path.normpath(path)))[0]
    name = re.sub(r"[^a-z0-9]+", "_", (stem or os.path.basename(os.path.dirname(path))).lower())
    name = name.strip("_") or "source"
    name = name if name[0].isalpha() else f"source_{name}"
    where = path if "://" in path else os.path.relpath(path, folder)
    return Found(name, where, looked, guess(looked))


def _names(names: Sequence[str]) -> list[str]:
    """Each name once."""
    return [
        name if names.index(name) == place else f"{name}_{place + 1}"
        for place, name in enumerate(names)
    ]


def _text(found: Sequence[Found], types: Sequence[str]) -> Iterator[str]:
    yield "# Made by `idweave init` from the first records of each file: check every line."
    yield "version: 1"
    yield ""
    yield "sources:"
    for source in found:
        yield from _source(source)
    yield ""
    yield "identities:                       # strongest first: check the order"
    for kind in types:
        keys = f"{{normalise: {_NORMALISE[kind]}}}" if kind in _NORMALISE else "{}"
        yield f"  {kind}: {'{hashed: true}' if kind == 'email_sha256' else keys}"
    yield ""
    yield "strategies:"
    yield "  everything: {policy: merge_all}   # whatever was seen together is one profile"
    rule = f"{{policy: constrained_merge, unique: [{types[0]}]}}"
    yield f"  careful: {rule}   # one {types[0]} a profile"


def _source(source: Found) -> Iterator[str]:
    seen = source.guess
    yield f"  {source.name}:"
    if _CRM.search(source.name) and seen.time is None:
        yield "    kind: crm"
    yield f"    path: {_yaml(source.path)}"
    if source.looked.delimiter:
        yield f"    csv: {{delimiter: {_yaml(source.looked.delimiter)}}}"
    if seen.record_id:
        yield f"    record_id: {_yaml(seen.record_id)}{_example(source, seen.record_id)}"
    else:
        yield "    # record_id: …                # none was found: a hash of the record's content"
    if seen.time and seen.time_unit:
        yield f"    time: {{column: {_yaml(seen.time)}, unit: {seen.time_unit}}}"
    elif seen.time:
        yield f"    time: {_yaml(seen.time)}{_example(source, seen.time)}"
    if seen.request:
        yield f"    request: {{column: {_yaml(seen.request)}, {_map(source)}unknown: default}}"
    yield "    identities:"
    for kind, columns in seen.identities.items():
        named = ", ".join(map(_yaml, columns))
        listed = named if len(columns) == 1 else f"[{named}]"
        yield f"      {kind}: {listed}{_example(source, columns[0])}"
    if seen.attributes:
        yield "    # attributes:"
        for name in seen.attributes:
            attribute = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "attribute"
            yield f"    #   {attribute}: {_yaml(name)}{_example(source, name)}"


def _map(source: Found) -> str:
    """The column's values that are log-ins and log-outs."""
    values = pc.unique(source.looked.columns[str(source.guess.request)].drop_null())
    pairs = []
    for request, pattern in _LOGINS.items():
        for value in values.filter(pc.match_substring_regex(values, pattern)).to_pylist():
            if value != request:
                pairs.append(f"{_yaml(value)}: {request}")
    return f"map: {{{', '.join(pairs)}}}, " if pairs else ""


def _example(source: Found, column: str) -> str:
    """A masked value of a column, as a comment."""
    there = source.looked.columns[column].drop_null()
    return f"   # like {masked(there[0].as_py())}" if len(there) else ""


def _yaml(text: str) -> str:
    """A text as YAML has it inside braces."""
    if _PLAIN.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def _checks(found: Sequence[Found], types: Sequence[str]) -> Iterator[str]:
    """What people should look at."""
    yield f"the order of identities, strongest first: {', '.join(types)}"
    for source in found:
        if source.guess.record_id is None:
            yield f"sources.{source.name}: no column is a record id; equal records count once"
        if source.guess.time is None:
            yield f"sources.{source.name}: no column is a time; its records come before all others"
        if source.guess.request is None:
            yield f"sources.{source.name}: no column says who signs in; idsync needs one"
        for kind, columns in source.guess.identities.items():
            if len(columns) > 1:
                key = f"sources.{source.name}.identities.{kind}"
                yield f"{key}: do {', '.join(columns)} all name the person of the record?"
