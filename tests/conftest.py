"""What makes the many small runs of the tests cheaper, and nothing of what they show."""

import functools
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def state_is_looked_for_once_a_class() -> Iterator[None]:
    """Keep what Beam finds when it searches all methods of a DoFn for user state: none.

    It does so eight times for each step of each run, a third of the CPU time of a small one. Runs
    in processes of their own, of which there are many, do without.
    """
    userstate: Any = sys.modules.get("apache_beam.transforms.userstate")
    if userstate is None:
        yield
        return
    search = userstate.get_dofn_specs
    searched: dict[type, Any] = {}

    @functools.wraps(search)
    def once(dofn: Any) -> Any:
        if type(dofn) not in searched:
            searched[type(dofn)] = search(dofn)
        return searched[type(dofn)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(userstate, "get_dofn_specs", once)
        yield
