import json

from dojoboards import report
from dojoboards.artifact import json_bytes
from support.golden import golden


def test_the_document_has_every_change_with_its_differences(described: report.Report) -> None:
    text = json_bytes(report.as_document(described)).decode()

    assert text == golden("report/plan.json", text)


def test_the_document_is_plain_and_names_places(described: report.Report) -> None:
    document = json.loads(json_bytes(report.as_document(described)))

    changes = {change["path"]: change for target in document["targets"] for change in target["changes"]}
    assert changes["rules/service.yml"]["source"] == "alerts/service.py:12"
    assert changes["rules/service.yml"]["differences"][-1] == {
        "what": "changed",
        "where": ["alert ServiceDown", "for"],
        "before": "2m",
        "after": "5m",
    }
    assert changes["folders/s"]["differences"] == [
        {"what": "removed", "where": ["permission of team 'developers'"], "before": "Edit", "revokes": True}
    ]
    assert changes["dashboards/shop/mended.json"]["edited"] == {"who": "ann", "when": "2026-08-01T10:00:00Z"}
    assert document["revoked_permissions"] == 1
    assert "prometheus.yml" not in changes
    assert document["counts"]["unchanged"] == 1
