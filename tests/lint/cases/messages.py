"""What alerts say."""

from dojoboards.model import Prometheus
from support.expressions import firing, plain, shop
from support.lint import Case, alert, group

CASES = [
    firing(
        "alert/text-label",
        "sum by (job) (up) < 3",
        "content.py:2: `description` of the alert 'Down' tells the label 'instance', which its "
        "expression does not leave"
        "\n    what is left: job",
        description="{{ $labels.instance }} of {{ $labels.job }}",
    ),
    firing(
        "alert/text-label",
        "sum(up) < 3",
        "content.py:2: `summary` of the alert 'Down' tells the label 'job', which its expression does "
        "not leave"
        "\n    no label is left",
        summary="{{ .Labels.job }}",
    ),
    firing(
        "alert/text-label",
        "up == 0",
        "content.py:2: `description` of the alert 'Down' tells the label 'severity', which its "
        "expression does not leave"
        "\n    a label that the rule adds is not among $labels: write its value",
        description="{{ $labels.severity }}: {{ $labels.job }}",
    ),
    firing(
        "alert/text-label",
        "sum by (job) (up) < 3",
        "content.py:2: `labels['where']` of the alert 'Down' tells the label 'instance', which its "
        "expression does not leave"
        "\n    what is left: job",
        labels={"where": "{{ $labels.instance }}"},
    ),
    firing(
        "alert/external-label",
        "up == 0",
        "content.py:2: `description` of the alert 'Down' tells the external label 'region', which is not "
        "set"
        "\n    none is declared",
        description="{{ $externalLabels.region }}",
    ),
    Case(
        "alert/external-label",
        shop(
            group(alert(annotations={"where": "{{ $externalLabels.regoin }}"})),
            prometheus=Prometheus(external_labels={"region": "eu"}),
        ),
        [
            (
                "content.py:2: `where` of the alert 'Down' tells the external label 'regoin', which is not set"
                "\n    did you mean 'region'? known: region"
            )
        ],
    ),
    firing(
        "alert/value-in-label",
        "node_load1 > 3",
        "content.py:2: the label 'load' of the alert 'Down' tells its value, so that it changes all the "
        "time"
        "\n    tell the value in the description",
        labels={"load": "{{ $value }}"},
    ),
    firing(
        "alert/value-in-label",
        "node_load1 > 3",
        "content.py:2: the label 'load' of the alert 'Down' tells its value, so that it changes all the "
        "time"
        "\n    tell the value in the description",
        labels={"load": "{{ .Value | humanize }}"},
    ),
    firing(
        "alert/text-unit",
        "job:errors:ratio > 0.05",
        "content.py:2: `description` of the alert 'Down' puts a percent sign behind a ratio: 0.05 would "
        "be told as 0.05 %"
        "\n    write {{ $value | humanizePercentage }}",
        description="{{ $value }} % of the requests",
    ),
    firing(
        "alert/text-unit",
        "job:errors:ratio > 0.05",
        "content.py:2: `summary` of the alert 'Down' puts a percent sign behind a ratio: 0.05 would be "
        "told as 0.05 %"
        "\n    write {{ $value | humanizePercentage }}",
        summary='{{ printf "%.1f" $value }}%',
    ),
    firing(
        "alert/text-unit",
        "node_memory_MemFree_bytes < 1e9",
        "content.py:2: `description` of the alert 'Down' takes its value for a ratio from 0 to 1, which "
        "it is not (bytes)"
        "\n    do without humanizePercentage, or change the expression",
        description="{{ $value | humanizePercentage }}",
    ),
    firing(
        "alert/text-unit",
        "job:errors:ratio > 0.05",
        "content.py:2: `description` of the alert 'Down' takes its value for seconds, which it is not (a "
        "ratio)"
        "\n    do without humanizeDuration, or change the expression",
        description="{{ $value | humanizeDuration }}",
    ),
    firing(
        "alert/text-unit",
        "time() - node_boot_time_seconds < 600",
        "content.py:2: `description` of the alert 'Down' takes its value for seconds since 1970, which "
        "it is not (seconds)"
        "\n    do without humanizeTimestamp, or change the expression",
        description="since {{ $value | humanizeTimestamp }}",
    ),
]

BAD = [plain(case) for case in CASES]

GOOD = [
    firing("alert/text-label", "sum by (job) (up) < 3", description="{{ $labels.job }}"),
    firing("alert/text-label", "sum by (job) (up) < 3", description="{{ with $labels.instance }}{{ . }}{{ end }}"),
    firing("alert/text-label", "shop_orders_waiting > 3", description="{{ $labels.zone }}"),
    Case(
        "alert/external-label",
        shop(
            group(alert(description="{{ $externalLabels.region }}")),
            prometheus=Prometheus(external_labels={"region": "eu"}),
        ),
    ),
    Case("alert/external-label", shop(group(alert(description="{{ $externalLabels.region }}")), prometheus=None)),
    firing("alert/value-in-label", "node_load1 > 3", labels={"area": "{{ $labels.instance }}"}),
    firing(
        "alert/text-unit", "job:errors:ratio > 0.05", description="{{ $value | humanizePercentage }} of the requests"
    ),
    firing("alert/text-unit", "job:errors:ratio * 100 > 5", description="{{ $value }}% of the requests"),
    firing("alert/text-unit", "shop_orders_waiting > 5", description="{{ $value | humanizeDuration }}"),
    firing(
        "alert/text-unit", "time() - node_boot_time_seconds < 600", description="for {{ $value | humanizeDuration }}"
    ),
]
