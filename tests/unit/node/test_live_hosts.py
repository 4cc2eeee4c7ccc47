"""A member of a Live venue speaks to the venue's own hosts, and to no sandbox."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ironbull_messages.fleet import Credentials
from ironbull_messages.launch import NodeLaunch
from ironbull_messages.words import Environment
from ironbull_node.venue.rest import _KEYS, Rest

ASKED = [
    ("fapiPublic", "GET", "time", "https://fapi.binance.com/fapi/v1/time"),
    ("fapiPublic", "GET", "exchangeInfo", "https://fapi.binance.com/fapi/v1/exchangeInfo"),
    ("fapiPrivate", "POST", "order", "https://fapi.binance.com/fapi/v1/order"),
    ("fapiPrivate", "GET", "userTrades", "https://fapi.binance.com/fapi/v1/userTrades"),
    ("fapiPrivateV3", "GET", "positionRisk", "https://fapi.binance.com/fapi/v3/positionRisk"),
    ("fapiPrivateV3", "GET", "account", "https://fapi.binance.com/fapi/v3/account"),
    (
        "sapi",
        "GET",
        "account/apiRestrictions",
        "https://api.binance.com/sapi/v1/account/apiRestrictions",
    ),
]


def launch(**more: str) -> NodeLaunch:
    settings = {
        "IRONBULL_NATS_URL": "tls://nats.example.org:4222",
        "IRONBULL_NATS_CREDS": "/creds",
        "IRONBULL_TENANT": "acme",
        "IRONBULL_TOKEN": "aaaabbbbccccdddd",
        "IRONBULL_STATE_DIR": str(Path("/state")),
        "IRONBULL_VENUE": "binance",
        "IRONBULL_CENTRE_KEY": "A" * 44,
    }
    return NodeLaunch.read(settings | more)


@pytest.mark.parametrize(("access", "method", "path", "url"), ASKED)
async def test_every_request_of_a_live_member_goes_to_the_venues_own_host(
    access: str, method: str, path: str, url: str
) -> None:
    member = launch()
    assert member.environment is Environment.LIVE
    rest = Rest(member.venue_url, lambda *_: None)
    token = _KEYS.set(Credentials(api_key="key", api_secret="secret"))
    try:
        signed = rest.sign(path, [access], method, {})
        assert not rest.isSandboxModeEnabled
        assert not rest.options.get("enableDemoTrading")
    finally:
        _KEYS.reset(token)
        await rest.shut()
    found = urlsplit(signed["url"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == url


async def test_no_request_of_a_paper_member_leaves_for_the_venue() -> None:
    member = launch(IRONBULL_VENUE_URL="http://paper.test:8090")
    assert member.environment is Environment.PAPER
    rest = Rest(member.venue_url, lambda *_: None)
    try:
        for access, method, path, _ in ASKED:
            token = _KEYS.set(Credentials(api_key="key", api_secret="secret"))
            url = rest.sign(path, [access], method, {})["url"]
            _KEYS.reset(token)
            assert url.startswith("http://paper.test:8090/"), url
    finally:
        await rest.shut()
