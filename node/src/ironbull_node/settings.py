"""Are an account's position mode, margin mode and leverage as wanted? Set only on change."""

from typing import Final

from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import ExchangeAccountId
from ironbull_node.venue.port import Venue

MAX_KNOWN: Final = 100_000


class AccountSettings:
    """Remember what was set, and set what differs."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._leverages: dict[tuple[ExchangeAccountId, str], int] = {}

    async def ensure_account(self, account_id: ExchangeAccountId, keys: Credentials) -> None:
        """Have one position per symbol, and trust nothing that was remembered.

        Raises:
            VenueError: the venue refused or did not answer.
        """
        self.forget(account_id)
        await self._venue.ensure_one_way(keys)

    async def ensure_symbol(
        self, account_id: ExchangeAccountId, keys: Credentials, symbol: str, leverage: int
    ) -> None:
        """Have this leverage on a symbol.

        Raises:
            VenueError: the venue refused or did not answer.
        """
        if self._leverages.get((account_id, symbol)) == leverage:
            return
        await self._venue.ensure_leverage(keys, symbol, leverage)
        if len(self._leverages) >= MAX_KNOWN:
            self._leverages.clear()
        self._leverages[account_id, symbol] = leverage

    def forget(self, account_id: ExchangeAccountId) -> None:
        """Forget what was set on an account."""
        self._leverages = {k: v for k, v in self._leverages.items() if k[0] != account_id}
