"""Attributes by rule against a plain reading: the pure function, and a whole run."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.attributes.apply_rule import apply_rule
from idweave.transforms.columnar.attributes.candidates import Records
from idweave.transforms.columnar.attributes.cast_texts import TYPES
from idweave.transforms.columnar.attributes.rules import FLAGS, AttributeRule
from idweave.transforms.columnar.reading.records import NO_TIME
from tests.oracle.attributes import DAY, Said, attribute_of, text_of
from tests.oracle.random_attributes import (
    AS_OF,
    MAPPED,
    SOURCES,
    in_order,
    moment,
    random_records,
    random_rule,
)
from tests.pipelines.running import Run, backfill

PEOPLE = 12


def compiled(rule: dict[str, Any]) -> AttributeRule:
    """A rule as the workers have it."""
    kind = "boolean" if rule["rule"] in FLAGS else rule.get("type")
    length = rule.get("within")
    within = length and int(length[:-1]) * (DAY if length[-1] == "d" else DAY // 24)
    return AttributeRule(
        "x", rule["rule"], rule.get("from"), TYPES[kind or "string"], kind is not None,
        tuple(t.strip().casefold() for t in rule.get("ignore", ())),
        tuple((name, tuple(of)) for name, of in rule.get("where", {}).items()), within,
        tuple(map(SOURCES.index, rule.get("prefer", ()))), rule.get("limit", 10),
    )  # fmt: skip


def test_each_rule_makes_of_random_records_what_the_plain_reading_makes() -> None:
    for world in range(6):
        records = in_order(random_records(world, PEOPLE, 150))
        given = Records(
            profile=np.array([int(person[1:]) for person, _ in records], np.int32),
            profiles=PEOPLE + 1,  # one without records
            time=np.array([NO_TIME if r.time is None else r.time for _, r in records], np.int64),
            source=np.array([SOURCES.index(r.source) for _, r in records], np.int32),
            texts={
                name: pa.array([r.values[name] for _, r in records], pa.string()) for name in MAPPED
            },
            as_of=AS_OF,
        )
        for seed in range(120):
            rule = random_rule(seed)
            made = apply_rule(given, compiled(rule))
            for p in range(PEOPLE + 1):
                own = [record for person, record in records if person == f"p{p}"]
                want = attribute_of("x", rule, own, AS_OF, MAPPED)
                row = int(made.row[p])
                got = (
                    made.values[p].as_py(),
                    None if row < 0 else records[row][1],
                    int(made.candidates[p]),
                )
                assert got == want[:3], (rule, p)
            unfit = [records[row][1] for row in made.unfit]
            told = [attribute_of("x", rule, [r], AS_OF, MAPPED).unfit for _, r in records]
            assert unfit == [record for of in told for record in of], rule


def write_sources(folder: Path, records: list[tuple[str, Said]]) -> dict[str, Any]:
    """A file of JSON lines for each source, as a configuration reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        lines = [
            json.dumps({"id": r.record_id, "ts": moment(r.time), "person": person, **r.values})
            for person, r in records
            if r.source == source
        ]
        (folder / f"{source}.jsonl").write_text("".join(line + "\n" for line in lines))
    common = {"record_id": "id", "time": "ts", "identities": {"person": "person"}}
    common["attributes"] = {name: name for name in sorted(MAPPED)}
    return {source: common | {"path": str(folder / f"{source}.jsonl")} for source in SOURCES}


def differences(run: Run, rules: dict[str, Any], records: list[tuple[str, Said]]) -> list[str]:
    """Attributes, evidence and drops that are not as the plain reading has them."""
    person_of = {r["profile_id"]: r["identity_value"] for r in run.rows("identities", "s")}
    expected, evidence, dropped = {}, {}, Counter[tuple[str, str, str]]()
    for person in set(person_of.values()):
        own = [record for of, record in in_order(records) if of == person]
        for name in {*rules, *MAPPED}:
            rule = rules.get(name, {"rule": "newest"})
            made = attribute_of(name, rule, own, AS_OF, MAPPED)
            expected[person, name] = made.value
            dropped.update((r.source, r.record_id, name) for r in made.unfit)
            if made.candidates:
                listed = isinstance(made.value, list)
                text = [text_of(v) for v in made.value] if listed else text_of(made.value)
                at = made.record and (made.record.source, made.record.record_id, made.record.time)
                evidence[person, name] = (text, rule["rule"], made.candidates, at)
    got = {
        (person_of[row["profile_id"]], name): row[name]
        for row in run.rows("profiles", "s")
        for name in {*rules, *MAPPED}
    }
    told = {}
    for row in run.rows("evidence", "s"):
        time = row["event_time"] and int(row["event_time"].timestamp()) * 1_000_000
        at = (row["source"], row["record_id"], time) if row["source"] else None
        text = json.loads(row["value"]) if row["rule"] == "collect" else row["value"]
        key = person_of[row["profile_id"]], row["attribute"]
        told[key] = (text, row["rule"], row["candidates"], at)
    drops = Counter(
        (row["source"], row["record_id"], row["detail"])
        for row in run.rows("drops", "s")
        if row["rule"] == "attribute_not_castable"
    )
    found = [f"{k}: {got.get(k)} for {v}" for k, v in expected.items() if got.get(k) != v]
    found += [f"{k}: {told.get(k)} for {v}" for k, v in evidence.items() if told.get(k) != v]
    return found + ["drops"] * (drops != dropped) + ["more"] * (len(told) != len(evidence))


def test_a_run_writes_attributes_evidence_and_drops_as_the_plain_reading_has_them(
    tmp_path: Path,
) -> None:
    records = random_records(99, PEOPLE, 300)
    rules = {f"a{seed:02d}": random_rule(seed) for seed in range(40)}
    rules["plan"] = {"rule": "most_frequent", "ignore": ["unknown"]}
    body = {
        "sources": write_sources(tmp_path / "in", records),
        "identities": {"person": {}},
        "attributes": rules,
        "strategies": {"s": {"policy": "merge_all"}},
        "tables": ["identities", "profiles", "evidence", "drops"],
        "shards": 2,
    }
    run = backfill(tmp_path, body, "--as-of", str(moment(AS_OF)))
    assert differences(run, rules, records) == []
