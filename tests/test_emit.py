import enum
import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.emit import yaml_text

# Text that YAML 1.1 (PyYAML), the core schema of YAML 1.2 or Go's readers take for something other than text.
WORDS = """
~ null Null NULL y Y yes Yes YES n N no No NO on On ON off Off OFF true True TRUE false False FALSE
0 007 0o17 0O17 0x1F 0X1f 0b101 1_000 1__0 -1 +1 1. .5 +.5 -.5 1.5 1e3 1E3 1e+3 1.0e-3 685_230.15 .inf -.Inf +.INF .nan
12:30 12:30:00 190:20:30.15 -1:30 2001-01-01 2001-01-01T10:00:00Z 2001-12-14t21:59:43.10-05:00
<< = - ? : -- --- ... | > & * ! % @ ` ' " { } [ ] , # ,a a,b: {a [a !a &a *a %a @a `a 'a "a |a >a -a ?a :a #a
"""
TRAPS = [
    *WORDS.split(),
    "",
    " ",
    "  a",
    "a ",
    "a: b",
    "a:",
    "a #b",
    "- a",
    "? a",
    ": a",
    "--- a",
    "\t",
    "\ta",
    "a\t",
    "a\tb",
    "a\r",
    "a\rb",
    "\r\n",
    "a\r\nb",
    "\n",
    "\n\n",
    "\na",
    "a\n",
    "a\n\n",
    " a\nb",
    "a\n b\n  c\n",
    "a\nb ",
    "a \nb",
    "a\n \nb",
    "a\n\tb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b\n",
    "\ufeffa",
    "a\ufeff\nb",
    "\x00",
    "\x07\x1b\x7f\x9f",
    "a\x00\nb",
    "\xa0a",
    "\u3000a\nb",
    "é",
    "😀",
    "a 😀\nb",
    "\ufffd\ufffe\uffff",
    "\\",
    "a\\nb",
    '"a"',
    "it's",
    "2001-01-01 10:00:00",
    "{{ $labels.instance }} is down",
    '{{ define "a" }}\n{{ end }}',
]

# As the specifications and Go's reader have it; compared in lower case.
NOT_TEXT = re.compile(
    r"""~|null|y|yes|n|no|on|off|true|false|<<|=
    |[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)
    |[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(e[-+]?[0-9]+)?|[-+]?\.inf|\.nan
    |[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t\ \t].*)?""",
    re.VERBOSE,
)


def texts() -> st.SearchStrategy[str]:
    traps = st.sampled_from(TRAPS)
    return st.one_of(
        st.text(),
        traps,
        st.lists(traps, max_size=4).map("".join),
        st.text(" \n\t\r#:-a'\"\\|>\x85", max_size=12),
        st.text("0123456789eExXobB._+-:~ymdhsTZ", max_size=8),
    )


def values() -> st.SearchStrategy[Any]:
    scalars = st.one_of(texts(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4),
        max_leaves=12,
    )


def read(text: str) -> Any:
    return yaml.load(text.encode(), Loader=yaml.CSafeLoader)


@settings(max_examples=400, deadline=None)
@given(values())
def test_any_plain_value_is_read_back_equal_and_with_its_type(value: Any) -> None:
    found = read(yaml_text(value))

    assert repr(found) == repr(value)


@pytest.mark.parametrize("text", TRAPS, ids=repr)
def test_text_that_looks_like_something_else_is_read_back_as_text_wherever_it_stands(text: str) -> None:
    value = {"in a mapping": {text: text}, "in a list": [text, [text], {text: [{"deep": text}]}], "last": text}

    assert read(yaml_text(value)) == value
    assert read(yaml_text(text)) == text


@settings(max_examples=400, deadline=None)
@given(texts())
def test_text_without_quotes_is_text_to_readers_of_every_version(text: str) -> None:
    written = yaml_text([text])[2:-1]
    if written.startswith(('"', "'", "|")):
        return

    assert written == text
    assert not NOT_TEXT.fullmatch(text.lower())
    assert text.isascii()
    assert text.isprintable()
    assert re.match(r"[A-Za-z0-9_/(]", text)
    assert not re.search(r": |:$| #| $", text)


