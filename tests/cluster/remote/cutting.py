"""How long does it take from the revocation of a member's user to its broken connection?"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cluster.operator_desk import SYSTEM, Desk
from cluster.remote.members import Member
from cluster.remote.stage import NATS_PORT, Stage
from fixtures.rough_kills import until

from ironbull_local import view

REVOKED = "revoked."
LEAVE_SECONDS = 120.0
MOST_SECONDS = 1.0
LINE_BYTES = 1_048_576


async def leave(stage: Stage, member: Member, *removal: str) -> float:
    """Remove a member by kubectl, and return how long its connection outlived the revocation.

    Args:
        removal: what kubectl is told.
    """
    there, way = stage.machines[member.tenant], stage.balancer
    async with _revocations(stage.desk, member.tenant) as revoked:
        began = time.time()
        await asyncio.to_thread(stage.desk.kubectl, *removal)

        async def is_over() -> bool:
            return bool(revoked) and bool(way.cut_off(there, NATS_PORT, min(revoked)))

        await until(is_over, f"the end of {member.tenant}'s member elsewhere", LEAVE_SECONDS)
    at, cut = min(revoked), way.cut_off(there, NATS_PORT, min(revoked))[0]
    view.line(
        f"kubectl {' '.join(removal[:3])}: its user was revoked {at - began:.1f} s later, when its"
        f" accounts were handed back; the server broke its connection {cut - at:.3f} s after that"
    )
    return cut - at


@asynccontextmanager
async def _revocations(desk: Desk, tenant: str) -> AsyncIterator[list[float]]:
    """Note when the operator revokes users, as long as the block lasts.

    It writes them into the tenant's account first, and tells the servers next.
    """
    program = str(desk.folder / "bin" / "kubectl")
    words = ("get", "secret", f"ironbull-nats-account-{tenant}", f"--namespace={SYSTEM}")
    process = await asyncio.create_subprocess_exec(
        *(program, f"--kubeconfig={desk.kubeconfig}", *words),
        *("--watch", "--output=jsonpath={.data}{'\\n'}"),
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    assert process.stdout is not None
    before = _revoked(await process.stdout.readline())
    found: list[float] = []

    async def follow(lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            if _revoked(line) - before:
                found.append(time.time())

    following = asyncio.create_task(follow(process.stdout))
    try:
        yield found
    finally:
        process.terminate()
        await process.wait()
        await following


def _revoked(line: bytes) -> set[str]:
    return {key for key in json.loads(line) if key.startswith(REVOKED)}
