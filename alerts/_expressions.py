"""Names and expressions that several modules share: jobs, label sets, and the series that rules record."""

APPLICATION = "dojopool"
"""The scrape job of the Flask application."""

JOBS = (APPLICATION, "node", "cadvisor", "nginx", "postgres", "redis", "prometheus", "alertmanager")
"""Every scrape job."""

INSTANCE = "environment, host, instance"
"""The labels of one target. Scraping adds `environment` and `host`, see `scrape.py`."""

REQUESTS_5M = "job:flask_http_requests:rate5m"
REQUESTS_1H = "job:flask_http_requests:rate1h"
ERRORS_5M = "job:flask_http_errors:ratio_rate5m"
ERRORS_1H = "job:flask_http_errors:ratio_rate1h"
LATENCY_P95 = "job:flask_http_request_duration_seconds:p95_5m"

DATABASE_CONNECTIONS = "instance:pg_connections:ratio"
REDIS_MEMORY = "instance:redis_memory:ratio"

CPU = "instance:node_cpu:ratio_rate5m"
MEMORY = "instance:node_memory:ratio"
DISK = "instance:node_filesystem:ratio"
INODES = "instance:node_filesystem_files:ratio"

CONTAINER_MEMORY = "container:container_memory:ratio"
CONTAINER_THROTTLED = "container:container_cpu_throttled:ratio_rate5m"
CONTAINER_RESTARTS = "container:container_restarts:changes1h"

REAL_FILE_SYSTEMS = 'fstype!~"tmpfs|ramfs|rootfs|overlay|squashfs|iso9660|fuse.*"'
"""Leaves out what is in memory, read-only by nature, or a second view of another file system."""

REAL_INTERFACES = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|flannel.*|tun.*|virbr.*"'
"""Leaves out loopback and what containers bring with them."""
