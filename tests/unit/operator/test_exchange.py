"""Members trade real money where an installation lets them, at the venue's own hosts alone."""

import dataclasses

import pytest

from ironbull_messages.resources import Venue
from ironbull_messages.resources.pool_parts import InCluster, Location, Remote
from ironbull_messages.words import Environment, VenueType
from ironbull_operator.conditions import Verdict
from ironbull_operator.desired import exchange
from ironbull_operator.desired.platform import Platform

TRIAL = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://in")
REAL = dataclasses.replace(TRIAL, live_allowed=True, paper_url=None)
HERE, AWAY = Location(in_cluster=InCluster()), Location(remote=Remote(paper_url="http://out"))
PAPER, LIVE = (
    Venue(name=name, type=VenueType.BINANCE, environment=environment)
    for name, environment in (("desk", Environment.PAPER), ("real", Environment.LIVE))
)


@pytest.mark.parametrize(
    ("platform", "name", "reason", "says"),
    [
        (TRIAL, "real", "LiveRefused", "venue real is Live, and this installation refuses real"),
        (REAL, "desk", "NoPaperExchange", "venue desk is Paper, and this installation has no"),
        (TRIAL, "other", "VenueUnknown", "Tenant acme has no venue 'other'"),
    ],
)
def test_a_pool_that_cannot_trade_says_why(
    platform: Platform, name: str, reason: str, says: str
) -> None:
    found = exchange.find(platform, "acme", (PAPER, LIVE), name, HERE)
    assert isinstance(found, Verdict)
    assert found.reason == reason
    assert found.is_stalled
    assert says in found.message


def test_a_live_venue_is_served_where_it_is_allowed_and_no_paper_exchange_is_named_to_it() -> None:
    both = dataclasses.replace(REAL, paper_url="http://in")
    for location in (HERE, AWAY):
        assert exchange.find(both, "acme", (PAPER, LIVE), "real", location) == LIVE
        assert exchange.url(both, LIVE, location) is None
    assert exchange.url(both, PAPER, HERE) == "http://in"
    assert exchange.url(both, PAPER, AWAY) == "http://out"
