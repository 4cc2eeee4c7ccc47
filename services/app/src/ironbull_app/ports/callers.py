"""What the APIs ask of whoever knows their callers."""

from typing import Protocol


class CallerIdentity(Protocol):
    """Tells whether a bearer token is of the one caller that an audience has."""

    async def check(self, token: str) -> None:
        """Let the caller pass.

        Raises:
            Problem: `token_wrong`; `unavailable` when it cannot be told, which is a no as well.
        """
        ...
