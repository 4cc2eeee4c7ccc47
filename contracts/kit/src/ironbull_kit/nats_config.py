"""How is a NATS server told whom to trust? The part of its configuration for operator mode."""

import json
from pathlib import Path

from ironbull_kit import nats_accounts, nats_jwt
from ironbull_kit.nats_accounts import RootKeys


def authority(keys: RootKeys, jwt_folder: Path, now: int) -> str:
    """Return operator, system account and a full resolver with the two accounts it starts with."""
    system, platform = (nats_jwt.public_key(seed) for seed in (keys.system, keys.platform))
    folder = json.dumps(str(jwt_folder))
    return f"""\
operator: {nats_accounts.operator_jwt(keys, now)}
system_account: {system}
resolver: {{ type: full, dir: {folder}, allow_delete: true, interval: "2m" }}
resolver_preload: {{
  {system}: {nats_accounts.system_jwt(keys, now)}
  {platform}: {nats_accounts.platform_jwt(keys, now)}
}}
"""
