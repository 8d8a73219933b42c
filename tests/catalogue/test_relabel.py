from __future__ import annotations

import pytest

from dojoboards.catalogue.relabel import LabelSet, relabelled, steps, visible
from dojoboards.model import Relabel
from dojoboards.model.catalogue import ABSENT, ANY, OPTIONAL, Values, one

SERIES = LabelSet(
    {"__name__": one("up"), "job": one("a"), "zone": Values(frozenset({"x", "y"})), "id": ANY, "tag": OPTIONAL}
)
OPEN = LabelSet({"job": one("a")}, rest=())


def after(labels: LabelSet, *given: Relabel) -> LabelSet:
    outcome = relabelled(labels, given)
    assert outcome.labels is not None
    return outcome.labels


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        (Relabel(action="keep", source_labels=["job"], regex="a"), True),
        (Relabel(action="keep", source_labels=["job"], regex="b"), False),
        (Relabel(action="keep", source_labels=["job"], regex=""), False),
        (Relabel(action="keep", source_labels=["nope"], regex=""), True),
        (Relabel(action="drop", source_labels=["job"]), False),
        (Relabel(action="keep", source_labels=["job"]), True),
        (Relabel(action="keep", source_labels=["zone"], regex="x|y"), True),
        (Relabel(action="keep", source_labels=["zone"], regex="x"), None),
        (Relabel(action="drop", source_labels=["id"], regex="5"), None),
        (Relabel(action="drop", source_labels=["zone", "job"], regex="z;a"), True),
        (Relabel(action="drop", source_labels=["job"], regex=r"\pL"), None),
        (Relabel(action="keepequal", source_labels=["job"], target_label="zone"), False),
        (Relabel(action="dropequal", source_labels=["job"], target_label="id"), None),
        (Relabel(action="keepequal", source_labels=["nope"], target_label="neither"), True),
    ],
)
def test_a_step_keeps_or_drops_or_it_is_not_known(step: Relabel, kept: bool | None) -> None:
    outcome = relabelled(SERIES, [step])

    assert (outcome.labels is not None) is (kept is not False)
    assert outcome.certain is (kept is not None)
    assert (outcome.step is step) is (kept is False)


def test_what_is_kept_has_one_of_the_values_that_passed() -> None:
    assert after(SERIES, Relabel(action="keep", source_labels=["zone"], regex="x")).get("zone") == one("x")


@pytest.mark.parametrize(
    ("step", "label", "values"),
    [
        (Relabel(target_label="new", replacement="v"), "new", one("v")),
        (Relabel(source_labels=["zone"], target_label="new"), "new", Values(frozenset("xy"))),
        (Relabel(source_labels=["zone"], regex="(x)", target_label="new"), "new", Values(frozenset({"x", ""}))),
        (
            Relabel(source_labels=["zone", "job"], separator="/", target_label="new"),
            "new",
            Values(frozenset({"x/a", "y/a"})),
        ),
        (Relabel(source_labels=["id"], target_label="new"), "new", OPTIONAL),
        (
            Relabel(source_labels=["id"], regex="a.*", target_label="new", replacement="v"),
            "new",
            Values(frozenset({"v", ""})),
        ),
        (Relabel(source_labels=["job"], target_label="is_$1", replacement="v"), "is_a", one("v")),
        (Relabel(source_labels=["job"], target_label="$1$1-", replacement="v"), "job", one("a")),
        (Relabel(source_labels=["job"], target_label="job", replacement=""), "job", ABSENT),
        (Relabel(action="uppercase", source_labels=["zone"], target_label="zone"), "zone", Values(frozenset("XY"))),
        (Relabel(action="lowercase", source_labels=["id"], target_label="low"), "low", OPTIONAL),
        (Relabel(action="labelmap", regex="(.)ob", replacement="b_$1"), "b_j", one("a")),
        (Relabel(action="labeldrop", regex="z.*"), "zone", ABSENT),
        (Relabel(action="labeldrop", regex="z"), "zone", Values(frozenset("xy"))),
        (Relabel(action="labelkeep", regex="job"), "zone", ABSENT),
        (Relabel(action="labeldrop", regex=r"\pL+"), "zone", Values(frozenset({"x", "y", ""}))),
        (Relabel(action="hashmod", source_labels=["job"], modulus=1, target_label="shard"), "shard", one("0")),
    ],
)
def test_a_step_writes_what_can_be_known(step: Relabel, label: str, values: Values) -> None:
    assert after(SERIES, step).get(label) == values


def test_labels_that_may_be_there_go_through_what_they_are_filtered_by() -> None:
    dropped = after(OPEN, Relabel(action="labeldrop", regex="pod_.*"))
    kept = after(OPEN, Relabel(action="labelkeep", regex="job|pod_.*"))

    assert (dropped.get("pod_name"), dropped.get("zone")) == (ABSENT, OPTIONAL)
    assert (kept.get("pod_name"), kept.get("zone")) == (OPTIONAL, ABSENT)


def test_a_map_of_labels_that_are_not_known_may_give_any() -> None:
    assert after(OPEN, Relabel(action="labelmap", regex="__meta_(.+)")).get("zone") == OPTIONAL


def test_a_target_shows_its_own_labels_and_its_address_as_instance() -> None:
    target = LabelSet({"__address__": one("a:1"), "__scheme__": one("http"), "job": one("j")})

    assert visible(target) == LabelSet({"job": one("j"), "instance": one("a:1")})
    assert visible(target.having("instance", one("i"))).get("instance") == one("i")


def test_many_values_are_no_longer_tried_one_by_one() -> None:
    many = Values(frozenset(str(number) for number in range(200)))
    series = LabelSet({"a": many, "b": many})

    assert after(series, Relabel(source_labels=["a", "b"], target_label="c")).get("c") == OPTIONAL


def test_raw_steps_are_read_and_what_is_none_is_left_out() -> None:
    raw = [{"action": "drop", "source_labels": ["a"], "regex": "b"}, "no", None, {"target_label": "x", "unknown": 1}]

    assert steps(raw) == (Relabel(action="drop", source_labels=["a"], regex="b"), Relabel(target_label="x"))
    assert steps(None) == steps("text") == ()
