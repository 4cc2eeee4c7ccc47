"""How does a repeated POST have one effect? The answer is stored in the effect's own transaction.

Same key and body: the same answer, also a business refusal, marked `Idempotent-Replayed`; another
body: 422; the first still running: 409, by an advisory lock, since an uncommitted row is invisible
and could only be waited for.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response

from ironbull_app.api.errors import MEDIA_TYPE, problem_bytes
from ironbull_app.db.unit_of_work import Tx
from ironbull_messages.base import Message
from ironbull_messages.problems import Code, Problem

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotent-Replayed"
PATTERN: Final = r"^[\x21-\x7e]{1,128}$"
_KEY: Final = re.compile(PATTERN)
JSON: Final = "application/json"
REFUSED: Final = 400
BUSINESS: Final = frozenset(
    {
        Code.EMAIL_TAKEN,
        Code.USER_NOT_ACTIVE,
        Code.ACCOUNT_TAKEN,
        Code.SUBSCRIPTION_EXISTS,
        Code.INSUFFICIENT_POINTS,
    }
)
"""Refusals that are an answer: stored and replayed, since flows refuse before they write."""


def key_of(request: Request) -> str:
    """Return the request's key.

    Raises:
        Problem: `idempotency_key_missing`.
    """
    key = request.headers.get(HEADER, "")
    if _KEY.match(key) is None:
        raise Problem(Code.IDEMPOTENCY_KEY_MISSING, f"{request.method} {request.url.path}")
    return key


async def once(
    tx: Tx, tenant: str, request: Request, status: int, work: Callable[[str], Awaitable[Message]]
) -> Response:
    """Do the work once per key; `work` gets the cause that its effects are derived from.

    Raises:
        Problem: `idempotency_key_reused`, `idempotency_in_progress`, or whatever the work refuses.
    """
    key, route = key_of(request), f"{request.method} {request.url.path}"
    digest = hashlib.sha256(await request.body()).hexdigest()
    cause = f"{route} {key}"
    lock = await tx.row(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS taken", (f"{tenant} {cause}",)
    )
    if lock is None or not lock["taken"]:
        raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, f"the first call with key {key!r} is running")
    row = await tx.row(
        """SELECT body_hash, status, response FROM idempotency
        WHERE tenant_id = %s AND route = %s AND key = %s""",
        (tenant, route, key),
    )
    if row is not None:
        if row["body_hash"] != digest:
            raise Problem(Code.IDEMPOTENCY_KEY_REUSED, f"key {key!r} came with another body before")
        return _response(bytes(row["response"]), row["status"], {REPLAYED: "true"})
    try:
        body = (await work(cause)).to_bytes()
    except Problem as problem:
        if problem.code not in BUSINESS:
            raise
        status, body = problem.row.status, problem_bytes(request, problem)
    await tx.execute(
        """INSERT INTO idempotency (tenant_id, route, key, body_hash, status, response)
        VALUES (%s, %s, %s, %s, %s, %s)""",
        (tenant, route, key, digest, status, body),
    )
    return _response(body, status, {})


def _response(body: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, MEDIA_TYPE if status >= REFUSED else JSON)
