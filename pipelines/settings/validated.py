"""Checks one part of the configuration against its class; what is wrong is said in plain words."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from idweave.pipelines.settings.errors import Wrong, nearest
from idweave.pipelines.settings.kinds import NAME, TYPE
from idweave.pipelines.settings.model import Strategy

_WORDS = {
    "int_type": "no whole number",
    "int_from_float": "no whole number",
    "float_type": "no number",
    "bool_type": "should be true or false",
    "string_type": "no text; put it in quotes if it is meant as one",
    "tuple_type": "no list",
    "dict_type": "should have keys",
    "model_type": "should have keys",
    "model_attributes_type": "should have keys",
    "greater_than_equal": "at least {ge} is allowed",
    "less_than_equal": "at most {le} is allowed",
    "finite_number": "no finite number",
    "invalid_key": "no text; put it in quotes if it is meant as one",
    "string_too_short": "is empty; name one",
    "string_too_long": "longer than {max_length} characters",
    "too_long": "at most {max_length} are allowed",
}
_PATTERNS = {
    NAME: "no name; allowed: a to z, 0 to 9 and _, a letter first",
    TYPE: "no name of an identity type; allowed: text without colons and blanks",
}


def validated(model: Any, body: Any, prefix: str, also: frozenset[str] = frozenset()) -> Any:
    """An object of a class of settings.

    Args:
        model: the class.
        body: what the configuration says.
        prefix: its key, for errors.
        also: keys that may stand there beside the class's own.

    Raises:
        Wrong: for the first error.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = _first(error.errors(), body)
        loc = first["loc"]
        if first["type"] == "extra_forbidden":
            known = _known_keys(model, loc[:-1]) | (also if len(loc) == 1 else frozenset())
            raise Wrong(_key(prefix, loc), None, "unknown key", nearest(str(loc[-1]), known)) from (
                None
            )
        if first["type"] == "missing":
            raise Wrong(_key(prefix, loc), None, "is missing", "it must be set") from None
        wrong = _words(first)
        said = first["type"] == "too_short" or loc[-1:] == ("[key]",)
        given = "null" if first["input"] is None else first["input"]
        raise Wrong(_key(prefix, _real(loc, body)), None if said else given, wrong) from None


def _first(errors: list[Any], body: Any) -> Any:
    """The first error; of those of a choice that failed the one that came furthest."""
    unknown = [e for e in errors if e["type"] == "extra_forbidden"]
    if (
        errors[0]["type"] == "missing"
        and unknown
        and unknown[0]["loc"][:-1] == errors[0]["loc"][:-1]
    ):
        return unknown[0]  # most likely the missing key, misspelt
    place = _real(errors[0]["loc"], body)
    same = [e for e in errors if _real(e["loc"], body)[: len(place)] == place]
    return max(
        same,
        key=lambda e: (len(_real(e["loc"], body)), not e["type"].endswith("_type")),
    )


def _real(loc: tuple[Any, ...], body: Any) -> tuple[Any, ...]:
    """The part of an error's place that the configuration has: pydantic adds names of its own."""
    real: list[Any] = []
    for part in loc:
        is_list = isinstance(body, tuple | list) and isinstance(part, int)
        if part < len(body) if is_list else isinstance(body, dict) and part in body:
            body = body[part]
            real.append(part)
    return tuple(real)


def _key(prefix: str, loc: tuple[Any, ...]) -> str:
    """A key as one writes it: `strategies.one.hubs[0].type`."""
    text = prefix
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"


def _words(error: Any) -> str:
    """What is wrong, without words of the checker."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "too_short":
        least = context["min_length"]
        return "is empty; name at least one" if least == 1 else f"name at least {least}"
    if kind == "literal_error":
        allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"no such value; {nearest(str(error['input']), allowed)}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[context["pattern"]]
    if kind in _WORDS:
        return _WORDS[kind].format(**context)
    message: str = error["msg"]
    return message.removeprefix("Value error, ").replace("Input should", "should")


def _known_keys(model: Any, loc: tuple[Any, ...]) -> set[str]:
    """The keys that stand at a place of the configuration."""
    for part in loc:
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            if str(part) in fields:
                model = _model_in(fields[str(part)].annotation)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return set()
    hidden = {"rules", "keys"} if model is Strategy else set[str]()
    return {field.alias or name for name, field in model.model_fields.items()} - hidden


def _model_in(annotation: Any) -> Any:
    """The class of settings inside an annotation such as dict[str, Source]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _model_in(inner)) is not None:
            return found
    return None
