"""How does a process log? One JSON line per event: a constant name plus fields, secrets masked."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from ironbull_kit.secret import MASK, Secret

Log = structlog.stdlib.BoundLogger
_HIDDEN_WORDS: Final = ("secret", "password", "passphrase", "api_key", "credential", "jwt", "seed")

_TRACEBACKS: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Local variables stay out: among them are keys and secrets."""


def configure(process: str, level: str = "info") -> None:
    """Set up logging of this process to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_TRACEBACKS),
            mask,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"event":"library","said":"%(message)s"}'
    )
    structlog.contextvars.bind_contextvars(process=process)


def get() -> Log:
    """Return the process's logger."""
    logger: Log = structlog.get_logger()
    return logger


def mask(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hide values that are secrets by type or by name."""
    for name, value in event.items():
        if isinstance(value, Secret) or any(word in name.lower() for word in _HIDDEN_WORDS):
            event[name] = MASK
    return event
