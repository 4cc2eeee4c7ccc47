"""A member elsewhere gets one Secret that it starts from, and is spoken to until it has left."""

from typing import Any

import pytest

from ironbull_messages.bundle import BUNDLE_FILE, Bundle
from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_messages.words import Environment, VenueType
from ironbull_operator.centre import Alive
from ironbull_operator.desired.bundle import bundle_secret, start_line
from ironbull_operator.desired.platform import Outside, Platform
from ironbull_operator.desired.pool import Member
from ironbull_operator.installation import content
from ironbull_operator.kinds import EXECUTION_NODE, Object, Ref
from ironbull_operator.reconcile import remote

PAPER = Venue(name="paper", type=VenueType.BINANCE, environment=Environment.PAPER)

TOKEN = "abcdefghijklmnop"
MEMBER = Member("aurora", "far", 0, TOKEN)
OUTSIDE = Outside("tls://nats.example:4222", "-----BEGIN CERTIFICATE-----")
PLATFORM = Platform(
    *("ironbull-system", "nats://nats:4222", "A" * 43 + "=", "s:1", "n:1", "http://inside"),
    outside=OUTSIDE,
)
USER: Object = {"metadata": {"name": "far-0", "uid": "u1"}}
POOL = Ref(EXECUTION_NODE, "far", "ironbull-aurora")


def _bundle(paper_url: str | None) -> tuple[Object, Bundle]:
    spec = ExecutionNodeSpec.model_validate(
        {
            "venue": "paper",
            "location": {"remote": {"paperUrl": paper_url}},
            "concurrency": 9,
            "drainTimeoutSeconds": 50,
        }
    )
    made = bundle_secret(
        *(PLATFORM, OUTSIDE, MEMBER),
        spec=spec,
        venue=PAPER,
        user=USER,
        creds="the credentials",
    )
    return made, Bundle.model_validate_json(content(made)[BUNDLE_FILE])


def test_a_bundle_holds_all_that_a_member_starts_from() -> None:
    _, bundle = _bundle("http://outside")
    assert bundle == Bundle(
        name="far-0",
        tenant="aurora",
        token=TOKEN,
        nats_url=OUTSIDE.nats_url,
        nats_creds="the credentials",
        nats_ca=OUTSIDE.nats_ca,
        venue=VenueType.BINANCE,
        venue_url="http://outside",
        centre_key=PLATFORM.centre_key,
        concurrency=9,
        drain_seconds=50,
    )


def test_without_an_address_of_its_own_a_member_reaches_the_paper_exchange_as_pods_do() -> None:
    _, bundle = _bundle(None)
    assert bundle.venue_url == "http://inside"


def test_a_bundle_goes_with_the_members_own_secret() -> None:
    made, _ = _bundle(None)
    (owner,) = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Secret", "far-0", "u1")
    assert made["metadata"]["name"] == "far-0-bundle"


def test_the_line_that_starts_a_member_names_its_bundle() -> None:
    assert start_line(MEMBER) == (
        "kubectl get secret far-0-bundle --namespace=ironbull-aurora"
        r" --output=jsonpath='{.data.bundle\.json}' | base64 --decode > far-0.json"
        " && python3 -m ironbull_node --bundle far-0.json"
    )


def test_a_bundle_shows_no_secret_when_it_is_shown() -> None:
    _, bundle = _bundle(None)
    assert "the credentials" not in repr(bundle)


@pytest.mark.parametrize(
    ("heard", "stays"),
    [
        ({}, False),
        ({TOKEN: Alive(is_alive=True, accounts=2)}, True),
        ({TOKEN: Alive(is_alive=True, accounts=0)}, False),
        ({TOKEN: Alive(is_alive=False, accounts=2)}, False),
    ],
)
async def test_who_leaves_is_spoken_to_while_it_lives_and_holds_accounts(
    heard: dict[str, Alive],
    stays: bool,  # noqa: FBT001 - a column
) -> None:
    class Centre:
        async def members(self, tenant: str, pool: str) -> dict[str, Alive]:
            assert (tenant, pool) == ("aurora", "far")
            return heard

    class Hands:
        centre = Centre()

    hands: Any = Hands()
    row = {"name": "far-0", "token": TOKEN}
    assert await remote.staying(hands, POOL, "aurora", [row]) == ([row] if stays else [])
