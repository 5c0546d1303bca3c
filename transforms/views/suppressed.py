"""What is suppressed of a unit: found when it is read, told where its records are told."""

import functools
import threading
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.identities.observe import Observed
from idweave.transforms.columnar.privacy.find_listed import Listed
from idweave.transforms.columnar.privacy.hashes import IDENTITY, RECORD, full_hashes
from idweave.transforms.columnar.privacy.leave_out import (
    Found,
    ListedType,
    Lists,
    find_suppressed,
    without,
)
from idweave.transforms.columnar.reading.records import Records, no_changes
from idweave.transforms.columnar.reading.within import only
from idweave.transforms.exchange.privacy_files import ListedFile, SuppressedFile
from idweave.transforms.exchange.store import Store, files_in
from idweave.transforms.job import Job, Split

_LOCK = threading.Lock()


def without_suppressed(
    job: Job, split: Split, unit: str, records: Records, seen: Observed
) -> tuple[Records, Observed]:
    """The unit without its suppressed records, which are kept as hashes; no text of others."""
    privacy = job.privacy
    if privacy is None or split.source == job.decided_source:
        return records, seen
    records = _without_texts(records)
    if not privacy.suppresses:
        return records, seen
    name = job.sources[split.source].reading.name
    types = {
        kind: ListedType(job.type_names[kind], job.tests[kind].normalise) for kind in privacy.types
    }
    read, identities = _lists_once(job.store)
    lists = Lists(privacy.key, read, identities)
    found = find_suppressed(lists, name, records, seen, types)
    inside = np.ones(len(records.position), bool)
    inside[found.row] = False
    hashes = pa.array([], pa.string())
    if not inside.all():
        left = records.record_id.filter(pa.array(~inside))
        hashes = full_hashes(privacy.key, RECORD, name, left).texts()
    place = (np.cumsum(inside) - inside)[~inside].astype(np.int32)
    request, file, count = _counted(found, records)
    kept = SuppressedFile(
        place=place,
        hash=hashes,
        path=pa.array([of.path for of in split.files], pa.string()),
        request=request,
        file=file,
        records=count,
    )
    job.store.write(SuppressedFile.at(name, unit), kept)
    if inside.all():
        return records, seen
    records = records._replace(values=(), changes=no_changes())  # they have been looked at
    return only(records, inside), without(seen, inside)


def _without_texts(records: Records) -> Records:
    """What could not be read may be of anybody: its text is not kept."""
    quarantined = records.quarantined
    none = pa.nulls(len(quarantined.position), pa.string())
    return records._replace(quarantined=quarantined._replace(raw_text=none))


def listed_identities(job: Job) -> Listed:
    """The identities that the run suppresses."""
    return _lists_once(job.store)[1]


def _lists_once(store: Store) -> tuple[Listed, Listed]:
    with _LOCK:  # one thread reads, the others wait for the same arrays
        return _lists(store)


@functools.lru_cache(maxsize=1)
def _lists(store: Store) -> tuple[Listed, Listed]:
    """The lists of a run, once in a process."""
    return _read(store, RECORD), _read(store, IDENTITY)


def _read(store: Store, kind: str) -> Listed:
    with store.open(ListedFile.at(kind)) as file:
        return Listed(
            file.sieve[:],
            file.bucket[:],
            file.short[:],
            file.check[:],
            file.since[:],
            file.request[:],
        )


def _counted(found: Found, records: Records) -> tuple[Ints, Ints, Longs]:
    """Records of each request and file; one that several entries suppress counts once."""
    rows = max(1, len(records.position))
    pairs = np.sort(found.request.astype(np.int64) * rows + found.row)
    pairs = pairs[np.diff(pairs, prepend=-rows - 1) != 0]
    request, row = np.divmod(pairs, rows)  # the number -1 stays -1
    file = np.zeros(rows, np.int64) if records.file is None else records.file.astype(np.int64)
    files = int(file.max(initial=0)) + 1
    keys, count = np.unique(request * files + file[row], return_counts=True)
    of_request, of_file = np.divmod(keys, files)
    return of_request.astype(np.int32), of_file.astype(np.int32), count.astype(np.int64)


def suppressed_of(job: Job, source: int, unit: str) -> tuple[Ints, pa.Array]:
    """The places of a unit's suppressed records among the others, and their hashes."""
    if job.privacy is None or not job.privacy.suppresses:
        return np.empty(0, np.int32), pa.array([], pa.string())
    with job.store.open(SuppressedFile.at(job.sources[source].reading.name, unit)) as file:
        return file.place[:], file.hash[:]


def suppressed_counts(store: Store, source: str) -> Iterator[tuple[list[str], Ints, Ints, Longs]]:
    """Of each unit of a source: its paths; requests, places of paths, and how many records."""
    folder = f"{store.folder}/{SuppressedFile.at(source, '').folder}"
    for found in files_in(folder, "*"):
        unit = found.path.rpartition("/")[2]
        with store.open(SuppressedFile.at(source, unit)) as file:
            yield file.path[:].to_pylist(), file.request[:], file.file[:], file.records[:]
