"""The kinds of values that the configuration has, with their bounds, and what its parts share."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from idweave.pipelines.settings.values import as_text, as_texts, in_bytes

NAME = r"^[a-z][a-z0-9_]*$"
TYPE = r"^[^:\s]+$"  # explain splits TYPE:VALUE at the colon
Name = Annotated[str, Field(pattern=NAME, max_length=100)]
Type = Annotated[str, Field(pattern=TYPE, max_length=100)]
Scalar = str | int | float | bool  # what YAML may make of a text
Text = Annotated[str, BeforeValidator(as_text, json_schema_input_type=Scalar)]
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


class Part(BaseModel):
    """A part of the configuration: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )
