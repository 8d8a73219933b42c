from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.artifact import Artifact
from dojoboards.plan import Change, Edit, Key, Live, applicable, counts, plan

BODIES = st.sampled_from([b"", b"one\n", b"two\n", b"three\n"])
KEYS = st.sampled_from("abcde")


def artifact(key: str, body: bytes, directory: str = "rules") -> Artifact:
    return Artifact("rules", key, f"{directory}/{key}.yml", body)


def pushed(artifacts: list[Artifact]) -> dict[Key, Live]:
    """What a target holds after these were pushed."""
    return {
        (entry.kind, entry.key): Live(path=entry.path, body=entry.body, base=entry.body, ours=True)
        for entry in artifacts
    }


def after(changes: tuple[Change, ...], live: Mapping[Key, Live], *, prune: bool) -> dict[Key, Live]:
    """What a target holds after a push, as a directory target would read it."""
    held = {identity: replace(found, base=found.body, aside=False) for identity, found in live.items() if found.ours}
    for change in applicable(changes, prune=prune):
        if change.after is None:
            held.pop((change.kind, change.key))
        else:
            held[change.kind, change.key] = Live(path=change.path, body=change.after, base=change.after, ours=True)
    return held


wanted_sets = st.dictionaries(KEYS, BODIES).map(lambda found: [artifact(key, body) for key, body in found.items()])
bodies_or_gone = st.none() | BODIES
lives = st.dictionaries(
    KEYS.map(lambda key: ("rules", key)),
    st.builds(
        lambda path, body, base, pending, ours, aside: Live(
            path=path, body=body, base=base, pending=pending, ours=ours, aside=aside
        ),
        st.sampled_from(["rules/a.yml", "rules/b.yml", "old/a.yml"]),
        bodies_or_gone,
        bodies_or_gone,
        bodies_or_gone,
        st.booleans(),
        st.booleans(),
    ),
)


@given(wanted_sets)
def test_what_was_just_pushed_needs_nothing(wanted: list[Artifact]) -> None:
    assert {change.action for change in plan(wanted, pushed(wanted))} <= {"unchanged"}


@given(wanted_sets, lives, st.booleans())
@settings(max_examples=300)
def test_after_a_push_that_may_do_all_the_next_plan_is_empty(
    wanted: list[Artifact], live: dict[Key, Live], prune: bool
) -> None:
    changes = plan(wanted, live, overwrite=True, adopt=True)

    again = plan(wanted, after(changes, live, prune=prune))

    assert {change.action for change in again} <= ({"unchanged"} if prune else {"unchanged", "delete"})


@given(wanted_sets, lives)
def test_what_has_no_mark_is_never_deleted(wanted: list[Artifact], live: dict[Key, Live]) -> None:
    for change in plan(wanted, live, overwrite=True, adopt=True):
        if change.action == "delete":
            assert live[change.kind, change.key].ours


@given(wanted_sets, lives)
def test_nothing_of_someone_else_is_written_over_untold(wanted: list[Artifact], live: dict[Key, Live]) -> None:
    for change in plan(wanted, live):
        found = live.get((change.kind, change.key))
        if change.writes and found and found.body is not None and found.body != change.after:
            assert found.ours
            assert found.body in (found.base, found.pending)


@given(wanted_sets, lives)
def test_everything_wanted_and_everything_ours_is_in_the_plan_once(
    wanted: list[Artifact], live: dict[Key, Live]
) -> None:
    identities = [(change.kind, change.key) for change in plan(wanted, live)]

    ours = {identity for identity, found in live.items() if found.ours}
    assert sorted(identities) == sorted({(entry.kind, entry.key) for entry in wanted} | ours)


def action(wanted: bytes, **live: object) -> str:
    found: Live = Live(**{"path": "rules/a.yml", **live})  # type: ignore[arg-type]
    (change,) = plan([artifact("a", wanted)], {("rules", "a"): found})
    return change.action


def test_the_states() -> None:
    assert action(b"new", body=None) == "create"
    assert action(b"new", body=b"old", base=b"old", ours=True) == "update"
    assert action(b"old", body=b"old", base=b"old", ours=True) == "unchanged"
    assert action(b"new", body=b"theirs", base=b"old", ours=True) == "drifted"
    assert action(b"new", body=None, base=b"old", ours=True) == "drifted"
    assert action(b"new", body=b"theirs", aside=True) == "conflict"


def test_what_someone_changed_to_just_what_we_want_is_no_drift() -> None:
    assert action(b"new", body=b"new", base=b"old", ours=True) == "unchanged"


def test_what_an_interrupted_push_wrote_is_no_drift() -> None:
    assert action(b"newer", body=b"new", base=b"old", pending=b"new", ours=True) == "update"


def test_a_moved_artifact_leaves_its_former_places() -> None:
    live = Live(path="old/a.yml", body=b"x", base=b"x", ours=True, leftovers=("older/a.yml",))

    (change,) = plan([artifact("a", b"x")], {("rules", "a"): live})

    assert (change.action, change.path, change.moved_from) == ("update", "rules/a.yml", ("old/a.yml", "older/a.yml"))


def test_deletions_come_last_and_only_when_told() -> None:
    live = pushed([artifact("a", b"1"), artifact("b", b"2")])

    changes = plan([artifact("b", b"3"), artifact("c", b"4")], live)

    assert [(change.action, change.key) for change in changes] == [("update", "b"), ("create", "c"), ("delete", "a")]
    assert [change.key for change in applicable(changes, prune=False)] == ["b", "c"]
    assert [change.key for change in applicable(changes, prune=True)] == ["b", "c", "a"]
    assert counts(changes) == {"update": 1, "create": 1, "delete": 1}


def test_what_someone_moved_has_drifted_until_we_are_told_and_what_the_content_moves_has_not() -> None:
    wanted = [Artifact("dashboard", "overview", "dashboards/shop/overview.json", b"same")]
    found = Live(path="dashboards/other/overview.json", body=b"same", base=b"same", ours=True, edited=Edit("mira"))
    moved = replace(found, displaced=True)

    assert [change.action for change in plan(wanted, {("dashboard", "overview"): moved})] == ["drifted"]
    assert [change.action for change in plan(wanted, {("dashboard", "overview"): moved}, overwrite=True)] == ["update"]
    (change,) = plan(wanted, {("dashboard", "overview"): found})
    assert (change.action, change.edited) == ("update", Edit("mira"))
