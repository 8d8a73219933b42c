import textwrap
from collections.abc import Container

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.lint.comments import ignores

LINES = range(1, 30)


def about(text: str, file: str = "a.py") -> list[tuple[int, str, str, list[int] | str]]:
    """Return of each comment its line, the check, the reason, and which lines it is about."""
    return [
        (found.source.line, found.check, found.reason, _listed(found.lines))
        for found in ignores(textwrap.dedent(text), file)
    ]


def _listed(lines: Container[int] | None) -> list[int] | str:
    return "file" if lines is None else [line for line in LINES if line in lines]


def test_at_the_end_of_a_line_it_is_about_the_call_that_begins_there() -> None:
    text = """\
        import x
        rules = [
            Alert(  # dojoboards: ignore[alert/text] it is a test
                name="A",
            ),
            Alert(name="B"),
        ]
        """

    assert about(text) == [(3, "alert/text", "it is a test", [3, 4, 5])]


def test_on_a_line_of_its_own_it_is_about_what_begins_below() -> None:
    text = """\
        import x
        rules = [
            # dojoboards: ignore[alert/text] it is a test
            # and a long story

            Alert(
                name="A",
            ),
        ]
        # dojoboards: ignore[alert/name] all of them
        @decorated
        def groups(env):
            return [
                RuleGroup(),
            ]
        """

    assert about(text) == [
        (3, "alert/text", "it is a test", [6, 7, 8]),
        (10, "alert/name", "all of them", [11, 12, 13, 14, 15]),
    ]


def test_at_an_argument_it_is_about_the_call_around_it() -> None:
    text = """\
        group = RuleGroup(
            name="g",
            rules=[
                Alert(
                    name="A",  # dojoboards: ignore[alert/name] short
                    expr=f"up < {env.setting('x')}",
                    # dojoboards: ignore[alert/text] later
                    summary="",
                ),
                *others(),  # dojoboards: ignore[alert/for] elsewhere
            ],
        )
        """

    assert about(text) == [
        (5, "alert/name", "short", [4, 5]),
        (7, "alert/text", "later", [4, 8]),
        (10, "alert/for", "elsewhere", [1, 10]),
    ]


def test_in_front_of_everything_it_is_about_the_file() -> None:
    text = """\
        # A header.
        # dojoboards: ignore[alert/text, alert/name] written by a tool
        '''About.'''
        # dojoboards: ignore[alert/for] below
        x = 1
        """

    assert about(text) == [
        (2, "alert/text", "written by a tool", "file"),
        (2, "alert/name", "written by a tool", "file"),
        (4, "alert/for", "below", [5]),
    ]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("#dojoboards:ignore[a/b]because", [("a/b", "because")]),
        ("# dojoboards: ignore [ a/b ,c/d ]  for #12  # x", [("a/b", "for #12"), ("c/d", "for #12")]),
        ("# noqa: X  # dojoboards: ignore[a/b] because", [("a/b", "because")]),
        ("# dojoboards: ignore[a/b]", [("a/b", "")]),
        ("# dojoboards: ignore a/b because", [("", "")]),
        ("# dojoboards: ignore[a/b", [("", "")]),
        ("# dojoboards: nothing", [("", "")]),
        ("# dojoboards: ignore[]", [("", "")]),
        ("# about dojoboards: ignore[a/b] x", []),
    ],
)  # fmt: skip
def test_how_it_may_be_written(comment: str, expected: list[tuple[str, str]]) -> None:
    for file, text in (("a.py", f"x = 1\ny = 2  {comment}\n"), ("a.yml", f"x: 1\ny: 2  {comment}\n")):
        assert [(check, reason) for _, check, reason, _ in about(text, file)] == expected


def test_a_text_that_looks_like_a_comment_is_none_in_python() -> None:
    assert about('import x\ny = "# dojoboards: ignore[a/b] no"\n') == []


def test_python_that_cannot_be_parsed_has_no_comments() -> None:
    assert about("def (  # dojoboards: ignore[a/b] no\n") == []


def test_a_comment_behind_everything_is_about_nothing() -> None:
    assert about("x = 1\n# dojoboards: ignore[a/b] no\n") == [(2, "a/b", "no", [2])]


def test_in_yaml_a_block_of_deeper_lines_stands_for_a_call() -> None:
    text = """\
        groups:
          - name: g
            rules:
              - alert: A  # dojoboards: ignore[a/one] first
                expr: up == 0
                for: 5m  # dojoboards: ignore[a/two] inside

              # dojoboards: ignore[a/three] above
              - alert: B
                expr: |
                  up == 0
                    # dojoboards: ignore[a/four] in the expression
                  or up == 1
        """

    assert about(text, "a.yml") == [
        (4, "a/one", "first", [4, 5, 6, 7, 8]),
        (6, "a/two", "inside", [4, 6, 7, 8]),
        (8, "a/three", "above", [9, 10, 11, 12, 13]),
        (12, "a/four", "in the expression", [9, 10, 13]),
    ]


def test_in_front_of_a_yaml_file_it_is_about_the_file() -> None:
    text = "# dojoboards: ignore[a/b] generated\n\ngroups: []\n"

    assert about(text, "a.yml") == [(1, "a/b", "generated", "file")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["x = f(", ")", "  - a:", "# dojoboards: ignore[a/b] c", "\t", "'''", "\f", "é", "\r", "@x"]),
        max_size=20,
    )
)
def test_no_text_breaks_it(lines: list[str]) -> None:
    for file in ("a.py", "a.yml"):
        for found in ignores("\n".join(lines), file):
            assert _listed(found.lines)
