"""An account says since when the database may have forgotten orders of it."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the mark that a database that was set back leaves on its accounts."""
    op.execute("ALTER TABLE exchange_account ADD COLUMN distrusted_at timestamptz")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE exchange_account DROP COLUMN distrusted_at")
