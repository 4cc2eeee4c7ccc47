"""What of the operator can be watched? Under controller-runtime's names, so that dashboards fit."""

from typing import Final

from prometheus_client import Counter, Gauge

RECONCILES: Final = Counter(
    "controller_runtime_reconcile_total", "Looks at objects.", ("controller", "result")
)
WAITING: Final = Gauge("workqueue_depth", "Objects that wait for a look.", ("name",))
RUNNING_SECONDS: Final = Gauge(
    "workqueue_longest_running_processor_seconds", "Age of the longest look.", ("name",)
)
LEADING: Final = Gauge("leader_election_master_status", "1: this replica writes.", ("name",))
