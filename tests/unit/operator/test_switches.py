"""What the operator knows of kill switches that staff may turn behind its back."""

from typing import Any

from ironbull_operator.kinds import STRATEGY, Ref
from ironbull_operator.switches import Switches

TRIPPED = {
    "effective": "Tripped", "scope": "strategy", "by": "staff", "at": "2026-03-02T10:00:00Z",
    "reason": "the venue misbehaves",
}  # fmt: skip
REARMED = {**TRIPPED, "effective": "Armed"}
CROSSING = Ref(STRATEGY, "crossing", "ironbull-aurora")


class Client:
    def __init__(self, switches: Switches) -> None:
        self.told: dict[str, Any] = {}
        self.meanwhile: dict[str, Any] | None = None
        self._switches = switches

    async def get_kill_switches(self) -> dict[str, Any]:
        rows = [
            {"tenant": "aurora", "strategy": name, "kill_switch": told}
            for name, told in self.told.items()
        ]
        if self.meanwhile is not None:
            self._switches.learn("aurora", "crossing", self.meanwhile)
        return {"kill_switches": rows}


async def test_nothing_is_claimed_before_the_platform_was_asked() -> None:
    switches = Switches()
    assert switches.of("aurora", "crossing") is None

    await switches.ask(Client(switches))

    assert switches.of("aurora", "crossing") == {"effective": "Armed", "scope": "strategy"}


async def test_whoever_is_turned_is_looked_at_once() -> None:
    switches = Switches()
    client = Client(switches)
    client.told = {"crossing": TRIPPED}

    assert await switches.ask(client) == [CROSSING]
    assert await switches.ask(client) == []
    client.told = {"crossing": REARMED}
    assert await switches.ask(client) == [CROSSING]

    found = switches.of("aurora", "crossing")
    assert found is not None
    assert (found["effective"], found["by"]) == ("Armed", "staff")
    assert "reason" not in found
    assert switches.reason("aurora", "crossing") == "the venue misbehaves"


async def test_an_older_answer_does_not_undo_what_was_learnt() -> None:
    switches = Switches()
    client = Client(switches)
    client.meanwhile = TRIPPED

    assert await switches.ask(client) == []

    found = switches.of("aurora", "crossing")
    assert found is not None
    assert found["effective"] == "Tripped"


async def test_a_switch_of_a_database_that_was_set_back_is_as_the_database_says() -> None:
    switches = Switches()
    switches.learn("aurora", "crossing", TRIPPED)

    assert await switches.ask(Client(switches)) == [CROSSING]
    assert switches.of("aurora", "crossing") == {"effective": "Armed", "scope": "strategy"}
