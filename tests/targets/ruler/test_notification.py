from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.artifact import yaml_bytes
from dojoboards.targets.ruler import notification

VALUES = {"hook": "http://hook.example/example-hook-token", "short": "a"}


def veiled(built: Any, there: Any) -> bytes:
    return notification.veil(built, VALUES).config(yaml_bytes(there).decode())


def test_a_list_of_files_becomes_a_list_of_values() -> None:
    header = {"http_headers": {"X-Key": {"files": ["secrets/hook"]}}}

    assert notification.inlined(header, VALUES) == {"http_headers": {"X-Key": {"secrets": [VALUES["hook"]]}}}
    assert list(notification.secret_names(header)) == ["hook"]


def test_a_file_of_the_server_stays_and_is_named() -> None:
    config = {"global": {"slack_api_url_file": "/run/slack"}, "receivers": [{"tls_config": {"ca_file": "ca.pem"}}]}

    assert notification.inlined(config, VALUES) == config
    assert list(notification.server_files(config)) == [("slack_api_url_file", "/run/slack"), ("ca_file", "ca.pem")]


def test_a_short_value_is_a_secret_only_where_a_secret_stands() -> None:
    built = {"password_file": "secrets/short", "channel": "a"}

    assert veiled(built, {"password": "a", "channel": "a"}) == b"channel: a\npassword: secrets/short\n"


def test_what_stands_in_place_of_a_secret_is_one_whatever_it_is() -> None:
    built = {"url_file": "secrets/hook", "other": {"url": "http://plain.example"}}

    assert veiled(built, {"url": "theirs", "other": {"url": "http://plain.example"}}) == (
        b"other:\n  url: http://plain.example\nurl: another secret\n"
    )


def test_a_secret_within_a_text_is_hidden() -> None:
    assert VALUES["hook"].encode() not in veiled({"url_file": "secrets/hook"}, {"text": f"see {VALUES['hook']}!"})


@pytest.mark.parametrize("text", ["a: [", "a: &b [*b]\n", "? [1]\n: 2\n", f"x {VALUES['hook']}: y: z"])
def test_a_configuration_of_any_shape_is_compared_as_it_is_and_without_secrets(text: str) -> None:
    found = notification.veil({"url_file": "secrets/hook"}, VALUES).config(text)

    assert VALUES["hook"].encode() not in found
    assert notification.config_digest(text)


NAMES = st.dictionaries(st.sampled_from(["alertmanager.yml", "a.tmpl", "b-c.tmpl"]), st.text("0123abc", min_size=1))


@given(NAMES)
@settings(max_examples=40, deadline=None)
def test_a_mark_says_what_was_put_into_it_and_only_to_its_own_project_and_environment(digests: dict[str, str]) -> None:
    mark = notification.mark("shop", "prod", digests)

    assert notification.digests(mark, "shop", "prod") == digests
    assert notification.digests(mark, "shop", "staging") == notification.digests(mark, "other", "prod") == {}
    assert mark.startswith("{{/*")
    assert mark.count("{{") == 1


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=5)))
@settings(max_examples=40, deadline=None)
def test_the_same_configuration_written_otherwise_has_the_same_digest(config: dict[str, str]) -> None:
    ours, theirs = yaml_bytes(config).decode(), yaml.safe_dump(config, sort_keys=True, default_style='"')

    assert notification.config_digest(ours) == notification.config_digest(theirs)
