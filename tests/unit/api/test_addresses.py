"""A caller's address is the peer's, or what a chain of trusted proxies says of it."""

import pytest

from ironbull_app.api import addresses

INSIDE = addresses.read_ranges(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.1.0.1", ["192.0.2.66", "198.51.100.1, 10.2.0.2"], "198.51.100.1"),
        ("10.1.0.1", [], "10.1.0.1"),
        ("10.1.0.1", ["10.2.0.2"], "10.2.0.2"),
        ("fd00::1", ["[2001:db8::7]"], "2001:db8::7"),
        ("::ffff:10.1.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.1.0.1", ["whoever"], None),
        ("10.1.0.1", ["198.51.100.1, "], None),
        ("", ["198.51.100.1"], None),
    ],
)
def test_only_a_trusted_proxy_is_believed(
    peer: str, forwarded: list[str], caller: str | None
) -> None:
    found = addresses.caller(peer, forwarded, INSIDE)
    assert (None if found is None else str(found)) == caller


def test_nobody_is_trusted_where_no_range_is_named() -> None:
    assert str(addresses.caller("10.1.0.1", ["198.51.100.1"], ())) == "10.1.0.1"
