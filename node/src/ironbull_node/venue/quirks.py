"""Which codes of which venue prove that an order does not exist? Everything else is UNKNOWN.

Sources: Binance's "Error Codes" of USD-margined futures; tried against the paper exchange.
"""

from typing import Final

from ironbull_node.venue.port import Quirks

BINANCE: Final = Quirks(
    window_ms=3_000,
    future_tolerance_ms=1_000,
    lookup_lag_seconds=2.0,
    absence_provable=True,
    key_codes=frozenset({"-1022", "-2008", "-2014", "-2015"}),
)

BINANCE_NOT_FOUND: Final = frozenset({"-2013"})
"""Order does not exist: an answer to a look-up."""

BINANCE_NOTHING_TO_CANCEL: Final = frozenset({"-2011", "-2013"})

BINANCE_REJECTS: Final = frozenset(
    {
        "-1013",  # invalid message: a filter failed
        "-1022",  # signature: it never reached matching
        "-1100",
        "-1101",
        "-1102",
        "-1103",
        "-1104",
        "-1105",
        "-1106",
        "-1111",  # precision
        "-1112",
        "-1114",
        "-1115",
        "-1116",
        "-1117",
        "-1121",  # symbol
        "-2010",  # new order rejected
        "-2014",  # key format
        "-2015",  # key, address or permission
        "-2018",  # balance
        "-2019",  # margin
        "-2020",
        "-2021",
        "-2022",  # reduce-only
        "-2023",
        "-2024",
        "-2025",
        "-2027",
        "-2028",
        "-4001",
        "-4002",
        "-4003",
        "-4004",
        "-4005",
        "-4013",
        "-4014",
        "-4015",
        "-4016",
        "-4023",
        "-4024",
        "-4061",
        "-4118",
        "-4131",
        "-4140",
        "-4164",  # notional
        "-4183",
        "-4184",
        "-4192",
        "-5021",
        "-5022",
    }
)
"""The order was read and refused, or the request never reached matching. Codes are not unique over
endpoints: these are of POST order alone. -4116 (client id duplicated) is not here: it says that the
order *exists*."""

BINANCE_RETRIES: Final = frozenset(
    {
        "-1003",  # too many requests: refused by the gateway
        "-1008",  # throttled by system-level protection
        "-1015",  # too many new orders
        "-1021",  # the window was over when it arrived
    }
)
"""Refused before matching because of the moment; the order itself may be sent again as a new
attempt. -1006 and -1007 are not here: their execution status is unknown."""

BINANCE_ALREADY_SO: Final = frozenset({"-4046", "-4059"})
"""No need to change: the setting is as wanted."""
