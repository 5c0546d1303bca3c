"""A chain of runs to load: records come, go and change, a strategy and a platform, too.

The strategies have other columns than each other, and a table a column `strategy` of its own.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.load.postgres_server import programs, running_server
from tests.pipelines.running import write_config

RUNS = ("r0", "r1", "r2", "r3")
DECISIONS = """id,action,left_type,left_value,right_type,right_value,decided_at,strategy
1,apart,email,person1@site.example,email,person2@site.example,2026-01-01T00:00:00Z,
2,together,email,person3@site.example,email,person4@site.example,2026-01-02T00:00:00Z,all
"""
PLATFORM = {"identities": {"email": {"as": "mail", "encoding": "sha256"}}, "attributes": ["plan"]}


def configuration(place: int) -> dict[str, Any]:
    """The third run has a strategy more, the fourth a platform less."""
    alias = {"by": ["device"], "within": "9000d"}
    careful = {"policy": "idsync", "preset": "profile_link", "login": ["email"], "alias": alias}
    strategies = {"all": {"policy": "merge_all"}, "careful": careful}
    if place < 2:
        del strategies["careful"]
    devices = {"device": {"as": "maids", "pick": "all"}}
    platforms = {
        "ads": {"strategy": "all", "identities": devices},
        "mail": {"strategy": "all"} | PLATFORM,
    }
    if place == 3:
        del platforms["mail"]
    identities = {"email": "email", "device": "devices"}
    return {
        "sources": {
            "web": {
                "path": "in.parquet",
                "record_id": "id",
                "time": "at",
                "identities": identities,
                "attributes": {"plan": "plan"},
            }
        },
        "identities": {"email": {}, "device": {}},
        "strategies": strategies,
        "platforms": platforms,
        "attributes": {"plan": {"rule": "newest"}},
        "decisions": "decisions.csv",
        "groups": {"homes": {"strategy": "all", "by": "plan", "max_size": 1000}},
        "audiences": {"gold": {"strategy": "all", "where": "plan = 'gold'"}},
    }


def some_rows(
    rng: random.Random, before: Sequence[dict[str, Any]], new: int
) -> list[dict[str, Any]]:
    """Most of the rows of before, some changed; new ones; some of them twice."""
    kept = [row | {"plan": rng.choice(("gold", None))} if rng.random() < 0.1 else row
            for row in before if rng.random() < 0.9]  # fmt: skip
    for _ in range(new):
        person = rng.randrange(3 * new // 4)
        kept.append(
            {
                "id": str(rng.randrange(5 * new)),
                "at": rng.randrange(10**15),
                "email": f"person{person}@site.example" if rng.random() < 0.7 else None,
                "devices": [f"device{person * 2 + rng.randrange(3)}"],
                "plan": rng.choice(("gold", "free")),
            }
        )
    return kept


def make_chain(folder: Path, run_ids: Sequence[str], new: int) -> Path:
    """A folder of runs, each the base of the next.

    Args:
        new: records that come with each.
    """
    rng = random.Random(19)
    rows: list[dict[str, Any]] = []
    kinds = {"id": pa.string(), "at": pa.timestamp("us", "UTC"), "email": pa.string(),
             "devices": pa.list_(pa.string()), "plan": pa.string()}  # fmt: skip
    (folder / "decisions.csv").write_text(DECISIONS)
    for place, run_id in enumerate(run_ids):
        rows = some_rows(rng, rows, new)
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(kinds)), folder / "in.parquet")
        config = write_config(folder, configuration(place))
        command = ["refresh", str(config), "--output", str(folder / "out"), "--run-id", run_id]
        assert main(command) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs."""
    return make_chain(tmp_path_factory.mktemp("load"), RUNS, 40)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a Postgres server of Debian's packages."""
    if programs() is None:
        pytest.skip("no Postgres server here: apt-get install postgresql")
    with running_server() as url:
        yield url
