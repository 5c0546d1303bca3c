"""Identity values on pages: their shape stays, what they say does not."""

import pytest

from idweave.pipelines.published.mask import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("anna@example.com", "a…@e….com"),
        ("anna.lee+news@mail.example.co.uk", "a….…+n…@m….e….….uk"),
        ("+14155550123", "+1…"),
        ("Müller-Straße", "M…-S…"),
        ("12", "…"),
        ("a.b.c.d", "….….….…"),
        ("----", "…"),
        ("\u202eabcdef", "?…"),
        ("<script>alert(1)</script>", "<…/s…"),
        ("x@y.com", "…@….com"),
        ("two@signs@example.com", "…@s…@e….com"),
    ],
)
def test_a_masked_value_keeps_its_shape(value: str, shown: str) -> None:
    assert masked(value) == shown


def test_a_long_value_is_cut() -> None:
    assert len(masked("abcdef-" * 2000)) <= 61
    assert len(masked("-" * 9000 + "secret")) <= 61
