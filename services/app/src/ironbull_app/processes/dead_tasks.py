"""Where does a central role lay a message aside that it cannot handle?"""

from ironbull_app.db.repositories import delivery
from ironbull_app.db.unit_of_work import Database
from ironbull_kit.consume import Delivered, LayAside


def laying_aside(database: Database, consumer: str) -> LayAside:
    """Return how a role stores its dead tasks."""

    async def lay_aside(message: Delivered, error: str) -> None:
        async with database.platform() as tx:
            await delivery.lay_aside(
                tx, consumer, message.subject, message.message_id, message.body, error
            )

    return lay_aside
