"""Keeps what is suppressed and erased, as workers look it up."""

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.privacy.find_listed import Listed
from idweave.transforms.exchange.privacy_files import ErasedFile, ListedFile
from idweave.transforms.exchange.store import Store


def keep_listed(store: Store, kind: str, of: Listed) -> None:
    """Keep a list: of `record` or `identity`."""
    file = ListedFile(
        sieve=of.sieve,
        bucket=of.bucket,
        short=of.short,
        check=of.check,
        since=of.since,
        request=of.request,
    )
    store.write(ListedFile.at(kind), file)


def keep_erased(store: Store, ids: Hashes) -> None:
    """Keep the ids that are erased."""
    store.write(ErasedFile.once(), ErasedFile(id=ids))
