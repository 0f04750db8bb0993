"""The life of an event: from what an analyzer noticed to a record with an identity.

In: findings and readings of one session. Out: events with a phase and an
incident, measurements with a window and a coverage, and their CloudEvents form.
"""
