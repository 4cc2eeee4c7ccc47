"""One example of every message; the golden files are what they look like on the wire."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from ironbull_messages import fleet, ids, market, result, signal, task
from ironbull_messages.base import Message
from ironbull_messages.events import Event, EventKind
from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.refusals import Refusal
from ironbull_messages.words import (
    Action,
    Environment,
    Leg,
    OrderState,
    OrderType,
    Side,
    Timeframe,
    VenueType,
)

TOKEN = "abcdefgh234567ab"
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACCOUNT = ids.ExchangeAccountId(UUID(int=1))
SUBSCRIPTION = ids.SubscriptionId(UUID(int=2))
SESSION = UUID(int=3)
JOURNAL = UUID(int=4)
SYMBOL = "BTC-USDT-SWAP"
FEED = "binance-paper"
SIGNAL_ID = ids.signal_id("aurora", "trend", "0" * 16, SYMBOL, "1h", AT, "OPEN", "LONG")
ORDER_ID = ids.order_id(str(SIGNAL_ID), ACCOUNT, SUBSCRIPTION, "LONG", 1)
TASK_ID = ids.task_id(ORDER_ID, "order")
HELD = fleet.HeldAccount(account_id=ACCOUNT, epoch=7)
CONTROL = fleet.Control(
    version=9,
    accounts=(HELD,),
    kills=(fleet.Kill(scope="account", account_id=ACCOUNT),),
    sync=(fleet.SyncRequest(account_id=ACCOUNT, requested_at=AT),),
    confirmed=(TASK_ID,),
    asked=(TASK_ID,),
    hand_back=(ACCOUNT,),
)
CANDLE = market.Candle(
    feed=FEED,
    symbol=SYMBOL,
    timeframe=Timeframe.H1,
    open_at=AT - timedelta(hours=1),
    close_at=AT,
    open=Decimal("64000.1"),
    high=Decimal(64100),
    low=Decimal(63900),
    close=Decimal("64050.5"),
    volume=Decimal("12.25"),
)
_TASK = {
    "order_id": ORDER_ID,
    "tenant": "aurora",
    "token": TOKEN,
    "account_id": ACCOUNT,
    "epoch": 7,
    "journal_id": JOURNAL,
    "fresh": True,
    "send_number": 1,
    "control_version": 9,
    "symbol": SYMBOL,
    "created_at": AT,
    "as_of": AT,
}
_OPENING = {
    **_TASK,
    "task_id": TASK_ID,
    "action": Action.OPEN,
    "leg": Leg.LONG,
    "side": Side.BUY,
    "order_type": OrderType.MARKET,
    "quantity": Decimal("0.015"),
    "reduce_only": False,
    "leverage": 20,
    "valid_until": AT + timedelta(seconds=60),
}

EXAMPLES: dict[str, Message] = {
    "candle": CANDLE,
    "price": market.Price(
        feed=FEED,
        symbol=SYMBOL,
        bid=Decimal("64050.4"),
        ask=Decimal("64050.6"),
        last=Decimal("64050.5"),
        as_of=AT,
        at=AT,
    ),
    "history-request": market.HistoryRequest(limit=500, after=AT),
    "history-reply": market.HistoryReply(tick_size=Decimal("0.1"), candles=(CANDLE,)),
    "signal": signal.Signal(
        id=SIGNAL_ID,
        tenant="aurora",
        strategy="trend",
        strategy_version="0" * 16,
        feed=FEED,
        symbol=SYMBOL,
        timeframe=Timeframe.H1,
        close_at=AT,
        action=Action.OPEN,
        leg=Leg.LONG,
        price=Decimal("64050.5"),
        stop_loss=Decimal("63500.1"),
        take_profit=Decimal("65200.9"),
        confidence=72,
        reason="fast average crossed above the slow one",
    ),
    "order-task": task.OrderTask(**_OPENING),
    "order-task-of-a-strategy": task.OrderTask(**_OPENING, strategy=ids.StrategyName("trend")),
    "cancel-task": task.CancelTask(
        **_TASK, task_id=ids.task_id(ORDER_ID, "cancel"), order_task_id=TASK_ID
    ),
    "result": result.Result(
        task_id=TASK_ID,
        order_id=ORDER_ID,
        tenant="aurora",
        token=TOKEN,
        account_id=ACCOUNT,
        epoch=7,
        journal_id=JOURNAL,
        attempt=1,
        seq=2,
        kind="order",
        state=OrderState.FILLED,
        client_order_id=ids.client_order_id(TASK_ID, 1),
        venue_order_id="8389765",
        filled_quantity=Decimal("0.015"),
        trades=(
            result.VenueTrade(
                venue_trade_id="991",
                venue_order_id="8389765",
                symbol=SYMBOL,
                side=Side.BUY,
                quantity=Decimal("0.015"),
                price=Decimal("64050.6"),
                fee=Decimal("0.3843036"),
                fee_asset="USDT",
                fee_usdt=Decimal("0.3843036"),
                traded_at=AT,
            ),
        ),
        evidence=(
            result.Evidence(
                at=AT,
                source=result.Source.ORDER_BY_CLIENT_ID,
                client_order_id=ids.client_order_id(TASK_ID, 1),
                said="FILLED 0.015",
            ),
        ),
        at=AT,
    ),
    "result-not-sent": result.Result(
        task_id=TASK_ID,
        order_id=ORDER_ID,
        tenant="aurora",
        token=TOKEN,
        account_id=ACCOUNT,
        epoch=7,
        journal_id=JOURNAL,
        attempt=0,
        seq=1,
        kind="order",
        state=OrderState.NOT_SENT,
        reason=Refusal.TASK_EXPIRED,
        at=AT,
    ),
    "hello": fleet.Hello(
        token=TOKEN,
        session_id=SESSION,
        journal_id=JOURNAL,
        public_key="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        version="0.1.0",
    ),
    "hello-reply": fleet.HelloReply(accepted=True, database_epoch="7412-1", control=CONTROL),
    "beat": fleet.Beat(
        token=TOKEN,
        session_id=SESSION,
        journal_id=JOURNAL,
        version="0.1.0",
        sent_at=AT,
        open_tasks=3,
        unknown_tasks=1,
        submitting_tasks=2,
        clock_offset_seconds=-0.02,
        held=(HELD,),
        handed_back=(HELD,),
    ),
    "beat-reply": fleet.BeatReply(accepted=True, control=CONTROL),
    "control": CONTROL,
    "control-of-a-strategy": fleet.Control(
        version=10, kills=(fleet.Kill(scope="strategy", strategy=ids.StrategyName("trend")),)
    ),
    "grant-request": fleet.GrantRequest(token=TOKEN, session_id=SESSION, accounts=(HELD,)),
    "grant-reply": fleet.GrantReply(
        grants=(
            fleet.Grant(
                account_id=ACCOUNT,
                epoch=7,
                venue=VenueType.BINANCE,
                environment=Environment.PAPER,
                sealed="c2VhbGVk",
                signature="c2lnbmF0dXJl",
            ),
        )
    ),
    "sync-report": fleet.SyncReport(
        token=TOKEN,
        session_id=SESSION,
        accounts=(
            fleet.AccountReport(
                account_id=ACCOUNT,
                epoch=7,
                read_at=AT,
                wallet_usdt=Decimal("15000.25"),
                equity_usdt=Decimal("14998.75"),
                available_usdt=Decimal(14000),
                positions=(
                    fleet.VenuePosition(
                        symbol=SYMBOL,
                        leg=Leg.LONG,
                        quantity=Decimal("0.015"),
                        entry_price=Decimal("64050.6"),
                        unrealized_usdt=Decimal("-1.5"),
                    ),
                ),
            ),
        ),
    ),
    "accepted": fleet.Accepted(accepted=True),
    "renew-request": fleet.RenewRequest(token=TOKEN, public_key="U" + "A" * 55),
    "renew-reply": fleet.RenewReply(jwt="header.body.signature", tenant="aurora"),
    "event": Event(
        id=UUID(int=5),
        tenant="aurora",
        kind=EventKind.PROFIT_REALISED,
        at=AT,
        subject_id=UUID(int=6),
        data={"charge_usdt": "0.3", "profit_usdt": "1"},
    ),
    "problem": Problem(
        Code.VALIDATION_FAILED,
        "amount must be a string such as '12.5', not float",
        (FieldError(field="amount", message="must be a string such as '12.5', not float"),),
    ).document("0b6f"),
}
