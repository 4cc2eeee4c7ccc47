"""What does the operator make for a tenant? Its golden files, which its unit tests hold to."""

from functools import cache

import yaml
from integration.chart.rendering import ROOT, Object

GOLDEN = ROOT / "tests" / "unit" / "operator" / "golden"


@cache
def objects() -> list[Object]:
    """Return all objects of a tenant with an engine and a pool; nobody changes them."""
    return [
        one
        for path in sorted(GOLDEN.glob("*.yaml"))
        for one in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if one
    ]
