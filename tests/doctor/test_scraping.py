import pytest

from dojoboards.doctor import scraping

REFUSED = 'Get "http://app:80/metrics": dial tcp 10.0.0.1:80: connect: connection refused'


@pytest.mark.parametrize(
    ("reason", "area", "told"),
    [
        (REFUSED, "health", "nothing listens there"),
        ("dial tcp: lookup nosuch: no such host", "network", "the name is not known"),
        ("dial tcp: lookup app on 10.0.0.2:53: server misbehaving", "network", "the name is not known"),
        ("dial tcp 10.9.9.9:80: connect: no route to host", "network", "no way to this host"),
        ("context deadline exceeded", "network or health", "no answer in time"),
        ("dial tcp 10.9.9.9:80: i/o timeout", "network or health", "no answer in time"),
        ("read tcp: connection reset by peer", "health", "it hangs up"),
        ("unexpected EOF", "health", "it hangs up"),
        ("server returned HTTP status 401 Unauthorized", "exporter configuration", "does not let Prometheus in"),
        ("server returned HTTP status 404 Not Found", "exporter configuration", "no metrics at this path"),
        ("server returned HTTP status 302 Found", "exporter configuration", "it leads elsewhere"),
        ("server returned HTTP status 503 Service Unavailable", "health", "the exporter itself fails"),
        ("x509: certificate signed by unknown authority", "exporter configuration", "scheme or certificate"),
        ("http: server gave HTTP response to HTTPS client", "exporter configuration", "scheme or certificate"),
        ("sample limit exceeded", "exporter configuration", "more than the job allows"),
        ('expected label name, got "INVALID"', "exporter configuration", "are no metrics"),
        ("", "exporter configuration", "are no metrics"),
    ],
)
def test_what_prometheus_says_of_a_scrape_says_where_to_look(reason: str, area: str, told: str) -> None:
    remedy = scraping.why(reason)

    assert remedy.startswith(f"{area}: ")
    assert told in remedy
