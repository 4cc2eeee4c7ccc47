"""What does an account look like at its venue? Money and positions, or why they cannot be read."""

from typing import Final

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import AccountReport, Credentials
from ironbull_messages.ids import ExchangeAccountId
from ironbull_node.venue.port import Venue, VenueError

MAX_WHY: Final = 200
WITHDRAWAL_ALLOWED: Final = "the key may withdraw: make one that may only trade"
TRADE_FORBIDDEN: Final = "the key may not trade futures"


async def read(
    venue: Venue, account_id: ExchangeAccountId, epoch: int, keys: Credentials
) -> AccountReport:
    """Read an account; a failure is a report too and says nothing of money."""
    try:
        balances = await venue.balances(keys)
        positions = await venue.positions(keys)
    except VenueError as error:
        return failed(account_id, epoch, str(error), error.code)
    return AccountReport(
        account_id=account_id,
        epoch=epoch,
        read_at=machine_now(),
        wallet_usdt=balances.wallet_usdt,
        equity_usdt=balances.equity_usdt,
        available_usdt=balances.available_usdt,
        positions=positions,
    )


async def check_rights(
    venue: Venue, account_id: ExchangeAccountId, epoch: int, keys: Credentials
) -> AccountReport | None:
    """Return why a key must not be used; None: it may trade and nothing more."""
    try:
        rights = await venue.rights(keys)
    except VenueError as error:
        return failed(account_id, epoch, str(error), error.code)
    if not rights.may_trade:
        return failed(account_id, epoch, TRADE_FORBIDDEN, "")
    if rights.may_withdraw:
        return failed(account_id, epoch, WITHDRAWAL_ALLOWED, "")
    return None


def failed(account_id: ExchangeAccountId, epoch: int, why: str, code: str) -> AccountReport:
    """Report a reading that failed."""
    return AccountReport(
        account_id=account_id,
        epoch=epoch,
        read_at=machine_now(),
        failed=why[:MAX_WHY] or "no answer",
        venue_code=code or None,
    )
