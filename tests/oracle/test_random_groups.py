"""Groups of random worlds, in one run, against the plain reading; more: many_private."""

from pathlib import Path

from tests.oracle.compare_groups import body_of, groups_differ
from tests.pipelines.running import backfill


def test_groups_are_as_the_plain_reading_has_them(tmp_path: Path) -> None:
    body = body_of(tmp_path / "in", 1, 12, ("idsync", "no_guess"))
    run = backfill(tmp_path, body)
    assert groups_differ(run, body["groups"]) == []
    counts = [len(run.rows("groups", name)) for name in body["groups"]]
    assert sum(counts) > 50
