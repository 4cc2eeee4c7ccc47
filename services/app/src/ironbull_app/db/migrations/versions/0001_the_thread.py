"""From nothing to the thread: tenants, users, trading, ledger, delivery, with their walls."""

from alembic import op

from ironbull_app.db.schema import ledger, people, platform, trading, walls

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, then every wall."""
    for statement in (*platform.TABLES, *people.TABLES, *trading.TABLES, *ledger.TABLES):
        op.execute(statement)
    for statement in walls.statements():
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    names = [*walls.FIRST_TENANT_TABLES, *walls.PLATFORM_TABLES]
    op.execute(f"DROP TABLE {', '.join(names)} CASCADE")
    op.execute("DROP FUNCTION tenant_of_key(text)")
