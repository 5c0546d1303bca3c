"""Presets of platforms: golden vectors for each, and how a configuration takes one."""

import base64
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from idweave.pipelines.run.plan import _platform_plan
from idweave.pipelines.settings.platform_preset import presets
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.profiles.platform_rows import Held, platform_rows
from tests.pipelines.settings.test_document import loaded, told

HEAD = """\
version: 1
sources:
  web:
    path: in.jsonl
    identities: {customer_id: c, email: e, phone: p, maid: m, gaid: g, idfa: i}
identities: {customer_id: {}, email: {}, phone: {}, maid: {}, gaid: {}, idfa: {}}
strategies: {one: {policy: merge_all}}
"""
RAW = {
    "customer_id": "Cust-1",
    "email": " J.Doe+news@Gmail.com ",
    "phone": "+44 (0)20 7183 8750",
    "maid": "aece52e7-03ee-455a-b3c4-e57283966239",
    "gaid": "7d9e1b6c-0000-4000-8000-000000000001",
    "idfa": "EA7583CD-A667-48BC-B806-42ECB2B48606",
}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def b64(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


LOWER, DOTLESS = "j.doe+news@gmail.com", "jdoe@gmail.com"
PLUS, DIGITS = "+442071838750", "442071838750"
MAID = RAW["maid"]
GOLDEN: dict[str, dict[str, str]] = {
    "google_customer_match": {
        "hashed_email": sha(DOTLESS), "hashed_phone_number": sha(PLUS), "mobile_id": MAID,
        "third_party_user_id": "Cust-1",
    },
    "meta": {"email": sha(LOWER), "phone": sha(DIGITS), "madid": MAID, "extern_id": "Cust-1"},
    "tiktok": {"email_sha256": sha(LOWER), "phone_sha256": sha(PLUS), "maid_sha256": sha(MAID)},
    "linkedin": {
        "sha256_email": sha(LOWER), "google_aid": RAW["gaid"], "apple_idfa": RAW["idfa"],
    },
    "pinterest": {"email": sha(LOWER), "maid": sha(MAID)},
    "snap": {
        "email_sha256": sha(LOWER), "phone_sha256": sha(DIGITS), "mobile_ad_id_sha256": sha(MAID),
    },
    "amazon": {"email": sha(LOWER), "phone": sha(DIGITS), "maid": MAID},
    "criteo": {"email": sha(LOWER), "madid": MAID},
    "uid2": {"email_hash": b64(DOTLESS), "phone_hash": b64(PLUS)},
    "braze": {"external_id": "Cust-1", "email": LOWER, "phone": PLUS},
    "klaviyo": {"external_id": "Cust-1", "email": LOWER, "phone_number": PLUS},
    "mailchimp": {"email_address": LOWER, "phone": PLUS},
    "iterable": {"email": LOWER, "user_id": "Cust-1", "phone_number": PLUS},
}  # fmt: skip


def test_each_preset_names_its_document_and_has_a_golden_vector() -> None:
    assert set(presets()) == set(GOLDEN)
    for preset in presets().values():
        assert preset["document"].startswith("https://")
        assert preset["date"][:2] == "20"
        assert set(preset) == {"document", "date", "identities", "require"}
    # of UID2's page
    assert b64("user@example.com") == "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_preset_writes_what_its_platform_takes(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}platforms: {{ads: {{preset: {name}, strategy: one}}}}\n"
    settings = loaded(tmp_path, text)
    types = list(settings.identities)
    plan = _platform_plan("ads", settings, types)
    none: Ints = np.zeros(len(types), np.int32)
    held = Held(
        none, np.arange(len(types), dtype=np.int16), pa.array([RAW[kind] for kind in types]),
        none.astype(np.int64), none.astype(np.int64),
    )  # fmt: skip
    rows = platform_rows(held, plan.columns, plan.require, 1)
    assert {column: of.to_pylist()[0] for column, of in rows.columns.items()} == GOLDEN[name]


def test_a_platform_adds_to_its_preset_and_takes_types_by_what_they_are(tmp_path: Path) -> None:
    text = HEAD.replace("email: e", "work_email: e").replace("email: {}", "work_email: {}")
    platform = "identities: {phone: {region: US}, gaid: {as: device}}, require: [work_email]"
    settings = loaded(
        tmp_path, f"{text}platforms: {{ads: {{preset: meta, strategy: one, {platform}}}}}\n"
    )
    ads = settings.platforms["ads"]
    assert {kind: of.as_ for kind, of in ads.identities.items()} == {
        "work_email": "email", "phone": "phone", "maid": "madid", "customer_id": "extern_id",
        "gaid": "device",
    }  # fmt: skip
    assert (ads.identities["phone"].region, ads.identities["phone"].encoding) == ("US", "sha256")
    assert ads.require == ("work_email",)


def test_a_preset_that_is_none_or_takes_nothing_is_an_error(tmp_path: Path) -> None:
    assert told(tmp_path, f"{HEAD}platforms: {{ads: {{preset: metta, strategy: one}}}}\n") == [
        "idweave.yaml:8: platforms.ads.preset: metta: no such preset; did you mean meta?"
    ]
    bare = "version: 1\nsources: {w: {path: a.jsonl, identities: {x: x}}}\nidentities: {x: {}}\n"
    bare += "strategies: {one: {policy: merge_all}}\n"
    assert told(tmp_path, f"{bare}platforms: {{ads: {{preset: uid2, strategy: one}}}}\n") == [
        "idweave.yaml:5: platforms.ads.preset: uid2: takes none of the identity types; it takes "
        "email, phone"
    ]
    work = bare.replace("x: x", "work_email: x").replace("{x: {}}", "{work_email: {}}")
    settings = loaded(tmp_path, f"{work}platforms: {{m: {{preset: mailchimp, strategy: one}}}}\n")
    assert settings.platforms["m"].require == ("work_email",)
    assert told(tmp_path, f"{bare}platforms: {{ads: {{strategy: one}}}}\n") == [
        "idweave.yaml:5: platforms.ads.identities: is missing; name at least one, or set preset"
    ]
