"""The tables of the documentation that compare policies: each is what one run gives."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.running import Run, backfill

ROOT = Path(__file__).parents[3]
Row = dict[str, Any]

ORDERS = ("adobe", "newest_owner", "first_owner", "strongest")
MODES = ("last_auth", "device_split", "anonymous_last_auth")
PRESETS = ("default", "profile_conversion", "profile_link", "profile_isolation", "best_match")

# two people on one device, then nobody's record on it
SHARED = [
    {"id": "1", "action": "login", "customer_id": "u1", "device_id": "d"},
    {"id": "2", "action": "login", "customer_id": "u2", "device_id": "d"},
    {"id": "3", "action": "identify", "device_id": "d"},
]

STORY = [
    ("first launch", {"device_id": "d1"}),
    ("sign-up", {"action": "login", "customer_id": "c1", "email": "a@x", "device_id": "d1"}),
    ("log-out", {"action": "logout", "device_id": "d1"}),
    ("support mail", {"action": "feed", "email": "a@x"}),
    ("return, signed out", {"device_id": "d1"}),
    (
        "changed e-mail",
        {
            "action": "modify",
            "customer_id": "c1",
            "changes": [{"type": "email", "old": "a@x", "new": "b@x"}],
        },
    ),
    ("new device", {"device_id": "d2"}),
    ("log-in there", {"action": "login", "customer_id": "c1", "device_id": "d2"}),
    ("mail, new address", {"action": "feed", "email": "b@x"}),
]


def resolve(folder: Path, rows: list[Row], strategies: dict[str, Row]) -> Run:
    """Run a story under some strategies."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row | {"n": number}) + "\n" for number, row in enumerate(rows)]
    (folder / "story.jsonl").write_text("".join(lines))
    types = ["customer_id", "email", "device_id"]
    carried = [kind for kind in types if any(kind in row for row in rows)]
    source: Row = {
        "path": "story.jsonl",
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "request": {"column": "action"},
        "identities": {kind: kind for kind in carried},
    }
    if any("changes" in row for row in rows):
        source["changes"] = "changes"
    body = {
        "sources": {"log": source},
        "identities": {kind: {} for kind in carried},
        "strategies": strategies,
        "shards": 1,
    }
    return backfill(folder, body)


def merging(**keys: Any) -> Row:
    """A constrained strategy of the shared device."""
    return {"policy": "constrained_merge", "unique": ["customer_id"], **keys}


def replaying(preset: str) -> Row:
    """An idsync strategy of the shared device."""
    body: Row = {"policy": "idsync", "preset": preset}
    lists = {"profile_conversion": ["login"], "profile_link": ["login", "unique"],
             "profile_isolation": ["login", "unique"]}  # fmt: skip
    return body | {key: ["customer_id"] for key in lists.get(preset, [])}


CONTRAST = {
    "`merge_all`": {"policy": "merge_all"},
    **{f"`constrained_merge`, `{order}`": merging(order=order) for order in ORDERS},
    **{f"`idsync`, `{preset}`": replaying(preset) for preset in PRESETS},
    "`demote_weakest`": {"policy": "demote_weakest"},
    "`no_guess`": {"policy": "no_guess", "unique": ["customer_id"]},
}
ATTRIBUTION = {
    "none": merging(),
    **{
        f"`{mode}`": merging(
            attribution={"mode": mode, "device": ["device_id"], "person": ["customer_id"]}
        )
        for mode in MODES
    },
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, str]]:
    """The shared device under all policies, and each strategy's name by its label."""
    labels = {label: f"s{number}" for number, label in enumerate([*CONTRAST, *ATTRIBUTION])}
    every = {**CONTRAST, **ATTRIBUTION}
    strategies = {labels[label]: body for label, body in every.items()}
    return resolve(tmp_path_factory.mktemp("shared"), SHARED, strategies), labels


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One person's story under the five presets."""
    rows = [{"id": str(number), **row} for number, (_, row) in enumerate(STORY)]
    for row in rows:
        row.setdefault("action", "identify")
    strategies: dict[str, Row] = {
        preset: {"policy": "idsync", "preset": preset} for preset in PRESETS
    }
    strategies["profile_conversion"]["login"] = ["customer_id"]
    return resolve(tmp_path_factory.mktemp("story"), rows, strategies)


