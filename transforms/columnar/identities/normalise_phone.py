"""Phone numbers as E.164, by Google's libphonenumber (package `phonenumbers`).

The package is loaded when the first number is asked for: it takes a twentieth of a start.
"""

import pyarrow as pa


def is_region(name: str) -> bool:
    """Whether a name is that of a region with phone numbers, as US."""
    from phonenumbers import SUPPORTED_REGIONS

    return name in SUPPORTED_REGIONS


def e164(values: pa.Array, region: str | None) -> pa.Array:
    """[n] numbers with `+` and country code; null where a text is no possible number.

    Possible is enough: whether a number is assigned changes with the library's data, and an id
    must not. A number without its area code is none: several people have it.

    Args:
        values: [n] distinct strings or null.
        region: of numbers without a country code; None: only those with `+` can be read.
    """
    # bounded by the distinct values
    return pa.array([_one(text, region) for text in values.to_pylist()], pa.string())


def _one(text: str | None, region: str | None) -> str | None:
    import phonenumbers

    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    if phonenumbers.is_possible_number_with_reason(number) != possible:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
