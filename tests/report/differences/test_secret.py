from support.reports import told


def test_of_a_secret_it_is_told_that_it_changes_and_not_how_long_it_is() -> None:
    assert told("secret", "example-old", "example-much-longer-new") == ["changed  the value: not shown"]
