"""Files of decisions: which rows count, and what is said of wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.decisions.decide import read_decisions
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.settings import SettingsError, load
from idweave.transforms.columnar.deciding.decision import Action, Decision
from tests.pipelines.running import write_config

DAY = 86_400_000_000
PAIR = {"left_type": "who", "left_value": "SECRET-A ", "right_type": "device", "right_value": "x"}
ROW = PAIR | {"id": "d1", "action": "together", "decided_at": "1970-01-02"}


def read(folder: Path, text: str, name: str = "d.jsonl", **more: Any) -> tuple[Decision, ...]:
    """The decisions of one file, beside a configuration with two strategies."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / "in.jsonl").write_text('{"id": "1", "who": "a", "device": "x", "mail": "m"}\n')
    body = {
        "sources": {
            "web": {
                "path": "in.jsonl",
                "record_id": "id",
                "identities": {"who": "who", "device": "device", "mail": "mail"},
            }
        },
        "identities": {
            "who": {"normalise": ["trim", "lower"]},
            "device": {},
            "mail": {"pattern": ".+@.+"},
        },
        "strategies": {
            "one": {"policy": "merge_all", "link_on": ["who", "device"]},
            "two": {"policy": "no_guess", "link_on": ["who", "mail"]},
        },
        "decisions": name,
    } | more
    settings = load(str(write_config(folder, body)))
    found = read_decisions(settings, list_inputs(settings).decisions)
    assert found is not None
    return found


