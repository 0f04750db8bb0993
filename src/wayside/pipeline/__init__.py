"""One feed's chain, from packets to records, and nothing shared between two of them.

`perception` makes tracks of pictures; `chain` hands them to analyzers, turns
findings into events and readings into measurements with coverage, and keeps
the redacted pictures that go with them; `wiring` builds a chain of plain
values. `run` drives a chain over a recording. `live_session` and `live_feed`
drive chains over what a live reader puts into its buffer, and `worker` runs
many such feeds on one thread.
"""
