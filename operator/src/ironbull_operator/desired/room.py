"""Does what should run fit into its namespace's quota? If not: which bound is whose field?"""

from collections.abc import Mapping
from decimal import Decimal

from pydantic.alias_generators import to_camel

from ironbull_messages.quantities import amount
from ironbull_operator.desired.namespace import BOUND_BY
from ironbull_operator.kinds import Object

Needs = Mapping[str, Decimal]


def of_a_pod(template: Object) -> Needs:
    """Return what one pod counts in a quota."""
    found: dict[str, Decimal] = {"pods": Decimal(1)}
    for container in template["spec"]["containers"]:
        resources = container.get("resources", {})
        for side in ("requests", "limits"):
            for name, quantity in resources.get(side, {}).items():
                key = f"{side}.{name}"
                found[key] = found.get(key, Decimal(0)) + amount(str(quantity))
    return found


def of_a_volume(claim: Object) -> Needs:
    """Return what one volume counts in a quota."""
    size = claim["spec"]["resources"]["requests"]["storage"]
    return {"persistentvolumeclaims": Decimal(1), "requests.storage": amount(str(size))}


def shortage(quota: Object, needs: Needs, tenant: str) -> str:
    """Return which bound leaves no room, and the way out; empty: everything fits.

    Args:
        quota: as it lives, with what is used.
        needs: of what is missing.
    """
    status: Object = quota.get("status", {})
    used: Object = status.get("used", {})
    for key, bound in status.get("hard", {}).items():
        need = needs.get(key, Decimal(0))
        taken = str(used.get(key, "0"))
        if need and amount(taken) + need > amount(str(bound)):
            field = to_camel(BOUND_BY.get(key, key))
            return (
                f"no room in the namespace: {taken} of {bound} {key} are taken, "
                f"{need:f} more are needed; raise spec.limits.{field} of Tenant {tenant}"
            )
    return ""
