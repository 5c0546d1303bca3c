"""The kinds of values that the configuration has, with their bounds, and what its parts share."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler

from idweave.pipelines.settings.values import as_texts, flag, in_bytes

NAME = r"^[a-z][a-z0-9_]*$"
TYPE = r"^[^:\s]+$"  # explain splits TYPE:VALUE at the colon
Name = Annotated[str, Field(pattern=NAME, max_length=100)]
Type = Annotated[str, Field(pattern=TYPE, max_length=100)]
Scalar = str | int | float | bool  # what an editor takes for a text
Text = Annotated[str, BeforeValidator(str, json_schema_input_type=Scalar)]
Texts = Annotated[
    tuple[str, ...], BeforeValidator(as_texts, json_schema_input_type=Scalar | list[Scalar])
]
Column = Annotated[str, Field(min_length=1)]
Some = Annotated[
    tuple[Column, ...],
    BeforeValidator(as_texts, json_schema_input_type=Scalar | list[Scalar]),
    Field(min_length=1),
]  # at least one text
Size = Annotated[
    int, Field(ge=1, le=2**62), BeforeValidator(in_bytes, json_schema_input_type=int | str)
]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]  # kernels count in 32 bits
Flag = Annotated[bool, BeforeValidator(flag, json_schema_input_type=bool)]

LATER = "a key that the first version lacked: at its default the digest leaves it out"


def key(about: str, example: Any, default: Any = ..., **more: Any) -> Any:
    """A key of the configuration.

    Args:
        about: what it means, for the JSON schema and docs/configuration.md.
        example: a value as one writes it.
        default: a key without one must be set.
        more: bounds, an alias.
    """
    return Field(default=default, description=about, examples=[example], **more)


class Part(BaseModel):
    """A part of the configuration: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )  # not strict: what is read are texts, and a key's type says what becomes of them;
    # not built until it is used: most are within another, which builds them again

    @model_serializer(mode="wrap")
    def _plain(
        self, plain: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Plain values; for the digest (`context`) without later keys that say nothing."""
        body: dict[str, Any] = plain(self)
        if info.context == "digest":
            for name, field in type(self).model_fields.items():
                if LATER in field.metadata and getattr(self, name) == field.default:
                    body.pop(field.alias or name)
        return body
