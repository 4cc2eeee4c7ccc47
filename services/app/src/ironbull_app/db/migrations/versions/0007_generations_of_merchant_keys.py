"""A tenant's merchant key has a generation: a newer one retires those before it."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Count the keys that were made for a tenant."""
    op.execute("ALTER TABLE merchant_key ADD COLUMN generation integer NOT NULL DEFAULT 1")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE merchant_key DROP COLUMN generation")
