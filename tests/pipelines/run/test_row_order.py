"""The order of rows that docs/outputs.md promises."""

from typing import Any

import pytest
import yaml

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, backfill

LINKED = ["customer_id", "email", "device_id"]
STRATEGIES = ("everything", "careful", "conversion", "fair", "demoting")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small world in which phones and cookies are not linked."""
    folder = tmp_path_factory.mktemp("order")
    world = folder / "world"
    assert main(["simulate", str(world), "--people", "150", "--seed", "6"]) == 0
    config = yaml.safe_load((world / "idweave.yaml").read_text())
    for name in ("events", "crm"):
        config["sources"][name]["path"] = str(world / name / "*.parquet")
    config["strategies"]["demoting"] = {"policy": "demote_weakest"}
    for name in ("everything", "careful", "conversion", "fair", "demoting"):
        config["strategies"][name]["link_on"] = LINKED
    return backfill(folder, config | {"shards": 3, "split_rows": 400})


def strength(kind: str, value: str) -> tuple[int, bytes]:
    return LINKED.index(kind), value.encode()


def in_order(row: Row) -> tuple[Any, ...]:
    """The order of observations."""
    time = row["event_time"]
    return (
        time is not None,
        time.timestamp() if time else 0,
        row["source"].encode(),
        row["record_id"].encode(),
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_identities_stand_by_component_profile_and_strength(run: Run, strategy: str) -> None:
    place = {row["profile_id"]: i for i, row in enumerate(run.rows("profiles", strategy))}
    rows = run.rows("identities", strategy)
    keys = [
        (row["component_id"], place[row["profile_id"]], not row["linked"])
        + (strength(row["identity_type"], row["identity_value"]) if row["linked"] else ())
        for row in rows
    ]
    assert any(not row["linked"] for row in rows)
    assert keys == sorted(keys)
    assert [place[row["profile_id"]] for row in rows] == sorted(
        place[row["profile_id"]] for row in rows
    )


@pytest.mark.parametrize("strategy", ["everything", "careful"])
def test_profiles_of_merging_policies_stand_by_their_strongest_identity(
    run: Run, strategy: str
) -> None:
    strongest: dict[str, Any] = {}
    for row in run.rows("identities", strategy):
        if row["linked"]:
            key = row["component_id"], strength(row["identity_type"], row["identity_value"])
            strongest.setdefault(row["profile_id"], key)
    keys = [strongest[row["profile_id"]] for row in run.rows("profiles", strategy)]
    assert keys == sorted(keys)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_linkages_and_observations_stand_by_component(run: Run, strategy: str) -> None:
    linkages = [
        (
            row["component_id"],
            strength(row["left_type"], row["left_value"]),
            strength(row["right_type"], row["right_value"]),
        )
        for row in run.rows("linkages", strategy)
    ]
    assert linkages == sorted(linkages)
    observations = [
        (row["component_id"], in_order(row)) for row in run.rows("observations", strategy)
    ]
    assert observations == sorted(observations)


@pytest.mark.parametrize("strategy", ["conversion", "fair", "demoting"])
def test_drops_of_a_policy_stand_after_those_of_the_reading(run: Run, strategy: str) -> None:
    component = {
        (row["source"], row["record_id"]): row["component_id"]
        for row in run.rows("observations", strategy)
    }
    rows = run.rows("drops", strategy)
    blocked = [i for i, row in enumerate(rows) if row["rule"] == "blocked"]
    assert blocked == list(range(len(blocked)))
    keys = [
        (
            component[row["source"], row["record_id"]],
            in_order(row),
            strength(row["identity_type"], row["identity_value"]),
        )
        for row in rows[len(blocked) :]
    ]
    assert keys
    assert keys == sorted(keys)


def test_platforms_stand_as_profiles_do(run: Run) -> None:
    place = {row["profile_id"]: i for i, row in enumerate(run.rows("profiles", "careful"))}
    rows = [place[row["profile_id"]] for row in run.rows("platforms", "google_ads")]
    assert rows == sorted(rows)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_largest_profile_has_the_largest_identity_count(run: Run, strategy: str) -> None:
    largest = max(row["identity_count"] for row in run.rows("profiles", strategy))
    assert run.manifest["strategies"][strategy]["counts"]["largest_profile"] == largest
