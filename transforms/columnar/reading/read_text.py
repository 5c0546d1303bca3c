"""Canonical texts of column values, exact, and which of them can't be an identity value."""

import json
import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Flags

_DECIMALS = {32: pa.decimal32, 64: pa.decimal64, 128: pa.decimal128, 256: pa.decimal256}
_WHOLE = 2**53  # from here on a float may stand for several integers


class Texts(NamedTuple):
    """Texts of ``n`` values."""

    text: pa.Array  # [n] string or large_string; null stays null, NaN and infinities become null
    wrong: Flags  # [n] a boolean, a float that is not whole, or nested: no identity value


def texts(values: pa.Array) -> Texts:
    """Write values of any type as text.

    Whole numbers in decimal, exact; decimals plainly, without an exponent and zeros at their end;
    other floats as the shortest text that reads back; times in ISO 8601 with Z; bytes that are not
    UTF-8 escaped; lists and structs as JSON.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return texts(values.dictionary_decode())
    if isinstance(kind, pa.BaseExtensionType):
        return _uuids(values) if isinstance(kind, pa.UuidType) else texts(values.storage)
    if pa.types.is_decimal(kind):
        return _all(_decimals(values), False)
    if pa.types.is_floating(kind):
        return _floats(values)
    if pa.types.is_timestamp(kind):
        return _all(_timestamps(values), False)
    if pa.types.is_nested(kind):
        return _all(pa.array(map(_json_or_none, plain_values(values)), pa.string()), True)
    if _is_bytes(kind):
        return _bytes(values)
    text = values.cast(pa.string())
    if pa.types.is_date(kind) and pc.any(odd := pc.starts_with(text, "<")).as_py():
        number = values.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
        text = pc.if_else(odd, number.cast(pa.string()), text)
    return _all(text, pa.types.is_boolean(kind))


def json_text(value: Any) -> str:
    """Write a plain value as compact JSON, its keys sorted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def plain_text(value: Any) -> tuple[str | None, bool]:
    """Write a value that `json.loads` gave as `texts` would: the text, and whether it is wrong."""
    if value is None or isinstance(value, str):
        return value, False
    if isinstance(value, bool):
        return ("true" if value else "false"), True
    if isinstance(value, int):
        return str(value), False
    if isinstance(value, float):
        if not math.isfinite(value):
            return None, False
        whole = value.is_integer() and abs(value) < _WHOLE
        return (str(int(value)) if whole else repr(value)), not whole
    return json_text(value), True


def plain_values(values: pa.Array) -> list[Any]:
    """Nested values as lists, dicts, numbers, booleans and texts. Python objects: rare columns."""
    kind = values.type
    if pa.types.is_struct(kind):
        fields = [plain_values(pc.struct_field(values, [i])) for i in range(kind.num_fields)]
        names = [kind.field(i).name for i in range(kind.num_fields)]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)]
        rows = rows or [{} for _ in range(len(values))]
        valid = values.is_valid().to_pylist()
        return [row if there else None for row, there in zip(rows, valid, strict=True)]
    if pa.types.is_map(kind):
        entries = pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))
        return plain_values(values.cast(entries))
    if pa.types.is_nested(kind):
        items = plain_values(values.drop_null().flatten())
        lengths = pc.list_value_length(values).to_pylist()
        at, lists = 0, []
        for length in lengths:
            lists.append(None if length is None else items[at : at + length])
            at += length or 0
        return lists
    if pa.types.is_floating(kind):
        values = _finite(values)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return list(values.to_pylist())
    return list(texts(values).text.to_pylist())


def _json_or_none(value: Any) -> str | None:
    return None if value is None else json_text(value)


def _all(text: pa.Array, wrong: bool) -> Texts:
    return Texts(text, np.full(len(text), wrong))


def _is_bytes(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or kind in (pa.string_view(), pa.binary_view())
    )


