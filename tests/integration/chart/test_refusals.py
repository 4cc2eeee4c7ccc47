"""A value that cannot be meant is refused before anything is installed, and named."""

from dataclasses import dataclass

import pytest
from integration.chart.rendering import Helm, RefusedError

DIGEST = "sha256:" + "0" * 64
OWN_POSTGRESQL = "postgresql: {trial: false, existingSecret: mine}"
OWN_NATS = "nats: {trial: false, url: 'tls://nats.example.com:4222'}"
WALLS = (
    "networkPolicy: {enabled: true, apiServerCIDRs: [10.0.0.1/32],"
    " postgresqlCIDRs: [10.1.0.0/24], natsCIDRs: [10.2.0.0/24]}"
)
KEYS = "keys: {existingSecret: mine}"
LIVE = "live: {allowed: true}"


@dataclass(frozen=True, slots=True)
class Bad:
    """Values that are refused.

    Args:
        named: what stands in the message, as a schema (`/api/replicas`) or we (`api.replicas`)
            name a value.
    """

    values: str
    named: str


def bad(named: str, *values: str) -> Bad:
    return Bad("\n".join(values), named)


# Unknown values, at the top and in every section.
UNKNOWN = [
    bad("'replicas'", "replicas: 3"),
    bad("'Api'", "Api: {}"),
    *(
        bad(f"at '/{section.replace('.', '/')}': additional properties 'colour'", values)
        for section, values in {
            "live": "live: {colour: red}",
            "images": "images: {colour: red}",
            "images.services": "images: {services: {colour: red}}",
            "crds": "crds: {colour: red}",
            "keys": "keys: {colour: red}",
            "postgresql": "postgresql: {colour: red}",
            "postgresql.storage": "postgresql: {storage: {colour: red}}",
            "nats": "nats: {colour: red}",
            "nats.outside": "nats: {outside: {colour: red}}",
            "paper": "paper: {colour: red}",
            "centre": "centre: {colour: red}",
            "centre.resources": "centre: {resources: {colour: red}}",
            "api": "api: {colour: red}",
            "api.autoscaling": "api: {autoscaling: {colour: red}}",
            "admin.ingress": "admin: {ingress: {colour: red}}",
            "operator": "operator: {colour: red}",
            "migration": "migration: {colour: red}",
            "bootstrap": "bootstrap: {colour: red}",
            "networkPolicy": "networkPolicy: {colour: red}",
            "admin.route": "admin: {route: {colour: red}}",
            "api.autoscaling.prometheus": "api: {autoscaling: {prometheus: {colour: red}}}",
            "monitoring.podMonitor": "monitoring: {podMonitor: {colour: red}}",
            "monitoring.serviceMonitor": "monitoring: {serviceMonitor: {colour: red}}",
            "monitoring.rules": "monitoring: {rules: {colour: red}}",
            "monitoring.dashboard": "monitoring: {dashboard: {colour: red}}",
            "rbac": "rbac: {colour: red}",
            "uninstall": "uninstall: {colour: red}",
            "podDisruptionBudgets": "podDisruptionBudgets: {colour: red}",
            "scheduling": "scheduling: {colour: red}",
            "scheduling.tolerations.0": "scheduling: {tolerations: [{colour: red}]}",
        }.items()
    ),
]
# Values of the wrong shape.
WRONG = [
    bad("/api/trustedProxies/0", "api: {trustedProxies: [everywhere]}"),
    bad("/fullnameOverride", "fullnameOverride: Iron_Bull"),
    bad("/fullnameOverride", f"fullnameOverride: {'a' * 41}"),
    bad("/logLevel", "logLevel: verbose"),
    bad("/live/allowed", 'live: {allowed: "yes"}'),
    bad("/images/registry", "images: {registry: 'https://registry.example.com/'}"),
    bad("/images/pullPolicy", "images: {pullPolicy: Sometimes}"),
    bad("/images/pullSecrets/0", "images: {pullSecrets: ['']}"),
    bad("/images/pullSecrets/0", "images: {pullSecrets: [{name: pull}]}"),
    bad("/images/services/repository", "images: {services: {repository: 'Iron Bull'}}"),
    bad("/images/services/tag", "images: {services: {tag: latest}}"),
    bad("/images/node/tag", "images: {node: {tag: 1.2}}"),
    bad("/images/node/digest", "images: {node: {digest: 'sha256:12'}}"),
    bad("/images/paper/digest", f"images: {{paper: {{digest: '{DIGEST}0'}}}}"),
    bad("/images/allowed/0", "images: {allowed: ['*']}"),
    bad("/images/allowed/0", "images: {allowed: ['registry.example.com/a,b']}"),
    bad("/images/allowed", "images: {allowed: registry.example.com}"),
    bad("/crds/create", "crds: {create: 1}"),
    bad("/keys/existingSecret", "keys: {existingSecret: Not_A_Name}"),
    bad("/postgresql/trial", "postgresql: {trial: maybe}"),
    bad("/postgresql/existingSecret", "postgresql: {trial: false, existingSecret: 'a b'}"),
    bad("/postgresql/storage/size", "postgresql: {storage: {size: 8}}"),
    bad("/postgresql/storage/size", "postgresql: {storage: {size: 0Gi}}"),
    bad("/postgresql/resources/limits/memory", "postgresql: {resources: {limits: {memory: much}}}"),
    bad("/nats/url", "nats: {trial: false, url: 'http://nats.example.com:4222'}"),
    bad("/nats/url", "nats: {trial: false, url: 'nats://nats.example.com'}"),
    bad("/nats/url", "nats: {trial: false, url: 'nats://user:secret@nats.example.com:4222'}"),
    bad("/nats/storage/size", "nats: {storage: {size: -1Gi}}"),
    bad("/nats/jwtSeconds", "nats: {jwtSeconds: 59}"),
    bad("/nats/jwtSeconds", "nats: {jwtSeconds: 604801}"),
    bad("/nats/outside/url", "nats: {outside: {url: 'nats://nats.example.com:4222'}}"),
    bad("/nats/outside/serviceType", "nats: {outside: {serviceType: ClusterIP}}"),
    bad("/paper/speed", "paper: {speed: 60}"),
    bad("/paper/speed", "paper: {speed: '-1'}"),
    bad("/paper/seed", "paper: {seed: -1}"),
    bad("/paper/seed", "paper: {seed: seven}"),
    bad("/api/replicas", "api: {replicas: 0}"),
    bad("/api/replicas", "api: {replicas: '2'}"),
    bad("/api/replicas", "api: {replicas: 51}"),
    bad("/api/autoscaling/targetCPUPercent", "api: {autoscaling: {targetCPUPercent: 0}}"),
    bad("/admin/ingress/host", "admin: {ingress: {enabled: true, host: 'https://admin'}}"),
    bad("/admin/ingress/annotations/a", "admin: {ingress: {annotations: {a: 1}}}"),
    bad("/admin/route/parents/0", "admin: {route: {parents: [{namespace: gateways}]}}"),
    bad("/admin/route/parents/0/name", "admin: {route: {parents: [{name: ''}]}}"),
    bad(
        "/api/autoscaling/prometheus/url",
        "api: {autoscaling: {prometheus: {url: prometheus:9090}}}",
    ),
    bad("/monitoring/rules/enabled", "monitoring: {rules: {enabled: 'yes'}}"),
    bad("/monitoring/dashboard/labels", "monitoring: {dashboard: {labels: [grafana]}}"),
    bad("/operator/replicas", "operator: {replicas: 4}"),
    bad("/operator/resources/requests", "operator: {resources: {requests: {gpu: '1'}}}"),
    bad("/networkPolicy/enabled", "networkPolicy: {enabled: 'on'}"),
    bad("/networkPolicy/apiServerCIDRs/0", "networkPolicy: {apiServerCIDRs: [10.0.0.1]}"),
    bad("/networkPolicy/apiServerCIDRs/0", "networkPolicy: {apiServerCIDRs: [10.0.0.0/33]}"),
    bad("/networkPolicy/apiServerPorts/0", "networkPolicy: {apiServerPorts: [70000]}"),
    bad("/networkPolicy/apiServerPorts", "networkPolicy: {apiServerPorts: []}"),
    bad("/networkPolicy/postgresqlPorts/0", "networkPolicy: {postgresqlPorts: [0]}"),
    bad(
        "/networkPolicy/ingressNamespaceLabels", "networkPolicy: {ingressNamespaceLabels: {a: '?'}}"
    ),
    bad("/monitoring/podMonitor/interval", "monitoring: {podMonitor: {interval: soon}}"),
    bad("/scheduling/nodeSelector/disk", "scheduling: {nodeSelector: {disk: 1}}"),
    bad("/scheduling/tolerations/0/effect", "scheduling: {tolerations: [{effect: Never}]}"),
    bad("/extraObjects/0", "extraObjects: [{apiVersion: v1, kind: ConfigMap}]"),
    bad("/extraObjects", "extraObjects: {}"),
]
# Values that do not fit together.
UNFIT = [
    bad("postgresql.existingSecret names your own", "postgresql: {existingSecret: mine}"),
    bad("postgresql.existingSecret must name a Secret", "postgresql: {trial: false}"),
    bad("nats.url names your own", "nats: {url: 'nats://nats.example.com:4222'}"),
    bad("nats.url must say", "nats: {trial: false}"),
    bad("nats.existingRootsSecret and", "nats: {existingRootsSecret: a, existingUsersSecret: b}"),
    bad(
        "nats.existingUsersSecret are set together",
        "nats: {trial: false, url: 'nats://n:4222', existingRootsSecret: a}",
    ),
    bad("nats.outside.tlsSecret must name", "nats: {outside: {url: 'tls://nats.example.com:1'}}"),
    bad("nats.outside.tlsSecret must name", "nats: {outside: {serviceType: NodePort}}"),
    bad("nats.outside.url must say", "nats: {outside: {caSecret: a}}"),
    bad(
        "nats.outside.cidrs are of the trial NATS",
        "nats: {trial: false, url: 'nats://n:4222', outside: {cidrs: [10.0.0.0/8]}}",
    ),
    bad("admin.ingress.host must name", "admin: {ingress: {enabled: true}}"),
    bad("monitoring.namespaceLabels must say", "monitoring: {podMonitor: {enabled: true}}"),
    bad("admin.route.host and", "admin: {route: {enabled: true, host: admin.example.com}}"),
    bad("admin.route.parents must name", "admin: {route: {enabled: true, parents: [{name: a}]}}"),
    bad("api.autoscaling.minReplicas (5)", "api: {autoscaling: {minReplicas: 5, maxReplicas: 4}}"),
    bad(
        "api.resources.requests.cpu must be set",
        "api: {autoscaling: {enabled: true}, resources: {requests: {cpu: null}}}",
    ),
    bad("networkPolicy.apiServerCIDRs must say", "networkPolicy: {enabled: true}"),
    bad(
        "networkPolicy.postgresqlCIDRs must say",
        "networkPolicy: {enabled: true, apiServerCIDRs: [10.0.0.1/32]}",
        OWN_POSTGRESQL,
    ),
    bad(
        "networkPolicy.natsCIDRs must say",
        "networkPolicy: {enabled: true, apiServerCIDRs: [10.0.0.1/32]}",
        OWN_NATS,
    ),
    bad('extraObjects[1] (Tenant "acme")', """
        extraObjects:
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: mine}}
          - {apiVersion: ironbull.io/v1alpha1, kind: Tenant, metadata: {name: acme}}
    """),
]  # fmt: skip
# Real money on anything that is for trials, or in the clear.
NOT_LIVE = [
    bad("refused with postgresql.trial", LIVE),
    bad("refused with postgresql.trial", LIVE, OWN_NATS, KEYS, WALLS),
    bad("refused with nats.trial", LIVE, OWN_POSTGRESQL, KEYS, WALLS),
    bad(
        "unencrypted nats.url", LIVE, OWN_POSTGRESQL, OWN_NATS.replace("tls:", "nats:"), KEYS, WALLS
    ),
    bad("without keys.existingSecret", LIVE, OWN_POSTGRESQL, OWN_NATS, WALLS),
    bad("without networkPolicy.enabled", LIVE, OWN_POSTGRESQL, OWN_NATS, KEYS),
    bad(
        "without admin.ingress.tlsSecret",
        *(LIVE, OWN_POSTGRESQL, OWN_NATS, KEYS, WALLS),
        "admin: {ingress: {enabled: true, host: admin.example.com}}",
    ),
]
TABLE = [*UNKNOWN, *WRONG, *UNFIT, *NOT_LIVE]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.named)
def test_a_bad_value_is_refused_by_name(helm: Helm, row: Bad) -> None:
    with pytest.raises(RefusedError) as refused:
        helm.render(row.values)
    assert row.named in str(refused.value)


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 50
    assert len({row.values for row in TABLE}) == len(TABLE)


