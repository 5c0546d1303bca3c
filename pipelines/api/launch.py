"""The commands as functions: the same rules, errors as exceptions, nothing on standard output."""

import argparse
import contextlib
import datetime
import gc
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

from idweave.pipelines.cli.backfill import launch
from idweave.pipelines.cli.commands import parser
from idweave.pipelines.cli.load_settings import load_settings
from idweave.pipelines.cli.options import know_file_systems
from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.log import Log

if TYPE_CHECKING:
    from idweave.pipelines.run.backfill import Outcome

Time = str | datetime.datetime  # ISO 8601; without a zone: UTC


class BackfillOptions(TypedDict, total=False):
    """What `backfill` can be told beside the configuration and the output folder."""

    run_id: str  # name of the run; default: the time
    if_published: Literal["skip", "error", "new"]  # what is done if it is published already
    strategies: Sequence[str]  # run these only; the run becomes current with make_current
    since: Time  # leave out records before this event time
    until: Time  # leave out records at this event time and after it
    as_of: Time  # the moment that the run stands for; default: its start
    set: Mapping[str, object]  # keys of the configuration: values instead of those of the file
    make_current: bool  # let readers start at this run, also if it is one of some strategies only
    dry_run: bool  # compute and check everything, and publish nothing
    sync: bool  # False: don't wait until the disk has the result
    quiet: bool  # False: progress and summary on standard error; warnings are always told
    beam: Sequence[str]  # Beam's options, as "--runner=FlinkRunner"
    runner: Sequence[str]  # options that only a job server knows


class RefreshOptions(BackfillOptions, total=False):
    """What `refresh` can be told."""

    base: str  # the run whose ids last; default: the current one


class Validation(NamedTuple):
    """What `validate` saw."""

    configuration: dict[str, Any]  # as it is understood, with all presets and defaults
    lines: tuple[str, ...]  # on each source and a sample of it, values masked


def backfill(
    config: str | os.PathLike[str],
    output: str | os.PathLike[str],
    **options: Unpack[BackfillOptions],
) -> "Outcome":
    """Read all sources, resolve every strategy and publish one run, as `idweave backfill` does.

    Returns:
        The run's folder (empty after a dry run), its manifest, whether it is new and current.

    Raises:
        WrongUsage, RunFailed, CheckFailed: one line for the user; nothing was published.
    """
    return _launch("backfill", config, output, options)


def refresh(
    config: str | os.PathLike[str],
    output: str | os.PathLike[str],
    **options: Unpack[RefreshOptions],
) -> "Outcome":
    """As `backfill`, on the base of the current run or another one: ids last.

    Returns:
        As `backfill` does.

    Raises:
        WrongUsage, RunFailed, CheckFailed: one line for the user; nothing was published.
    """
    return _launch("refresh", config, output, options)


def validate(
    config: str | os.PathLike[str],
    *,
    set: Mapping[str, object] | None = None,
    sample: int = 1000,
) -> Validation:
    """Check a configuration and its sources, and read the first records of each; runs nothing.

    Raises:
        WrongUsage, RunFailed, CheckFailed: a line for the user for each thing that is wrong.
    """
    if sample < 1:
        raise WrongUsage(f"sample: {sample}: at least 1")
    known = argparse.Namespace(config=os.fspath(config), set=_overrides(set or {}))
    with _no_logs():
        from idweave.pipelines.settings.values import without_unset
        from idweave.pipelines.validate.command import examine

        settings = load_settings(known, Log())
        know_file_systems(*(path for of in settings.sources.values() for path in of.path))
        lines = tuple(examine(settings, sample))
    return Validation(without_unset(settings.resolved()), lines)


def _launch(
    command: Literal["backfill", "refresh"],
    config: str | os.PathLike[str],
    output: str | os.PathLike[str],
    options: Mapping[str, Any],
) -> "Outcome":
    """Ask as the command line does, so that there is one set of rules and words."""
    known = parser(command).parse_args([command, "config", "--output=output"])
    known.config, known.output = os.fspath(config), os.fspath(output)
    allowed = RefreshOptions if command == "refresh" else BackfillOptions
    for name, value in options.items():
        if name not in allowed.__annotations__:
            raise TypeError(f"{command}() got an unexpected keyword argument {name!r}")
        if name in ("since", "until", "as_of"):
            value = value.isoformat() if isinstance(value, datetime.datetime) else value
        setattr(known, name, value)
    if known.if_published not in ("skip", "error", "new"):
        raise WrongUsage(f"if_published: {shown(known.if_published)}; allowed: skip, error, new")
    known.strategy = list(options.get("strategies", ()))
    known.set = _overrides(options.get("set", {}))
    known.quiet = options.get("quiet", True)
    log = Log(quiet=known.quiet)
    with _no_logs(), _thawed():
        return launch(known, options.get("beam", ()), options.get("runner", ()), log)


@contextlib.contextmanager
def _no_logs() -> Iterator[None]:
    """Keep Python's logging still: Beam logs tracebacks of workers, which may quote data."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _thawed() -> Iterator[None]:
    """Let Python tidy up again after a run, which keeps all that is loaded from being looked at."""
    before = gc.get_freeze_count()
    try:
        yield
    finally:
        if not before:
            gc.unfreeze()


def _overrides(values: Mapping[str, object]) -> list[str]:
    """Values as `--set` has them: texts as they are, others as YAML."""
    return [
        f"{key}={json.dumps(value) if _is_yaml(value) else value}" for key, value in values.items()
    ]


def _is_yaml(value: object) -> bool:
    return not isinstance(value, str | Path) or (
        isinstance(value, str) and value[:1] in ("[", "{", '"', "'")
    )
