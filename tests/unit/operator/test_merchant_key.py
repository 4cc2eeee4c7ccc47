"""A merchant key is made once per generation that is asked for, and never for another reason."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ironbull_kit.secret import Secret
from ironbull_messages.resources import TenantSpec
from ironbull_operator.centre import Centre
from ironbull_operator.desired import merchant_key
from ironbull_operator.desired.merchant_key import MerchantKey, Step
from ironbull_operator.desired.platform import Platform
from ironbull_operator.kinds import SECRET, Object, Ref
from ironbull_operator.reconcile import merchant_key as keeping
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.reconcile.merchant_key import Kept

PLATFORM = Platform("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://p")
REF = Ref(SECRET, "ironbull-merchant-aurora", "ironbull-system")
FIRST = MerchantKey("mk_first", "s" * 40, 1)


@pytest.mark.parametrize(
    ("wanted", "stored", "made", "step"),
    [
        (1, None, 0, Step.MAKE),
        (1, None, 1, Step.TELL),
        (2, None, 1, Step.MAKE),
        (1, FIRST, 0, Step.KEEP),
        (1, FIRST, 1, Step.KEEP),
        (2, FIRST, 1, Step.MAKE),
        (1, MerchantKey("mk_second", "s" * 40, 2), 2, Step.KEEP),
    ],
)
def test_only_a_newer_generation_makes_a_key(
    wanted: int, stored: MerchantKey | None, made: int, step: Step
) -> None:
    assert merchant_key.step(wanted, stored, made) is step


def test_a_secret_without_a_generation_holds_the_first_key() -> None:
    stored = merchant_key.secret("ironbull-system", "aurora", FIRST)
    assert merchant_key.read(stored) == FIRST
    del stored["data"]["generation"]
    assert merchant_key.read(stored) == FIRST
    stored["data"] = {}
    assert merchant_key.read(stored) is None


class Cluster:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.held: dict[Ref, Object] = {}

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref)

    async def create(self, thing: Object) -> Object:
        self.held[Ref.of(thing)] = thing
        thing["metadata"]["resourceVersion"] = "1"
        return thing

    async def merge(self, ref: Ref, patch: Object) -> Object:
        live = self.held[ref]
        assert patch["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]
        live["data"] = {**live["data"], **patch["data"]}
        return live


class Client:
    """Notes the keys that the platform is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.held: dict[str, str] = {}

    async def put_merchant_key(
        self, tenant: str, key_id: str, key: Secret, generation: int, overlap: int
    ) -> dict[str, Any]:
        assert key.reveal()
        self.told.append((key_id, generation, overlap))
        self.held[f"MerchantKey/{tenant}"] = f"{key_id}/{generation}"
        return {"retired_until": "2026-01-02T00:00:00Z" if generation > 1 else None}

    async def get_kill_switches(self) -> dict[str, Any]:
        return {"kill_switches": []}

    async def get_hashes(self) -> dict[str, str]:
        return self.held


class Desk:
    """A tenant and who keeps its key."""

    def __init__(self) -> None:
        self.cluster, self.client = Cluster(), Client()
        self.client.held["Tenant/aurora"] = "u1/1"
        self.found: Object = {"metadata": {"name": "aurora", "uid": "u1", "generation": 1}}
        self.hands = self.restarted()

    def restarted(self) -> Hands:
        centre: Any = Centre(self.client)  # type: ignore[arg-type]
        now = datetime(2026, 1, 1, tzinfo=UTC)
        outside: Any = (self.cluster, centre, None, PLATFORM, lambda: now, print)
        self.hands = Hands(*outside)
        return self.hands

    async def keep(self, **credentials: int) -> Kept:
        spec = TenantSpec.model_validate(
            {
                "displayName": "Aurora",
                "venues": [{"name": "paper", "type": "binance", "environment": "Paper"}],
                "credentials": credentials,
            }
        )
        kept = await keeping.keep(self.hands, "aurora", self.found, spec)
        told = {**self.found.get("status", {}), **kept.status, "observedGeneration": 1}
        self.found["status"] = told
        return kept

    def key(self) -> MerchantKey:
        key = merchant_key.read(self.cluster.held[REF])
        assert key is not None
        return key


async def test_a_key_is_made_once_and_told_once() -> None:
    desk = Desk()
    await desk.keep()
    first = desk.key()
    await desk.keep()
    desk.restarted()
    await desk.hands.centre.compare()
    await desk.keep()
    assert desk.key() == first
    assert desk.client.told == [(first.key_id, 1, 86_400)]


async def test_a_platform_that_forgot_is_told_the_same_key_again() -> None:
    desk = Desk()
    await desk.keep()
    del desk.client.held["MerchantKey/aurora"]
    await desk.hands.centre.compare()
    await desk.keep()
    assert desk.client.told == [(desk.key().key_id, 1, 86_400)] * 2


async def test_a_raised_generation_makes_another_key_beside_the_old_one() -> None:
    desk = Desk()
    await desk.keep()
    first = desk.key()
    kept = await desk.keep(merchantKeyGeneration=2, overlapSeconds=60)
    assert desk.key().generation == 2
    assert desk.key().key_id != first.key_id
    assert desk.client.told[1:] == [(desk.key().key_id, 2, 60)]
    assert kept.status["merchantKeyGeneration"] == 2
    assert kept.status["oldMerchantKeyUntil"] == "2026-01-02T00:00:00Z"


async def test_a_shorter_overlap_is_told() -> None:
    desk = Desk()
    await desk.keep(merchantKeyGeneration=2)
    await desk.keep(merchantKeyGeneration=2, overlapSeconds=0)
    assert [row[2] for row in desk.client.told] == [86_400, 0]


@pytest.mark.parametrize("knows", ["status", "platform"])
async def test_a_deleted_secret_is_told_and_nothing_is_made(knows: str) -> None:
    desk = Desk()
    await desk.keep()
    desk.cluster.held.clear()
    if knows == "platform":
        del desk.found["status"]
        desk.restarted()
        await desk.hands.centre.compare()
    kept = await desk.keep()
    assert kept.stands is not None
    assert kept.stands.reason == "MerchantKeyMissing"
    assert "merchantKeyGeneration to 2" in kept.stands.message
    assert not desk.cluster.held
    await desk.keep(merchantKeyGeneration=2)
    assert desk.key().generation == 2


async def test_the_way_out_is_above_every_generation_that_was_made() -> None:
    desk = Desk()
    await desk.keep(merchantKeyGeneration=3)
    desk.cluster.held.clear()
    kept = await desk.keep(merchantKeyGeneration=1)
    assert kept.stands is not None
    assert "merchantKeyGeneration to 4" in kept.stands.message


async def test_a_secret_that_came_back_is_kept() -> None:
    desk = Desk()
    await desk.keep()
    saved = desk.cluster.held.pop(REF)
    assert (await desk.keep()).stands is not None
    desk.cluster.held[REF] = saved
    assert (await desk.keep()).stands is None


async def test_the_key_of_another_tenant_of_this_name_does_not_count() -> None:
    desk = Desk()
    desk.client.held |= {"Tenant/aurora": "u0/7", "MerchantKey/aurora": "mk_theirs/3"}
    await desk.hands.centre.compare()
    await desk.keep()
    assert desk.key().generation == 1
