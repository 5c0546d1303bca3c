"""One chunk of a simulated world: a function of seed and place only, so chunks are independent."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.simulation.simulate_crm import make_crm
from idweave.transforms.columnar.simulation.simulate_events import make_events
from idweave.transforms.columnar.simulation.simulate_people import CHUNK_PEOPLE, make_people

TRUTH_SCHEMA = pa.schema(
    {
        "source": pa.string(),
        "record_id": pa.string(),
        "person_id": pa.int64(),
        "brand": pa.string(),
    }
)


class Chunk(NamedTuple):
    """The rows of a chunk; row i of a truth says whose row i of its table is."""

    events: pa.Table
    events_truth: pa.Table  # TRUTH_SCHEMA
    crm: pa.Table
    crm_truth: pa.Table


def make_chunk(people: int, seed: int, place: int) -> Chunk:
    """Make the chunk at a place of a world.

    Args:
        people: in the whole world; all chunks but the last have CHUNK_PEOPLE.
        seed: of the whole world, 0 or more.
        place: of the chunk, from 0.
    """
    first = place * CHUNK_PEOPLE
    rng = np.random.default_rng([seed, place])
    salt = int(np.random.default_rng(seed).integers(2**63))
    who = make_people(rng, first, min(CHUNK_PEOPLE, people - first), salt)
    events, events_person = make_events(rng, who, salt)
    crm, crm_person = make_crm(rng, who, salt)
    return Chunk(
        events,
        _truth("events", events["event_id"], events_person, events["app"]),
        crm,
        _truth("crm", crm["crm_id"], crm_person, crm["workspace"]),
    )


def _truth(
    source: str, record_id: pa.ChunkedArray, person: pa.Array, workspace: pa.ChunkedArray
) -> pa.Table:
    courier = pc.starts_with(workspace, "courier")
    brand = pc.if_else(courier, "courier", "retail")
    columns = [pa.repeat(source, len(person)), record_id, person, brand]
    return pa.Table.from_arrays(columns, schema=TRUTH_SCHEMA)
