"""What can go wrong on one machine, each with a stable code and the way out?"""

from enum import StrEnum


class LocalErrorCode(StrEnum):
    """The code that a script may rely on."""

    FOLDER_IN_USE = "FOLDER_IN_USE"
    FOLDER_NEWER = "FOLDER_NEWER"
    FOLDER_UNREACHABLE = "FOLDER_UNREACHABLE"
    FOLDER_INVALID = "FOLDER_INVALID"
    NOT_RUNNING = "NOT_RUNNING"
    NO_SYSTEM_USER = "NO_SYSTEM_USER"
    PORT_TAKEN = "PORT_TAKEN"
    POSTGRES_FAILED = "POSTGRES_FAILED"
    NATS_FAILED = "NATS_FAILED"
    PROCESS_FAILED = "PROCESS_FAILED"
    DOCUMENT_INVALID = "DOCUMENT_INVALID"
    DOCUMENT_UNKNOWN = "DOCUMENT_UNKNOWN"
    DEPENDENCY_FAILED = "DEPENDENCY_FAILED"


class LocalError(Exception):
    """A failure to show to the person at the keyboard, without a trace.

    Args:
        code: stable, for scripts and searches.
        message: what is wrong, with the values that are.
        way_out: what to do about it, as an imperative.
    """

    def __init__(self, code: LocalErrorCode, message: str, way_out: str) -> None:
        super().__init__(f"{code}: {message}; {way_out}")
        self.code = code
        self.message = message
        self.way_out = way_out
