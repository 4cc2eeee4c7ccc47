"""With which NATS credentials does a process start, when a Secret holds some and a file holds some?

A mounted Secret cannot be written, and the JWT in use is renewed in a file of its own; after a long
absence the Secret may hold the one that lives longer.
"""

import math
from pathlib import Path

from ironbull_kit import nats_jwt


def take_longer_lived(source: Path | None, target: Path) -> None:
    """Write a source's credentials over the target's when they live longer; None: there is none."""
    if source is None or (target.exists() and _ends(target) >= _ends(source)):
        return
    draft = target.with_name(f"{target.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(source.read_text())
    draft.replace(target)


def _ends(creds: Path) -> float:
    jwt, _ = nats_jwt.read_credentials(creds.read_text())
    return float(nats_jwt.read(jwt).get("exp", math.inf))
