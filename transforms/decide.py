"""Says what decisions mean for each graph that has some, and how its units look then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.lookup import hash_places
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.codes import LOGOUT, MODIFY
from idweave.transforms.columnar.deciding.carried import Records, carried
from idweave.transforms.columnar.deciding.rewrite import Given, Seen, rewrite
from idweave.transforms.columnar.deciding.rulings import Rulings, rule
from idweave.transforms.exchange.decision_files import CarriedFile, DecidedFile, RulingsFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Duplicates, Graph, Job, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements, Spread
from idweave.transforms.views.decided import (
    Named,
    decisions_of,
    linked_rows,
    named_identities,
    read_rulings,
)
from idweave.transforms.views.losing_rows import losing_rows
from idweave.transforms.views.unit_graph import read_scopes

OfGraph = tuple[int, Unit]


@dataclass
class Decide(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Done]]):
    """Units to what is decided of them; graphs without decisions cost nothing."""

    job: Job
    duplicates: beam.PCollection[Duplicates]

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Done]:
        job = self.job
        graphs = [number for number, graph in enumerate(job.graphs) if graph.decisions]
        each = units | "Each graph" >> beam.FlatMap(_each, graphs)
        seen = (
            each
            | "Spread" >> Spread()
            | "Carry" >> in_threads(partial(carry_unit, job), Done, units, self.duplicates)
        )
        ruled = (
            units.pipeline
            | "Graphs" >> Elements(graphs, int)
            | "Rule" >> in_threads(partial(rule_graph, job), Done, seen)
        )
        return (
            each
            | "Spread units" >> Spread()
            | "Decide" >> in_threads(partial(decide_unit, job), Done, ruled)
        )


def _each(unit: Unit, graphs: list[int]) -> list[OfGraph]:
    return [(graph, unit) for graph in graphs]


def carry_unit(
    job: Job, element: OfGraph, units: Sequence[Unit], duplicates: Sequence[Duplicates]
) -> Iterator[Done]:
    """Keep which identities that decisions name are carried by the records of one unit."""
    number, unit = element
    graph = job.graphs[number]
    losers = losing_rows(job, sorted(units).index(unit), duplicates)
    wanted = named_identities(job, graph)
    with job.store.open(UnitFile.at(unit.name)) as kept:
        scope = read_scopes(job, graph, unit.source, kept, unit.rows).copy()
        scope[losers] = -1
        row = kept.change_row[:]
        modifies = kept.request[:][row] == MODIFY
        records = Records(
            start=kept.start[:],
            identity=kept.identity[:],
            scope=scope,
            change_row=row[modifies],
            change_old=kept.change_old[:][modifies],
            change_new=kept.change_new[:][modifies],
        )
        place = hash_places(kept.hash[:], wanted.hash)
    found = carried(records, place, len(wanted.type), len(graph.scopes))
    identity, of_scope = np.nonzero(found)
    contents = CarriedFile(identity=identity.astype(np.int32), scope=of_scope.astype(np.int32))
    job.store.write(CarriedFile.at(number, unit.name), contents)
    yield Done(number, unit.name)


def rule_graph(job: Job, number: int, seen: Sequence[Done]) -> Iterator[Done]:
    """Keep what each decision means in each scope, once all units said what they carry."""
    graph = job.graphs[number]
    found: Flags = np.zeros((len(named_identities(job, graph).type), len(graph.scopes)), bool)
    for done in seen:
        if done.of == number:
            with job.store.open(CarriedFile.at(number, done.name)) as file:
                found[file.identity[:], file.scope[:]] = True
    rulings = rule(decisions_of(job, graph), graph.link_on, graph.scopes, found)
    job.store.write(RulingsFile.at(number), RulingsFile(**rulings._asdict()))
    yield Done(number, "")


def decide_unit(job: Job, element: OfGraph, ruled: Sequence[Done]) -> Iterator[Done]:
    """Keep what decisions change of one unit."""
    number, unit = element
    graph, rulings = job.graphs[number], read_rulings(job, number)
    wanted = named_identities(job, graph)
    if unit.source == job.decided_source:
        given, scope = _linked(job, graph, rulings, wanted)
        hashes, value = wanted.hash, wanted.value
    else:
        with job.store.open(UnitFile.at(unit.name)) as kept:
            given, scope = _given(job, graph, unit, kept, wanted), np.empty(0, np.int32)
            hashes, value = kept.hash[:], kept.value[:]
    seen = rewrite(given, rulings, wanted.type)
    contents = _untouched()
    if seen is not None:
        contents = _contents(given, seen, wanted, hashes, value, scope)
    job.store.write(DecidedFile.at(number, unit.name), contents)
    yield Done(number, unit.name)


def _given(job: Job, graph: Graph, unit: Unit, kept: UnitFile, wanted: Named) -> Given:
    """The records of a unit as they were read."""
    start, identity, kind = kept.start[:], kept.identity[:], kept.type[:]
    spared = np.isin(kind, graph.outside_on_logout)
    logout = np.repeat(kept.request[:] == LOGOUT, np.diff(start))
    return Given(
        start=start,
        identity=identity,
        scope=read_scopes(job, graph, unit.source, kept, unit.rows),
        outside=logout & spared[identity],
        type=kind,
        of_identity=hash_places(kept.hash[:], wanted.hash),
        change_row=kept.change_row[:],
        change_old=kept.change_old[:],
        change_new=kept.change_new[:],
    )


def _linked(job: Job, graph: Graph, rulings: Rulings, wanted: Named) -> tuple[Given, Ints]:
    """What people link, as records that carry what they name; and the scope of each record."""
    rows = linked_rows(job)
    place = {row: number for number, row in enumerate(rows)}
    scope = np.full(len(rows), -1, np.int32)
    at = np.flatnonzero(rulings.links & rulings.works)
    names = [(graph.decisions[rulings.decision[i]], graph.scopes[rulings.scope[i]]) for i in at]
    row = np.array([place[name] for name in names], np.int64)
    scope[row] = rulings.scope[at]
    both = np.sort(np.stack([rulings.left[at], rulings.right[at]], axis=1), axis=1)
    carried_by = np.repeat(row, 2)
    order = np.argsort(carried_by, kind="stable")
    none = np.empty(0, np.int32)
    given = Given(
        start=np.searchsorted(carried_by[order], np.arange(len(rows) + 1)).astype(np.int64),
        identity=both.ravel()[order],
        scope=scope,
        outside=np.zeros(2 * len(at), bool),
        type=wanted.type,
        of_identity=np.arange(len(wanted.type), dtype=np.int32),
        change_row=none,
        change_old=none,
        change_new=none,
    )
    return given, scope


def _untouched() -> DecidedFile:
    few, flags = np.empty(0, np.int32), np.empty(0, bool)
    return DecidedFile(
        touched=np.zeros(1, bool),
        start=np.zeros(1, np.int64),
        identity=few,
        beside=flags,
        type=few.astype(np.int16),
        hash=np.empty((0, 2), np.uint64),
        value=pa.array([], pa.string()),
        change_old=few,
        change_new=few,
        left_row=few,
        left_identity=few,
        scope=few,
    )


def _contents(
    given: Given, seen: Seen, wanted: Named, hashes: np.ndarray, value: pa.Array, scope: Ints
) -> DecidedFile:
    """The unit's identities followed by those named that it lacks, in the order of types."""
    source = seen.source
    return DecidedFile(
        touched=np.ones(1, bool),
        start=seen.start,
        identity=seen.identity,
        beside=seen.beside,
        type=np.concatenate([given.type, wanted.type])[source],
        hash=take_rows(np.concatenate([hashes, wanted.hash]), source),
        value=concat_texts([value, wanted.value]).take(pa.array(source)),
        change_old=seen.old,
        change_new=seen.new,
        left_row=seen.left_row,
        left_identity=seen.left_identity,
        scope=scope,
    )
