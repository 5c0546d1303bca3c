"""What a condition may be made of: pure scalar functions, types, kinds of expressions.

A list of what is allowed, not of what is forbidden: a new version of the engine brings functions
that nobody looked at. Left out are those that tell the time, chance or a setting, that read
anything, that aggregate, and that make much of little (`repeat`, `range`, `lpad`).
"""

_FUNCTIONS = """
lower upper lcase ucase trim ltrim rtrim length len strlen char_length character_length left
right substring substr position strpos instr contains starts_with ends_with prefix suffix concat
concat_ws replace translate reverse overlay split split_part string_split str_split
string_to_array regexp_matches regexp_full_match regexp_extract regexp_replace
regexp_split_to_array like_escape not_like_escape ilike_escape not_ilike_escape strip_accents
nfc_normalize ascii unicode ord md5 sha1 sha256 levenshtein jaro_winkler_similarity hamming ~~
!~~ ~~* !~~* ~~~ ^@ ||
+ - * / // % ** ^ & | << >> ~ @ abs sign mod add subtract multiply divide floor ceil ceiling
round trunc even sqrt cbrt exp ln log log2 log10 pow power greatest least isnan isinf isfinite
xor gcd lcm
date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub year quarter month
week weekofyear day dayofmonth dayofweek weekday isodow dayofyear hour minute second millisecond
microsecond epoch epoch_ms epoch_us dayname monthname last_day make_date make_timestamp
make_timestamptz strftime strptime try_strptime timezone to_timestamp to_years to_quarters
to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds
time_bucket
list_value list_pack list_contains list_has array_contains array_has list_has_any list_has_all
array_has_any array_has_all list_position list_indexof array_position array_indexof
list_distinct array_distinct list_unique array_unique list_sort array_sort list_extract
list_element array_extract element_at list_slice array_slice array_length list_concat list_cat
list_intersect array_intersect @> <@ &&
if nullif coalesce ifnull
"""
_TYPES = """
boolean bool tinyint smallint integer int int4 int8 bigint long hugeint utinyint usmallint
uinteger ubigint float real float4 double float8 decimal numeric varchar text string char date
time timestamp datetime timestamptz interval list
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
TYPES = frozenset(_TYPES.split()) | {"timestamp with time zone", "double precision"}
CLASSES = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "OPERATOR",
        "TYPE",
    }
)
OPERATORS = frozenset(
    {
        "ARRAY_CONSTRUCTOR",
        "ARRAY_EXTRACT",
        "ARRAY_SLICE",
        "COMPARE_IN",
        "COMPARE_NOT_IN",
        "OPERATOR_CAST",
        "OPERATOR_COALESCE",
        "OPERATOR_IS_NOT_NULL",
        "OPERATOR_IS_NULL",
        "OPERATOR_NOT",
        "OPERATOR_TRY",
    }
)
INSTEAD = {  # what is meant by some of what is not allowed
    "SUBQUERY": "a subquery; a list is searched by list_contains(list, value)",
    "LAMBDA": "a lambda; a list is searched by list_contains(list, value)",
    "WINDOW": "a window: it looks at other profiles",
    "STAR": "a star; name a column",
    "PARAMETER": "a parameter; write the value",
    "POSITIONAL_REFERENCE": "a column by its place; name it",
    "COLLATE": "a collation; use lower(…)",
    "DEFAULT": "a default",
}
