"""What checks say, in the words of the files: checks are written for content in Python."""

from __future__ import annotations

from dataclasses import replace

from dojoboards.lint.registry import Judgement

_IN_FILES = {
    "`for_`": "`for`",
    'for_="': 'for: "',
    'interval="': 'interval: "',
    "`continue_=True`": "`continue: true`",
    "take `send_resolved=False` away": "give `send_resolved: true`",
    "`default=True`": "`isDefault: true`",
    "give `instant=True` to its queries": "make its queries instant ones",
    "give `targets` or `discovery`": "give `static_configs`, or another discovery",
    "give `alertmanagers`": "give `alertmanagers` under `alerting`",
    "`alert_relabel`": "`alert_relabel_configs`",
    "`metric_relabel`": "`metric_relabel_configs`",
    "in the module '": "in the file '",
    "give `runbook_url` in dojoboards.yaml, or in its annotations": "give it a `runbook_url` among its annotations",
    "`slack_api_url` to Alertmanager": "`slack_api_url` under `global`",
    "`smtp_smarthost` to Alertmanager": "`smtp_smarthost` under `global`",
    "`smtp_from` to Alertmanager": "`smtp_from` under `global`",
    "or `api_url` to Slack": "or `api_url` in the receiver",
}
"""What stands in a message or a remedy for a field of this library, and what a file has there."""


def in_files(judgement: Judgement) -> Judgement:
    """Return a judgement in the words of files."""
    finding = judgement.finding
    told = replace(finding, message=_worded(finding.message), fix=_worded(finding.fix))
    return judgement if told == finding else replace(judgement, finding=told)


def _worded(text: str) -> str:
    for before, after in _IN_FILES.items():
        if before in text:
            text = text.replace(before, after)
    return text
