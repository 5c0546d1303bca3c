"""Chains of runs with privacy requests against the plain reading; more: many_private."""

from pathlib import Path

from tests.oracle.compare_private import differences
from tests.oracle.random_requests import private_chain, random_privacy


def test_a_chain_with_requests_and_a_backfill_is_that_of_the_plain_reading(tmp_path: Path) -> None:
    chain = private_chain(231, 8, 2)[:3]
    assert [private.step.base for private in chain] == [None, 0, None]
    assert differences(tmp_path, chain, random_privacy(231), full=False) == []
