"""A first configuration is made from what is in the files, and it runs."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.init.write import initial_configuration
from idweave.pipelines.settings import load

EVENTS = [
    {
        "event_id": "e1",
        "ts": "2024-05-01T12:00:00Z",
        "user": {"id": "u1"},
        "contact": "Jane@Example.org",
        "action": "sign_in",
        "context": {"device_id": "d-1"},
        "plan": "pro",
    },
    {
        "event_id": "e2",
        "ts": "2024-05-01T12:01:00Z",
        "user": {"id": None},
        "contact": None,
        "action": "view",
        "context": {"device_id": "d-1"},
    },
]
EXPECTED = """\
# Made by `idweave init` from the first records of each file: check every line.
version: 1

sources:
  events:
    path: events.jsonl
    record_id: event_id   # like a9
    time: ts   # like 9999-99-99A99:99:99A
    request: {column: action, map: {sign_in: login}, unknown: default}
    identities:
      customer_id: user.id   # like a9
      email: contact   # like Aaaa@Aaaaaaa.aaa
      device_id: context.device_id   # like a-9
    # attributes:
    #   plan: plan   # like aaa
  crm_export:
    kind: crm
    path: crm-export.csv
    record_id: id   # like 9
    identities:
      customer_id: customer_id   # like 9
      phone: phone number   # like +99 99 9999

identities:                       # strongest first: check the order
  customer_id: {}
  email: {normalise: [trim, lower]}
  phone: {normalise: [digits]}
  device_id: {}

strategies:
  everything: {policy: merge_all}   # whatever was seen together is one profile
  careful: {policy: constrained_merge, unique: [customer_id]}   # one customer_id a profile
"""


def write_inputs(folder: Path) -> list[str]:
    """Events in JSON lines, a CRM feed in CSV."""
    (folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in EVENTS))
    (folder / "crm-export.csv").write_text("id,customer_id,phone number\n1,7,+49 30 1234\n2,8,\n")
    return [str(folder / "events.jsonl"), str(folder / "crm-export.csv")]


def test_the_columns_of_files_are_found_by_name_and_content(tmp_path: Path) -> None:
    text, checks = initial_configuration(write_inputs(tmp_path), str(tmp_path))
    assert text == EXPECTED.replace("phone: phone number", 'phone: "phone number"')
    assert checks == [
        "the order of identities, strongest first: customer_id, email, phone, device_id",
        "sources.crm_export: no column is a time; its records come before all others",
        "sources.crm_export: no column says who signs in; idsync needs one",
    ]


def test_what_is_written_is_a_configuration(tmp_path: Path) -> None:
    text, _ = initial_configuration(write_inputs(tmp_path), str(tmp_path))
    (tmp_path / "idweave.yaml").write_text(text)
    settings = load(str(tmp_path / "idweave.yaml"))
    assert list(settings.sources) == ["events", "crm_export"]
    assert settings.sources["events"].request.map == {"sign_in": "login"}


def test_the_unit_of_times_in_numbers_is_told_by_their_size(tmp_path: Path) -> None:
    table = {"uid": ["a", "b"], "ts": [1_700_000_000_000, 1_700_000_000_001]}
    pq.write_table(pa.table(table), tmp_path / "web.parquet")
    text, _ = initial_configuration([str(tmp_path / "web.parquet")], str(tmp_path))
    assert "    time: {column: ts, unit: ms}\n" in text


@pytest.mark.parametrize("text", ["id,email,,\n1,a@x.org,,\n", "sep=;\nid;email;\n1;a@x.org;\n"])
def test_what_spreadsheets_add_to_a_file_is_no_column(text: str, tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text(text)
    written, _ = initial_configuration([str(tmp_path / "crm.csv")], str(tmp_path))
    (tmp_path / "idweave.yaml").write_text(written)
    source = load(str(tmp_path / "idweave.yaml")).sources["crm"]
    assert (source.identities, source.record_id.columns) == ({"email": ("email",)}, ("id",))


def test_files_without_identities_are_an_error_that_shows_nothing_of_them(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("item,price\n1,2\n")
    with pytest.raises(WrongUsage, match=r"identity: 2 columns in prices\.csv; "):
        initial_configuration([str(tmp_path / "prices.csv")], str(tmp_path))


def test_a_first_line_that_is_a_record_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    for line in (
        "1,anna.roe@example.org,x",
        "a,7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "12;31.12.2024 10:00;Anna",
    ):
        path.write_text(f"{line}\n{line}\n")
        with pytest.raises(RunFailed) as error:
            initial_configuration([str(path)], str(tmp_path))
        assert str(error.value).startswith(f"{path}: its first line looks like a record, and ")
        assert not re.search("anna|7c9e|2024", str(error.value))
    path.write_text("id,email,2024\n1,anna.roe@example.org,x\n")
    assert "email: email" in initial_configuration([str(path)], str(tmp_path))[0]
