"""idweave: open identity resolution on Apache Beam.

    import idweave

    outcome = idweave.backfill("idweave.yaml", output="out")
    run = idweave.open_run("out")
    run.table("identities", strategy="household").head(5)
    run.sql("SELECT strategy, count(*) FROM profiles GROUP BY ALL").show()

docs/python.md has more. What is named here is read when it is asked for. The folders `pipelines`,
`transforms` and `configs` of the project are linked beside this file, so that an installation
brings the one package `idweave` and nothing else.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idweave.pipelines.api.launch import Validation, backfill, refresh, validate
    from idweave.pipelines.api.open_run import PublishedRun, open_run
    from idweave.pipelines.errors import CheckFailed, RunFailed, WrongUsage
    from idweave.pipelines.run.backfill import Outcome

    __version__: str

_WHERE = {
    "backfill": "api.launch",
    "refresh": "api.launch",
    "validate": "api.launch",
    "Validation": "api.launch",
    "Outcome": "run.backfill",
    "open_run": "api.open_run",
    "PublishedRun": "api.open_run",
    "CheckFailed": "errors",
    "RunFailed": "errors",
    "WrongUsage": "errors",
}
__all__ = [
    "CheckFailed",
    "Outcome",
    "PublishedRun",
    "RunFailed",
    "Validation",
    "WrongUsage",
    "backfill",
    "open_run",
    "refresh",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("idweave")
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"idweave.pipelines.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
