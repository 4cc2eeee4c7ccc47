"""What was deleted keeps its row: since when it is closed, and whether its people were erased."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Note the end of tenants, strategies and pools."""
    op.execute("ALTER TABLE tenant ADD COLUMN closed_at timestamptz")
    op.execute("ALTER TABLE tenant ADD COLUMN erased_at timestamptz")
    op.execute("ALTER TABLE strategy ADD COLUMN closed_at timestamptz")
    op.execute("ALTER TABLE pool ADD COLUMN closed_at timestamptz")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE pool DROP COLUMN closed_at")
    op.execute("ALTER TABLE strategy DROP COLUMN closed_at")
    op.execute("ALTER TABLE tenant DROP COLUMN erased_at, DROP COLUMN closed_at")
