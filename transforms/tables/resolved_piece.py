"""One piece of a resolved strategy: what the tables are made of, looked up once for all."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.attributes.apply_rule import Made, apply_rule
from idweave.transforms.columnar.attributes.candidates import Records
from idweave.transforms.columnar.components.birth import hex_texts
from idweave.transforms.columnar.components.linkages import (
    Linkages,
    decided_records,
    dropped_rules,
    find_linkages,
)
from idweave.transforms.columnar.gathering.piece import Piece
from idweave.transforms.columnar.policies.aliases import Aliases, find_aliases
from idweave.transforms.columnar.policies.seam import Resolution
from idweave.transforms.columnar.profiles.profile_facts import Listed, list_identities
from idweave.transforms.columnar.profiles.risks import Evidence, Risks, find_risks
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Job, StrategyPlan
from idweave.transforms.running.counts import StrategyCounts
from idweave.transforms.tables.columns import chosen, coded
from idweave.transforms.views.read_piece import Read
from idweave.transforms.views.unit_graph import place_of_types


@dataclass
class ResolvedPiece:
    """A policy's answer on a piece of ``m`` gathered records, with names for its numbers."""

    job: Job
    plan: StrategyPlan
    read: Read
    resolution: Resolution
    digest: Array  # [p, 2] uint64, the profiles' ids
    scope_of: Ints  # [components] place in `scopes`

    @property
    def piece(self) -> Piece:
        """The records that took part, and their identities."""
        return self.read.piece

    @property
    def scopes(self) -> tuple[str, ...]:
        """The names of the strategy's scopes."""
        return self.job.graphs[self.plan.graph].scopes

    @cached_property
    def profile_ids(self) -> pa.Array:
        """[p] as tables hold them."""
        return hex_texts(self.digest.view(np.uint8).reshape(-1, 16))

    @cached_property
    def component_ids(self) -> pa.Array:
        """[components] as tables hold them."""
        return hex_texts(self.piece.digest.view(np.uint8).reshape(-1, 16))

    @cached_property
    def time(self) -> Longs:
        """[n] event times of the observations, in their order."""
        return np.asarray(self.read.time[self.piece.order])

    @property
    def decided(self) -> Flags:
        """[n] observations that people made."""
        return self.read.decided[self.piece.order]

    @cached_property
    def listed(self) -> Listed:
        """Which profile lists which identity."""
        return list_identities(self.piece, self.time, self.resolution)

    @cached_property
    def linked_place(self) -> NDArray[np.int16]:
        """The place in `link_on` of the type of each identity listed, or -1."""
        place = place_of_types(self.job.graphs[self.plan.graph].link_on, len(self.job.type_names))
        return place[self.read.type[self.piece.place[self.listed.identity]]]

    @property
    def linked(self) -> Flags:
        """Whether the type of each identity listed is one that links."""
        return self.linked_place >= 0

    @cached_property
    def aliases(self) -> Aliases | None:
        """Which anonymous profiles are the past of known ones; None: nobody asked."""
        rules = self.plan.aliases
        if rules is None:
            return None
        given = self.piece.observations, self.piece.identities
        return find_aliases(*given, self.time, self.decided, self.resolution, rules)

    @cached_property
    def attributes(self) -> dict[str, Made]:
        """[p] each attribute of each profile, by its rule."""
        order = self.piece.order
        places = pa.array(order)
        records = Records(
            profile=self.resolution.profile,
            profiles=len(self.resolution.profile_component),
            time=self.time,
            source=self.read.source[order],
            texts={name: texts.take(places) for name, texts in self.read.attributes.items()},
            as_of=self.job.as_of,
        )
        return {rule.name: apply_rule(records, rule) for rule in self.job.attribute_rules}

    @cached_property
    def type_of(self) -> Ints:
        """[identities] the type of each."""
        return np.asarray(self.read.type[self.piece.place], np.int32)

    @cached_property
    def linkages(self) -> Linkages:
        """The linkages of the piece's components; what people made is no record of them."""
        observations = self.piece.observations
        found = find_linkages(observations.start, observations.identity, self.time)
        made = decided_records(found, observations, self.decided)
        return found._replace(records=found.records - made)

    @cached_property
    def risks(self) -> Risks:
        """What is risky about the piece's profiles."""
        assert self.job.risks is not None, "nobody asked"
        listed, resolution = self.listed, self.resolution
        evidence = Evidence(
            profiles=len(resolution.profile_component),
            listed_profile=listed.profile,
            listed_identity=listed.identity,
            linked=len(self.piece.identities.component),
            type_of=self.type_of,
            held_profile=resolution.held_profile,
            held_identity=resolution.held_identity,
            linkages=self.linkages,
            rule=dropped_rules(self.linkages, resolution.links),
        )
        return find_risks(evidence, self.job.risks)

    def counts(self) -> StrategyCounts:
        """Components and profiles, and the largest of them in linked identities.

        Where a table lists all identities of a profile, `resolved_tables` counts those.
        """
        held = self.resolution.held_profile
        return StrategyCounts(
            components=len(self.piece.digest),
            profiles=len(self.resolution.profile_component),
            largest_component=int(np.bincount(self.piece.identities.component).max(initial=0)),
            largest_profile=int(np.bincount(held).max(initial=0)),
        )

    def types(self, place: Array) -> pa.Array:
        """The identity types at some places of `read`."""
        return chosen(self.read.type[place], self.job.type_names)

    def values(self, place: Array) -> pa.Array:
        """The identity values at some places of `read`."""
        return self.read.value.take(pa.array(place)).cast(pa.string())

    def sources(self, row: Array) -> pa.Array:
        """The sources of some gathered records."""
        return chosen(self.read.source[row], tuple(s.reading.name for s in self.job.sources))

    def record_ids(self, row: Array) -> pa.Array:
        """The record ids of some gathered records."""
        return self.read.record_id.take(pa.array(row)).cast(pa.string())

    def components(self, component: Ints) -> pa.Array:
        """The ids of some components."""
        return coded(component, self.component_ids)

    def scopes_of(self, component: Ints) -> pa.Array:
        """The scopes of some components."""
        return chosen(self.scope_of[component], self.scopes)
