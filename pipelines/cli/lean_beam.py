"""Imports Beam for a process of our own, without connectors that idweave has no use for.

Beam loads its BigQuery and MongoDB connectors, and through them clients of HTTP, whenever it is
imported: a quarter of its time. It takes their absence as that of an extra.
"""

import logging

from idweave.transforms.columnar.arrays.import_without import import_without

_CONNECTORS = ("apache_beam.io.gcp.bigquery", "bson", "pymongo")


def import_beam() -> None:
    """Import Beam; a program that has loaded it already keeps it as it is."""
    logging.getLogger("apache_beam.io.mongodbio").setLevel(logging.ERROR)  # it misses bson
    with import_without(*_CONNECTORS):
        import apache_beam  # noqa: F401
