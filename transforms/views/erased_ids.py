"""Ids that are erased: nobody claims them, follows them, or gets them anew."""

import functools

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.lasting.id_texts import find_ids
from idweave.transforms.columnar.privacy.find_listed import Listed, listed_ids
from idweave.transforms.exchange.privacy_files import ErasedFile
from idweave.transforms.exchange.store import Store
from idweave.transforms.job import Job


def erased_ids(job: Job) -> Hashes:
    """[e, 2] all of them."""
    if job.privacy is None or not job.privacy.erased:
        return np.empty((0, 2), np.uint64)
    return _read(job.store)


@functools.lru_cache(maxsize=1)
def _read(store: Store) -> Hashes:
    with store.open(ErasedFile.once()) as file:
        return file.id[:]


def listed_erased(job: Job) -> Listed:
    """All of them as a list that is quick to look many ids up in."""
    if job.privacy is None or not job.privacy.erased:
        return listed_ids(np.empty((0, 2), np.uint64))
    return _list(job.store)


@functools.lru_cache(maxsize=1)
def _list(store: Store) -> Listed:
    return listed_ids(_read(store))


def are_erased(job: Job, ids: Hashes) -> Flags:
    """[n] whether ids are."""
    erased = erased_ids(job)
    if not len(erased):
        return np.zeros(len(ids), bool)
    return find_ids(erased, ids) >= 0


def rows_of_erased(job: Job, rows: pa.Table) -> Flags | None:
    """[n] which rows of a table are of an erased profile; None: none is erased."""
    if not len(erased_ids(job)) or not rows.num_rows:
        return None
    ids = rows["profile_id"].cast(pa.string()).combine_chunks()
    there = np.asarray(ids.is_valid().to_numpy(zero_copy_only=False))
    return are_erased(job, id_words(ids.fill_null("0" * 32))) & there