def names(run: Run, strategy: str) -> dict[str | None, str]:
    """A profile is called by the people whom it holds."""
    people: dict[str, list[str]] = {}
    for row in run.rows("profiles", strategy):
        people[row["profile_id"]] = []
    for row in run.rows("identities", strategy):
        if row["identity_type"] == "customer_id":
            people[row["profile_id"]].append(row["identity_value"])
    return {None: "nobody"} | {
        profile: " and ".join(sorted(held)) or "anonymous" for profile, held in people.items()
    }


def shared_row(run: Run, label: str, strategy: str) -> str:
    """One line of a table of the shared device."""
    called = names(run, strategy)
    rows = sorted(run.rows("assignments", strategy), key=lambda row: row["record_id"])
    cells = [called[row["profile_id"]] for row in rows]
    holders = sorted(
        called[row["profile_id"]]
        for row in run.rows("identities", strategy)
        if row["identity_type"] == "device_id"
    )
    return f"| {label} | {' | '.join(cells)} | {', '.join(holders)} |"


def story_lines(run: Run) -> list[str]:
    """The story, a line for each step and a column for each preset."""
    columns = []
    for preset in PRESETS:
        rows = {row["record_id"]: row for row in run.rows("assignments", preset)}
        steps = [rows[str(number)] for number in range(len(STORY))]
        profiles = list(dict.fromkeys(row["profile_id"] for row in steps if row["profile_id"]))
        columns.append(
            [
                f"P{profiles.index(row['profile_id']) + 1}"
                if row["profile_id"]
                else f"{row['status']}: `{row['reason']}`"
                for row in steps
            ]
        )
    head = ["| step | " + " | ".join(f"`{preset}`" for preset in PRESETS) + " |"]
    head.append("|---|" + "---|" * len(PRESETS))
    return head + [
        f"| {step} | {' | '.join(column[number] for column in columns)} |"
        for number, (step, _) in enumerate(STORY)
    ]


def in_document(name: str, table: str) -> str:
    """The text between a table's markers."""
    text = (ROOT / name).read_text()
    assert text.count(f"<!-- {table} -->\n") == 1, f"{name} has no table {table}"
    return text.split(f"<!-- {table} -->\n")[1].split(f"<!-- /{table} -->")[0]


def shared_table(run: Run, labels: dict[str, str], head: str, rows: list[str]) -> str:
    """A whole table of the shared device."""
    lines = [
        f"| {head} | u1 signs in on d | u2 signs in on d | d, nobody signed in | who holds d |",
        "|---|---|---|---|---|",
        *(shared_row(run, label, labels[label]) for label in rows),
    ]
    return "\n".join(lines) + "\n"


def test_the_contrast_in_the_readme_is_what_the_policies_do(
    shared: tuple[Run, dict[str, str]],
) -> None:
    run, labels = shared
    expected = shared_table(run, labels, "policy", list(CONTRAST))
    assert in_document("README.md", "contrast") == expected, f"\n{expected}"


def test_the_attribution_modes_are_what_the_policies_page_says(
    shared: tuple[Run, dict[str, str]],
) -> None:
    run, labels = shared
    expected = shared_table(run, labels, "attribution", list(ATTRIBUTION))
    assert in_document("docs/policies.md", "attribution") == expected, f"\n{expected}"


def test_the_story_is_what_the_presets_do(story: Run) -> None:
    expected = "\n".join(story_lines(story)) + "\n"
    assert in_document("docs/idsync.md", "story") == expected, f"\n{expected}"
