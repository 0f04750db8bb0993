"""The tables.

Times are integers: microseconds since 1970-01-01 UTC (``*_us``). That is the
resolution of ``datetime``, so a time comes back exactly as it was given; it
sorts and compares in eight bytes, in SQLite and PostgreSQL alike, where RFC 3339
text takes three times that and comes in several spellings of one instant.
What leaves the store (JSON lines, CSV, API) is RFC 3339 with ``Z``. Media
seconds stay beside them as floats (``*_s``). For the eye:
``SELECT datetime(start_us / 1e6, 'unixepoch') FROM events``.

UUIDs are the primary keys, so writing a record twice keeps one. They are
version 7: neighbours in time are neighbours in the index.

JSON columns are text. Nothing here can hold who someone is: a track number
means nothing outside its session, and stills hold redacted JPEG only.
"""

from __future__ import annotations

import sqlalchemy as sa

APPLICATION_ID = 0x57415953
"""``WAYS``, in the header of the file: tells our databases from other programs'."""

REVISION = "0003"
"""Of the newest migration. A new database gets these tables as they stand here."""

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_Microseconds = sa.BigInteger
_Seconds = sa.Double


def _origin() -> list[sa.Column[object]]:
    """Where a record was made; site and feed are repeated so that a query needs no join."""
    return [
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    ]


sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("start_us", _Microseconds, nullable=False),
    sa.Column("start_is_known", sa.Boolean, nullable=False),
    sa.Column("duration_s", _Seconds),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("coverage", sa.Double),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("counters", sa.Text, nullable=False),
    sa.Index(None, "feed", "start_us"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("incident_id", sa.Uuid, nullable=False, index=True),
    *_origin(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("start_us", _Microseconds, nullable=False),
    sa.Column("end_us", _Microseconds),
    sa.Column("start_s", _Seconds, nullable=False),
    sa.Column("end_s", _Seconds),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index(None, "feed", "start_us"),
    sa.Index(None, "kind", "start_us"),
    sa.Index(None, "session"),
    sa.Index(None, "start_us"),
)

measurements = sa.Table(
    "measurements",
    metadata,
    sa.Column("measurement_id", sa.Uuid, primary_key=True),
    *_origin(),
    sa.Column("window_start_us", _Microseconds, nullable=False),
    sa.Column("window_end_us", _Microseconds, nullable=False),
    sa.Column("window_start_s", _Seconds, nullable=False),
    sa.Column("window_end_s", _Seconds, nullable=False),
    sa.Column("place_kind", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("class_label", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("error", sa.Double),
    sa.Column("coverage", sa.Double, nullable=False),
    sa.Index(None, "feed", "metric", "window_start_us"),
    sa.Index(None, "metric", "window_start_us"),
    sa.Index(None, "session"),
    sa.Index(None, "window_start_us"),
)

QUARTER_US = 15 * 60 * 1_000_000

quarters = sa.Table(
    "quarters",
    metadata,
    # Measurements summed up into quarter hours, by the trigger below: with windows of a minute a
    # month of one feed is read from a fifteenth of the rows. What each way of combining needs.
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("start_us", _Microseconds, primary_key=True),
    sa.Column("place_kind", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("direction", sa.Text, primary_key=True),
    sa.Column("class_label", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("total", sa.Double),
    sa.Column("weighted", sa.Double),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("largest", sa.Double),
    sa.Column("watched_s", _Seconds, nullable=False),
    sa.Column("longest_us", _Microseconds, nullable=False),
    sa.Index(None, "metric", "start_us"),
    sa.Index(None, "start_us"),
    sqlite_with_rowid=False,
)


def _sum_quarters(row: str, source: str) -> str:
    """Adds rows of ``source`` to their quarters. row: what stands before a column's name."""
    length_us = f"({row}window_end_us - {row}window_start_us)"
    seconds = f"{row}coverage * {length_us} / 1e6"
    return f"""
    INSERT INTO quarters (feed, metric, start_us, place_kind, place, direction, class_label, unit,
                          total, weighted, weight, largest, watched_s, longest_us)
    SELECT {row}feed, {row}metric,
           ({row}window_start_us + {row}window_end_us) / 2 / {QUARTER_US} * {QUARTER_US},
           {row}place_kind, {row}place, {row}direction, {row}class_label, {row}unit,
           {row}value, {row}value * {seconds},
           CASE WHEN {row}value IS NULL THEN 0.0 ELSE {seconds} END,
           {row}value, {seconds}, {length_us}
    {source} WHERE true
    ON CONFLICT (feed, metric, start_us, place_kind, place, direction, class_label, unit)
    DO UPDATE SET
        total = coalesce(total + excluded.total, total, excluded.total),
        weighted = coalesce(weighted + excluded.weighted, weighted, excluded.weighted),
        weight = weight + excluded.weight,
        largest = coalesce(max(largest, excluded.largest), largest, excluded.largest),
        watched_s = watched_s + excluded.watched_s,
        longest_us = max(longest_us, excluded.longest_us)
    """


SUM_QUARTERS = _sum_quarters("", "FROM measurements")
"""Of all there are. A window belongs whole to the quarter that holds its middle, as in series."""

QUARTERS_TRIGGER = (
    "CREATE TRIGGER sum_quarters AFTER INSERT ON measurements BEGIN"
    f"{_sum_quarters('NEW.', '')}; END"
)
"""In the transaction of the row itself, and only for a row that was not there: never twice.

Measured: 16 microseconds a row, which is 2 ms of CPU a second for 200 feeds of 35 rows a minute.
A day of one feed in quarter hours (18 series) then takes 0.03 s and not 0.44, a month in hours
(30 series) 0.6 s.
"""


@sa.event.listens_for(metadata, "after_create")
def _make_trigger(_tables: sa.MetaData, connection: sa.Connection, **_options: object) -> None:
    connection.exec_driver_sql(QUARTERS_TRIGGER)


trajectories = sa.Table(
    "trajectories",
    metadata,
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("track", sa.BigInteger, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("class_id", sa.SmallInteger, nullable=False),
    sa.Column("start_us", _Microseconds, nullable=False),
    sa.Column("end_us", _Microseconds, nullable=False),
    sa.Column("points", sa.LargeBinary, nullable=False),
    sa.Index(None, "feed", "start_us"),
    sa.Index(None, "feed", "end_us"),
    sa.Index(None, "end_us"),
)

stills = sa.Table(
    "stills",
    metadata,
    sa.Column(
        "event_id",
        sa.Uuid,
        sa.ForeignKey("events.event_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("jpeg", sa.LargeBinary, nullable=False),
)

clips = sa.Table(
    "clips",
    metadata,
    sa.Column(
        "event_id",
        sa.Uuid,
        sa.ForeignKey("events.event_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("mp4", sa.LargeBinary, nullable=False),
)

incidents = sa.Table(
    "incidents",
    metadata,
    # What a page of incidents shows, kept in the transaction of their events: folding the
    # phases of a million events for each page would take seconds.
    sa.Column("incident_id", sa.Uuid, primary_key=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),  # of the latest phase
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("start_us", _Microseconds, nullable=False),
    sa.Column("end_us", _Microseconds),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("class_label", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index(None, "start_us", "incident_id"),
    sa.Index(None, "feed", "start_us", "incident_id"),
    sa.Index(None, "kind", "start_us", "incident_id"),
    sa.Index(None, "place", "start_us", "incident_id"),
    sa.Index(None, "class_label", "start_us", "incident_id"),
    sa.Index(None, "severity", "start_us", "incident_id"),
    sa.Index(None, "session", "phase"),
)

acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column(
        "incident_id",
        sa.Uuid,
        sa.ForeignKey("incidents.incident_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at_us", _Microseconds, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    # AUTOINCREMENT: an arrival number is never given twice, also after its row is gone.
    sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("record_kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sqlite_autoincrement=True,
)

journal_cursors = sa.Table(
    "journal_cursors",
    metadata,
    sa.Column("journal", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

sink_cursors = sa.Table(
    "sink_cursors",
    metadata,
    sa.Column("sink", sa.Text, primary_key=True),
    sa.Column("arrival", sa.BigInteger, nullable=False),
)

dead_letters = sa.Table(
    "dead_letters",
    metadata,
    # What a sink's receiver refused for good: told here, not silently left out.
    sa.Column("sink", sa.Text, primary_key=True),
    sa.Column("arrival", sa.BigInteger, primary_key=True),
    sa.Column("record_kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("at_us", _Microseconds, nullable=False),
    sa.Column("refusal", sa.Text, nullable=False),
    sa.Index(None, "at_us"),
)

gaps = sa.Table(
    "gaps",
    metadata,
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("start_s", _Seconds, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("end_s", _Seconds, nullable=False),
    sa.Index(None, "feed"),
)
