"""The whole reading: records and a strategy in, the expected result out."""

from collections.abc import Sequence

from tests.oracle.deciding import decide
from tests.oracle.decisions import Decision, concerning, in_force
from tests.oracle.idsync import idsync
from tests.oracle.merging import merge
from tests.oracle.prepare import cut_hubs, taking_part
from tests.oracle.replays import demote_weakest, no_guess
from tests.oracle.world import Expected, Record, Strategy, place_in_order

_POLICIES = {
    "merge_all": merge,
    "constrained_merge": merge,
    "idsync": idsync,
    "demote_weakest": demote_weakest,
    "no_guess": no_guess,
}


def expect(
    records: Sequence[Record],
    strategy: Strategy,
    decisions: Sequence[Decision] = (),
    name: str = "",
) -> Expected:
    """Read docs/semantics slowly. Arrival never matters: records are put in order first.

    `decisions`: all rows of the run's files; `name`: the strategy's, which decisions may name.
    """
    expected = Expected()
    ordered = sorted(records, key=place_in_order)
    if decisions:
        ordered = decide(ordered, strategy, concerning(in_force(decisions), name), expected)
    observations = cut_hubs(ordered, strategy, expected)
    left = list(taking_part(observations, strategy, expected))
    for scope in sorted({record.scope for record in records}):
        of_scope = [(record, own) for record, own in left if record.scope == scope]
        apart = expected.aparts.get(scope, frozenset())
        _POLICIES[strategy.policy](of_scope, strategy, expected, apart)
    return expected
