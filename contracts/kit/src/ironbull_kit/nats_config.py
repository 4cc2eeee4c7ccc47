"""How is a NATS server told whom to trust and where to store? The text of its configuration."""

import json
from pathlib import Path

from ironbull_kit import nats_accounts, nats_jwt
from ironbull_kit.nats_accounts import RootKeys


def text(keys: RootKeys, *, port: int, store: Path, now: int, host: str = "127.0.0.1") -> str:
    """Return the configuration: operator mode, a full resolver, JetStream that syncs every write.

    `sync_interval: always`, since the default lost 14 % of acknowledged writes in a power failure
    (Jepsen,
    NATS 2.12.1).
    """
    system, platform = (nats_jwt.public_key(seed) for seed in (keys.system, keys.platform))
    return f"""\
listen: "{host}:{port}"
operator: {nats_accounts.operator_jwt(keys, now)}
system_account: {system}
resolver: {{ type: full, dir: {json.dumps(str(store / "jwt"))}, allow_delete: true, interval: "2m"
}}
resolver_preload: {{
  {system}: {nats_accounts.system_jwt(keys, now)}
  {platform}: {nats_accounts.platform_jwt(keys, now)}
}}
jetstream {{ store_dir: {json.dumps(str(store / "jetstream"))}, sync_interval: always }}
max_payload: 1MB
"""
