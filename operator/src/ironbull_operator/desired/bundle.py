"""With what does a member start outside of the cluster? With one Secret that holds all of it.

The credentials lie in the member's own Secret, as those of a pod; the bundle repeats them beside
what a pod is told by its environment.
"""

from ironbull_messages.bundle import BUNDLE_FILE, Bundle
from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_operator.desired import exchange
from ironbull_operator.desired.platform import POOL_LABEL, Outside, Platform, labels, namespace_of
from ironbull_operator.desired.pool import COMPONENT, Member
from ironbull_operator.installation import secret_object
from ironbull_operator.kinds import SECRET, Object


def name_of(member: str) -> str:
    """Return the name of the Secret that holds a member's bundle."""
    return f"{member}-bundle"


def bundle_secret(
    platform: Platform,
    outside: Outside,
    member: Member,
    *,
    spec: ExecutionNodeSpec,
    venue: Venue,
    user: Object,
    creds: str,
) -> Object:
    """Return the Secret with a member's bundle; it goes when the member's own Secret goes.

    Args:
        user: the member's own Secret, as it lives.
        creds: its credentials.
    """
    bundle = Bundle(
        name=member.name,
        tenant=member.tenant,
        token=member.token,
        nats_url=outside.nats_url,
        nats_creds=creds,
        nats_ca=outside.nats_ca,
        venue=venue.type,
        venue_url=exchange.url(platform, venue, spec.location),
        centre_key=platform.centre_key,
        concurrency=spec.concurrency,
        drain_seconds=spec.drain_timeout_seconds,
    )
    marks = {**labels(member.tenant, COMPONENT, member.name), POOL_LABEL: member.pool}
    texts = {BUNDLE_FILE: bundle.to_bytes().decode()}
    made = secret_object(namespace_of(member.tenant), name_of(member.name), texts, marks)
    owner = {
        "apiVersion": SECRET.api_version,
        "kind": SECRET.name,
        "name": user["metadata"]["name"],
        "uid": user["metadata"]["uid"],
    }
    return {**made, "metadata": {**made["metadata"], "ownerReferences": [owner]}}


def start_line(member: Member) -> str:
    """Return how somebody fetches a member's bundle and starts it."""
    place, file = namespace_of(member.tenant), f"{member.name}.json"
    field = BUNDLE_FILE.replace(".", r"\.")
    return (
        f"kubectl get secret {name_of(member.name)} --namespace={place}"
        f" --output=jsonpath='{{.data.{field}}}' | base64 --decode > {file}"
        f" && python3 -m ironbull_node --bundle {file}"
    )
