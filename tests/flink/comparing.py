"""Two runs of the same input, on a cluster and in process, compared whole."""

from tests.pipelines.running import Run


def compare(there: Run, here: Run) -> None:
    """All of the manifests that is not of the moment, digests, and the rows of tables."""
    assert there.digests() == here.digests()
    for key in ("sources", "strategies", "tables", "units", "metrics"):
        assert there.manifest[key] == here.manifest[key]
    for table, of in here.digests():
        if not of:
            assert there.rows_of(table) == here.rows_of(table), table
        else:
            assert there.table(table, of).equals(here.table(table, of)), (table, of)