def test_real_money_is_let_in_when_everything_is_there(helm: Helm) -> None:
    rendered = helm.render(f"{LIVE}\n{OWN_POSTGRESQL}\n{OWN_NATS}\n{KEYS}\n{WALLS}")
    assert "-not-live" not in rendered


@pytest.mark.parametrize(
    ("named", "values"),
    [
        (
            "monitoring.podMonitor.enabled",
            "monitoring: {podMonitor: {enabled: true}, namespaceLabels: {team: watch}}",
        ),
        ("monitoring.serviceMonitor.enabled", "monitoring: {serviceMonitor: {enabled: true}}"),
        ("monitoring.rules.enabled", "monitoring: {rules: {enabled: true}}"),
        ("admin.route.enabled", "admin: {route: {enabled: true, host: a.b, parents: [{name: c}]}}"),
        (
            "api.autoscaling.prometheus.url",
            "api: {autoscaling: {enabled: true, prometheus: {url: 'http://prometheus:9090'}}}",
        ),
    ],
)
def test_a_kind_of_others_is_refused_where_the_cluster_does_not_know_it(
    helm: Helm, named: str, values: str
) -> None:
    with pytest.raises(RefusedError, match=rf"{named} is (true|set), but this cluster does not"):
        helm.render(values, optional=False)
    assert helm.render(values)


def test_without_values_real_money_is_refused_in_the_cluster_too(helm: Helm) -> None:
    policies = {
        one["spec"]["matchConstraints"]["resourceRules"][0]["resources"][0]: one["spec"]
        for one in helm.objects()
        if one["kind"] == "ValidatingAdmissionPolicy" and "not-live" in one["metadata"]["name"]
    }
    assert set(policies) == {"tenants", "strategies"}
    for spec in policies.values():
        assert spec["failurePolicy"] == "Fail"
        (rule,) = spec["validations"]
        assert "'Live'" in rule["expression"]
        assert "live.allowed" in rule["message"]
