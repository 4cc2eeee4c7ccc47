"""Delete tenants, uninstall, and leave the cluster as it was."""

import json
import re
from typing import LiteralString

from cluster.kubectl import Kubectl, eventually
from cluster.story.stage import RELEASE, SYSTEM, say
from cluster.story.telling import SPEED, Story
from fixtures.rough_kills import until

from ironbull_local.demo.scenario import AURORA, BOREALIS

SECONDS = 120
CLOSED_SECONDS = 180
STILL, HURRY = "0", "14400"
TRIES = 10
KINDS = ("executionnodes.ironbull.io", "strategies.ironbull.io", "tenants.ironbull.io")
OPEN_POSITIONS = re.compile(r"\b[1-9]\d* positions?\b")
OPEN: LiteralString = "SELECT id FROM position WHERE tenant_id = %s AND closed_at IS NULL"


async def retain(story: Story) -> None:
    """Delete a tenant that has a position: it waits and names it, and is given up by name."""
    await _hold_open(story, AURORA)
    told = story.guide.run("delete")
    assert OPEN_POSITIONS.search(told), told
    say(f"  {told.strip().splitlines()[-1]}")
    story.guide.run("force")
    await story.exchange.set_speed(SPEED)
    kubectl = story.stage.kubectl
    place = f"--namespace=ironbull-{AURORA}"
    assert kubectl.get("persistentvolumeclaims", place)["items"]
    assert kubectl.get("strategies", place)["items"]
    eventually(lambda: not kubectl.get("pods", place)["items"], SECONDS)
    say("  its namespace stays, with journals and documents and without pods")


async def erase(story: Story) -> None:
    """Delete a tenant with all it has: it waits until the market has closed its positions."""
    await _hold_open(story, BOREALIS)
    kubectl = story.stage.kubectl
    policy = json.dumps({"spec": {"deletionPolicy": "Delete"}})
    kubectl("patch", "tenant", BOREALIS, "--type=merge", f"--patch={policy}")
    kubectl("delete", "tenant", BOREALIS, "--wait=false")
    eventually(lambda: OPEN_POSITIONS.search(_message(kubectl, BOREALIS)), SECONDS)
    say(f"  {_message(kubectl, BOREALIS)}")
    await story.exchange.end_faults()
    await story.exchange.set_speed(HURRY)
    kubectl("wait", "tenant", BOREALIS, "--for=delete", f"--timeout={CLOSED_SECONDS}s")
    assert await story.rows.ask(OPEN, BOREALIS) == []
    assert "NotFound" in kubectl.refusal("get", "namespace", f"ironbull-{BOREALIS}")
    say("  its stops closed what was open, then its namespace went")


def uninstall(story: Story) -> None:
    """Uninstall, and see what is kept."""
    kept = story.guide.run("uninstall")
    assert all(kind in kept for kind in KINDS)


def clear(kubectl: Kubectl) -> None:
    """Remove whatever the story has left, however far it came."""
    patience = f"--timeout={SECONDS}s"
    served = kubectl("get", "crd", "--output=name")
    for kind in (kind for kind in KINDS if kind in served):
        for one in kubectl.get(kind, "--all-namespaces")["items"]:
            _give_up(kubectl, kind, one["metadata"]["name"], one["metadata"].get("namespace", ""))
    for kind in (kind for kind in KINDS if kind in served):
        kubectl("delete", kind, "--all", "--all-namespaces", patience)
    if kubectl.get("secrets", f"--namespace={SYSTEM}", "--selector=owner=helm")["items"]:
        say(f"the story did not come to its end: {RELEASE} goes with its namespace")
    kubectl("delete", "namespace", SYSTEM, "--ignore-not-found", patience)
    kubectl("delete", "namespace", "--selector=ironbull.io/tenant", patience)
    left = "--selector=app.kubernetes.io/instance=ironbull"
    cluster_wide = "clusterroles,clusterrolebindings,validatingadmissionpolicies"
    kubectl("delete", f"{cluster_wide},validatingadmissionpolicybindings", left, patience)
    for kind in KINDS:
        kubectl("delete", "crd", kind, "--ignore-not-found", patience)


def _give_up(kubectl: Kubectl, kind: str, name: str, namespace: str) -> None:
    words = (f"--namespace={namespace}",) if namespace else ()
    kubectl("annotate", kind, name, *words, "--overwrite", f"ironbull.io/force-delete={name}")


async def _hold_open(story: Story, tenant: str) -> None:
    """Let the market stand still while a position of the tenant is open and nobody closes it."""

    async def is_open() -> bool:
        return bool(await story.rows.ask(OPEN, tenant))

    for _ in range(TRIES):
        await story.exchange.set_speed(SPEED)
        await until(is_open, f"an open position of {tenant}")
        await story.exchange.set_speed(STILL)
        await story.rows.until("an end of all orders", lambda seen: seen.in_flight == 0)
        if await is_open():
            return
    raise AssertionError(f"in {TRIES} tries no position of {tenant} stayed open")


def _message(kubectl: Kubectl, tenant: str) -> str:
    found = kubectl.get("tenant", tenant)
    rows = found.get("status", {}).get("conditions", ())
    return next((str(row["message"]) for row in rows if row["type"] == "Ready"), "")
