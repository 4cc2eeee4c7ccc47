"""How do commands become facts, one after the other?

The exchange joins state, market, faults and journal. A command runs without an await between its
read and its commit, so it sees and makes one state.
"""

from collections.abc import Callable, Sequence

from ironbull_paper.faults import Faults
from ironbull_paper.market.universe import Universe
from ironbull_paper.matching.bookkeeping import Moment
from ironbull_paper.matching.engine import prices_at, sweep
from ironbull_paper.matching.margin import Prices
from ironbull_paper.matching.records import OrderEnded, Record
from ironbull_paper.matching.state import ExchangeState

Append = Callable[[Sequence[Record]], None]


class Exchange:
    """Run commands against the state and hand what happened to the journal.

    Args:
        swept_until_ms: machine time up to which resting orders were compared with prices before.
    """

    def __init__(
        self,
        state: ExchangeState,
        faults: Faults,
        universe: Universe,
        *,
        append: Append,
        now_ms: Callable[[], int],
        swept_until_ms: int,
    ) -> None:
        self.state = state
        self.faults = faults
        self.universe = universe
        self._append = append
        self._now_ms = now_ms
        self._swept: dict[int, int] = {}
        self._born_market_ms = state.clock.market_ms(swept_until_ms)

    def moment(self) -> Moment:
        """Return now on both clocks; machine time never goes back."""
        at = max(self._now_ms(), self.state.last_at)
        return Moment(at, self.state.clock.market_ms(at))

    def prices(self, moment: Moment) -> Prices:
        """Return a function that answers with prices at a moment."""
        return prices_at(self.universe, moment.market_at)

    def commit(self, records: Sequence[Record]) -> None:
        """Make records true and give them to the journal."""
        for record in records:
            self.state.apply(record)
            self.faults.apply(record)
            if isinstance(record, OrderEnded):
                self._swept.pop(record.order_id, None)
        self._append(records)

    def sweep(self) -> None:
        """Fill resting orders with what the prices did since the last sweep."""
        moment = self.moment()
        for symbol, resting in self.state.resting.items():
            market = self.universe.markets[symbol]
            for order_id, order in list(resting.items()):
                if not order.is_open:
                    continue
                since = self._swept.get(
                    order_id, max(order.accepted.market_at, self._born_market_ms)
                )
                self._swept[order_id] = moment.market_at
                self.commit(sweep(self.state, market, order, since, moment))
