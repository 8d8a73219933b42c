import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dojoboards import report
from dojoboards.report.markdown import LIMIT
from support.golden import golden
from support.reports import change, report_of

CODE = re.compile(r"<code[^>]*>.*?</code>", re.DOTALL)
OUR_TAGS = re.compile(r"</?(?:details|summary|h3|p|strong|ul|li|blockquote|pre|code)(?: open)?>")


def outside_of_code(text: str) -> str:
    """What a comment shows beside code, when it is rendered; tags that are ours are left out."""
    return OUR_TAGS.sub("", CODE.sub("", MarkdownIt("commonmark").enable("table").render(text)))


def test_the_comment_has_a_summary_and_sections_that_can_be_opened(described: report.Report) -> None:
    text = report.as_markdown(described)

    assert text == golden("report/plan.md", text)


def test_the_comment_is_balanced(described: report.Report) -> None:
    text = MarkdownIt("commonmark").render(report.as_markdown(described))

    for tag in ("details", "summary", "code", "ul", "li", "pre"):
        assert text.count(f"<{tag}") == text.count(f"</{tag}>"), tag


HOSTILE = [
    "@everyone",
    "<script>alert(1)</script>",
    "</details></code></summary>",
    "`` ``` ` code",
    "`",
    "| a | b |\n|---|---|",
    "[x](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "#1 GH-1",
    "```\n</details>\n@everyone\n```",
    "&lt;b&gt; \\` \\@everyone",
    "-----\n# title",
    "  ~~~",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_others_wrote_is_only_ever_code(hostile: str) -> None:
    def board(title: str, expr: str, **keys: Any) -> dict[str, Any]:
        panel = {"title": title, "type": hostile, "targets": [{"refId": hostile, "expr": expr}]}
        return {"title": title, "panels": [panel], hostile: title, **keys}

    updated = change("dashboard", board("a", "up"), board(hostile, f"{hostile}\n{hostile}\n"), path=f"a/{hostile}.json")
    drifted = change(
        "dashboard", board(hostile, "up"), board("a", "up"), "drifted", base=board("b", hostile), path=hostile
    )
    text = report.as_markdown(report_of(updated, drifted, system=hostile))

    beside = outside_of_code(text)

    for word in ("everyone", "script", "evil", "GH", "~~~", "#", "title", "`", "|", "&lt;b", "-----"):
        assert word not in beside.replace("@", "")
    assert "@" not in beside


@given(st.lists(st.text(max_size=40), min_size=1, max_size=30), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_a_comment_is_never_too_long_and_is_always_balanced(texts: list[str], times: int) -> None:
    changes = [
        change(
            "rules", {"a": text}, {"a": text * times, "groups": texts, **dict.fromkeys(texts, times)}, path=text * times
        )
        for text in texts
    ] * 5

    text = report.as_markdown(report_of(*changes))

    assert len(text) <= LIMIT
    assert text.count("<details") == text.count("</details>")


def test_what_does_not_fit_is_counted() -> None:
    long = {"alert": "Long", "expr": "x" * 12_000}
    changes = [
        change("rules", {"groups": []}, {"groups": [{"name": "g", "rules": [long]}]}, path=f"rules/{number}.yml")
        for number in range(9)
    ]

    text = report.as_markdown(report_of(*changes))

    assert len(text) <= LIMIT
    assert text.count("```diff") == 4
    assert [f"rules/{number}.yml" in text for number in range(9)] == [True] * 9
    assert text.endswith("\n5 changes do not fit in here whole; `dojoboards diff --env prod` shows everything.\n")


def test_of_a_very_long_change_the_first_differences_are_shown() -> None:
    keys = {f"key{number:04}": number for number in range(2000)}

    text = report.as_markdown(report_of(change("rules", {}, keys)))

    shown = text.count("**added**")
    assert 100 < shown < 2000
    assert f"\nAnd {2000 - shown} more.\n" in text


def test_a_permission_that_goes_is_told_at_the_top(described: report.Report) -> None:
    assert report.as_markdown(described).splitlines()[4] == "> **This takes away 1 permission.**"