def _bytes(values: pa.Array) -> Texts:
    """Text, or bytes that may be text; Parquet promises UTF-8 and nobody checks."""
    kind = values.type
    wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    as_bytes = values.cast(pa.large_binary() if wide else pa.binary())
    try:
        return _all(as_bytes.cast(pa.large_string() if wide else pa.string()), False)
    except pa.ArrowInvalid:
        pass
    # A column with broken text: at most the rows of one unit of work.
    raw = as_bytes.to_pylist()
    text = [None if value is None else value.decode("utf-8", "backslashreplace") for value in raw]
    wrong = [value is not None and not is_utf8(value) for value in raw]
    return Texts(pa.array(text, pa.large_string() if wide else pa.string()), np.array(wrong, bool))


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold a text: it has no half of a character, as JSON's \\ud800 alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_utf8(value: bytes) -> bool:
    """Say whether bytes are text."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decimals(values: pa.Array) -> pa.Array:
    """Decimals of any scale without an exponent; Arrow's own text has one for what is small."""
    kind, count = values.type, len(values)
    units = _DECIMALS[kind.bit_width](kind.precision, 0)  # the same numbers, in last digits
    number = pa.Array.from_buffers(units, count, values.buffers(), offset=values.offset)
    text = number.cast(pa.string())
    if kind.scale < 0:
        longer = pc.binary_join_element_wise(text, "0" * -kind.scale, "")
        return pc.if_else(pc.equal(text, "0"), text, longer)
    if kind.scale == 0:
        return text
    sign = pc.if_else(pc.starts_with(text, "-"), "-", "")
    text = pc.utf8_lpad(pc.utf8_ltrim(text, "-"), kind.scale + 1, "0")
    fraction = pc.utf8_rtrim(pc.utf8_slice_codeunits(text, -kind.scale), "0")
    point = pc.if_else(pc.equal(fraction, ""), "", ".")
    whole = pc.utf8_slice_codeunits(text, 0, -kind.scale)
    return pc.binary_join_element_wise(sign, whole, point, fraction, "")


def _finite(values: pa.Array) -> pa.Array:
    """Floats without NaN and infinities: they are no values, so null."""
    finite = pc.is_finite(values).fill_null(True)
    if pc.all(finite).as_py() in (True, None):
        return values
    return pc.if_else(finite, values, pa.scalar(None, values.type))


def _floats(values: pa.Array) -> Texts:
    values = values.cast(pa.float32()) if pa.types.is_float16(values.type) else values
    values = _finite(values)
    number = np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False))
    whole = (np.abs(number) < _WHOLE) & (number == np.floor(number))
    text = pa.array(np.where(whole, number, 0).astype(np.int64)).cast(pa.string())
    if not whole.all():
        # The shortest text of each other float: at most the rows of one unit of work.
        other = pa.array([str(x) for x in number[~whole]], pa.string())
        text = pc.replace_with_mask(text, pa.array(~whole), other)
    if values.null_count:
        text = pc.if_else(values.is_valid(), text, pa.scalar(None, pa.string()))
    return Texts(text, ~whole)


def _timestamps(values: pa.Array) -> pa.Array:
    """ISO 8601 in UTC, the fraction without trailing zeros."""
    number = values.cast(pa.int64())
    text = number.cast(pa.timestamp(values.type.unit)).cast(pa.string())
    odd = pc.starts_with(text, "<")  # Arrow's words for what is outside its calendar
    text = pc.replace_substring(text, " ", "T", max_replacements=1)
    if values.type.unit != "s":
        text = pc.replace_substring_regex(text, r"\.?0+$", "")
    text = pc.binary_join_element_wise(text, "Z", "")
    return pc.if_else(odd, number.cast(pa.string()), text) if pc.any(odd).as_py() else text


def _uuids(values: pa.Array) -> Texts:
    """UUIDs as everybody writes them."""
    raw = [None if value is None else value.hex() for value in values.storage.to_pylist()]
    text = [h and f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in raw]
    return _all(pa.array(text, pa.string()), False)
