"""An engine's line tells the same signals however it came by its candles."""

import pytest
from fixtures.documents import strategy, tenant
from unit.strategies.series import FEED, TICK, walk

from ironbull_app.processes.engine import make_lines
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import Strategy
from ironbull_strategies.line import Fit, Line

LENGTH = 400


def line() -> Line:
    (made,) = make_lines([tenant(), strategy()], "acme")
    return made


def changed(**spec: object) -> Strategy:
    found = strategy().model_dump(by_alias=True, mode="json")
    found["spec"] |= spec
    return Strategy.model_validate(found)


def test_a_line_takes_its_feed_from_the_tenants_venue() -> None:
    live = [{"name": "desk", "type": "binance", "environment": "Live"}]

    assert line().origin.feed == FEED
    assert make_lines([tenant(venues=live), strategy()], "acme")[0].origin.feed == "binance-live"


def test_a_strategy_without_its_tenants_document_uses_the_feed_of_its_mode() -> None:
    assert make_lines([strategy()], "acme")[0].origin.feed == FEED


def test_only_running_strategies_of_the_tenant_get_lines() -> None:
    assert make_lines([changed(desiredState="Paused"), strategy()], "other") == []


def test_a_strategy_that_cannot_run_does_not_stop_the_others() -> None:
    broken = changed(parameters={"fast_ma": "0"})

    assert len(make_lines([broken, strategy()], "acme")) == 1
    with pytest.raises(Problem) as raised:
        make_lines([broken], "acme")
    assert raised.value.code is Code.STRATEGY_PARAMETER_INVALID


def test_a_resumed_line_says_again_what_it_said_under_the_same_ids() -> None:
    candles = walk(21, LENGTH)
    continuous = line().warm_up(candles, TICK, LENGTH)
    resumed = line()
    first = resumed.warm_up(candles[:300], TICK, 30)
    rest = resumed.extend(candles[300:], TICK)

    since = candles[270].close_at
    assert first + rest == tuple(one for one in continuous if one.close_at >= since)
    assert rest


def test_what_a_line_says_again_after_a_gap_has_the_ids_of_before() -> None:
    candles = walk(22, LENGTH)
    one = line()
    said = one.warm_up(candles, TICK, 100)

    again = one.warm_up(candles, TICK, 50)

    assert again == tuple(s for s in said if s.close_at >= candles[LENGTH - 50].close_at)


def test_a_line_knows_what_follows_what_is_known_and_what_is_missing() -> None:
    candles = walk(23, LENGTH)
    one = line()
    assert one.fit(candles[0]) is Fit.GAP
    one.warm_up(candles[:300], TICK, 10)

    assert one.fit(candles[300]) is Fit.NEXT
    assert one.fit(candles[299]) is Fit.KNOWN
    assert one.fit(candles[301]) is Fit.GAP
    assert one.extend(candles[:300], TICK) == ()


def test_the_past_of_a_warm_up_is_not_said() -> None:
    assert line().warm_up(walk(24, LENGTH), TICK, 0) == ()
