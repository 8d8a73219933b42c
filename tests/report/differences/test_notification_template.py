from support.reports import told

KIND = "notification-template"
TEXT = '{{ define "a" }}\n\tone\n\ttwo\n{{ end }}\n'


def test_lines_are_told_with_their_numbers() -> None:
    after = '{{ define "a" }}\n\tone\n\tzwei\n\tthree\n{{ end }}\n{{ define "b" }}{{ end }}\n'

    assert told(KIND, TEXT, after) == [
        "changed  line 3",
        "         - \ttwo",
        "         + \tzwei",
        "         + \tthree",
        "added    line 6",
        '         + {{ define "b" }}{{ end }}',
    ]
    assert told(KIND, TEXT, TEXT.replace("\tone\n", "")) == ["removed  line 2", "         - \tone"]


def test_what_is_no_text_is_told_as_that() -> None:
    assert told(KIND, b"\xff\xfe", TEXT) == ["changed  content: not text -> text"]


def test_of_a_very_long_file_the_number_of_lines_is_told() -> None:
    assert told(KIND, TEXT, "x\n" * 6000) == ["changed  text: 5 lines -> 6001 lines"]
