"""Tables of trading: signals, orders, tasks, fills, positions, trades, and what is to be told."""

TABLES = (
    """CREATE TABLE signal (
        tenant_id text, id uuid,
        strategy text NOT NULL, strategy_version text NOT NULL,
        feed text NOT NULL, symbol text NOT NULL, timeframe text NOT NULL,
        close_at timestamptz NOT NULL, action text NOT NULL, leg text NOT NULL,
        price numeric NOT NULL, stop_loss numeric, take_profit numeric,
        confidence integer NOT NULL, reason text NOT NULL,
        refusal text, numbers jsonb NOT NULL DEFAULT '{}',
        accepted_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id)
    )""",
    "CREATE INDEX signal_latest ON signal (tenant_id, strategy, symbol, close_at)",
    "CREATE INDEX signal_page ON signal (tenant_id, accepted_at, id)",
    """CREATE TABLE signal_refusal (
        tenant_id text, signal_id uuid, subscription_id uuid,
        code text NOT NULL, numbers jsonb NOT NULL,
        PRIMARY KEY (tenant_id, signal_id, subscription_id),
        FOREIGN KEY (tenant_id, signal_id) REFERENCES signal,
        FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription
    )""",
    """CREATE TABLE position (
        tenant_id text, id uuid,
        account_id uuid NOT NULL, symbol text NOT NULL, subscription_id uuid,
        leg text NOT NULL,
        entered numeric NOT NULL, entry_value numeric NOT NULL,
        exited numeric NOT NULL, exit_value numeric NOT NULL,
        fees_usdt numeric NOT NULL, stop_loss numeric, take_profit numeric,
        opened_at timestamptz NOT NULL, as_of timestamptz NOT NULL,
        closed_at timestamptz, close_reason text,
        share numeric NOT NULL, platform_share_to_root boolean NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES exchange_account,
        FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription
    )""",
    """CREATE UNIQUE INDEX position_open ON position (tenant_id, account_id, symbol)
        WHERE closed_at IS NULL""",
    """CREATE TABLE orders (
        tenant_id text, id uuid,
        cause text NOT NULL, n integer NOT NULL, signal_id uuid,
        account_id uuid NOT NULL, subscription_id uuid, position_id uuid,
        feed text NOT NULL, symbol text NOT NULL,
        action text NOT NULL, leg text NOT NULL, side text NOT NULL,
        quantity numeric NOT NULL, leverage integer NOT NULL,
        stop_loss numeric, take_profit numeric, close_reason text,
        state text NOT NULL, seq integer NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0,
        filled_quantity numeric NOT NULL DEFAULT 0, booked_quantity numeric NOT NULL DEFAULT 0,
        after_order_id uuid, expires_at timestamptz, as_of timestamptz NOT NULL,
        reason text, venue_code text, venue_order_id text, client_order_id text,
        is_corrected boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, signal_id) REFERENCES signal,
        FOREIGN KEY (tenant_id, account_id) REFERENCES exchange_account,
        FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription,
        FOREIGN KEY (tenant_id, after_order_id) REFERENCES orders
    )""",
    """CREATE INDEX orders_live ON orders (tenant_id, account_id, symbol)
        WHERE state NOT IN
        ('filled', 'cancelled', 'rejected', 'expired', 'denied', 'not_sent')""",
    """CREATE INDEX orders_waiting ON orders (tenant_id, after_order_id)
        WHERE state = 'planned' AND after_order_id IS NOT NULL""",
    "CREATE INDEX orders_signal ON orders (tenant_id, signal_id)",
    "CREATE INDEX orders_cause ON orders (tenant_id, cause)",
    "CREATE INDEX orders_page ON orders (tenant_id, created_at, id)",
    """CREATE TABLE task (
        tenant_id text, id uuid,
        order_id uuid NOT NULL, kind text NOT NULL, lane text NOT NULL,
        account_id uuid NOT NULL, token text NOT NULL, epoch bigint NOT NULL,
        send_number integer NOT NULL, body jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_sent_at timestamptz NOT NULL DEFAULT now(), done_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, order_id) REFERENCES orders
    )""",
    "CREATE INDEX task_open ON task (last_sent_at) WHERE done_at IS NULL",
    "CREATE INDEX task_order ON task (tenant_id, order_id)",
    """CREATE TABLE fill (
        tenant_id text, account_id uuid, symbol text, venue_trade_id text,
        order_id uuid NOT NULL, venue_order_id text NOT NULL,
        side text NOT NULL, quantity numeric NOT NULL, price numeric NOT NULL,
        fee numeric NOT NULL, fee_asset text NOT NULL, fee_usdt numeric NOT NULL,
        fee_is_estimated boolean NOT NULL,
        traded_at timestamptz NOT NULL, booked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, account_id, symbol, venue_trade_id),
        FOREIGN KEY (tenant_id, order_id) REFERENCES orders
    )""",
    "CREATE INDEX fill_order ON fill (tenant_id, order_id)",
    """CREATE TABLE trade (
        tenant_id text, id uuid,
        position_id uuid NOT NULL, user_id uuid NOT NULL, account_id uuid NOT NULL,
        subscription_id uuid, symbol text NOT NULL, leg text NOT NULL,
        quantity numeric NOT NULL,
        gross_usdt numeric NOT NULL, fees_usdt numeric NOT NULL, net_usdt numeric NOT NULL,
        share numeric NOT NULL,
        charge bigint NOT NULL, paid_self bigint NOT NULL, paid_gift bigint NOT NULL,
        unpaid bigint NOT NULL,
        network jsonb NOT NULL, close_reason text NOT NULL,
        opened_at timestamptz NOT NULL, closed_at timestamptz NOT NULL,
        closed_as_of timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, position_id) REFERENCES position,
        FOREIGN KEY (tenant_id, user_id) REFERENCES users
    )""",
    "CREATE INDEX trade_account ON trade (tenant_id, account_id, closed_as_of)",
    "CREATE INDEX trade_page ON trade (tenant_id, closed_at, id)",
    """CREATE TABLE commission (
        tenant_id text, trade_id uuid, ordinal integer,
        kind text NOT NULL, receiver_id uuid, source_id uuid NOT NULL,
        amount bigint NOT NULL,
        PRIMARY KEY (tenant_id, trade_id, ordinal),
        FOREIGN KEY (tenant_id, trade_id) REFERENCES trade
    )""",
    """CREATE TABLE venue_position (
        tenant_id text, account_id uuid, symbol text,
        leg text NOT NULL, quantity numeric NOT NULL, entry_price numeric NOT NULL,
        unrealized_usdt numeric NOT NULL DEFAULT 0, differs integer NOT NULL DEFAULT 0,
        read_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, account_id, symbol),
        FOREIGN KEY (tenant_id, account_id) REFERENCES exchange_account
    )""",
    """CREATE TABLE outbox (
        tenant_id text, id uuid,
        stream text NOT NULL, subject text NOT NULL, body bytea NOT NULL,
        send_number integer NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz,
        PRIMARY KEY (tenant_id, id, send_number)
    )""",
    "CREATE INDEX outbox_unsent ON outbox (stream, position) WHERE sent_at IS NULL",
    "CREATE INDEX outbox_age ON outbox (sent_at) WHERE sent_at IS NOT NULL",
)
