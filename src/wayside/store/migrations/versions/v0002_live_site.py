"""A live site: incidents, clips, acknowledgements, the outbox and who has read how far."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _clips()
    _incidents()
    _fill_incidents()
    _acknowledgements()
    _outbox()
    _cursors()
    _dead_letters()
    _indexes()


def _clips() -> None:
    op.create_table(
        "clips",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("mp4", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.event_id"], name=op.f("fk_clips_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_clips")),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("class_label", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_incidents_session")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incidents")),
    )
    for first in ("", "feed", "kind", "place", "class_label", "severity"):
        columns = [*([first] if first else []), "start_us", "incident_id"]
        op.create_index(op.f(f"ix_incidents_{'_'.join(columns)}"), "incidents", columns)
    op.create_index(op.f("ix_incidents_session_phase"), "incidents", ["session", "phase"])


def _fill_incidents() -> None:
    """From the events that an older wayside has kept.

    Of several rows of a group SQLite takes the bare columns from the one that has the
    maximum ("Bare columns in an aggregate query"): here the latest phase.
    """
    op.execute(
        """
        INSERT INTO incidents (incident_id, site, feed, session, sequence, kind, phase, start_us,
                               end_us, place, severity, class_label, data)
        SELECT latest.incident_id, site, feed, session, sequence, kind, phase, first_us, end_us,
               place,
               CASE worst WHEN 2 THEN 'critical' WHEN 1 THEN 'warning' ELSE 'info' END,
               coalesce(json_extract(data, '$.class'), ''), data
        FROM (SELECT *, max(sequence) FROM events GROUP BY incident_id) AS latest
        JOIN (SELECT incident_id, min(start_us) AS first_us,
                     max(CASE severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END)
                     AS worst
              FROM events GROUP BY incident_id) AS whole
          ON whole.incident_id = latest.incident_id
        """
    )


def _acknowledgements() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.incident_id"],
            name=op.f("fk_acknowledgements_incident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_acknowledgements")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("arrival", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )


def _cursors() -> None:
    for table, key, place in (
        ("journal_cursors", "journal", "sequence"),
        ("sink_cursors", "sink", "arrival"),
    ):
        op.create_table(
            table,
            sa.Column(key, sa.Text(), nullable=False),
            sa.Column(place, sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
        )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("sink", sa.Text(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sink", "arrival", name=op.f("pk_dead_letters")),
    )
    op.create_index(op.f("ix_dead_letters_at_us"), "dead_letters", ["at_us"])


def _indexes() -> None:
    op.create_index(
        op.f("ix_measurements_feed_metric_window_start_us"),
        "measurements",
        ["feed", "metric", "window_start_us"],
    )
    op.drop_index(op.f("ix_measurements_feed_window_start_us"), table_name="measurements")
    op.create_index(op.f("ix_trajectories_feed_end_us"), "trajectories", ["feed", "end_us"])
