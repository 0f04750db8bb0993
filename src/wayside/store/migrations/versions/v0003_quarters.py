"""Quarter hours: measurements summed up, for ranges of days and weeks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wayside.store.schema import QUARTERS_TRIGGER, SUM_QUARTERS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAMES = ("feed", "metric", "place_kind", "place", "direction", "class_label", "unit")


def upgrade() -> None:
    op.create_table(
        "quarters",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _NAMES),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("weighted", sa.Double(), nullable=True),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("largest", sa.Double(), nullable=True),
        sa.Column("watched_s", sa.Double(), nullable=False),
        sa.Column("longest_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "feed",
            "metric",
            "start_us",
            "place_kind",
            "place",
            "direction",
            "class_label",
            "unit",
            name=op.f("pk_quarters"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_quarters_metric_start_us"), "quarters", ["metric", "start_us"])
    op.create_index(op.f("ix_quarters_start_us"), "quarters", ["start_us"])
    op.execute(SUM_QUARTERS)  # of what an older wayside has kept
    op.execute(QUARTERS_TRIGGER)
