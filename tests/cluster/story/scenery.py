"""The demo's people and documents, on a cluster where the guide's first tenant is already."""

import json
from typing import Any

import yaml
from cluster.kubectl import Kubectl
from cluster.story import doors
from cluster.story.stage import Rows, Stage, say

from ironbull_local.demo import script, setting
from ironbull_local.demo.scenario import AURORA, BOREALIS

TENANTS = (AURORA, BOREALIS)
READY_SECONDS = 120
KINDS = ("tenant", "strategy", "executionnode")


def grow(kubectl: Kubectl) -> None:
    """Apply those of the demo's documents that are not there, and wait until all are Ready."""
    there = {_name(one) for kind in KINDS for one in kubectl.get(kind, "--all-namespaces")["items"]}
    fresh = [one for one in yaml.safe_load_all(script.two_tenants()) if _name(one) not in there]
    kubectl.apply(*fresh)
    for tenant in TENANTS:
        ready = ("--for=condition=Ready", f"--timeout={READY_SECONDS}s")
        kubectl("wait", f"tenant/{tenant}", *ready)
        kubectl("wait", "strategy,executionnode", "--all", f"--namespace=ironbull-{tenant}", *ready)


async def people(stage: Stage, rows: Rows) -> None:
    """Create users, bind, recharge and subscribe, as the tenants' servers do."""
    doors.let_staff_in(stage)
    doors.give_hostnames(stage, [BOREALIS])  # aurora has it by the guide
    await doors.until_led(TENANTS)
    async with doors.doors(stage, TENANTS) as held:
        async with rows.counter() as counter:
            await setting.until_all_serve(counter, say)
        await setting.bring(held, say)


def set_states(kubectl: Kubectl, state: str) -> None:
    """Give every strategy a wanted state."""
    patch = json.dumps({"spec": {"desiredState": state}})
    for one in kubectl.get("strategy", "--all-namespaces")["items"]:
        place = f"--namespace={one['metadata']['namespace']}"
        kubectl("patch", "strategy", one["metadata"]["name"], place, "--type=merge", "-p", patch)


def _name(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]
