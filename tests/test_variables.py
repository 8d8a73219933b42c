import inspect
from typing import Any

import pytest

from dojoboards import variables
from dojoboards.errors import DojoboardsError
from support.boards import LOKI, PROMETHEUS, board, document, problems

Json = dict[str, Any]


def written(*given: Json) -> list[Json]:
    found: list[Json] = document(board(variables=given))["templating"]["list"]
    return found


def test_a_query_starts_with_all_values() -> None:
    (variable,) = written(variables.query("job", "label_values(up, job)", label="Job"))

    assert variable == {
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
        "datasource": PROMETHEUS,
        "definition": "label_values(up, job)",
        "includeAll": True,
        "label": "Job",
        "multi": True,
        "name": "job",
        "options": [],
        "query": {
            "qryType": 1,
            "query": "label_values(up, job)",
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "type": "query",
    }


def test_a_query_may_give_one_value_and_no_all() -> None:
    given = variables.query(
        "job",
        "label_values(up, job)",
        description="Which",
        multi=False,
        include_all=False,
        regex="/a(.*)/",
        sort="numeric-desc",
        hide="label",
    )

    (variable,) = written(given)

    assert {key: variable.get(key) for key in ("current", "description", "hide", "multi", "regex", "sort")} == {
        "current": None,
        "description": "Which",
        "hide": 1,
        "multi": None,
        "regex": "/a(.*)/",
        "sort": 4,
    }


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("label_names()", 0),
        ("label_values(job)", 1),
        ("label_values(up{job=~'a,b'}, instance)", 1),
        ("metrics(node_.*)", 2),
        ("query_result(topk(3, up))", 3),
        ('up{job="a"}', 4),
    ],
)
def test_grafanas_editor_is_told_which_kind_of_query_it_is(definition: str, kind: int) -> None:
    (variable,) = written(variables.query("x", definition))

    assert (variable["query"]["qryType"], variable["query"]["query"]) == (kind, definition)


def test_a_query_of_another_data_source_stays_in_its_language() -> None:
    (variable,) = written(variables.query("app", "label_values(app)", datasource="loki"))

    assert (variable["datasource"], variable["query"]) == (LOKI, "label_values(app)")


@pytest.mark.parametrize("definition", ["label_values(up{job=}, instance)", "query_result(sum by up)"])
def test_the_expression_in_a_query_is_parsed(definition: str) -> None:
    given = variables.query("x", definition)
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]

    (problem,) = problems(board(variables=[given]))

    assert problem.message.startswith("variable 'x': ")
    assert "is not PromQL" in problem.message
    assert problem.source is not None
    assert (problem.source.file, problem.source.line) == (__file__, line)


def test_custom_values_start_with_the_first() -> None:
    (variable,) = written(variables.custom("size", ["s", "m"]))

    assert (variable["query"], variable["current"]) == ("s, m", {"text": "s", "value": "s"})
    assert variable["options"] == [
        {"selected": True, "text": "s", "value": "s"},
        {"selected": False, "text": "m", "value": "m"},
    ]


def test_custom_values_may_have_titles_and_all() -> None:
    given = variables.custom("size", {"Small": "s", "Medium": "m"}, multi=True, include_all=True)

    (variable,) = written(given)

    assert variable["query"] == "Small : s, Medium : m"
    assert variable["current"] == {"text": ["All"], "value": ["$__all"]}
    assert [option["value"] for option in variable["options"]] == ["$__all", "s", "m"]


def test_a_comma_in_a_custom_value_does_not_divide_it() -> None:
    (variable,) = written(variables.custom("pair", ["a,b", "c"]))

    assert variable["query"] == r"a\,b, c"
    assert variable["options"][0]["value"] == "a,b"


def test_a_data_source_can_be_chosen() -> None:
    (variable,) = written(variables.data_source("source", "prometheus", regex="/prod/"))

    assert (variable["type"], variable["query"], variable["regex"]) == ("datasource", "prometheus", "/prod/")
    assert "datasource" not in variable


def test_an_interval_starts_with_the_first_or_with_auto() -> None:
    first, auto = written(variables.interval("a", ["1m", "5m"]), variables.interval("b", ["1m", "5m"], auto=True))

    assert (first["query"], first["current"]) == ("1m,5m", {"text": "1m", "value": "1m"})
    assert (auto["auto"], auto["current"]) == (True, {"text": "auto", "value": "$__auto_interval_b"})
    assert [option["selected"] for option in auto["options"]] == [True, False, False]


def test_a_constant_is_hidden_and_a_textbox_is_not() -> None:
    constant, textbox = written(variables.constant("zone", "eu"), variables.textbox("word", "up"))

    assert (constant["hide"], constant["query"], constant["current"]) == (2, "eu", {"text": "eu", "value": "eu"})
    assert ("hide" in textbox, textbox["query"], textbox["options"]) == (
        False,
        "up",
        [{"selected": True, "text": "up", "value": "up"}],
    )


def test_ad_hoc_filters_belong_to_a_data_source() -> None:
    default, other = written(variables.adhoc("a"), variables.adhoc("b", datasource="loki"))

    assert (default["datasource"], other["datasource"]) == (PROMETHEUS, LOKI)


@pytest.mark.parametrize(("make", "values"), [(variables.custom, []), (variables.custom, {}), (variables.interval, [])])
def test_a_variable_without_values_is_told_with_its_line(make: Any, values: Any) -> None:
    with pytest.raises(DojoboardsError) as caught:
        make("size", values)

    (problem,) = caught.value.problems
    assert problem.message == "variable 'size' has no values to choose from"
    assert problem.source is not None
    assert problem.source.file == __file__


def test_a_variable_is_a_dict_like_any_other() -> None:
    assert variables.textbox("a") == dict(variables.textbox("a"))
