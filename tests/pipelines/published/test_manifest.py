"""What a manifest tells, also of runs without records or with types that nobody has."""

import json
import re
from pathlib import Path

import pytest

from tests.pipelines.published.test_publish import small
from tests.pipelines.running import backfill

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.slow
def test_the_manifest_tells_what_went_in_and_out(tmp_path: Path) -> None:
    run = backfill(tmp_path, small(tmp_path), "--run-id", "told")
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert manifest["run_id"] == "told"
    assert [(i["source"], i["path"]) for i in manifest["inputs"]] == [
        ("web", str(tmp_path / "in.parquet"))
    ]
    assert manifest["sources"]["records"]["web"] == {
        "read": 3,
        "outside": 0,
        "filtered": 0,
        "quarantined": 0,
    }
    assert manifest["strategies"]["one"]["counts"]["records"] == {
        "web": {"assigned": {"no_reason": 3}}
    }
    assert manifest["format"] == 1
    rows = {(t["table"], t["strategy"]): t["rows"] for t in manifest["tables"]}
    assert rows["assignments", "one"] == 3
    assert rows["identities", "one"] == 4
    assert rows["drops", "one"] == 0


def test_a_platform_may_accept_a_type_that_no_source_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ads = {"strategy": "one", "identities": {"who": {"as": "id"}, "phone": {"as": "ph"}}}
    run = backfill(tmp_path, small(tmp_path, platforms={"ads": ads}))
    assert {row["ph"] for row in run.rows("platforms", "ads")} == {None}
    assert "warning: platforms.ads.identities.phone: no source has this type" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(("name", "text"), [("in.jsonl", ""), ("in.csv", "id,who,device\n")])
def test_an_input_without_records_is_published_as_empty_tables(
    name: str, text: str, tmp_path: Path
) -> None:
    body = small(tmp_path, strategies={"one": {"policy": "merge_all"}})
    body["sources"]["web"]["path"] = name
    (tmp_path / name).write_text(text)
    body["strategies"] |= {
        "replayed": {"policy": "idsync", "preset": "profile_conversion", "login": ["who"]},
        "guarded": {"policy": "no_guess", "unique": ["who"]},
        "constrained": {"policy": "constrained_merge", "unique": ["who"]},
        "demoted": {"policy": "demote_weakest"},
    }
    run = backfill(tmp_path, body)
    for strategy in body["strategies"]:
        for table in ("assignments", "identities", "profiles", "linkages", "drops"):
            assert run.rows(table, strategy) == []


def test_keys_of_the_manifest_are_snake_case_and_described(tmp_path: Path) -> None:
    ads = {"strategy": "one", "identities": {"who": {"as": "id"}}}
    manifest = backfill(tmp_path, small(tmp_path, platforms={"ads": ads})).manifest

    assert {key for key in _keys(manifest) if not re.fullmatch(r"[a-z][a-z0-9_]*", key)} == set()
    _, page = (DOCS / "outputs.md").read_text().split("## The manifest")
    counts = manifest["strategies"]["one"]["counts"]
    told = {*manifest, *manifest["sources"], *counts, *counts["platforms"]["ads"]}
    assert {key for key in told if f"`{key}`" not in page} == set()
    tables = {(t["table"], t["strategy"], t["name"], t["folder"]) for t in manifest["tables"]}
    assert tables > {
        ("profiles", "one", None, "profiles/strategy=one"),
        ("quarantine", None, None, "quarantine"),
        ("platforms", "one", "ads", "platforms/ads"),
    }


def _keys(of: object) -> set[str]:
    """All keys of nested dictionaries."""
    if isinstance(of, dict):
        return {key for name, inner in of.items() for key in (name, *_keys(inner))}
    return {key for one in of for key in _keys(one)} if isinstance(of, list) else set()
