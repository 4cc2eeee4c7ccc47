"""The history of kill switches: who tripped and re-armed which, when and why; nothing is changed.

The newest event of a strategy's name says how its switch is. It outlives the strategy's row, so
that a strategy that is made anew under the name is as its predecessor was.
"""

TABLES = (
    """CREATE TABLE kill_switch_event (
        tenant_id text REFERENCES tenant, strategy text,
        position bigint GENERATED ALWAYS AS IDENTITY,
        scope text NOT NULL CHECK (scope = 'strategy'),
        is_tripped boolean NOT NULL,
        by text NOT NULL, reason text NOT NULL, request_id text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, strategy, position)
    )""",
)
