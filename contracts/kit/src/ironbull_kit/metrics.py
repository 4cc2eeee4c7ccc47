"""Which measures does every process have? One process, one registry."""

from typing import Final

from prometheus_client import Counter, Gauge

HANDLED: Final = Counter(
    "ironbull_messages_handled_total",
    "Messages by consumer and what became of them.",
    ("consumer", "outcome"),
)
LAST_PULL: Final = Gauge(
    "ironbull_last_pull_timestamp_seconds", "When a pull was last answered.", ("consumer",)
)
JWT_EXPIRES: Final = Gauge(
    "ironbull_nats_jwt_expiry_timestamp_seconds", "When this process's NATS user JWT ends."
)
REQUESTS: Final = Counter(
    "ironbull_requests_answered_total", "Requests answered on the bus.", ("word", "outcome")
)
