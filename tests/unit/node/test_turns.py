"""Closing never waits for opening; openings wait for closes and for each other."""

import asyncio

from ironbull_node.turns import Turns

KEY = ("account", "BTC-USDT-SWAP")


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Script:
    """Tasks that hold their turn until they are let go."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.began: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, name: str, *, closing: bool, key: tuple[str, str] = KEY) -> None:
        self.gates[name] = asyncio.Event()

        async def hold() -> None:
            async with self.turns.turn(key, closing=closing):
                self.began.append(name)
                await self.gates[name].wait()

        self.tasks.append(asyncio.create_task(hold()))
        await settle()

    async def let_go(self, name: str) -> None:
        self.gates[name].set()
        await settle()

    async def end(self) -> None:
        for gate in self.gates.values():
            gate.set()
        await asyncio.gather(*self.tasks)


async def test_openings_go_one_by_one_in_order() -> None:
    script = Script()
    for name in ("one", "two", "three"):
        await script.begin(name, closing=False)
    assert script.began == ["one"]
    await script.let_go("one")
    assert script.began == ["one", "two"]
    await script.end()
    assert script.began == ["one", "two", "three"]


async def test_a_close_passes_an_opening_whose_outcome_is_unknown() -> None:
    script = Script()
    await script.begin("opening", closing=False)
    await script.begin("waiting", closing=False)
    await script.begin("close", closing=True)
    assert script.began == ["opening", "close"]
    await script.end()


async def test_an_opening_waits_for_every_close_before_it() -> None:
    script = Script()
    await script.begin("first close", closing=True)
    await script.begin("second close", closing=True)
    await script.begin("opening", closing=False)
    await script.let_go("first close")
    assert script.began == ["first close", "second close"]
    await script.let_go("second close")
    assert script.began[-1] == "opening"
    await script.end()


async def test_another_instrument_does_not_wait() -> None:
    script = Script()
    await script.begin("here", closing=False)
    await script.begin("there", closing=False, key=("account", "ETH-USDT-SWAP"))
    assert script.began == ["here", "there"]
    await script.end()
