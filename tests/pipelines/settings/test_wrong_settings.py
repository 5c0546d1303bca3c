"""Configurations that are wrong, or that mean nothing: each is an error, never a surprise later."""

from pathlib import Path

import pytest

from tests.pipelines.settings.test_settings import GOOD, error, errors, loads

HUGE = "1" + "0" * 30
LONG = "a" * 101
CONSTRAINED = "strategies.one={policy: constrained_merge, "

WRONG = [  # an override of GOOD, and what the error says
    ("strategies.one.policy={a: 1}", "strategies.one.policy: {a: 1}: no such value; allowed: "),
    ("strategies.one.policy=[1]", "strategies.one.policy: [1]: no such value; allowed: "),
    ("strategies.one={}", "strategies.one.policy: is missing; allowed: constrained_merge, "),
    ("strategies.one.link_on={a: 1}", "strategies.one.link_on: {a: 1}: no list"),
    ("strategies.one.link_on=[{a: 1}]", "strategies.one.link_on[0]: {a: 1}: no text"),
    ("checks={[1]: 2}", "checks: value: [1]: no key; allowed: texts"),
    ("checks={{a: b}: 2}", "checks: value: {a: b}: no key; allowed: texts"),
    ("checks={1: 2}", "checks.1: unknown key; allowed: max_"),
    ("shards=!!bool x", "shards: x: no whole number"),
    ("shards=!!python/object x", "shards: value: the tag !!python/object; values have no tags"),
    ("shards=" + "9" * 5000, f"shards: {'9' * 200}…: no whole number"),
    ("shards=0x" + "f" * 5000, "…: no whole number"),
    ("split_bytes=" + "9" * 5000, "…: no size; allowed: a number of bytes"),
    (f"split_bytes={HUGE}", f"split_bytes: {HUGE}: at most {2**62} is allowed"),
    (f"max_identities_per_record={HUGE}", f"{HUGE}: at most 2147483647 is allowed"),
    (f"solve_limit={HUGE}", "at most 2147483647 is allowed"),
    (f"checks.max_profile_identities={HUGE}", "at most 2147483647 is allowed"),
    (f"checks.min_records={HUGE}", "checks.min_records: "),
    (f"identities.email.max_length={HUGE}", "at most 2147483647 is allowed"),
    (
        f"strategies.one.hubs=[{{type: email, linked_type: device_id, more_than: {HUGE}}}]",
        "strategies.one.hubs[0].more_than: ",
    ),
    (CONSTRAINED + f"max_values: {{email: {HUGE}}}}}", "strategies.one.max_values.email: "),
    (CONSTRAINED + f"max_profile_values: {HUGE}}}", "strategies.one.max_profile_values: "),
    (f"strategies={{{LONG}: {{policy: merge_all}}}}", "longer than 100 characters"),
    (f"sources={{{LONG}: {{}}}}", "longer than 100 characters"),
    (f"scopes={{{LONG}: [default]}}", "longer than 100 characters"),
    (f"platforms={{{LONG}: {{}}}}", "longer than 100 characters"),
    (f"identities={{{LONG}: {{}}}}", "longer than 100 characters"),
    ("sources.web.time={unit: s}", "time: {unit: s}: names neither column nor constant"),
    ("sources.web.time={}", "sources.web.time: {}: names neither column nor constant; allowed: "),
    ("sources.web.time={constant: null}", "names neither column nor constant; allowed: "),
    ("sources.web.time={constant: 2026-01-01, unit: s}", "a constant has no unit; allowed: "),
    ("sources.web.time={constant: 2026-01-01, column: ts}", "names both; allowed: "),
    ("sources.web.time={constant: 5}", "sources.web.time.constant: 5: no time; allowed: ISO 8601"),
    ("sources.web.time={constant: x}", "sources.web.time.constant: x: no time; allowed: ISO 8601"),
    ("sources.web.time={constant: '0001-01-01T00:00:00+10:00'}", "no time; allowed: years 1 to"),
    ("sources.web.request={map: {a: login}}", "map without column; set column, too"),
    (CONSTRAINED + "exclusive: [email, device_id]}", "a list of single types; allowed: lists of"),
    (CONSTRAINED + "exclusive: [[]]}", "exclusive: [[]]: a list of fewer than two types; allowed"),
    (CONSTRAINED + "exclusive: [[email]]}", "a list of fewer than two types; allowed: lists of"),
    (CONSTRAINED + "exclusive: [[email, email]]}", "a list of fewer than two types; allowed: "),
    (CONSTRAINED + "exclusive: email}", "exclusive: email: no list; allowed: lists of two or more"),
    ("sources.web.identities={email: []}", "sources.web.identities.email: is empty; name at least"),
    ("sources.web.identities={email: ''}", "sources.web.identities.email: '': is empty; name one"),
    ("strategies.one.link_on=[]", "strategies.one.link_on: is empty; name at least one"),
    ("strategies.one.scopes={a: []}", "strategies.one.scopes.a: is empty; name at least one"),
    ("sources.web.path=''", "sources.web.path: '': is empty; name one"),
    ("sources.web.path=[]", "sources.web.path: is empty; name at least one"),
    ("sources.web.path=['']", "sources.web.path[0]: '': is empty; name one"),
    ("platforms.ads.identities={emial: {}}", "platforms.ads.identities.emial: no such identity"),
    ("platforms.ads.attributes=[{nam: plan}]", "unknown key nam; did you mean name, as in {name"),
    ("sources=x", "sources: x: should have keys"),
    ("sources={web: null}", "sources.web: null: should have keys"),
    ("sources.web.identities={emial: email}", "sources.web.identities.emial: no such identity"),
    ("identities={email: null}", "identities.email: null: should have keys"),
    ("version=true", "version: true: no whole number"),
    ("version=1.0", "version: 1.0: no whole number"),
    ('shards="a\\nb\\e[31m"', r"shards: a\nb\x1b[31m: no whole number"),
    ("shards=" + "x" * 300, f"shards: {'x' * 200}…: no whole number"),
    ('"a\\nb"=5', r'"a\nb": unknown key'),
]


