"""Beam's part of the command line."""

import contextlib
import difflib
import io
from collections.abc import Sequence
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    PortableOptions,
    StandardOptions,
)
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.runner import PipelineRunner, create_runner
from apache_beam.transforms.environments import Environment
from apache_beam.transforms.resources import resource_hints_from_options

from idweave.pipelines.cli.options import Parser
from idweave.pipelines.errors import WrongUsage, one_line, shown

_OURS = (
    "--output", "--run-id", "--strategy", "--from", "--until", "--set", "--make-current", "--debug",
    "--if-published", "--no-sync", "--quiet", "--json", "--version",
    "--base", "--as-of", "--dry-run",
)  # fmt: skip

# names of what runs here: the in-process runner, whichever of them is given
IN_PROCESS = ("DirectRunner", "FnApiRunner", "SwitchingDirectRunner", "BundleBasedDirectRunner")
_MODES = ("in_memory", "multi_processing")


class _Options(PipelineOptions):  # type: ignore[misc]
    """Options whose views are made once.

    Beam takes a view whenever it checks a type, some 500 times a graph, and each is made by a
    parser of its own: a fifth of a run's start.
    """

    def view_as(self, cls: Any) -> Any:
        views = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        return views[cls]

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in super().__getstate__().items() if key != "_views"}


def beam_options(rest: Sequence[str], unchecked: Sequence[str]) -> PipelineOptions:
    """Beam's options; its file systems know them from here on.

    Args:
        rest: what our own parser did not know.
        unchecked: what goes to the runner as it is.

    Raises:
        WrongUsage: Beam doesn't know one of the first either, there is no such runner, or Beam
            finds a value wrong.
    """
    parser = Parser("idweave backfill", allow_abbrev=False, add_help=False)
    kinds = {kind.__name__: kind for kind in PipelineOptions.__subclasses__()}
    for kind in kinds.values():
        kind._add_argparse_args(parser)  # type: ignore[arg-type]
    _, unknown = parser.parse_known_args(rest)
    if unknown:
        known = [name for action in parser._actions for name in action.option_strings]
        near = difflib.get_close_matches(unknown[0].split("=")[0], [*known, *_OURS], 1)
        hint = f"; did you mean {near[0]}?" if near else "; options for a job server go after --"
        raise WrongUsage(f"{shown(unknown[0])}: neither idweave nor Beam knows this option{hint}")
    options = _Options([*rest, *unchecked])
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            _check(options)
    except SystemExit:  # Beam's own parser, of what stands after --
        last = said.getvalue().strip().split("\n")[-1].split("error: ")[-1]
        raise WrongUsage(f"Beam options: {one_line(last)}") from None
    FileSystems.set_options(options)
    return options


def _check(options: PipelineOptions) -> None:
    """Find what is wrong with the options' values."""
    runner = _runner(options.view_as(StandardOptions).runner)
    workers = options.view_as(DirectOptions).direct_num_workers
    mode = options.view_as(DirectOptions).direct_running_mode
    if mode not in _MODES:
        raise WrongUsage(
            f"--direct_running_mode: {shown(mode)}: loses elements, and opens ports on all "
            f"addresses; allowed: {', '.join(_MODES)}"
        )
    if workers < 0:
        raise WrongUsage(f"--direct_num_workers: {workers}: at least 1, or 0 for one per core")
    try:
        wrong = PipelineOptionsValidator(options, runner).validate()
        resource_hints_from_options(options)
        if isinstance(runner, PortableRunner):
            if not wrong:
                Environment.from_options(options.view_as(PortableOptions))
            if type(runner) is PortableRunner and not options.view_as(PortableOptions).job_endpoint:
                wrong.append("--runner=PortableRunner needs --job_endpoint=HOST:PORT")
    except (ValueError, KeyError, TypeError, ImportError) as error:
        wrong = [str(error)]
    if wrong:
        raise WrongUsage(f"Beam options: {' '.join(' '.join(wrong).split())}")


def _runner(name: str | None) -> PipelineRunner:
    if name is None:
        return create_runner("DirectRunner")
    with contextlib.suppress(ValueError, ImportError, AttributeError, TypeError):
        runner = create_runner(name)
        if isinstance(runner, PipelineRunner):
            return runner
    known = sorted(StandardOptions.KNOWN_RUNNER_NAMES)
    near = [of for of in difflib.get_close_matches(name, known, 1) if of != name]
    hint = f"; did you mean {near[0]}?" if near else ""
    raise WrongUsage(
        f"--runner: {shown(name)}: no such runner, or it is not installed; allowed: "
        f"{', '.join(known)}, or a class with its module{hint}"
    )
