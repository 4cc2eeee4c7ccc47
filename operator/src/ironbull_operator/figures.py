"""What of the operator can be watched? Under controller-runtime's names, so that dashboards fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

NAME: Final = "ironbull"
"""Of the one queue and the one election."""
_SECONDS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 60.0)

RECONCILES: Final = Counter(
    "controller_runtime_reconcile_total", "Looks at objects.", ("controller", "result")
)
RECONCILE_ERRORS: Final = Counter(
    "controller_runtime_reconcile_errors_total", "Looks that raised.", ("controller",)
)
RECONCILE_SECONDS: Final = Histogram(
    "controller_runtime_reconcile_time_seconds",
    "How long a look took.",
    ("controller",),
    buckets=_SECONDS,
)
ACTIVE: Final = Gauge(
    "controller_runtime_active_workers", "Looks that run right now.", ("controller",)
)
MOST_ACTIVE: Final = Gauge(
    "controller_runtime_max_concurrent_reconciles",
    "How many looks may run at once.",
    ("controller",),
)
WAITING: Final = Gauge("workqueue_depth", "Objects that wait for a look.", ("name",))
ADDS: Final = Counter("workqueue_adds_total", "Objects that began to wait for a look.", ("name",))
RETRIES: Final = Counter("workqueue_retries_total", "Looks that were put off.", ("name",))
QUEUED_SECONDS: Final = Histogram(
    "workqueue_queue_duration_seconds",
    "How long objects waited for a look.",
    ("name",),
    buckets=_SECONDS,
)
WORKED_SECONDS: Final = Histogram(
    "workqueue_work_duration_seconds", "How long looks took.", ("name",), buckets=_SECONDS
)
RUNNING_SECONDS: Final = Gauge(
    "workqueue_longest_running_processor_seconds", "Age of the longest look.", ("name",)
)
UNFINISHED_SECONDS: Final = Gauge(
    "workqueue_unfinished_work_seconds", "Ages of the looks that run, in sum.", ("name",)
)
REQUESTS: Final = Counter(
    "rest_client_requests_total", "Requests to the Kubernetes API.", ("code", "method")
)
LEADING: Final = Gauge("leader_election_master_status", "1: this replica writes.", ("name",))
LOOP_LAG: Final = Gauge(
    "ironbull_loop_lag_seconds", "By how much the event loop was late when it was asked last."
)


@contextmanager
def look(controller: str) -> Iterator[None]:
    """Measure one look at an object, also one that raises."""
    began = perf_counter()
    try:
        yield
    except Exception:
        RECONCILE_ERRORS.labels(controller).inc()
        raise
    finally:
        RECONCILE_SECONDS.labels(controller).observe(perf_counter() - began)
