"""How is a kill switch shown? The same to staff and to the operator."""

from ironbull_app.ports.kill_switches import SCOPE, SwitchEvent
from ironbull_messages.base import Instant, Message
from ironbull_messages.words import KillSwitch


class Switch(Message):
    """How a strategy's kill switch is, and who turned it last; never turned: nobody."""

    effective: KillSwitch
    scope: str = SCOPE
    by: str | None = None
    reason: str | None = None
    at: Instant | None = None


def shown(newest: SwitchEvent | None) -> Switch:
    """Return a switch as its newest turn left it."""
    if newest is None:
        return Switch(effective=KillSwitch.ARMED)
    return Switch(
        effective=KillSwitch.TRIPPED if newest.is_tripped else KillSwitch.ARMED,
        by=newest.by,
        reason=newest.reason,
        at=newest.at,
    )
