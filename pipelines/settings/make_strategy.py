"""Makes one strategy: what all have, its policy's own keys, and the rules that both say."""

from collections.abc import Callable
from typing import Any

from idweave.pipelines.nearest import nearest, nearest_name
from idweave.pipelines.settings.check_inputs import carried_types
from idweave.pipelines.settings.check_keys import validated
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.model import Common, Inputs, Strategy
from idweave.pipelines.settings.policy_keys import key_model, policy_rules
from idweave.transforms.columnar.policies.registry import POLICIES

_COMMON_KEYS = frozenset(Common.model_fields)


def make_strategy(key: str, given: Any, inputs: Inputs | None) -> dict[str, Any]:
    """The fields of a Strategy.

    Args:
        key: for errors, `strategies.NAME`.
        given: what the configuration says.
        inputs: None: they are wrong, so that only the strategy's own keys can be checked; nothing
            is made.

    Raises:
        Wrong: with all that is wrong.
    """
    wrongs: list[Wrong] = []
    of_all = _common(key, given, wrongs)
    own = {k: v for k, v in given.items() if k not in _COMMON_KEYS}
    policy = POLICIES[of_all.policy]
    if inputs is not None and not wrongs:
        link_on = of_all.link_on or _carried(inputs)
        wrongs += _wrong_types(f"{key}.link_on", link_on, inputs)
        if not wrongs:
            direct = [kind for kind, of in inputs.identities.items() if of.direct]
            rules, keys = policy_rules(policy, own, key, _COMMON_KEYS, link_on, direct)
            common = {k: v for k, v in given.items() if k in _COMMON_KEYS}
            return common | {"link_on": link_on, "rules": rules, "keys": keys}
    _gather(wrongs, lambda: validated(key_model(policy.keys), own, key, _COMMON_KEYS))
    _raise(wrongs)
    return {}


def stand_in() -> Strategy:
    """A strategy in place of one that is wrong, so that those that name it find it."""
    return Strategy.model_construct(policy="", scopes={}, link_on=(), hubs=(), sources=None)


def _common(key: str, given: Any, wrongs: list[Wrong]) -> Common:
    """What all strategies have; what is wrong with it is added. Raises Wrong without a policy."""
    if not isinstance(given, dict):
        shown = "null" if given is None else given
        raise Wrong(key, shown, "not a strategy", "allowed: keys, as {policy: merge_all}")
    if "policy" not in given:
        if near := nearest_name("policy", map(str, given)):
            raise Wrong(f"{key}.{near}", None, "unknown key", "did you mean policy?")
        raise Wrong(f"{key}.policy", None, "is missing", nearest("", POLICIES))
    common = {k: v for k, v in given.items() if k in _COMMON_KEYS}
    try:
        of_all: Common = validated(Common, common, key)
    except Wrong as wrong:
        wrongs += wrong.all()
        if wrong.rest is None:
            _raise(wrongs)
        of_all = wrong.rest
    return of_all


def _wrong_types(key: str, link_on: tuple[str, ...], inputs: Inputs) -> list[Wrong]:
    types = list(inputs.identities)
    wrongs = [
        Wrong(key, kind, "no such identity type", nearest(kind, types), item=place)
        for place, kind in enumerate(link_on)
        if kind not in types
    ]
    if len(set(link_on)) < len(link_on):
        wrongs.append(Wrong(key, None, "a type stands twice", "name each once"))
    return wrongs


def _carried(inputs: Inputs) -> tuple[str, ...]:
    """The types that sources have, by priority: what links where `link_on` says nothing."""
    there = carried_types(inputs)
    return tuple(kind for kind in inputs.identities if kind in there)


def _gather(wrongs: list[Wrong], step: Callable[[], object]) -> None:
    try:
        step()
    except Wrong as wrong:
        wrongs += wrong.all()


def _raise(wrongs: list[Wrong]) -> None:
    if wrongs:
        wrongs[0].others = tuple(wrongs[1:])
        raise wrongs[0]
