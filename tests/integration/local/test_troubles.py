"""`ironbull status` hears from the centre what is wrong, and says so when it hears nothing."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ironbull_local import troubles

TOKEN = "of-this-test"


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "platform.token"
    path.write_text(TOKEN)
    return path


async def _answer(request: web.Request) -> web.Response:
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    rows = [
        {"kind": "missing_fills", "tenant": "acme", "subject": "order 1", "detail": "2, not 1"},
        {"kind": "dead_task", "tenant": "", "subject": "settler 9", "detail": "broken"},
    ]
    return web.json_response({"troubles": rows})


async def test_each_trouble_is_one_line(token_file: Path) -> None:
    app = web.Application()
    app.router.add_get("/v1/troubles", _answer)
    async with TestServer(app) as server:
        url = str(server.make_url(""))

        lines = await asyncio.to_thread(troubles.find, url, token_file)

    assert lines == [
        "missing fills: order 1 of acme: 2, not 1",
        "dead task: settler 9: broken",
    ]


def test_a_centre_that_does_not_answer_is_wrong_too(token_file: Path) -> None:
    (line,) = troubles.find("http://127.0.0.1:9", token_file)

    assert line.startswith("the centre cannot be asked what is wrong")


def test_a_missing_token_is_told(tmp_path: Path) -> None:
    (line,) = troubles.find("http://127.0.0.1:9", tmp_path / "none")

    assert "none" in line
