"""What does a cancel say of an order that another member may have placed? Only the venue's word."""

from decimal import Decimal
from pathlib import Path
from typing import cast
from uuid import uuid4

from unit.node.test_life import fresh, task

from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import client_order_id, task_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import CancelTask
from ironbull_messages.words import OrderState
from ironbull_node import life as lives
from ironbull_node.cancelling import Cancelling
from ironbull_node.fills import Fills
from ironbull_node.journal import Journal
from ironbull_node.life import Life
from ironbull_node.venue.port import Venue, VenueOrder
from ironbull_node.watching import Watching


class OneOrder:
    """A venue that holds one working order until it is cancelled."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id

    async def cancel(
        self, keys: Credentials, symbol: str, client_id: str, *, closing: bool
    ) -> VenueOrder | None:
        assert (keys.api_key, symbol, closing) == ("key", "BTC-USDT-SWAP", False)
        if client_id != self._client_id:
            return None
        return VenueOrder(client_id, "77", OrderState.CANCELLED, Decimal(1))

    async def find_by_client_id(self, *_: object) -> None:
        return None


async def keys() -> Credentials:
    return Credentials(api_key="key", api_secret="secret")


def cancel_of(order: Life, epoch: int) -> CancelTask:
    same = order.task.model_dump(
        include={"order_id", "tenant", "token", "account_id", "symbol", "created_at", "as_of"}
    )
    return CancelTask(
        task_id=task_id(order.task.order_id, "cancel"),
        journal_id=uuid4(),
        epoch=epoch,
        fresh=True,
        send_number=1,
        control_version=0,
        order_task_id=order.task.task_id,
        **same,
    )


async def cancelled(folder: Path, order: Life, venue: OneOrder, epoch: int) -> Life:
    journal = Journal(folder / "journal.sqlite")
    port = cast("Venue", venue)
    await journal.receive(order)
    cancelling = Cancelling(port, journal, Watching(port, Fills(port)))
    task = cancel_of(order, epoch)
    ended = await cancelling.carry_out(lives.receive(task, 0, is_fresh=True), task, keys)
    await journal.close()
    return ended


async def test_an_old_claim_is_not_told_under_a_newer_cancel(tmp_path: Path) -> None:
    """It says never sent under epoch 1; under epoch 2 another member made the third attempt."""
    order = lives.give_up(fresh(), Refusal.LEASE_ENDING)
    venue = OneOrder(client_order_id(order.task.task_id, 3))

    ended = await cancelled(tmp_path, order, venue, epoch=3)

    assert (ended.state, ended.filled) == (OrderState.CANCELLED, Decimal(1))


async def test_a_claim_of_the_same_lease_is_told(tmp_path: Path) -> None:
    order = lives.give_up(fresh(), Refusal.LEASE_ENDING)

    ended = await cancelled(tmp_path, order, OneOrder("none"), epoch=1)

    assert ended.state is OrderState.NOT_SENT


async def test_an_attempt_of_an_earlier_holder_is_cancelled_too(tmp_path: Path) -> None:
    newer = task().model_copy(update={"epoch": 3})
    order = lives.readdress(fresh(), newer, 0).model_copy(update={"attempt": 1})
    venue = OneOrder(client_order_id(order.task.task_id, 2))

    ended = await cancelled(tmp_path, order, venue, epoch=3)

    assert ended.state is OrderState.CANCELLED
