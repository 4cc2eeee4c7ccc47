"""Write the golden files of the chart: what it renders for each file of values in its tests."""

import sys

from cluster import toolchain
from integration.chart.rendering import HERE, VALUES, Helm, written


def main() -> int:
    """Write every golden file that differs."""
    helm = Helm(toolchain.build_one("helm"))
    for values in VALUES:
        path = HERE / "golden" / values.name
        text = written(helm, values)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"chart: {path.relative_to(HERE)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
