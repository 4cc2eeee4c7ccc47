"""Tables of the platform itself: markets, delivery, and who the tenants are."""

TABLES = (
    """CREATE TABLE platform_state (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        database_epoch text NOT NULL,
        control_version bigint NOT NULL DEFAULT 1
    )""",
    """CREATE TABLE instrument (
        feed text, symbol text,
        tick_size numeric NOT NULL, step_size numeric NOT NULL,
        min_quantity numeric NOT NULL, min_notional numeric NOT NULL,
        PRIMARY KEY (feed, symbol)
    )""",
    """CREATE TABLE candle (
        feed text, symbol text, timeframe text, open_at timestamptz,
        close_at timestamptz NOT NULL,
        open numeric NOT NULL, high numeric NOT NULL, low numeric NOT NULL,
        close numeric NOT NULL, volume numeric NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (feed, symbol, timeframe, open_at)
    )""",
    """CREATE UNLOGGED TABLE price (
        feed text, symbol text,
        bid numeric NOT NULL, ask numeric NOT NULL, last numeric NOT NULL,
        as_of timestamptz NOT NULL, at timestamptz NOT NULL,
        PRIMARY KEY (feed, symbol)
    )""",
    """CREATE TABLE inbox (
        consumer text, message_id text,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
    )""",
    "CREATE INDEX inbox_age ON inbox (seen_at)",
    """CREATE TABLE dead_task (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        consumer text NOT NULL, subject text NOT NULL, message_id text NOT NULL,
        payload bytea NOT NULL, payload_hash text NOT NULL, error text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (consumer, message_id)
    )""",
    """CREATE TABLE tenant (
        tenant_id text PRIMARY KEY,
        uid text NOT NULL, generation bigint NOT NULL,
        display_name text NOT NULL, is_active boolean NOT NULL,
        venues jsonb NOT NULL,
        billing_share numeric NOT NULL CHECK (billing_share BETWEEN 0 AND 1),
        platform_share_to_root boolean NOT NULL,
        spec jsonb NOT NULL, root_user_id uuid NOT NULL,
        engine_token text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
    )""",
    """CREATE UNLOGGED TABLE nonce (
        key_id text, nonce text,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (key_id, nonce)
    )""",
    "CREATE INDEX nonce_age ON nonce (seen_at)",
)
