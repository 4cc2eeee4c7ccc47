"""How does a deleted Strategy end? It has no finalizer, so its tenant finds out that it is gone."""

from ironbull_operator.desired.platform import namespace_of
from ironbull_operator.kinds import STRATEGY, Ref
from ironbull_operator.reconcile.hands import Hands


async def end_gone(hands: Hands, tenant: str) -> None:
    """Have those strategies closed that the platform runs and the cluster does not have any more.

    What is not known here is asked of the API: who follows a closed strategy has to subscribe anew.
    """
    place = namespace_of(tenant)
    for name, uid in hands.centre.held_strategies(tenant).items():
        found = await hands.kube.get(Ref(STRATEGY, name, place))
        if found is None or found["metadata"]["uid"] != uid:
            await hands.centre.end_strategy(tenant, name, uid)
