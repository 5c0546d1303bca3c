"""What becomes of identity values: normalisers in the order given, then the tests."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.codes import RULES
from idweave.transforms.columnar.identities.junk import DEFAULTS
from idweave.transforms.columnar.identities.normalise import IdentityTests, normalise_values
from idweave.transforms.columnar.identities.text_steps import BLANKS, apply_step

MANY = 2_000
PLAIN = IdentityTests((), (), False, None, 256)


def outcome(values: list[str], **tests: Any) -> list[tuple[str | None, str]]:
    """Value and rule of each: the same alone and among many, which are looked through first."""
    given = PLAIN._replace(**tests)
    alone = normalise_values(pa.array(values, pa.string()), given)
    rules = [RULES[code] for code in alone.rule.tolist()]
    found = list(zip(alone.value.to_pylist(), rules, strict=True))
    if given.pattern is None and not given.blocked_patterns and values:
        among = normalise_values(pa.array(values + ["zz"] * MANY, pa.string()), given)
        assert among.value.to_pylist()[: len(values)] == alone.value.to_pylist()
        assert among.rule.tolist()[: len(values)] == alone.rule.tolist()
    return found


def kept(values: list[str], *steps: str) -> list[str | None]:
    """What the normalisers leave; None: not normalisable."""
    return [value for value, _ in outcome(values, normalise=steps)]


STEPS = [
    ("trim", " \u00a0\u3000\u2028\x1f\x85a b\t", "a b"),
    ("trim", "\u200ba\ufeff", "\u200ba\ufeff"),  # these are no blanks
    ("lower", "ÉcOLE İ ΑΣ", "école i̇ ας"),
    ("upper", "straße ŉ", "STRASSE \u02bcN"),
    ("casefold", "Straße ΔΣ K", "strasse δ\u03c3 k"),
    ("nfc", "e\u0301", "é"),
    ("nfkc", "ﬁ①２\u00a0x", "fi12 x"),
    ("digits", "+49 (0)30-12٣", "4903012"),
    ("no_blanks", " a\u00a0b \x0bc\x1c\u2009\r\n", "abc"),
    ("gmail", "J.o.e+news@GMail.com", "Joe@GMail.com"),
    ("gmail", "j.o+x@googlemail.com", "jo@googlemail.com"),
    ("gmail", "j.o+x@gmail.org", "j.o+x@gmail.org"),
    ("e164:DE", "030 123456", "+4930123456"),
    ("e164:US", "(202) 555-0123", "+12025550123"),
]


@pytest.mark.parametrize(("step", "raw", "right"), STEPS)
def test_a_normaliser_does_what_its_name_says(step: str, raw: str, right: str) -> None:
    assert kept([raw], step) == [right]


def test_integers_are_written_in_one_way() -> None:
    right = {
        "123.0": "123", "1.2E+3": "1200", "1.2e3": "1200", "007": "7", "+7": "7", "-7.": "-7",
        "0.0": "0", "-0": "0", "0E-9": "0", "1200e-2": "12", ".5e1": "5", " 12 ": "12",
        "9007199254740993": "9007199254740993", "9007199254740993.0": "9007199254740993",
        "123456789012345678901234567890": "123456789012345678901234567890", "1e20": "1" + "0" * 20,
    }  # fmt: skip
    assert dict(zip(right, kept(list(right), "integer"), strict=True)) == right


def test_what_is_no_whole_number_is_not_normalisable() -> None:
    odd = ["1.5", "12e-1", "1e-9", "abc", "1_000", "1,000", "0x10", "nan", "inf", "--1", "+", ".",
           "e5", "1e", "1 2", "٣", "1e999999999", "1e9999999999"]  # fmt: skip
    assert outcome(odd, normalise=("integer",)) == [(None, "not_normalisable")] * len(odd)
    assert kept(["0e999999999", "0e-999999999"], "integer") == ["0", "0"]


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**30), 10**30), st.integers(0, 5))
def test_any_integer_comes_back_however_it_is_written(number: int, zeros: int) -> None:
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    shifted = f"{sign}{digits[:1]}.{digits[1:] or '0'}{'0' * zeros}e{len(digits) - 1}"
    written = [str(number), f"{number}.{'0' * zeros}", f"{sign}00{digits}", shifted]
    assert kept(written, "integer") == [str(number)] * 4


def test_normalisers_work_in_the_order_given() -> None:
    assert kept([" A.B@Gmail.com"], "trim", "lower", "gmail") == ["ab@gmail.com"]
    assert kept(["j.o@gmail.com "], "gmail", "trim") == ["j.o@gmail.com"]  # no such domain yet
    assert kept(["1.0 "], "digits", "integer") == ["10"]
    assert kept(["1.0 "], "integer", "digits") == ["1"]


def test_nothing_left_is_not_normalisable_and_nothing_given_is_absent() -> None:
    assert outcome(["abc", "", " \u00a0", "1"], normalise=("digits",)) == [
        (None, "not_normalisable"),
        (None, ""),
        (None, ""),
        ("1", ""),
    ]
    assert (
        outcome(["+x@gmail.com", "..@gmail.com"], normalise=("gmail",))
        == [(None, "not_normalisable")] * 2
    )
    for number in ("12", "555-0123", "call me", "+999 1234"):  # 555-0123 lacks its area code
        assert outcome([number], normalise=("e164:US",)) == [(None, "not_normalisable")]


def test_common_junk_is_blocked_whatever_its_case_and_the_blanks_around_it() -> None:
    junk = [
        *("null", "undefined", "unknown", "none", "nil", "n/a", "na", "(null)", "not set"),
        *("not-specified", "anonymous", "guest", "void", "error", "-1", "\\N", "nan", "<na>"),
        *("<null>", "(none)", "(not set)", "[object object]", "not available"),
        *(hashlib.new(name, b"").hexdigest() for name in ("md5", "sha1", "sha256")),
        *("0", "-", "000", "0-0", "00000000-0000-0000-0000-000000000000"),
    ]
    assert set(DEFAULTS) == {text.lower() for text in junk if text.strip("0-")}
    for written in (junk, [t.upper() for t in junk], [f"\u00a0{t.title()}\t" for t in junk]):
        assert outcome(written, blocked_defaults=True) == [(None, "blocked")] * len(junk)
        assert outcome(written) == [(text, "") for text in written]


def test_what_is_only_like_junk_stays() -> None:
    fine = [
        "nulls",
        "1",
        "-10",
        "0a",
        "n a",
        "N",
        "\n",
        "not  set",
        "d41d8cd9",
        "o-0",
        "0.0",
        "\u0660",
    ]
    got = outcome([text for text in fine if text.strip()], blocked_defaults=True)
    assert got == [(text, "") for text in fine if text.strip()]


def test_junk_is_looked_for_in_what_the_normalisers_leave() -> None:
    assert outcome(["n/a0"], normalise=("digits",), blocked_defaults=True) == [(None, "blocked")]
    assert outcome(["not set"], normalise=("no_blanks",), blocked_defaults=True) == [("notset", "")]


def test_configured_values_are_blocked_beside_the_defaults_and_without_them() -> None:
    values = ["Test@Test.com ", "TEST@TEST.COMM", "STRASSE", "null"]
    blocked = ("test@test.com", " Straße")
    right = [(None, "blocked"), ("TEST@TEST.COMM", ""), (None, "blocked")]
    assert outcome(values, blocked=blocked) == [*right, ("null", "")]
    assert outcome(values, blocked=blocked, blocked_defaults=True) == [*right, (None, "blocked")]


def test_blocked_patterns_match_the_whole_trimmed_value_ignoring_case() -> None:
    values = ["NoReply@x.com", " noreply@y ", "a.noreply@x", "bot-1", "bot-1x", "zz"]
    got = outcome(values, blocked_patterns=("noreply@.*", "bot-[0-9]+|z"))
    assert got == [
        (None, "blocked"),
        (None, "blocked"),
        ("a.noreply@x", ""),
        (None, "blocked"),
        ("bot-1x", ""),
        ("zz", ""),
    ]


def test_the_first_test_that_fails_is_told() -> None:
    tests = {"blocked": ("aaaa",), "pattern": "a+|b+", "max_length": 3}
    assert outcome(["aaaa", "cccc", "bbbb", "bbb", "aaa\n"], **tests) == [
        (None, "blocked"),
        (None, "pattern"),
        (None, "too_long"),
        ("bbb", ""),
        (None, "pattern"),
    ]


def test_length_is_counted_in_code_points() -> None:
    assert outcome(["é" * 256, "é" * 257, "a" * 256, "a" * 257]) == [
        ("é" * 256, ""),
        (None, "too_long"),
        ("a" * 256, ""),
        (None, "too_long"),
    ]


def test_blanks_are_those_of_python_for_every_step() -> None:
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    blanks = [text for text in every if text.isspace()]
    array = pa.array(every)
    for step in ("trim", "no_blanks"):
        left = apply_step(array, step).to_pylist()
        assert [text for text, other in zip(every, left, strict=True) if other == ""] == blanks
    assert BLANKS.endswith("+")


BY_PYTHON: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "digits": lambda text: re.sub("[^0-9]", "", text),
    "no_blanks": lambda text: "".join(c for c in text if not c.isspace()),
}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8),
    st.lists(st.sampled_from(sorted(BY_PYTHON)), max_size=4),
)
def test_any_text_becomes_what_python_makes_of_it(texts: list[str], steps: list[str]) -> None:
    right: list[tuple[str | None, str]] = []
    for text in texts:
        value = text
        for step in steps:
            value = BY_PYTHON[step](value)
        failed = "" if not text.strip() else "not_normalisable" if not value.strip() else None
        right.append((value, "") if failed is None else (None, failed))
    assert outcome(texts, normalise=tuple(steps)) == right
