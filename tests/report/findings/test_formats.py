import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema

from dojoboards.artifact import json_bytes
from dojoboards.report.findings import FindingReport, as_document, as_github, as_junit, as_sarif, as_text
from support.golden import golden


def test_text(report: FindingReport) -> None:
    text = "\n".join(as_text(report)) + "\n"

    assert text == golden("lint/findings.txt", text)


def test_text_has_colours_where_a_terminal_shows_them(report: FindingReport) -> None:
    first, *_, last = as_text(report, coloured=True)

    assert first == (
        "\x1b[1m\x1b[0m\x1b[36minfo\x1b[0m: panel '' has no title\\nand no description \N{REPLACEMENT CHARACTER}"
        " \x1b[2m(panel/title)\x1b[0m"
    )
    assert last == "staging, prod: 2 errors, 4 warnings, 1 info, 2 ignored (7 checks)"


def test_text_has_no_other_control_characters(report: FindingReport) -> None:
    assert [line for line in as_text(report) if not line.isprintable()] == []


def test_nothing_found_is_said(nothing: FindingReport) -> None:
    assert list(as_text(nothing)) == ["prod: nothing found (2 checks)"]
    assert list(as_github(nothing)) == ["prod: nothing found (2 checks)"]
    assert as_document(nothing)["findings"] == []
    assert ET.fromstring(as_junit(nothing)).get("failures") == "0"  # noqa: S314  # it is ours
    assert as_sarif(nothing, version="1")["runs"][0]["results"] == []


def test_json(report: FindingReport) -> None:
    text = json_bytes(as_document(report)).decode()

    assert text == golden("lint/findings.json", text)


def test_github(report: FindingReport) -> None:
    text = "\n".join(as_github(report)) + "\n"

    assert text == golden("lint/findings.github", text)
    assert "\r" not in text
    assert len(text.splitlines()) == len(report.told) + 1


def test_junit(report: FindingReport) -> None:
    text = as_junit(report)

    assert text == golden("lint/findings.xml", text)


def test_junit_fails_for_what_is_a_failure_and_tells_the_rest_beside(report: FindingReport) -> None:
    suites = ET.fromstring(as_junit(report))  # noqa: S314  # it is ours
    (suite,) = suites
    cases = {str(case.get("name")): case for case in suite.findall("testcase")}

    assert {name for name, case in cases.items() if case.find("failure") is not None} == {
        "build/content", "build/refused", "lint/stale-suppression", "series/metric",
    }  # fmt: skip
    assert len(cases["series/metric"].findall("failure")) == 3
    assert "has no title" in (cases["panel/title"].findtext("system-out") or "")
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), "4")


TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
# What of SARIF 2.1.0 is written here, as its specification has it.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {"driver": {"$ref": "#/$defs/driver"}},
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "rules": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "required": ["id"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string"},
                            "shortDescription": TEXT,
                            "fullDescription": TEXT,
                            "help": TEXT,
                            "defaultConfiguration": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {"level": LEVEL},
                            },
                        },
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": LEVEL,
                "message": TEXT,
                "properties": {"type": "object"},
                "locations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["physicalLocation"],
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "required": ["artifactLocation"],
                                "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": {
                                        "type": "object",
                                        "required": ["uri"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "uri": {"type": "string", "pattern": "^[A-Za-z0-9%./_~:@!$&'()*+,;=-]+$"},
                                            "uriBaseId": {"type": "string"},
                                        },
                                    },
                                    "region": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
    },
}


def test_sarif(report: FindingReport) -> None:
    document: dict[str, Any] = json.loads(json_bytes(as_sarif(report, version="1.2.3")))
    text = json_bytes(document).decode()
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert text == golden("lint/findings.sarif", text)
    jsonschema.Draft202012Validator(SARIF).validate(document)
    assert rules == sorted(set(rules))
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["ruleId"] for one in run["results"]]
