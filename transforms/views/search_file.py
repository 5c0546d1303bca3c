"""Searches one file of a published or a new table for people who are erased."""

from collections import Counter
from typing import NamedTuple

import pyarrow.parquet as pq

from idweave.transforms.columnar.privacy.search import (
    Search,
    columns_of,
    columns_of_types,
    find_people,
)
from idweave.transforms.exchange.store import open_file


class Searched(NamedTuple):
    """What a search of a file came to."""

    looked: bool  # whether the table has columns that could show somebody
    shown: Counter[str]  # rows by column


def search_file(path: str, table: str, search: Search, vouched: bool) -> Searched:
    """Search a file, a row group after the other.

    Args:
        vouched: as in `find_people`.
    """
    shown: Counter[str] = Counter()
    with open_file(path) as file:
        parquet = pq.ParquetFile(file, read_dictionary=columns_of_types(table))
        columns = columns_of(table, parquet.schema_arrow.names, search)
        for group in range(parquet.num_row_groups if columns else 0):
            rows = parquet.read_row_group(group, columns=columns, use_threads=False)
            shown.update(find_people(table, rows.combine_chunks(), search, vouched))
    return Searched(bool(columns), shown)
