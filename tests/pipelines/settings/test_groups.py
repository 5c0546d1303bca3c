"""What is wrong with groups, each told with its line."""

from pathlib import Path

import pytest

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.attributes import attribute_rules
from idweave.pipelines.run.groups import check_sums
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.settings import load
from tests.pipelines.settings.test_document import told

HEAD = """\
version: 1
sources:
  web:
    path: in.jsonl
    identities: {uid: uid, phone: tel}
    attributes: {plan: plan, phone: tel, amount: amount, group_id: plan, profile_count: plan}
identities: {uid: {}, phone: {}, fax: {}}
attributes: {plans: {rule: collect, from: plan}, n: {rule: count, from: plan}}
strategies: {one: {policy: merge_all, link_on: [uid]}}
"""
WRONG = """\
groups:
  a: {strategy: on, by: plann}
  b: {strategy: one, by: phone}
  c: {strategy: one, by: fax}
  d: {strategy: one, by: plans}
  e: {strategy: one, by: plan, max_size: 0}
  f: {strategy: one, by: plan, attributes: {plan: newest, plans: max, pan: count}}
  g: {strategy: one, by: uid, attributes: {group_id: count, profile_count: oldest}}
  h: {strategy: one, by: uid, attributes: {plan: sums}}
  i: {strategy: one, by: uid, size: 3}
  J: {strategy: one, by: uid}
"""
ORDERLESS = "allowed: most_frequent, min, max, sum, count, any_true, all_true, collect"
SAID = [
    "11: groups.a.strategy: on: no such strategy; did you mean one?",
    "11: groups.a.by: plann: no attribute and no identity type has this name; did you mean plan?",
    "12: groups.b.by: phone: is an attribute and an identity type; give the attribute another name",
    "13: groups.c.by: fax: no source has this type; allowed: phone, uid",
    "14: groups.d.by: plans: collect makes a list of it; take one of which profiles have one "
    "value, or an identity type",
    "15: groups.e.max_size: 0: at least 1 is allowed",
    f"16: groups.f.attributes.plan: newest: goes by an order, and profiles have none; {ORDERLESS}",
    "16: groups.f.attributes.plans: max: collect makes a list of the profiles' values; allowed: "
    "count",
    "16: groups.f.attributes.pan: no such attribute; did you mean plan?",
    "17: groups.g.attributes.group_id: a column of the table `group_attributes` has this name; "
    "give the attribute another name",
    "17: groups.g.attributes.profile_count: a column of the table `group_attributes` has this "
    "name; give the attribute another name",
    f"17: groups.g.attributes.profile_count: oldest: goes by an order, and profiles have none; "
    f"{ORDERLESS}",
    "18: groups.h.attributes.plan: sums: no such value; did you mean sum?",
    "19: groups.i.size: unknown key; did you mean max_size?",
    "20: groups.J: no name; allowed: a to z, 0 to 9 and _, a letter first",
]


def test_every_error_names_line_key_value_and_remedy(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD + WRONG) == [f"idweave.yaml:{line}" for line in SAID]


def test_only_numbers_are_added_up(tmp_path: Path) -> None:
    config = tmp_path / "idweave.yaml"
    sums = "groups: {g: {strategy: one, by: uid, attributes: {plan: sum, n: sum}}}\n"
    config.write_text(HEAD + sums)
    row = {"uid": "1", "tel": "1", "plan": "a", "amount": "1"}
    (tmp_path / "in.jsonl").write_text(str(row).replace("'", '"'))
    settings = load(str(config))
    rules = attribute_rules(settings, read_layouts(settings, list_inputs(settings).files))
    with pytest.raises(WrongUsage) as error:
        check_sums(settings, rules)
    assert str(error.value).endswith(
        "idweave.yaml:10: groups.g.attributes.plan: sum of values that are string, no numbers; "
        "set attributes.plan.type: int64 or double"
    )
    assert len(str(error.value).splitlines()) == 1
