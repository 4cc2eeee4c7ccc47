"""Strategies speak at crossings, close before they open, and never look ahead."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.strategies.series import TICK, candle, of_closes, walk

from ironbull_messages.market import Candle
from ironbull_messages.words import Action, Leg
from ironbull_strategies.ma_cross import MaCross
from ironbull_strategies.opinions import Opinion
from ironbull_strategies.rsi import Rsi
from ironbull_strategies.strategy import State, Strategy
from ironbull_strategies.window import Window

STRATEGIES = (
    MaCross(),
    MaCross(fast_ma=2, slow_ma=5, use_ema=True, atr_period=3),
    Rsi(),
    Rsi(rsi_period=3),
)
Said = dict[int, tuple[Opinion, ...]]


def judge_all(
    strategy: Strategy, candles: Sequence[Candle], first: int = 0, state: State | None = None
) -> tuple[Said, State]:
    """Judge candles one by one as an engine does; what is before `first` is only window."""
    said: Said = {}
    state = state or State()
    for number in range(first, len(candles)):
        seen = candles[max(number + 1 - strategy.window_length, 0) : number + 1]
        opinions, state = strategy.judge(Window.of(seen, TICK), state)
        if opinions:
            said[number] = opinions
    return said, state


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_no_later_candle_changes_an_opinion(
    strategy: Strategy, seed: int, data: st.DataObject
) -> None:
    start = strategy.window_length
    candles = walk(seed, start + 60)
    cut = data.draw(st.integers(start, len(candles) - 1))
    other = [candle(n, Decimal(50), Decimal(150), Decimal(9)) for n in range(cut, len(candles))]

    whole, _ = judge_all(strategy, candles, start - 1)
    changed, _ = judge_all(strategy, [*candles[:cut], *other], start - 1)

    assert {n: said for n, said in whole.items() if n < cut} == {
        n: said for n, said in changed.items() if n < cut
    }


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), resumed_after=st.integers(0, 59))
def test_a_run_resumed_from_a_warm_up_says_what_a_continuous_one_says(
    strategy: Strategy, seed: int, resumed_after: int
) -> None:
    start = strategy.window_length
    candles = walk(seed, start + 60)
    continuous, _ = judge_all(strategy, candles, start - 1)
    resumed, _ = judge_all(strategy, candles[resumed_after:], start - 1)

    assert {
        n - resumed_after: said for n, said in continuous.items() if n - resumed_after >= start - 1
    } == resumed


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), stopped=st.integers(0, 59))
def test_a_run_resumed_from_its_state_looks_at_nothing_later(
    strategy: Strategy, seed: int, stopped: int
) -> None:
    start = strategy.window_length
    candles = walk(seed, start + 60)
    continuous, end = judge_all(strategy, candles, start - 1)
    early, state = judge_all(strategy, candles[: start + stopped], start - 1)
    late, resumed_end = judge_all(strategy, candles, start + stopped, state)

    assert early | late == continuous
    assert resumed_end == end


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_the_same_candles_bring_the_same_opinions(strategy: Strategy) -> None:
    candles = walk(12, strategy.window_length + 300)

    first, _ = judge_all(strategy, candles)

    assert first
    assert first == judge_all(strategy, candles)[0]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_a_turn_closes_the_other_leg_and_then_opens(strategy: Strategy) -> None:
    candles = walk(12, strategy.window_length + 300)
    said, _ = judge_all(strategy, candles)

    legs = [pair[1].leg for pair in said.values()]
    assert len(legs) >= 2
    assert all(former is not latter for former, latter in pairwise(legs))
    for close, opened in said.values():
        assert (close.action, opened.action) == (Action.CLOSE, Action.OPEN)
        assert close.leg is opened.leg.opposite


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_levels_lie_on_the_tick_and_on_their_sides(strategy: Strategy) -> None:
    said, _ = judge_all(strategy, walk(13, strategy.window_length + 300))

    for _, opened in said.values():
        assert opened.stop_loss is not None
        assert opened.take_profit is not None
        sign = 1 if opened.leg is Leg.LONG else -1
        assert sign * (opened.price - opened.stop_loss) > 0
        assert sign * (opened.take_profit - opened.price) > 0
        assert opened.stop_loss % TICK == opened.take_profit % TICK == 0
        assert 0 <= opened.confidence <= 100


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_no_candle_is_judged_twice(strategy: Strategy) -> None:
    candles = walk(14, strategy.window_length + 200)
    said, _ = judge_all(strategy, candles)
    number = max(said)
    seen = Window.of(candles[number + 1 - strategy.window_length : number + 1], TICK)

    opinions, state = strategy.judge(seen, State())

    assert opinions == said[number]
    assert strategy.judge(seen, state) == ((), state)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_a_window_that_is_too_short_brings_no_opinion(strategy: Strategy) -> None:
    said, state = judge_all(strategy, walk(15, strategy.window_length - 1))

    assert said == {}
    assert state == State()


def test_a_market_that_stands_still_brings_no_opinion() -> None:
    for strategy in STRATEGIES:
        still = of_closes([Decimal(100)] * (strategy.window_length + 5))
        assert judge_all(strategy, still)[0] == {}


def test_the_average_cross_is_sized_by_range_and_distance() -> None:
    strategy = MaCross(fast_ma=2, slow_ma=3, atr_period=2)
    falling = [Decimal(300) - n for n in range(strategy.window_length)]
    candles = of_closes([*falling, falling[-1] + 40])

    said, state = judge_all(strategy, candles)

    _, opened = said[len(candles) - 1]
    # ATR(2): ranges stood at 1.6 and the last candle's is 40.6 → 21.1; averages 19.5 / 13 above
    assert opened.leg is Leg.LONG
    assert opened.price - (opened.stop_loss or 0) == Decimal("42.20")
    assert (opened.take_profit or 0) - opened.price == Decimal("84.40")
    assert opened.confidence == 90
    assert state.direction is Leg.LONG


def test_an_index_that_falls_into_the_extreme_and_comes_back_speaks_once() -> None:
    strategy = Rsi(rsi_period=2)
    quiet = [Decimal(100) + (n % 2) for n in range(strategy.window_length)]
    fall = [quiet[-1] - 5 * n for n in range(1, 6)]
    rise = [fall[-1] + n for n in range(1, 4)]

    said, _ = judge_all(strategy, of_closes([*quiet, *fall, *rise]), strategy.window_length)

    (opinions,) = said.values()
    assert opinions[1].leg is Leg.LONG
    assert opinions[1].confidence == 80
