"""What operators see: log lines without personal data, counters, health.

A line carries ids, the route's template, status and time. Never a path as sent, a query, a body,
a header, an address finer than /24 or /48, or an exception's text.
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
import sys
from functools import cache

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "samleng_requests_total", "Requests answered", ["route", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "samleng_request_seconds",
    "Time to answer",
    ["route"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
SUBMISSIONS = Counter(
    "samleng_submissions_total", "Submissions by what they were", ["outcome"], registry=REGISTRY
)
JOBS = Counter("samleng_jobs_total", "Jobs worked off", ["event", "outcome"], registry=REGISTRY)
JOBS_WAITING = Gauge("samleng_jobs_waiting", "Jobs not yet done", registry=REGISTRY)
JOBS_BURIED = Gauge("samleng_jobs_buried", "Jobs that failed for good", registry=REGISTRY)


def configure(level: str = "info") -> None:
    """Log lines as JSON on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def count_request(route: str, status: int, seconds: float) -> None:
    """`route` is the rule of the URL map: never an address with ids in it."""
    requests, durations = _of_route(route, status)
    requests.inc()
    durations.observe(seconds)


@cache
def _of_route(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, str(status)), REQUEST_SECONDS.labels(route)


def new_request_id() -> str:
    return secrets.token_hex(8)


def coarse_address(address: str | None) -> str:
    """The network of an address: /24 or /48, never the address."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "-"
    prefix = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))
