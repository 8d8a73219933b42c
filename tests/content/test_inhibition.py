"""Every inhibit rule is for something. What is silenced by what has cases in `tests/routing/`.

The labels are those of the alerts that the cases in `tests/rules/` expect, so they are what the rules really give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from support.dojopool import built, expected_alerts

Labels = Mapping[str, str]


def matches(matchers: Sequence[str], labels: Labels) -> bool:
    """Whether labels match all of Alertmanager's matchers; a label that is not there is empty."""
    found = [re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', matcher) for matcher in matchers]
    assert all(found)
    judge: dict[str, Callable[[str, str], bool]] = {
        "=": lambda value, wanted: value == wanted,
        "!=": lambda value, wanted: value != wanted,
        "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    }
    return all(judge[one[2]](labels.get(one[1], ""), one[3]) for one in found if one)


def test_every_inhibit_rule_has_alerts_that_it_silences() -> None:
    idle = []
    for rule in built("prod").yaml("alertmanager/alertmanager.yml")["inhibit_rules"]:
        sources = [given for given in expected_alerts() if matches(rule["source_matchers"], given)]
        targets = [given for given in expected_alerts() if matches(rule["target_matchers"], given)]
        equal = [
            (source, target)
            for source in sources
            for target in targets
            if source != target and all(source.get(name, "") == target.get(name, "") for name in rule["equal"])
        ]
        if not equal:
            idle.append(rule)

    assert idle == []
