"""Grafana dashboards and Prometheus alerts as Python code."""

__version__ = "0.1.0"
