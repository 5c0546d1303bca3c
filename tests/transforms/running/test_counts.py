"""Counts of parts add up to those of the whole, and survive the way to the launcher."""

import json

import numpy as np

from idweave.transforms.collect import Collected, StrategyFacts, from_json, to_json
from idweave.transforms.columnar.vocabulary import Rule
from idweave.transforms.job import OutputFile, Proved
from idweave.transforms.running.counts import (
    PlatformCounts,
    SourceCounts,
    StrategyCounts,
    add_sources,
    add_strategies,
    by_word,
)

LEFT = StrategyCounts(
    components=2,
    profiles=3,
    largest_component=5,
    largest_profile=4,
    records=(("crm", "assigned", "no_reason", 1), ("web", "assigned", "no_reason", 2)),
    drops=(("blocked", 1), ("hub", 2)),
    platforms=(("ads", PlatformCounts(1, 2, 3)),),
)
RIGHT = StrategyCounts(
    components=1,
    profiles=1,
    largest_component=7,
    largest_profile=1,
    records=(("web", "assigned", "no_reason", 5),),
    drops=(("hub", 1),),
    platforms=(("ads", PlatformCounts(10, 20, 30)), ("meta", PlatformCounts(1, 0, 0))),
)
BOTH = StrategyCounts(
    components=3,
    profiles=4,
    largest_component=7,
    largest_profile=4,
    records=(("crm", "assigned", "no_reason", 1), ("web", "assigned", "no_reason", 7)),
    drops=(("blocked", 1), ("hub", 3)),
    platforms=(("ads", PlatformCounts(11, 22, 33)), ("meta", PlatformCounts(1, 0, 0))),
)
UNIT = SourceCounts(
    read=3,
    outside=1,
    quarantined=2,
    quarantine=(("not_json", 2),),
    refused_values=(("blocked", 4),),
    column_values=(("email", 0), ("id", 3)),
    unfit_attribute_values=(("born", 1),),
)


def test_strategies_add_up_and_the_largest_stays_the_largest() -> None:
    assert add_strategies([LEFT, RIGHT]) == BOTH
    assert add_strategies([RIGHT, LEFT]) == BOTH
    assert add_strategies([]) == StrategyCounts()


def test_sources_add_up_and_columns_without_a_value_stay() -> None:
    assert add_sources([UNIT, UNIT, SourceCounts()]) == SourceCounts(
        read=6,
        outside=2,
        quarantined=4,
        quarantine=(("not_json", 4),),
        refused_values=(("blocked", 8),),
        column_values=(("email", 0), ("id", 6)),
        unfit_attribute_values=(("born", 2),),
    )


def test_codes_are_counted_by_their_words() -> None:
    codes = np.array([Rule.HUB, Rule.BLOCKED, Rule.HUB], np.int8)
    assert by_word(codes, Rule) == (("blocked", 1), ("hub", 2))
    assert by_word(codes[:0], Rule) == ()


def test_what_was_collected_comes_back_as_it_was() -> None:
    file = OutputFile("drops", "one", "", "part-00000.parquet", 3, (1, 2**64 - 1))
    proved = Proved("drops/strategy=one", 3, (("identity_value", 1),))
    collected = Collected({"web": UNIT}, {"one": StrategyFacts(BOTH, 1, 9)}, 4, [file], [proved])
    assert from_json(to_json(collected)) == collected
    assert json.loads(to_json(collected))["strategies"]["one"]["counts"]["profiles"] == 4
