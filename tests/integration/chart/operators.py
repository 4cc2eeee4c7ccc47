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
# Settings whose files are read when the operator starts.
READ_AT_START = (Env.CENTRE_KEY_FILE.value, Env.NATS_OUTSIDE_CA.value)
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
        mounted = Path(folder) / "mounted"
        mounted.write_text(NOT_SAID)
        files = {name: str(mounted) for name in READ_AT_START if name in env}
        return platform_of(OperatorSettings.read({**env, **files}))


def policies(rendered: list[Object], environment: str) -> list[Object]:
    """Return the policies that such an operator makes for a tenant with one venue."""
    venue = Venue.model_validate(
        {"name": "one", "type": "binance", "environment": environment, "egressCIDRs": ()}
    )
    return walls.policies(platform(rendered), TENANT, (venue,), {"one": [POOL]})
