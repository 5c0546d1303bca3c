"""Runs the graph: in this process, or where Beam's options say."""

import contextlib
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from idweave.pipelines.cli.beam_options import IN_PROCESS
from idweave.pipelines.errors import RunFailed
from idweave.pipelines.run.build import build
from idweave.pipelines.run.worker_processes import WorkerProcesses
from idweave.transforms.job import Job, Split
from idweave.transforms.running.metrics import read_metrics


def run(job: Job, splits: Sequence[Split], options: PipelineOptions, debug: bool) -> dict[str, int]:
    """Run every stage; the result's parts are written, not published.

    Returns:
        The counters that the runner kept.

    Raises:
        RunFailed: the runner says so. What a worker raised comes as the runner wraps it.
    """
    runner = options.view_as(StandardOptions).runner
    if runner is None or runner.rpartition(".")[2] in IN_PROCESS:
        runner = _in_process(options, debug)
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
    """The in-process runner, with worker processes if they are asked for."""
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        return FnApiRunner()
    direct.direct_running_mode = "in_memory"  # else the runner takes workers of its own
    return WorkerProcesses(debug)
