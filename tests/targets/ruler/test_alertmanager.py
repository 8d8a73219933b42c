"""What a push of an Alertmanager configuration promises, in each flavour that has one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dojoboards.errors import DojoboardsError, Exit
from dojoboards.model import NotificationTemplate, Project, Receiver, Secret, SecretRef, Slack, Webhook
from dojoboards.plan import plan
from dojoboards.report import TargetPlan, as_document, described
from support.faults import answer
from support.ruler import Ruler, ruler
from support.ruling import HOOK, NOTIFICATION, Site, problems, shop, stand_in_site

EVERYTHING = ["create alertmanager.yml", "create shop.tmpl"]


@pytest.fixture(params=["mimir", "cortex"])
def server(request: pytest.FixtureRequest) -> Iterator[Ruler]:
    with ruler(request.param) as server:
        yield server


def config(site: Site) -> Any:
    document = site.document()
    assert document is not None
    return yaml.safe_load(document["alertmanager_config"])


def edit(site: Site, **changes: Any) -> None:
    """Change the configuration as a person does in a browser, where comments and the order of keys are lost."""
    document = site.document()
    assert document is not None
    site.put_document(yaml.safe_dump({**config(site), **changes}), document["template_files"])


def stopped(site: Site, project: Project, **how: Any) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        site.push(project, NOTIFICATION, **how)
    return list(problems(caught.value))


def test_a_first_push_stores_one_document_and_a_second_one_nothing(here: Site, server: Ruler) -> None:
    first = here.push(shop(here), NOTIFICATION)
    second = here.push(shop(here), NOTIFICATION)

    assert first == EVERYTHING
    assert second == []
    assert [request.method for request in server.writes] == ["POST"]


def test_secrets_stand_inline_and_templates_by_their_plain_names(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    document = here.document()

    assert document is not None
    assert config(here)["receivers"][1]["webhook_configs"] == [{"url": HOOK, "send_resolved": True}]
    assert config(here)["templates"] == ["shop.tmpl"]
    assert document["template_files"].keys() == {"shop.tmpl", "dojoboards-shop.tmpl"}
    assert 'define "shop.title"' in document["template_files"]["shop.tmpl"]


def test_no_plan_holds_a_secret_neither_the_former_nor_the_new_one(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    project = shop(here)
    (here.root / "hook").write_text("http://hook.example/another-example-token")
    (change, _) = here.plan(project, NOTIFICATION)

    assert (change.action, change.path) == ("update", "alertmanager.yml")
    assert b"example" not in b"".join((change.base or b"", change.before or b"", change.after or b""))
    shown = as_document(described("prod", [TargetPlan("there", "alertmanager", [change])], prune=False))
    (difference,) = shown["targets"][0]["changes"][0]["differences"]
    assert difference["where"] == ["receiver 'hook'", "webhook.url"]
    assert "example" not in str(difference)
    assert here.push(project, NOTIFICATION) == ["update alertmanager.yml"]
    assert here.push(project, NOTIFICATION) == []


def test_what_the_content_changes_is_updated_in_one_write(here: Site, server: Ruler) -> None:
    here.push(shop(here), NOTIFICATION)
    server.requests.clear()
    changed = shop(here, templates=[NotificationTemplate(name="shop", text="changed")])

    assert here.push(changed, NOTIFICATION) == ["update shop.tmpl"]
    assert len(server.writes) == 1
    assert here.push(changed, NOTIFICATION) == []


def test_what_a_person_saved_without_a_change_is_unchanged(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    edit(here)

    assert here.push(shop(here), NOTIFICATION) == []


def test_what_a_person_changed_stops_the_push_and_is_told_in_full_where_the_content_is_as_it_was(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    edit(here, route={"receiver": "hook"})

    assert stopped(here, shop(here)) == ["drifted alertmanager.yml"]
    (change,) = [change for change in here.plan(shop(here), NOTIFICATION) if change.stops]
    assert change.base == change.after
    assert here.push(shop(here), NOTIFICATION, overwrite=True) == ["update alertmanager.yml"]
    assert config(here)["route"]["receiver"] == "nobody"


def test_what_a_person_changed_and_the_content_now_gives_is_ours_again(here: Site, server: Ruler) -> None:
    here.push(shop(here), NOTIFICATION)
    merged, later = shop(here, routes=[]), shop(here, routes=[], templates=[])
    edit(here, route={key: value for key, value in config(here)["route"].items() if key != "routes"})
    server.requests.clear()

    assert here.push(merged, NOTIFICATION) == []
    assert len(server.writes) == 1
    assert here.push(merged, NOTIFICATION) == []
    assert len(server.writes) == 1
    assert here.push(later, NOTIFICATION) == ["update alertmanager.yml"]


def test_what_a_person_put_in_place_of_a_secret_is_drift_and_shown_by_no_plan(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    receivers = config(here)["receivers"]
    receivers[1]["webhook_configs"][0]["url"] = "http://theirs.example/their-token"
    edit(here, receivers=receivers)

    assert stopped(here, shop(here)) == ["drifted alertmanager.yml"]
    (change,) = [change for change in here.plan(shop(here), NOTIFICATION) if change.stops]
    assert b"their-token" not in (change.before or b"")


def test_a_configuration_that_is_not_ours_is_left_alone_until_we_are_told(here: Site) -> None:
    theirs = yaml.safe_dump({"route": {"receiver": "theirs"}, "receivers": [{"name": "theirs"}]})
    here.put_document(theirs, {"theirs.tmpl": "theirs"})

    assert stopped(here, shop(here)) == ["conflict alertmanager.yml"]
    assert here.push(shop(here), NOTIFICATION, adopt=True) == ["update alertmanager.yml", "create shop.tmpl"]
    document = here.document()
    assert document is not None
    assert document["template_files"].keys() == {"shop.tmpl", "theirs.tmpl", "dojoboards-shop.tmpl"}
    assert here.push(shop(here), NOTIFICATION) == []


def test_what_is_no_longer_built_goes_only_when_pruned(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    fewer = shop(here, templates=[])

    assert here.push(fewer, NOTIFICATION) == ["update alertmanager.yml"]
    assert here.push(fewer, NOTIFICATION, prune=True) == ["delete shop.tmpl"]
    assert here.push(shop(here, alertmanager=None), NOTIFICATION, prune=True) == ["delete alertmanager.yml"]
    assert here.document() is None


def test_what_the_server_refuses_is_told_in_its_words_without_the_secret_and_nothing_is_changed(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    before = here.document()
    proxied = Webhook(url=Secret("hook"), extra={"http_config": {"proxy_url": HOOK}})
    receivers = [Receiver(name="nobody"), Receiver(name="hook", webhook=[proxied])]

    (message,) = stopped(here, shop(here, receivers=receivers))
    assert "does not take the Alertmanager configuration: 400, error validating Alertmanager config: " in message
    assert "proxy_url" in message
    assert "example-hook-token" not in message
    assert here.document() == before


def test_a_server_that_repeats_a_secret_is_quoted_without_it(server: Ruler, here: Site) -> None:
    server.fail(answer(400, f"bad url {HOOK}!".encode()), method="POST")

    (message,) = stopped(here, shop(here))
    assert message.endswith("400, bad url (secret)!")


def test_a_file_on_the_server_is_refused_before_anything_is_asked(server: Ruler, here: Site) -> None:
    project = shop(here)
    secrets = {"hook": SecretRef(server_file="/etc/alertmanager/hook")}
    elsewhere = replace(project, environment=replace(project.environment, secrets=secrets))
    with pytest.raises(DojoboardsError) as caught:
        here.push(elsewhere, NOTIFICATION)

    (problem,) = caught.value.problems
    assert problem.message.startswith("`url_file` names /etc/alertmanager/hook, a file on the server, which ")
    assert problem.exit == Exit.UNREADABLE
    assert server.requests == []


def test_a_secret_that_is_not_set_is_told_with_the_place_that_wants_it(server: Ruler, here: Site) -> None:
    project = shop(here)
    (here.root / "hook").unlink()

    assert stopped(here, project) == [
        "the secret 'hook' of environment 'prod': cannot read the file hook: No such file or directory"
    ]
    assert server.requests == []


def test_every_form_of_a_secret_becomes_its_value(here: Site) -> None:
    project = shop(
        here,
        receivers=[
            Receiver(name="nobody"),
            Receiver(
                name="hook",
                slack=[Slack(channel="#a", api_url=Secret("hook"))],
                raw={"opsgenie_configs": [{"api_key_file": Secret("hook")}]},
            ),
        ],
    )
    here.push(project, NOTIFICATION)

    hook = config(here)["receivers"][1]
    assert hook["slack_configs"][0]["api_url"] == HOOK
    assert hook["opsgenie_configs"] == [{"api_key": HOOK}]
    assert here.push(project, NOTIFICATION) == []


def test_an_edit_between_plan_and_push_is_not_lost(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    changed = shop(here, templates=[])

    (message,) = stopped(here, changed, meanwhile=lambda: edit(here, route={"receiver": "hook"}))
    assert message.startswith("someone changed the configuration in ")
    assert config(here)["route"] == {"receiver": "hook"}


def test_undo_puts_back_the_former_document_or_none(here: Site) -> None:
    with here.pushing(shop(here), NOTIFICATION):
        first = here.document()
    target = here.target(shop(here, templates=[]), NOTIFICATION)
    target.apply(plan(target.wanted(), target.read()))
    second = here.document()
    target.undo()
    target.close()

    assert second != first
    assert here.document() == first


def test_undo_leaves_a_document_that_someone_changed_after_it_was_pushed_and_says_so(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    target = here.target(shop(here, templates=[]), NOTIFICATION)
    target.apply([change for change in plan(target.wanted(), target.read()) if change.writes])
    edit(here, route={"receiver": "hook"})
    with pytest.raises(DojoboardsError) as caught:
        target.undo()
    name = target.name
    target.close()

    assert problems(caught.value) == [
        f"someone changed the configuration in {name} after it was pushed, so it stays as it is"
    ]
    assert config(here)["route"] == {"receiver": "hook"}


def test_a_push_with_nothing_to_change_never_writes_over_what_changed_since_the_plan(here: Site) -> None:
    here.push(shop(here), NOTIFICATION)
    document = here.document()
    assert document is not None
    caught_up = [NotificationTemplate(name="shop", text="by hand")]
    files = {**document["template_files"], "shop.tmpl": here_text(here, caught_up)}
    here.put_document(document["alertmanager_config"], files)

    def meanwhile() -> None:
        edit(here, route={"receiver": "hook"})

    assert here.push(shop(here, templates=caught_up), NOTIFICATION, meanwhile=meanwhile) == []
    assert config(here)["route"] == {"receiver": "hook"}


def here_text(site: Site, templates: list[NotificationTemplate]) -> str:
    """Return the text of the template file that these become."""
    target = site.target(shop(site, templates=templates), NOTIFICATION)
    (found,) = [artifact.body.decode() for artifact in target.wanted() if artifact.path == "shop.tmpl"]
    target.close()
    return found


def test_a_template_called_as_the_mark_is_refused(here: Site) -> None:
    named = [NotificationTemplate(name="dojoboards-shop", text="x")]

    assert stopped(here, shop(here, templates=named)) == [
        "the template file dojoboards-shop.tmpl is called as the mark of this project is"
    ]


def test_the_target_of_a_path_below_another_is_found(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(ruler("mimir", base_path="/mimir"))
        here = stand_in_site(server, tmp_path, stack)

        assert here.push(shop(here), NOTIFICATION) == EVERYTHING
