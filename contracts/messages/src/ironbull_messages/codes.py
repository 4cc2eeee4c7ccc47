"""Which mistakes can a caller make? One registry: code → status, title, way out.

For the HTTP APIs, the command line and the document loader alike.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """A stable code of a problem; its row is in `PROBLEMS`."""

    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_STALE = "signature_stale"
    SIGNATURE_FUTURE = "signature_future"
    SIGNATURE_REPLAYED = "signature_replayed"
    SIGNATURE_WRONG = "signature_wrong"
    KEY_UNKNOWN = "key_unknown"
    TENANT_DISABLED = "tenant_disabled"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a code, not a secret
    TOKEN_WRONG = "token_wrong"  # noqa: S105 - a code, not a secret
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    BODY_MALFORMED = "body_malformed"
    VALIDATION_FAILED = "validation_failed"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    EMAIL_TAKEN = "email_taken"
    INVITER_UNKNOWN = "inviter_unknown"
    USER_NOT_ACTIVE = "user_not_active"
    ACCOUNT_TAKEN = "account_taken"
    VENUE_UNKNOWN = "venue_unknown"
    STRATEGY_UNKNOWN = "strategy_unknown"
    SUBSCRIPTION_EXISTS = "subscription_exists"
    INSUFFICIENT_POINTS = "insufficient_points"
    GENERATION_STALE = "generation_stale"
    NAME_TAKEN = "name_taken"
    UNRESOLVED_ORDERS = "unresolved_orders"
    NO_TENANT = "no_tenant"
    KILL_SWITCH_IN_DOCUMENT = "kill_switch_in_document"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    DOCUMENT_UNREADABLE = "document_unreadable"
    DOCUMENT_INVALID = "document_invalid"
    DOCUMENT_KIND_UNKNOWN = "document_kind_unknown"
    STRATEGY_CLASS_UNKNOWN = "strategy_class_unknown"
    STRATEGY_PARAMETER_INVALID = "strategy_parameter_invalid"
    SETTING_INVALID = "setting_invalid"
    DATABASE_UNREACHABLE = "database_unreachable"
    DATABASE_BEHIND = "database_behind"
    MESSAGING_UNREACHABLE = "messaging_unreachable"
    VENUE_UNREACHABLE = "venue_unreachable"
    VENUE_KEY_REFUSED = "venue_key_refused"
    PORT_TAKEN = "port_taken"
    FOLDER_IN_USE = "folder_in_use"
    FOLDER_NEWER = "folder_newer"
    FOLDER_DAMAGED = "folder_damaged"
    NOT_RUNNING = "not_running"
    FOLDER_UNREACHABLE = "folder_unreachable"
    SYSTEM_USER_MISSING = "system_user_missing"
    PROCESS_FAILED = "process_failed"


@dataclass(frozen=True, slots=True)
class Row:
    """What one code means: HTTP status, title, and the way out for the person who reads it."""

    status: int
    title: str
    way_out: str


PROBLEMS: Final[dict[Code, Row]] = {
    Code.SIGNATURE_MISSING: Row(401, "The request is not signed", "Send the four X-IB headers."),
    Code.SIGNATURE_MALFORMED: Row(
        401,
        "A signing header cannot be read",
        "Timestamp in Unix milliseconds, nonce of 16–64 letters and digits, hex signature.",
    ),
    Code.SIGNATURE_STALE: Row(
        401, "The request is too old", "Sign just before sending; check the clock."
    ),
    Code.SIGNATURE_FUTURE: Row(
        401, "The request is from the future", "Check the clock of the sender."
    ),
    Code.SIGNATURE_REPLAYED: Row(
        401, "The nonce was used before", "A retry bears a new nonce and the same Idempotency-Key."
    ),
    Code.SIGNATURE_WRONG: Row(
        401,
        "The signature does not match",
        "Sign method, path, canonical query, timestamp, nonce and body hash exactly as sent.",
    ),
    Code.KEY_UNKNOWN: Row(
        401, "The key is unknown or expired", "Use the tenant's current merchant key."
    ),
    Code.TENANT_DISABLED: Row(401, "The tenant is suspended", "Ask the platform's operator."),
    Code.ADDRESS_NOT_ALLOWED: Row(
        403,
        "The tenant takes no calls from this address",
        "Call from a range that spec.api.allowedCIDRs of the Tenant names, or have yours added; "
        "behind an ingress the platform must trust its address (the chart's api.trustedProxies).",
    ),
    Code.TOKEN_MISSING: Row(
        401, "The bearer token is missing", "Send Authorization: Bearer <token>."
    ),
    Code.TOKEN_WRONG: Row(
        401, "The bearer token is not valid here", "Read the token again from its file."
    ),
    Code.NOT_FOUND: Row(
        404, "There is no such thing here", "Check the id; it must belong to this tenant."
    ),
    Code.METHOD_NOT_ALLOWED: Row(
        405, "The resource does not know this method", "See the OpenAPI document."
    ),
    Code.BODY_TOO_LARGE: Row(413, "The body is too large", "Send at most 1 MiB."),
    Code.BODY_MALFORMED: Row(400, "The body is not JSON", "Send a JSON object."),
    Code.VALIDATION_FAILED: Row(
        422, "A field is not valid", "See errors[] for field and expectation."
    ),
    Code.IDEMPOTENCY_KEY_MISSING: Row(
        422,
        "The Idempotency-Key is missing",
        "Send one key of 1–128 characters per intended effect.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Row(
        422, "The Idempotency-Key belongs to another body", "Use a new key for a new effect."
    ),
    Code.IDEMPOTENCY_IN_PROGRESS: Row(
        409, "The first call with this key is still running", "Send it again in a moment."
    ),
    Code.EMAIL_TAKEN: Row(
        409, "The e-mail address belongs to another user", "Use another address."
    ),
    Code.INVITER_UNKNOWN: Row(
        422, "The invite code belongs to nobody here", "Use the code of a user of this tenant."
    ),
    Code.USER_NOT_ACTIVE: Row(
        409, "The user is disabled", "Bind the account to a user that is active."
    ),
    Code.ACCOUNT_TAKEN: Row(
        409,
        "The exchange account is bound already",
        "Use the account that has these keys, or bind with another key of the venue.",
    ),
    Code.VENUE_UNKNOWN: Row(
        422, "The tenant has no venue of this name", "Use a name of the Tenant's spec.venues."
    ),
    Code.STRATEGY_UNKNOWN: Row(
        422, "The tenant has no such strategy", "Use a name that GET /v1/strategies lists."
    ),
    Code.SUBSCRIPTION_EXISTS: Row(
        409,
        "The account is subscribed to this strategy already",
        "To change it, close it with DELETE /v1/subscriptions/{id} and subscribe again.",
    ),
    Code.INSUFFICIENT_POINTS: Row(
        409, "There are not enough point cards", "Stock up or recharge first; nothing has changed."
    ),
    Code.GENERATION_STALE: Row(
        409, "A newer generation was stored already", "Send the newest document."
    ),
    Code.NAME_TAKEN: Row(409, "The name belongs to another object", "Choose another name."),
    Code.UNRESOLVED_ORDERS: Row(
        409, "Positions or orders are still open", "Wait until they are closed, or close them."
    ),
    Code.NO_TENANT: Row(409, "The tenant is not known yet", "Apply the Tenant first."),
    Code.KILL_SWITCH_IN_DOCUMENT: Row(
        409,
        "The Strategy's document holds the kill switch tripped",
        "Set spec.killSwitch to Armed, or take it out, apply the document, and re-arm again.",
    ),
    Code.INTERNAL: Row(
        500,
        "Something is broken on our side",
        "Report the request_id; a retry is safe with the same Idempotency-Key.",
    ),
    Code.UNAVAILABLE: Row(503, "A part we need is away", "Try again shortly."),
    Code.DOCUMENT_UNREADABLE: Row(422, "The file is not YAML we can read", "See line and column."),
    Code.DOCUMENT_INVALID: Row(
        422, "A document has a wrong field", "See document, field and expectation."
    ),
    Code.DOCUMENT_KIND_UNKNOWN: Row(
        422,
        "A document is of a kind we do not know",
        "Use Namespace, Tenant, Strategy or ExecutionNode.",
    ),
    Code.STRATEGY_CLASS_UNKNOWN: Row(
        422,
        "There is no strategy class of this name and version",
        "See the list of classes in the message.",
    ),
    Code.STRATEGY_PARAMETER_INVALID: Row(
        422, "A strategy parameter is unknown or out of range", "See parameter, value and range."
    ),
    Code.SETTING_INVALID: Row(
        500, "A setting is missing or wrong", "See the name of the environment variable."
    ),
    Code.DATABASE_UNREACHABLE: Row(
        503, "PostgreSQL does not answer", "Check the address and the password of the role."
    ),
    Code.DATABASE_BEHIND: Row(
        503, "The database is not at the newest migration", "Run the migration."
    ),
    Code.MESSAGING_UNREACHABLE: Row(
        503, "NATS does not answer", "Check the address and the credentials file."
    ),
    Code.VENUE_UNREACHABLE: Row(
        503, "The venue does not answer", "Check the address; nothing was sent."
    ),
    Code.VENUE_KEY_REFUSED: Row(
        409, "The venue refuses the account's keys", "Bind the account again with valid keys."
    ),
    Code.PORT_TAKEN: Row(
        500, "The port is in use", "Choose another one, or leave it 0 for a free one."
    ),
    Code.FOLDER_IN_USE: Row(
        500,
        "Another IronBull runs on this data folder",
        "Stop it with `ironbull down`, or choose another folder.",
    ),
    Code.FOLDER_NEWER: Row(
        500,
        "The data folder was written by a newer version",
        "Use that version; nothing was changed.",
    ),
    Code.FOLDER_DAMAGED: Row(
        500, "The data folder lacks a part", "Restore it, or start with an empty folder."
    ),
    Code.NOT_RUNNING: Row(
        500, "No IronBull runs on this data folder", "Start it with `ironbull up -f FILE`."
    ),
    Code.FOLDER_UNREACHABLE: Row(
        500,
        "The system user that runs PostgreSQL for root cannot enter the folder",
        "Choose a folder under /var/lib, or run as an ordinary user.",
    ),
    Code.SYSTEM_USER_MISSING: Row(
        500,
        "PostgreSQL does not run as root and its system user cannot be made",
        "Run as an ordinary user.",
    ),
    Code.PROCESS_FAILED: Row(500, "A process of the platform does not start", "Read its log."),
}
