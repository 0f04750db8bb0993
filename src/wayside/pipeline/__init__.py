"""One feed's chain, from packets to records, and nothing shared between two of them.

`perception` makes tracks of pictures; `chain` hands them to analyzers, turns
findings into events and readings into measurements with coverage, and keeps
the redacted pictures that go with them; `run` drives a chain over a session.
"""
