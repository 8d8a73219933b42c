from dojoboards import report
from dojoboards.errors import Source
from dojoboards.plan import Change


def change(action: str, path: str, kind: str = "rules", **more: object) -> Change:
    return Change(action=action, kind=kind, key=path, path=path, **more)  # type: ignore[arg-type]


PLANS = [
    report.TargetPlan(
        "prometheus in /etc/prometheus",
        "prometheus",
        [
            change("create", "rules/new.yml", after=b"a\nb\n"),
            change("update", "rules/x.yml", before=b"a\nb\n", after=b"a\nc\nd\n", source=Source("alerts/x.py", 3)),
            change("update", "secrets/token", "secret", before=b"example-old", after=b"example-new"),
            change("unchanged", "prometheus.yml"),
            change("delete", "rules/old.yml", before=b"a\n"),
        ],
    ),
    report.TargetPlan("grafana in /srv", "grafana", [change("unchanged", "dashboards/a.json", "dashboard")]),
]


def test_the_text_shows_what_changes_and_counts_what_does_not() -> None:
    assert "\n".join(report.text("prod", PLANS, prune=False)) == (
        """\
prometheus in /etc/prometheus
  create    rules/new.yml
  update    rules/x.yml    +2 -1 lines
  update    secrets/token
  delete    rules/old.yml  only with --prune
prod: 1 to create, 2 to update, 1 to delete, 2 unchanged"""
    )


def test_deletions_need_no_remark_where_they_are_applied() -> None:
    assert "  delete    rules/old.yml" in list(report.text("prod", PLANS, prune=True))


def test_what_stops_a_push_says_why() -> None:
    changes = [change("drifted", "a"), change("conflict", "b")]

    assert list(report.text("prod", [report.TargetPlan("t", "grafana", changes)], prune=False)) == [
        "t",
        "  drifted   a  changed by someone since the last push",
        "  conflict  b  something that is not ours stands there",
        "prod: 1 drifted, 1 in conflict",
    ]


def test_a_move_is_told() -> None:
    moved = change("update", "new.tmpl", before=b"a\n", after=b"b\n", moved_from=("old.tmpl",))

    assert "moved from old.tmpl, +1 -1 lines" in "".join(
        report.text("prod", [report.TargetPlan("t", "alertmanager", [moved])], prune=False)
    )


def test_the_document_has_every_change_and_no_content() -> None:
    document = report.document("prod", PLANS)

    assert document["counts"] == {
        "create": 1, "update": 2, "delete": 1, "drifted": 0, "conflict": 0, "unchanged": 2,
    }  # fmt: skip
    assert document["targets"][0]["changes"][1] == {
        "action": "update",
        "kind": "rules",
        "key": "rules/x.yml",
        "path": "rules/x.yml",
        "source": "alerts/x.py:3",
    }
    assert "example" not in str(document)