@pytest.mark.parametrize(("override", "said"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_or_means_nothing_is_an_error(
    tmp_path: Path, override: str, said: str
) -> None:
    message = "\n".join(errors(tmp_path, GOOD, override))
    assert said in message
    assert len(message) < 1000


@pytest.mark.parametrize("key", ["[a, b]", "{a: b}"])
def test_a_list_or_map_as_a_key_is_an_error(tmp_path: Path, key: str) -> None:
    assert errors(tmp_path, f"version: 1\n? {key}\n: 1\n")[-1] == (
        f"idweave.yaml:2: a key: {key}: no key; allowed: texts"
    )


def test_a_misspelt_key_is_named_rather_than_the_missing_one(tmp_path: Path) -> None:
    body = {("sorces" if key == "sources" else key): of for key, of in GOOD.items()}
    assert error(tmp_path, body) == "sorces: unknown key; did you mean sources?"


def test_wrong_sources_are_told_before_a_strategy_that_needs_them(tmp_path: Path) -> None:
    body = GOOD | {"strategies": {"one": {"policy": "no_guess", "unique": ["customer_id"]}}}
    assert error(tmp_path, body, "sources={web: null}") == "sources.web: null: should have keys"


def test_a_workspace_without_scope_is_told_those_of_strategies(tmp_path: Path) -> None:
    strategies = {"one": {"policy": "merge_all", "scopes": {"a": ["xyz"]}}}
    body = {key: of for key, of in GOOD.items() if key != "platforms"} | {"strategies": strategies}
    said = "sources.web.workspace: default: is in no scope; allowed: xyz"
    assert error(tmp_path, body) == said


def test_a_long_number_is_a_text_where_texts_stand(tmp_path: Path) -> None:
    found = loads(tmp_path, GOOD, f"identities.email.blocked=[{'9' * 5000}]")
    assert found.identities["email"].blocked == ("9" * 5000,)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T10:00:00.5+02:00", "2026-01-31T08:00:00.500000+00:00"),
    ],
)
def test_a_constant_time_is_resolved_to_a_text(tmp_path: Path, given: str, shown: str) -> None:
    settings = loads(tmp_path, GOOD, f"sources.web.time={{constant: {given}}}")
    resolved = settings.resolved()
    assert resolved["sources"]["web"]["time"]["constant"] == shown
    assert loads(tmp_path, resolved).digest() == settings.digest()


def test_a_source_without_time_is_resolved_to_null(tmp_path: Path) -> None:
    settings = loads(tmp_path, GOOD)
    assert settings.resolved()["sources"]["web"]["time"] is None
    assert settings.sources["web"].time.column is None
