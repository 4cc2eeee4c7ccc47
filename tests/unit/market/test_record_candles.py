"""A candle is stored once; what the venue says later about it changes nothing."""

from decimal import Decimal

from unit.market.fakes import FakeStore
from unit.strategies.series import candle

from ironbull_app.flows.record_candles import record_candles

ONE = candle(0, Decimal(100), Decimal(101))
TWO = candle(1, Decimal(101), Decimal(102))
OTHER_ONE = candle(0, Decimal(100), Decimal(99))


async def test_new_candles_are_added_in_their_order() -> None:
    store = FakeStore()

    recorded = await record_candles(store.begin, (ONE, TWO))

    assert recorded.added == (ONE, TWO)
    assert recorded.differing == ()


async def test_a_known_candle_is_neither_new_nor_refused() -> None:
    store = FakeStore()
    await record_candles(store.begin, (ONE,))

    recorded = await record_candles(store.begin, (ONE, TWO))

    assert recorded.added == (TWO,)
    assert recorded.differing == ()


async def test_a_candle_that_differs_from_the_stored_one_is_refused() -> None:
    store = FakeStore()
    await record_candles(store.begin, (ONE,))

    recorded = await record_candles(store.begin, (OTHER_ONE,))

    assert recorded.added == ()
    assert recorded.differing == (OTHER_ONE,)
    assert list(store.kept.values()) == [ONE]


async def test_of_two_candles_with_one_key_in_a_batch_the_first_counts() -> None:
    store = FakeStore()

    recorded = await record_candles(store.begin, (ONE, OTHER_ONE, ONE))

    assert recorded.added == (ONE,)
    assert recorded.differing == (OTHER_ONE,)


async def test_an_empty_batch_opens_no_transaction() -> None:
    def never() -> None:
        raise AssertionError

    recorded = await record_candles(never, ())  # type: ignore[arg-type]  # it is not called

    assert recorded.added == ()
