import pytest

from dojoboards.importer.globs import matching

FILES = ["/repo/prometheus/rules/a.yml", "/repo/prometheus/rules/b.rules", "/repo/prometheus/c.yml", "/repo/d.yml"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("rules/*.yml", ["/repo/prometheus/rules/a.yml"]),
        ("./rules/*", ["/repo/prometheus/rules/a.yml", "/repo/prometheus/rules/b.rules"]),
        ("../d.yml", ["/repo/d.yml"]),
        ("/etc/prometheus/rules/?.yml", ["/repo/prometheus/rules/a.yml"]),
        ("/etc/alerts/*.yml", ["/repo/prometheus/c.yml"]),
        ("none/*.json", []),
        ("", []),
    ],
)
def test_a_pattern_names_the_files_that_its_last_parts_fit(pattern: str, found: list[str]) -> None:
    assert matching(pattern, "/repo/prometheus/prometheus.yml", FILES) == found
