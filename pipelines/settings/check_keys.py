"""Checks one part of the configuration against its class; what is wrong is said in plain words."""

import functools
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from idweave.pipelines.nearest import nearest, nearest_name
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.kinds import NAME, TYPE
from idweave.pipelines.settings.model import Strategy
from idweave.pipelines.settings.privacy import SECRET

_WORDS = {
    "int_type": "no whole number",
    "int_parsing": "no whole number",
    "int_parsing_size": "no whole number",
    "int_from_float": "no whole number",
    "float_type": "no number",
    "float_parsing": "no number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "string_type": "no text; put it in quotes if it is meant as one",
    "tuple_type": "no list",
    "dict_type": "should have keys",
    "model_type": "should have keys",
    "model_attributes_type": "should have keys",
    "greater_than_equal": "at least {ge} is allowed",
    "less_than_equal": "at most {le} is allowed",
    "finite_number": "no finite number",
    "string_too_short": "is empty; name one",
    "string_too_long": "longer than {max_length} characters",
    "too_long": "at most {max_length} are allowed",
}
_PATTERNS = {
    NAME: "no name; allowed: a to z, 0 to 9 and _, a letter first",
    TYPE: "no name of an identity type; allowed: text without colons and blanks",
    SECRET: "says not where the key is; allowed: env:NAME of a variable, or file:PATH",
}

_REFERRED = ("sources", "identities")  # the parts in them are what others refer to

Place = tuple[Any, ...]


class _Found(NamedTuple):
    """An error of the checker, and where it is."""

    error: Any
    place: Place  # of what the configuration has
    choice: Place | None  # of what may be one of several things, if it is in such


def validated(model: Any, body: Any, prefix: str, also: frozenset[str] = frozenset()) -> Any:
    """An object of a class of settings.

    Args:
        model: the class.
        body: what the configuration says.
        prefix: its key, for errors.
        also: keys that may stand there beside the class's own.

    Raises:
        Wrong: with all other errors of the part, and what is left without them.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = _chosen([_found(of, body) for of in error.errors()])
    wrongs = [_wrong(of, model, prefix, also) for of in found]
    wrongs[0].others = tuple(wrongs[1:])
    wrongs[0].rest = _rest(model, body, found)
    raise wrongs[0] from None


def _found(error: Any, body: Any) -> _Found:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "missing":
        loc = loc[:-1]
    place: list[Any] = []
    choice = None
    for part in loc:
        is_list = isinstance(body, tuple | list) and isinstance(part, int)
        if part < len(body) if is_list else isinstance(body, dict) and part in body:
            body = body[part]
            place.append(part)
        elif choice is None:  # pydantic's name of one of several things
            choice = tuple(place)
    return _Found(error, tuple(place), choice)


def _chosen(found: Sequence[_Found]) -> list[_Found]:
    """The errors to tell: of a choice that failed the one that came furthest."""
    best: dict[Place, _Found] = {}
    for of in found:
        if of.choice is not None and _far(of) > _far(best.get(of.choice)):
            best[of.choice] = of
    kept = [of for of in found if of.choice is None or best[of.choice] is of]
    unknown = [
        (of.place[:-1], str(of.place[-1])) for of in kept if of.error["type"] == "extra_forbidden"
    ]
    kept = [of for of in kept if not _is_misspelt(of, unknown)]
    return [of for of in kept if not _follows(of, kept)]


def _far(of: _Found | None) -> tuple[int, bool]:
    if of is None:
        return -1, False
    return len(of.place), not of.error["type"].endswith("_type")


def _follows(of: _Found, others: Sequence[_Found]) -> bool:
    """Whether a list is too short only for the items in it that are wrong."""
    size = len(of.place)
    return of.error["type"] == "too_short" and any(
        len(other.place) > size and other.place[:size] == of.place for other in others
    )


def _is_misspelt(of: _Found, unknown: Iterable[tuple[Place, str]]) -> bool:
    """Whether a key that is missing is there, misspelt: the unknown key is told."""
    if of.error["type"] != "missing":
        return False
    name = str(of.error["loc"][-1])
    return any(place == of.place and nearest_name(other, [name]) for place, other in unknown)


def _wrong(of: _Found, model: Any, prefix: str, also: frozenset[str]) -> Wrong:
    kind = of.error["type"]
    if kind == "missing":
        key = _key(prefix, (*of.place, of.error["loc"][-1]))
        return Wrong(key, None, "is missing", "it must be set")
    key = _key(prefix, of.place)
    if kind == "extra_forbidden":
        known = _known_keys(model, of.place[:-1]) | (also if len(of.place) == 1 else frozenset())
        return Wrong(key, None, "unknown key", nearest(str(of.place[-1]), known))
    given = "null" if of.error["input"] is None else of.error["input"]
    said = kind == "too_short" or of.error["loc"][-1:] == ("[key]",)
    said = said or of.error.get("ctx", {}).get("pattern") == SECRET  # it may be the key itself
    return Wrong(key, None if said else given, _words(of.error))


def _rest(model: Any, body: Any, found: Sequence[_Found]) -> Any:
    """The object without what is wrong; None: too much would follow from leaving it out."""
    for of in found:
        is_named = len(of.place) == 2 and of.place[0] in _REFERRED
        if of.error["type"] == "missing" or is_named:
            return None
        body = _without(body, of.place)
    try:
        return model.model_validate(body)
    except ValidationError:
        return None


def _without(body: Any, place: Place) -> Any:
    """A copy of plain values without one of them; items of lists go with their list."""
    if not place or place[0] not in body:
        return body
    if len(place) == 1 or not isinstance(body[place[0]], dict):
        return {key: of for key, of in body.items() if key != place[0]}
    return body | {place[0]: _without(body[place[0]], place[1:])}


def _key(prefix: str, place: Place) -> str:
    """A key as one writes it: `strategies.one.hubs[0].type`."""
    text = prefix
    for part in place:
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
        limits = {k: int(v) if isinstance(v, float) else v for k, v in context.items()}
        return _WORDS[kind].format(**limits)
    message: str = error["msg"]
    return message.removeprefix("Value error, ").replace("Input should", "should")


def _known_keys(model: Any, place: Place) -> set[str]:
    """The keys that stand at a place of the configuration."""
    inner = functools.reduce(_inside, place, model)
    found = next((kind for kind in _kinds(inner) if _is_part(kind)), None)
    if found is None:
        return set()
    hidden = {"rules", "keys"} if found is Strategy else set[str]()
    return {field.alias or name for name, field in found.model_fields.items()} - hidden


def _inside(annotation: Any, part: object) -> Any:
    """The annotation of what stands at a key, or in a list."""
    for kind in _kinds(annotation):
        if _is_part(kind):
            for name, field in kind.model_fields.items():
                if (field.alias or name) == part:
                    return field.annotation
        elif get_origin(kind) in (dict, tuple):
            return get_args(kind)[1 if get_origin(kind) is dict else 0]
    return None


def _kinds(annotation: Any) -> list[Any]:
    """An annotation without what is said beside it; of a choice all that it may be."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for choice in get_args(annotation) for kind in _kinds(choice)]
    return [annotation]


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
