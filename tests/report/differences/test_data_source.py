from support.reports import told


def test_a_data_source_is_told_key_by_key_without_its_secrets() -> None:
    before = {
        "uid": "prom",
        "url": "http://a.example",
        "jsonData": {"httpMethod": "GET"},
        "secureJsonData": {"x": "1234"},
    }
    after = {
        "uid": "prom",
        "url": "http://b.example",
        "jsonData": {"httpMethod": "POST"},
        "secureJsonData": {"x": "5678"},
    }

    assert told("data-source", before, after) == [
        "changed  jsonData.httpMethod: GET -> POST",
        "changed  secureJsonData.x: not shown",
        "changed  url: http://a.example -> http://b.example",
    ]
