"""Configurations for payloads as they come, run on payloads made after their public pages."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from idweave.pipelines.cli.main import main
from idweave.pipelines.run.layouts import source_reading
from idweave.pipelines.settings import load
from tests.pipelines.running import backfill
from tests.transforms.columnar.reading.helpers import jsonl, parquet, plain, read

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "configs" / "payloads"
PAYLOADS = ROOT / "tests" / "data" / "payloads"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))

FOUND = {  # source: record: what it says of whom; the number is of its profile
    "adobe": {
        "x1": (0, "ecid:38400000000000000000000000000000000001"),
        "x2": (
            0,
            "crm_id:abc-123 email:second@example.com email:user@example.com email_sha256:"
            "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514 "
            "ecid:38400000000000000000000000000000000001",
        ),
        "x3": (1, "phone:+14155550102 idfa:16f0f5a7-3a5f-4a48-a7e4-6ab1c1a9f6c3"),
        "x4": (None, ""),
        "x5": (None, ""),
        "x6": (2, "phone:+14155550103"),
    },
    "mparticle": {
        "883843828482422443": (
            0,
            "customer_id:h.jekyll.md email:h.jekyll.md@example.com "
            "idfa:613ff528-afd1-4c1b-9628-e6ed25ece9c0 idfv:d719edd6-09fd-4639-b036-1b4f022cf605 "
            "device_stamp:99999999-9fff-4999-9f99-99ed9900099a",
        ),
        "883843828482422444": (
            1,
            "customer_id:e.hyde phone:+442079460000 idfa:cdda802e-fb9c-47ad-9866-0794d394c912 "
            "android_id:ab12cd34",
        ),
        "883843828482422445": (None, ""),
        "883843828482422446": (2, "device_stamp:99999999-9fff-4999-9f99-99ed9900099a"),
    },
    "rudderstack": {
        "r1": (
            0,
            "braze_id:braze-1 idfa:38400000-8cf0-11bd-b23e-10b96e40000d device_id:ab-1 "
            "anonymous_id:a-1",
        ),
        "r2": (0, "user_id:c-1 email:ann@example.com phone:+14155550101 anonymous_id:a-1"),
        "r3": (1, "user_id:c-2 email:bob@example.com"),
        "r4": (2, "anonymous_id:a-4"),
        "r5": (0, "email:ann@example.com anonymous_id:a-5"),
    },
    "segment": {
        "s1": (
            0,
            "idfa:7a3cbea0-bdf5-11e4-8dfc-aa07a5b093db "
            "device_id:b5372db0-c21e-11e4-8dfc-aa07a5b093db anonymous_id:anon-1",
        ),
        "s2": (
            0,
            "user_id:u-1 email:peter@example.com phone:+14155550100 ga_client_id:GA1.1.100.200 "
            "anonymous_id:anon-1",
        ),
        "s3": (
            0,
            "user_id:u-1 email:who@example.com idfa:7a3cbea0-bdf5-11e4-8dfc-aa07a5b093db "
            "anonymous_id:anon-2",
        ),
        "s4": (1, "anonymous_id:anon-4"),
        "s5": (2, "anonymous_id:anon-5"),
        "s6": (
            3,
            "user_id:6007199254740993 email:a@example.com email:b@example.com anonymous_id:anon-6",
        ),
    },
    "snowplow": {
        "e1": (
            0,
            "user_id:jon.doe@example.com session_user_id:3657f248-733c-4be2-afe8-20b17297f28c "
            "domain_userid:bc2e92ec6c204a14 network_userid:ecdff4d0-9175-40ac-a8bb-325c49733607",
        ),
        "e2": (
            0,
            "idfa:16f0f5a7-3a5f-4a48-a7e4-6ab1c1a9f6c3 idfv:d719edd6-09fd-4639-b036-1b4f022cf605 "
            "session_user_id:3657f248-733c-4be2-afe8-20b17297f28c "
            "network_userid:ecdff4d0-9175-40ac-a8bb-325c49733607",
        ),
        "e3": (1, "session_user_id:11112222-3333-4444-5555-666677778888"),
        "e4": (2, "domain_userid:d4"),
        "e5": (3, "user_id:1042 idfa:a-list"),
    },
}
DROPPED = {  # what is there and no value
    ("mparticle", "883843828482422446", "idfa", "blocked"),
    ("mparticle", "883843828482422446", "idfv", "wrong_type"),
    ("segment", "s6", "idfa", "blocked"),
    ("snowplow", "e3", "network_userid", "blocked"),
}
ATTRIBUTES = {
    "adobe": {(None, None, None), ("Jane", None, None)},
    "mparticle": {("Henry", None, "GB"), (None, None, None)},
    "rudderstack": {("Ann", "gold", None), (None, None, None)},
    "segment": {("Peter", "pro", None), ("7", None, None), (None, None, None)},
    "snowplow": {(None, None, None), (None, None, "US")},
}


def all_in_one() -> dict[str, Any]:
    """One configuration of all, each source with its strategy, so that one run is enough."""
    body: dict[str, Any] = {"sources": {}, "identities": {}, "strategies": {}}
    for name in NAMES:
        one = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
        (strategy,) = one["strategies"].values()
        types = [kind for kind in one["identities"] if kind != "mpid"]
        one["strategies"] = {name: strategy | {"sources": [name], "link_on": types}}
        for key, of in body.items():
            assert all(of.get(part, value) == value for part, value in one[key].items()), name
            of |= one[key]
    return body


def test_payloads_give_the_identities_that_they_carry(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).mkdir()
        shutil.copy(PAYLOADS / f"{name}.jsonl", tmp_path / name)
    run = backfill(tmp_path, all_in_one())
    assert run.quarantine() == []
    dropped = set()
    for name in NAMES:
        held: dict[str | None, int | None] = {None: None}
        found: dict[str, tuple[int | None, str]] = {}
        for row in run.rows("assignments", name):
            if row["source"] == name:
                held.setdefault(row["profile_id"], len(held) - 1)
                found[row["record_id"]] = (held[row["profile_id"]], "")
        for row in run.rows("observations", name):
            pairs = [f"{pair['type']}:{pair['value']}" for pair in row["identities"]]
            if row["source"] == name:
                found[row["record_id"]] = (found[row["record_id"]][0], " ".join(pairs))
        assert found == FOUND[name]
        rows = [row for row in run.rows("drops", name) if row["source"] == name]
        dropped |= {(name, r["record_id"], r["identity_type"], r["rule"]) for r in rows}
        profiles = run.rows("profiles", name)
        assert {(r["first_name"], r["plan"], r["country"]) for r in profiles} == ATTRIBUTES[name]
    assert dropped == DROPPED


@pytest.mark.parametrize("name", NAMES)
def test_each_configuration_is_valid_with_its_payload(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).mkdir()
    shutil.copy(PAYLOADS / f"{name}.jsonl", tmp_path / name)
    shutil.copy(CONFIGS / f"{name}.yaml", tmp_path)
    assert main(["validate", str(tmp_path / f"{name}.yaml")]) == 0
    assert f"{name}: 1 file" in capsys.readouterr().out


ITEM = pa.struct({"id": pa.string(), "authenticatedState": pa.string(), "primary": pa.bool_()})
IDENTITY_MAP = pa.map_(pa.string(), pa.list_(ITEM))
OF_ONE_TYPE = {
    "adobe": 3,
    "mparticle": 1,
    "rudderstack": 3,
    "segment": 3,
    "snowplow": 4,
}  # first rows


@pytest.mark.parametrize("name", NAMES)
def test_parquet_says_what_json_lines_say(name: str) -> None:
    settings = load(str(CONFIGS / f"{name}.yaml"))
    source = source_reading(name, settings.sources[name], settings)._replace(needs_content=False)
    lines = (PAYLOADS / f"{name}.jsonl").read_text().splitlines()[: OF_ONE_TYPE[name]]
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    columns = {key: [row.get(key) for row in rows] for row in rows for key in row}
    table = pa.table({key: values for key, values in columns.items() if key != "identityMap"})
    if name == "adobe":
        pairs = [list(value.items()) for value in columns["identityMap"]]
        table = table.append_column("identityMap", pa.array(pairs, IDENTITY_MAP))
    got = plain(read(source._replace(format="parquet"), parquet(table)))
    assert got == plain(read(source._replace(format="jsonl"), jsonl(rows)))
    assert len({row for _, row, _, _ in got["values"]}) == len(rows)
