"""What the chart's pages say holds: its examples render, and name what pods and servers need."""

import re
from typing import Any

import pytest
import yaml
from integration.chart.rendering import CHART, HERE, Helm, Object, containers, pods

README = (CHART / "README.md").read_text()
EXAMPLES = CHART / "examples"
KEYS_OF_SECRETS = {"operator.seed", "centre.creds"}
ROLES = {"ironbull_owner", "ironbull_tenant", "ironbull_platform"}


def example(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text())


def test_the_example_of_own_servers_renders_without_trial_servers(helm: Helm) -> None:
    objects = helm.objects((EXAMPLES / "own-servers.yaml").read_text())
    names = {one["metadata"]["name"] for one in objects}
    assert not {"ironbull-postgres", "ironbull-nats", "ironbull-database"} & names


def test_every_key_of_an_existing_secret_is_named(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "live.yaml").read_text())
    needed = keys_of_secrets(objects)
    assert set(needed) == {"my-keys", "my-postgresql", "my-nats-roots", "my-nats-users"}
    for secret, keys in needed.items():
        for key in keys:
            assert f"`{key}`" in README, f"{secret}: {key}"
            assert key in (CHART / "values.yaml").read_text(), f"{secret}: {key}"


def test_the_example_of_a_database_has_the_roles_and_the_owner() -> None:
    spec = example("cloudnative-pg.yaml")["spec"]
    init = spec["bootstrap"]["initdb"]
    managed = spec["managed"]["roles"]
    assert {init["owner"], *(role["name"] for role in managed)} == ROLES
    assert init["database"] == "ironbull"
    assert not any(role["bypassrls"] for role in managed)


def test_the_example_of_nats_keeps_what_it_acknowledges_and_speaks_tls_first() -> None:
    config = example("nats-values.yaml")["config"]
    assert config["jetstream"]["merge"] == {"sync_interval": "always"}
    assert config["nats"]["tls"]["merge"] == {"handshake_first": True}
    trial = (CHART / "files" / "trial" / "nats.conf").read_text()
    assert "sync_interval: always" in trial


@pytest.mark.parametrize("page", ["README.md", "ALERTS.md"])
def test_every_value_and_file_that_a_page_names_exists(page: str) -> None:
    text = (CHART / page).read_text()
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    for path in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (CHART / path).exists(), path
    sections = "|".join(values)
    named = set(re.findall(rf"`(?:--set(?:-string)? )?((?:{sections})\.[A-Za-z.]+)", text))
    for name in named - KEYS_OF_SECRETS:
        node: Any = values
        for word in name.split("."):
            assert word in node, name
            node = node[word]
    assert named


def keys_of_secrets(objects: list[Object]) -> dict[str, set[str]]:
    """Return what pods read of each Secret."""
    found: dict[str, set[str]] = {}
    for _, pod in pods(objects):
        for volume in pod.get("volumes", []):
            if secret := volume.get("secret"):
                keys = found.setdefault(secret["secretName"], set())
                keys.update(row["key"] for row in secret["items"])
        for container in containers(pod):
            for row in container.get("env", []):
                if chosen := row.get("valueFrom", {}).get("secretKeyRef"):
                    found.setdefault(chosen["name"], set()).add(chosen["key"])
    return found
