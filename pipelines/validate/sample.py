"""Reads the first records of a source as a run would, and counts what it sees by column."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.pipelines.run.first_records import first_records
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.run.layouts import source_reading
from idweave.pipelines.run.plan import identity_tests
from idweave.pipelines.settings import Settings
from idweave.pipelines.validate.shapes import Shape, shapes
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Bytes
from idweave.transforms.columnar.codes import RULE
from idweave.transforms.columnar.identities.normalise import IdentityTests, normalise_values
from idweave.transforms.columnar.reading.other_case import OtherCase, add_other_case
from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    BadFile,
    Records,
    SourceReading,
    Values,
)
from idweave.transforms.columnar.vocabulary import QuarantineReason, Rule, texts

_SHAPES = 3
_REASONS, _RULES = texts(QuarantineReason), texts(Rule)


class Refused(NamedTuple):
    """Values of one column that a test refused."""

    rule: str
    values: int
    shapes: tuple[Shape, ...]


class ColumnSample(NamedTuple):
    """What a sample holds of one identity column."""

    key: str  # the identity type and its column
    filled: int  # records with a value of it
    refused: tuple[Refused, ...]
    shapes: tuple[Shape, ...]  # of the values as they were read


class Unreadable(NamedTuple):
    """Records that would go to quarantine."""

    reason: str
    records: int
    shapes: tuple[Shape, ...]


class SourceSample(NamedTuple):
    """The first records of a source."""

    source: str
    records: int  # read, unreadable ones included
    unreadable: tuple[Unreadable, ...]
    without_time: int | None  # None: the source has no time
    columns: tuple[ColumnSample, ...]
    never: tuple[str, ...]  # columns that no record of the sample has
    other_case: OtherCase  # keys of JSON that differ from wanted columns by case
    bad_files: tuple[str, ...]  # with what is wrong


class _Pseudo(NamedTuple):
    """One identity column, as an identity type of its own."""

    key: str
    tests: IdentityTests


def sample_source(
    settings: Settings, name: str, files: Sequence[InputFile], most: int
) -> SourceSample:
    """Read at most so many records of a source, from its first files on."""
    pseudo, reading = _by_column(settings, name)
    parts: list[Records] = []
    bad: list[str] = []
    left = most
    for file in files:
        if left <= 0:
            break
        try:
            records = first_records(reading, file, left)
            if records is not None:
                parts.append(records)
                left -= len(records.position) + len(records.quarantined.position)
        except BadFile as error:
            bad.append(f"{file.path}: {error.args[0]}")
    return SourceSample(
        name,
        sum(len(p.position) + len(p.quarantined.position) for p in parts),
        tuple(_unreadable(parts)),
        _without_time(reading, parts),
        tuple(_columns(pseudo, parts)),
        tuple(_never(parts)),
        add_other_case([part.other_case for part in parts]),
        tuple(bad),
    )


def _by_column(settings: Settings, name: str) -> tuple[list[_Pseudo], SourceReading]:
    """A reading in which every identity column is a type of its own."""
    reading = source_reading(name, settings.sources[name], settings)
    tests, types = identity_tests(settings), list(settings.identities)
    pseudo: list[_Pseudo] = []
    columns, firsts = [], []
    for kind, column in reading.identities:
        columns.append((len(pseudo), column))
        pseudo.append(_Pseudo(f"{types[kind]}: {column}", tests[kind]))
    for kind, of_first in reading.first_of:
        firsts.append((len(pseudo), of_first))
        pseudo.append(_Pseudo(f"{types[kind]}: first of {', '.join(of_first)}", tests[kind]))
    return pseudo, reading._replace(identities=tuple(columns), first_of=tuple(firsts), changes=None)


def _unreadable(parts: Sequence[Records]) -> Iterator[Unreadable]:
    reasons = [code for part in parts for code in part.quarantined.reason.tolist()]
    raw = [text for part in parts for text in part.quarantined.raw_text.to_pylist()]
    for reason, count in Counter(reasons).most_common():
        own = [t for t, r in zip(raw, reasons, strict=True) if r == reason]
        found = tuple(shapes(pa.array(own, pa.string()), 1))
        yield Unreadable(_REASONS[reason], count, found)


def _without_time(reading: SourceReading, parts: Sequence[Records]) -> int | None:
    if reading.time_column is None:
        return None
    return sum(int((part.event_time == NO_TIME).sum()) for part in parts)


def _columns(pseudo: Sequence[_Pseudo], parts: Sequence[Records]) -> Iterator[ColumnSample]:
    for place, column in enumerate(pseudo):
        carried = [values for part in parts for values in part.values if values.type == place]
        yield ColumnSample(
            column.key,
            sum(len(np.unique(values.row)) for values in carried),
            tuple(_refused(carried, column.tests)),
            tuple(shapes(concat_texts([values.value for values in carried]), _SHAPES)),
        )


def _refused(carried: Sequence[Values], tests: IdentityTests) -> Iterator[Refused]:
    """The values of one column that a run would refuse, by rule, the most frequent first."""
    rules: Counter[int] = Counter()
    by_rule: dict[int, list[str]] = {}
    for values in carried:
        rule = _rules(values, tests)
        failed = np.flatnonzero(rule)
        texts_of_failed = values.value.take(pa.array(failed)).to_pylist()
        for code, text in zip(rule[failed].tolist(), texts_of_failed, strict=True):
            rules[code] += 1
            by_rule.setdefault(code, []).append(text)
    for code, count in rules.most_common():
        yield Refused(_RULES[code], count, tuple(shapes(pa.array(by_rule[code]), 1)))


def _rules(values: Values, tests: IdentityTests) -> Bytes:
    """[v] why each value is refused, 0: it is not."""
    rule = np.full(len(values.row), RULE["wrong_type"], np.int8)
    right = np.flatnonzero(~values.wrong)
    distinct = values.value.take(pa.array(right)).dictionary_encode()
    rule[right] = normalise_values(distinct.dictionary, tests).rule[distinct.indices.to_numpy()]
    return rule


def _never(parts: Sequence[Records]) -> list[str]:
    found: Counter[str] = Counter()
    for part in parts:
        for column, count in part.found:
            found[column] += count
    return sorted(column for column, count in found.items() if not count)


def share(count: int, of: int) -> str:
    """A share in per cent, as people read it."""
    return f"{100 * count / of:.1f} %" if of else "none"
