"""What is wrong with rules of attributes, audiences and conditions, each told with its line."""

from pathlib import Path

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.attributes import attribute_rules
from idweave.pipelines.run.conditions import check_types
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.settings import load
from tests.pipelines.settings.test_document import loaded, told

HEAD = """\
version: 1
sources: {web: {path: in.jsonl, identities: {uid: uid}, attributes: {plan: plan, amount: amount}}}
identities: {uid: {}}
strategies: {one: {policy: merge_all}, two: {policy: merge_all}}
"""
WRONG = """\
attributes:
  ltv: {rule: sum, type: double}
  n: {rule: count, type: int64}
  a: {rule: sum, type: boolean, from: amont}
  b: {rule: any_true, type: int64, from: amount}
  c: {from: plan, prefer: [crm], where: {actoin: [buy]}, within: 30}
  scope: {from: plan, limit: 3}
  as_of: {from: plan}
audiences:
  gold: {strategy: one, where: "plann = 'gold' and now() > last_seen"}
  all: {strategy: non, where: "exists(select 1)"}
"""
PLATFORM = """\
platforms:
  ads:
    strategy: two
    identities: {uid: {as: audiences}}
    where: "plan ="
    audiences: [gold, silver]
    sample: 1.5
"""
SAID = [
    "idweave.yaml:6: attributes.ltv: no source maps this attribute; set `from` to "
    "one that a source "
    "maps; allowed: amount, plan",
    "idweave.yaml:7: attributes.n.type: there are no values: every record counts; "
    "leave it out, or set "
    "`from`",
    "idweave.yaml:8: attributes.a.from: amont: no source maps this attribute; did you mean amount?",
    "idweave.yaml:8: attributes.a.type: boolean: sum takes no such values; allowed: int64, double",
    "idweave.yaml:9: attributes.b.type: int64: any_true takes no such values; allowed: boolean",
    "idweave.yaml:10: attributes.c.within: 30: no length of time; allowed: days or "
    "hours, as 30d or 12h",
    "idweave.yaml:11: attributes.scope: a column of the table `profiles` has this "
    "name; choose another "
    "name",
    "idweave.yaml:11: attributes.scope.limit: 3: newest has no limit; leave it out, "
    "or set rule: collect",
    "idweave.yaml:12: attributes.as_of: conditions have a column of this name; choose another name",
    "idweave.yaml:14: audiences.gold.where: plann = 'gold' and now() > last_seen: "
    "character 20: now: no "
    "function that is allowed; the run's moment is as_of",
    "idweave.yaml:14: audiences.gold.where: plann = 'gold' and now() > last_seen: "
    "character 1: plann: no "
    "such column; did you mean plan?",
    "idweave.yaml:15: audiences.all.where: exists(select 1): character 1: a "
    "subquery; a list is searched "
    "by list_contains(list, value)",
    "idweave.yaml:15: audiences.all.strategy: non: no such strategy; did you mean one?",
]


def test_every_error_names_line_key_place_and_the_nearest_name(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD + WRONG) == SAID
    platform = PLATFORM.replace("1.5", "0.5")
    assert told(
        tmp_path, HEAD + "audiences: {gold: {strategy: one, where: 'true'}}\n" + platform
    ) == [
        "idweave.yaml:9: platforms.ads.identities.uid: audiences: two columns have this "
        "name; set `as` "
        "to another one",
        "idweave.yaml:10: platforms.ads.where: plan =: character 7: no SQL: it ends too early",
        "idweave.yaml:11: platforms.ads.audiences: gold: is of strategy one; a "
        "platform's audiences are "
        "of its own strategy, two",
        "idweave.yaml:11: platforms.ads.audiences: silver: no such audience; allowed: gold",
    ]


def test_only_files_tell_that_a_sum_is_of_texts_or_a_condition_is_no_condition(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.jsonl").write_text('{"uid": "1", "plan": "x", "amount": 1}\n')
    path = tmp_path / "idweave.yaml"

    def wrong(text: str) -> list[str]:
        path.write_text(HEAD + text)
        settings = load(str(path))
        try:
            layouts = read_layouts(settings, list_inputs(settings).files)
            check_types(settings, attribute_rules(settings, layouts))
        except WrongUsage as error:
            return str(error).replace(f"{tmp_path}/", "").split("\n")
        return []

    assert wrong("attributes: {ltv: {rule: sum, from: amount}}\n") == [
        "idweave.yaml:5: attributes.ltv: sum of values that are string, no numbers; set "
        "type: int64 "
        "or double"
    ]
    assert wrong("audiences: {gold: {strategy: one, where: plan}}\n") == [
        "idweave.yaml:5: audiences.gold.where: plan: is varchar, neither true nor false; "
        "compare it, "
        "as in x = 'y'"
    ]
    assert wrong("audiences: {gold: {strategy: one, where: plan + 1 > 2}}\n")[0].startswith(
        "idweave.yaml:5: audiences.gold.where: plan + 1 > 2: "
    )
    assert wrong("audiences: {gold: {strategy: one, where: plan = 'x'}}\n") == []


def test_shares_are_decimals_as_they_are_written(tmp_path: Path) -> None:
    platform = (
        f"{HEAD}platforms: {{ads: {{strategy: one, identities: {{uid: {{}}}}, sample: %s}}}}\n"
    )
    for share in ("0", "1", "0.1", ".5", "1.00"):
        assert loaded(tmp_path, platform % share).platforms["ads"].sample == share
    for share in ("1.5", "-1", "1e-3", "10 %", "x"):
        assert "no share; allowed: from 0 to 1" in told(tmp_path, platform % share)[0]
