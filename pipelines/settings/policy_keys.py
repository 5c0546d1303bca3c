"""Checks the keys of a policy strictly, and turns them into its rules.

A policy describes its keys itself (`transforms/columnar/policies/NAME/rules.py`); nothing here
knows any policy by name.
"""

import dataclasses
import functools
import importlib.resources
import operator
import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import yaml
from pydantic import BeforeValidator, Field, create_model

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.check_keys import validated
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.kinds import Count, Part, Texts
from idweave.pipelines.settings.values import lists_of_types, preset_or_list
from idweave.transforms.columnar.policies import keys as plain
from idweave.transforms.columnar.policies.policy import Policy, Rules

_STRICT: dict[Any, Any] = {
    plain.Count: Count,
    plain.TypeNames: Texts,
    plain.SomeTypeNames: Annotated[Texts, Field(min_length=1)],
    plain.TypeLists: Annotated[tuple[Texts, ...], BeforeValidator(lists_of_types)],
    plain.Limits: dict[str, Count],
    plain.PresetName: str,
}


def policy_rules(
    policy: Policy,
    given: dict[str, Any],
    key: str,
    also: frozenset[str],
    link_on: Sequence[str],
    direct: Sequence[str],
) -> tuple[Rules, dict[str, Any]]:
    """A strategy's rules, and its keys as plain values, presets and defaults filled in.

    Args:
        given: the policy's own keys, as the configuration has them.
        key: of the strategy, for errors.
        also: keys that may stand there beside the policy's own.
        link_on, direct: names of types.

    Raises:
        Wrong: for the first error.
    """
    model = key_model(policy.keys)
    checked = validated(model, given, key, also)
    linked = plain.Linked(tuple(link_on), tuple(direct), _preset(policy, checked, key))
    try:
        rules = policy.rules(_plain(policy.keys, checked), linked)
    except plain.WrongKey as wrong:
        allowed = wrong.allowed or (nearest(str(wrong.value), wrong.known) if wrong.known else "")
        raise Wrong(f"{key}.{wrong.key}", wrong.value, wrong.wrong, allowed) from None
    fields = dataclasses.fields(policy.keys)
    unset = {f.name for f in fields if f.metadata["later"] and getattr(checked, f.name) is None}
    return rules, checked.model_dump(mode="json", exclude=unset) | policy.filled(rules, linked)


def key_model(keys: Any) -> type[Part]:
    """The strict model of a policy's keys."""
    hints = get_type_hints(keys, include_extras=True)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(keys):
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        fields[field.name] = (
            _strict(hints[field.name]),
            Field(
                default=... if default is dataclasses.MISSING else default,
                description=field.metadata["about"],
                examples=[field.metadata["example"]],
            ),
        )
    name = keys.__name__
    return create_model(name, __base__=Part, __doc__=keys.__doc__, __module__=__name__, **fields)


def _strict(annotation: Any) -> Any:
    """What the strict model has for a plain annotation."""
    if annotation in _STRICT:
        return _STRICT[annotation]
    if dataclasses.is_dataclass(annotation):
        return key_model(annotation)  # type: ignore[arg-type]
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    parts = get_args(annotation)
    if plain.PresetName in parts:
        lists = [Annotated[part, Field(min_length=1)] for part in parts if part != plain.PresetName]
        return Annotated[Union[str, *lists], BeforeValidator(preset_or_list)]
    return functools.reduce(operator.or_, map(_strict, parts))


def _plain(keys: Any, checked: Part) -> Any:
    """The checked keys as the policy's own dataclass."""
    hints = get_type_hints(keys)
    values = {}
    for field in dataclasses.fields(keys):
        value = getattr(checked, field.name)
        if isinstance(value, Part):
            kinds = (hints[field.name], *get_args(hints[field.name]))
            value = _plain(next(kind for kind in kinds if dataclasses.is_dataclass(kind)), value)
        values[field.name] = value
    return keys(**values)


def preset_key(keys: type[Any]) -> str | None:
    """The key that names a preset, if a policy has one."""
    for name, hint in get_type_hints(keys, include_extras=True).items():
        if plain.PresetName in (hint, *get_args(hint)):
            return name
    return None


def preset_names(policy: str) -> list[str]:
    """The presets of a policy, as files in `configs/strategies`."""
    folder = importlib.resources.files("idweave.configs") / "strategies"
    prefix = f"{policy}_"
    return sorted(
        file.name.removeprefix(prefix).removesuffix(".yaml")
        for file in folder.iterdir()
        if file.name.startswith(prefix) and file.name.endswith(".yaml")
    )


def _preset(policy: Policy, checked: Part, key: str) -> dict[str, Any]:
    """The keys of the preset that a strategy names; none if it names none."""
    of = preset_key(policy.keys)
    name = None if of is None else getattr(checked, of)
    if not isinstance(name, str):
        return {}
    known = preset_names(policy.name)
    if name not in known:
        raise Wrong(f"{key}.{of}", name, "no such preset", nearest(name, known))
    return read_preset(policy.name, name)


def read_preset(policy: str, name: str) -> dict[str, Any]:
    """The keys of a preset."""
    file = importlib.resources.files("idweave.configs") / "strategies" / f"{policy}_{name}.yaml"
    body: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return body
