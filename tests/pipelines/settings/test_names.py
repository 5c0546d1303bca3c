"""What identity types are, and names that would collide."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.settings.test_settings import changed, error, errors, loads


def with_types(folder: Path, types: dict[str, Any], column: dict[str, Any]) -> dict[str, Any]:
    """GOOD with other identity types, each written for a platform in the same way."""
    body = changed("identities", types | {"customer_id": {}})
    body["sources"]["web"]["identities"] = {"customer_id": "c", **dict.fromkeys(types, "x")}
    body["platforms"]["ads"]["identities"] = dict.fromkeys(types, column)
    return body


def test_a_type_is_what_it_says_or_what_its_name_ends_in(tmp_path: Path) -> None:
    types: dict[str, Any] = {
        "email": {},
        "hotel_email": {},
        "Work_Phone": {},
        "phone": {"is": "id"},
        "msisdn": {"is": "phone"},
        "fname": {"is": "name"},
    }
    settings = loads(tmp_path, with_types(tmp_path, types, {"normalise": "meta"}))
    assert {kind: settings.meaning_of(kind) for kind in (*types, "customer_id", "emails")} == {
        "email": "email",
        "hotel_email": "email",
        "Work_Phone": "phone",
        "phone": "id",
        "msisdn": "phone",
        "fname": "name",
        "customer_id": None,
        "emails": None,
    }


@pytest.mark.parametrize("kind", ["hotel", "maid", "emailaddress", "mobile", "phone_hash"])
def test_a_normaliser_for_a_type_of_which_nothing_is_known_is_an_error(
    tmp_path: Path, kind: str
) -> None:
    said = f"platforms.ads.identities.{kind}.normalise: google: nothing says what {kind} is; "
    body = with_types(tmp_path, {kind: {}}, {"normalise": "google"})
    assert error(tmp_path, body) == f"{said}set identities.{kind}.is: email, phone, name or id"
    loads(tmp_path, with_types(tmp_path, {kind: {"is": "email"}}, {"normalise": "google"}))
    loads(tmp_path, with_types(tmp_path, {kind: {}}, {"encoding": "sha256"}))


def test_a_region_is_for_telephone_numbers(tmp_path: Path) -> None:
    body = with_types(tmp_path, {"email": {}}, {"normalise": "google", "region": "US"})
    assert error(tmp_path, body) == (
        "platforms.ads.identities.email.region: US: email is no phone (email); "
        "leave region out, or set identities.email.is: phone"
    )


@pytest.mark.parametrize(
    ("attributes", "column", "said"),
    [
        (["plan"], "plan", "platforms.ads.attributes: plan: two columns have this name; set `as` "),
        (["plan"], "profile_id", "platforms.ads.identities.email: profile_id: two columns have "),
        (["plan"], "run_id", "platforms.ads.identities.email: run_id: folders named run_id=… make"),
        ([], "strategy", "platforms.ads.identities.email: strategy: folders named strategy=… "),
    ],
)
def test_columns_of_a_platform_that_collide_are_errors(
    tmp_path: Path, attributes: list[str], column: str, said: str
) -> None:
    body = changed("sources/web/attributes", {"plan": "p"})
    body["platforms"]["ads"] |= {
        "identities": {"email": {"as": column}},
        "attributes": attributes,
    }
    assert error(tmp_path, body).startswith(said)


@pytest.mark.parametrize("name", ["scope", "record_count", "known", "linked_from", "run_id"])
def test_an_attribute_that_a_table_has_a_column_for_is_an_error(tmp_path: Path, name: str) -> None:
    said = error(tmp_path, changed("sources/web/attributes", {name: "x"}))
    assert said.startswith(f"sources.web.attributes.{name}: ")
    assert said.endswith("; choose another name")


def test_a_column_whose_name_is_no_name_asks_for_another(tmp_path: Path) -> None:
    body = with_types(tmp_path, {"crm-id": {}}, {})
    assert error(tmp_path, body) == (
        "platforms.ads.identities.crm-id: crm-id: no name of a column; "
        "set `as` to one: a to z, 0 to 9 and _, a letter first"
    )


def test_sources_of_a_strategy_are_sources(tmp_path: Path) -> None:
    body = changed("strategies/one/sources", ["wob", "web", "x"])
    assert errors(tmp_path, body) == [
        "idweave.yaml:18: strategies.one.sources: wob: no such source; did you mean web?",
        "idweave.yaml:20: strategies.one.sources: x: no such source; allowed: web",
    ]
    body = changed("strategies/one/sources", "web")
    assert loads(tmp_path, body).strategies["one"].sources == ("web",)
