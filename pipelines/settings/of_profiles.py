"""The shape of what is made of profiles: attributes by rule, audiences, groups."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.functional_serializers import PlainSerializer

from idweave.pipelines.settings.kinds import Count, Name, Part, Some, Texts, key
from idweave.pipelines.settings.values import age, age_text
from idweave.transforms.columnar.attributes.cast_texts import TYPES
from idweave.transforms.columnar.attributes.rules import COLLECTED, FLAGS, RULES
from idweave.transforms.columnar.groups.form_groups import ORDERLESS

Age = Annotated[
    int,
    BeforeValidator(age, json_schema_input_type=Annotated[str, Field(pattern=r"^[0-9]+[dh]$")]),
    PlainSerializer(age_text),
]  # microseconds


class AttributeRule(Part):
    """How an attribute of a profile is made of its records' values."""

    rule: Literal[RULES] = key(  # type: ignore[valid-type]
        "which of the values it is, or what is made of them", "most_frequent", "newest"
    )
    type: Literal[tuple(TYPES)] | None = key(  # type: ignore[valid-type]
        "what values are cast to; default: the sources' common type, else string",
        "int64",
        None,
    )
    from_: Name | None = key(
        "the attribute that sources map; default: of its own name", "amount", None, alias="from"
    )
    ignore: Texts = key("values that count as none, trimmed and without case", ["", "unknown"], ())
    where: dict[Name, Some] = key(
        "attribute: texts; only records that have one of them in each count",
        {"action_name": ["purchase"]},
        {},
    )
    within: Age | None = key("only records of so long before the run's moment count", "30d", None)
    prefer: Some | None = key(
        "sources; only the values of the first that has any count, others come last",
        ["crm", "web"],
        None,
    )
    limit: Count | None = key(f"values of `collect`, at most; default {COLLECTED}", 5, None)

    @property
    def cast_to(self) -> str | None:
        """The name of the type that values are cast to; None: they are what they are."""
        return "boolean" if self.rule in FLAGS else self.type


class Audience(Part):
    """Profiles of a strategy for which a condition holds."""

    strategy: str = key("whose profiles it is of", "careful")
    where: str = key(
        "SQL, true for its members: the columns of `profiles`, attributes, identity_types, as_of",
        "plan = 'gold' and purchases_30d > 2",
    )


Orderless = Annotated[
    Literal[RULES],  # type: ignore[valid-type]
    WithJsonSchema({"enum": list(ORDERLESS), "type": "string"}),
]  # others are told why they are not


class Group(Part):
    """Profiles of a strategy, within a scope, that have a value in common."""

    strategy: str = key("whose profiles they are of", "careful")
    by: str = key(
        "an attribute: profiles with the same value, trimmed and without case; or an identity "
        "type: profiles that are tied by values that they hold",
        "address_key",
    )
    max_size: Count = key("profiles of a group, at most; more are no group", 10, 20)
    attributes: dict[Name, Orderless] = key(
        "attributes of profiles: how those of the group are made of them; a rule without an order",
        {"has_dog": "any_true"},
        {},
    )
