"""A service's figures in the Prometheus text format."""

from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest

_HELP = {
    "in_flight": "Messages and due work being handled now",
    "unsent": "Documents with facts not yet published (counted up to 1000)",
    "published": "Deliveries caused by facts published since the start",
    "settled": "Deliveries handled to their end since the start",
    "retried": "Deliveries put off to a later try since the start",
    "parked": "Messages parked as dead letters since the start",
    "duplicates": "Records that were already known since the start",
    "from_parties": "Messages of parties settled since the start",
    "to_parties": "Messages put into parties' queues since the start",
    "lines_down": "Parties whose vhost cannot be reached now",
    "uptime_seconds": "Seconds since the process started",
}


def render(service: str, figures: dict[str, Any]) -> str:
    registry = CollectorRegistry()
    for name, value in figures.items():
        Gauge(f"ztc_{name}", _HELP[name], ["service"], registry=registry).labels(service).set(value)
    return generate_latest(registry).decode()
