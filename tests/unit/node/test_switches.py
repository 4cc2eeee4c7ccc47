"""A tripped switch never lets an opening of its scope be signed, and never keeps a close back."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from unit.node.test_life import task

from ironbull_messages.fleet import Control, Credentials, HeldAccount, Kill
from ironbull_messages.ids import ExchangeAccountId, StrategyName
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import OrderTask
from ironbull_node.changes import Changes
from ironbull_node.leases import Leases
from ironbull_node.permission import Permission

TREND, OTHER = StrategyName("trend"), StrategyName("other")
OPENING = task()
ACCOUNT = OPENING.account_id
STRANGER = ExchangeAccountId(UUID(int=77))
SWITCHES = st.sampled_from(
    [
        Kill(scope="platform"),
        Kill(scope="tenant"),
        Kill(scope="strategy", strategy=TREND),
        Kill(scope="strategy", strategy=OTHER),
        Kill(scope="account", account_id=ACCOUNT),
        Kill(scope="account", account_id=STRANGER),
    ]
)


class Keys:
    def get(self, account_id: ExchangeAccountId) -> Credentials:
        assert account_id == ACCOUNT
        return Credentials(api_key="key", api_secret="hush")


def permission(*kills: Kill, version: int = 1) -> Permission:
    leases = Leases(lambda: 100.0)
    held = HeldAccount(account_id=ACCOUNT, epoch=OPENING.epoch)
    leases.take(Control(version=version, accounts=(held,), kills=kills))
    leases.extend(100.0, 15.0)
    return Permission(leases, Keys(), Changes(), 3.0)  # type: ignore[arg-type]  # it only gets


def opening(strategy: StrategyName | None = TREND) -> OrderTask:
    return OPENING.model_copy(update={"strategy": strategy})


def close() -> OrderTask:
    return task(closing=True).model_copy(update={"account_id": ACCOUNT})


def is_meant(kill: Kill, strategy: StrategyName) -> bool:
    return (
        kill.scope in {"platform", "tenant"}
        or strategy == kill.strategy
        or (kill.account_id == ACCOUNT)
    )


@given(st.lists(SWITCHES, max_size=4), st.sampled_from([TREND, OTHER, StrategyName("third")]))
def test_an_opening_is_refused_by_just_the_switches_that_mean_it(
    kills: list[Kill], strategy: StrategyName
) -> None:
    refused = permission(*kills).refuses(opening(strategy), closing=False)

    stopped = any(is_meant(kill, strategy) for kill in kills)
    assert refused is (Refusal.KILL_SWITCH if stopped else None)


@given(st.lists(SWITCHES, max_size=4))
def test_a_close_passes_every_switch(kills: list[Kill]) -> None:
    assert permission(*kills).refuses(close(), closing=True) is None


def test_an_opening_that_names_no_strategy_is_stopped_by_any_strategys_switch() -> None:
    tripped = permission(Kill(scope="strategy", strategy=OTHER))

    assert tripped.refuses(opening(None), closing=False) is Refusal.KILL_SWITCH
    assert permission().refuses(opening(None), closing=False) is None


def test_an_opening_waits_for_the_snapshot_that_its_centre_knew() -> None:
    later = opening().model_copy(update={"control_version": 2})

    assert permission().refuses(later, closing=False) is Refusal.LEASE_ENDING
    assert permission(version=2).refuses(later, closing=False) is None


async def test_a_tripped_switch_ends_the_wait_at_once() -> None:
    tripped = permission(Kill(scope="strategy", strategy=TREND))

    assert await tripped.wait(opening(), closing=False) is Refusal.KILL_SWITCH
