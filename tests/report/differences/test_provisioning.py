from support.reports import told

KIND = "provisioning"


def test_providers_and_data_sources_are_told_by_name() -> None:
    before = {
        "apiVersion": 1,
        "providers": [{"name": "shop", "folder": "Shop"}],
        "datasources": [{"name": "a", "uid": "x"}],
    }
    after = {
        "apiVersion": 1,
        "providers": [{"name": "shop", "folder": "Store"}],
        "datasources": [{"name": "b", "uid": "x"}],
    }

    assert told(KIND, before, after) == [
        "changed  dashboard provider 'shop', folder: Shop -> Store",
        "added    data source 'b'",
        "removed  data source 'a'",
    ]


def test_secrets_of_data_sources_are_never_shown() -> None:
    one, other = (
        {
            "datasources": [
                {"name": "a", "secureJsonData": {"x": f"example-{part}"}, "basicAuthPassword": f"example-{part}"}
            ]
        }
        for part in ("one", "two")
    )

    assert told(KIND, one, other) == [
        "changed  data source 'a', basicAuthPassword: not shown",
        "changed  data source 'a', secureJsonData.x: not shown",
    ]


def test_a_file_of_another_shape_is_compared_as_it_is() -> None:
    assert told(KIND, ["a"], ["b"]) == ["changed  content: a -> b"]
