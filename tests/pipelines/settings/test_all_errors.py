"""All that is wrong with a file is told at once, with its line; nothing that only follows."""

from pathlib import Path

import pytest

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.settings import load
from tests.pipelines.settings.test_document import told

WRONG = """\
version: 1
shard: 3
sources:
  web:
    path: in.csv
    record_idd: id
    create: maybe
    identities:
      uid: uid
      emial: email
  crm:
    path: crm.csv
    time: {column: ts, unit: h}
    identities: {uid: uid}
    attributes: {strategy: s, run_id: r, profile_id: p, plan: plan}
identities:
  uid: {normalise: [lowr, trimm], pattern: '(?=a)'}
  email:
    max_length: 0
strategies:
  one: {policy: merge_al}
  two:
    policy: constrained_merge
    uniqe: [uid]
    link_on: [uid, emial]
  three: {policy: merge_all, link_on: [uid], sources: [cmr]}
  four:
    polcy: merge_all
platforms:
  ads:
    strategy: thre
    identities:
      uid: {as: run_id, normalise: meta}
      email: {as: em, region: XX}
    require: [phone]
    attributes: [plann]
checks:
  min_records: -1
  max_quarantined_share: 2
"""


def test_every_error_is_told_with_its_line(tmp_path: Path) -> None:
    assert told(tmp_path, WRONG) == [
        "idweave.yaml:2: shard: unknown key; did you mean shards?",
        "idweave.yaml:6: sources.web.record_idd: unknown key; did you mean record_id?",
        "idweave.yaml:7: sources.web.create: maybe: should be true or false",
        "idweave.yaml:13: sources.crm.time.unit: h: no such value; allowed: ms, s, us",
        "idweave.yaml:17: identities.uid.normalise: lowr: no such normaliser; did you mean lower?",
        "idweave.yaml:17: identities.uid.normalise: trimm: no such normaliser; did you mean trim?",
        "idweave.yaml:17: identities.uid.pattern: (?=a): no pattern of RE2; "
        "allowed: as '.+@.+', without (?=…)",
        "idweave.yaml:19: identities.email.max_length: 0: at least 1 is allowed",
        "idweave.yaml:21: strategies.one.policy: merge_al: no such value; did you mean merge_all?",
        "idweave.yaml:24: strategies.two.uniqe: unknown key; did you mean unique?",
        "idweave.yaml:25: strategies.two.link_on: emial: no such identity type; "
        "did you mean email?",
        "idweave.yaml:26: strategies.three.sources: cmr: no such source; did you mean crm?",
        "idweave.yaml:28: strategies.four.polcy: unknown key; did you mean policy?",
        "idweave.yaml:31: platforms.ads.strategy: thre: no such strategy; did you mean three?",
        "idweave.yaml:33: platforms.ads.identities.uid.normalise: meta: nothing says what uid is; "
        "set identities.uid.is: email, phone, name or id",
        "idweave.yaml:33: platforms.ads.identities.uid: run_id: folders named run_id=… make a "
        "column of this name; set `as` to another one",
        "idweave.yaml:34: platforms.ads.identities.email.region: XX: no such region; "
        "allowed: as US, DE",
        "idweave.yaml:35: platforms.ads.require: phone: is not accepted by this platform; "
        "allowed: any, email, uid",
        "idweave.yaml:36: platforms.ads.attributes: plann: no such attribute; did you mean plan?",
        "idweave.yaml:38: checks.min_records: -1: at least 0 is allowed",
        "idweave.yaml:39: checks.max_quarantined_share: 2: at most 1 is allowed",
    ]


def test_what_a_part_with_errors_refers_to_is_told_once_those_are_mended(tmp_path: Path) -> None:
    mended = WRONG.replace("    record_idd: id\n    create: maybe\n", "").replace(
        "unit: h", "unit: s"
    )
    found = [line for line in told(tmp_path, mended) if "sources." in line.split(": ")[1]]
    assert found == [
        "idweave.yaml:8: sources.web.identities.emial: no such identity type; did you mean email?",
        "idweave.yaml:13: sources.crm.attributes.strategy: folders named strategy=… make a column "
        "of this name; choose another name",
        "idweave.yaml:13: sources.crm.attributes.run_id: folders named run_id=… make a column of "
        "this name; choose another name",
        "idweave.yaml:13: sources.crm.attributes.profile_id: a column of the table `profiles` has "
        "this name; choose another name",
    ]


def test_every_column_that_no_file_has_is_told_with_the_line_of_its_key(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,uid,email\n1,u,e\n")
    path = tmp_path / "idweave.yaml"
    path.write_text(
        "version: 1\nsources:\n  web:\n    path: in.csv\n    record_id: idd\n"
        "    identities:\n      uid: uid\n      email:\n      - email\n      - emial\n"
        "identities: {uid: {}, email: {}}\nstrategies: {s: {policy: merge_all}}\n"
    )
    settings = load(str(path), ["sources.web.time=tss"])
    with pytest.raises(WrongUsage) as caught:
        read_layouts(settings, list_inputs(settings).files)
    file = f"no such column in {tmp_path}/in.csv"
    assert str(caught.value).split("\n") == [
        f"{path}:5: sources.web.record_id: idd: {file}; did you mean id?",
        f"{path}: --set sources.web.time: tss: {file}; allowed: email, id, uid",
        f"{path}:8: sources.web.identities.email: emial: {file}; did you mean email?",
    ]


def test_of_a_strategy_that_is_wrong_nothing_is_said_by_scopes_and_privacy(tmp_path: Path) -> None:
    for policy, line in (
        ("{policy: merge-all}", "policy: merge-all: no such value; did you mean merge_all?"),
        ("{polcy: merge_all}", "polcy: unknown key; did you mean policy?"),
    ):
        text = (
            "version: 1\nsources:\n  web: {path: in.csv, identities: {uid: uid}}\n"
            f"identities: {{uid: {{}}}}\nstrategies:\n  s: {policy}\n"
        )
        named = "privacy: {requests: r, strategy: s, by: [uid], key: env:K, exports: e}\n"
        for more in ("", named):
            assert told(tmp_path, text + more) == [f"idweave.yaml:6: strategies.s.{line}"]


def test_a_key_that_stands_in_the_file_itself_is_refused_and_not_shown(tmp_path: Path) -> None:
    text = (
        "version: 1\nsources:\n  web: {path: in.csv, identities: {uid: uid}}\n"
        "identities: {uid: {}}\nstrategies: {s: {policy: merge_all}}\nid_key: my-own-key-in-clear\n"
        "privacy: {requests: r, strategy: s, by: [uid], key: 1234, exports: e}\n"
    )
    said = "says not where the key is; allowed: env:NAME of a variable, or file:PATH"
    assert told(tmp_path, text) == [
        f"idweave.yaml:6: id_key: {said}",
        f"idweave.yaml:7: privacy.key: {said}",
    ]
