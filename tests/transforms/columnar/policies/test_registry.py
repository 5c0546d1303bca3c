"""Every policy says all that the project needs to know of it."""

import dataclasses
from typing import get_type_hints

import pytest

from idweave.pipelines.settings.policy_keys import key_model
from idweave.transforms.columnar.policies.policy import Policy
from idweave.transforms.columnar.policies.registry import POLICIES


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_a_policy_speaks_of_itself_and_of_its_keys(policy: Policy) -> None:
    assert policy.words
    for field in dataclasses.fields(policy.keys):
        assert field.metadata["about"]
        assert field.metadata["example"] is not None


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_the_strict_model_has_the_policys_keys_and_defaults(policy: Policy) -> None:
    model = key_model(policy.keys)
    assert list(model.model_fields) == list(get_type_hints(policy.keys))
    defaults = policy.keys()
    assert {name: getattr(model(), name) for name in model.model_fields} == {
        name: getattr(defaults, name) for name in model.model_fields
    }
