"""Names and expressions that several modules share: jobs, label sets, and the series that rules record."""

APPLICATION = "dojopool"
"""The scrape job of the Flask application."""

JOBS = (APPLICATION, "node", "cadvisor", "nginx", "postgres", "redis", "prometheus", "alertmanager")
"""Every scrape job."""

INSTANCE = "environment, host, instance"
"""The labels of one target. Scraping adds `environment` and `host`, see `scrape.py`."""

REQUESTS_2M = "job:flask_http_requests:rate2m"
REQUESTS_5M = "job:flask_http_requests:rate5m"
REQUESTS_1H = "job:flask_http_requests:rate1h"
ERRORS_2M = "job:flask_http_errors:ratio_rate2m"
ERRORS_5M = "job:flask_http_errors:ratio_rate5m"
ERRORS_1H = "job:flask_http_errors:ratio_rate1h"
LATENCY_P95 = "job:flask_http_request_duration_seconds:p95_5m"

NGINX_DROPPED = "instance:nginx_connections_dropped:rate5m"

DATABASE_CONNECTIONS = "instance:pg_connections:ratio"
DATABASE_TRANSACTION = "instance_datname:pg_stat_activity_tx_duration:max"
REPLICATION_LAG = "instance:pg_replication_lag_seconds:max"
REDIS_MEMORY = "instance:redis_memory:ratio"

CPU = "instance:node_cpu:ratio_rate5m"
MEMORY = "instance:node_memory:ratio"
DISK = "instance:node_filesystem:ratio"
INODES = "instance:node_filesystem_files:ratio"
NETWORK_ERRORS = "device:node_network_errors:ratio_rate5m"

CONTAINER_MEMORY = "container:container_memory:ratio"
CONTAINER_THROTTLED = "container:container_cpu_throttled:ratio_rate5m"
CONTAINER_RESTARTS = "container:container_restarts:changes1h"

PROMETHEUS_STORAGE = "instance:prometheus_tsdb_storage_bytes:sum"

OUR_DATABASES = 'datname!~"template.*|postgres|"'
"""Leaves out PostgreSQL's own databases, and what belongs to none."""

REAL_FILE_SYSTEMS = 'fstype!~"tmpfs|ramfs|rootfs|overlay|squashfs|iso9660|fuse.*"'
"""Leaves out what is in memory, read-only by nature, or a second view of another file system."""

REAL_INTERFACES = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|flannel.*|ifb.*|tun.*|virbr.*"'
"""Leaves out loopback and what containers and traffic shaping bring with them."""
