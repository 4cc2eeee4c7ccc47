"""What the chart writes into the operator's environment is read as it is meant."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from ironbull_kit.nats_users import JWT_SECONDS, MAX_JWT_SECONDS, MIN_JWT_SECONDS
from ironbull_messages.launch import Env
from ironbull_messages.problems import Problem
from ironbull_operator.desired import walls
from ironbull_operator.desired.platform import MONITORING, Platform
from ironbull_operator.settings import OperatorSettings


def read(folder: Path, **more: str) -> OperatorSettings:
    (folder / "key").write_text("A" * 43 + "=")
    given = {
        Env.NAMESPACE: "ironbull-system",
        Env.PLATFORM_URL: "http://ironbull-api:8082",
        Env.PLATFORM_TOKEN: folder / "token",
        Env.NATS_URL: "tls://nats.messaging:4222",
        Env.NATS_ROOTS: folder,
        Env.NATS_CREDS: folder / "creds",
        Env.NATS_SYSTEM_CREDS: folder / "creds",
        Env.CENTRE_KEY_FILE: folder / "key",
        Env.SERVICES_IMAGE: "services:1",
        Env.NODE_IMAGE: "node:1",
    }
    words = {name.value: str(value) for name, value in given.items()}
    words |= {Env[name].value: text for name, text in more.items()}
    return OperatorSettings.read(words)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", MONITORING),
        ("none", {}),
        ("team=watch", {"team": "watch"}),
        ("kubernetes.io/metadata.name=m,team=", {"kubernetes.io/metadata.name": "m", "team": ""}),
    ],
)
def test_who_reads_metrics_is_told_by_labels(
    tmp_path: Path, text: str, labels: dict[str, str]
) -> None:
    assert read(tmp_path, MONITORING_LABELS=text).monitoring == labels


def test_where_an_own_nats_answers_is_told_by_ranges(tmp_path: Path) -> None:
    assert read(tmp_path).nats_cidrs == ()
    found = read(tmp_path, NATS_CIDRS="10.2.0.0/24,fd00::/64").nats_cidrs
    assert found == (ip_network("10.2.0.0/24"), ip_network("fd00::/64"))
    with pytest.raises(Problem, match="IRONBULL_NATS_CIDRS"):
        read(tmp_path, NATS_CIDRS="10.2.0.0/33")


def test_the_life_of_credentials_is_bounded(tmp_path: Path) -> None:
    assert read(tmp_path).nats_jwt_seconds == JWT_SECONDS
    for seconds in (MIN_JWT_SECONDS, MAX_JWT_SECONDS):
        assert read(tmp_path, NATS_JWT_SECONDS=str(seconds)).nats_jwt_seconds == seconds
    for wrong in (MIN_JWT_SECONDS - 1, MAX_JWT_SECONDS + 1):
        with pytest.raises(Problem, match="IRONBULL_NATS_JWT_SECONDS"):
            read(tmp_path, NATS_JWT_SECONDS=str(wrong))


def test_nobody_reads_metrics_where_no_labels_say_who() -> None:
    def names(platform: Platform) -> set[str]:
        return {one["metadata"]["name"] for one in walls.policies(platform, "aurora", (), {})}

    usual = Platform("ironbull-system", "nats://nats:4222", "key", "services", "node")
    closed = Platform("p", "nats://nats:4222", "key", "services", "node", monitoring={})
    assert "metrics" in names(usual)
    assert "metrics" not in names(closed)
