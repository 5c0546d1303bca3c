"""What a reader at night should hear of at once: a run that is whole, and yet looks wrong."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from idweave.pipelines.published.figures import quarantined
from idweave.pipelines.run.base import Base

_COMMON_SHARE, _COMMON_RECORDS = 0.01, 20  # more than both: one value that too many share
_TIMES = 10  # so many times as before, or as the next, is too much

Manifest = Mapping[str, Any]


def run_warnings(manifest: Manifest, base: Base | None, lasts: bool) -> list[str]:
    """The warnings of a run, which is compared with its base.

    Args:
        lasts: whether it is a refresh, on which others are to follow.
    """
    return [
        *_common_values(manifest),
        *_carried_types(manifest),
        *_large_profiles(manifest),
        *_guessable_ids(manifest),
        *(_without_ids(manifest) if lasts else ()),
        *(_against(manifest, base) if base is not None else ()),
    ]


def _common_values(manifest: Manifest) -> Iterator[str]:
    """One line for each type, of the strategy where it is worst."""
    worst: dict[str, tuple[float, int, int, str]] = {}
    for name, facts in manifest["strategies"].items():
        for kind, (records, most) in facts["counts"]["types"].items():
            found = (most / max(1, records), most, records, name)
            worst[kind] = max(worst.get(kind, found), found)
    for kind, (share, most, records, name) in worst.items():
        if share > _COMMON_SHARE and most > _COMMON_RECORDS:
            yield (
                f"one value of {kind} is on {most:,} of the {records:,} records that have one "
                f"({share:.1%}, strategy {name}): junk that many share? see identities.{kind}."
                f"blocked and strategies.{name}.hubs"
            )


def _carried_types(manifest: Manifest) -> Iterator[str]:
    strategies = [f["counts"] for f in manifest["strategies"].values() if f["counts"]["types"]]
    for kind in manifest["configuration"]["identities"]:
        if strategies and not any(counts["types"].get(kind, (0, 0))[0] for counts in strategies):
            yield f"no profile has an identity of type {kind}: is its column the right one?"


def _large_profiles(manifest: Manifest) -> Iterator[str]:
    for name, facts in manifest["strategies"].items():
        largest, following = [*facts["counts"]["two_largest"], 0, 0][:2]
        if following and largest >= _TIMES * following:
            yield (
                f"the largest profile of strategy {name} has {largest:,} identities, the next one "
                f"{following:,}: it may be several people"
            )


def _guessable_ids(manifest: Manifest) -> Iterator[str]:
    settings = manifest["configuration"]
    if settings.get("privacy") and not settings.get("id_key"):
        yield (
            "privacy is set and id_key is not: an id of the merging policies can be found by "
            "hashing a guessed e-mail; set id_key (new ids are keyed, ids that last stay)"
        )


def _without_ids(manifest: Manifest) -> Iterator[str]:
    """What a refresh that follows will ask this run for, and not find."""
    written = {(table["table"], table.get("strategy")) for table in manifest["tables"]}
    for name in manifest["strategies"]:
        if ("identities", name) not in written:
            yield (
                f"tables: no identities (strategy {name}), so no refresh can build on this run: "
                "ids would begin anew; add identities and ids"
            )
        elif ("ids", name) not in written:
            yield (
                f"tables: no ids (strategy {name}), so a refresh on this run does not know the ids "
                "that ended before it; add ids"
            )


def _against(manifest: Manifest, base: Base) -> Iterator[str]:
    """What is worse than in the base, or lacks in one of both."""
    yield from _strategies_without_memory(manifest, base.strategies)
    for name, counts in manifest["sources"]["records"].items():
        was = base.records.get(name, {"read": 0, "quarantined": 0})
        if was["read"] and not counts["read"] and not counts["quarantined"]:
            yield f"source {name} fell silent: no record, {was['read']:,} in the base"
        share, share_before = quarantined(counts).value, quarantined(was).value
        if share_before and share >= _TIMES * share_before:
            yield (
                f"source {name}: {share:.2%} of its records could not be read, "
                f"{share_before:.2%} in the base"
            )


def _strategies_without_memory(manifest: Manifest, before: Set[str]) -> Iterator[str]:
    """Strategies are matched by name, so one that was renamed has no memory of its ids.

    Those that are configured and were not asked for (`--strategy`) are no surprise.
    """
    for name in sorted(set(manifest["strategies"]) - before):
        yield (
            f"strategy {name} is not in the base, so its ids begin anew and nothing leads to them "
            f"from ids that ended (the base has {', '.join(sorted(before))})"
        )
    for name in sorted(before - set(manifest["configuration"]["strategies"])):
        yield f"strategy {name} of the base is not in this run, whose ids a refresh on it will lack"
