"""Requests that are done are passed over at once, and whatever stands between them is told."""

import json
from pathlib import Path

import pytest

from idweave.pipelines.privacy.request import Request, read_requests
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.settings.load import load
from idweave.transforms.columnar.vocabulary import RequestReason
from tests.pipelines.privacy.people import World, erasure
from tests.pipelines.running import write_config

HALF = "\\ud83d"  # of an emoji, as a program that cuts texts leaves it
DONE = [json.dumps(erasure(f"done {n}", uid=f"u{n}")) for n in range(9)]
NEW = json.dumps(erasure("new", uid="ann"))
ODD = {
    "nothing": "",
    "a line without an object": "[]",
    "a word": "hello",
    "half an object": '{"request_id": "done 3"',
    "an object on two lines": '{"request_id": "done 3",\n"x": {}}',
    "two objects on a line, and one on two": '{"request_id":"done 3"}{}\n{"x":{}\n}',
    "an id twice": '{"request_id": "done 3", "request_id": "other"}',
    "a number as an id": '{"request_id": 7}',
    "no id": '{"type": "erasure"}',
    "an id that is null": '{"request_id": null}',
    "a raw control character": '{"request_id": "done 3\x01"}',
    "half a pair": '{"request_id": "a", "type": "\\ud800"}',
    "bytes that are no text": '{"request_id": "done 3\udcff"}',
    "not a number": '{"request_id": "a", "x": NaN}',
    "another sign of a line's end": '{"request_id": "a"}\r\f\r\n\r\n',
    "an escaped id": '{"request_id": "\\u0064one 3"}',
    "a long line": json.dumps({"request_id": "a", "x": "y" * 2**21}),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_requests_that_are_done_change_nothing_of_others(tmp_path: Path, odd: str) -> None:
    settings = load(str(write_config(tmp_path, World(tmp_path).body)))
    done = {f"done {n}" for n in range(9)}

    def read(name: str, before: list[str], after: list[str]) -> list[Request]:
        path = tmp_path / name / "requests.jsonl"
        path.parent.mkdir()
        text = "\n".join([*before, odd, NEW, *after, ""])
        path.write_bytes(b"\xef\xbb\xbf" + text.encode(errors="surrogateescape"))
        return read_requests(settings, [InputFile("", str(path), "", 0, "", ())], done)

    found = read("with", DONE[:5], DONE[5:])
    assert found == read("without", [""] * 5, [])
    assert "new" in [request.request_id for request in found]
    assert not done & {request.request_id for request in found}


def test_half_a_character_is_a_fault_of_its_request_alone_and_only_where_it_matters(
    tmp_path: Path,
) -> None:
    settings = load(str(write_config(tmp_path, World(tmp_path).body)))
    lines = [
        json.dumps(erasure("in a comment", uid="ann") | {"comment": "HALF"}),
        json.dumps(erasure("in a value", uid="annHALF")),
        json.dumps(erasure("in an id HALF", uid="ann")),
        json.dumps(erasure("lift", uid="ann") | {"type": "lift", "lifts": "HALF"}),
    ]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(lines).replace("HALF", HALF))
    found = read_requests(settings, [InputFile("", str(path), "", 0, "", ())])
    assert {request.request_id: request.wrong for request in found} == {
        "in a comment": RequestReason.NONE,
        "in a value": RequestReason.FAULTY_IDENTITIES,
        "requests.jsonl:3": RequestReason.NO_REQUEST_ID,
        "lift": RequestReason.NO_LIFTS,
    }
