"""idweave: open identity resolution on Apache Beam.

The folders `pipelines`, `transforms` and `configs` of the project are linked here, so that an
installation brings the one package `idweave` and nothing else.
"""

from importlib.metadata import version

__version__ = version("idweave")
