"""YAML as it is written: nothing retyped, keys merged, the environment filled in, lines kept."""

from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.settings import SettingsError, load
from idweave.pipelines.settings.document import Document

WORDS = ["no", "on", "007", "1_000", "12:30:45", "1.50", "2026-01-31", "1e3", "0x1F", "null", "~"]

BASE = """
version: 1
x-common: &web
  path: in.csv
  record_id: id
  identities: &types {uid: uid, email: mail}
sources:
  web: *web
  app: {<<: *web, path: app.csv, identities: {<<: *types, email: e}}
identities: {uid: {}, email: {}}
strategies: {one: {policy: merge_all}}
"""


def loaded(folder: Path, text: str, *overrides: str) -> Any:
    """The settings of a file's text."""
    path = folder / "idweave.yaml"
    path.write_text(text)
    return load(str(path), list(overrides))


def told(folder: Path, text: str, *overrides: str) -> list[str]:
    """The lines that a wrong file is told with."""
    with pytest.raises(SettingsError) as caught:
        loaded(folder, text, *overrides)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).split("\n")]


def test_values_are_texts_as_they_are_written_wherever_a_text_is_meant(tmp_path: Path) -> None:
    text = BASE.replace("uid: {}", f"uid: {{blocked: [{', '.join(WORDS)}]}}")
    text = text.replace(
        "path: in.csv", "path: in.csv\n  workspace: no\n  where: {v: [on, 007], w: 1_000}"
    )
    text += "scopes: {nordic: [se, no, dk], clock: 12:30:45}\n"
    settings = loaded(tmp_path, text)
    assert settings.identities["uid"].blocked == tuple(WORDS)
    assert settings.sources["web"].workspace.constant == "no"
    assert settings.sources["web"].where == {"v": ("on", "007"), "w": ("1_000",)}
    assert settings.scopes == {"nordic": ("se", "no", "dk"), "clock": ("12:30:45",)}


def test_keys_are_texts_as_they_are_written(tmp_path: Path) -> None:
    text = BASE.replace(
        "record_id: id", "record_id: id\n  request: {column: act, map: {on: login, 007: logout}}"
    )
    assert loaded(tmp_path, text).sources["web"].request.map == {"on": "login", "007": "logout"}


@pytest.mark.parametrize("word", ["no", "off", "False", '"no"'])
def test_a_flag_is_false_however_yaml_writes_it(tmp_path: Path, word: str) -> None:
    text = BASE.replace("record_id: id", f"record_id: id\n  create: {word}")
    assert loaded(tmp_path, text).sources["web"].create is False


def test_numbers_and_sizes_are_numbers_where_the_key_is_one(tmp_path: Path) -> None:
    text = BASE + "shards: 1_6\nsplit_bytes: 64MiB\nchecks: {max_quarantined_share: 1e-2}\n"
    settings = loaded(tmp_path, text)
    assert (settings.shards, settings.split_bytes) == (16, 64 * 2**20)
    assert settings.checks.max_quarantined_share == 0.01


def test_keys_merge_and_anchors_may_stand_under_keys_of_ones_own(tmp_path: Path) -> None:
    settings = loaded(tmp_path, BASE)
    web, app = settings.sources["web"], settings.sources["app"]
    assert app.path == (str(tmp_path / "app.csv"),)
    assert (app.record_id, web.record_id) == (web.record_id, web.record_id)
    assert app.identities == {"uid": ("uid",), "email": ("e",)}
    assert web.identities == {"uid": ("uid",), "email": ("mail",)}


def test_the_first_of_several_merged_mappings_counts_most() -> None:
    text = "x-a: &a {p: 1, q: 1}\nx-b: &b {q: 2, r: 2}\nk: {<<: [*a, *b], s: 3}\n"
    document = Document(text, "f")
    assert document.body == {"k": {"q": "1", "r": "2", "p": "1", "s": "3"}}
    assert document.line_of("k.r") == 2


def test_an_override_of_what_an_alias_shares_changes_one_place(tmp_path: Path) -> None:
    settings = loaded(tmp_path, BASE, "sources.web.record_id=other")
    assert settings.sources["web"].record_id.columns == ("other",)
    assert settings.sources["app"].record_id.columns == ("id",)


def test_values_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLDER", "feeds")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("UNSET", raising=False)
    text = BASE.replace("in.csv", '"${FOLDER}/${UNSET:-new}${EMPTY:-er}/a$${b}.csv"')
    settings = loaded(tmp_path, text + "shards: ${N:-3}\n")
    assert settings.sources["web"].path == (str(tmp_path / "feeds/newer/a${b}.csv"),)
    assert settings.shards == 3
    other = loaded(tmp_path, BASE, "sources.web.path=${FOLDER}/x.csv")
    assert other.sources["web"].path == (str(tmp_path / "feeds/x.csv"),)


def test_a_variable_that_is_not_set_is_an_error_and_what_follows_from_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNSET", raising=False)
    text = BASE + "shards: ${UNSET}\nsplit_bytes: ${1}\n"
    assert told(tmp_path, text) == [
        "idweave.yaml:12: shards: ${UNSET}: UNSET is not set; set it, or write ${UNSET:-default}",
        "idweave.yaml:13: split_bytes: ${1}: no name of a variable after ${; "
        "allowed: ${NAME}, ${NAME:-default}; $${ is a dollar and a brace",
    ]
    assert told(tmp_path, BASE, "shards=${UNSET}") == [
        "idweave.yaml: --set shards: ${UNSET}: UNSET is not set; set it, or write ${UNSET:-default}"
    ]


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("sources.web.path=*.csv", "path", ("*.csv",)),
        ("sources.web.time.format=%d.%m.%Y %H:%M", "format", "%d.%m.%Y %H:%M"),
        ("sources.web.workspace=no # really", "constant", "no # really"),
        ("sources.web.record_id='null'", "columns", ("null",)),
        ("sources.web.record_id=null", "columns", ()),
        ("sources.web.record_id=[a, b]", "columns", ("a", "b")),
    ],
)
def test_an_override_is_the_text_that_it_is(
    tmp_path: Path, override: str, key: str, value: Any
) -> None:
    text = BASE.replace("record_id: id", "record_id: id\n  time: {column: ts}")
    source = loaded(tmp_path, text, override).sources["web"]
    if key == "path":
        value = tuple(str(tmp_path / path) for path in value)
    holders = (source, source.time, source.workspace, source.record_id)
    assert value in [getattr(holder, key, object()) for holder in holders]


def test_what_is_no_yaml_names_its_line(tmp_path: Path) -> None:
    assert told(tmp_path, "version: 1\nsources: [a\n") == [
        "idweave.yaml:3: not YAML: expected ',' or ']', but got '<stream end>'"
    ]
    assert told(tmp_path, "version: 1\nscopes: \x01\n") == [
        "idweave.yaml:2: not YAML: special characters are not allowed"
    ]


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("shards: 1\nshards: 2\n", "13: shards: stands twice, in line 12, too; keep one"),
        ("checks: &c {min_records: 1, <<: 5}\n", "12: checks.<<: nothing to merge; allowed: keys"),
        ("checks: !!set {a, b}\n", "12: checks: the tag !!set; values have no tags"),
        ("tables: &t [*t]\n", "12: tables[0]: an alias that holds itself; write the value out"),
    ],
)
def test_what_yaml_allows_and_a_configuration_does_not_is_told_with_its_line(
    tmp_path: Path, added: str, said: str
) -> None:
    (line,) = told(tmp_path, BASE + added)
    assert line.startswith(f"idweave.yaml:{said}")
