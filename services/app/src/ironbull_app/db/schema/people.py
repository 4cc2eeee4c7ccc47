"""Tables of a tenant: what it offers, who follows, and who executes."""

TABLES = (
    """CREATE TABLE strategy (
        tenant_id text REFERENCES tenant, name text,
        uid text NOT NULL, generation bigint NOT NULL, version text NOT NULL,
        is_running boolean NOT NULL, feed text NOT NULL, timeframe text NOT NULL,
        symbols text[] NOT NULL, spec jsonb NOT NULL,
        PRIMARY KEY (tenant_id, name)
    )""",
    """CREATE TABLE pool (
        tenant_id text REFERENCES tenant, name text,
        uid text NOT NULL, generation bigint NOT NULL,
        feed text NOT NULL, replicas integer NOT NULL, spec jsonb NOT NULL,
        PRIMARY KEY (tenant_id, name)
    )""",
    """CREATE TABLE member (
        tenant_id text, token text NOT NULL UNIQUE,
        pool text NOT NULL, index integer NOT NULL, is_wanted boolean NOT NULL,
        is_draining boolean NOT NULL DEFAULT false,
        session_id uuid, journal_id uuid, public_key bytea, version text,
        last_beat_at timestamptz, lease_until timestamptz,
        open_tasks integer NOT NULL DEFAULT 0, unknown_tasks integer NOT NULL DEFAULT 0,
        clock_offset_seconds double precision NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, token),
        UNIQUE (tenant_id, pool, index),
        FOREIGN KEY (tenant_id, pool) REFERENCES pool
    )""",
    """CREATE TABLE merchant_key (
        tenant_id text REFERENCES tenant, key_id text NOT NULL UNIQUE,
        key_version integer NOT NULL, wrapped_key bytea NOT NULL, sealed bytea NOT NULL,
        expires_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, key_id)
    )""",
    """CREATE TABLE idempotency (
        tenant_id text REFERENCES tenant, route text, key text,
        body_hash text NOT NULL, status integer NOT NULL, response bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, route, key)
    )""",
    """CREATE TABLE users (
        tenant_id text REFERENCES tenant, id uuid,
        email text NOT NULL, invite_code text NOT NULL,
        inviter_id uuid, path uuid[] NOT NULL,
        is_root boolean NOT NULL DEFAULT false,
        is_market_node boolean NOT NULL DEFAULT false,
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, email), UNIQUE (tenant_id, invite_code),
        FOREIGN KEY (tenant_id, inviter_id) REFERENCES users
    )""",
    "CREATE INDEX users_path ON users USING gin (path)",
    """CREATE TABLE exchange_account (
        tenant_id text, id uuid,
        user_id uuid NOT NULL, venue text NOT NULL, feed text NOT NULL, label text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending_check', 'ready', 'failed', 'unbound')),
        key_version integer NOT NULL, wrapped_key bytea NOT NULL, sealed bytea NOT NULL,
        key_hash text NOT NULL,
        member_token text, epoch bigint NOT NULL DEFAULT 0,
        wallet_usdt numeric, equity_usdt numeric, available_usdt numeric,
        read_at timestamptz, failure text NOT NULL DEFAULT '', venue_code text,
        sync_wanted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, feed, key_hash),
        FOREIGN KEY (tenant_id, user_id) REFERENCES users,
        FOREIGN KEY (tenant_id, member_token) REFERENCES member (tenant_id, token)
    )""",
    """CREATE TABLE subscription (
        tenant_id text, id uuid,
        user_id uuid NOT NULL, account_id uuid NOT NULL, strategy text NOT NULL,
        is_open boolean NOT NULL DEFAULT true,
        capital_usdt numeric NOT NULL, leverage integer, risk_mode text,
        max_loss_usdt numeric, ratio_percent integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, account_id, strategy),
        FOREIGN KEY (tenant_id, user_id) REFERENCES users,
        FOREIGN KEY (tenant_id, account_id) REFERENCES exchange_account,
        FOREIGN KEY (tenant_id, strategy) REFERENCES strategy
    )""",
    "CREATE INDEX subscription_strategy ON subscription (tenant_id, strategy)",
)
