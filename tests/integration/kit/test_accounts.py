"""Two tenants with equal pool, strategy and node names: the server itself keeps them apart."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from fixtures import nats_authority
from fixtures.nats_authority import Authority
from nats.aio.client import Client
from nats.errors import Error as NatsError

from ironbull_kit import bus, nats_claims, nats_jwt, serve, streams
from ironbull_kit.nats_accounts import AccountLimits, TenantClients
from ironbull_messages import subjects
from ironbull_messages.fleet import Accepted, RenewReply
from ironbull_messages.words import Lane, Timeframe

ACME, OTHER = "acme", "other"
MINE, THEIRS = "a" * 16, "b" * 16
ENGINE, THEIR_ENGINE = "c" * 16, "d" * 16
PULL = b'{"batch":1,"no_wait":true}'
REFUSED_SECONDS = 0.5
WAIT_SECONDS = 20.0


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with nats_authority.running(tmp_path) as authority:
        await authority.push(TenantClients(ACME, (ENGINE,), (MINE,)))
        await authority.push(TenantClients(OTHER, (THEIR_ENGINE,), (THEIRS,)))
        js = authority.centre.jetstream()
        await streams.ensure_streams(js)
        for token in (MINE, THEIRS):
            await streams.ensure_lanes(js, token)
        yield authority


@pytest.fixture
async def member(authority: Authority) -> AsyncIterator[Client]:
    client = await authority.connect("member", ACME, MINE)
    yield client
    await client.close()


async def _is_refused(client: Client, subject: str, body: bytes = b"") -> bool:
    try:
        await client.request(subject, body, timeout=REFUSED_SECONDS)
    except (NatsError, TimeoutError):
        return True
    return False


async def test_a_member_pulls_and_acknowledges_its_own_lanes(
    authority: Authority, member: Client
) -> None:
    js = authority.centre.jetstream()
    for lane in Lane:
        await js.publish(subjects.task(ACME, MINE, lane), lane.value.encode())

    for lane in Lane:
        pull = await member.jetstream().pull_subscribe_bind(
            consumer=subjects.consumer(MINE, lane), stream=subjects.TASKS
        )
        (message,) = await pull.fetch(1, timeout=WAIT_SECONDS)
        assert message.data == lane.value.encode()
        await message.ack_sync(timeout=WAIT_SECONDS)

    assert (await js.stream_info(subjects.TASKS)).state.messages == 0


async def test_a_member_publishes_results_with_an_acknowledgement(member: Client) -> None:
    answer = await member.request(subjects.result(ACME, MINE), b"{}", timeout=WAIT_SECONDS)

    assert b'"stream":"RESULTS"' in answer.data.replace(b" ", b"")


async def test_the_centre_answers_what_a_member_asks(authority: Authority, member: Client) -> None:
    heard: list[str] = []

    async def reply(subject: str, _: bytes) -> Accepted:
        heard.append(subject)
        return Accepted(accepted=True)

    words = (subjects.hello, subjects.beat, subjects.grant, subjects.sync)
    for word in words:
        await serve.answer(authority.centre, f"{word.__name__}.*.*", "fleet", reply)
    await nats_authority.settled(authority.centre)

    for word in words:
        answer = await member.request(word(ACME, MINE), b"", timeout=WAIT_SECONDS)
        assert Accepted.model_validate_json(answer.data).accepted

    assert heard == [word(ACME, MINE) for word in words]


async def test_a_member_can_do_nothing_in_the_other_tenants_name(
    authority: Authority, member: Client
) -> None:
    js = authority.centre.jetstream()
    await js.publish(subjects.task(OTHER, THEIRS, Lane.OPEN), b"theirs")

    async def reply(_: str, __: bytes) -> Accepted:
        return Accepted(accepted=True)

    for word in ("hello", "beat", "grant", "sync", "renew"):
        await serve.answer(authority.centre, f"{word}.*.*", "fleet", reply)
    await nats_authority.settled(authority.centre)

    foreign = [
        subjects.next_message(THEIRS, Lane.OPEN),
        subjects.acknowledge(THEIRS, Lane.OPEN).replace(">", "1.1.1.1.0"),
        subjects.result(OTHER, THEIRS),
        subjects.result(ACME, THEIRS),
        subjects.result(OTHER, MINE),
        subjects.hello(OTHER, THEIRS),
        subjects.beat(OTHER, THEIRS),
        subjects.grant(OTHER, THEIRS),
        subjects.sync(OTHER, THEIRS),
        subjects.renew(OTHER, THEIRS),
        subjects.signal(ACME, "trend"),
        "$JS.API.INFO",
        "$JS.API.STREAM.LIST",
        f"$JS.API.STREAM.INFO.{subjects.TASKS}",
        f"$JS.API.CONSUMER.INFO.{subjects.TASKS}.{subjects.consumer(MINE, Lane.OPEN)}",
        f"$JS.API.STREAM.MSG.GET.{subjects.TASKS}",
        subjects.history("binance-paper", "BTC-USDT-SWAP", Timeframe.H1),
        "$SYS.REQ.ACCOUNT.PING",
    ]
    reached = [subject for subject in foreign if not await _is_refused(member, subject, PULL)]

    assert reached == []


@pytest.mark.parametrize("subject", [">", "control.>", "_INBOX.>", f"_INBOX_{THEIRS}.>", "task.>"])
async def test_a_member_hears_nothing_but_its_own(
    authority: Authority, member: Client, subject: str
) -> None:
    heard: list[str] = []

    async def note(message: object) -> None:
        heard.append(str(message))

    await member.subscribe(subject, cb=note)
    await nats_authority.settled(member)
    for spoken in (
        subjects.control(OTHER, THEIRS),
        subjects.control(ACME, MINE),
        subjects.price("binance-paper", "BTC-USDT-SWAP"),
        f"_INBOX_{THEIRS}.x",
        subjects.task(OTHER, THEIRS, Lane.OPEN),
    ):
        await authority.centre.publish(spoken, b"{}")
    await nats_authority.settled(authority.centre)
    await nats_authority.settled(member)

    assert heard == []


async def test_a_member_hears_its_own_control(authority: Authority, member: Client) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def note(message: object) -> None:
        await heard.put(getattr(message, "data", b""))

    await member.subscribe(subjects.control(ACME, MINE), cb=note)
    await nats_authority.settled(member)
    await authority.centre.publish(subjects.control(OTHER, THEIRS), b"theirs")
    await authority.centre.publish(subjects.control(ACME, MINE), b"mine")
    await nats_authority.settled(authority.centre)

    assert await asyncio.wait_for(heard.get(), WAIT_SECONDS) == b"mine"


async def test_an_engine_says_signals_and_cannot_reach_a_node(authority: Authority) -> None:
    engine = await authority.connect("engine", ACME, ENGINE)
    try:
        answer = await engine.request(subjects.signal(ACME, "trend"), b"{}", timeout=WAIT_SECONDS)
        reached = [
            subject
            for subject in (
                subjects.signal(OTHER, "trend"),
                subjects.task(ACME, MINE, Lane.OPEN),
                subjects.result(ACME, MINE),
                subjects.beat(ACME, MINE),
                subjects.grant(ACME, MINE),
                subjects.next_message(MINE, Lane.OPEN),
            )
            if not await _is_refused(engine, subject, PULL)
        ]
    finally:
        await engine.close()

    assert b"SIGNALS" in answer.data
    assert reached == []


async def test_a_revoked_member_is_cut_off(authority: Authority, member: Client) -> None:
    user = nats_jwt.public_key(authority.users[MINE])
    clients = TenantClients(ACME, (ENGINE,), (MINE,))

    await authority.push(clients, {user: int(time.time()) + 1})

    deadline = time.monotonic() + WAIT_SECONDS
    while member.is_connected:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_an_account_takes_no_more_than_its_limits(authority: Authority) -> None:
    limits = AccountLimits(connections=2, payload=65_536, subscriptions=100)
    await authority.push(TenantClients(ACME, (ENGINE,), (MINE,), limits))
    member = await authority.connect("member", ACME, MINE)
    engine = await authority.connect("engine", ACME, ENGINE)
    try:
        answer = await member.request(
            subjects.result(ACME, MINE), b"x" * 60_000, timeout=WAIT_SECONDS
        )
        assert b"RESULTS" in answer.data
        with pytest.raises(NatsError):
            await nats.connect(
                authority.url,
                user_credentials=str(authority.creds("engine", ACME, ENGINE)),
                allow_reconnect=False,
            )
        assert await _is_refused(member, subjects.result(ACME, MINE), b"x" * 70_000)
    finally:
        await engine.close()
        await member.close()


async def test_the_server_tells_which_accounts_it_knows(authority: Authority) -> None:
    account = nats_jwt.public_key(authority.accounts[ACME])
    assert account in await nats_claims.known(authority.system)

    await nats_claims.delete(authority.system, authority.keys, [account], int(time.time()))

    assert account not in await nats_claims.known(authority.system)


async def test_a_client_outlives_its_first_jwt(authority: Authority) -> None:
    seconds, renewals = 6, []
    creds = authority.creds("member", ACME, MINE, seconds)

    async def renew(_: str, __: bytes) -> RenewReply:
        renewals.append(1)
        return RenewReply(tenant=ACME, jwt=authority.jwt("member", ACME, MINE, seconds))

    await serve.answer(authority.centre, subjects.ANY_RENEW, "authority", renew)
    await nats_authority.settled(authority.centre)
    ended, stopping = asyncio.Event(), asyncio.Event()
    prefix = subjects.inbox_prefix(MINE)
    client = await bus.connect(authority.url, creds, "member", prefix, ended.set)
    keeping = asyncio.create_task(bus.keep_renewed(client, creds, ACME, MINE, stopping))
    await asyncio.sleep(2 * seconds)

    answer = await client.request(subjects.result(ACME, MINE), b"{}", timeout=WAIT_SECONDS)
    assert b"RESULTS" in answer.data
    assert not ended.is_set()
    assert len(renewals) >= 2
    stopping.set()
    await keeping
    await client.close()
