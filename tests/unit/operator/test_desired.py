"""What should be in the cluster looks as its golden files; an intended change writes them anew.

`IRONBULL_GOLDEN=write` writes them; read the difference before you commit it.
"""

import dataclasses
import os
from pathlib import Path

import pytest
import yaml

from ironbull_messages.ids import dedicated_engine_token
from ironbull_messages.resources import ExecutionNodeSpec, Gateway, Ingress, Limits, Tls, Venue
from ironbull_messages.resources.pool_parts import Autoscaling
from ironbull_operator.desired import engine, exposure, namespace, pool, walls
from ironbull_operator.desired.autoscaler import autoscaler
from ironbull_operator.desired.platform import Platform
from ironbull_operator.kinds import Object

GOLDEN = Path(__file__).parent / "golden"
PLATFORM = Platform(
    namespace="ironbull-system",
    nats_url="nats://ironbull-nats.ironbull-system.svc:4222",
    centre_key="A" * 43 + "=",
    services_image="registry.test/services:1",
    node_image="registry.test/node:1",
    paper_url="http://ironbull-paper.ironbull-system.svc:8090",
)
TOKEN = "abcdefghijklmnop"
STRATEGY: Object = {
    "apiVersion": "ironbull.io/v1alpha1",
    "kind": "Strategy",
    "metadata": {"name": "crossing", "namespace": "ironbull-aurora"},
    "spec": {"classRef": {"name": "ma_cross", "version": 1}},
}
POOL = ExecutionNodeSpec(venue="paper", replicas=2)
VENUES = tuple(
    Venue.model_validate({"name": name, "type": "binance", "environment": kind, "egressCIDRs": to})
    for name, kind, to in (
        ("paper", "Paper", ()),
        ("mirror", "Paper", ("203.0.113.0/24",)),
        ("live", "Live", ()),
        ("desk", "Live", ("198.51.100.7/32", "2001:db8::/32")),
        ("unused", "Live", ()),
    )
)
POOLS = {"paper": ["main"], "mirror": ["m"], "live": ["zurich", "basel"], "desk": ["d"]}
ELSEWHERE = dataclasses.replace(
    PLATFORM,
    nats_url="tls://nats.example.org:4333",
    nats_cidrs=("192.0.2.0/28",),
    monitoring={"team": "watchers"},
    paper_url=None,
)
LIVE_PLATFORM = dataclasses.replace(PLATFORM, live_allowed=True)
HOSTNAME = "api.aurora.example.org"
WAY = Ingress(class_name="traefik", annotations={"cert-manager.io/cluster-issuer": "letsencrypt"})
LISTENER = Gateway(name="public", namespace="gateways", section_name="https")
SMALL = Limits(
    requests_cpu="500m",
    requests_memory="1Gi",
    limits_memory="2Gi",
    pods=3,
    volumes=2,
    storage="2Gi",
)
FULL_POOL = ExecutionNodeSpec.model_validate(
    {
        "venue": "paper",
        "resources": {
            "requests": {"cpu": "1000m", "memory": "1024Mi"},
            "limits": {"memory": "2048Mi"},
        },
        "storage": {"size": "1024Mi", "className": "fast"},
        "drainTimeoutSeconds": 45,
        "terminationGracePeriodSeconds": 50,
    }
)
SCALED = Autoscaling(min_replicas=2, max_replicas=6, cpu_percent=60)
LIVE_POOL: Object = {"metadata": {"name": "main", "namespace": "ironbull-aurora", "uid": "u1"}}
MEMBER = pool.Member("aurora", "main", 0, TOKEN)
WANTED: dict[str, list[Object]] = {
    "namespace": [
        namespace.namespace("aurora"),
        namespace.rights(PLATFORM, "aurora"),
        *namespace.bounds("aurora", Limits()),
    ],
    "ingress": [exposure.ingress(PLATFORM, "aurora", HOSTNAME, WAY, Tls(secret_name="aurora-tls"))],
    "ingress-plain": [exposure.ingress(PLATFORM, "cirrus", HOSTNAME, Ingress(), None)],
    "http-route": [exposure.http_route(PLATFORM, "cirrus", HOSTNAME, Gateway(name="public"))],
    "http-route-of-a-listener": [exposure.http_route(PLATFORM, "boreal", HOSTNAME, LISTENER)],
    "walls": walls.policies(PLATFORM, "aurora", VENUES[:1], {"paper": ["main"]}),
    "walls-of-venues": walls.policies(ELSEWHERE, "cirrus", VENUES, POOLS),
    "small-namespace": namespace.bounds("cirrus", SMALL),
    "engine": engine.engine(PLATFORM, "aurora", TOKEN, [STRATEGY]),
    "engine-of-one-strategy": engine.engine(
        PLATFORM,
        "aurora",
        dedicated_engine_token(TOKEN, "crossing"),
        [STRATEGY],
        own="crossing",
    ),
    "engine-without-strategies": engine.engine(PLATFORM, "aurora", TOKEN, []),
    "pool": pool.pool_objects("aurora", "main"),
    "member-in-full": [
        pool.member_set(PLATFORM, MEMBER, FULL_POOL, VENUES[0], "registry.test/node:mine")
    ],
    "autoscaler": [autoscaler("aurora", LIVE_POOL, SCALED)],
    "member": [pool.member_set(PLATFORM, MEMBER, POOL, VENUES[0])],
    "member-of-a-live-venue": [pool.member_set(LIVE_PLATFORM, MEMBER, POOL, VENUES[2])],
}


class _Plain(yaml.SafeDumper):
    """Writes equal parts twice: a golden file is read by people."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML names it
        return True


@pytest.mark.parametrize("name", sorted(WANTED))
def test_what_is_wanted_looks_as_its_golden_file(name: str) -> None:
    file = GOLDEN / f"{name}.yaml"
    text = yaml.dump_all(WANTED[name], Dumper=_Plain, sort_keys=False)
    if os.environ.get("IRONBULL_GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()


def test_every_golden_file_is_wanted() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(WANTED)


def _pods() -> list[Object]:
    return [
        thing["spec"]["template"]["spec"]
        for things in WANTED.values()
        for thing in things
        if "template" in thing.get("spec", {})
    ]


def test_pod_security_restricted_refuses_nothing_of_ours() -> None:
    assert _pods()
    for pod in _pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert not rights["allowPrivilegeEscalation"]
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert rights["readOnlyRootFilesystem"]


def test_no_secret_stands_in_an_objects_text() -> None:
    text = yaml.safe_dump_all([thing for things in WANTED.values() for thing in things])
    assert "SEED" not in text
    assert "password" not in text.lower()


def test_other_strategies_start_the_engine_anew_and_equal_ones_do_not() -> None:
    other = {**STRATEGY, "metadata": {**STRATEGY["metadata"], "name": "returning"}}

    def template(strategies: list[Object]) -> Object:
        _, deployment = engine.engine(PLATFORM, "aurora", TOKEN, strategies)
        found: Object = deployment["spec"]["template"]
        return found

    assert template([STRATEGY, other]) == template([other, STRATEGY])
    assert template([STRATEGY]) != template([STRATEGY, other])


def test_a_suspended_tenant_keeps_its_documents_and_runs_nothing() -> None:
    active = engine.engine(PLATFORM, "aurora", TOKEN, [STRATEGY])
    suspended = engine.engine(PLATFORM, "aurora", TOKEN, [STRATEGY], is_active=False)
    assert suspended[0] == active[0]
    assert suspended[1]["spec"]["replicas"] == 0
