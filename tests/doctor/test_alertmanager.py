from pathlib import Path

import pytest

from dojoboards.doctor import alertmanager
from dojoboards.model import Server
from dojoboards.targets.servers import Client
from support.answers import Reply, answering

SENT = (
    'alertmanager_notifications_total{integration="email"} 0\nalertmanager_notifications_total{integration="slack"} 4\n'
)


@pytest.mark.parametrize(
    ("failed", "found"),
    [
        ('{integration="slack"} 0', [("ok", "none of 4 notifications failed")]),
        ('{integration="slack"} 1', [("note", "1 of 4 notifications by slack failed since it was started")]),
        ('{integration="slack"} 4', [("error", "4 of 4 notifications by slack failed since it was started")]),
        (
            '{integration="slack",reason="clientError"} 4',
            [("error", "4 of 4 notifications by slack failed since it was started")],
        ),
    ],
)
def test_an_integration_whose_notifications_fail_is_told(
    tmp_path: Path, failed: str, found: list[tuple[str, str]]
) -> None:
    body = f"{SENT}alertmanager_notifications_failed_total{failed}\n".encode()

    with answering(lambda _: Reply(body=body)) as server:
        client = Client(Server(url=server.url), "alertmanager", tmp_path)
        findings = [(each.severity, each.message) for each in alertmanager.receivers(client)]
        client.close()

    assert findings == found
