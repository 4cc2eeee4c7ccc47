"""A strategy has a kill switch, with the history of who tripped and re-armed it."""

from alembic import op

from ironbull_app.db.schema import switches, walls

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table and its walls."""
    for statement in (*switches.TABLES, *walls.of("kill_switch_event")):
        op.execute(statement)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE kill_switch_event")
