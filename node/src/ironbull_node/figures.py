"""Which figures does a node show at /metrics?"""

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import Gauge

FIGURES: Final = {
    "lease_seconds": "How long the lease is still good.",
    "tasks_in_hand": "Tasks that are not done.",
    "tasks_unknown": "Orders whose outcome is being looked for.",
    "tasks_submitting": "Orders on their way to the venue.",
    "results_waiting": "Results without an acknowledgement.",
    "accounts_held": "Accounts whose keys are in memory.",
    "clock_offset_seconds": "The venue's clock minus ours.",
    "open_pull_age_seconds": "Since the opening lane's pull was answered.",
    "close_pull_age_seconds": "Since the closing lane's pull was answered.",
}


def show(read: Callable[[], Mapping[str, float]]) -> None:
    """Read the figures whenever they are asked for."""
    for name, meaning in FIGURES.items():
        Gauge(f"ironbull_node_{name}", meaning).set_function(lambda name=name: read()[name])  # type: ignore[misc] # the loop's name is bound now
