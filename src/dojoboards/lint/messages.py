"""Checks of an alert's texts against what its expression gives: labels that are left, values and their units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dojoboards import names
from dojoboards.expressions import Measure, of_unit
from dojoboards.expressions.measure import MOMENT, RATIO, TIME
from dojoboards.lint.analysis import analysis
from dojoboards.lint.registry import Finding, check
from dojoboards.model import Alert, Project

_LABEL = re.compile(r"\$labels\.([A-Za-z_]\w*)|\.Labels\.([A-Za-z_]\w*)|index\s+\$labels\s+\"(\w+)\"")
_QUERIED = re.compile(r"\{\{[^}]*\bquery\b")
_ASKED = re.compile(r"\{\{-?\s*(?:else\s+)?(?:if|with|range)\b[^}]*\}\}")
_EXTERNAL = re.compile(r"\$externalLabels\.([A-Za-z_]\w*)")
_VALUE = re.compile(r"\$value\b|(?<![\w.])\.Value\b")
_PERCENT = re.compile(r"\{\{[^}]*(?:\$value\b|\.Value\b)(?P<pipe>[^}]*)\}\}\s*(?:%|percent\b|per cent\b)")
_FORMATTED = re.compile(r"(?:\$value|\.Value)\s*\|\s*(humanizePercentage|humanizeDuration|humanizeTimestamp)\b")
_WANTED: Mapping[str, tuple[Measure, str]] = {
    "humanizePercentage": (RATIO, "a ratio from 0 to 1"),
    "humanizeDuration": (TIME, "seconds"),
    "humanizeTimestamp": (MOMENT, "seconds since 1970"),
}


def _texts(alert: Alert) -> Mapping[str, str]:
    labels = {f"labels[{name!r}]": text for name, text in alert.labels.items()}
    return {"summary": alert.summary, "description": alert.description, **alert.annotations, **labels}


@check("alert/text-label", on=Alert, severity="warning")
def text_label(alert: Alert, project: Project) -> Iterator[Finding]:
    """A label in an alert's text is one that its expression leaves.

    What an aggregation drops is empty in the message. The labels that the rule itself adds are not among `$labels`.
    Bad: `{{ $labels.instance }}` with `sum by (job) (up) == 0`. Good: `{{ $labels.job }}`.
    """
    texts = {key: text for key, text in _texts(alert).items() if "abels" in text}
    if not texts:
        return
    found = analysis(alert.expr, project, in_dashboard=False)
    if found.root is None:
        return
    labels = found.gives(found.root).labels
    own = {"alertname", "severity", *(("team",) if alert.team else ()), *alert.labels}
    told: set[str] = set()
    for key, text in texts.items():
        asked = {name for action in _ASKED.findall(text) for name in _named(action)}
        for name in _named(text):
            if name in asked or name in told or labels.has(name) is not False:
                continue
            told.add(name)
            message = (
                f"`{key}` of the alert {alert.name!r} tells the label {name!r}, which its expression does not leave"
            )
            left = ", ".join(sorted(labels.possible or ()))
            fix = f"what is left: {left}" if left else "no label is left"
            if name in own:
                fix = "a label that the rule adds is not among $labels: write its value"
            yield Finding(message, fix, expr=alert.expr)


def _named(text: str) -> Iterator[str]:
    inside = _QUERIED.search(text) is not None  # there, `.Labels` are those of what the text itself asks for
    for found in _LABEL.finditer(text):
        if not (inside and found[2]):
            yield found[1] or found[2] or found[3]


@check("alert/external-label", on=Alert, severity="warning")
def external_label(alert: Alert, project: Project) -> Iterator[Finding]:
    """An external label in an alert's text is one that Prometheus adds.

    Bad: `{{ $externalLabels.region }}` without such a label. Good: one of `external_labels`.
    """
    if project.prometheus is None or any(alert is rule for group in project.log_groups for rule in group.rules):
        return
    known = project.prometheus.external_labels
    for key, text in _texts(alert).items():
        for name in dict.fromkeys(_EXTERNAL.findall(text)):
            if name not in known:
                message = f"`{key}` of the alert {alert.name!r} tells the external label {name!r}, which is not set"
                yield Finding(message, names.hint(name, known))


@check("alert/value-in-label", on=Alert, severity="warning")
def value_in_label(alert: Alert, _: Project) -> Iterator[Finding]:
    """An alert's labels do not tell its value.

    Labels are what an alert is known by: with each new value it would be another one, and `for` never passes.
    Bad: `labels={"usage": "{{ $value }}"}`. Good: `{{ $value }}` in the description.
    """
    for name, text in alert.labels.items():
        if "{{" in text and _VALUE.search(text):
            message = f"the label {name!r} of the alert {alert.name!r} tells its value, so that it changes all the time"
            yield Finding(message, "tell the value in the description")


@check("alert/text-unit", on=Alert, severity="warning")
def text_unit(alert: Alert, project: Project) -> Iterator[Finding]:
    """An alert's text tells its value in its unit.

    A ratio of 0.05 is `0.05 %` where the text only adds the sign.
    Bad: `{{ $value }} %` of a ratio, `{{ $value | humanizeDuration }}` of bytes.
    Good: `{{ $value | humanizePercentage }}` of a ratio.
    """
    texts = {key: text for key, text in _texts(alert).items() if _VALUE.search(text)}
    if not texts:
        return
    found = analysis(alert.expr, project, in_dashboard=False)
    if found.root is None or (measure := found.gives(found.root).measure) is None:
        return
    for key, text in texts.items():
        where = f"`{key}` of the alert {alert.name!r}"
        percent = _PERCENT.search(text)
        if (
            percent
            and measure.same(RATIO)
            and "humanizePercentage" not in percent["pipe"]
            and "*" not in percent["pipe"]
        ):
            message = f"{where} puts a percent sign behind a ratio: 0.05 would be told as 0.05 %"
            yield Finding(message, "write {{ $value | humanizePercentage }}", expr=alert.expr)
        for function in dict.fromkeys(_FORMATTED.findall(text)):
            wanted, what = _WANTED[function]
            if not measure.same(wanted) and _surely(measure, wanted):
                message = f"{where} takes its value for {what}, which it is not ({_told(measure)})"
                yield Finding(message, f"do without {function}, or change the expression", expr=alert.expr)


def _surely(measure: Measure, wanted: Measure) -> bool:
    """Return whether a measure is of another kind, or scale, than a wanted one; counts of things may be anything."""
    kinds = {name for name, _ in measure.powers}
    return kinds <= {"time", "data", "at"} and not (wanted == RATIO and kinds == {"truth"})


def _told(measure: Measure) -> str:
    for unit in ("s", "ms", "bytes", "Bps", "percent", "percentunit"):
        if (known := of_unit(unit)) is not None and known.same(measure):
            return {
                "s": "seconds",
                "ms": "milliseconds",
                "bytes": "bytes",
                "Bps": "bytes per second",
                "percent": "percent",
                "percentunit": "a ratio",
            }[unit]
    return "a moment" if measure.same(MOMENT) else "something else"
