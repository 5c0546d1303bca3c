"""The main job: reads all sources, resolves every strategy, publishes one run."""

import contextlib
import datetime
import json
import os
import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms import environments

from idweave.pipelines.cli.stop import WORKER, Stop
from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.published.publish import (
    make_current,
    publish,
    read_manifest,
    remove_unfinished,
    run_folder,
    waits_to_be_current,
    working_folder,
)
from idweave.pipelines.run.build import build
from idweave.pipelines.run.inputs import InputFile, inputs_digest, list_inputs
from idweave.pipelines.run.layouts import make_splits, read_layouts
from idweave.pipelines.run.manifest import Collected, check, make_manifest
from idweave.pipelines.run.plan import make_job
from idweave.pipelines.run.progress import Progress
from idweave.pipelines.run.summary import print_summary
from idweave.pipelines.settings import Settings
from idweave.transforms.collect import COLLECTED
from idweave.transforms.exchange.store import is_local, open_file
from idweave.transforms.job import Job, Part
from idweave.transforms.running.metrics import read_metrics
from idweave.transforms.tables.registry import of_run
from idweave.transforms.tables.write_part import write_part


class Request(NamedTuple):
    """What the command line asks for beside the settings."""

    output: str
    run_id: str | None
    strategies: tuple[str, ...]  # empty: all
    since: int | None  # microseconds since the epoch
    until: int | None
    make_current: bool
    beam: PipelineOptions
    debug: bool


def backfill(settings: Settings, request: Request, stop: Stop) -> str:
    """Run everything and publish it.

    Returns:
        The run's folder.

    Raises:
        WrongUsage, RunFailed, CheckFailed: one line for the user; nothing was published.
        KeyboardInterrupt: asked to stop; nothing was published, the working folder is gone.
    """
    began, log = time.time(), sys.stderr
    strategies = _strategies(settings, request.strategies)
    files = find_inputs(settings)
    run_id = request.run_id or _new_run_id()
    output = request.output.rstrip("/") or "/"
    facts = {
        "configuration": settings.digest(),
        "inputs": inputs_digest(files),
        "strategies": sorted(strategies),
        "from": request.since,
        "until": request.until,
    }
    if _published(output, run_id, facts):
        does = "nothing to do"
        if request.make_current or waits_to_be_current(output, run_id):
            with working_folder(output, run_id) as folder:
                make_current(output, run_id, folder)
            does = "it is current now"
        log.write(f"run {run_id} is published already, from the same input: {does}\n")
        return run_folder(output, run_id)
    with working_folder(output, run_id) as folder:
        if is_local(folder):
            folder = os.path.abspath(folder)  # workers may stand elsewhere
        layouts = read_layouts(settings, files)
        job = make_job(settings, files, layouts, folder, strategies, request.since, request.until)
        splits = list(make_splits(job, layouts))
        with Progress(folder, len(splits), len(job.graphs), log):
            stop.check()
            metrics = _run(job, splits, request.beam, request.debug)
        collected = _collected(folder)
        _unchanged(settings, files)
        parts = [*collected.parts, *_empty_tables(job, collected.parts)]
        collected = collected._replace(parts=parts)
        check(settings.checks, collected)
        manifest = make_manifest(run_id, began, settings, files, facts, collected, metrics)
        stop.now_publishing()
        remove_unfinished(output, run_id, folder)
        current = request.make_current or not request.strategies
        target = publish(output, run_id, job.result, manifest, current)
    print_summary(manifest, log)
    return target


def find_inputs(settings: Settings) -> list[InputFile]:
    """All files of all sources, by (source, path)."""
    return list_inputs(settings).files


def _strategies(settings: Settings, asked: Sequence[str]) -> list[str]:
    for name in asked:
        if name not in settings.strategies:
            raise WrongUsage(
                f"--strategy: {name}: no such strategy; allowed: {', '.join(settings.strategies)}"
            )
    return [name for name in settings.strategies if not asked or name in asked]


def _new_run_id() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _published(output: str, run_id: str, facts: dict[str, Any]) -> bool:
    """Whether this very run is there already.

    Raises:
        RunFailed: a run of this id is there, from another configuration or input.
    """
    manifest = read_manifest(output, run_id)
    if manifest is None:
        return False
    for key, value in facts.items():
        if manifest["asked"].get(key) != value:
            raise RunFailed(
                f"--run-id: {run_id}: published already, from {_OTHER[key]}; choose another id"
            )
    return True


_OTHER = {
    "configuration": "another configuration",
    "inputs": "other inputs",
    "strategies": "other strategies",
    "from": "another --from",
    "until": "another --until",
}


def _run(job: Job, splits: list[Any], options: PipelineOptions, debug: bool) -> dict[str, int]:
    runner = options.view_as(StandardOptions).runner or _in_process(options, debug)
    pipeline = beam.Pipeline(runner=runner, options=options)
    build(pipeline, job, splits)
    result = pipeline.run()
    try:
        state = result.wait_until_finish()
    except KeyboardInterrupt:
        with contextlib.suppress(Exception):
            result.cancel()  # what runs on a cluster would go on
        raise
    if state not in (None, "DONE"):
        raise RunFailed(f"the runner ended in state {state}; nothing was published")
    return read_metrics(result)


def _in_process(options: PipelineOptions, debug: bool) -> FnApiRunner:
    """The in-process runner; its worker processes log on our standard error only if asked."""
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        return FnApiRunner()
    direct.direct_running_mode = "in_memory"  # else the runner takes a command of its own
    worker = f"exec {shlex.quote(sys.executable)} -m {WORKER}{'' if debug else ' 2>/dev/null'}"
    return FnApiRunner(environments.SubprocessSDKEnvironment.from_command_string(worker))


def _collected(folder: str) -> Collected:
    with open_file(f"{folder}/kept/{COLLECTED}") as file:
        body = json.loads(file.read())
    body["parts"] = [Part(*part) for part in body["parts"]]
    return Collected(**body)


def _unchanged(settings: Settings, files: list[InputFile]) -> None:
    """Fail if an input file changed while it was read: the rows would be of no one moment."""
    now = {(file.source, file.path): file.digest for file in find_inputs(settings)}
    for file in files:
        if now.get((file.source, file.path)) != file.digest:
            raise RunFailed(f"{file.path}: changed while it was read; run again")


def _empty_tables(job: Job, parts: list[Part]) -> list[Part]:
    """Tables without rows get a file with their schema."""
    there = {(part.table, part.of) for part in parts}
    return [
        write_part(job.result, output, 0, [])
        for output in of_run(job)
        if (output.table, output.name or output.strategy) not in there
    ]
