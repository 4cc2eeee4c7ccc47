"""What of the benchmark is wanted? All of it, or some parts: `PART=changes,restart`."""

import os
from typing import Final

PARTS: Final = ("objects", "changes", "children", "restart", "fail-over", "tenants")


def wanted(part: str) -> bool:
    """Tell whether a part is wanted.

    Raises:
        ValueError: PART names what there is not.
    """
    chosen = [word for word in os.environ.get("PART", "").split(",") if word]
    if strange := sorted({*chosen, part} - {*PARTS}):
        raise ValueError(f"PART: {', '.join(strange)} is none of {', '.join(PARTS)}")
    return not chosen or part in chosen
