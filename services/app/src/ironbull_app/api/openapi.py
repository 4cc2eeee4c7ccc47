"""The three OpenAPI documents, rendered from the routes."""

import json
from pathlib import Path
from typing import Final

from ironbull_app.api.app import Audience, create_api

NAMES: Final = tuple(f"{audience.value}.json" for audience in Audience)


def render() -> dict[str, str]:
    """Return each audience's document as text, by file name."""
    return {
        f"{audience.value}.json": json.dumps(
            create_api(audience).openapi(), indent=1, ensure_ascii=False, sort_keys=True
        )
        + "\n"
        for audience in Audience
    }


def write(folder: str) -> None:
    """Write the documents into a folder."""
    for name, text in render().items():
        (Path(folder) / name).write_text(text)
