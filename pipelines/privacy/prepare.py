"""What people ask for, decided before a run reads anything; what is suppressed from now on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.answer import Answer, Answers, answer
from idweave.pipelines.privacy.erased import each_once, erased_before, with_erased, with_followers
from idweave.pipelines.privacy.exports import check_exports
from idweave.pipelines.privacy.request import read_requests
from idweave.pipelines.privacy.request_rows import request_rows
from idweave.pipelines.privacy.suppressed import lists_of, without_names
from idweave.pipelines.privacy.taken_over import TakenOver, done_before, take_over
from idweave.pipelines.privacy.write_tables import write_suppressions
from idweave.pipelines.run.base import Base
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.run.read_secret import Secret, read_secret
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.privacy import Privacy
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.deciding.decision import Decision
from idweave.transforms.columnar.privacy.find_listed import Listed
from idweave.transforms.columnar.privacy.hashes import IDENTITY, RECORD, key_check
from idweave.transforms.columnar.privacy.plan import PrivacyPlan
from idweave.transforms.exchange.keep_privacy import keep_erased, keep_listed
from idweave.transforms.job import Job, OutputFile


class ThisRun(NamedTuple):
    """The run that is made."""

    output: str
    run_id: str
    as_of: int  # microseconds
    base: Base | None


class Suppressed(NamedTuple):
    """What stays suppressed: some 150 bytes for each record or identity."""

    rows: pa.Table  # of `suppressions`
    records: Listed
    identities: Listed
    same_as: Base | None  # a run that has the same rows


@dataclass
class Prepared:
    """What a run does for people who ask."""

    settings: Privacy
    key: Secret
    runs: tuple[Base, ...]  # whose suppressions and erased ids it takes over
    answers: tuple[Answer, ...]  # of this run
    requests: pa.Table  # rows of `requests` but for their sources
    suppressed: Suppressed | None  # None: it lies in the working folder, and memory is let go
    suppressions: int
    erased: Hashes  # [e, 2] in order
    normalisers: dict[str, list[str]]  # of the types of which values are suppressed
    files: tuple[OutputFile, ...] = ()  # of `suppressions`

    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        counted = pc.value_counts(self.requests["status"]).to_pylist()
        return {
            "key_check": key_check(self.key),
            "suppressions": self.suppressions,
            "erased_ids": len(self.erased),
            "normalisers": self.normalisers,
            "requests": {of["values"]: of["counts"] for of in counted},
        }


def prepare(settings: Settings, files: Sequence[InputFile], run: ThisRun) -> Prepared | None:
    """Resolve the requests of a run; None: the configuration has no `privacy`.

    Raises:
        WrongUsage: the key, or the configuration, would bring back whom a run suppresses.
        RunFailed: a run is damaged.
    """
    privacy = settings.privacy
    if privacy is not None:
        check_exports(privacy.exports)
    key = None if privacy is None else read_secret("privacy.key", privacy.key_)
    taken = take_over(settings, run.output, run.base, key)
    if privacy is None or key is None or taken is None:
        return None
    before = erased_before(taken.runs)
    requests = read_requests(settings, files, done_before(taken))
    answers = answer(privacy, key, requests, taken, (run.run_id, run.as_of, run.base, before))
    return _prepared(settings, key, taken, answers, (run.base, before))


def _prepared(
    settings: Settings,
    key: Secret,
    taken: TakenOver,
    answers: Answers,
    erased_by: tuple[Base | None, pa.Table],
) -> Prepared:
    privacy = settings.privacy
    assert privacy is not None
    base, before = erased_by
    requests = request_rows(key, answers)
    numbered = requests["request_id"].combine_chunks()
    lists = lists_of(answers.suppressions, numbered, privacy.accept_new)
    new = answers.suppressions is not taken.suppressions or len(taken.runs) != 1
    suppressed = Suppressed(answers.suppressions, *lists, None if new else taken.runs[0])
    erased = each_once(pa.concat_tables([before, answers.erased]))
    types = {kind for run in taken.runs for kind in run.privacy.get("normalisers", ())}
    types |= set(answers.types)
    return Prepared(
        settings=privacy,
        key=key,
        runs=taken.runs,
        answers=answers.new,
        requests=requests,
        suppressed=suppressed,
        suppressions=answers.suppressions.num_rows,
        erased=with_followers(base, erased),
        normalisers={
            kind: list(of.normalise) for kind, of in settings.identities.items() if kind in types
        },
    )


def with_privacy(job: Job, prepared: Prepared | None) -> Job:
    """The job that suppresses and erases; what it suppresses is written, and let go."""
    if prepared is None:
        return job
    of, prepared.suppressed = prepared.suppressed, None
    assert of is not None
    suppresses = bool(len(of.records.short) or len(of.identities.short))
    types = tuple(
        place for place, kind in enumerate(job.type_names) if kind in prepared.normalisers
    )
    plan = PrivacyPlan(prepared.key, types, suppresses, len(prepared.erased))
    keep_listed(job.store, RECORD, of.records)
    keep_listed(job.store, IDENTITY, of.identities)
    keep_erased(job.store, prepared.erased)
    job = job._replace(privacy=plan)
    prepared.files = write_suppressions(job, of.rows, of.same_as)
    return with_erased(job, prepared.runs, prepared.settings.strategy)


def with_hashes(
    decisions: tuple[Decision, ...] | None, prepared: Prepared | None, types: Sequence[str]
) -> tuple[Decision, ...] | None:
    """The decisions of a run; of those about suppressed identities hashes."""
    if prepared is None:
        return decisions
    assert prepared.suppressed is not None  # names would stay: `with_privacy` comes after
    return without_names(decisions, prepared.suppressed.identities, prepared.key, types)