def lines(*rows: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def wrong(folder: Path, text: str, name: str = "d.jsonl") -> list[str]:
    """What is said of a file, from the file's name on; no value is ever said."""
    with pytest.raises(WrongUsage) as error:
        read(folder, text, name)
    said = str(error.value)
    assert "SECRET" not in said.upper()
    return [line.rpartition("/")[2] for line in said.splitlines()]


def test_a_row_is_the_same_in_every_format(tmp_path: Path) -> None:
    wanted = Decision(
        "007", Action.TOGETHER, (0, "secret-a"), (1, "no"), None, "one", DAY, "ana", None
    )
    row = ROW | {"id": "007", "right_value": "no", "strategy": "one", "decided_by": "ana"}
    yaml = "".join(f"{'- ' if i == 0 else '  '}{k}: {v}\n" for i, (k, v) in enumerate(row.items()))
    csv = f"{','.join(row)},scope\n{','.join(row.values())},\n"
    assert read(tmp_path, lines(row)) == (wanted,)
    assert read(tmp_path, f"{yaml}  scope: ~\n", "d.yaml") == (wanted,)
    assert read(tmp_path, csv, "d.csv") == (wanted,)
    assert read(tmp_path, "", "d.yaml") == ()


def test_the_later_row_of_an_id_counts_and_a_revoke_leaves_none(tmp_path: Path) -> None:
    later = ROW | {"action": "apart", "decided_at": "1970-01-03"}
    other = ROW | {"id": "d2"}
    revoke = {"id": "d2", "action": "revoke", "decided_at": "1970-01-02T00:00:01Z"}
    found = read(tmp_path, lines(later, revoke, ROW, other, ROW))
    assert [(of.id, of.action.name, of.decided_at) for of in found] == [("d1", "APART", 2 * DAY)]
    revoked_before = revoke | {"decided_at": "1970-01-01"}
    assert [of.id for of in read(tmp_path, lines(other, revoked_before))] == ["d2"]


def test_every_fault_of_a_row_names_file_row_and_key(tmp_path: Path) -> None:
    faults: list[tuple[dict[str, Any], str]] = [
        ({"left_type": "mail"} | {"strategy": "one"}, "left_type: a type that strategy one does"),
        ({"left_type": "phone"}, "left_type: a type that no strategy links; "),
        ({"strategy": "oen"}, "strategy: no such strategy; did you mean one?"),
        ({"action": "apartt"}, "action: no such action; allowed: together, apart, revoke"),
        ({"right_value": "null"}, "right_value: fails the tests of its type: blocked (junk"),
        ({"right_value": " "}, "right_value: is missing; it must be set"),
        ({"right_type": "mail", "right_value": "SECRET"}, "right_value: fails the tests of its"),
        ({"decided_at": "SECRET"}, "decided_at: no time; allowed: ISO 8601"),
        ({"scop": "web"}, "scop: unknown key; did you mean scope?"),
    ]
    rows = [ROW | change | {"id": str(place)} for place, (change, _) in enumerate(faults)]
    missing = {key: value for key, value in ROW.items() if key != "right_type"}
    said = sorted(wrong(tmp_path, lines(*rows, missing)))
    for place, (_, text) in enumerate(faults, start=1):
        assert any(line.startswith(f"d.jsonl: row {place}: {text}") for line in said), text
    assert "d.jsonl: row 10: right_type: is missing; it must be set" in said
    assert len(said) == len(faults) + 1
    needed = wrong(tmp_path, lines({"action": "revoke"}))
    assert [line.split(": ")[2] for line in needed] == ["id", "decided_at"]


def test_rows_of_one_id_and_moment_must_be_equal(tmp_path: Path) -> None:
    same = ROW | {"left_value": "secret-a"}  # normalised it is
    assert len(read(tmp_path, lines(ROW, same))) == 1
    (said,) = wrong(tmp_path, lines(ROW, ROW | {"reason": "SECRET"}))
    assert said.startswith("d.jsonl: row 1; the later one should") or "row 2: decided_at" in said


def test_values_that_are_tied_can_not_be_apart(tmp_path: Path) -> None:
    def pair(of: str, action: str, left: str, right: str, **more: str) -> dict[str, str]:
        both = {"left_type": "who", "left_value": left, "right_type": "who", "right_value": right}
        return both | {"id": of, "action": action, "decided_at": "1970-01-02"} | more

    tied = [pair("d1", "together", "a", "b"), pair("d2", "together", "b", "c", scope="s")]
    apart = pair("d3", "apart", "a", "c")
    (said,) = wrong(tmp_path, lines(*tied, apart))
    assert said.startswith("d.jsonl: row 3: action: apart, but together-decisions of one type")
    assert len(read(tmp_path, lines(*tied, apart | {"scope": "t"}))) == 3
    elsewhere = tied[1] | {"strategy": "two"}
    assert len(read(tmp_path, lines(tied[0], elsewhere, apart | {"strategy": "one"}))) == 3
    revoke = {"id": "d1", "action": "revoke", "decided_at": "1970-01-03"}
    assert len(read(tmp_path, lines(*tied, apart, revoke))) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("d.jsonl", '{"id": "SECRET"', "d.jsonl: row 1: not JSON; allowed: an object on each line"),
        ("d.jsonl", "\n[]\n", "d.jsonl: row 1: no decision; allowed: keys with values"),
        ("d.jsonl", '{"id": "SECRET\\ud83d"}', "d.jsonl: row 1: half a character, written as"),
        ("d.jsonl", '{"id": ["SECRET"]}', "d.jsonl: row 1: id: no text; allowed: texts"),
        ("d.jsonl", '{"id": "1", "id": "SECRET"}', "d.jsonl: row 1: a key stands twice; keep one"),
        ("d.csv", "id,action\nSECRET\n", "d.csv: row 1: 1 cells, where the header has 2"),
        ("d.yaml", "id: SECRET\n", "d.yaml: no list; allowed: a YAML list of decisions"),
        ("d.yaml", "- [SECRET\n", "d.yaml: line 2: not YAML; allowed: a list of decisions"),
        ("d.yaml", "- SECRET\n", "d.yaml: row 1: no decision; allowed: keys with values"),
    ],
)
def test_what_can_not_be_read_names_file_and_row(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (line,) = wrong(tmp_path, text, name)
    assert line.startswith(said)


def test_files_are_inputs_relative_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "e.csv").write_text("id,action,decided_at\nd1,revoke,1980-01-01\n")
    (tmp_path / "more" / "readme.txt").write_text("no decisions")
    assert read(tmp_path, lines(ROW), decisions=["d.jsonl", "more"]) == ()
    settings = load(str(tmp_path / "idweave.yaml"))
    listed = list_inputs(settings)
    names = [(file.source, Path(file.path).name, file.format) for file in listed.decisions]
    assert names == [("decisions", "d.jsonl", "jsonl"), ("decisions", "e.csv", "csv")]
    assert [file.source for file in listed.all] == ["decisions", "decisions", "web"]
    with pytest.raises(WrongUsage, match=r"^decisions: .*/no\*: no file is there; allowed"):
        read(tmp_path, "", decisions="no*")


def test_no_source_is_called_decisions(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"sources.decisions: stands for what people decided"):
        read(tmp_path, "", sources={"decisions": {"path": "x", "identities": {"who": "who"}}})
