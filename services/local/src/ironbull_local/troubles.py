"""What does the centre say is wrong: unknown orders, missing fills, silent members, drift?"""

import asyncio
from pathlib import Path

from ironbull_kit.platform_client import PlatformClient
from ironbull_kit.secret import Secret
from ironbull_messages.problems import Problem


def find(platform_url: str, token_file: Path) -> list[str]:
    """Ask the platform API; not to be answered is wrong too."""
    try:
        return asyncio.run(_ask(platform_url, Secret(token_file.read_text())))
    except (ConnectionError, Problem, FileNotFoundError) as error:
        return [f"the centre cannot be asked what is wrong: {error}"]


async def _ask(url: str, token: Secret) -> list[str]:
    async with PlatformClient(url, lambda: token) as client:
        answer = await client.get_troubles()
    return [_line(**row) for row in answer["troubles"]]


def _line(kind: str, tenant: str, subject: str, detail: str) -> str:
    whose = f" of {tenant}" if tenant else ""
    return f"{kind.replace('_', ' ')}: {subject}{whose}: {detail}"
