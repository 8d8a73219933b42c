"""How long conditions hold before alerts fire."""

from collections.abc import Mapping
from dataclasses import replace

from dojoboards import Alert, Environment, RecordingRule, RuleGroup


def delayed(env: Environment, *groups: RuleGroup) -> list[RuleGroup]:
    """Return rule groups whose alerts wait as the setting `alert_delays` says, where it says anything of their `for`.

    It is one setting for all, so that a rehearsal keeps the order in which alerts fire: inhibition rests on it.
    """
    delays: Mapping[str, str] = env.setting("alert_delays")
    return [replace(group, rules=[_delayed(rule, delays) for rule in group.rules]) for group in groups]


def _delayed(rule: Alert | RecordingRule, delays: Mapping[str, str]) -> Alert | RecordingRule:
    return replace(rule, for_=delays.get(rule.for_, rule.for_)) if isinstance(rule, Alert) else rule
