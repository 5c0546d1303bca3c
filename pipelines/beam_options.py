"""Beam's part of the command line."""

import difflib
from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import create_runner

from pipelines.errors import WrongUsage
from pipelines.options import Parser

_OURS = (
    "--output", "--run-id", "--strategy", "--from", "--until", "--set", "--make-current", "--debug",
)  # fmt: skip


def beam_options(rest: Sequence[str], unchecked: Sequence[str]) -> PipelineOptions:
    """Beam's options.

    Args:
        rest: what our own parser did not know.
        unchecked: what goes to the runner as it is.

    Raises:
        WrongUsage: Beam doesn't know one of the first either, or there is no such runner.
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
        raise WrongUsage(f"{unknown[0]}: neither idweave nor Beam knows this option{hint}")
    options = PipelineOptions([*rest, *unchecked])
    _check_runner(options.view_as(StandardOptions).runner)
    return options


def _check_runner(name: str | None) -> None:
    if name is None:
        return
    try:
        create_runner(name)
    except (ValueError, ImportError, AttributeError):
        known = sorted(StandardOptions.KNOWN_RUNNER_NAMES)
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise WrongUsage(
            f"--runner: {name}: no such runner, or it is not installed; allowed: "
            f"{', '.join(known)}, or a class with its module{hint}"
        ) from None
