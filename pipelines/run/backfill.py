"""The main job: reads all sources, resolves every strategy, publishes one run."""

import os
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from apache_beam.options.pipeline_options import PipelineOptions

from idweave.pipelines.cli.stop import Stop
from idweave.pipelines.decisions.decide import read_decisions
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.log import Log
from idweave.pipelines.privacy.exports import write_exports
from idweave.pipelines.privacy.prepare import Prepared, ThisRun, prepare, with_hashes, with_privacy
from idweave.pipelines.privacy.proof import check_proof, proof
from idweave.pipelines.published.current import make_current, mend_link, waits_to_be_current
from idweave.pipelines.published.publish import Manner, publish, remove_unfinished
from idweave.pipelines.published.runs import run_folder
from idweave.pipelines.published.working_folder import handed_over_removed, working_folder
from idweave.pipelines.run.base import Base, on_base, open_base, say_new_ids
from idweave.pipelines.run.check_limits import check_limits
from idweave.pipelines.run.check_unchanged import check_unchanged
from idweave.pipelines.run.compared import compare_with
from idweave.pipelines.run.decided import with_decisions
from idweave.pipelines.run.differences import input_warnings
from idweave.pipelines.run.id_key import read_id_key
from idweave.pipelines.run.inputs import Listed, inputs_digest, list_inputs
from idweave.pipelines.run.launched_before import (
    IfPublished,
    Named,
    facts_of,
    facts_of_memory,
    find_name,
    new_run_id,
)
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.run.make_splits import make_splits
from idweave.pipelines.run.manifest import make_manifest
from idweave.pipelines.run.overlap import check_overlap
from idweave.pipelines.run.plan import make_job
from idweave.pipelines.run.progress import Progress
from idweave.pipelines.run.read_result import read_result
from idweave.pipelines.run.run_warnings import run_warnings
from idweave.pipelines.run.runner import run
from idweave.pipelines.run.summary import print_summary
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.values import iso_time
from idweave.transforms.columnar.arrays.kernel_cache import folder as kernel_folder
from idweave.transforms.columnar.deciding.decision import Decision
from idweave.transforms.exchange.store import is_local


class Request(NamedTuple):
    """What the command line asks for beside the settings."""

    output: str
    run_id: str | None
    strategies: tuple[str, ...]  # empty: all
    since: int | None  # microseconds since the epoch
    until: int | None
    make_current: bool
    if_published: IfPublished
    sync: bool  # whether the result is to be on the disk before it is told
    beam: PipelineOptions
    debug: bool
    lasts: bool = False  # builds on a base: on the current run, or ...
    base: str | None = None  # ... on this one
    as_of: int | None = None  # the moment that the run stands for, in microseconds; none: its start
    dry_run: bool = False


class Outcome(NamedTuple):
    """The run that stands for a launch."""

    folder: str  # "": nothing was published, as was asked for
    manifest: dict[str, Any]
    new: bool  # whether it was published by this launch
    current: bool  # whether readers were told to start at it


def backfill(settings: Settings, request: Request, stop: Stop, log: Log) -> Outcome:
    """Run everything and publish it.

    Raises:
        WrongUsage, RunFailed, CheckFailed: one line for the user; nothing was published.
        KeyboardInterrupt: asked to stop; nothing was published, the working folder is gone.
    """
    began = time.time()
    strategies = _strategies(settings, request.strategies)
    output = request.output.rstrip("/") or "/"
    as_of = int(began * 1_000_000) if request.as_of is None else request.as_of
    listed = list_inputs(settings)
    check_overlap(output, settings, listed.files)
    facts = _facts(settings, request, strategies, listed)
    named = find_name(output, request.run_id or new_run_id(), facts, request.if_published)
    if named.manifest is not None:
        return _published_before(output, named, named.manifest, request, log)
    base = open_base(output, request.base) if request.lasts else None
    launch = _Launch(
        settings=settings,
        request=request,
        strategies=strategies,
        output=output,
        run_id=named.run_id,
        began=began,
        as_of=as_of,
        listed=listed,
        facts=facts,
        base=base,
        people=prepare(settings, listed.requests, ThisRun(output, named.run_id, as_of, base)),
        decisions=read_decisions(settings, listed.decisions),
        id_key=read_id_key(settings),
        log=log,
    )
    if base is None:
        say_new_ids(output, request.lasts, log)
    return _attempt(launch, stop)


def _facts(
    settings: Settings, request: Request, strategies: list[str], listed: Listed
) -> dict[str, Any]:
    """What makes two launches the same run."""
    inputs = inputs_digest(listed.all)
    facts = facts_of(settings, inputs, strategies, request.since, request.until)
    return facts | facts_of_memory(request.lasts, request.base, request.as_of)


