"""Which paths of Binance are spoken?"""

from ironbull_paper.dialects.binance import accounts, orders, public
from ironbull_paper.dialects.binance.call import Route, SignedRoute

PUBLIC: tuple[Route, ...] = public.ROUTES
SIGNED: tuple[SignedRoute, ...] = orders.ROUTES + accounts.ROUTES