@settings(max_examples=200, deadline=None)
@given(st.text("\"\\' a#:{é\t\n\u2028", max_size=8))
def test_text_in_single_quotes_is_the_text_itself(text: str) -> None:
    written = yaml_text([text])[2:-1]
    if not written.startswith("'"):
        return

    assert written == f"'{text}'"
    assert not set(text) & set("'\t\n\u2028")


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text(" #:-a\u2028\x85\r\té", max_size=4), min_size=2, max_size=5).map("\n".join))
def test_a_block_holds_the_text_behind_its_indentation_and_nothing_a_reader_might_break_at(text: str) -> None:
    head, _, body = yaml_text({"key": text}).partition("\n")
    if not head.startswith("key: |"):
        return
    lines = [line.removeprefix("  ") for line in body.split("\n")[:-1]]
    ends = {"key: |-": "", "key: |": "\n", "key: |+": "\n"}[head]

    assert "\n".join(lines) + ends == text
    assert lines[0][:1] not in (" ", "")
    assert not set("\r\t\x85\u2028\u2029\ufeff") & set(text)


def test_what_people_read_is_written_as_they_would_write_it() -> None:
    value = {
        "groups": [
            {
                "name": "hosts",
                "interval": "30s",
                "limit": 0,
                "rules": [
                    {
                        "alert": "DiskFull",
                        "expr": 'max by (host) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"}) < 1e9\nand up == 1',
                        "for": "15m",
                        "labels": {"severity": "critical"},
                        "annotations": {"summary": "A disk is full", "description": '"{{ $labels.host }}" is full.'},
                    }
                ],
            }
        ],
        "empty": {"list": [], "mapping": {}, "text": "", "nothing": None},
        "nested": [[1, -2.5], [[True]], []],
    }

    assert (
        yaml_text(value)
        == r"""groups:
  - name: hosts
    interval: 30s
    limit: 0
    rules:
      - alert: DiskFull
        expr: |-
          max by (host) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"}) < 1e9
          and up == 1
        for: 15m
        labels:
          severity: critical
        annotations:
          summary: A disk is full
          description: '"{{ $labels.host }}" is full.'
empty:
  list: []
  mapping: {}
  text: ""
  nothing: null
nested:
  -
    - 1
    - -2.5
  -
    -
      - true
  - []
"""
    )


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1e3, "1000.0"),
        (1e21, "1.0e+21"),
        (1.5e-7, "1.5e-07"),
        (-0.0, "-0.0"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
        (2**70, "1180591620717411303424"),
        (True, "true"),
    ],
)
def test_numbers_are_written_so_that_yaml_1_1_reads_numbers_too(number: float, written: str) -> None:
    assert yaml_text({"number": number}) == f"number: {written}\n"
    assert repr(read(written)) == repr(number)


@pytest.mark.parametrize("length", [900, 1000, 1001, 1024, 5000])
@pytest.mark.parametrize("value", ["text", "a\nb", 1, [], [1, 2], {"a": {"b": 1}}])
def test_a_key_of_any_length_is_read_back(length: int, value: object) -> None:
    document = {"list": [{"é" * length: value, "next": 1}], "#" * length: value, "last": 2}

    assert read(yaml_text(document)) == document


def test_long_lines_are_not_folded() -> None:
    text = "word " * 2000 + "end"

    assert yaml_text({"a": text}) == f"a: {text}\n"


def test_members_of_enumerations_are_written_as_their_text() -> None:
    class Severity(str, enum.Enum):  # noqa: UP042  # the older way, whose members are formatted as their names
        CRITICAL = "critical"

    assert yaml_text({"severity": Severity.CRITICAL}) == "severity: critical\n"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: "a"}, "the key 1 is not text"),
        ({True: "a"}, "the key True is not text"),
        ({"a": {1, 2}}, r"\{1, 2\} is neither text, nor a number, a truth value, a list or a mapping"),
        ([b"a"], "b'a' is neither text"),
    ],
)
def test_what_is_no_plain_value_is_refused(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        yaml_text(value)


@pytest.mark.parametrize("value", ["\ud800", ["a\udfffb"], {"\ud800": 1}, "a\n\ud800b"])
def test_half_a_character_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not valid Unicode"):
        yaml_text(value)
