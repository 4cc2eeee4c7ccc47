"""Which key belongs to which account?

Keys are in a file of their own (`keys.jsonl`, readable by its owner alone), so that the journal
holds no secret.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from ironbull_paper.journal import append_durably

KEYS_NAME = "keys.jsonl"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Hold the credentials of one account."""

    account: str
    api_key: str
    secret: str


class KeyRing:
    """Find the account of a key."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS_NAME
        self._by_key: dict[str, ApiKey] = {}
        self._by_account: dict[str, ApiKey] = {}
        if self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                self._remember(ApiKey(**json.loads(line)))

    def find(self, api_key: str) -> ApiKey | None:
        """Return the credentials with a key, None when there are none."""
        return self._by_key.get(api_key)

    def of(self, account: str) -> ApiKey | None:
        """Return the credentials of an account, None when it has none."""
        return self._by_account.get(account)

    def make(self, account: str, api_key: str = "", secret: str = "") -> ApiKey:
        """Give an account credentials, on disk before it returns; empty ones are invented."""
        key = ApiKey(
            account,
            api_key or secrets.token_hex(KEY_BYTES),
            secret or secrets.token_hex(KEY_BYTES),
        )
        if key.api_key in self._by_key:
            raise ValueError(f"the key of {account!r} is taken")
        append_durably(self._path, [json.dumps(asdict(key))])
        self._remember(key)
        return key

    def _remember(self, key: ApiKey) -> None:
        self._by_key[key.api_key] = key
        self._by_account[key.account] = key
