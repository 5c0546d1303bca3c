"""Records that come twice, and hubs that many records link: who counts, as whole rows."""

import json
from pathlib import Path
from typing import Any

from tests.pipelines.running import Run, backfill

Row = dict[str, Any]


def run_files(folder: Path, files: dict[str, list[Row]], **strategies: Row) -> Run:
    """Resolve JSON lines of several files, in the order of their names; all as one by default."""
    (folder / "in").mkdir(parents=True)
    for name, rows in files.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "in" / f"{name}.jsonl").write_text(text)
    kinds = ("customer", "device")
    source = {
        "path": "in",
        "record_id": "id",
        "time": {"column": "ts", "unit": "s"},
        "workspace": {"column": "app"},
        "request": {"column": "action"},
        "identities": {kind: kind for kind in kinds},
        "attributes": {"plan": "plan"},
    }
    body = {
        "scopes": {"left": ["l"], "right": ["r"]},
        "sources": {"log": source},
        "identities": {kind: {} for kind in kinds},
        "strategies": strategies or {"one": {"policy": "merge_all"}},
        "max_identities_per_record": 4,
    }
    return backfill(folder, body)


def rows_of(run: Run) -> list[tuple[Any, ...]]:
    """Scope, seconds, status of each record in the order of files, and its profile's plan."""
    plans = {row["profile_id"]: row["plan"] for row in run.rows("profiles", "one")}
    return [
        (row["scope"], row["event_time"] and row["event_time"].second, row["status"],
         plans.get(row["profile_id"]))
        for row in run.rows("assignments", "one")
    ]  # fmt: skip


def test_of_two_contents_the_later_counts_whatever_its_workspace_and_file(tmp_path: Path) -> None:
    early = {"id": "1", "customer": "a", "app": "l", "ts": 1, "plan": "early"}
    late = {"id": "1", "customer": "b", "app": "r", "ts": 2, "plan": "late"}
    timeless = {"id": "1", "customer": "c", "app": "l", "plan": "timeless"}
    expected = {"early": ("left", 1), "late": ("right", 2), "timeless": ("left", None)}
    orders = ([early, late, timeless], [late, timeless, early], [timeless, early, late])
    for number, order in enumerate(orders):
        files = {f"f{place}": [row] for place, row in enumerate(order)}
        run = run_files(tmp_path / str(number), files)
        statuses = {"early": "duplicate", "late": "assigned", "timeless": "duplicate"}
        right = [(*expected[r["plan"]], statuses[r["plan"]], "late") for r in order]
        assert rows_of(run) == right
        identities = [r["identity_value"] for r in run.rows("identities", "one")]
        assert identities == ["b"]


def test_equal_contents_count_where_they_stand_first(tmp_path: Path) -> None:
    row = {"id": "1", "customer": "a", "app": "l", "ts": 1, "plan": "p"}
    run = run_files(tmp_path, {"f0": [row | {"id": "0"}], "f1": [row, row], "f2": [row]})
    statuses = [found[2] for found in rows_of(run)]
    assert statuses == ["assigned", "assigned", "duplicate", "duplicate"]


def test_of_equal_times_the_same_content_counts_in_any_order(tmp_path: Path) -> None:
    """A record for each column in which its two contents differ."""
    columns = ("plan", "customer", "device", "action")
    row = {"customer": "a", "app": "l", "ts": 1, "plan": "p", "device": "d"}
    one = [row | {"id": column} for column in columns]
    other = [row | {"id": column, column: "login"} for column in columns]
    found: dict[str, set[str]] = {column: set() for column in columns}
    for number, (first, second) in enumerate(([one, other], [other, one])):
        run = run_files(tmp_path / str(number), {"f0": first, "f1": second})
        statuses = [status for (_, _, status, _) in rows_of(run)]
        for column, left, right, *of in zip(
            columns, first, second, statuses[:4], statuses[4:], strict=True
        ):
            assert sorted(of) == ["assigned", "duplicate"]
            found[column].add(json.dumps(left if of[0] == "assigned" else right))
    assert {column: len(contents) for column, contents in found.items()} == dict.fromkeys(
        columns, 1
    )


HUB = {"hubs": [{"type": "device", "linked_type": "customer", "more_than": 2}]}


STRATEGIES: dict[str, Row] = {
    "merge_all": {},
    "constrained_merge": {"unique": ["customer"]},
    "idsync": {"preset": "best_match", "unique": ["customer"]},
    "no_guess": {"unique": ["customer"]},
}


def test_hubs_are_judged_on_all_observations_of_a_scope(tmp_path: Path) -> None:
    rows: list[Row] = [
        # a search, and one that is refused for two values, count
        {"id": "1", "customer": "a", "device": "d", "action": "search"},
        {"id": "2", "customer": ["b", "c"], "device": "d"},
        # two only: what comes twice, is in another scope or has too many identities doesn't count
        {"id": "3", "customer": ["a", "b"], "device": "e"},
        {"id": "4", "customer": "x", "device": "e", "ts": 1},
        {"id": "4", "customer": "a", "device": "e", "ts": 2},
        {"id": "5", "customer": "y", "device": "e", "app": "r"},
        {"id": "6", "customer": ["u", "v", "w", "z"], "device": "e"},
        {"id": "7", "customer": "null", "device": "e"},
        {"id": "8", "customer": "a", "device": "e", "app": "elsewhere"},
    ]
    rows = [{"app": "l", "action": None} | row for row in rows]
    strategies = {name: {"policy": name} | HUB | keys for name, keys in STRATEGIES.items()}
    run = run_files(tmp_path, {"f": rows}, **strategies)
    for name in strategies:
        lost = [(r["record_id"], r["identity_value"]) for r in run.rows("drops", name)
                if r["rule"] == "hub"]  # fmt: skip
        assert sorted(lost) == [("1", "d"), ("2", "d")]
        verdicts = {r["record_id"]: r["reason"] for r in run.rows("assignments", name)}
        assert verdicts["6"] == "too_many_identities"
        assert verdicts["8"] == "unknown_workspace"


def test_two_values_are_judged_on_what_hubs_leave(tmp_path: Path) -> None:
    rows = [{"id": str(i), "customer": f"c{i}", "device": "d", "app": "l"} for i in range(3)]
    rows.append({"id": "two", "customer": "c0", "device": ["d", "e"], "app": "l"})
    keys = {"policy": "constrained_merge", "unique": ["device"]} | HUB
    run = run_files(tmp_path, {"f": rows}, one=keys)
    found = {r["record_id"]: (r["status"], r["reason"]) for r in run.rows("assignments", "one")}
    assert found["two"] == ("assigned", None)
