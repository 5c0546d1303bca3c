"""Which requests are about people whom older runs still hold: those runs know nothing of them."""

from collections.abc import Sequence, Set

import pyarrow.compute as pc

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.privacy.taken_over import suppressions_of
from idweave.pipelines.published.list_runs import all_run_ids
from idweave.pipelines.run.base import Base, open_base
from idweave.transforms.columnar.privacy.hashes import LIFT


def still_held(output: str, without: Set[str]) -> dict[str, list[str]]:
    """By request of the current run: the runs that do not suppress what it names.

    Args:
        without: runs that do not count.
    """
    try:
        current = open_base(output, None)
        if current is None or not current.privacy.get("suppressions"):
            return {}
        asked = sorted(_requests(current))
    except RunFailed:
        return {}
    held: dict[str, list[str]] = {request: [] for request in asked}
    for run_id in sorted(set(all_run_ids(output)) - set(without)):
        known = _known(output, run_id, asked)
        for request in asked:
            if request not in known:
                held[request].append(run_id)
    return {request: runs for request, runs in held.items() if runs}


def _known(output: str, run_id: str, asked: Sequence[str]) -> set[str]:
    """The requests by which a run suppresses something; of a damaged one nobody knows any."""
    try:
        run = open_base(output, run_id)
        return _requests(run) if run is not None else set(asked)
    except RunFailed:
        return set()


def _requests(run: Base) -> set[str]:
    """The requests by which a run suppresses something."""
    rows = suppressions_of(run)
    own = rows.filter(pc.not_equal(rows["kind"], LIFT))
    return set(own["request_id"].to_pylist())
