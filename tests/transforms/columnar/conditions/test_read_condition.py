"""What a condition on profiles may be made of, and that nothing else gets past."""

import pyarrow as pa
import pytest

from idweave.transforms.columnar.conditions.evaluate import ConditionFailed, evaluate, type_of
from idweave.transforms.columnar.conditions.read_condition import read_condition

HOSTILE = [
    # files and network
    "exists(select * from read_csv('/etc/passwd'))",
    "(select content from read_text('/etc/passwd')) is not null",
    "exists(from 'https://example.com/a.parquet')",
    "exists(from read_blob('/etc/*'))",
    "exists(from glob('/*'))",
    "(from parquet_metadata('a.parquet')) is not null",
    "exists(from sniff_csv('a.csv'))",
    "true) from read_csv('/etc/passwd') where (true",
    "true) from 'a.parquet' --",
    # settings, secrets, surroundings
    "getenv('HOME') = '/root'",
    "current_setting('memory_limit') = '1GB'",
    "getvariable('x') = 1",
    "exists(from duckdb_settings())",
    "exists(from duckdb_secrets())",
    "exists(from duckdb_tables())",
    "exists(from pragma_version())",
    "version() = 'x'",
    "current_user = 'x' or user() = 'x'",
    "current_schema() = 'main'",
    "current_database() = 'memory'",
    # statements
    "true; drop table profiles",
    "1); copy profiles to '/tmp/x.csv'; select (1",
    "true); attach '/tmp/x.db' as x; select (true",
    "true); install httpfs; load httpfs; select (true",
    "true); set memory_limit = '1TB'; select (true",
    "true); pragma database_list; select (true",
    "true) as holds from profiles union all select (true",
    "true) as holds, (select 1",
    "true) as holds from profiles, profiles as other where (true",
    "true) as holds from profiles limit 1 --",
    # other profiles
    "record_count > (select avg(record_count) from profiles)",
    "count(*) > 1",
    "sum(record_count) over () > 1",
    "row_number() over () = 1",
    "profile_id in (from profiles select profile_id)",
    "record_count = any(select 1)",
    "record_count > max(record_count)",
    # time, chance
    "random() > 0.5",
    "uuid() > profile_id",
    "gen_random_uuid() is not null",
    "now() > first_seen",
    "today() > first_seen",
    "get_current_timestamp() > first_seen",
    "age(first_seen) > interval 1 year",
    "nextval('s') = 1",
    "txid_current() = 1",
    # much of little
    "length(repeat('x', 1000000000)) > 1",
    "len(range(1000000000)) > 1",
    "length(rpad('x', 1000000000, 'y')) > 1",
    "unnest([true, false])",
    # what SQL has beside values
    "$1",
    "?",
    "#1 = 'x'",
    "*",
    "columns('.*') is not null",
    "error('x')",
    "list_filter(identity_types, x -> x = 'email') = []",
    "profile_id collate nocase = 'x'",
    "main.lower(scope) = 'x'",
    "scope::json = '{}'",
    "scope::regclass = 1",
    "query('select 1')",
    "json_execute_serialized_sql('x')",
    "json_serialize_sql('select 1') = ''",
    "write_log('x')",
    "pg_sleep(1)",
    "sleep_ms(1)",
    # no condition at all
    "",
    "  -- nothing",
    "plan =",
    "/* without an end",
    "'without an end",
    "true as holds",
    "(" * 2_000 + "true" + ")" * 2_000,
    "x" * 10_001,
    "true\0",
]
RIGHT = {
    "plan = 'gold' and n > 2": [True, False, False],
    "plan = 'gold' -- of the shop's plans": [True, True, False],
    "plan is not distinct from null": [False, False, True],
    "opted_out is not true": [True, False, True],
    "opted_out": [False, True, False],
    "not opted_out": [True, False, False],
    "list_contains(types, 'email')": [True, False, False],
    "'email' in types and len(types) between 1 and 2": [True, False, False],
    "plan like 'g%' or plan ~ '^x' or plan ilike 'Y' or plan in ('a', 'b')": [True, True, False],
    "seen >= as_of - interval 30 days": [True, False, False],
    "date_diff('day', seen, as_of) < 30 and seen > timestamptz '2026-01-01'": [True, False, False],
    "seen > '2026-01-01 00:00:00+00'": [True, False, False],
    "extract(year from seen) = 2026": [True, False, False],
    "case when n > 2 then true when n < 0 then null else false end": [True, False, False],
    "coalesce(plan, 'x') || '!' = 'x!'": [False, False, True],
    "try_cast(plan as int) is null and n::varchar = '1'": [False, True, False],
    "PLAN = 'gold' AND \"n\" = 3": [True, False, False],
    "types[1] = 'email' and (n + 1) * 2 = 8": [True, False, False],
    "true": [True, True, True],
}


def rows() -> pa.Table:
    """Three profiles."""
    moments = [1_770_000_000_000_000, 1_600_000_000_000_000, None]
    time = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            "plan": pa.array(["gold", "gold", None]).dictionary_encode(),
            "n": pa.array([3, 1, 2], pa.int64()),
            "opted_out": [False, True, None],
            "types": [["email", "phone"], [], ["phone"]],
            "seen": pa.array(moments, pa.int64()).cast(time),
            "as_of": pa.array([1_770_500_000_000_000] * 3, pa.int64()).cast(time),
        }
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_a_pure_condition_is_read(text: str) -> None:
    assert read_condition(text).faults


def test_conditions_are_true_as_sql_says_and_null_is_not_true() -> None:
    assert [read_condition(text).faults for text in RIGHT] == [()] * len(RIGHT)
    assert {type_of(rows().slice(0, 0), text) for text in RIGHT} == {"BOOLEAN"}
    found = evaluate(rows(), {text: text for text in RIGHT})
    assert {text: found[text].tolist() for text in RIGHT} == RIGHT


def test_many_rows_keep_their_order() -> None:
    table = pa.table({"n": pa.array(range(500_000))})
    assert evaluate(table, {"x": "n % 3 = 1"})["x"].nonzero()[0][:3].tolist() == [1, 4, 7]


def test_columns_and_faults_are_told_with_their_place_in_characters() -> None:
    found = read_condition("é = 'ü' and\n  lower(plan) = now()")
    assert found.columns == (("é", 1), ("plan", 21))
    assert [(fault.place, fault.name) for fault in found.faults] == [(29, "now")]
    assert read_condition("plan = ").faults[0][:2] == (8, "no SQL: it ends too early")


def test_a_condition_that_fails_on_a_row_tells_nothing_of_it() -> None:
    with pytest.raises(ConditionFailed) as told:
        evaluate(rows(), {"audiences.x.where": "cast(plan as int) = 1"})
    assert str(told.value) == (
        "audiences.x.where: cast(plan as int) = 1: fails on a profile (conversion error); write "
        "try_cast for cast, or test the value first"
    )
    assert evaluate(rows(), {"x": "n = 3"})["x"].tolist() == [True, False, False]
