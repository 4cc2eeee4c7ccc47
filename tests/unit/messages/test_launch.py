import pytest

from ironbull_messages.launch import LOOPBACK, Env, NodeLaunch
from ironbull_messages.problems import Problem

MEMBER = {
    Env.NATS_URL.value: "nats://127.0.0.1:4222",
    Env.NATS_CREDS.value: "/state/nats.creds",
    Env.TENANT.value: "acme",
    Env.TOKEN.value: "m" * 16,
    Env.STATE_DIR.value: "/state",
    Env.VENUE.value: "binance",
    Env.CENTRE_KEY.value: "k" * 44,
}


def test_a_process_listens_on_the_loopback_interface_unless_it_is_told_otherwise() -> None:
    assert NodeLaunch.read(MEMBER).host == LOOPBACK
    assert NodeLaunch.read({**MEMBER, Env.HOST.value: "0.0.0.0"}).host == "0.0.0.0"  # noqa: S104


def test_a_name_is_no_address_to_listen_on() -> None:
    with pytest.raises(Problem, match=Env.HOST.value):
        NodeLaunch.read({**MEMBER, Env.HOST.value: "everywhere"})
