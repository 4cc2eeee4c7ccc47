"""How does the benchmark itself speak to the API? Over its own client, so that it shares no code.

Bounded in what it asks at once; the operator under test is not slowed by it more than by people.
"""

import asyncio
import base64
import json
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

GROUP = "/apis/ironbull.io/v1alpha1"
AT_ONCE = 16
PAGE = 500
MERGE = "application/merge-patch+json"
JSON = "application/json"
Thing = dict[str, Any]
Item = TypeVar("Item")


class ClusterApi:
    """The API of one cluster, as its administrator."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def ask(
        self, method: str, path: str, body: object = None, content: str = JSON
    ) -> tuple[int, Thing]:
        """Return status and answer, whatever they are."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content}
        async with self._session.request(
            method, self._url + path, data=data, headers=headers
        ) as response:
            raw = await response.read()
        answer: Thing = json.loads(raw) if raw.startswith(b"{") else {"text": raw.decode()}
        return response.status, answer

    async def must(self, method: str, path: str, body: object = None, content: str = JSON) -> Thing:
        """Return an answer that is not a refusal."""
        status, answer = await self.ask(method, path, body, content)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return answer

    async def items(self, path: str) -> AsyncIterator[Thing]:
        """Yield all objects of a collection, page by page."""
        rest = ""
        while True:
            page = await self.must("GET", f"{path}?limit={PAGE}&continue={rest}")
            for item in page["items"]:
                yield item
            rest = page["metadata"].get("continue", "")
            if not rest:
                return

    async def watch(self, path: str, query: str = "") -> AsyncIterator[tuple[str, Thing]]:
        """Yield what happens to objects of a collection, beginning with what is there."""
        url = f"{self._url}{path}?watch=true&{query}"
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(url, timeout=timeout) as response:
            async for line in _lines(response.content):
                event = json.loads(line)
                yield event["type"], event["object"]


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in stream.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line


@asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[ClusterApi]:
    """Connect as the kubeconfig says."""
    told = json.loads(kubeconfig.read_text())  # noqa: ASYNC240 - once, and small
    cluster, user = told["clusters"][0]["cluster"], told["users"][0]["user"]
    context = ssl.create_default_context(
        cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
    )
    with tempfile.NamedTemporaryFile() as file:
        for part in ("client-certificate-data", "client-key-data"):
            file.write(base64.b64decode(user[part]))
        file.flush()
        context.load_cert_chain(file.name)
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield ClusterApi(session, cluster["server"])


async def each(work: Callable[[Item], Awaitable[object]], items: Iterable[Item]) -> None:
    """Do a thing with every item, so many at once."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> None:
        async with turns:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(one(item))


def condition(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object's Ready condition; empty: it has none."""
    rows = thing.get("status", {}).get("conditions", ())
    return next((row for row in rows if row["type"] == "Ready"), {})
