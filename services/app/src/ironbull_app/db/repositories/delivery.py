"""SQL of delivery: inbox, outbox, tasks, dead tasks."""

from collections.abc import Sequence
from hashlib import sha256

from ironbull_app.db.repositories import fleet_trust, fleet_words
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.delivery import Outgoing
from ironbull_messages import subjects
from ironbull_messages.task import CancelTask, OrderTask


async def claim(tx: Tx, consumer: str, message_ids: Sequence[str]) -> frozenset[str]:
    """Mark messages as handled; return those that were not."""
    rows = await tx.rows(
        """INSERT INTO inbox (consumer, message_id)
        SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING message_id""",
        (consumer, list(message_ids)),
    )
    return frozenset(row["message_id"] for row in rows)


async def add_tasks(tx: Tx, tasks: Sequence[OrderTask | CancelTask]) -> None:
    """Store tasks with their outbox rows; a task that exists is left as it is."""
    if not tasks:
        return
    tasks = await fleet_words.understood(tx, await fleet_trust.unfreshen(tx, tasks))
    await tx.execute(
        """INSERT INTO task (tenant_id, id, order_id, kind, lane, account_id, token, epoch,
            send_number, body)
        SELECT * FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],
            %s::uuid[], %s::text[], %s::bigint[], %s::int[], %s::jsonb[])
        ON CONFLICT (tenant_id, id) DO UPDATE SET token = excluded.token,
            epoch = excluded.epoch, send_number = excluded.send_number, body = excluded.body,
            last_sent_at = now()""",
        (
            [task.tenant for task in tasks],
            [task.task_id for task in tasks],
            [task.order_id for task in tasks],
            [task.kind for task in tasks],
            [task.lane.value for task in tasks],
            [task.account_id for task in tasks],
            [task.token for task in tasks],
            [task.epoch for task in tasks],
            [task.send_number for task in tasks],
            [task.to_bytes().decode() for task in tasks],
        ),
    )
    await add_outgoing(
        tx,
        [
            Outgoing(
                tenant=task.tenant,
                id=task.task_id,
                stream=subjects.TASKS,
                subject=subjects.task(task.tenant, task.token, task.lane),
                body=task,
                send_number=task.send_number,
            )
            for task in tasks
        ],
    )


async def add_outgoing(tx: Tx, messages: Sequence[Outgoing]) -> None:
    """Store outbox rows and ring the relay; the bell is heard after the commit."""
    if not messages:
        return
    await tx.execute(
        """INSERT INTO outbox (tenant_id, id, stream, subject, body, send_number)
        SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::bytea[],
            %s::int[])
        ON CONFLICT DO NOTHING""",
        (
            [one.tenant for one in messages],
            [one.id for one in messages],
            [one.stream for one in messages],
            [one.subject for one in messages],
            [one.body.to_bytes() for one in messages],
            [one.send_number for one in messages],
        ),
    )
    await tx.execute("SELECT pg_notify('outbox', '')")


async def lay_aside(  # noqa: PLR0917 - a dead task's parts
    tx: Tx, consumer: str, subject: str, message_id: str, body: bytes, error: str
) -> None:
    """Keep a message that cannot be handled."""
    await tx.execute(
        """INSERT INTO dead_task (consumer, subject, message_id, payload, payload_hash, error)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        (consumer, subject, message_id, body, sha256(body).hexdigest(), error),
    )
