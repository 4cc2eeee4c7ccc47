"""Which contracts can be traded, in which steps and within which limits?"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """Hold the leverage and the maintenance rate that a notional up to `cap` may have."""

    floor: Decimal
    cap: Decimal
    max_leverage: int
    maintenance_rate: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """Describe one linear perpetual contract; ticks and steps are powers of ten."""

    name: str
    base: str
    quote: str
    price_digits: int
    quantity_digits: int
    min_quantity: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    min_notional: Decimal
    max_leverage: int
    spread_ticks: int

    @property
    def tick(self) -> Decimal:
        """Return the smallest step of a price."""
        return Decimal(1).scaleb(-self.price_digits)

    @property
    def step(self) -> Decimal:
        """Return the smallest step of a quantity."""
        return Decimal(1).scaleb(-self.quantity_digits)

    def price(self, ticks: int) -> Decimal:
        """Return the price of a number of ticks."""
        return Decimal(ticks).scaleb(-self.price_digits)

    def quantity(self, steps: int) -> Decimal:
        """Return the quantity of a number of steps."""
        return Decimal(steps).scaleb(-self.quantity_digits)

    def ticks(self, price: Decimal) -> int:
        """Return the whole ticks of a price, rounded to the nearest."""
        return int(price.scaleb(self.price_digits).to_integral_value())

    def steps(self, quantity: Decimal) -> int:
        """Return the whole steps of a quantity, rounded to the nearest."""
        return int(quantity.scaleb(self.quantity_digits).to_integral_value())

    def brackets(self) -> tuple[LeverageBracket, ...]:
        """Return the leverage brackets, the smallest notional first."""
        return _BRACKETS[self.max_leverage]

    def bracket(self, notional: Decimal) -> LeverageBracket:
        """Return the bracket of a position's notional; beyond the last cap it is the last."""
        for bracket in self.brackets():
            if notional <= bracket.cap:
                return bracket
        return self.brackets()[-1]


def _brackets(*rows: tuple[int, str, str]) -> tuple[LeverageBracket, ...]:
    """Chain (leverage, cap, maintenance rate) so that maintenance is continuous at the caps."""
    chained: list[LeverageBracket] = []
    floor, rate_below, cumulative = Decimal(0), Decimal(0), Decimal(0)
    for leverage, cap, rate in rows:
        cumulative += floor * (Decimal(rate) - rate_below)
        chained.append(
            LeverageBracket(floor, Decimal(cap), leverage, Decimal(rate), cumulative),
        )
        floor, rate_below = Decimal(cap), Decimal(rate)
    return tuple(chained)


_BRACKETS = {
    125: _brackets(
        (125, "300000", "0.004"),
        (100, "800000", "0.005"),
        (50, "3000000", "0.01"),
        (20, "50000000", "0.025"),
        (1, "500000000", "0.5"),
    ),
    75: _brackets(
        (75, "50000", "0.0065"),
        (50, "500000", "0.01"),
        (20, "5000000", "0.025"),
        (1, "100000000", "0.5"),
    ),
}

EURUSDT = SymbolSpec(
    name="EURUSDT",
    base="EUR",
    quote="USDT",
    price_digits=5,
    quantity_digits=0,
    min_quantity=Decimal(1),
    max_quantity=Decimal(10_000_000),
    max_market_quantity=Decimal(5_000_000),
    min_notional=Decimal(5),
    max_leverage=75,
    spread_ticks=1,
)
BTCUSDT = SymbolSpec(
    name="BTCUSDT",
    base="BTC",
    quote="USDT",
    price_digits=1,
    quantity_digits=3,
    min_quantity=Decimal("0.001"),
    max_quantity=Decimal(1000),
    max_market_quantity=Decimal(120),
    min_notional=Decimal(50),
    max_leverage=125,
    spread_ticks=1,
)
ETHUSDT = SymbolSpec(
    name="ETHUSDT",
    base="ETH",
    quote="USDT",
    price_digits=2,
    quantity_digits=3,
    min_quantity=Decimal("0.001"),
    max_quantity=Decimal(10_000),
    max_market_quantity=Decimal(2000),
    min_notional=Decimal(20),
    max_leverage=125,
    spread_ticks=1,
)
SOLUSDT = SymbolSpec(
    name="SOLUSDT",
    base="SOL",
    quote="USDT",
    price_digits=3,
    quantity_digits=2,
    min_quantity=Decimal("0.01"),
    max_quantity=Decimal(1_000_000),
    max_market_quantity=Decimal(80_000),
    min_notional=Decimal(5),
    max_leverage=75,
    spread_ticks=1,
)

SYMBOLS = {spec.name: spec for spec in (EURUSDT, BTCUSDT, ETHUSDT, SOLUSDT)}
