"""What variables ask for, rightly and wrongly."""

from typing import Any

from support.lint import Case, board, project

FORMS = {
    "label_values": "write label_values(metric, label)",
    "any": (
        "write one of label_names(), label_values(metric, label), metrics(regex), query_result(expression), "
        "or a selector"
    ),
    "selector": 'write it as metric{label="value"}',
}


def asking(definition: Any, plugin: str | None = "prometheus") -> Any:
    source = {"datasource": {"type": plugin, "uid": "x"}} if plugin else {}
    variable = {"type": "query", "name": "host", "query": definition, **source}
    return [board(templating={"list": [variable]})]


def wrong(definition: str, message: str, remedy: str) -> Case:
    what = "content.py:1: variable 'host' of dashboard 'Shop'"
    return Case("variable/query", project(), [f"{what}: {message}\n    {remedy}"], asking(definition))


BAD = [
    wrong("label_values(up", "the ( behind 'label_values' is not closed", "close it with )"),
    wrong("label_values(up, job", "the ( behind 'label_values' is not closed", "close it with )"),
    wrong("label_value(up, job)", "'label_value' is nothing that can be asked for", "did you mean 'label_values'?"),
    wrong("label_values(up, job))", "'job)' is not the name of a label", FORMS["label_values"]),
    wrong("label_values(up{a='b'})", "\"up{a='b'}\" is not the name of a label", FORMS["label_values"]),
    wrong("label_values(up, )", "no label stands behind the comma", FORMS["label_values"]),
    wrong("label_values( , job)", "no metric stands before the comma", FORMS["label_values"]),
    wrong("label_values()", "'label_values' asks for nothing", FORMS["label_values"]),
    wrong(
        "label_values (up, job)",
        "a space stands behind 'label_values', so that Grafana does not know it",
        FORMS["label_values"],
    ),
    wrong("label_values(rate(up[5m]), job)", "'label_values' takes a selector, not an expression", FORMS["selector"]),
    wrong("label_names(sum(up))", "'label_names' takes a selector, not an expression", FORMS["selector"]),
    wrong(
        "metrics(node_(.*)",
        "the regular expression 'node_(.*' is wrong: missing ), unterminated subpattern at position 5",
        "correct it",
    ),
    wrong("metrics()", "'metrics' asks for nothing", "write metrics(regex)"),
    wrong("sum($a)", "an expression stands where Grafana wants a selector", "write query_result(sum($a))"),
    wrong("label_names", "'label_names' is taken for the name of a metric", "write label_names()"),
    wrong("foo bar", "'foo bar' is nothing that can be asked for", FORMS["any"]),
]

GOOD = [
    *(
        Case("variable/query", project(), artifacts=asking(definition))
        for definition in (
            "label_names()",
            "label_names(up)",
            "label_values(job)",
            "label_values(up, job) ",
            'label_values(up{a="b,c", d=~"$d"}, job)',
            "label_values($metric, $label)",
            "label_values($metric{x='y'}, job)",
            "label_values(up, [[label]])",
            "label_values(up, service.name)",
            'label_values({__name__=~"node_.*"}, job)',
            "label_values(up{a='('}, job)",
            "metrics(node_.*)",
            "metrics($prefix_(.*)",
            "query_result(topk(5, up))",
            "up",
            "up{job='$job'}",
            "$metric",
            "",
            {"query": "label_values(up, job)", "refId": "A", "qryType": 1},
            {"query": 3},
        )
    ),
    Case("variable/query", project(), artifacts=asking("label_values({app='x'}", "loki")),
    Case("variable/query", project(conventions=False), artifacts=asking("servers.*", None)),
    Case("variable/query", project(conventions=False), artifacts=asking("SHOW TAG VALUES (x)", None)),
]
