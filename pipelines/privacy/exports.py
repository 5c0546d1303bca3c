"""Exports: what people get of their own data, in a folder that only the run's user reads."""

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from idweave.pipelines.errors import WrongUsage, shown
from idweave.transforms.columnar.privacy.hashes import full_hash
from idweave.transforms.columnar.vocabulary import PrivacyRequest
from idweave.transforms.exchange.store import is_local

if TYPE_CHECKING:
    import pyarrow as pa

    from idweave.pipelines.privacy.answer import Answer
    from idweave.pipelines.privacy.prepare import Prepared
    from idweave.pipelines.published.run_tables import RunTables

_OWNER_FOLDER, _OWNER_FILE = 0o700, 0o600
_EXPORTED = (PrivacyRequest.ACCESS.text, PrivacyRequest.PORTABILITY.text)
_ALL_RECORDS = """
CREATE TABLE exported AS
SELECT a.*, o.request, o.identities
FROM {assignments} a LEFT JOIN {observations} o USING (source, record_id)
WHERE a.profile_id IN (SELECT profile_id FROM asked)
"""
_RECORDS = """
SELECT * FROM exported WHERE profile_id IN ({ids})
ORDER BY event_time NULLS FIRST, source, record_id, status
"""


def check_exports(exports: str | None) -> None:
    """Refuse a folder of exports that others may read.

    Raises:
        WrongUsage: it is no local folder.
    """
    if exports is not None and not is_local(exports):
        raise WrongUsage(
            f"privacy.exports: {shown(exports)}: no local folder; only there files can be their "
            "owner's alone"
        )


def write_exports(people: "Prepared", output: str, base: str | None) -> int:
    """Write what this run's access and portability requests ask for; returns how many.

    Args:
        base: the run whose tables are exported: the one that requests are resolved against.
    """
    answers = [of for of in people.answers if of.type in _EXPORTED and of.profile_ids]
    folder = people.settings.exports
    if not answers or folder is None or base is None:
        return 0
    from idweave.pipelines.published.database import as_table, connect
    from idweave.pipelines.published.run_tables import find_run
    from idweave.pipelines.published.scan import literals

    run, strategy = find_run(output, base), people.settings.strategy
    os.makedirs(folder, _OWNER_FOLDER, exist_ok=True)
    with run.reading(), connect() as opened:
        _gather(opened, run, strategy, answers)
        for answer in answers:
            target = f"{folder}/{full_hash(people.key, answer.request_id)}"
            records = as_table(opened, _RECORDS.format(ids=literals(answer.profile_ids)))
            _write(target, _profile(opened, run, strategy, answer), records)
    return len(answers)


def _gather(opened: Any, run: "RunTables", strategy: str, answers: Sequence["Answer"]) -> None:
    """Read the records of all who ask once."""
    import pyarrow as pa

    from idweave.pipelines.published.scan import scan
    from idweave.transforms.tables.observations import TABLE as OBSERVATIONS
    from idweave.transforms.tables.table import plain

    tables = {"observations": "nothing_seen"}
    opened.register("nothing_seen", plain(OBSERVATIONS.columns).empty_table())
    for name in ("assignments", "observations"):
        if paths := run.paths(name, strategy):
            tables[name] = scan(opened, name, paths)
    ids = [profile for answer in answers for profile in answer.profile_ids]
    opened.register("asked", pa.table({"profile_id": pa.array(ids, pa.string())}))
    opened.execute(_ALL_RECORDS.format(**tables))


def _write(target: str, body: bytes, records: "pa.Table") -> None:
    """One export appears whole, in place of an earlier one."""
    import pyarrow.parquet as pq

    made = f"{os.path.dirname(target)}/.{uuid.uuid4().hex}"
    os.mkdir(made, _OWNER_FOLDER)
    try:
        with _owned(f"{made}/profile.json") as file:
            file.write(body)
        with _owned(f"{made}/records.parquet") as file:
            pq.write_table(records, file)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _profile(opened: Any, run: "RunTables", strategy: str, answer: "Answer") -> bytes:
    """Everything that the base says of the profiles."""
    from idweave.pipelines.profile.command import plain
    from idweave.pipelines.profile.read import Found, Lookup

    ids = answer.profile_ids
    profiles = Lookup(opened, run, strategy).described(Found(ids, len(ids)))
    body = {
        "request_id": answer.request_id,
        "type": answer.type,
        "run_id": run.run_id,
        "strategy": strategy,
        "profiles": profiles,
    }
    return json.dumps(body, indent=2, default=plain, ensure_ascii=False).encode()


def _owned(path: str) -> Any:
    """A new file that only its owner reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_FILE), "wb")
