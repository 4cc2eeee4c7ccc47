"""Tables of the ledger. An entry's key is (account, version): a lost update cannot commit."""

TABLES = (
    """CREATE TABLE ledger_account (
        tenant_id text REFERENCES tenant, id uuid,
        kind text NOT NULL, owner text NOT NULL,
        balance bigint NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0, floor bigint,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, kind, owner),
        CHECK (floor IS NULL OR balance >= floor)
    )""",
    """CREATE TABLE txn (
        tenant_id text, id uuid,
        kind text NOT NULL, idempotency_key text NOT NULL, body text NOT NULL,
        effective_at timestamptz NOT NULL, booked_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, kind, idempotency_key)
    )""",
    """CREATE TABLE entry (
        tenant_id text, account_id uuid, version bigint,
        txn_id uuid NOT NULL, amount bigint NOT NULL, balance_after bigint NOT NULL,
        booked_at timestamptz NOT NULL,
        PRIMARY KEY (account_id, version),
        FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account,
        FOREIGN KEY (tenant_id, txn_id) REFERENCES txn
    )""",
    "CREATE INDEX entry_txn ON entry (tenant_id, txn_id)",
)
