"""Who wrote and who committed sympy: real people with real mess, and known results.

The figures are those of tests/data/sympy: precision and recall over pairs of aliases of curated
people, an alias taking the profile of its e-mail.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from tests.pipelines.running import Run, backfill

DATA = Path(__file__).parents[2] / "data" / "sympy"
IDENTITIES = {
    "name": {"blocked_defaults": False},
    "email": {"normalise": ["lower"], "blocked_defaults": False},
}


def people(*roles: str) -> dict[str, Any]:
    """A source of the commits' people in some roles."""
    return {
        "path": str(DATA / "events.parquet"),
        "record_id": "event_id",
        "time": {"column": f"{roles[0]}_ts" if roles[0] == "author" else "commit_ts", "unit": "s"},
        "duplicates": "keep",
        "identities": {
            "name": [f"{role}_name" for role in roles],
            "email": [f"{role}_email" for role in roles],
        },
    }


CRM = {
    "kind": "crm",
    "path": str(DATA / "crm.parquet"),
    "record_id": "crm_id",
    "identities": {"name": ["name", "alias_name"], "email": ["email", "alias_email"]},
}


def figures(run: Run, strategy: str) -> tuple[int, int, int, float, float]:
    """Identities, profiles, largest profile, precision, recall."""
    rows = [row for row in run.rows("identities", strategy) if row["linked"]]
    sizes = Counter(row["profile_id"] for row in rows)
    of_email = {r["identity_value"]: r["profile_id"] for r in rows if r["identity_type"] == "email"}
    truth = pq.read_table(DATA / "truth.parquet").to_pylist()
    aliases = [
        (alias["profile_id"], of_email[alias["email"].lower()])
        for alias in truth
        if alias["curated"] and alias["email"] and alias["email"].lower() in of_email
    ]
    real = Counter(person for person, _ in aliases)
    found = Counter(profile for _, profile in aliases)
    both = Counter(aliases)
    pairs = {name: _pairs(c) for name, c in (("real", real), ("found", found), ("both", both))}
    return (
        len(rows),
        len(sizes),
        max(sizes.values()),
        round(pairs["both"] / pairs["found"], 3),
        round(pairs["both"] / pairs["real"], 3),
    )


def _pairs(sizes: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())


@pytest.mark.slow
def test_names_and_addresses_give_the_known_profiles(tmp_path: Path) -> None:
    body = {
        "sources": {"author": people("author"), "committer": people("committer")},
        "identities": IDENTITIES,
        "strategies": {
            "email_alone": {"policy": "merge_all", "link_on": ["email"]},
            "name_email": {"policy": "merge_all"},
        },
        "tables": ["assignments", "identities"],
    }
    run = backfill(tmp_path, body)
    assert figures(run, "email_alone") == (1760, 1760, 1, 0.758, 0.403)
    assert figures(run, "name_email") == (3582, 1574, 16, 0.828, 0.816)


@pytest.mark.slow
def test_crm_rows_bring_curated_people_together_and_others_too(tmp_path: Path) -> None:
    body = {
        "sources": {"author": people("author"), "committer": people("committer"), "crm": CRM},
        "identities": IDENTITIES,
        "strategies": {"name_email": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
    }
    assert figures(backfill(tmp_path, body), "name_email") == (4035, 1489, 45, 0.639, 1.0)


@pytest.mark.slow
def test_author_and_committer_taken_for_one_person_is_the_mistake(tmp_path: Path) -> None:
    body = {
        "sources": {"commit": people("author", "committer")},
        "identities": IDENTITIES,
        "strategies": {"mistake": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
    }
    assert figures(backfill(tmp_path, body), "mistake") == (3582, 916, 1604, 0.003, 0.86)


@pytest.mark.slow
def test_the_example_configuration_blocks_junk_names_and_addresses(tmp_path: Path) -> None:
    configs = Path(__file__).parents[3] / "configs"
    body = yaml.safe_load((configs / "sympy.yaml").read_text())
    for source in body["sources"].values():
        source["path"] = str((configs / source["path"]).resolve())
    assert figures(backfill(tmp_path, body), "people") == (2940, 1615, 6, 0.992, 0.751)


@pytest.mark.slow
def test_the_graph_of_commits_is_one_component(tmp_path: Path) -> None:
    common = {"duplicates": "keep"}
    body = {
        "sources": {
            "link": common
            | {
                "path": str(DATA / "commits-sympy.parquet"),
                "identities": {"commit": ["src", "dst"]},
            },
            "vertex": common
            | {
                "path": str(DATA / "commits-sympy.vertices.parquet"),
                "record_id": "id",
                "time": {"column": "ts", "unit": "s"},
                "identities": {"commit": "id"},
            },
        },
        "identities": {"commit": {"blocked_defaults": False}},
        "strategies": {"history": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
        "split_rows": 5_000,
        "solve_limit": 1_000,
    }
    run = backfill(tmp_path, body)
    profiles = Counter(row["profile_id"] for row in run.rows("identities", "history"))
    assert list(profiles.values()) == [62_658]
    assert run.manifest["strategies"]["history"]["rounds"] >= 1
