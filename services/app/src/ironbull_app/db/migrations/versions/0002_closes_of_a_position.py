"""The closes of a position are found by their place and market time."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index that watch looks for closes with, every second."""
    op.execute(
        """CREATE INDEX orders_closes ON orders (tenant_id, account_id, symbol, as_of)
            WHERE action = 'CLOSE'"""
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX orders_closes")
