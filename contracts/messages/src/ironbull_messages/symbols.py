"""How is an instrument named, and what is its name in ccxt?

One spelling everywhere (documents, database, subjects, messages): `BTC-USDT-SWAP`. It holds no dot
and no slash, so it is one token of a NATS subject.
"""

import re
from typing import Annotated, Final

from pydantic import StringConstraints

SYMBOL_PATTERN: Final = r"^[A-Z0-9]{1,20}-[A-Z0-9]{1,10}-SWAP$"
MAX_SYMBOL: Final = 36
_SYMBOL: Final = re.compile(SYMBOL_PATTERN, re.ASCII)
_CCXT: Final = re.compile(r"^([A-Z0-9]{1,20})/([A-Z0-9]{1,10}):([A-Z0-9]{1,10})$", re.ASCII)

Symbol = Annotated[str, StringConstraints(pattern=SYMBOL_PATTERN, max_length=MAX_SYMBOL)]
"""A perpetual swap settled in its quote currency, as `BTC-USDT-SWAP`."""


def to_ccxt(symbol: str) -> str:
    """Return ccxt's unified name: `BTC-USDT-SWAP` → `BTC/USDT:USDT`.

    Raises:
        ValueError: not one of our symbols.
    """
    if _SYMBOL.match(symbol) is None:
        raise ValueError(f"symbol must look like BTC-USDT-SWAP, not {symbol[:48]!r}")
    base, quote, _ = symbol.split("-")
    return f"{base}/{quote}:{quote}"


def from_ccxt(unified: str) -> str:
    """Return our name of a linear perpetual: `BTC/USDT:USDT` → `BTC-USDT-SWAP`.

    Raises:
        ValueError: not a linear perpetual.
    """
    found = _CCXT.match(unified)
    if found is None or found[2] != found[3]:
        raise ValueError(f"not a linear perpetual: {unified[:48]!r}")
    return f"{found[1]}-{found[2]}-SWAP"
