"""Who calls, where all trust one file? A secret that both sides read, again for each call."""

import asyncio
import hmac
from dataclasses import dataclass
from pathlib import Path

from ironbull_kit import secret
from ironbull_messages.problems import Code, Problem


@dataclass(frozen=True, slots=True)
class FileToken:
    """The token in a file."""

    path: Path

    async def check(self, token: str) -> None:
        """Let pass who knows the token.

        Raises:
            Problem: `token_wrong`; `setting_invalid` when the file cannot be read.
        """
        wanted = await asyncio.to_thread(secret.read, self.path)
        if not hmac.compare_digest(token.encode(), wanted.reveal().encode()):
            raise Problem(Code.TOKEN_WRONG, "the token is not the one of this audience")
