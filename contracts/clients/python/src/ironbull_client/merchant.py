"""How does a tenant's server call the merchant API? By `Merchant`, or awaiting `AsyncMerchant`."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Final, Self

import httpx

from ironbull_client import problems
from ironbull_client.call import Answer, Call
from ironbull_client.generated.async_operations import AsyncOperations
from ironbull_client.generated.models import Listing
from ironbull_client.generated.operations import Operations
from ironbull_client.patience import Patience
from ironbull_client.signature import Signature

TIMEOUT_SECONDS: Final = 10.0
PAGE_ROWS: Final = 200


class Merchant(Operations):
    """The merchant API of one tenant.

    A passing failure (no answer, 429, 502, 503, 504, a first call still running) is tried again
    with a new signature and the same idempotency key, so that it has one effect.
    """

    def __init__(
        self,
        url: str,
        key_id: str,
        secret: str,
        *,
        patience: Patience | None = None,
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect on the first call; a `client` that is given is not closed here."""
        self._url = url.rstrip("/")
        self._signature = Signature(key_id, secret)
        self._patience = patience or Patience()
        self._is_own = client is None
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._is_own:
            self._client.close()

    def send(self, call: Call[Answer]) -> Answer:
        """Send a call until it is answered or patience ends.

        Raises:
            MerchantProblem: it is refused, or nobody answers.
        """
        for pause in self._patience.pauses():
            try:
                return self._try(call)
            except problems.MerchantProblem as problem:
                if not problem.is_passing:
                    raise
            self._sleep(pause)
        return self._try(call)

    def each(self, pages: Callable[..., Listing]) -> Iterator[dict[str, Any]]:
        """Yield every row of a list, newest first: `each(merchant.list_orders)`."""
        cursor: str | None = ""
        while cursor is not None:
            page = pages(limit=PAGE_ROWS, cursor=cursor or None)
            yield from page.items
            cursor = page.next_cursor

    def _try(self, call: Call[Answer]) -> Answer:
        request = call.request(self._client, self._url)
        try:
            answer = self._client.send(request, auth=self._signature)
        except httpx.TransportError as error:
            raise problems.unreachable(error, call.idempotency_key) from error
        return call.read(answer)


class AsyncMerchant(AsyncOperations):
    """The same, awaited."""

    def __init__(
        self,
        url: str,
        key_id: str,
        secret: str,
        *,
        patience: Patience | None = None,
        client: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Connect on the first call; a `client` that is given is not closed here."""
        self._url = url.rstrip("/")
        self._signature = Signature(key_id, secret)
        self._patience = patience or Patience()
        self._is_own = client is None
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._is_own:
            await self._client.aclose()

    async def send(self, call: Call[Answer]) -> Answer:
        """Send a call until it is answered or patience ends.

        Raises:
            MerchantProblem: it is refused, or nobody answers.
        """
        for pause in self._patience.pauses():
            try:
                return await self._try(call)
            except problems.MerchantProblem as problem:
                if not problem.is_passing:
                    raise
            await self._sleep(pause)
        return await self._try(call)

    async def each(self, pages: Callable[..., Awaitable[Listing]]) -> AsyncIterator[dict[str, Any]]:
        """Yield every row of a list, newest first: `each(merchant.list_orders)`."""
        cursor: str | None = ""
        while cursor is not None:
            page = await pages(limit=PAGE_ROWS, cursor=cursor or None)
            for row in page.items:
                yield row
            cursor = page.next_cursor

    async def _try(self, call: Call[Answer]) -> Answer:
        request = call.request(self._client, self._url)
        try:
            answer = await self._client.send(request, auth=self._signature)
        except httpx.TransportError as error:
            raise problems.unreachable(error, call.idempotency_key) from error
        return call.read(answer)
