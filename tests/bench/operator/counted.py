"""What does a replica say that it has done? Its own metrics, read as writes and errors."""

from bench.operator.watched_process import total

WRITES = ("POST", "PATCH", "DELETE")
"""Its one PUT is the Lease's renewal."""
NORMAL = ('code="404",method="GET"', 'code="409",method="POST"')
"""Answers that are none of an error: not there yet, and there already."""


def writes(found: dict[str, float]) -> float:
    """Return the writes that a replica counts, without the renewals of its Lease."""
    return total(found, "rest_client_requests_total", *(f'method="{one}"' for one in WRITES))


def errors(found: dict[str, float]) -> float:
    """Return the looks that raised, and the requests that the API refused or did not answer."""
    raised = total(found, "controller_runtime_reconcile_errors_total")
    refused = total(found, "rest_client_requests_total", 'code="4', 'code="5', "<error>")
    return raised + refused - total(found, "rest_client_requests_total", *NORMAL)
