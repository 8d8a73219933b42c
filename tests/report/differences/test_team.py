from support.reports import told


def test_members_of_a_team_come_and_go() -> None:
    before = {"name": "ops", "email": "ops@example.com", "members": ["ann", "bob"]}
    after = {"name": "ops", "email": "team@example.com", "members": ["eve", "ann"]}

    assert told("team", before, after) == [
        "changed  email: ops@example.com -> team@example.com",
        "added    member 'eve'",
        "removed  member 'bob'",
    ]
    assert told("team", {"members": ["ann", "bob"]}, {"members": ["bob", "ann"]}) == []
