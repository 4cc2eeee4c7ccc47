"""What does the operator make for a tenant? Its pure objects, as a release of the chart says."""

import tempfile
from functools import cache
from pathlib import Path

import yaml
from integration.chart.rendering import ROOT, Object, pods

from ironbull_messages.launch import Env
from ironbull_messages.resources import Venue
from ironbull_operator.desired import walls
from ironbull_operator.desired.platform import Platform
from ironbull_operator.running import platform_of
from ironbull_operator.settings import OperatorSettings

GOLDEN = ROOT / "tests" / "unit" / "operator" / "golden"
TENANT = "aurora"
POOL = "main"
NOT_SAID = "A" * 43 + "="


@cache
def objects() -> list[Object]:
    """Return the objects of a tenant with an engine and a pool, which its unit tests hold to."""
    return [
        one
        for path in sorted(GOLDEN.glob("*.yaml"))
        for one in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if one and TENANT in str(one["metadata"])
    ]


def platform(rendered: list[Object]) -> Platform:
    """Return what an operator knows that is started as these objects of the chart say."""
    (pod,) = [spec for name, spec in pods(rendered) if name.startswith("Deployment/") and
              name.endswith("-operator")]  # fmt: skip
    env = {row["name"]: row["value"] for row in pod["containers"][0]["env"] if "value" in row}
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "centre.pub"
        key.write_text(NOT_SAID)
        return platform_of(OperatorSettings.read({**env, Env.CENTRE_KEY_FILE.value: str(key)}))


def policies(rendered: list[Object], environment: str) -> list[Object]:
    """Return the policies that such an operator makes for a tenant with one venue."""
    venue = Venue.model_validate(
        {"name": "one", "type": "binance", "environment": environment, "egressCIDRs": ()}
    )
    return walls.policies(platform(rendered), TENANT, (venue,), {"one": [POOL]})
