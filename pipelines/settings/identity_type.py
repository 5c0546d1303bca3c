"""The shape of one identity type: what it is, and how its values are normalised and tested."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from idweave.pipelines.settings.kinds import LATER, Count, Flag, Part, Texts, key
from idweave.pipelines.settings.values import as_texts
from idweave.transforms.columnar.identities.text_steps import STEP_NAMES

NORMALISERS = tuple(name for name in STEP_NAMES if name.isidentifier())
Step = Annotated[str, Field(pattern=rf"^({'|'.join(NORMALISERS)}|e164:[A-Z]{{2}})$")]
Steps = Annotated[
    tuple[str, ...], BeforeValidator(as_texts, json_schema_input_type=Step | list[Step])
]  # what is wrong with one is said where regions are known


class IdentityType(Part):
    """How values of one identity type are normalised and tested."""

    is_: Annotated[Literal["email", "phone", "name", "id"] | None, LATER] = key(
        "what it is, for platforms that normalise; default: by the names `email`, `phone`, and "
        "those that end in `_email`, `_phone`",
        "phone",
        None,
        alias="is",
    )
    normalise: Steps = key(
        f"what is done with a value before all tests, in this order: {', '.join(STEP_NAMES)}",
        ["trim", "lower"],
        (),
    )
    blocked: Texts = key(
        "values that are refused, compared after normalising and trim, ignoring case",
        ["test@test.com"],
        (),
    )
    blocked_patterns: Annotated[Texts, LATER] = key(
        "patterns (RE2) of refused values, the whole value as normalised, ignoring case",
        ["noreply@.*"],
        (),
    )
    blocked_defaults: Flag = key(
        "true: common junk such as null, unknown or all zeros is refused", False, True
    )
    pattern: str | None = key(
        "pattern (RE2) that the whole value must match, as normalised", ".+@.+", None
    )
    max_length: Count = key("of a value, in code points", 100, 256)
    hashed: Flag = key(
        "true: values are hashed already, so platforms write them as they are", True, False
    )
    direct: Flag = key("true: a profile key that idsync looks up before all others", True, False)
