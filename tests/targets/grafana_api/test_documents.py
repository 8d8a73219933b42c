from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.targets.grafana_api import documents

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BOARDS = st.dictionaries(st.text(max_size=5), PLAIN, max_size=4)
QUICK = settings(max_examples=50, deadline=None)


def as_grafana_writes(value: Any) -> Any:
    """The same value with whole numbers that have no point, as a server in Go writes them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return orjson.loads(f"{value:.0f}")
    if isinstance(value, dict):
        return {key: as_grafana_writes(item) for key, item in value.items()}
    return [as_grafana_writes(item) for item in value] if isinstance(value, list) else value


@QUICK
@given(BOARDS)
def test_a_dashboard_that_comes_back_from_grafana_is_the_same(document: dict[str, Any]) -> None:
    back = {**as_grafana_writes(document), "title": str(document.get("title", "")).strip(), "id": 7, "version": 3}

    assert documents.same_board(document, back)


@QUICK
@given(BOARDS, st.text(min_size=1, max_size=5), st.integers(-(2**40), 2**40))
def test_a_dashboard_with_another_value_is_another_one(document: dict[str, Any], key: str, value: int) -> None:
    key = f"own-{key}"

    assert not documents.same_board({**document, key: value}, {**document, key: value + 1})
    assert not documents.same_board({**document, key: True}, {**document, key: 1})


@QUICK
@given(BOARDS, st.sampled_from([{}, {"version": 3, "id": 7}]))
def test_what_is_sent_is_the_dashboard_in_one_line(document: dict[str, Any], known: dict[str, int]) -> None:
    document = {**document, "uid": "a\n  b"}
    line = documents.sent(documents.body(document), known)

    assert orjson.loads(line) == {**document, **known}
    assert b"\n" not in line


@QUICK
@given(st.binary(), st.sampled_from(["", "shop", "a-b_C"]), st.text(max_size=400))
def test_a_message_says_what_was_pushed_and_is_never_too_long(content: bytes, folder: str, about: str) -> None:
    text = documents.message("shop", content, folder, about)

    assert len(text.encode()) <= 500
    assert documents.pushed("shop", text) == (documents.digest(content), folder)
    assert documents.pushed("shops", text) is None


def test_a_message_of_somebody_else_is_not_ours() -> None:
    assert documents.pushed("shop", "Initial save") is None
    assert documents.pushed("shop", "dojoboards shop sha256:abc folder:general") is None


def test_a_path_says_in_which_folder_a_dashboard_lies() -> None:
    assert documents.board_path("shop", "overview") == "dashboards/shop/overview.json"
    assert documents.folder_of("dashboards/shop/overview.json") == "shop"
    assert documents.folder_of(documents.board_path("", "overview")) == ""


def test_a_mark_tells_the_values_of_secrets_apart_without_holding_them() -> None:
    source = {"uid": "prom", "name": "Prometheus", "type": "prometheus", "access": "proxy", "url": "http://a.example"}
    one = documents.mark("shop", source, {"basicAuthPassword": "hunter2"})
    other = documents.mark("shop", source, {"basicAuthPassword": "hunter2"})

    assert one != other
    assert documents.has_values({one: True}, {"basicAuthPassword": "hunter2"})
    assert not documents.has_values({one: True}, {"basicAuthPassword": "hunter3"})
    assert not documents.has_values({one: False}, {"basicAuthPassword": "hunter2"})
    assert "hunter2" not in one


def test_a_mark_tells_whether_a_data_source_is_as_we_pushed_it() -> None:
    source = {"uid": "prom", "name": "Prometheus", "type": "prometheus", "access": "proxy", "url": "http://a.example"}
    mark = documents.mark("shop", source, {})

    assert documents.marked("shop", {**source, "readOnly": False, "version": 3}, {mark: True})
    assert not documents.marked("shop", {**source, "url": "http://b.example"}, {mark: True})
    assert not documents.marked("other", source, {mark: True})
    assert not documents.marked("shop", source, {"basicAuthPassword": True})


def test_grants_are_read_in_the_form_of_the_artifact_and_inherited_ones_left_out() -> None:
    rows = [
        {"role": "Viewer", "permission": 1},
        {"team": "ops", "teamId": 4, "permission": 4},
        {"userLogin": "mira", "userEmail": "Mira@example.com", "userId": 2, "permission": 2},
        {"role": "Editor", "permission": 2, "inherited": True},
    ]

    assert documents.grants(rows, {"mira@example.com": "mira@example.com"}) == [
        {"team": "ops", "permission": "Admin"},
        {"role": "Viewer", "permission": "View"},
        {"user": "mira@example.com", "permission": "Edit"},
    ]