class _Launch(NamedTuple):
    """What is known before anything is read."""

    settings: Settings
    request: Request
    strategies: list[str]  # those to run
    output: str
    run_id: str
    began: float  # seconds since the epoch
    as_of: int  # microseconds since the epoch
    listed: Listed  # the input files
    facts: dict[str, Any]
    base: Base | None
    id_key: bytes
    decisions: tuple[Decision, ...] | None
    people: Prepared | None  # what is done for those who asked
    log: Log


def _attempt(launch: _Launch, stop: Stop) -> Outcome:
    """Run in a working folder, which is gone afterwards, and sum up."""
    output, sync, log = launch.output, launch.request.sync, launch.log
    owner_only = launch.settings.privacy is not None
    with log.python_warnings():
        kernel_folder()  # chosen now: it warns if compiled kernels are kept where nothing lasts
    with working_folder(output, launch.run_id, sync, log, owner_only) as folder:
        mend_link(output, folder, log)
        if is_local(folder):
            folder = os.path.abspath(folder)  # workers may stand elsewhere
        outcome = _run_in(launch, folder, stop)
    print_summary(outcome.manifest, log)
    if launch.request.dry_run:
        log.lines(["dry run: nothing was published"])
    return outcome


def _run_in(launch: _Launch, folder: str, stop: Stop) -> Outcome:
    """Compute everything in the working folder, check it, and publish it if it is asked for."""
    settings, request, base = launch.settings, launch.request, launch.base
    layouts = read_layouts(settings, launch.listed.files)
    job = make_job(settings, layouts, folder, launch.strategies, request.since, request.until)
    job = with_decisions(job, with_hashes(launch.decisions, launch.people, job.type_names))
    job = on_base(job, base, launch.run_id, launch.as_of)._replace(id_key=launch.id_key)
    job, not_compared = compare_with(job, base, settings)
    job = with_privacy(job, launch.people)
    splits = list(make_splits(job, layouts))
    with Progress(folder, len(splits), len(job.graphs), launch.log):
        stop.check()
        metrics = run(job, splits, request.beam, request.debug)
    collected = read_result(job, folder, launch.people)
    check_proof(collected.proved)
    check_unchanged(settings, launch.listed)
    facts = launch.facts | {"base": base and base.run_id, "as_of": request.as_of}
    manifest = make_manifest(settings, launch.listed.all, facts, collected)
    manifest |= {
        "run_id": launch.run_id,
        "started_at": iso_time(int(launch.began * 1_000_000)),
        "as_of": iso_time(launch.as_of),
        "base": base and base.run_id,
        "metrics": metrics,
    }
    manifest["sources"]["warnings"] = input_warnings(launch.listed.skipped, layouts)
    manifest["warnings"] = run_warnings(manifest, base, request.lasts)
    if launch.people is not None:
        manifest["privacy"] = launch.people.told() | {"proof": proof(collected.proved)}
    if base is not None:
        manifest["tables_without_changes"] = not_compared
    check_limits(settings, manifest)
    if request.dry_run:
        return Outcome("", manifest, False, False)
    if launch.people is not None:
        write_exports(launch.people, launch.output, base and base.run_id)
    stop.now_publishing()
    return _publish(launch, folder, job.result, manifest)


def _publish(launch: _Launch, folder: str, result: str, manifest: dict[str, Any]) -> Outcome:
    request = launch.request
    remove_unfinished(launch.output, launch.run_id, folder)
    current = request.make_current or not request.strategies
    follows = request.lasts and request.base is None and current
    on = launch.base and launch.base.run_id
    manner = Manner(current, request.sync, launch.log, follows, on)
    with handed_over_removed(folder):
        target = publish(launch.output, launch.run_id, result, manifest, manner)
    return Outcome(target, manifest, True, current)


def _published_before(
    output: str, named: Named, manifest: dict[str, Any], request: Request, log: Log
) -> Outcome:
    """Nothing is run; what an earlier launch left undone is done."""
    run_id, does = named.run_id, "nothing to do"
    current = request.make_current or (
        named.differs is None and waits_to_be_current(output, run_id)
    )
    try:
        with working_folder(output, run_id, request.sync, log) as folder:
            mend_link(output, folder, log)
            if current:
                make_current(output, run_id, folder, request.sync, log)
                does = "it is current now"
    except OSError as error:
        if current:
            raise
        log.warn(f"{error.filename or output}: {error.strerror}; nothing could be mended there")
    of = f"from {named.differs}" if named.differs else "from the same input"
    log.lines([f"run {run_id} is published already, {of}: {does}"])
    return Outcome(run_folder(output, run_id), manifest, False, current)


def _strategies(settings: Settings, asked: Sequence[str]) -> list[str]:
    for name in asked:
        if name not in settings.strategies:
            raise WrongUsage(
                f"--strategy: {name}: no such strategy; allowed: {', '.join(settings.strategies)}"
            )
    return [name for name in settings.strategies if not asked or name in asked]
