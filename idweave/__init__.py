"""idweave: open identity resolution on Apache Beam.

The folders `pipelines`, `transforms` and `configs` of the project are linked here, so that an
installation brings the one package `idweave` and nothing else.
"""


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("idweave")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
