"""How the advertising platforms want e-mail addresses and phone numbers (SEMANTICS 5)."""

import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.identities.normalise_phone import e164
from idweave.transforms.columnar.identities.text_steps import gmail, lower, no_blanks

_WITH_PLUS = ("google", "tiktok", "linkedin", "uid2")


def normalise_platform(
    values: pa.Array, normaliser: str, kind: str, region: str | None
) -> pa.Array:
    """[n] values as a platform wants them; null where it can't take one.

    Args:
        kind: email | phone | name | id, which says what is done; an id stays as it is.
    """
    if kind == "phone":
        return _phone(values, normaliser, region)
    if kind == "email":
        return _email(values, normaliser)
    return names(values) if kind == "name" else values


def _email(values: pa.Array, normaliser: str) -> pa.Array:
    out = names(values)
    if normaliser == "google":
        out = no_blanks(out)
        out = gmail(out)
    elif normaliser == "uid2":
        out = gmail(out, ("gmail.com",))
    fits = pc.match_substring_regex(out, r"\A[^@]+@[^@]+\z").fill_null(False)
    return pc.if_else(fits, out, pa.scalar(None, out.type))


def _phone(values: pa.Array, normaliser: str, region: str | None) -> pa.Array:
    """E.164; without its `+` for platforms that want digits, and these read more forms.

    Their numbers may begin with `00`, or without a region with the country code alone.
    """
    numbers = e164(values, region)
    if normaliser in _WITH_PLUS:
        return numbers
    digits = pc.replace_substring_regex(values, r"[^0-9]+", "")
    if region is not None:
        digits = pc.if_else(pc.starts_with(digits, "00"), digits, pa.scalar(None, digits.type))
    digits = pc.replace_substring_regex(digits, r"\A0+", "")
    numbers = pc.coalesce(numbers, e164(pc.binary_join_element_wise("+", digits, ""), None))
    return pc.replace_substring(numbers, "+", "")


def names(values: pa.Array) -> pa.Array:
    """Trim and lower, accents kept: names of people, for every platform."""
    return lower(pc.utf8_trim_whitespace(values))
