"""Who is told: Slack, mail to operations, and a daily summary."""

from dojoboards import (
    Alertmanager,
    Email,
    Environment,
    InhibitRule,
    NotificationTemplate,
    Receiver,
    Route,
    Secret,
    Slack,
)

TEXT = """\
{{ define "dojopool.duration" -}}
{{ if eq .Status "resolved" -}}
{{ humanizeDuration ((.EndsAt.Sub .StartsAt).Round 1000000000).Seconds -}}
{{ else -}}
{{ humanizeDuration ((since .StartsAt).Round 1000000000).Seconds -}}
{{ end -}}
{{ end -}}

{{ define "dojopool.text" -}}
{{ range $index, $alert := .Alerts -}}
{{ if $index }}{{ "\\n" }}{{ end -}}
[{{ .Labels.severity | title }}] {{ .Labels.alertname }}
Description: {{ trimSpace (reReplaceAll `\\s+` " " (or .Annotations.description .Annotations.summary)) }}
Duration: {{ template "dojopool.duration" . -}}
{{ end -}}
{{ end -}}

{{ define "dojopool.subject" -}}
[{{ .Status | title }}] {{ .CommonLabels.environment }}: \
{{ with .CommonLabels.alertname }}{{ . }}{{ else }}{{ len .Alerts }} alerts{{ end -}}
{{ end -}}

{{ define "dojopool.summary" -}}
{{ len .Alerts.Firing }} firing, {{ len .Alerts.Resolved }} ended since the last summary.

{{ template "dojopool.text" . }}
{{ end }}
"""

templates = [NotificationTemplate(name="dojopool", text=TEXT)]


def alertmanager(env: Environment) -> Alertmanager:
    """What no route catches goes to Slack too: an alert with a new severity must not vanish.

    One outage is one message: alerts about one service in one environment are grouped, whatever they are called.
    """
    stand_in = env.setting("notification_stand_in")
    username = env.setting("smtp_username")
    return Alertmanager(
        receiver="slack",
        group_by=["environment", "service"],
        group_wait=env.setting("notification_wait"),
        group_interval=env.setting("notification_interval"),
        repeat_interval="12h",
        slack_api_url=None if stand_in else Secret("slack_api_url"),
        smtp_smarthost=env.setting("smtp_smarthost"),
        smtp_from=env.setting("smtp_from"),
        smtp_auth_username=username,
        smtp_auth_password=Secret("smtp_password") if username else None,
        smtp_require_tls=env.setting("smtp_require_tls"),
        extra={"slack_api_url": f"{stand_in}/slack"} if stand_in else {},
    )


def receivers(env: Environment) -> list[Receiver]:
    """Slack and mail say the same three lines for each alert, firing or resolved."""
    text = '{{ template "dojopool.text" . }}'
    mail = Email(
        to=env.setting("operations_mail"), subject='{{ template "dojopool.subject" . }}', text=text, send_resolved=True
    )
    summary = Email(
        to=env.setting("summary_mail"),
        subject="Daily summary of alerts, {{ .CommonLabels.environment }}",
        text='{{ template "dojopool.summary" . }}',
        send_resolved=True,
    )
    return [
        Receiver(name="slack", slack=[Slack(channel=env.setting("slack_channel"), text=text)]),
        Receiver(name="operations-mail", email=[mail]),
        Receiver(name="daily-summary", email=[summary]),
    ]


def routes(_env: Environment) -> list[Route]:
    """Every alert goes to Slack, critical ones to operations by mail too, and all into the daily summary.

    Alertmanager has no digest. The summary is one group of all alerts of an environment that is told every 24 hours,
    with what fires and what has ended since. Its limits: the first one comes an hour after the first alert, and the
    hour of the day follows from that; an alert that began and ended before the first one is not in it; restarting
    Alertmanager starts the count anew. It repeats after 23 hours, as 24 would not be over yet at the next turn.
    """
    all_ = 'severity=~"critical|warning"'
    return [
        Route(
            receiver="daily-summary",
            matchers=[all_],
            group_by=["environment"],
            group_wait="1h",
            group_interval="1d",
            repeat_interval="23h",
            continue_=True,
        ),
        Route(
            receiver="operations-mail",
            matchers=['severity="critical"'],
            repeat_interval="4h",
            continue_=True,
            priority=10,
        ),
        Route(receiver="slack", matchers=['severity="critical"'], repeat_interval="2h", priority=20),
        Route(receiver="slack", matchers=[all_], priority=30),
    ]


inhibitions = [
    # A critical alert silences its own warning: the same name about the same thing.
    InhibitRule(
        source_matchers=['severity="critical"'],
        target_matchers=['severity="warning"'],
        equal=["alertname", "environment", "job", "host", "instance", "mountpoint", "name", "database"],
    )
]
