"""The life of an event: from what an analyzer noticed to a record with an identity.

In: findings and readings of one session. Out: events with a phase and an
incident, measurements with a window and a coverage, their CloudEvents form,
sentences for people, and the sinks that take them out of the site.
"""
