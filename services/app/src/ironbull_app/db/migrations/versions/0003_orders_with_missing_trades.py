"""Orders whose trades are not all booked are found by their place."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the index that the settler looks for late openings with."""
    op.execute(
        """CREATE INDEX orders_missing ON orders (tenant_id, account_id, symbol)
            WHERE filled_quantity > booked_quantity"""
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX orders_missing")
