"""How platforms want what they are given: each form of an address or number, each platform."""

import pyarrow as pa
import pytest

from idweave.transforms.columnar.profiles.normalise_platform import normalise_platform

PLATFORMS = (
    "google",
    "meta",
    "pinterest",
    "amazon",
    "snap",
    "criteo",
    "tiktok",
    "linkedin",
    "uid2",
)
DIGITS = ("meta", "pinterest", "amazon", "snap", "criteo")


def written(platform: str, kind: str, raw: str, region: str | None = None) -> str | None:
    return normalise_platform(pa.array([raw]), platform, kind, region).to_pylist()[0]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_addresses(platform: str) -> None:
    google, uid2 = platform == "google", platform == "uid2"
    right = {
        " J.Doe+x@Example.COM\u00a0": "j.doe+x@example.com",
        "J.Doe+x@Gmail.com": "jdoe@gmail.com" if google or uid2 else "j.doe+x@gmail.com",
        "J.Doe+x@GoogleMail.com": "jdoe@googlemail.com" if google else "j.doe+x@googlemail.com",
        "j doe @ex ample.com": "jdoe@example.com" if google else "j doe @ex ample.com",
        "É@x.org": "é@x.org",
        "+x@gmail.com": None if google or uid2 else "+x@gmail.com",
        "nobody": None,
        "a@b@c": None,
        "@x.org": None,
    }
    assert {raw: written(platform, "email", raw) for raw in right} == right


@pytest.mark.parametrize("platform", PLATFORMS)
def test_numbers_with_a_region(platform: str) -> None:
    plus = "" if platform in DIGITS else "+"
    right = {
        "030 123456": f"{plus}4930123456",
        "+49 (0) 30 123456": f"{plus}4930123456",
        "+1 (202) 555-0123": f"{plus}12025550123",
        "0049 30 123456": f"{plus}4930123456",
        "0039 06 1234567": f"{plus}39061234567",  # no trunk prefix: Italy's 0 belongs to it
        "12": None,
        "call me": None,
        "": None,
    }
    assert {raw: written(platform, "phone", raw, "DE") for raw in right} == right


@pytest.mark.parametrize("platform", PLATFORMS)
def test_numbers_without_a_region_need_a_plus_or_a_platform_of_digits(platform: str) -> None:
    digits = platform in DIGITS
    german = "4930123456" if digits else None
    right = {
        "+49 30 123456": "4930123456" if digits else "+4930123456",
        "49 30 123456": german,
        "0049-30-123456": german,
        "00 49 (0) 30 123456": german,
        "000": None,
    }
    assert {raw: written(platform, "phone", raw) for raw in right} == right
    abroad = "4930123456" if digits else None
    assert written(platform, "phone", "0049 30 123456", "US") == abroad  # 00 is no prefix there


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_are_trimmed_and_lower_and_ids_stay(platform: str) -> None:
    assert written(platform, "name", " ÉLISE Ann\t") == "élise ann"
    assert written(platform, "id", " 00Ab@x ") == " 00Ab@x "
