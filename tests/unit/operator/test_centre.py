"""The platform is told once per generation, also over a restart, and again when it forgot."""

from collections.abc import Mapping
from typing import Any

import pytest

from ironbull_kit.secret import Secret
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec, TenantSpec
from ironbull_operator import kinds
from ironbull_operator.centre import Centre
from ironbull_operator.kinds import Object, Ref
from ironbull_operator.reconcile import strategy_end
from ironbull_operator.reconcile.hands import Hands

TENANT = TenantSpec.model_validate(
    {
        "displayName": "Aurora",
        "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
    }
)
POOL = ExecutionNodeSpec(venue="paper", replicas=1)
STRATEGY = StrategySpec.model_validate(
    {
        "classRef": {"name": "ma_cross"},
        "symbols": ["BTC-USDT-SWAP"],
        "timeframe": "1h",
        "venue": "paper",
    }
)
TOKEN = "abcdefghijklmnop"


class Client:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.held: dict[str, str] = {}

    @property
    def calls(self) -> int:
        return len(self.told)

    async def put_tenant(
        self, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.told.append(spec)
        self.held[f"Tenant/{name}"] = f"{uid}/{generation}"
        return {"engine_token": TOKEN}

    async def put_strategy(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        path = f"Strategy/{tenant}/{name}"
        if not self.held.get(path, uid).startswith(uid):
            raise Problem(Code.NAME_TAKEN, "it is another's")
        self.told.append(spec)
        self.held[path] = f"{uid}/{generation}"
        return {}

    async def put_merchant_key(
        self, tenant: str, key_id: str, key: Secret, generation: int, overlap_seconds: int
    ) -> dict[str, Any]:
        self.told.append({"tenant": tenant, "key_id": key_id, "key": key})
        return {"generation": generation, "overlap": overlap_seconds}

    async def put_node(
        self, tenant: str, name: str, uid: str, generation: int, spec: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.told.append(spec)
        self.held[f"ExecutionNode/{tenant}/{name}"] = f"{uid}/{generation}"
        return {"members": [{"index": 0, "token": TOKEN}]}

    async def get_unresolved(self, tenant: str) -> dict[str, Any]:
        raise AssertionError(tenant)

    async def get_members(self, tenant: str, pool: str) -> dict[str, Any]:
        raise AssertionError(tenant, pool)

    async def end_tenant(
        self, name: str, uid: str, *, is_erased: bool, is_forced: bool
    ) -> dict[str, Any]:
        raise AssertionError(name, uid, is_erased, is_forced)

    async def end_strategy(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        return self._end(f"Strategy/{tenant}/{name}", uid)

    async def end_node(self, tenant: str, name: str, uid: str) -> dict[str, Any]:
        return self._end(f"ExecutionNode/{tenant}/{name}", uid)

    def _end(self, path: str, uid: str) -> dict[str, Any]:
        if is_held := self.held.get(path, "").startswith(f"{uid}/"):
            del self.held[path]
        return {"ended": is_held}

    async def get_kill_switches(self) -> dict[str, Any]:
        return {"kill_switches": []}

    async def get_hashes(self) -> dict[str, str]:
        return dict(self.held)


def _object(generation: int = 1, status: Object | None = None, uid: str = "u1") -> Object:
    found: Object = {"metadata": {"uid": uid, "generation": generation, "name": "crossing"}}
    if status is not None:
        found["status"] = {"observedGeneration": generation, **status}
    return found


async def test_a_generation_is_told_once() -> None:
    client = Client()
    centre = Centre(client)
    for _ in range(3):
        assert await centre.put_tenant("aurora", _object(), TENANT) == TOKEN
    assert client.calls == 1
    await centre.put_tenant("aurora", _object(2), TENANT)
    assert client.calls == 2


async def test_a_restart_tells_nothing_that_is_held_and_remembered() -> None:
    client = Client()
    await Centre(client).put_node("aurora", "main", _object(), POOL)
    again = Centre(client)
    await again.compare()
    found = _object(status={"members": [{"name": "main-0", "token": TOKEN}]})
    assert await again.put_node("aurora", "main", found, POOL) == [(0, TOKEN)]
    assert client.calls == 1


async def test_a_status_counts_only_where_the_platform_holds_the_same() -> None:
    client = Client()
    centre = Centre(client)
    await centre.compare()
    found = _object(status={"members": [{"name": "main-0", "token": "somebodyelses123"}]})
    assert await centre.put_node("aurora", "main", found, POOL) == [(0, TOKEN)]
    assert client.calls == 1


async def test_what_the_platform_forgot_is_told_again() -> None:
    client = Client()
    centre = Centre(client)
    await centre.put_tenant("aurora", _object(), TENANT)
    client.held.clear()
    await centre.compare()
    await centre.put_tenant("aurora", _object(), TENANT)
    assert client.calls == 2


async def test_a_strategy_is_held_in_the_generation_that_was_accepted() -> None:
    client = Client()
    centre = Centre(client)
    assert not centre.holds_strategy("aurora", "crossing", _object())
    assert await centre.put_strategy("aurora", "crossing", _object(), STRATEGY)
    assert not await centre.put_strategy("aurora", "crossing", _object(), STRATEGY)
    again = Centre(client)
    await again.compare()
    for one in (centre, again):
        assert one.holds_strategy("aurora", "crossing", _object())
        assert not one.holds_strategy("aurora", "crossing", _object(2))


async def test_a_member_that_leaves_is_not_remembered_as_wanted() -> None:
    client = Client()
    await Centre(client).put_node("aurora", "main", _object(), POOL)
    again = Centre(client)
    await again.compare()
    rows = [{"name": f"main-{index}", "token": TOKEN} for index in range(2)]
    found = _object(status={"members": rows})
    assert await again.put_node("aurora", "main", found, POOL) == [(0, TOKEN)]
    assert client.calls == 1


async def test_a_status_that_lacks_a_member_does_not_count() -> None:
    client = Client()
    await Centre(client).put_node("aurora", "main", _object(), POOL)
    again = Centre(client)
    await again.compare()
    found = _object(status={"members": [{"name": "main-1", "token": TOKEN}]})
    assert await again.put_node("aurora", "main", found, POOL) == [(0, TOKEN)]
    assert client.calls == 2


async def test_what_is_gone_is_forgotten() -> None:
    client = Client()
    centre = Centre(client)
    await centre.put_tenant("aurora", _object(), TENANT)
    await centre.put_strategy("aurora", "crossing", _object(), STRATEGY)
    centre.forget(Ref(kinds.STRATEGY, "crossing", "ironbull-aurora"))
    assert not centre.holds_strategy("aurora", "crossing", _object())
    centre.forget(Ref(kinds.TENANT, "aurora"))
    await centre.put_tenant("aurora", _object(), TENANT)
    assert client.calls == 3


class Cluster:
    """Strategies of one tenant, by name."""

    def __init__(self, **held: Object) -> None:
        self.held = held

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref.name)


async def _end_gone(centre: Centre, **alive: Object) -> None:
    outside: Any = (Cluster(**alive), centre, None, None, None, None)
    await strategy_end.end_gone(Hands(*outside), "aurora")


async def test_a_strategy_that_is_gone_ends_at_the_platform() -> None:
    client = Client()
    centre = Centre(client)
    await centre.put_strategy("aurora", "crossing", _object(), STRATEGY)
    await _end_gone(centre, crossing=_object())
    assert centre.holds_strategy("aurora", "crossing", _object())
    centre.forget(Ref(kinds.STRATEGY, "crossing", "ironbull-aurora"))  # its own key looked first
    await _end_gone(centre)
    assert client.held == {}
    assert not centre.holds_strategy("aurora", "crossing", _object())


async def test_a_strategy_that_went_while_nobody_looked_ends_too() -> None:
    client = Client()
    client.held |= {"Strategy/aurora/crossing": "u1/1", "Strategy/boreal/crossing": "u1/1"}
    centre = Centre(client)
    await centre.compare()
    await _end_gone(centre, crossing=_object(uid="u2"))
    assert client.held == {"Strategy/boreal/crossing": "u1/1"}


async def test_who_comes_under_the_name_of_one_that_is_gone_takes_its_place() -> None:
    client = Client()
    centre = Centre(client)
    await centre.put_strategy("aurora", "crossing", _object(), STRATEGY)
    await centre.put_strategy("aurora", "crossing", _object(uid="u2"), STRATEGY)
    assert client.held == {"Strategy/aurora/crossing": "u2/1"}
    late = Centre(client)  # it did not hear of the one before
    await late.put_strategy("aurora", "crossing", _object(uid="u3"), STRATEGY)
    assert client.held == {"Strategy/aurora/crossing": "u3/1"}


async def test_what_is_ending_itself_ends_nobody() -> None:
    client = Client()
    centre = Centre(client)
    await centre.put_strategy("aurora", "crossing", _object(uid="u2"), STRATEGY)
    late = _object()
    late["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    with pytest.raises(Problem):
        await centre.put_strategy("aurora", "crossing", late, STRATEGY)


async def test_a_pool_whose_tenant_drains_is_told_anew_and_once() -> None:
    client = Client()
    centre = Centre(client)
    nobody = POOL.model_copy(update={"replicas": 0})
    for spec in (POOL, nobody, nobody, POOL):
        await centre.put_node("aurora", "main", _object(), spec)
    assert [told["replicas"] for told in client.told] == [1, 0, 1]
