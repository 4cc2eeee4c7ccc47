"""An account's openings of a day and a week are found without reading everybody's orders."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index that the dispatcher counts an account's openings with."""
    op.execute(
        """CREATE INDEX orders_opened ON orders (tenant_id, account_id, as_of)
            WHERE action = 'OPEN'"""
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX orders_opened")
