"""What is one call? Its request before it is signed, and the model that reads its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
from pydantic import TypeAdapter, ValidationError

from ironbull_client import problems

Answer = TypeVar("Answer")
Amount = Decimal | str
"""USDT: a Decimal, or its text; it travels as text, and a float is refused."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One intended effect, or one question; however often it is sent, it is the same one.

    Args:
        query: what is None is left out.
        body: what is None is left out, so that the platform's default holds.
        idempotency_key: of a POST.
    """

    method: str
    path: str
    answer: type[Answer]
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    idempotency_key: str | None = None

    def request(self, client: httpx.Client | httpx.AsyncClient, url: str) -> httpx.Request:
        """Return the request, with the client's own timeouts."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.idempotency_key is not None:
            headers["Idempotency-Key"] = self.idempotency_key
        query = {name: str(value) for name, value in _given(self.query).items()}
        content = b"" if self.body is None else _encode(_given(self.body))
        return client.build_request(
            self.method, url + self.path, params=query, content=content, headers=headers
        )

    def read(self, answer: httpx.Response) -> Answer:
        """Return what was answered.

        Raises:
            MerchantProblem: it is a refusal, or not an answer of the merchant API.
        """
        if not answer.is_success:
            raise problems.refused(answer, self.idempotency_key)
        try:
            return TypeAdapter(self.answer).validate_json(answer.content)
        except ValidationError as error:
            raise problems.unreadable(answer, self.idempotency_key) from error


def fresh_key() -> str:
    """Return an idempotency key for a new effect."""
    return uuid4().hex


def segment(value: object) -> str:
    """Return a part of a path, percent-encoded.

    Raises:
        ValueError: it would change the path's shape.
    """
    if str(value) in {"", ".", ".."}:
        raise ValueError(f"{value!r} names nothing")
    return quote(str(value), safe="")


def _given(named: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in named.items() if value is not None}


def _encode(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, default=_text).encode()


def _text(value: Any) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case _:
            raise TypeError(f"{value!r} has no place in a body")
