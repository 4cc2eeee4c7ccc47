"""Who may see and change which rows? Row security on every tenant table, and append-only by grants.

`ironbull_tenant` sees the tenant that its transaction has named and nobody else's; unnamed,
nothing. `ironbull_platform` serves all tenants in batches. The owner has a policy of its own, since
FORCE hides rows from it too.
"""

from collections.abc import Iterator

SETTING = "ironbull.tenant"
FIRST_TENANT_TABLES = (
    *("tenant", "strategy", "pool", "member", "merchant_key", "idempotency", "users"),
    *("exchange_account", "subscription", "signal", "signal_refusal", "position", "orders"),
    *("task", "fill", "trade", "commission", "venue_position", "outbox"),
    *("ledger_account", "txn", "entry"),
)
"""Those of the first migration; each later one builds the walls of its own tables."""
TENANT_TABLES = (*FIRST_TENANT_TABLES, "kill_switch_event")
PLATFORM_TABLES = (
    *("platform_state", "instrument", "candle", "price", "inbox", "dead_task", "nonce"),
)
APPEND_ONLY = frozenset(
    {"txn", "entry", "fill", "commission", "signal_refusal", "kill_switch_event"}
)
TENANT_WRITES = {
    "users": "INSERT, UPDATE",
    "exchange_account": "INSERT, UPDATE",
    "subscription": "INSERT, UPDATE",
    "idempotency": "INSERT",
    "ledger_account": "INSERT, UPDATE",
    "txn": "INSERT",
    "entry": "INSERT",
    "outbox": "INSERT",
}
"""What the merchant API may write; the rest it only reads."""


def statements() -> Iterator[str]:
    """Return the policies and grants of every table of the first migration."""
    for table in FIRST_TENANT_TABLES:
        yield from of(table)
    for table in PLATFORM_TABLES:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO ironbull_platform"
    yield "GRANT SELECT ON instrument, price, candle TO ironbull_tenant"
    yield "GRANT SELECT, INSERT ON nonce TO ironbull_tenant"
    yield """CREATE FUNCTION tenant_of_key(wanted text) RETURNS text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
        AS 'SELECT tenant_id FROM public.merchant_key WHERE key_id = wanted'"""
    yield "REVOKE ALL ON FUNCTION tenant_of_key(text) FROM PUBLIC"
    yield "GRANT EXECUTE ON FUNCTION tenant_of_key(text) TO ironbull_tenant"


def of(table: str) -> Iterator[str]:
    """Return the policies and grants of one tenant table."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY owner ON {table} TO ironbull_owner USING (true) WITH CHECK (true)"
    yield f"CREATE POLICY platform ON {table} TO ironbull_platform USING (true) WITH CHECK (true)"
    named = f"tenant_id = current_setting('{SETTING}', true)"
    policy = f"CREATE POLICY tenant ON {table} TO ironbull_tenant"
    yield f"{policy} USING ({named}) WITH CHECK ({named})"
    yield f"GRANT SELECT ON {table} TO ironbull_tenant"
    if table in TENANT_WRITES:
        yield f"GRANT {TENANT_WRITES[table]} ON {table} TO ironbull_tenant"
    yield f"GRANT {_platform_rights(table)} ON {table} TO ironbull_platform"


def _platform_rights(table: str) -> str:
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    if table in {"outbox", "idempotency"}:
        return "SELECT, INSERT, UPDATE, DELETE"
    return "SELECT, INSERT, UPDATE"
