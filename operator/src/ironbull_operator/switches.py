"""How are the kill switches? The platform owns them, and staff turn them without any document."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from ironbull_messages.problems import Problem
from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import STRATEGY, Object, Ref

ASK_SECONDS: Final = 5.0
ARMED: Final[Mapping[str, Any]] = {"effective": "Armed", "scope": "strategy"}

_log = structlog.get_logger()


class SwitchesApi(Protocol):
    """What of the platform API is called."""

    async def get_kill_switches(self) -> dict[str, Any]:
        """Return every switch that was turned: `kill_switches: [{tenant, strategy, …}]`."""


@dataclass(slots=True)
class Switches:
    """The switches as the platform told them last."""

    _known: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    _is_asked: bool = False
    _learnt: int = 0

    def of(self, tenant: str, strategy: str) -> Object | None:
        """Return a switch as a status shows it; None: the platform was not asked yet."""
        known = self._known.get((tenant, strategy))
        if known is None and not self._is_asked:
            return None
        found = known or ARMED
        return {
            key: found[key]
            for key in ("effective", "scope", "by", "at")
            if found.get(key) is not None
        }

    def reason(self, tenant: str, strategy: str) -> str:
        """Return why a switch was turned."""
        return str(self._known.get((tenant, strategy), {}).get("reason", ""))

    def learn(self, tenant: str, strategy: str, told: Mapping[str, Any] | None) -> None:
        """Take over what the platform said of one switch; None: it said nothing."""
        if told is not None:
            self._known[tenant, strategy] = told
            self._learnt += 1

    async def ask(self, client: SwitchesApi) -> list[Ref]:
        """Ask how all switches are; return the strategies that should be looked at again.

        What was learnt of one while the question was on its way is newer, and stays.
        """
        before = self._learnt
        rows = (await client.get_kill_switches())["kill_switches"]
        if self._learnt != before:
            return []
        told = {(row["tenant"], row["strategy"]): row["kill_switch"] for row in rows}
        places = [
            place
            for place in told.keys() | self._known.keys()
            if told.get(place, ARMED) != self._known.get(place, ARMED)
        ]
        self._known, self._is_asked = told, True
        return [
            Ref(STRATEGY, strategy, namespace_of(tenant)) for tenant, strategy in sorted(places)
        ]


async def watch(switches: Switches, client: SwitchesApi, wake: Callable[[Ref], None]) -> None:
    """Ask again and again, and have looked at what was turned."""
    while True:
        try:
            for ref in await switches.ask(client):
                wake(ref)
        except (ConnectionError, Problem) as error:
            _log.warning("switches.not_asked", why=str(error))
        await asyncio.sleep(ASK_SECONDS)
