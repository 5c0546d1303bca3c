"""What people ask for, decided before a run reads anything; what is suppressed from now on."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.answer import Answer, Answers, answer
from idweave.pipelines.privacy.erased import erased_before, with_erased, with_followers
from idweave.pipelines.privacy.exports import check_exports
from idweave.pipelines.privacy.request import read_requests
from idweave.pipelines.privacy.suppressed import lists_of, without_names
from idweave.pipelines.privacy.taken_over import TakenOver, done_before, take_over
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
from idweave.transforms.job import Job


class ThisRun(NamedTuple):
    """The run that is made."""

    output: str
    run_id: str
    as_of: int  # microseconds
    base: Base | None


class Prepared(NamedTuple):
    """What a run does for people who ask."""

    settings: Privacy
    key: Secret
    runs: tuple[Base, ...]  # whose suppressions and erased ids it takes over
    answers: tuple[Answer, ...]  # by request id; rows of `requests` but for their sources
    suppressions: pa.Table
    records: Listed
    identities: Listed
    erased: Hashes  # [e, 2] in order
    normalisers: dict[str, list[str]]  # of the types of which values are suppressed

    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        status = pa.array([answer.status for answer in self.answers], pa.string())
        return {
            "key_check": key_check(self.key),
            "suppressions": self.suppressions.num_rows,
            "erased_ids": len(self.erased),
            "normalisers": self.normalisers,
            "requests": {of["values"]: of["counts"] for of in pc.value_counts(status).to_pylist()},
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
    numbered = pa.array([answer.request_id for answer in answers.all], pa.string())
    lists = lists_of(answers.suppressions, numbered, privacy.accept_new)
    erased = pa.concat_tables([before, answers.erased]).group_by("profile_id").aggregate([])
    types = {kind for run in taken.runs for kind in run.privacy.get("normalisers", ())}
    types |= set(answers.types)
    return Prepared(
        privacy,
        key,
        taken.runs,
        answers.all,
        answers.suppressions,
        *lists,
        with_followers(base, erased),
        {kind: list(of.normalise) for kind, of in settings.identities.items() if kind in types},
    )


def with_privacy(job: Job, prepared: Prepared | None) -> Job:
    """The job that suppresses and erases; lists lie in its working folder."""
    if prepared is None:
        return job
    suppresses = bool(len(prepared.records.short) or len(prepared.identities.short))
    types = tuple(
        place for place, kind in enumerate(job.type_names) if kind in prepared.normalisers
    )
    plan = PrivacyPlan(prepared.key, types, suppresses, len(prepared.erased))
    keep_listed(job.store, RECORD, prepared.records)
    keep_listed(job.store, IDENTITY, prepared.identities)
    keep_erased(job.store, prepared.erased)
    job = job._replace(privacy=plan)
    return with_erased(job, prepared.runs, prepared.settings.strategy)


def with_hashes(
    decisions: tuple[Decision, ...] | None, prepared: Prepared | None, types: Sequence[str]
) -> tuple[Decision, ...] | None:
    """The decisions of a run; of those about suppressed identities hashes."""
    if prepared is None:
        return decisions
    return without_names(decisions, prepared.identities, prepared.key, types)
