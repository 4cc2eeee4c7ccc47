"""What does the leader do? It sees the cluster, watches, reconciles, and answers renewals."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import kopf
import structlog

from ironbull_kit.clocks import machine_now, monotonic
from ironbull_messages.problems import Problem
from ironbull_operator import figures, switches, watching
from ironbull_operator.authority import Authority
from ironbull_operator.centre import Centre
from ironbull_operator.desired.platform import Platform
from ironbull_operator.informed import InformedKube
from ironbull_operator.kinds import EXECUTION_NODE, STRATEGY, TENANT, Ref
from ironbull_operator.queue import WORKERS, Outcome, Queue
from ironbull_operator.reconcile import pool, strategy, tenant
from ironbull_operator.reconcile.hands import Hands
from ironbull_operator.seen import Seen
from ironbull_operator.together import until_one_ends

COMPARE_SECONDS: Final = 120.0
FIRST_COMPARE_SECONDS: Final = 5.0
"""A platform that is away does not keep the cluster from being looked after."""
AGAIN_SECONDS: Final = 5.0
RECONCILES: Final = {
    TENANT: tenant.reconcile,
    STRATEGY: strategy.reconcile,
    EXECUTION_NODE: pool.reconcile,
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Leader:
    """What the leader works with.

    Args:
        seen: what the API client reads from, and the watch tells.
    """

    kube: InformedKube
    seen: Seen
    centre: Centre
    authority: Authority
    platform: Platform


async def work(leader: Leader, notice: Callable[[Queue[Ref]], None]) -> None:
    """Look after the cluster for as long as this is awaited.

    Args:
        notice: hears of the queue, to tell whether it hangs.
    """
    queue: Queue[Ref]

    async def reconcile(ref: Ref) -> Outcome:
        with figures.look(ref.kind.name):
            return await RECONCILES[ref.kind](hands, ref)

    queue = Queue(reconcile, monotonic)
    hands = Hands(
        leader.kube, leader.centre, leader.authority, leader.platform, machine_now, queue.add
    )
    notice(queue)
    _show(queue)
    await asyncio.gather(
        watching.survey(leader.kube, queue.add, queue.add_patient), _compare_first(leader.centre)
    )
    await until_one_ends(
        queue.work(),
        _again(leader.authority.answer_renewals),
        _compare(leader.centre),
        switches.watch(leader.centre.switches, leader.centre.client, queue.add),
        watching.survey_again(leader.kube, queue.add),
        kopf.operator(
            registry=watching.registry(leader.seen, queue.add),
            settings=watching.settings(),
            clusterwide=True,
            standalone=True,
        ),
    )


def _show(queue: Queue[Ref]) -> None:
    name = figures.NAME
    figures.WAITING.labels(name).set_function(lambda: queue.depth)
    figures.RUNNING_SECONDS.labels(name).set_function(lambda: queue.oldest_seconds)
    figures.UNFINISHED_SECONDS.labels(name).set_function(lambda: queue.unfinished_seconds)
    figures.ACTIVE.labels(name).set_function(lambda: queue.active)
    figures.MOST_ACTIVE.labels(name).set(WORKERS)


async def _compare_first(centre: Centre) -> None:
    try:
        async with asyncio.timeout(FIRST_COMPARE_SECONDS):
            await _compare_once(centre)
    except TimeoutError:
        _log.warning("platform.not_compared", why=f"no answer in {FIRST_COMPARE_SECONDS:.0f} s")


async def _compare(centre: Centre) -> None:
    while True:
        await asyncio.sleep(COMPARE_SECONDS)
        await _compare_once(centre)


async def _compare_once(centre: Centre) -> None:
    try:
        await centre.compare()
    except (ConnectionError, Problem) as error:
        _log.warning("platform.not_compared", why=str(error))


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """Do a thing that NATS may interrupt, again and again."""
    while True:
        try:
            await work()
        except (ConnectionError, Problem) as error:
            _log.warning("renewals.interrupted", why=str(error))
        await asyncio.sleep(AGAIN_SECONDS)
